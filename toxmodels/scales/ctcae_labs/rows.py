"""The rows of ``labs.toml``: laboratory terms, and by edition what a number has to be."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from toxmodels.findings import Sign

Edition = Literal["4.03", "5.0", "6.0"]
State = Literal[
    "baseline_high",
    "baseline_not_high",
    "baseline_low",
    "baseline_not_low",
    "value_low",
    "anticoagulated",
    "symptomatic",
    "fasting",
]
Limit = Literal["upper_limit", "lower_limit", "baseline"]
_SAYS_OF = {"upper_limit": "upper limit", "lower_limit": "lower limit", "baseline": "baseline"}
_SAYS_WHEN: dict[State, str] = {
    "baseline_high": "baseline above normal",
    "baseline_not_high": "baseline not above normal",
    "baseline_low": "baseline below normal",
    "baseline_not_low": "baseline not below normal",
    "value_low": "value below normal",
    "anticoagulated": "on anticoagulation",
    "symptomatic": "with symptoms or consequences",
    "fasting": "fasting",
}


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row: a comparison with a multiple of a limit, a number by unit, or a fall from baseline.

    Exactly one of ``of``, ``at`` and ``fall`` is set.
    """

    grade: int
    sign: Literal[">", ">=", "<"]
    times: Decimal
    of: Limit | None
    at: tuple[Decimal, ...]
    fall: Decimal | None
    when: State | None

    def says(self, unit: str, place: int) -> str:
        """The row as a reader would print it, in the unit the value was entered in."""
        if self.of is not None:
            many = "" if self.times == 1 else f"{_number(self.times)} x "
            told = f"{self.sign} {many}{_SAYS_OF[self.of]}"
        elif self.fall is not None:
            told = f"fall from baseline {self.sign} {_number(self.fall)} %"
        else:
            told = f"{self.sign} {_number(self.at[place])} {unit}".rstrip()
        return told if self.when is None else f"{told} ({_SAYS_WHEN[self.when]})"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rows of one edition and, where they can be read two ways, how they are read here."""

    rows: tuple[Row, ...]
    note: str | None

    @property
    def highest(self) -> int:
        """The highest grade a number alone can reach."""
        return max(row.grade for row in self.rows)


@dataclass(frozen=True, slots=True)
class Term:
    """
    One laboratory term.

    ``units`` are the units a value may be entered in, that of the case file first; empty where the
    rows are ratios, so that any unit will do. ``analyte`` is the field of the case file.
    """

    id: str
    title: str
    sign: Sign
    analyte: str | None
    show: str
    units: tuple[str, ...]
    rules: dict[str, Rule]


@cache
def terms() -> dict[str, Term]:
    """All laboratory terms by id."""
    text = files("toxmodels.scales.ctcae_labs").joinpath("labs.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, Any]] = tomllib.loads(text, parse_float=Decimal)
    return {id_: _term(id_, table, tables) for id_, table in tables.items()}


def _term(id_: str, table: dict[str, Any], tables: dict[str, dict[str, Any]]) -> Term:
    rules = tables[table.get("same_rows_as", id_)]["rules"]
    units = tuple(table.get("units", ()))
    return Term(
        id_,
        table["title"],
        table["sign"],
        table.get("analyte"),
        units[0] if units else table["show"],
        units,
        {
            edition: Rule(tuple(_row(row) for row in rule["rows"]), rule.get("note"))
            for rule in rules
            for edition in rule["editions"]
        },
    )


def _row(row: dict[str, Any]) -> Row:
    return Row(
        row["grade"],
        row["is"],
        row.get("times", Decimal(1)),
        row.get("of"),
        tuple(row.get("at", ())),
        row.get("fall"),
        row.get("when"),
    )


def _number(value: Decimal) -> str:
    return f"{value:,f}".rstrip("0").rstrip(".")
