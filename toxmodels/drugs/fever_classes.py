"""The drug classes that can waive or mask fever, read from ``classes.toml``."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from toxmodels.site import site

DrugClass = Literal["antipyretic", "corticosteroid", "anticytokine"]


@cache
def _table() -> dict[str, Any]:
    text = files("toxmodels.drugs").joinpath("classes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def brand_names() -> dict[str, str]:
    """Brand and local names to the generic name that a case file must use."""
    return dict(_table()["also_called"])


@cache
def neighbours() -> frozenset[str]:
    """Real drugs whose names resemble one that matters; they are no slip of it."""
    return frozenset(_table()["neighbours"])


@cache
def classes() -> dict[str, DrugClass]:
    """Generic name to class, for every name that carries one."""
    table = _table()
    kinds: tuple[DrugClass, ...] = ("antipyretic", "corticosteroid", "anticytokine")
    return {name: kind for kind in kinds for name in table[kind]}


def class_of(drug: str) -> DrugClass | None:
    """The class of a generic name, or ``None`` when it can neither waive nor mask fever."""
    return classes().get(drug)


def masking_window(drug: str) -> timedelta | None:
    """How long after its last dose the drug may hide fever; ``None`` for other drugs."""
    kind = class_of(drug)
    if kind is None:
        return None
    by_drug = site().masking_by_drug.get(drug)
    return by_drug if by_drug is not None else site().masking_by_class[kind]
