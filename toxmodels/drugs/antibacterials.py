"""
Antibacterials by generic name: what ends the countdown of neutropenic sepsis.

Membership is house knowledge; a name outside the list can be recorded as an ``antibiotics`` event.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def antibacterials() -> frozenset[str]:
    """Generic names that count as an antibacterial."""
    text = files("toxmodels.drugs").joinpath("antibacterials.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["antibacterial"])
