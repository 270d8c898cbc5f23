"""Any case a file can hold: every field of every record, drawn from the records themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from toxmodels.casefile import CaseError, load_case, load_record
from toxmodels.limits import limits
from toxmodels.products import products
from toxmodels.records import FORMAT, Case, Labs, Patient, Therapy, Treatment
from toxmodels.scored_exams import Capd, Ice

DRUGS = ("tocilizumab", "dexamethasone", "paracetamol", "meropenem", "acetylsalicylic acid")
NO_ANALYTES = {"taken_at", "haemophagocytosis", "upper_limits", "lower_limits"}
ANALYTES = sorted({*Labs.model_fields} - NO_ANALYTES)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=300)).map(
    lambda after: (FIRST + after).isoformat()
)
# Letters that spreadsheets, separators and quoting trip over stand in the front row.
TEXTS = st.text(
    st.sampled_from("ab ,;\"'\n\r\t=+-@#0é漢") | st.characters(codec="utf-8"), max_size=8
)


def records(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """A JSON object for the record: some fields left out, every kind of value possible."""
    required, optional = {}, {}
    for name, field in model.model_fields.items():
        where = required if field.is_required() else optional
        where[name] = _field(model, name, field.annotation, field.metadata)
    drawn = st.fixed_dictionaries(required, optional=optional)
    return drawn.filter(lambda raw: _fits(model, raw)) if model in (Ice, Capd, Treatment) else drawn


def _fits(model: type[BaseModel], raw: dict[str, Any]) -> bool:
    try:
        load_record(model, raw)
    except CaseError:
        return False
    return True


def _field(
    model: type[BaseModel], name: str, annotation: Any, metadata: list[Any]
) -> st.SearchStrategy[Any]:
    named: dict[tuple[type[BaseModel], str], st.SearchStrategy[Any]] = {
        (Case, "format"): st.just(FORMAT),
        (Patient, "id"): st.text("ab-=+@', é", min_size=1).filter(lambda id_: id_ == id_.strip()),
        (Therapy, "product"): st.sampled_from(sorted(products())),
        (Therapy, "indication"): st.sampled_from(["b-all-rr", "lbcl"]),
        (Treatment, "drug"): st.sampled_from(DRUGS),
    }
    if (model, name) in named:
        return named[model, name]
    if name == "scale":
        return st.sampled_from(["ctcae-5.0", "=1+1"])
    name = name.removeprefix("baseline_")
    if name in limits():
        bounds = limits()[name]
        low = bounds.impossible_below or 0.0
        return _floats(low, bounds.impossible_above)
    return _value(annotation, metadata)


def _value(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin, inside = get_origin(annotation), get_args(annotation)
    if annotation is AwareDatetime:
        return MOMENTS
    if origin is Annotated:
        return _value(inside[0], [*metadata, *inside[1:]])
    if origin in (Union, UnionType):
        return st.one_of([_value(part, metadata) for part in inside])
    if annotation is type(None):
        return st.none()
    if origin is Literal:
        return st.sampled_from(inside)
    if origin is tuple:
        size = _bound(metadata, "min_length", 0), _bound(metadata, "max_length", 3)
        return st.lists(_value(inside[0], []), min_size=size[0], max_size=size[1])
    if origin is dict:
        return st.dictionaries(st.sampled_from(ANALYTES), _floats(0, 1e12), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return records(annotation)
    low = _bound(metadata, "ge", _bound(metadata, "gt", None))
    high = _bound(metadata, "le", None)
    plain = {
        bool: st.booleans(),
        str: TEXTS,
        int: st.integers(0 if low is None else int(low), 9 if high is None else int(high)),
        float: _floats(low, high, exclude_min=_bound(metadata, "gt", None) is not None),
    }
    return plain[annotation]


def _floats(low: float | None, high: float | None, **more: bool) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False, **more)


def _bound(metadata: list[Any], key: str, otherwise: Any) -> Any:
    parts = [part for item in metadata for part in (item, *getattr(item, "metadata", ()))]
    found = [getattr(part, key, None) for part in parts]
    return next((value for value in found if value is not None), otherwise)


CASES = records(Case).map(lambda raw: load_case(json.dumps(raw)))
