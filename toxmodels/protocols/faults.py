"""What is wrong with a rule file: the file, the rule, the fault and the cure, one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from toxmodels.casefile import Fault
from toxmodels.casefile.faults import shown
from toxmodels.casefile.nearest import did_you_mean, value_cure

__all__ = ["RuleBookError", "kept_once", "place_of", "schema_faults"]

_UNSIGNED: Final = "leave it empty: the screens say that no clinician has signed yet"
_SAY_IT_SHORTER: Final = "say it shorter; dose and source are shown beside it"
_ADD_IT: Final = "add it; docs/site-protocols.md shows a whole file"
_A_RULE: Final = "begin each rule with [[rules]]"
_A_NUMBER: Final = 'write it without quotes, or name a parameter as "$name"'
_PARAMETER: Final = "a parameter is a number, a text, true or false"


class RuleBookError(ValueError):
    """A rule file cannot be used: ``faults`` names every reason, each with file, rule and cure."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))


def kept_once(faults: Sequence[Fault]) -> list[Fault]:
    """The first fault of each place: what follows from it would only hide it."""
    found: dict[str, Fault] = {}
    for fault in faults:
        found.setdefault(fault.path, fault)
    return [*found.values()]


def place_of(name: str, rules: Any, loc: Sequence[int | str]) -> str:
    """Name a place in the words of the file: the rule by its id, then the key."""
    if len(loc) < 2 or loc[0] != "rules" or not isinstance(loc[1], int):
        return f"{name}, {_path(loc)}" if loc else name
    rule = rules[loc[1]] if isinstance(rules, list) and loc[1] < len(rules) else None
    id_ = rule.get("id") if isinstance(rule, dict) else None
    named = f'rule "{id_}"' if isinstance(id_, str) else f"rule number {loc[1] + 1}"
    key = _path(loc[2:])
    return f"{name}, {named}, {key}" if key else f"{name}, {named}"


def _path(loc: Sequence[int | str]) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc]
    return "".join(steps).removeprefix(".")


def schema_faults(
    error: ValidationError, raw: Mapping[str, Any], name: str, models: Mapping[str, type[BaseModel]]
) -> Iterator[Fault]:
    """Word every error of the closed schema; ``models`` are the records of a file by their key."""
    for one in error.errors(include_url=False):
        if one["type"] == "too_short" and raw.get("rules"):
            continue  # counted without the rules that have faults of their own
        loc = _in_file(one["loc"], raw, missing=one["type"] == "missing")
        tables = [str(step) for step in reversed(loc[:-1]) if step in models]
        model = models[tables[0] if tables else "$"]
        says, cure = _worded(one, loc, model, models)
        yield Fault(path=place_of(name, raw.get("rules"), loc), says=says, suggestion=cure)


def _in_file(loc: Sequence[int | str], raw: Any, *, missing: bool) -> tuple[int | str, ...]:
    """Follow a location through the file; what is not in the file names a part of a union."""
    here, kept = raw, []
    for index, step in enumerate(loc):
        is_last = index == len(loc) - 1
        if isinstance(here, dict) and (step in here or (missing and is_last)):
            here = here.get(step)
        elif isinstance(here, list | tuple) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            continue
        kept.append(step)
    return tuple(kept)


def _worded(
    error: ErrorDetails,
    loc: tuple[int | str, ...],
    model: type[BaseModel],
    models: Mapping[str, type[BaseModel]],
) -> tuple[str, str | None]:
    kind, value, context = error["type"], _as_typed(error["input"]), error.get("ctx") or {}
    key = str(loc[-1]) if loc else ""
    match kind:
        case "extra_forbidden":
            return f"unknown key {shown(key)}", _key_cure(key, model, models)
        case "missing":
            cure = _A_RULE if key == "rules" else _choices(model, key) or _ADD_IT
            return "is required and was not given", cure
        case "literal_error":
            expected = str(context.get("expected", "")).replace("'", '"')
            return f"{shown(value)} is not one of {expected}", value_cure(value, expected)
        case "tuple_type" if key == "rules":
            return "stands where the list of rules belongs", _A_RULE
        case "tuple_type":
            return f"{shown(value)} stands where a list belongs", f"write [{shown(value)}]"
        case "too_short" if key == "rules":
            return "holds no rule", _A_RULE
        case "string_too_long" if context.get("max_length") == 0:
            return f"{shown(value)} stands where nothing may stand", _UNSIGNED
        case "string_too_long":
            limit, length = context.get("max_length"), len(str(error["input"]))
            return f"has {length} characters, {limit} at most", _SAY_IT_SHORTER
        case "string_too_short":
            return f"{shown(value)} is too short", f"at least {context.get('min_length')} letters"
        case "string_pattern_mismatch":
            return f"{shown(value)} is not an id", _id_cure(loc)
        case "finite_number":
            return "is not a finite number", "nothing is ever below or above it; write a number"
        case "value_error":
            says, _, cure = error["msg"].removeprefix("Value error, ").partition("; ")
            return says, cure or None
        case _ if "parameter" in loc or "parameters" in loc or "dose" in loc:
            return f"{shown(value)} cannot be used", _PARAMETER
        case _:
            return _wrong_kind(kind, value)


def _wrong_kind(kind: str, value: Any) -> tuple[str, str | None]:
    wanted = {
        "string_type": "text",
        "float_type": "a number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "bool_type": "true or false",
        "model_type": "a table in braces",
        "model_attributes_type": "a table in braces",
        "dict_type": "a table in braces",
    }.get(kind, "something else")
    cures = {
        "text": "write it in quotes",
        "true or false": "write true or false, without quotes",
        "a table in braces": "write { key = value, ... }",
    }
    if isinstance(value, str):
        cures["a number"] = cures["a whole number"] = _A_NUMBER
    return f"{shown(value)} stands where {wanted} belongs", cures.get(wanted)


def _key_cure(
    key: str, model: type[BaseModel], models: Mapping[str, type[BaseModel]]
) -> str | None:
    """Offer the right key of this table, or the table that the key belongs to."""
    for part, other in models.items():
        if other is not model and key in other.model_fields:
            belongs = {"$": "the head of the file", "rules": "the rule itself"}
            return f"it belongs in {belongs.get(part, part + ' = { ... }')}"
    return did_you_mean(key, model.model_fields) or f"known: {', '.join(model.model_fields)}"


def _choices(model: type[BaseModel], key: str) -> str | None:
    field = model.model_fields.get(key)
    words = [one for one in get_args(field.annotation) if isinstance(one, str)] if field else []
    return f"one of {', '.join(words)}" if words else None


def _id_cure(loc: tuple[int | str, ...]) -> str:
    if loc and loc[0] == "rules":
        return 'lower case with hyphens behind the id of the file, as "asco-2021/crs-2-care"'
    return 'lower case with hyphens, as "asco-2021"'


def _as_typed(value: Any) -> Any:
    """A value as the file has it: lists were made tuples, and a date has no other words."""
    if isinstance(value, tuple):
        return [*value]
    known = value is None or isinstance(value, str | int | float | list | dict)
    return value if known else str(value)
