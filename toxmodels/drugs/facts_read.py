"""
The numbers behind every dose, read from the TOML files of ``facts``.

Each number has a unit, a source with its place, and a verification mark that travels with the
dose to the screen. The schema is closed: a misspelt key in a file stops the program at its name.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from toxmodels.sources import Verification

Confidence = Literal["high", "medium", "low"]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(_Closed):
    """Where a statement comes from and how far it was verified."""

    verification: Verification
    confidence: Confidence | None = None
    source: str
    at: str

    @model_validator(mode="after")
    def _confidence_only_where_unverified(self) -> Self:
        if (self.verification == "unverified") != (self.confidence is not None):
            raise ValueError("confidence belongs to unverified facts, and only to them")
        return self


class Fact(Mark):
    """One number with its unit."""

    value: Decimal
    unit: str


class Warned(Mark):
    """A caution or contraindication; ``recorded``: words that make it concern this patient."""

    says: str
    drug: str | None = None
    recorded: tuple[str, ...] = ()


class Regimen(Mark):
    """A corticosteroid regimen by code."""

    id: str
    drug: str
    schedule: str
    dose_mg: Decimal | None = None
    from_mg: Decimal | None = None
    to_mg: Decimal | None = None
    mg_per_kg: Decimal | None = None
    every_h: tuple[Decimal, ...] = ()


class TaperStep(_Closed):
    """Days of a taper with one dose; ``to_day`` open means until someone decides."""

    from_day: int
    to_day: int | None = None
    dose_mg: Decimal
    every_h: Decimal


class TaperTable(Mark):
    """A taper as its source prints it."""

    id: str
    drug: str
    says: str
    refractory: str | None = None
    steps: tuple[TaperStep, ...]


class CountScope(_Closed):
    """A product whose tocilizumab count runs per CRS episode, and its own window if it has one."""

    product: str
    episode_limit: int | None = None
    window_limit: int | None = None
    window_days: int | None = None
    verification: Verification | None = None
    confidence: Confidence | None = None
    source: str | None = None
    at: str | None = None


class Boundary(Mark):
    """Tumour-burden limits of one region, and whether the number itself is beyond them."""

    region: Literal["us", "eu", "jp"]
    marrow_percent: Decimal
    marrow_at_boundary: bool
    blood_per_ul: Decimal | None = None
    blood_at_boundary: bool = False


class PremedicationRow(Mark):
    """One row of the premedication table; cycle 0 in ``starts`` means every cycle."""

    region: Literal["us", "eu", "jp"]
    indication: str | None = None
    group: Literal["adult", "child"]
    flat_mg: Decimal | None = None
    mg_m2: Decimal | None = None
    cap_mg: Decimal | None = None
    second_mg_m2: Decimal | None = None
    second_when: str | None = None
    starts: tuple[tuple[int, int], ...]
    restart: Literal["any-cycle", "cycle-1", "not-read"]
    when: str
    says: str | None = None


class StepDose(_Closed):
    """One step of a step-up schedule and the day it is planned for."""

    dose: Decimal
    day: int


class Restart(_Closed):
    """After a delay of at most ``to_days`` since that step, which step is given."""

    after_step: int
    to_days: int | None = None
    give_step: int


class Schedule(Mark):
    """The step-up schedule of one bispecific antibody."""

    drug: str
    regimen: str
    per_kg: bool
    steps: tuple[StepDose, ...]
    says: str
    min_gap_days: int | None = None
    max_gap_days: int | None = None
    restarts: tuple[Restart, ...] = ()


class Expert(Mark):
    """An agent for which no dose is worked out here."""

    drug: str


class DrugFacts(_Closed):
    """Everything one file of ``facts`` holds."""

    drug: str
    unit: str
    reviewed_by: str
    reviewed_on: str
    note: str = ""
    fact: dict[str, Fact] = {}
    contraindication: tuple[Warned, ...] = ()
    caution: tuple[Warned, ...] = ()
    regimen: tuple[Regimen, ...] = ()
    taper: tuple[TaperTable, ...] = ()
    count: tuple[CountScope, ...] = ()
    boundary: tuple[Boundary, ...] = ()
    row: tuple[PremedicationRow, ...] = ()
    schedule: tuple[Schedule, ...] = ()
    expert: tuple[Expert, ...] = ()


@cache
def facts(name: str) -> DrugFacts:
    """
    The facts of one file, by its name without ``.toml``.

    Raises:
        ValueError: the file breaks the schema; the message names file and field.

    """
    path = files("toxmodels.drugs").joinpath("facts", f"{name}.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    try:
        return DrugFacts.model_validate(table)
    except ValueError as fault:
        raise ValueError(f"toxmodels/drugs/facts/{name}.toml: {fault}") from fault


def number(name: str, fact: str) -> Decimal:
    """One number of one file."""
    return facts(name).fact[fact].value
