"""
Tapers day by day, and doses of different corticosteroids on one scale.

Amounts are compared as milligrams of dexamethasone. A corticosteroid without a listed
equivalence is never silently left out: the caller is told its name.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pydantic import BaseModel, ConfigDict

from toxmodels.drugs.facts_read import TaperStep, TaperTable, facts
from toxmodels.drugs.result import DoseCite
from toxmodels.drugs.sheet import fine
from toxmodels.sources import Verification

_HOURS_A_DAY: Final = 24
_NOT_EQUIVALENCES: Final = ("run_gap_h", "long_exposure_h", "child_")


class TaperDay(BaseModel):
    """One day of a taper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: int
    dose_mg: float
    every_h: float
    dexamethasone_mg: float
    cumulative_dexamethasone_mg: float


class Taper(BaseModel):
    """A taper as its source prints it; ``open_ended``: the last dose goes on until decided."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    drug: str
    says: str
    open_ended: bool
    days: tuple[TaperDay, ...]
    verification: Verification
    cite: DoseCite


def equivalent_mg(drug: str, dose_mg: Decimal) -> Decimal | None:
    """The dose as dexamethasone, or ``None`` where no equivalence is listed."""
    table = facts("corticosteroids").fact
    if drug not in table or drug.startswith(_NOT_EQUIVALENCES):
        return None
    return dose_mg * table["dexamethasone"].value / table[drug].value


def tapers() -> tuple[str, ...]:
    """The codes of every listed taper."""
    return tuple(one.id for one in facts("corticosteroids").taper)


def taper_table(code: str) -> TaperTable | None:
    """A taper by its code, in any spelling of it (``MP_PULSE_A``, ``mp-pulse-a``)."""
    plain = code.strip().lower().replace("_", "-")
    return next((one for one in facts("corticosteroids").taper if one.id == plain), None)


def step_on(table: TaperTable, day: int) -> TaperStep | None:
    """The step that covers a day, or ``None`` after the last one."""
    for step in table.steps:
        if step.from_day <= day and (step.to_day is None or day <= step.to_day):
            return step
    return None


def taper(code: str) -> Taper:
    """
    Lay a taper out day by day with the running total as dexamethasone.

    An open-ended last step is shown for its first day only: nobody knows how long it lasts.

    Raises:
        KeyError: no taper has this code.

    """
    table = taper_table(code)
    if table is None:
        raise KeyError(f"no taper {code!r}; listed: {', '.join(tapers())}")
    days: list[TaperDay] = []
    total = Decimal(0)
    for step in table.steps:
        last = step.from_day if step.to_day is None else step.to_day
        for day in range(step.from_day, last + 1):
            a_day = equivalent_mg(table.drug, step.dose_mg * _HOURS_A_DAY / step.every_h)
            amount = fine(Decimal(0) if a_day is None else a_day)
            total += amount
            days.append(
                TaperDay(
                    day=day,
                    dose_mg=float(step.dose_mg),
                    every_h=float(step.every_h),
                    dexamethasone_mg=float(amount),
                    cumulative_dexamethasone_mg=float(total),
                )
            )
    return Taper(
        id=table.id,
        drug=table.drug,
        says=table.says,
        open_ended=table.steps[-1].to_day is None,
        days=tuple(days),
        verification=table.verification,
        cite=DoseCite(source=table.source, at=table.at),
    )
