"""
Advice: what the chosen protocol proposes for one situation, each with its source and its dose.

Advice never changes a grade and orders nothing. Only the certain part of a grade speaks in
``advise``; what a missing sign could add stands apart in ``if_confirmed``. A label's permanent
stop is said whatever protocol was chosen, nothing that gives the product on stands beside a stop,
and where the protocol says nothing it says that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from toxmodels.computed_grades import computed_by
from toxmodels.drugs import class_of
from toxmodels.findings import Grade
from toxmodels.label_grades import Term
from toxmodels.protocols.level_of_care import INTENSIVE, level_stands
from toxmodels.protocols.matching import applies, covers, gives_product, is_held, label_of
from toxmodels.protocols.old_grades import without_old_grades
from toxmodels.protocols.proposal import Advice, house_advice, proposal
from toxmodels.protocols.rulebook import Protocol, Rule
from toxmodels.protocols.usual_capd import UsualCapd, speaks_of_icans, usual_capd
from toxmodels.scales import STEPPED, astct_crs, astct_icans
from toxmodels.situation import Situation

__all__ = ["Advice", "advise", "if_confirmed", "no_protocol", "until_confirmed"]

_Held = tuple[Rule, Protocol]
_URGENCIES: Final = ("emergency", "urgent", "soon", "info")
_BED: Final = {2: "a step-up bed", INTENSIVE: "intensive care"}
_TOXICITY: Final[dict[str, str]] = {"crs": astct_crs.ID, "neuro": astct_icans.ID}


def advise(protocol: Protocol, situation: Situation) -> tuple[Advice, ...]:
    """Everything that holds now, most urgent first; equal urgency keeps the order of the file."""
    holding, usual = [*_holding(protocol, situation)], usual_capd(situation)
    if usual is not None:
        holding = _without_icans(protocol, situation, holding, usual)
    said, again = without_old_grades(_spoken(protocol, situation, holding), situation)
    found = _merged([proposal(rule, owner, situation) for rule, owner in said]) + again
    found += _in_place(protocol, situation, found)
    answered = {_answers(rule) for rule, owner in holding if owner is protocol}
    if usual is not None:
        found.append(usual.advice(protocol.id))
        answered.add(astct_icans.ID)
    found += _silences(protocol, situation, holding, answered)
    found += _levels(situation, protocol)
    return _in_order(found)


def no_protocol(situation: Situation) -> tuple[Advice, ...]:
    """Without a chosen protocol there is no advice but to choose one, once there is a grade."""
    worst = max(situation.grade_of.values(), default=0)
    if worst == 0:
        return ()
    says = "Choose a protocol: without one, grades and flags only, and no drug is proposed"
    return (house_advice("choose-a-protocol", "", None, None, says),)


def if_confirmed(
    protocol: Protocol, situation: Situation, now: tuple[Advice, ...]
) -> tuple[Advice, ...]:
    """
    What would be proposed besides if a missing sign made a grade higher, lowest grade first.

    Taper and restart are never among it, and neither is what is said already. A grade of ICANS
    that a physician has to confirm is one of them.
    """
    said = {rule for one in now for rule in (one.rule, *one.also)}
    stopped = any(one.step == "stop" for one in now)
    found: list[Advice] = []
    for id_, supposed, other in _supposed(protocol, situation):
        holding = [*_holding(protocol, other)]
        for rule, owner in _spoken(protocol, other, holding, stopped=stopped):
            if rule.id not in said and rule.step not in ("taper", "restart"):
                said.add(rule.id)
                one = proposal(rule, owner, other)
                found.append(one.model_copy(update={"if_grade": supposed, "scale": id_}))
    return tuple(found)


def _supposed(protocol: Protocol, situation: Situation) -> Iterator[tuple[str, int, Situation]]:
    """Every grade that a missing sign leaves possible: by ASTCT, then on the label's own scale."""
    usual = usual_capd(situation)
    for id_, grade in situation.grades.items():
        asks = usual is not None and usual.asks and id_ == astct_icans.ID
        for supposed in range(grade.at_least + (not asks), min(grade.at_most, 4) + 1):
            yield id_, supposed, situation.supposing(id_, supposed)
    for scale, term in _label_scales(protocol, situation):
        open_, read_on = situation.computed(scale, term), computed_by(scale, term)
        if open_ is None or read_on is None or not _shows(situation, term, open_):
            continue
        for supposed in range(open_.at_least + 1, min(open_.at_most, 4) + 1):
            yield read_on, supposed, situation.supposing_label(scale, term, supposed)


