"""
A proposal: one rule of a protocol worked out for one situation, with its dose and its source.

What is put to the ward stands here; which rules are put, and beside what, is ``advice``'s work.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.computed_grades import computed_by
from toxmodels.drugs import DoseResult, dose_for
from toxmodels.drugs.corticosteroids import shortest_interval
from toxmodels.drugs.facts_read import number
from toxmodels.label_grades import PAUSES_FROM
from toxmodels.moment import first_dose_at
from toxmodels.occurrences import response_after
from toxmodels.protocols.exam_signs import seizure_doubts
from toxmodels.protocols.matching import grade_for
from toxmodels.protocols.more_steroid import more_lately
from toxmodels.protocols.rulebook import Protocol, Rule
from toxmodels.scales import BESIDE, STEPPED, astct_crs, astct_icans
from toxmodels.site import site
from toxmodels.situation import Situation
from toxmodels.sources import Cite, Verification

__all__ = ["Advice", "house_advice", "proposal"]

Urgency = Literal["emergency", "urgent", "soon", "info"]
_HOUSE: Final = "advice-defaults"
_SPECIALIST: Final = "a specialist decides: shown, never ordered"
_HIGHEST: Final = 4
_SPLIT: Final = "obecabtagene-autoleucel"
_CORTICOSTEROIDS: Final = ("dexamethasone", "methylprednisolone")
_MINUTE: Final = timedelta(minutes=1)
_GRADE_KEYS: Final = {"crs": astct_crs.ID, "icans": astct_icans.ID}
# What is given, where the calculation has a name of its own.
_GENERIC: Final = {
    "blinatumomab-crs-dexamethasone": "dexamethasone",
    "blinatumomab-prephase": "dexamethasone",
    "dexamethasone-premedication": "dexamethasone",
}


class Advice(BaseModel):
    """
    One proposal of a protocol.

    ``drug`` is what is given; ``worksheet.drug`` may name a calculation of its own. ``dose_mg`` is
    there only where the dose is in milligrams and nothing blocks it; ``worksheet`` holds the whole
    calculation in any unit. ``dose_range``: both ends, as text, where the source leaves a choice
    and nothing but that choice is missing; it is no dose. ``earliest_at``: when an interval ends.
    ``also``: other rules that ask for the same. ``if_grade``: the grade it would need, for what is
    not certain; ``None`` for advice that holds now.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    protocol: str
    scale: str | None
    grade: int | None
    step: str
    urgency: Urgency
    owner: Literal["nurse", "physician", "icu"]
    advise: str
    drug: str | None
    dose_mg: float | None
    dose_range: str | None = None
    arithmetic: str | None
    schedule: str | None
    earliest_at: AwareDatetime | None
    blocked_by: str | None
    confirm: tuple[str, ...]
    cautions: tuple[str, ...]
    contraindications: tuple[str, ...]
    worksheet: DoseResult | None
    also: tuple[str, ...]
    if_grade: int | None
    basis: str
    confidence: str | None
    verification: Verification
    cite: Cite


def proposal(rule: Rule, protocol: Protocol, situation: Situation) -> Advice:
    """One rule as it stands for this patient now."""
    sheet = _worksheet(rule, situation)
    shown_only = rule.step == "consult"
    blocked = None if sheet is None else sheet.blocked_by
    confirm = () if sheet is None else sheet.confirm
    if rule.drug == "tocilizumab":
        blocked, confirm = _repeated(situation, blocked, confirm)
    if rule.step == "treat" and rule.goes_on is None and rule.drug in _CORTICOSTEROIDS:
        confirm = (*confirm, *_given_lately(situation), *more_lately(situation, rule.drug, sheet))
    if rule.drug == _SPLIT and sheet is not None and sheet.dose is not None:
        confirm = (*confirm, *_open_before(situation))
    if (rule.when.seizures_min or 0) > 1:
        confirm = (*confirm, *seizure_doubts(situation))
    counts = sheet is not None and sheet.unit in ("mg", "mg/day") and not shown_only
    return Advice(
        rule=rule.id,
        protocol=protocol.id,
        scale=None if rule.scale == "none" else rule.scale,
        grade=grade_for(rule, situation) if rule.grades else None,
        step=rule.step,
        urgency=rule.urgency,
        owner=rule.owner,
        advise=rule.advise,
        drug=None if rule.drug is None else _GENERIC.get(rule.drug, rule.drug),
        dose_mg=sheet.dose if sheet is not None and counts and blocked is None else None,
        dose_range=None if sheet is None or shown_only else _range(sheet),
        arithmetic=None if sheet is None else sheet.arithmetic,
        schedule=None if sheet is None else sheet.schedule,
        earliest_at=None if sheet is None else sheet.earliest_at,
        blocked_by=_SPECIALIST if shown_only and sheet is not None else blocked,
        confirm=confirm,
        cautions=(*_worked_out(rule, situation), *rule.cautions, *_cautions(sheet)),
        contraindications=() if sheet is None else sheet.contraindications,
        worksheet=sheet,
        also=(),
        if_grade=None,
        basis=rule.basis,
        confidence=rule.confidence,
        verification=_weakest(rule, sheet, situation),
        cite=Cite(rule.cite.source, rule.cite.at, rule.verification),
    )


