"""
A clinician's grade on a label's scale that the signs, or a restart, have left behind.

Nobody takes such a grade back, and the label would ask for its drug for ever. Once the ASTCT grade
has been seen at 0 for as long as ends an episode, the drug gives way to the question for a new
grade; what holds or stops the product stands. "Interrupt now" gives way once the infusion was begun
again after the stop for it: nothing says that it goes on before there is a new grade.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from toxmodels.computed_grades import computed_grade, restarts
from toxmodels.drugs.steroid_tally import moments_of, run_before
from toxmodels.label_grades import Term, assigned, together
from toxmodels.protocols.aftermath import outlived
from toxmodels.protocols.proposal import Advice, house_advice, proposal
from toxmodels.protocols.rulebook import Protocol, Rule
from toxmodels.protocols.words import scale_in_words
from toxmodels.scales import STEPPED, astct_crs, astct_icans
from toxmodels.situation import Situation

__all__ = ["without_old_grades"]

_Held = tuple[Rule, Protocol]
_NAMES: Final = {"crs": ("CRS", astct_crs.ID), "neuro": ("neurotoxicity", astct_icans.ID)}
# Its label gives the days and the taper: once begun, the course ends by those.
_OWN_DAYS: Final = ("blinatumomab-crs-dexamethasone",)
_TAPER: Final = "a corticosteroid that runs is tapered, never broken off"
_HOUR: Final = timedelta(hours=1)


def without_old_grades(
    said: Sequence[_Held], situation: Situation
) -> tuple[list[_Held], list[Advice]]:
    """
    The rules that speak on, and what stands in place of the others.

    A drug that is blocked by itself keeps its line, which says why, and is no emergency any more.
    """
    kept: list[_Held] = []
    asked: dict[tuple[str, Term], Advice] = {}
    blocked: list[Advice] = []
    for rule, owner in said:
        again = _again(rule, owner, situation)
        if again is None and rule.term is not None:
            again = _begun_again(rule, owner, situation)
            if again is not None:
                before = asked.get((rule.scale, rule.term))
                also = () if before is None else before.also
                asked[rule.scale, rule.term] = again.model_copy(update={"also": (*also, rule.id)})
                continue
        if again is None or rule.term is None:
            kept.append((rule, owner))
            continue
        one = proposal(rule, owner, situation)
        if one.blocked_by is None and rule.drug in _OWN_DAYS and _runs(situation):
            kept.append((rule, owner))
            continue
        if one.blocked_by is not None:
            blocked.append(one.model_copy(update={"urgency": "urgent"}))
        held = asked.setdefault((rule.scale, rule.term), again)
        also = (*held.also, rule.id) if one.blocked_by is None else held.also
        asked[rule.scale, rule.term] = held.model_copy(update={"also": also})
    return kept, [*blocked, *asked.values()]


def _again(rule: Rule, owner: Protocol, situation: Situation) -> Advice | None:
    """That a grade should be given again, where a rule would give a drug by an old one."""
    by_clinician = not rule.is_computed and rule.scale != "none" and rule.grades
    if not by_clinician or rule.step != "treat" or rule.drug is None or rule.term is None:
        return None
    found = outlived(situation, rule.scale, rule.term)
    if found is None:
        return None
    name, id_ = _NAMES[rule.term]
    scale = scale_in_words(rule.scale)
    given, gone = (_ago(situation, time) for time in (found.given_at, found.gone_since))
    says = (
        f"{scale} grade {found.grade} for {name} was given {given} h ago, and {STEPPED[id_].short} "
        f"by ASTCT has been 0 for {gone} h: "
    )
    if found.given_at >= found.gone_since:
        says += f"if that speaks of what is over, grade by {scale} what is there now"
    else:
        says += f"grade again by {scale} before its drugs are given"
    again = house_advice("grade-again", owner.id, rule.scale, found.grade, says)
    return again.model_copy(update={"cautions": (_TAPER,)})


def _begun_again(rule: Rule, owner: Protocol, situation: Situation) -> Advice | None:
    """That a grade should be given again, where a hold goes by one from before the restart."""
    by_clinician = not rule.is_computed and rule.scale != "none" and rule.grades
    if not by_clinician or rule.step != "hold" or rule.term is None:
        return None
    if situation.infusion != "running" or situation.is_worked_out(rule.scale, rule.term):
        return None
    given = assigned(situation.case, situation.at, rule.scale, rule.term)
    begun = restarts(situation.case, situation.at)
    if not given or not begun or begun[-1] <= given[-1].graded_at:
        return None
    grade, scale = together(given)[-1][1], scale_in_words(rule.scale)
    if not _shows_less(situation, rule.scale, rule.term, grade):
        return None
    ago, since = _ago(situation, given[-1].graded_at), _ago(situation, begun[-1])
    told = f"{scale} grade {grade} for {_NAMES[rule.term][0]} was given {ago} h ago"
    says = (
        f"{told}, and the infusion was begun again {since} h ago: grade by {scale} now, and "
        f"interrupt if it is still {grade}"
    )
    again = house_advice("grade-after-restart", owner.id, rule.scale, grade, says)
    return again.model_copy(update={"urgency": "urgent", "cautions": (_TAPER,)})


def _shows_less(situation: Situation, scale: str, group: Term, grade: int) -> bool:
    """Whether the record is known to show less by now: a gap, or another event, shows nothing."""
    if group not in _NAMES:
        return False
    astct = situation.grades.get(_NAMES[group][1])
    now = computed_grade(situation.case, situation.at, situation.chart, scale, group)
    known = astct is not None and astct.complete and astct.at_least < grade
    return known and now is not None and now.at_least < grade


def _runs(situation: Situation) -> bool:
    doses = moments_of(situation.corticosteroids, situation.at)
    return run_before(doses, situation.at) is not None


def _ago(situation: Situation, time: datetime) -> int:
    return int((situation.at - time) / _HOUR)
