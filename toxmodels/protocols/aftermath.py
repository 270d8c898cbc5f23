"""
What became of a grade: since the last dose, since a restart, since a clinician spoke of it.

Only a grade known exactly shows that a toxicity is over; time without a reading shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from toxmodels.computed_grades import restarts
from toxmodels.label_grades import PAUSES_FROM, Term, assigned, together
from toxmodels.moment import first_dose_at
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site
from toxmodels.situation import ADULT_FROM_YEARS, Situation

if TYPE_CHECKING:
    from toxmodels.protocols.rulebook import Rule

__all__ = [
    "Outlived",
    "above_hours",
    "episodes_of",
    "has_recurred",
    "hours_above",
    "is_not_low_for",
    "is_told",
    "last_dose_at",
    "lasted_hours",
    "low_hours",
    "outlived",
    "peak_before_last_dose",
    "peak_since_dose",
    "waits_for_a_grade",
    "was_attributed",
]

_SCALES: Final[dict[Term, str]] = {"crs": astct_crs.ID, "neuro": astct_icans.ID}
# Which grades speak of what the infusion was restarted after; of an unnamed toxicity all of them.
_RESTARTED: Final[dict[str, tuple[Term, ...]]] = {
    "crs": ("crs",),
    "neurotoxicity": ("neuro",),
    "liver": ("other",),
    "other_ae": ("other",),
}
_ALL: Final[tuple[Term, ...]] = ("crs", "neuro", "other")
_TECHNICAL: Final = ("pump", "line", "bag", "procedure")
_ATTRIBUTED: Final = timedelta(days=3)  # an infection that explains a fever is no matter of hours
_UNSEEN: Final = timedelta(days=2)  # nobody looked for longer: it may have gone and come back


@dataclass(frozen=True, slots=True)
class Outlived:
    """A clinician's grade that the signs have left behind, and since when they are gone."""

    grade: int
    given_at: datetime
    gone_since: datetime


def peak_since_dose(s: Situation, scale: str) -> int:
    """The highest certain grade of a scale since the last dose, the present one included."""
    therapy = s.case.therapy
    given = [one.given_at for one in (therapy and therapy.doses) or () if one.given_at <= s.at]
    since = max(given, default=first_dose_at(therapy))
    found = (
        step.grade(scale).at_least for step in s.steps if since is None or step.moment.at >= since
    )
    return max(found, default=0)


def _doses(s: Situation) -> list[datetime]:
    therapy = s.case.therapy
    return sorted(one.given_at for one in (therapy and therapy.doses) or () if one.given_at <= s.at)


def last_dose_at(s: Situation) -> datetime | None:
    """When the last listed dose of the product was given."""
    return max(_doses(s), default=None)


def peak_before_last_dose(s: Situation, scale: str) -> int | None:
    """The highest certain grade between the last two doses; ``None`` where there are not two."""
    *_, before, last = (None, None, *_doses(s))
    if before is None or last is None:
        return None
    found = (step.grade(scale).at_least for step in s.steps if before <= step.moment.at < last)
    return max(found, default=0)


def was_attributed(s: Situation) -> bool:
    """Whether a sign of the last days was put down to another cause, which may be there still."""
    oldest = s.at - _ATTRIBUTED
    sets = (one for one in s.chart.vitals if oldest <= one.taken_at <= s.at)
    exams = (one for one in s.chart.exams if oldest <= one.taken_at <= s.at)
    return any(bool(one.other_cause) for one in sets) or any(bool(one.other_cause) for one in exams)


def above_hours(s: Situation, scale: str, reached: int, low: int) -> float | None:
    """
    For how long a scale was seen above ``low`` after it had ``reached`` a grade, at the longest.

    From the first reading at that grade to the last above ``low`` before one that shows it low.
    Two of them days apart begin anew: what lay between nobody saw, and a gap makes it no longer.
    """
    start = first_dose_at(s.case.therapy)
    since = last = start
    longest: timedelta | None = None
    seen = False
    for step in s.steps:
        known, at = step.grade(scale), step.moment.at
        if start is not None and at < start:
            continue
        if known.at_most <= low:
            seen = False
        if known.at_least <= low:
            continue
        seen = seen and last is not None and at - last <= _UNSEEN
        if not seen and known.at_least >= reached:
            since, seen = at, True
        last = at
        if seen and since is not None:
            longest = max(longest or timedelta(), at - since)
    return None if longest is None else longest / timedelta(hours=1)


