"""What the records refuse, in the words of this project: place, fault, cure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from toxmodels.casefile.faults import Fault, shown
from toxmodels.casefile.nearest import key_cure, value_cure
from toxmodels.casefile.text import step
from toxmodels.casefile.times import no_such_time

MOST_FAULTS: Final = 1_000  # nobody reads on; each one is compared with every known name

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_COMMA = re.compile(r"-?\d+,\d+", re.ASCII)
_NOT_RECORDED: Final = "use null where nothing was recorded"
_YES: Final = {"yes": "true", "no": "false", "true": "true", "false": "false", "1": "true"}


def record_faults(error: ValidationError, raw: Any, root: type[BaseModel]) -> Iterator[Fault]:
    """Word every error, each place once; where a union complains twice the inner one is meant."""
    found: dict[str, Fault] = {}
    for one in error.errors(include_url=False)[:MOST_FAULTS]:
        path, model = _place(one["loc"], raw, root, missing=one["type"] == "missing")
        says, cure = _worded(one, model)
        found.setdefault(path, Fault(path=path, says=says, suggestion=cure))
    around = {outer for path in found for outer in outside(path)}
    yield from (fault for path, fault in found.items() if path not in around)


def outside(path: str) -> Iterator[str]:
    """Every path that this one lies inside of."""
    return (path[:place] for place, mark in enumerate(path) if mark in ".[")


def _place(
    loc: tuple[int | str, ...], raw: Any, root: type[BaseModel], *, missing: bool
) -> tuple[str, type[BaseModel] | None]:
    """Follow a location through the file; what is not in the file is the name of a union part."""
    path, here, model = "$", raw, root
    for index, part in enumerate(loc):
        if isinstance(part, int) and isinstance(here, list):
            path = f"{path}[{part}]"
            here = here[part] if part < len(here) else None
        elif isinstance(part, str) and isinstance(here, dict):
            if part not in here and not (missing and index == len(loc) - 1):
                continue
            path = step(path, part)
            here = here.get(part)
            field = model.model_fields.get(part)
            model = (_model_in(field.annotation) if field is not None else None) or model
    return path, model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is None:
        return None
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _worded(error: ErrorDetails, model: type[BaseModel] | None) -> tuple[str, str | None]:
    kind, value, context = error["type"], error["input"], error.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            name = str(error["loc"][-1])
            return f"unknown key {shown(name)}", key_cure(name, model)
        case "missing":
            return "is required and was not given", None
        case "literal_error":
            expected = str(context.get("expected", "")).replace("'", '"')
            return f"{shown(value)} is not one of {expected}", value_cure(value, expected)
        case "float_type" | "int_type" | "int_from_float" | "float_parsing" | "int_parsing":
            return _not_a_number(value, whole=kind.startswith("int"))
        case "bool_type":
            cure = _YES.get(str(value).lower(), "false" if value == 0 else None)
            return f"{shown(value)} is not true, false or null", cure and f"write {cure}"
        case "string_type":
            cure = f'write "{shown(value)}"' if isinstance(value, int | float) else None
            return f"{shown(value)} stands where text belongs", cure
        case "tuple_type" | "list_type":
            return f"{shown(value)} stands where a list belongs", "write [...]; [] for looked, none"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{shown(value)} stands where an object in braces belongs", None
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            return f"{shown(value)} is out of range: {_bound(kind, context)}", None
        case "too_short" | "too_long":
            wanted = context.get("min_length", context.get("max_length"))
            return f"has {context.get('actual_length')} items, {wanted} are needed", _NOT_RECORDED
        case "impossible":
            says = f"{context['value']} is impossible: the range is {context['range']}"
            return says, context.get("suggestion")
        case "datetime_type":
            return f"{shown(value)} stands where a time belongs", None
        case "datetime_parsing" | "datetime_from_date_parsing" | "timezone_naive":
            fault = no_such_time(value, "")
            return fault.says, fault.suggestion
        case "string_too_short" if value == "":
            return "is empty", None
        case "string_too_short":
            return f"has fewer than {context.get('min_length')} characters", None
        case "string_too_long":
            return f"has more than {context.get('max_length')} characters", None
        case "string_pattern_mismatch":
            return f"{shown(value)} is not an id", 'lower case with hyphens, as "b-all-rr"'
        case _:
            return error["msg"], context.get("suggestion")


def _not_a_number(value: Any, *, whole: bool) -> tuple[str, str | None]:
    wanted = "whole number" if whole else "number"
    if isinstance(value, float):
        return f"{shown(value)} is not a whole number", None
    says = f"{shown(value)} stands where a {wanted} belongs"
    if not isinstance(value, str):
        return says, None if isinstance(value, bool) else _NOT_RECORDED
    typed = value.strip()
    if _NUMBER.fullmatch(typed):
        return f"{shown(value)} is text; a {wanted} belongs here", f"write {typed} without quotes"
    if _COMMA.fullmatch(typed):
        point = typed.replace(",", ".")
        return f"{shown(value)} is text; a {wanted} belongs here", f"write {point} without quotes"
    return says, _NOT_RECORDED


def _bound(kind: str, context: Mapping[str, Any]) -> str:
    words = {
        "greater_than_equal": ("ge", "{:g} or more"),
        "less_than_equal": ("le", "{:g} at most"),
        "greater_than": ("gt", "more than {:g}"),
        "less_than": ("lt", "less than {:g}"),
    }
    key, text = words[kind]
    return text.format(context[key])
