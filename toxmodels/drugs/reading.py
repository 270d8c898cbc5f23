"""
Reading one typed value of a dose: a number, a time, a yes or no, a list of words.

Numbers become exact decimals, so that 29.9 kg stays 29.9 kg and gives 358.8 mg.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from toxmodels.drugs.faults import DoseError, DoseFault
from toxmodels.limits import Limits, OtherUnit, limits

_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_NUMBER_AND_UNIT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*[^\d\s.,+-].*")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_AWARE = TypeAdapter(AwareDatetime)
_SAME_LIMITS: Final = {
    "previous_weight_kg": "weight_kg",
    "cycle_start_weight_kg": "weight_kg",
    "mg_per_kg_to": "mg_per_kg",
    "day_counted_otherwise": "day",
    "crs_grade_at_most": "crs_grade",
    "crs_peak_grade": "crs_grade",
    "icans_grade_at_most": "icans_grade",
    "icans_peak_grade": "icans_grade",
}
_YES: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@cache
def dose_limits() -> dict[str, Limits]:
    """Plausible limits of every numeric input: the case file's, and those only doses need."""
    path = files("toxmodels.drugs").joinpath("facts", "limits.toml")
    found = dict(limits())
    for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if isinstance(table, dict):
            others = tuple(OtherUnit(**other) for other in table.pop("looks_like", []))
            found[name] = Limits(name=name, looks_like=others, **table)
    return found | {key: found[same] for key, same in _SAME_LIMITS.items()}


def _refused(key: str, says: str, suggestion: str | None = None) -> DoseError:
    return DoseError([DoseFault(path=key, says=says, suggestion=suggestion)])


def read_number(key: str, value: Any, *, whole: bool = False) -> Decimal:
    """
    Read a number in the unit its key names, and refuse what no patient can have.

    Raises:
        DoseError: it is no number, carries a unit, or lies outside the possible limits.

    """
    number = _exact(key, value)
    if whole and number != number.to_integral_value():
        raise _refused(key, f"{value} is not a whole number")
    bounds = dose_limits()[key]
    if bounds.is_impossible(float(number)):
        raise _refused(
            key,
            f"{value} is impossible ({bounds.range_text()})",
            bounds.likely_units(float(number)),
        )
    return number


def _exact(key: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _refused(key, f"{value!r} is not a number")
    if isinstance(value, str):
        return _from_text(key, value.strip())
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise _refused(key, f"{value} is not a number")
    return number


def _from_text(key: str, text: str) -> Decimal:
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if _DECIMAL_COMMA.fullmatch(text):
        raise _refused(
            key, f'"{text}" is not a number', f"write a point: {key}={text.replace(',', '.')}"
        )
    unit = _NUMBER_AND_UNIT.fullmatch(text)
    if unit is not None:
        cure = f"the unit is in the name; write the number alone: {key}=..."
        raise _refused(key, f'"{text}" carries a unit', cure)
    raise _refused(key, f'"{text}" is not a number' if text else "is empty", "leave it out")


def read_time(key: str, value: Any) -> datetime:
    """
    Read an aware datetime or ISO text with offset.

    Raises:
        DoseError: it is not a time, or has no offset.

    """
    cure = f"write ISO 8601 with offset: {key}=2026-03-01T10:00:00+00:00"
    if isinstance(value, datetime):
        if value.tzinfo is None or value.utcoffset() is None:
            raise _refused(key, f"{value.isoformat()} has no offset from UTC", cure)
        return value.astimezone(UTC)
    if not isinstance(value, str) or not _TIME.fullmatch(value.strip()):
        raise _refused(key, f'"{value}" is not a time with offset', cure)
    if not _FIRST_YEAR <= int(value.strip()[:4]) <= _LAST_YEAR:
        raise _refused(key, f'"{value}" lies outside {_FIRST_YEAR} to {_LAST_YEAR}', "check it")
    try:
        return _AWARE.validate_python(value.strip()).astimezone(UTC)
    except ValidationError as error:
        raise _refused(key, f'"{value}" is no day and hour of the calendar', cure) from error


def read_yes_no(key: str, value: Any) -> bool:
    """
    Read true or false.

    Raises:
        DoseError: it is neither.

    """
    if isinstance(value, bool):
        return value
    answer = _YES.get(value.strip().lower()) if isinstance(value, str) else None
    if answer is None:
        raise _refused(key, f'"{value}" is neither true nor false', "write true or false")
    return answer


def read_words(key: str, value: Any) -> tuple[str, ...]:
    """
    Read a list of words, or text with commas.

    Raises:
        DoseError: it is neither.

    """
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise _refused(key, f"{value!r} is not a list of words")
