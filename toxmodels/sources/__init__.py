"""
The bibliography: what every finding, flag and rule may cite.

A source has a verification mark (``verified``, ``unverified``, ``house``) that travels with each
citation to the screen, so that nobody mistakes a house rule for a published one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Verification = Literal["verified", "unverified", "house"]

__all__ = ["Cite", "Source", "Verification", "sources"]


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of the bibliography."""

    id: str
    title: str
    citation: str
    doi: str
    verification: Verification
    read_in: str
    reviewed_by: str
    reviewed_on: str


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in a source, with how far that place was verified."""

    source: str
    at: str
    verification: Verification = "verified"


@cache
def sources() -> dict[str, Source]:
    """All sources by id."""
    text = files("toxmodels.sources").joinpath("sources.toml").read_text(encoding="utf-8")
    return {key: Source(id=key, **table) for key, table in tomllib.loads(text).items()}
