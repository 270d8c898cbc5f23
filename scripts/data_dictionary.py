"""
Write the data dictionary from the records themselves, so that it cannot fall behind them.

Every record of the case file becomes a table: field, what it may hold, unit, and the two limits
of each measured quantity. ``make_docs.py`` writes the result to docs/data-dictionary.md.
"""

import inspect
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from toxmodels import records
from toxmodels.limits import Limits, limits

HEAD = """\
# Data dictionary

Every field of the case file (`{format}`), one JSON object for each patient. This page is
written by `scripts/make_docs.py`, from `toxmodels/records.py` and `limits.toml` beside it.

A field that is absent or `null` was not recorded; it never means normal, and never 0. Unknown
fields are refused by name. Times are ISO 8601 with an offset. An *impossible* value is refused, a
*concerning* one is accepted and asked about once; neither limit takes part in any grade.
"""
UNITS = {
    "c": "°C",
    "mmhg": "mmHg",
    "bpm": "/min",
    "percent": "%",
    "l_min": "L/min",
    "kg": "kg",
    "cm": "cm",
    "years": "years",
    "min": "min",
    "h": "h",
    "ml": "mL",
    "mg": "mg",
    "ug": "µg",
    "ug_min": "µg/min",
    "ug_kg_min": "µg/kg/min",
    "units_min": "units/min",
    "ug_day": "µg/day",
    "cells": "cells",
    "mg_l": "mg/L",
    "ug_l": "µg/L",
    "pg_ml": "pg/mL",
    "per_ul": "/µL",
    "10e9_l": "10⁹/L",
    "g_dl": "g/dL",
    "g_l": "g/L",
    "u_l": "U/L",
    "umol_l": "µmol/L",
    "mmol_l": "mmol/L",
    "mg_l_feu": "mg/L FEU",
}


def render() -> str:
    """Return the whole page."""
    parts = [HEAD.format(format=records.FORMAT)]
    parts += [_section(model) for model in _in_reading_order()]
    return "\n".join(parts)


def _in_reading_order() -> Iterator[type[BaseModel]]:
    """Yield the case first, then each record where it is first mentioned."""
    waiting: list[type[BaseModel]] = [records.Case]
    seen: set[type[BaseModel]] = set()
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.add(model)
        yield model
        mentioned = [
            part
            for field in model.model_fields.values()
            for part in _parts(field.annotation)
            if isinstance(part, type) and issubclass(part, BaseModel)
        ]
        waiting = [*mentioned, *waiting]


def _section(model: type[BaseModel]) -> str:
    about = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
    rows = [_row(name, field) for name, field in model.model_fields.items()]
    return "\n".join(
        [
            f"## {model.__name__}\n",
            f"{about}\n",
            "| field | holds | unit | impossible | concerning |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(name: str, field: FieldInfo) -> str:
    limit = limits().get(name.removeprefix("baseline_"))
    holds = _holds(field.annotation, field.metadata)
    required = " (required)" if field.is_required() else ""
    unit = limit.unit if limit is not None else _unit(name)
    impossible, concerning = ("", "") if limit is None else _limit_texts(limit)
    return f"| `{name}`{required} | {holds} | {unit} | {impossible} | {concerning} |"


def _limit_texts(limit: Limits) -> tuple[str, str]:
    concerning = _outside(limit.concerning_below, limit.concerning_above)
    by_device = [
        f"{device.replace('_', ' ')}: above {above:g}"
        for device, above in limit.concerning_above_by_device
    ]
    return (
        _outside(limit.impossible_below, limit.impossible_above),
        "; ".join(filter(None, [concerning, *by_device])),
    )


def _outside(below: float | None, above: float | None) -> str:
    low = [] if below is None else [f"below {below:g}"]
    high = [] if above is None else [f"above {above:g}"]
    return ", ".join([*low, *high])


def _unit(name: str) -> str:
    """Read the unit off the end of the name; the longest ending that fits wins."""
    words = name.split("_")
    for start in range(1, len(words)):
        ending = "_".join(words[start:])
        if ending in UNITS:
            return UNITS[ending]
    return ""


def _holds(annotation: Any, metadata: list[Any]) -> str:
    choices = [part for part in _choices(annotation) if part is not type(None)]
    bounds = _bounds(metadata)
    text = " or ".join(dict.fromkeys(_name_of(choice) for choice in choices))
    return f"{text}{bounds}"


def _name_of(part: Any) -> str:
    origin = get_origin(part)
    if origin is Annotated:
        return _name_of(get_args(part)[0]) + _bounds(list(get_args(part)[1:]))
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(part))
    if origin is tuple:
        inner = _holds(get_args(part)[0], [])
        return f"list of {inner}"
    if origin is dict:
        return "numbers by field name"
    if isinstance(part, type) and issubclass(part, BaseModel):
        return f"[{part.__name__}](#{part.__name__.lower()})"
    names = {"bool": "`true`, `false`", "int": "whole number", "float": "number", "str": "text"}
    return names.get(getattr(part, "__name__", ""), "time")


def _choices(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        return [part for option in get_args(annotation) for part in _choices(option)]
    if get_origin(annotation) is Annotated and get_origin(get_args(annotation)[0]) in {
        Union,
        types.UnionType,
    }:
        return _choices(get_args(annotation)[0])
    return [annotation]


def _parts(annotation: Any) -> list[Any]:
    """Every type named anywhere inside an annotation, in order."""
    inside = get_args(annotation)
    return [annotation, *(part for option in inside for part in _parts(option))]


def _bounds(metadata: list[Any]) -> str:
    """Say in words what a field's own limits are."""
    found = {
        key: value
        for item in metadata
        for part in [item, *getattr(item, "metadata", [])]
        for key in ("ge", "gt", "le")
        if (value := getattr(part, key, None)) is not None
    }
    if "ge" in found and "le" in found:
        return f", {found['ge']:g} to {found['le']:g}"
    if "ge" in found:
        return f", {found['ge']:g} or more"
    if "gt" in found:
        return f", above {found['gt']:g}"
    return ""