def _repeated(
    situation: Situation, blocked: str | None, confirm: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """Another dose is for want of improvement only, which a clinician says."""
    if not situation.tocilizumab:
        return blocked, confirm
    last = situation.tocilizumab[-1].given_at
    said = response_after(situation.case, last, situation.at, ("tocilizumab",))
    if said is None:
        return blocked, (*confirm, "record the response to the last dose before another one")
    then = [one.grade(astct_crs.ID) for one in situation.steps if one.moment.at <= said.at]
    # A grade that values too old to count had opened is no lower one to rise from.
    known = [grade for grade in then if grade.complete] or then
    rose = bool(known) and situation.crs > known[-1].at_least
    if said.change != "improved" or rose:
        return blocked, confirm
    reason = "improved after the last dose: record same or worse if that no longer holds"
    return (reason if blocked is None else f"{blocked}; {reason}"), confirm


def _given_lately(situation: Situation) -> tuple[str, ...]:
    """A corticosteroid that runs, or was given within the shortest interval of any regimen."""
    if not situation.corticosteroids:
        return ()
    last, at = situation.corticosteroids[-1], situation.at
    given = last.drug if last.dose_mg is None else f"{last.drug} {last.dose_mg:g} mg"
    if last.interval_h is not None and (last.stopped_at is None or last.stopped_at > at):
        return (f"{given} every {last.interval_h:g} h runs: in its place, never beside it",)
    ago = at - last.given_at
    if ago >= shortest_interval():
        return ()
    hours, minutes = divmod(ago // _MINUTE, 60)
    return (f"{given} was given {hours} h {minutes:02d} min ago: is another dose meant?",)


def _worksheet(rule: Rule, situation: Situation) -> DoseResult | None:
    if rule.drug is None:
        return None
    case, at = situation.case, situation.at
    known: dict[str, Any] = _astct_grades(situation) if rule.drug == _SPLIT else {}
    asked = known | rule.dose
    if rule.drug == "tocilizumab" and site().tocilizumab_shortage:
        asked["shortage"] = True  # of the whole site, so that alarm and advice count alike
    return dose_for(case, rule.drug, at, episode_since=situation.crs_since, **asked)


def _astct_grades(situation: Situation) -> dict[str, int]:
    """What a sheet that reads ASTCT grades is told; a grade that is not closed is told as open."""
    found: dict[str, int] = {}
    for key, id_ in _GRADE_KEYS.items():
        grade = situation.grades.get(id_)
        if grade is None:
            continue
        certain = situation.grade_of[id_]
        found[f"{key}_peak_grade"] = max(certain, situation.peak(id_))
        # Low pressure or oxygen without a grade opens nothing either.
        tier = situation.ungraded_tier if id_ == astct_crs.ID else 0
        if grade.complete or grade.at_most > certain:
            found[f"{key}_grade"] = certain
            found[f"{key}_grade_at_most"] = max(certain, grade.at_most, tier)
    return found


def _open_before(situation: Situation) -> tuple[str, ...]:
    """Readings since the first dose at which a grade that ends it was not ruled out."""
    start, asked = first_dose_at(situation.case.therapy), []
    for key, id_ in _GRADE_KEYS.items():
        stop = int(number("obecabtagene", f"{key}_stop_grade"))
        open_ = sum(
            step.grade(id_).at_most >= stop > step.grade(id_).at_least
            for step in situation.steps
            if start is None or step.moment.at >= start
        )
        if open_:
            short = STEPPED[id_].short
            asked.append(
                f"{short} grade {stop} was possible at {open_} readings since the first dose, for "
                "want of a sign: confirm that it was not reached"
            )
    return tuple(asked)


def _range(sheet: DoseResult) -> str | None:
    if sheet.dose_low is None or sheet.dose_high is None:
        return None
    return f"{sheet.dose_low:,.12g} to {sheet.dose_high:,.12g} {sheet.unit}"


def _cautions(sheet: DoseResult | None) -> tuple[str, ...]:
    return () if sheet is None else sheet.cautions


def _worked_out(rule: Rule, situation: Situation) -> tuple[str, ...]:
    """That a label's grade is the package's own reading, and what still waits for a clinician's."""
    id_ = _read_on(rule, situation)
    if id_ is None or rule.term is None:
        return ()
    grade = situation.label_grade(rule.scale, rule.term) or 0
    over = _stands(rule, situation)
    if over is not None:
        grade = over
    waits = "a restart or a permanent stop waits for it"
    if rule.step == "stop":
        waits = "the stop stands unless a physician records less"
    was = "is" if over is None else "was"
    told = [
        f"{BESIDE[id_].short} grade {grade} {was} worked out from the record: a clinician's own "
        f"grade wins, and {waits}"
    ]
    low = situation.dose_level_at(situation.at) == "low"
    if rule.step == "hold" and rule.term == "neuro" and grade == PAUSES_FROM and low:
        told.append("it came at the low dose: once graded 3 by a physician, a permanent stop")
    return tuple(told)


def _read_on(rule: Rule, situation: Situation) -> str | None:
    """The scale of this package that gave the grade a rule answers, where no clinician did."""
    asks = bool(rule.grades) or (rule.step == "stop" and rule.when.event_peak is not None)
    if rule.is_computed or rule.term is None or rule.scale == "none" or not asks:
        return None
    if not situation.is_worked_out(rule.scale, rule.term) and _stands(rule, situation) is None:
        return None
    return computed_by(rule.scale, rule.term)


def _stands(rule: Rule, situation: Situation) -> int | None:
    """The highest grade of a label stop that stands although the record shows less by now."""
    if rule.step != "stop" or rule.term is None or _HIGHEST not in (rule.when.event_peak or ()):
        return None
    shown = situation.shown(rule.scale, rule.term, _HIGHEST)
    now = situation.label_grade(rule.scale, rule.term) or 0
    return shown.peak if shown is not None and now < shown.peak else None


def _weakest(rule: Rule, sheet: DoseResult | None, situation: Situation) -> Verification:
    """A verified rule with an unverified dose, or by a scale not verified, is unverified."""
    marks = {rule.verification, *(() if sheet is None else (sheet.verification,))}
    read_on = _read_on(rule, situation)
    if _stands(rule, situation) is not None:
        marks.add("house")
    if read_on is not None and rule.term is not None:
        computed = situation.computed(rule.scale, rule.term)
        deciding = [one for one in ([] if computed is None else computed.findings) if one.decides]
        marks |= {BESIDE[read_on].verification, *(one.cite.verification for one in deciding)}
    return next(one for one in ("unverified", "house", "verified") if one in marks)


def house_advice(
    rule: str, protocol: str, scale: str | None, grade: int | None, says: str
) -> Advice:
    """What no protocol says and the ward must still read."""
    return Advice(
        rule=rule,
        protocol=protocol,
        scale=scale,
        grade=grade,
        step="care",
        urgency="soon",
        owner="physician",
        advise=says,
        drug=None,
        dose_mg=None,
        dose_range=None,
        arithmetic=None,
        schedule=None,
        earliest_at=None,
        blocked_by=None,
        confirm=(),
        cautions=(),
        contraindications=(),
        worksheet=None,
        also=(),
        if_grade=None,
        basis="house",
        confidence=None,
        verification="house",
        cite=Cite(_HOUSE, "where a protocol says nothing", "house"),
    )
