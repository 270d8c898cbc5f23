"""
The columns of the CSV files, derived from the records, so that they cannot fall behind them.

A column is named like the field; a field of a nested record is ``oxygen.device``. What a cell may
hold follows from the field's type: a number, a yes or no, text, or a list as JSON text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from toxmodels import records

Holds = Literal["whole number", "number", "yes or no", "text", "list", "text or list", "nothing"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what its cells hold, and whether ``{}`` may stand for a record."""

    name: str
    holds: Holds
    record: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead to the value inside the record."""
        return tuple(self.name.split("."))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One CSV file: the records it holds and their columns."""

    file: str
    section: str
    columns: dict[str, Column]


# Lists that have a file of their own; "looked, found none" is noted beside them in this column.
NONE_FOUND: Final = "none_found"
PERSON: Final = "patient"
CASE_LISTS: Final = ("vitals", "neuro", "labs", "gradings", "treatments", "events")
THERAPY_LISTS: Final = ("doses", "infusions")


@cache
def sheets() -> dict[str, Sheet]:
    """Every file by name, in reading order."""
    made = (
        _sheet("patient", records.Patient, without=("id",), noting=True),
        _sheet("therapy", records.Therapy, without=THERAPY_LISTS, noting=True),
        _sheet("doses", records.Dose),
        _sheet("infusions", records.Infusion),
        _sheet("vitals", records.Vitals),
        _sheet("neuro", records.NeuroExam),
        _sheet("labs", records.Labs),
        _sheet("gradings", records.Grading),
        _sheet("treatments", records.Treatment),
        _sheet("events", records.Event),
    )
    return {sheet.file: sheet for sheet in made}


def _sheet(
    section: str, model: type[BaseModel], without: tuple[str, ...] = (), *, noting: bool = False
) -> Sheet:
    columns = [
        column
        for name, field in model.model_fields.items()
        if name not in without
        for column in _columns(name, field.annotation)
    ]
    if noting:
        columns.append(Column(NONE_FOUND, "list"))
    return Sheet(f"{section}.csv", section, {column.name: column for column in columns})


def _columns(name: str, annotation: Any) -> list[Column]:
    options = _options(annotation)
    models = [one for one in options if isinstance(one, type) and issubclass(one, BaseModel)]
    tables = [one for one in options if get_origin(one) is dict]
    plain = [one for one in options if one not in models and one not in tables]
    own = Column(name, _holds(plain), record=bool(models or tables))
    inner = [
        Column(f"{name}.{each}", _holds(_options(field.annotation)))
        for model in models
        for each, field in model.model_fields.items()
    ]
    analytes = [each for each, field in records.Labs.model_fields.items() if _is_analyte(field)]
    limits = [Column(f"{name}.{each}", "number") for each in analytes if tables]
    return [own, *inner, *limits]


def _is_analyte(field: Any) -> bool:
    return _holds(_options(field.annotation)) == "number"


def _options(annotation: Any) -> list[Any]:
    """The types a field may have, without ``None`` and without their limits."""
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return [one for part in get_args(annotation) for one in _options(part)]
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    return [] if annotation is type(None) else [annotation]


def _holds(options: list[Any]) -> Holds:
    kinds = {_kind(option) for option in options}
    if kinds == {"text", "list"}:
        return "text or list"
    if len(kinds) > 1:
        raise TypeError(f"no CSV column can hold {options}: give the field one plain type")
    return kinds.pop() if kinds else "nothing"


def _kind(option: Any) -> Holds:
    if get_origin(option) is tuple:
        return "list"
    plain: dict[Any, Holds] = {bool: "yes or no", int: "whole number", float: "number"}
    return plain.get(option, "text")