def low_hours(s: Situation, scale: str, grade: int) -> float | None:
    """For how long a scale was seen at a grade or below; ``None`` if not since it was above."""
    found = _low_since(s, scale, grade)
    return None if found is None else (found[1] - found[0]) / timedelta(hours=1)


def episodes_of(s: Situation, rule: Rule) -> int:
    """Separate episodes on the rule's own scale: an ASTCT grade never counts for another one."""
    grade = rule.when.episode_grade
    if grade is None or rule.scale == "none":
        return 0
    if rule.is_computed:
        return s.episodes_reaching(rule.scale, grade)
    return 0 if rule.term is None else s.label_events_reaching(rule.scale, rule.term, grade)


def lasted_hours(s: Situation, rule: Rule) -> float:
    """How long the grade that a rule names stood without a break; 0 where it names none."""
    grade = rule.when.episode_grade
    return 0.0 if grade is None or not rule.is_computed else s.longest_hours(rule.scale, grade)


def is_not_low_for(s: Situation, rule: Rule, limit: float) -> bool:
    """What was not seen low at all has not been low for any time: also where the limit is 0."""
    grade = rule.when.low_grade
    if grade is None or not rule.is_computed:
        return False
    hours = low_hours(s, rule.scale, grade)
    return hours is None or hours < limit


def hours_above(s: Situation, rule: Rule) -> float | None:
    """How long a scale stayed above the rule's low grade after it had reached the named one."""
    when = rule.when
    if when.episode_grade is None or when.low_grade is None or not rule.is_computed:
        return None
    return above_hours(s, rule.scale, when.episode_grade, when.low_grade)


def _low_since(s: Situation, scale: str, grade: int) -> tuple[datetime, datetime] | None:
    """First and last reading that show it at that grade or below since it was above."""
    if s.grade_of.get(scale, 0) > grade:
        return None
    first = last = None
    for step in s.steps:
        known = step.grade(scale)
        if known.at_least > grade:
            first = last = None
        elif known.at_most <= grade:
            first, last = first or step.moment.at, step.moment.at
    return None if first is None or last is None else (first, last)


def outlived(s: Situation, scale: str, group: Term) -> Outlived | None:
    """
    Whether the signs have left a clinician's grade behind.

    The ASTCT grade was above 0 when it was given, has been seen at 0 since for as long as ends an
    episode, and is known to be 0 now. So it is with a grade of CRS that was given as CRS had gone,
    once it has been gone that long, before or since: the question for what is over was answered.
    """
    found, id_ = assigned(s.case, s.at, scale, group), _SCALES.get(group)
    grade = None if id_ is None else s.grades.get(id_)
    if not found or id_ is None or grade is None or not grade.complete:
        return None
    low, given_at, lasting = _low_since(s, id_, 0), found[-1].graded_at, site().sign_free
    if low is None or low[1] - low[0] < lasting:
        return None
    if given_at >= low[0]:
        # A day before it or since: what was graded as it ended does not order its drug for ever.
        afterwards = group == "crs" and max(given_at - low[0], low[1] - given_at) >= lasting
        afterwards = afterwards and s.peak(id_) > 0
        return Outlived(together(found)[-1][1], given_at, low[0]) if afterwards else None
    ill = any(
        step.grade(id_).at_least > 0 and step.moment.at >= given_at - lasting for step in s.steps
    )
    return Outlived(together(found)[-1][1], given_at, low[0]) if ill else None


