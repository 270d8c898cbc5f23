"""
Step-up schedules of the bispecific antibodies: which dose is which step, and when it may follow.

A schedule is data. After a delay a label sends the patient back a step or more: where that table
was read it is applied, and where it was not the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from toxmodels.drugs.facts_read import Schedule, facts
from toxmodels.drugs.faults import did_you_mean
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, shown
from toxmodels.drugs.weight import flat_for_adults, weighed

_SHARED: Final = " that every regimen shares"
_SHORT: Final = {"q2w": "every-2-weeks", "qw": "weekly"}


def step_up_drugs() -> dict[str, Callable[[DoseInputs], DoseResult]]:
    """Every bispecific antibody with a listed schedule."""
    return {one.drug: partial(_dose, one.drug) for one in facts("step_up").schedule}


def _dose(drug: str, inputs: DoseInputs) -> DoseResult:
    sheet = Sheet(drug, "mg", facts("step_up"), inputs)
    schedule = _schedule(sheet, drug)
    if schedule is None:
        return sheet.read(None)
    sheet.note = schedule.says
    amounts = _amounts(sheet, schedule)
    dose_mg = None
    if amounts is not None:
        dose_mg = _one(sheet, schedule, amounts)
    _spacing(sheet, schedule)
    return sheet.read(dose_mg)


def _schedule(sheet: Sheet, drug: str) -> Schedule | None:
    """The one schedule asked for; where they part at the step asked for, the regimen chooses."""
    known = [one for one in sheet.table.schedule if one.drug == drug]
    sheet.cite(known[0])
    asked = sheet.inputs.regimen
    if asked is None and len(known) == 1:
        return known[0]
    names = [one.regimen for one in known]
    if asked is None:
        shared = _shared(known, sheet.inputs.step)
        if shared is None:
            sheet.block(f"regimen is needed: {' or '.join(names)}")
        return shared
    asked = _SHORT.get(asked, asked)
    found = next((one for one in known if one.regimen == asked), None)
    if found is None:
        cure = did_you_mean(asked, names) or " or ".join(names)
        sheet.block(f'regimen "{asked}" is not listed for {drug}: {cure}')
    return found


def _shared(known: list[Schedule], step: int | None) -> Schedule | None:
    """What every regimen of the drug has in common, if that holds the step asked for."""
    first, *others = known
    alike = [
        one
        for number, one in enumerate(first.steps)
        if all(other.steps[number : number + 1] == (one,) for other in others)
    ]
    spacing = [(one.per_kg, one.min_gap_days, one.max_gap_days, one.restarts) for one in known]
    begins = first.steps[: len(alike)] == tuple(alike)
    if step is None or step > len(alike) or not begins or spacing != spacing[:1] * len(spacing):
        return None
    names = " and ".join(one.regimen for one in known)
    says = " | ".join(f"{one.regimen}: {one.says}" for one in known)
    return first.model_copy(update={"steps": tuple(alike), "regimen": names, "says": says})


def _is_shared(schedule: Schedule) -> bool:
    return schedule not in facts("step_up").schedule


def _amounts(sheet: Sheet, schedule: Schedule) -> list[Decimal] | None:
    """Every step in mg, shown whole so that nobody takes one for another."""
    doses = [step.dose for step in schedule.steps]
    names = " / ".join(shown(one) for one in doses)
    if not schedule.per_kg:
        if not flat_for_adults(sheet):
            return None
        sheet.step(f"steps {names} mg, flat")
        return doses
    weight_kg = weighed(sheet)
    if weight_kg is None:
        return None
    amounts = [fine(one * weight_kg) for one in doses]
    made = " / ".join(shown(one) for one in amounts)
    sheet.step(f"steps {names} mg/kg x {shown(weight_kg)} kg = {made} mg")
    return amounts


def _one(sheet: Sheet, schedule: Schedule, amounts: list[Decimal]) -> Decimal | None:
    step = sheet.inputs.step
    if step is None:
        sheet.block(f"step is needed: 1 to {len(amounts)}")
        return None
    if step > len(amounts):
        sheet.block(f"step {step} is not listed: 1 to {len(amounts)}")
        return None
    planned = schedule.steps[step - 1]
    shared = _SHARED if _is_shared(schedule) else ""
    sheet.schedule = f"step {step} of {len(amounts)}{shared}, planned for day {planned.day}"
    line = f"step {step}: {shown(amounts[step - 1])} mg"
    if schedule.per_kg and sheet.inputs.weight_kg is not None:
        weight = shown(sheet.inputs.weight_kg)
        line = f"{shown(planned.dose)} mg/kg x {weight} kg = {shown(amounts[step - 1])} mg"
    sheet.arithmetic = line
    sheet.steps.append(line)
    return amounts[step - 1]


def _spacing(sheet: Sheet, schedule: Schedule) -> None:
    """Hold the time since the last dose against the schedule's gap and its table of delays."""
    inputs = sheet.inputs
    if inputs.given_at is None:
        if inputs.step is not None and inputs.step > 1:
            sheet.confirm.append("time of the step before is not given: the gap is not checked")
        return
    if inputs.undated_doses:
        sheet.block("an earlier dose has no time: date it first")
    if inputs.at is None:
        sheet.block("at is needed: the gap is counted to a stated time, no clock is read")
        return
    if not inputs.given_at:
        return
    last = inputs.given_at[-1]
    gap = inputs.at - last
    if gap < timedelta(0):
        sheet.block("a dose is recorded after the time asked about: correct the times")
        return
    if schedule.min_gap_days is not None:
        sheet.earliest_at = last + timedelta(days=schedule.min_gap_days)
        if inputs.at < sheet.earliest_at:
            sheet.block(f"at least {schedule.min_gap_days} days between steps")
    if schedule.max_gap_days is not None and gap > timedelta(days=schedule.max_gap_days):
        sheet.block(
            f"more than {schedule.max_gap_days} days since the last step: the label's table of "
            "delays was not read, open the label"
        )
    _after_delay(sheet, schedule, gap)


def _after_delay(sheet: Sheet, schedule: Schedule, gap: timedelta) -> None:
    """Where the label goes back after a delay: by the step before, or the one said to be last."""
    step, said = sheet.inputs.step, sheet.inputs.last_step
    if step is None or (step < 2 and said is None):
        return
    last = step - 1 if said is None else said
    back = _goes_back(schedule, last, gap)
    if back is None or back >= step:
        return
    again = _goes_back(schedule, step, gap)
    may = f"; if step {step} was given last, say last_step={step}" if again == step else ""
    sheet.block(
        f"{gap.days} days since step {last}: the label goes back to step {back} "
        f"({shown(schedule.steps[back - 1].dose)}){may if said is None else ''}"
    )


def _goes_back(schedule: Schedule, last: int, gap: timedelta) -> int | None:
    """The step that the label's table of delays gives after that one; ``None`` without a row."""
    for row in schedule.restarts:
        if row.after_step == last and (row.to_days is None or gap <= timedelta(days=row.to_days)):
            return row.give_step
    return None
