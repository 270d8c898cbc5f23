"""
Triggers on treatment: what did not help, when tocilizumab is used up, what steroids bring.

"Improved, same or worse" is a clinician's word. Nobody having said it is a task, never "no
improvement". "Worse" skips every clock.

Cites: asco-2021, nccn-2026-2 (verified where read); clocks and steroid times (house).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from toxmodels.drugs import ledger
from toxmodels.drugs.facts_read import number
from toxmodels.drugs.steroid_tally import moments_of, run_before, tally_corticosteroids
from toxmodels.drugs.tapers import equivalent_mg
from toxmodels.escalation.bedside import low_pressure
from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.occurrences import boluses_for_pressure, response_after
from toxmodels.records import Treatment
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.site import site

_DAY = timedelta(hours=24)
_A_DAY = timedelta(hours=26)  # a dose two hours late is still one of that day
_SLOWER_X = 1.5  # a gap this much longer than the one before it is a wider interval, not lateness


def limit_rules(view: View) -> Iterator[Flag]:
    """No tocilizumab is left while CRS goes on (t06): stands before what asks for more of it."""
    crs = view.grades.get(astct_crs.ID)
    if crs is None or crs.at_most == 0 or view.step.onset_at is None:
        return
    # Values too old to count do not make it 0, and doses that are used up stay so meanwhile.
    used_up = _used_up(view)
    if used_up is not None:
        said = view.response
        if said is not None and said.change == "improved" and not view.rose_since(said.at):
            return  # no further dose is wanted, and no third line
        key = "t06" if used_up.for_good else "t06/day"
        yield raised(key, f"CRS {crs} and {used_up.says}")


@dataclass(frozen=True, slots=True)
class _UsedUp:
    """Why no dose is left, in words, and whether none will be."""

    says: str
    for_good: bool


def _used_up(view: View) -> _UsedUp | None:
    """Why no dose is left now; the interval between doses alone uses up nothing."""
    if not view.given("tocilizumab"):
        return None
    found = ledger(
        view.case,
        view.at,
        episode_since=view.step.onset_at,
        shortage=site().tocilizumab_shortage,
    ).tocilizumab
    if found.left == 0:
        says = f"{found.counted} of {found.limit} tocilizumab doses given ({found.scope})"
        return _UsedUp(says, for_good=True)
    if found.last_24h is not None and found.last_24h >= number("tocilizumab", "day_limit"):
        return _UsedUp(f"{found.last_24h} tocilizumab doses in 24 h", for_good=False)
    return None


def response_rules(view: View) -> Iterator[Flag]:
    """After fluids and tocilizumab: what did not help (t03 to t05) and what nobody said yet."""
    onset = view.step.onset_at
    if onset is None:
        return
    yield from _refractory(view, onset)
    doses = [one.given_at for one in view.given("tocilizumab") if one.given_at >= onset]
    if not doses or (view.grade(astct_crs.ID) == 0 and _was_over(view, doses[-1])):
        return
    said = response_after(view.case, doses[-1], view.at, ("tocilizumab",))
    # A word from before CRS had been gone for a day says nothing of what has come since.
    holds = said is not None and not view.crs_was_over_since(said.at)
    worse = holds and said is not None and said.change == "worse"
    unhelped = holds and said is not None and said.change in ("same", "worse")
    due = view.since(doses[-1]) >= site().hours("response_due_h")
    first = view.tocilizumab_from or doses[0]
    if said is None and due and not view.crs_was_over_since(doses[-1]):
        hours = _hours(view.since(doses[-1]))
        says = f"Response to tocilizumab not recorded, {hours} after the dose"
        yield raised("toci-response-due", says)
    if view.grade(astct_crs.ID) == 0:  # only open: a task for want of a word, never a step up
        return
    if worse:
        yield raised("t04", f"Worse after tocilizumab, {_hours(view.since(first))} after the first")
    elif unhelped and view.since(first) >= _no_improvement(view):
        says = f"No improvement {_hours(view.since(first))} after the first tocilizumab"
        yield raised("t04", says)
    if unhelped and (worse or due) and _used_up(view) is None:
        says = f"{'Worse' if worse else 'No better'} after tocilizumab dose {len(doses)}"
        yield raised("t05", says)


def _no_improvement(view: View) -> timedelta:
    """How long after the first tocilizumab: by the chosen protocol, else the site's limit."""
    hours = view.wait_hours("tocilizumab")
    return site().hours("no_improvement_h") if hours is None else timedelta(hours=hours)


def corticosteroid_rules(view: View) -> Iterator[Flag]:
    """
    Where the chosen protocol gives a corticosteroid before tocilizumab: whether it helped.

    Once tocilizumab was given after it, the clock of tocilizumab runs instead.
    """
    hours, given = view.wait_hours("corticosteroid"), view.corticosteroids
    if hours is None or not given or view.step.onset_at is None or view.crs == 0:
        return
    first, wait = given[0].given_at, timedelta(hours=hours)
    if any(one.given_at >= first for one in view.tocilizumab):
        return
    said = response_after(view.case, first, view.at, {one.drug for one in given})
    told_at = first if said is None else said.at
    again = said is not None and said.at < given[-1].given_at  # a word before the newest dose
    after = f"{_hours(view.since(first))} after the first dose"
    if (said is None or again) and view.since(told_at) >= wait:
        says = f"Response to {given[-1].drug} not recorded, {_hours(view.since(told_at))}"
        says += " after the last word" if again else " after the first dose"
        yield raised("steroid-response-due", says)
    if said is None or view.crs_was_over_since(said.at):
        return
    if said.change == "worse":
        yield raised("t04/corticosteroid", f"Worse on {given[0].drug}, {after}")
    elif said.change == "same" and view.since(first) >= wait:
        yield raised("t04/corticosteroid", f"No improvement on {given[0].drug}, {after}")