def is_told(s: Situation, wanted: tuple[str, ...], rule: Rule) -> bool:
    """
    Whether a clinician said so of the response, and it still holds.

    "Improved" holds until a grade rises again; "same" and "worse" until CRS has been gone for a
    day. A word from before ICANS began says nothing of what a corticosteroid does for it.
    """
    said, began, when = s.response, s.icans_since, rule.when
    if said is None or said.change not in wanted:
        return False
    if said.change == "improved" and s.rose_since(said.at):
        return False
    of_crs = rule.scale == astct_crs.ID or rule.term == "crs"
    if of_crs and said.change != "improved" and s.crs_was_over_since(said.at):
        return False
    of_steroid = (
        when.corticosteroid_given is True or when.since_corticosteroid_hours_min is not None
    )
    if rule.scale != astct_icans.ID or not of_steroid:
        return True
    return began is not None and said.at >= began


def waits_for_a_grade(rule: Rule, s: Situation) -> bool:
    """Whether a rule that gives the product on or again waits for a grade that nobody knows."""
    if rule.step == "restart":
        return _label_is_open(s) or _resumes_too_soon(s, rule.when.interrupted_for)
    if rule.goes_on != "now":
        return False
    spoken: set[str] = {rule.scale} if rule.grades else set()
    spoken |= {id_ for id_, asked in _asked_of(rule).items() if asked is not None}
    return any(not grade.complete for id_, grade in s.grades.items() if id_ in spoken)


def _asked_of(rule: Rule) -> dict[str, tuple[int, ...] | None]:
    return {astct_crs.ID: rule.when.crs, astct_icans.ID: rule.when.icans}


def _label_is_open(s: Situation) -> bool:
    """
    Whether a toxicity is there that may be severe by CTCAE, and nobody graded it.

    A label asks for that scale, so that an open grade on it bars a restart as one by ASTCT does.
    """
    for group, id_ in _SCALES.items():
        if s.grade_of.get(id_, 0) > 0:
            found = s.computed("ctcae", group)
            if found is not None and found.at_most >= PAUSES_FROM:
                return True
    return False


def _resumes_too_soon(s: Situation, for_reasons: tuple[str, ...] | None) -> bool:
    """
    Whether the same dose would be resumed after a technical gap, past a grade that interrupts.

    Once CRS or neurotoxicity was graded so high, the label's own restart answers it, at its own
    dose and after its own days: until then no other reason for the gap brings the same dose back.
    """
    if for_reasons is None or not set(for_reasons) <= set(_TECHNICAL):
        return False
    start, begun, least = first_dose_at(s.case.therapy), restarts(s.case, s.at), _pauses_from(s)
    for group in _SCALES:
        event = s.label_event("ctcae", group)
        if event is None or event.peak < least or (start is not None and event.began_at < start):
            continue
        if not any(time > event.began_at for time in begun):
            return True
    return False


def _pauses_from(s: Situation) -> int:
    """In Japan a child's grade 2 interrupts as well."""
    japan = s.case.therapy is not None and s.case.therapy.region == "jp"
    child = s.age_years is not None and s.age_years < ADULT_FROM_YEARS
    return PAUSES_FROM - 1 if japan and child else PAUSES_FROM


def has_recurred(s: Situation) -> bool:
    """Whether the toxicity that the infusion was restarted after was recorded since then."""
    clock = s.clock
    if clock is None or clock.restarted_at is None:
        return False
    groups = _RESTARTED.get(clock.restarted_for or "", _ALL)
    return any(_came_back(s, group, clock.restarted_at) for group in groups)


def _came_back(s: Situation, group: Term, since: datetime) -> bool:
    """By a clinician's CTCAE grades, or by our own."""
    found = [together(assigned(s.case, s.at, "ctcae", group))]
    if group in _SCALES:
        scale = _SCALES[group]
        found.append([(step.moment.at, step.grade(scale).at_least) for step in s.steps])
    return any(_rose(grades, group, since) for grades in found)


def _rose(grades: list[tuple[datetime, int]], group: Term, since: datetime) -> bool:
    """CRS has to be over at a restart; anything else may go on at grade 1."""
    before = [grade for at, grade in grades if at <= since]
    allowed = min(before[-1], 1) if before and group != "crs" else 0
    return any(at > since and grade > allowed for at, grade in grades)
