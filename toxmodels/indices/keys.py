"""
Inputs of a score: what each key means, and reading typed text or values into it.

Nothing is guessed and nothing converted here: a value keeps the key, and so the unit, in which it
was entered. Absent, ``None`` and an empty text all mean that nobody recorded it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from toxmodels.drugs.faults import did_you_mean
from toxmodels.indices.faults import ScoreError, ScoreFault
from toxmodels.limits import limits

_NUMBER: Final = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?", re.ASCII)
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_BY_DAY: Final = re.compile(
    r"-?\d{1,3}:\d{1,7}(\.\d{1,6})?([,; ]+-?\d{1,3}:\d{1,7}(\.\d{1,6})?)*", re.ASCII
)
_YES_NO: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# Units by the end of a key, the longest first where one ends like another.
_UNITS: Final = {
    "_mg_l_feu": "mg/L FEU",
    "_10e9_l": "10⁹/L",
    "_ml_kg_h": "mL/kg/h",
    "_umol_l": "µmol/L",
    "_mmol_l": "mmol/L",
    "_meq_l": "mEq/L",
    "_ng_ml": "ng/mL",
    "_ug_l": "µg/L",
    "_u_ml": "U/mL",
    "_per_ul": "/µL",
    "_mg_dl": "mg/dL",
    "_g_dl": "g/dL",
    "_mg_l": "mg/L",
    "_g_l": "g/L",
    "_u_l": "U/L",
    "_percent": "%",
    "_mmhg": "mmHg",
    "_bpm": "/min",
    "_x_uln": "x upper limit",
    "_years": "years",
    "_c": "°C",
    "_s": "s",
}


@dataclass(frozen=True, slots=True)
class Key:
    """
    One input.

    ``units``: other keys it may be given under, in another unit; ``same``: other names of the same
    unit; ``choices``: words and what each stands for. Kind ``by_day`` is text as ``0:2100,1:1800``.
    ``needed``: without it there is no value.
    """

    name: str
    says: str
    kind: Literal["number", "yes_no", "choice", "by_day"] = "number"
    units: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    choices: Mapping[str, str] | None = None
    needed: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it answers to."""
        return (self.name, *self.units, *self.same)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of a choice, without their synonyms."""
        return tuple(dict.fromkeys((self.choices or {}).values()))


@dataclass(frozen=True, slots=True)
class Given:
    """A value under the key, and so in the unit, in which it was entered."""

    key: str
    value: Decimal | bool | str

    @property
    def number(self) -> Decimal:
        """The value as the decimal that was entered."""
        return Decimal(self.value)

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if isinstance(self.value, str):
            return self.value.replace("_", " ")
        return f"{shown(self.value)} {unit_of(self.key)}".rstrip()


Inputs = Mapping[str, Given]


def unit_of(key: str) -> str:
    """The unit a key ends in, as it is written."""
    return next((unit for end, unit in _UNITS.items() if key.endswith(end)), "")


def shown(value: Decimal) -> str:
    """A decimal without needless noughts."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_inputs(keys: tuple[Key, ...], typed: Mapping[str, Any]) -> dict[str, Given]:
    """
    Read everything typed, by primary key.

    Raises:
        ScoreError: a key is unknown, stands twice in two units, or holds what no patient can have.

    """
    by_name = {name: key for key in keys for name in key.names}
    found: dict[str, Given] = {}
    faults: list[ScoreFault] = []
    for name, value in typed.items():
        key = by_name.get(name)
        if key is None:
            cure = did_you_mean(name, by_name) or f"known: {', '.join(key.name for key in keys)}"
            faults.append(ScoreFault(path=name, says="is no key of this score", suggestion=cure))
        elif _is_recorded(value):
            given = _read(key, name, value)
            if isinstance(given, ScoreFault):
                faults.append(given)
            elif key.name in found:
                says = f"stands beside {found[key.name].key}, which says the same"
                faults.append(ScoreFault(path=name, says=says, suggestion="leave one"))
            else:
                found[key.name] = given
    if faults:
        raise ScoreError(faults)
    return found


def _is_recorded(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _read(key: Key, name: str, value: Any) -> Given | ScoreFault:
    plain = key.name if name in key.same else name
    match key.kind:
        case "number":
            number = _number(plain, value)
            return number if isinstance(number, ScoreFault) else Given(plain, number)
        case "yes_no":
            answer = value if isinstance(value, bool) else _YES_NO.get(str(value).strip().lower())
            if answer is None:
                cure = "write true or false"
                return ScoreFault(path=name, says=f'"{value}" is neither', suggestion=cure)
            return Given(plain, answer)
        case "choice":
            return _choice(key, name, value)
        case "by_day":
            text = str(value).strip()
            if _BY_DAY.fullmatch(text) is None:
                cure = "write day:value with commas between, as 0:2100,1:1800"
                return ScoreFault(path=name, says=f'"{text}" are no values by day', suggestion=cure)
            return Given(plain, text)


def _choice(key: Key, name: str, value: Any) -> Given | ScoreFault:
    known = key.choices or {}
    word = known.get(str(value).strip().lower().replace(" ", "_").replace("-", "_"))
    if word is None:
        cure = did_you_mean(str(value), known) or f"one of {', '.join(key.words)}"
        return ScoreFault(path=name, says=f'"{value}" is not known here', suggestion=cure)
    return Given(key.name, word)


def _number(name: str, value: Any) -> Decimal | ScoreFault:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ScoreFault(path=name, says=f"{value!r} is not a number")
    text = value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, str) and not _NUMBER.fullmatch(text):
        cure = "write the number alone, the unit is in the key"
        if _DECIMAL_COMMA.fullmatch(text):
            cure = f"write a point: {name}={text.replace(',', '.')}"
        return ScoreFault(path=name, says=f'"{text}" is not a number', suggestion=cure)
    number = Decimal(text)
    if not number.is_finite() or number < 0:
        return ScoreFault(path=name, says=f"{text} is impossible", suggestion="0 or more")
    bounds = limits().get(name)
    if bounds is not None and bounds.is_impossible(float(number)):
        says = f"{text} is impossible ({bounds.range_text()})"
        return ScoreFault(path=name, says=says, suggestion=bounds.likely_units(float(number)))
    return number
