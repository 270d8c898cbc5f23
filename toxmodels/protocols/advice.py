"""
Advice: what the chosen protocol proposes for one situation, each with its source and its dose.

Advice never changes a grade and orders nothing. Only the certain part of a grade speaks in
``advise``; what a missing sign could add stands apart in ``if_confirmed``. A label's permanent
stop is said whatever protocol was chosen, nothing that gives the product on stands beside a stop,
and where the protocol says nothing it says that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.drugs import DoseResult, class_of, dose_for
from toxmodels.drugs.facts_read import number
from toxmodels.moment import first_dose_at
from toxmodels.occurrences import response_after
from toxmodels.protocols.exam_signs import seizure_doubts
from toxmodels.protocols.matching import (
    applies,
    covers,
    gives_product,
    grade_for,
    is_held,
    label_of,
)
from toxmodels.protocols.rulebook import Protocol, Rule
from toxmodels.scales import SCALES, astct_crs, astct_icans
from toxmodels.situation import Situation
from toxmodels.sources import Cite, Verification

__all__ = ["Advice", "advise", "if_confirmed", "no_protocol", "until_confirmed"]

Urgency = Literal["emergency", "urgent", "soon", "info"]
_Held = tuple[Rule, Protocol]
_URGENCIES: Final = ("emergency", "urgent", "soon", "info")
_HOUSE: Final = "advice-defaults"
_SPECIALIST: Final = "a specialist decides: shown, never ordered"
_TOXICITY: Final = {"crs": astct_crs.ID, "neuro": astct_icans.ID}
_SPLIT: Final = "obecabtagene-autoleucel"
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


def advise(protocol: Protocol, situation: Situation) -> tuple[Advice, ...]:
    """Everything that holds now, most urgent first; equal urgency keeps the order of the file."""
    holding = [*_holding(protocol, situation)]
    said = _spoken(protocol, situation, holding)
    found = _merged([_advice(rule, owner, situation) for rule, owner in said])
    found += _in_place(protocol, situation, found)
    answered = {_answers(rule) for rule, owner in holding if owner is protocol}
    found += _silences(protocol, situation, answered)
    return _in_order(found)


def no_protocol(situation: Situation) -> tuple[Advice, ...]:
    """Without a chosen protocol there is no advice but to choose one, once there is a grade."""
    worst = max(situation.grade_of.values(), default=0)
    if worst == 0:
        return ()
    says = "Choose a protocol: without one, grades and flags only, and no drug is proposed"
    return (_house("choose-a-protocol", "", None, None, says),)


def if_confirmed(
    protocol: Protocol, situation: Situation, now: tuple[Advice, ...]
) -> tuple[Advice, ...]:
    """
    What would be proposed besides if a missing sign made a grade higher, lowest grade first.

    Taper and restart are never among it, and neither is what is said already.
    """
    said = {rule for one in now for rule in (one.rule, *one.also)}
    stopped = any(one.step == "stop" for one in now)
    found: list[Advice] = []
    for id_, grade in situation.grades.items():
        for supposed in range(grade.at_least + 1, min(grade.at_most, 4) + 1):
            other = situation.supposing(id_, supposed)
            holding = [*_holding(protocol, other)]
            for rule, owner in _spoken(protocol, other, holding, stopped=stopped):
                if rule.id not in said and rule.step not in ("taper", "restart"):
                    said.add(rule.id)
                    one = _advice(rule, owner, other)
                    found.append(one.model_copy(update={"if_grade": supposed, "scale": id_}))
    return tuple(found)


def until_confirmed(
    found: tuple[Advice, ...], reason: str, protocol: Protocol | None, situation: Situation
) -> tuple[Advice, ...]:
    """
    Hold back drugs against grade 1 CRS until a physician has confirmed that it is CRS.

    ICANS does not wait for that.
    """
    held = [
        one.model_copy(update={"dose_mg": None, "dose_range": None, "blocked_by": reason})
        if one.drug == "tocilizumab" or (one.scale == astct_crs.ID and one.drug is not None)
        else one
        for one in found
    ]
    return _in_order(held + ([] if protocol is None else _in_place(protocol, situation, held)))


def _in_place(protocol: Protocol, situation: Situation, found: list[Advice]) -> list[Advice]:
    """
    The corticosteroid of ICANS alone, where tocilizumab was to come first and cannot be given.

    A corticosteroid is the treatment of ICANS. A protocol that tries tocilizumab before it while
    CRS is active may not leave ICANS without either; only the interval between doses is waited for.
    """
    against = [one for one in found if one.drug == "tocilizumab" and one.blocked_by is not None]
    treated = any(
        one.step == "treat" and one.blocked_by is None and _is_corticosteroid(one.drug)
        for one in found
    )
    if treated or not against or all(_only_waits(one, situation) for one in against):
        return []
    alone = situation.supposing(astct_crs.ID, 0)
    rules = [
        rule
        for rule in protocol.rules
        if rule.scale == astct_icans.ID and rule.step == "treat" and _is_corticosteroid(rule.drug)
        if applies(rule, protocol, alone) and not applies(rule, protocol, situation)
    ]
    why = f"with CRS tocilizumab comes first here, and it cannot be given: {against[0].blocked_by}"
    return _merged([_said_in_place(_advice(rule, protocol, situation), why) for rule in rules])


def _only_waits(one: Advice, situation: Situation) -> bool:
    said = situation.response
    return one.earliest_at is not None and (said is None or said.change != "improved")


def _said_in_place(one: Advice, why: str) -> Advice:
    """That the rule of ICANS alone serves here is our inference, whatever its own source."""
    mark = "house" if one.verification == "verified" else one.verification
    return one.model_copy(
        update={"cautions": (why, *one.cautions), "basis": "inferred", "verification": mark}
    )


def _is_corticosteroid(drug: str | None) -> bool:
    return drug is not None and class_of(drug) == "corticosteroid"


def _in_order(found: list[Advice]) -> tuple[Advice, ...]:
    return tuple(sorted(found, key=lambda one: (_URGENCIES.index(one.urgency), one.step != "stop")))


def _holding(protocol: Protocol, situation: Situation) -> Iterator[tuple[Rule, Protocol]]:
    """The rules that apply, the label's stops and urgent holds in front of another protocol's."""
    own = [
        rule
        for rule in (protocol.rules if covers(protocol, situation) else ())
        if applies(rule, protocol, situation)
    ]
    label = label_of(situation)
    if label is not None and label.id != protocol.id:
        held = any(rule.step == "hold" for rule in own)
        for rule in label.rules:
            hold = rule.step == "hold" and rule.urgency == "emergency" and not held
            if (hold or rule.step == "stop") and applies(rule, label, situation):
                yield rule, label
    yield from ((rule, protocol) for rule in own)


def _spoken(
    protocol: Protocol, situation: Situation, holding: list[_Held], *, stopped: bool = False
) -> list[_Held]:
    """
    Whatever the protocol: nothing gives the product on or again once it is stopped for good.

    Nor while a hold bars it until a doubtful stop is cleared; while it is held for anything else
    nothing says that it goes on.
    """
    if stopped or any(rule.step == "stop" or rule.goes_on == "barred" for rule, _ in holding):
        return [one for one in holding if not gives_product(one[0], situation)]
    on = any(rule.goes_on == "now" for rule, _ in holding)
    if on and is_held(protocol, situation):
        return [one for one in holding if one[0].goes_on != "now"]
    return holding


def _advice(rule: Rule, protocol: Protocol, situation: Situation) -> Advice:
    sheet = _worksheet(rule, situation)
    shown_only = rule.step == "consult"
    blocked = None if sheet is None else sheet.blocked_by
    confirm = () if sheet is None else sheet.confirm
    if rule.drug == "tocilizumab":
        blocked, confirm = _repeated(situation, blocked, confirm)
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
        cautions=(*rule.cautions, *(() if sheet is None else sheet.cautions)),
        contraindications=() if sheet is None else sheet.contraindications,
        worksheet=sheet,
        also=(),
        if_grade=None,
        basis=rule.basis,
        confidence=rule.confidence,
        verification=_weakest(rule, sheet),
        cite=Cite(rule.cite.source, rule.cite.at, rule.verification),
    )


def _repeated(
    situation: Situation, blocked: str | None, confirm: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """Another dose is for want of improvement only, which a clinician says."""
    if not situation.tocilizumab:
        return blocked, confirm
    last = situation.tocilizumab[-1].given_at
    said = response_after(situation.case, last, situation.at)
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


def _worksheet(rule: Rule, situation: Situation) -> DoseResult | None:
    if rule.drug is None:
        return None
    case, at = situation.case, situation.at
    known = _astct_grades(situation) if rule.drug == _SPLIT else {}
    return dose_for(case, rule.drug, at, episode_since=situation.crs_since, **(known | rule.dose))


def _astct_grades(situation: Situation) -> dict[str, int]:
    """What a sheet that reads ASTCT grades is told; a grade that is not closed is told as open."""
    found: dict[str, int] = {}
    for key, id_ in _GRADE_KEYS.items():
        grade = situation.grades.get(id_)
        if grade is None:
            continue
        certain = situation.grade_of[id_]
        found[f"{key}_peak_grade"] = max(certain, situation.peak(id_))
        if grade.complete or grade.at_most > certain:
            found[f"{key}_grade"] = certain
            found[f"{key}_grade_at_most"] = max(certain, grade.at_most)
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
            short = SCALES[id_].short
            asked.append(
                f"{short} grade {stop} was possible at {open_} readings since the first dose, for "
                "want of a sign: confirm that it was not reached"
            )
    return tuple(asked)


def _range(sheet: DoseResult) -> str | None:
    if sheet.dose_low is None or sheet.dose_high is None:
        return None
    return f"{sheet.dose_low:,.12g} to {sheet.dose_high:,.12g} {sheet.unit}"


def _weakest(rule: Rule, sheet: DoseResult | None) -> Verification:
    """A verified rule with an unverified dose is shown as unverified."""
    marks = {rule.verification, *(() if sheet is None else (sheet.verification,))}
    return next(one for one in ("unverified", "house", "verified") if one in marks)


def _merged(found: list[Advice]) -> list[Advice]:
    """The same drug in the same dose once, at its most urgent, naming the other rules."""
    kept: dict[object, Advice] = {}
    for one in sorted(found, key=lambda each: _URGENCIES.index(each.urgency)):
        key = _same(one)
        held = kept.get(key)
        if held is None:
            kept[key] = one
        else:
            kept[key] = held.model_copy(update={"also": (*held.also, one.rule)})
    return list(kept.values())


def _same(one: Advice) -> object:
    """What makes two proposals one; of a blocked drug each toxicity keeps its own line."""
    if one.worksheet is None:
        return one.rule
    where = one.scale if one.blocked_by is not None and one.drug != "tocilizumab" else None
    sheet = one.worksheet
    amount = sheet.dose, sheet.dose_low, sheet.dose_high, sheet.unit
    return one.drug, amount, one.schedule, one.step, where


def _answers(rule: Rule) -> str | None:
    """The toxicity a rule speaks of, by the id of the ASTCT scale."""
    if rule.is_computed:
        return rule.scale
    return None if rule.term is None else _TOXICITY.get(rule.term)


def _silences(
    protocol: Protocol, situation: Situation, answered: set[str | None]
) -> Iterator[Advice]:
    """Say where the chosen protocol says nothing: an empty space reads as "nothing to do"."""
    if not covers(protocol, situation):
        product = situation.product
        name = "this product" if product is None else product.id
        says = f"{protocol.id} does not cover {name}: choose another"
        yield _house(f"{protocol.id}/silent", protocol.id, None, None, says)
        return
    for id_, grade in situation.grades.items():
        if grade.at_least >= 1 and id_ not in answered:
            says = f"{protocol.id} is silent on {SCALES[id_].short} grade {grade.at_least} here"
            says += ": ask the specialist"
            yield _house(f"{protocol.id}/silent", protocol.id, id_, grade.at_least, says)


def _house(rule: str, protocol: str, scale: str | None, grade: int | None, says: str) -> Advice:
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
