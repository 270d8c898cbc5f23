"""
Names that must be right because a grade or a dose hangs on them.

A misspelt "tocilizumb" would silently waive no fever; so near misses, short forms and brand names
are refused with the name that is meant. Any other generic name is accepted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel

from toxmodels.casefile.faults import Fault, shown
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.drugs import classes
from toxmodels.drugs.fever_classes import brand_names, neighbours
from toxmodels.products import products
from toxmodels.records import Case, Labs, Patient, Therapy, Treatment

_NEAR_DRUG: Final = 0.84
_SHORTEST_FORM: Final = 3
_LIMIT_TABLES: Final = ("upper_limits", "lower_limits")
_ANALYTES: Final = [n for n in Labs.model_fields if n not in ("taken_at", *_LIMIT_TABLES)]
_ONE: Final[tuple[tuple[str, type[BaseModel]], ...]] = (("patient", Patient), ("therapy", Therapy))
_MANY: Final[tuple[tuple[str, type[BaseModel]], ...]] = (("labs", Labs), ("treatments", Treatment))


def vocabulary_faults(raw: Any, kind: type[BaseModel], path: str = "$") -> Iterator[Fault]:
    """Check the names in a case, or in one record of it."""
    if not isinstance(raw, dict):
        return
    if kind is Case:
        for key, inner in _ONE:
            yield from vocabulary_faults(raw.get(key), inner, f"{path}.{key}")
        for key, inner in _MANY:
            rows = raw.get(key)
            for index, row in enumerate(rows if isinstance(rows, list) else ()):
                yield from vocabulary_faults(row, inner, f"{path}.{key}[{index}]")
    elif kind is Patient and isinstance(raw.get("id"), str):
        yield from _id_faults(raw["id"], f"{path}.id")
    elif kind is Therapy and isinstance(raw.get("product"), str):
        yield from _product_faults(raw["product"], f"{path}.product")
    elif kind is Treatment and isinstance(raw.get("drug"), str):
        yield from drug_name_faults(raw["drug"], f"{path}.drug")
    elif kind is Labs:
        for table in _LIMIT_TABLES:
            names = raw.get(table)
            for name in names if isinstance(names, dict) else ():
                if name not in _ANALYTES:
                    says = f"{shown(name)} is not a laboratory field"
                    cure = did_you_mean(name, _ANALYTES)
                    yield Fault(path=f"{path}.{table}.{name}", says=says, suggestion=cure)


def _id_faults(id_: str, path: str) -> Iterator[Fault]:
    """Two ids must never look alike and differ: no blanks at the ends, nothing invisible."""
    if id_ != id_.strip():
        yield Fault(path=path, says="begins or ends with a blank", suggestion="remove it")
    elif any(unicodedata.category(letter).startswith("C") for letter in id_):
        yield Fault(path=path, says="holds an invisible character", suggestion="type it again")


def _product_faults(name: str, path: str) -> Iterator[Fault]:
    if name in products():
        return
    brands = {brand: p.id for p in products().values() for brand in p.also_called}
    word = name.strip().lower()
    cure = (
        f'did you mean "{brands[word]}"? only generic names are read here'
        if word in brands
        else did_you_mean(word.replace(" ", "-").replace("_", "-"), products())
    )
    yield Fault(path=path, says=f"unknown product {shown(name)}", suggestion=cure)


def drug_name_faults(name: str, path: str) -> Iterator[Fault]:
    """
    Refuse a near miss of a name that matters: "tocilizumb" must not silently waive nothing.

    Any other generic name is accepted; it can neither waive nor mask fever.
    """
    known = classes()
    if name in known or name in neighbours():
        return
    plain = name.strip().lower()
    if name != plain and plain not in brand_names():
        says = f"drug {shown(name)} must be in lower case, without blanks around it"
        yield Fault(path=path, says=says, suggestion=f"write {shown(plain)}")
        return
    brand = brand_names().get(plain)
    if brand is not None:
        says = f"{shown(name)} is a brand or local name"
        yield Fault(path=path, says=says, suggestion=f'write "{brand}"')
        return
    near = get_close_matches(name, [*known], n=1, cutoff=_NEAR_DRUG) or [
        drug for drug in known if len(drug) > len(name) - 2 and sorted(drug) == sorted(name)
    ]
    inside = [drug for drug in known if drug in name]
    short = [drug for drug in known if len(name) >= _SHORTEST_FORM and drug.startswith(name)]
    if near or inside or short:
        right = (near or inside or short)[0]
        says = f"unknown drug {shown(name)}"
        yield Fault(path=path, says=says, suggestion=f'did you mean "{right}"?')