def _shows(situation: Situation, term: Term, computed: Grade) -> bool:
    """
    Whether there is anything to suppose more of.

    CTCAE asks for signs, as tremor, that no ward records at each exam: where its certain grade is
    0 and ASTCT is known to be 0, what nobody looked for alone proposes nothing.
    """
    astct = situation.grades.get(_TOXICITY.get(term, ""))
    return computed.at_least > 0 or (astct is not None and astct.at_most > 0)


def _label_scales(protocol: Protocol, situation: Situation) -> list[tuple[str, Term]]:
    """The scales of labels that rules for this product ask for."""
    label = label_of(situation)
    product = None if situation.product is None else situation.product.id
    asked: dict[tuple[str, Term], None] = {}
    for one in (protocol, *(() if label is None or label is protocol else (label,))):
        if not covers(one, situation):
            continue
        for rule in one.rules:
            mine = rule.when.products is None or product in rule.when.products
            if rule.term is not None and not rule.is_computed and rule.scale != "none" and mine:
                asked[rule.scale, rule.term] = None
    return list(asked)


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
        for one in (found if protocol is None else _apart(found, protocol, situation))
    ]
    return _in_order(held + ([] if protocol is None else _in_place(protocol, situation, held)))


def _apart(found: tuple[Advice, ...], protocol: Protocol, situation: Situation) -> Iterator[Advice]:
    """The corticosteroid of ICANS as a line of its own, where it was one with that of CRS."""
    own = {one.id: one for one in protocol.rules if one.scale == astct_icans.ID}
    for one in found:
        shared = [name for name in one.also if name in own and _is_corticosteroid(one.drug)]
        if one.scale != astct_crs.ID or not shared:
            yield one
            continue
        rest = tuple(name for name in one.also if name not in shared)
        yield one.model_copy(update={"also": rest})
        yield from _merged([proposal(own[name], protocol, situation) for name in shared])


def _without_icans(
    protocol: Protocol, situation: Situation, holding: list[_Held], usual: UsualCapd
) -> list[_Held]:
    """The rules that hold, with what advises on ICANS taken from the grade the other signs give."""
    kept = [one for one in holding if not speaks_of_icans(one[0])]
    if usual.rest == 0:
        return kept
    other = situation.supposing(astct_icans.ID, usual.rest)
    return kept + [one for one in _holding(protocol, other) if speaks_of_icans(one[0])]


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
    if usual_capd(situation) is not None:
        return []
    alone = situation.supposing(astct_crs.ID, 0)
    rules = [
        rule
        for rule in protocol.rules
        if rule.scale == astct_icans.ID and rule.step == "treat" and _is_corticosteroid(rule.drug)
        if applies(rule, protocol, alone) and not applies(rule, protocol, situation)
    ]
    why = f"with CRS tocilizumab comes first here, and it cannot be given: {against[0].blocked_by}"
    return _merged([_said_in_place(proposal(rule, protocol, situation), why) for rule in rules])


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
    if any(rule.step == "taper" for rule, _ in holding):
        # Nobody begins a corticosteroid at the grade at which it is being tapered.
        holding = [one for one in holding if not _begins_steroid(one[0])]
    if stopped or any(rule.step == "stop" or rule.goes_on == "barred" for rule, _ in holding):
        return [one for one in holding if not gives_product(one[0], situation)]
    on = any(rule.goes_on == "now" for rule, _ in holding)
    if on and is_held(protocol, situation):
        return [one for one in holding if one[0].goes_on != "now"]
    return holding