def icans_response_rules(view: View) -> Iterator[Flag]:
    """
    A day of corticosteroid against ICANS, and nobody said whether it helped.

    Without a word neither the third line nor a taper is ever proposed. It is asked while ICANS
    lasts or the corticosteroid goes on.
    """
    given, wait = view.corticosteroids, site().hours("icans_response_due_h")
    since = view.icans_treated_since if given else None
    if since is None or view.since(since) < wait:
        return
    goes_on = run_before(moments_of(given, view.at), view.at) is not None
    if view.grade(astct_icans.ID) == 0 and not goes_on:
        return
    said = response_after(view.case, since, view.at, {one.drug for one in given})
    if said is None:
        asked = view.since(since)
    elif view.grade(astct_icans.ID) > 0 and said.change != "improved" and goes_on:
        asked = view.since(said.at)
    else:
        return
    if asked >= wait:
        after = "on a corticosteroid" if said is None else "after the last word"
        yield raised(
            "icans-response-due", f"Response of ICANS not recorded, {_hours(asked)} {after}"
        )


def _was_over(view: View, since: datetime) -> bool:
    """Whether CRS has been 0 for certain after a dose: an open grade later asks nothing more."""
    return any(
        step.grade(astct_crs.ID).at_most == 0 for step in view.steps if step.moment.at >= since
    )


def _refractory(view: View, onset: datetime) -> Iterator[Flag]:
    judged, number = view.moment.hypotensive, low_pressure(view.moment)
    is_low = judged is not None and judged.value is True
    # Two boluses for hypotension and a number below the limit need no further word.
    unsaid = judged is None and number is not None
    if not (is_low or unsaid) or view.step.signs[1].at_least > 2:
        return
    boluses = boluses_for_pressure(view.chart.vitals, onset, view.at)
    if boluses >= site().triggers["boluses"]:
        yield raised("t03", f"Still hypotensive after {boluses} boluses for hypotension")


def steroid_rules(view: View) -> Iterator[Flag]:
    """Corticosteroids for days (t15): cumulative, while they are still being given."""
    given = view.steroids
    if not given:
        return
    tally = tally_corticosteroids(given, view.at, since=None, recorded=True)
    hours, limit = tally.exposure_h, site().triggers["steroid_course_h"]
    if tally.present_run_h is not None and hours is not None and hours >= limit:
        yield raised("t15", f"Corticosteroids for {hours / 24:.1f} days in all")


def _course(view: View) -> list[Treatment]:
    """Corticosteroids given against a toxicity: a single dose is no course."""
    given = [one for one in view.steroids if one.purpose not in ("premedication", "prephase")]
    return given if len(given) > 1 or any(one.interval_h is not None for one in given) else []


def last_steroid_at(view: View) -> datetime | None:
    """When a course of corticosteroids was last given; now, while an order runs on."""
    given = _course(view)
    if not given:
        return None
    last = given[-1]
    if last.interval_h is not None and last.stopped_at is None:
        return view.at
    return min(view.at, last.stopped_at or last.given_at)


def is_tapering(view: View) -> bool:
    """Whether a corticosteroid is being reduced, or ended not long ago."""
    given, end = _course(view), last_steroid_at(view)
    if end is None or view.since(end) > site().hours("flare_within_h"):
        return False
    amounts = [amount for one in given if (amount := _equivalent(one)) is not None]
    lowered = len(amounts) == len(given) and amounts[-1] < max(amounts)
    gaps = [later.given_at - earlier.given_at for earlier, later in pairwise(given)]
    wider = len(gaps) > 1 and gaps[-1] >= min(gaps) * _SLOWER_X and not _as_much_in_a_day(given)
    ended = given[-1].stopped_at is not None and given[-1].stopped_at <= view.at
    return lowered or wider or _rarer(given) or ended or view.since(end) > _DAY


def _as_much_in_a_day(given: Sequence[Treatment]) -> bool:
    """
    Whether the day to the newest dose held as much as any day before.

    A dose given early and a change to another drug widen a gap, and reduce nothing.
    """
    amounts = [(one.given_at, dose) for one in given if (dose := _equivalent(one)) is not None]
    if len(amounts) < len(given) or any(one.interval_h is not None for one in given):
        return False
    days = [
        sum((dose for at, dose in amounts if last - _A_DAY <= at <= last), Decimal(0))
        for last, _ in amounts
    ]
    return days[-1] >= max(days)


def _rarer(given: Sequence[Treatment]) -> bool:
    """Whether the running order is given less often than an order before it."""
    intervals = [one.interval_h for one in given if one.interval_h is not None]
    return len(intervals) > 1 and intervals[-1] > min(intervals)


def _equivalent(one: Treatment) -> Decimal | None:
    return None if one.dose_mg is None else equivalent_mg(one.drug, Decimal(repr(one.dose_mg)))


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.0f} h"