def _begins_steroid(rule: Rule) -> bool:
    return rule.is_computed and rule.step == "treat" and _is_corticosteroid(rule.drug)


def _merged(found: list[Advice]) -> list[Advice]:
    """
    The same drug in the same dose once, at its most urgent, naming the other rules.

    What the rule of another toxicity says of it beside the dose is kept as a caution.
    """
    kept: dict[object, Advice] = {}
    for one in sorted(found, key=lambda each: _URGENCIES.index(each.urgency)):
        key = _same(one)
        held = kept.get(key)
        if held is None:
            kept[key] = one
        else:
            told = (one.advise,) if one.scale != held.scale else ()
            cautions = tuple(dict.fromkeys((*told, *held.cautions)))
            kept[key] = held.model_copy(
                update={"also": (*held.also, one.rule), "cautions": cautions}
            )
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


def _asks_grade(rule: Rule, scale: str) -> bool:
    """Whether a rule asks for the grade of a toxicity without answering it by its own scale."""
    return (rule.when.crs if scale == astct_crs.ID else rule.when.icans) is not None


def _goes_by_product(rule: Rule) -> bool:
    """Whether a rule that answers a grade asks for the product or its kind."""
    when = rule.when
    asks = (when.products, when.not_products, when.kinds)
    return bool(rule.grades) and any(one is not None for one in asks)


def _levels(situation: Situation, protocol: Protocol) -> Iterator[Advice]:
    """Where a grade has fallen, and the one before it still sets the level of care."""
    for name, scale in (("crs", astct_crs.ID), ("icans", astct_icans.ID)):
        level = level_stands(situation, scale)
        if level is not None:
            known = situation.grades[scale].complete
            was = ":" if known else " when last known, and is open now: go on as for that grade;"
            says = (
                f"{STEPPED[scale].short} was grade {level.grade}{was} keep {_BED[level.stands]}, "
                "and go one level down only after 24 h at a lower grade without a new anticytokine "
                "or more corticosteroid"
            )
            one = house_advice(f"level-stands-{name}", protocol.id, scale, level.grade, says)
            urgent = level.stands >= INTENSIVE
            yield one.model_copy(update={"urgency": "urgent" if urgent else "soon"})


def _silences(
    protocol: Protocol, situation: Situation, holding: list[_Held], answered: set[str | None]
) -> Iterator[Advice]:
    """Say where the chosen protocol says nothing: an empty space reads as "nothing to do"."""
    if not covers(protocol, situation):
        product = situation.product
        name = "this product" if product is None else product.id
        says = f"{protocol.id} does not cover {name}: choose another"
        yield house_advice(f"{protocol.id}/silent", protocol.id, None, None, says)
        return
    unnamed = situation.product is None and max(situation.grade_of.values(), default=0) >= 1
    if unnamed and any(_goes_by_product(rule) for rule in protocol.rules):
        says = f"The product is not recorded: record it, rules of {protocol.id} go by it"
        yield house_advice("record-the-product", protocol.id, None, None, says)
    for id_, grade in situation.grades.items():
        if grade.at_least >= 1 and id_ not in answered:
            # A rule without a scale may have said what becomes of the product meanwhile.
            of_next = any(_asks_grade(rule, id_) for rule, owner in holding if owner is protocol)
            what = f"{'treating ' if of_next else ''}{STEPPED[id_].short} grade {grade.at_least}"
            says = f"{protocol.id} is silent on {what} here"
            open_it = "open the product's own label and " if protocol.kind == "label" else ""
            says += f": {open_it}ask the specialist"
            yield house_advice(f"{protocol.id}/silent", protocol.id, id_, grade.at_least, says)
