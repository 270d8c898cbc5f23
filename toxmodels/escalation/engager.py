"""
Triggers on blinatumomab and split-dose CAR-T: stop, hold and gap clocks by the label's own scale.

A label grade (CTCAE) is a clinician's; an ASTCT grade is never fed into a label rule. Where no
label grade was recorded since the signs began the rule is not silent: it asks for one and says
what to do until then. A grade from an earlier episode answers nothing.

Cites: blinatumomab-label-us and obe-cel-label-us (verified where read); house steps marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.label_stops import OTHER_REACTIONS, label_stops
from toxmodels.escalation.trigger import raised
from toxmodels.label_grades import Term, assigned
from toxmodels.records import Grading, Oxygen
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.seizure import SeizureEpisode, is_cleared
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.site import site
from toxmodels.situation import ADULT_FROM_YEARS

_SEVERE: Final = 3
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_GROUPS: Final[tuple[tuple[Term, str], ...]] = (
    ("crs", "CRS"),
    ("neuro", "neurotoxicity"),
    ("other", "another reaction"),
)
_ADVERSE: Final = ("crs", "neurotoxicity", *OTHER_REACTIONS)


def _is(view: View, product: str) -> bool:
    return view.case.therapy is not None and view.case.therapy.product == product


def _newest(view: View, *groups: Term) -> Grading | None:
    """The newest CTCAE grade a clinician recorded for one of these groups of terms."""
    found = [one for group in groups for one in assigned(view.case, view.at, "ctcae", group)]
    return max(found, key=lambda one: one.graded_at) if found else None


def _answered(view: View, since: datetime, group: Term) -> bool:
    found = _newest(view, group)
    return found is not None and found.graded_at >= since


@dataclass(frozen=True, slots=True)
class _Run:
    """
    Severe certain grades without a break: their newest rise, and the highest.

    A CTCAE grade given before a rise within the run spoke of the lower grade.
    """

    rose_at: datetime
    peak: int


def _newest_run(view: View, scale: str) -> _Run | None:
    """The newest run of severe grades, also when it is over; one from before therapy is not."""
    run: list[tuple[datetime, int]] = []  # newest first
    for step in reversed(view.steps):
        grade = step.grade(scale).at_least
        if grade >= _SEVERE:
            run.append((step.moment.at, grade))
        elif run:
            break
    start, is_over = view.chart.first_dose_at, view.grade(scale) < _SEVERE
    if not run or (is_over and start is not None and run[0][0] < start):
        return None
    rises = (at for (at, grade), (_, before) in pairwise(run) if grade > before)
    return _Run(next(rises, run[-1][0]), max(grade for _, grade in run))


def blinatumomab_rules(view: View) -> Iterator[Flag]:
    """Severe signs on blinatumomab without a label grade (t23), label grades, seizures, liver."""
    if not _is(view, "blinatumomab"):
        return
    fits = [fit for fit in seizures(view.moment.fits) if not fit.attributed]
    ungraded = [*_ungraded(view, fits)]
    yield from ungraded
    yield from _graded(view)
    if view.seizures > 1:
        over = bool(fits) and is_cleared(fits[-1], view.moment.exams, view.case.patient)
        stopped = view.infusion != "running"
        key = "t23-seizure-stands" if over and stopped else "t23-seizure"
        yield raised(key, f"{view.seizures} seizures on blinatumomab")
    now = [*_may_be_three(view)]
    yield from now if now or ungraded else _was_three(view)
    if view.liver_beyond:
        yield raised("t23-liver", "; ".join(view.liver_beyond))


def _ungraded(view: View, fits: list[SeizureEpisode]) -> Iterator[Flag]:
    """Severe signs, present or over, until a clinician grades them: neither time nor rest does."""
    crs, icans = _newest_run(view, astct_crs.ID), _newest_run(view, astct_icans.ID)
    fit_at = fits[-1].started_at or fits[-1].first_at if fits else None
    rose_at = None if icans is None else icans.rose_at
    neuro = [time for time in (rose_at, fit_at) if time is not None]
    asks_crs = crs is not None and not _answered(view, crs.rose_at, "crs")
    asks_neuro = bool(neuro) and not _answered(view, max(neuro), "neuro")
    if not asks_crs and not asks_neuro:
        return
    asked = [run.peak for run, asks in ((crs, asks_crs), (icans, asks_neuro)) if run and asks]
    key = "t23" if view.infusion in ("running", "before") else "t23/stopped"
    if max(asked, default=0) > _SEVERE:
        key = "t23/grade-4"
    told = f"CRS {_shown(view, astct_crs.ID, crs)}, ICANS {_shown(view, astct_icans.ID, icans)}"
    seizure = ", a seizure" if fits else ""
    yield raised(key, f"{told}{seizure} on blinatumomab, and no CTCAE grade since")


def _shown(view: View, scale: str, run: _Run | None) -> str:
    now = view.grades[scale]  # open at the upper end as well, where it is
    reached = run is not None and run.peak > now.at_least
    return f"{now} (reached {run.peak})" if run is not None and reached else str(now)


def _graded(view: View) -> Iterator[Flag]:
    """A label grade that interrupts or stops; what stops for good is never forgotten."""
    if not view.case.gradings:
        return  # the grades here are a clinician's; what the record shows is asked elsewhere
    running, stops = view.infusion == "running", label_stops(view)
    for group, name in _GROUPS:
        found = _newest(view, group)
        worst = _worst_since_start(view, group)
        if worst is not None and group != "other":
            told = f"CTCAE {worst.grade} for {worst.term or name} on record"
            if running:
                yield raised("t23-label/grade-4", f"{told} while blinatumomab runs")
                return
            yield raised("t23-label-stands", told)
            continue
        if group in stops:
            yield raised("t23-label/stop" if running else "t23-label-stands", stops[group])
            if running:
                return
            continue
        # A grade from before this segment was answered by the interruption and the restart.
        if not running or found is None or found.grade < _SEVERE:
            continue
        if found.graded_at >= view.segments[-1].started_at:
            key = "t23-label/other-4" if found.grade > _SEVERE else "t23-label"
            yield raised(
                key, f"CTCAE {found.grade} for {found.term or name} while blinatumomab runs"
            )
            return


def _worst_since_start(view: View, group: Term) -> Grading | None:
    """A grade above severe recorded at any time since the first dose, the newest of them."""
    start = view.chart.first_dose_at
    found = [
        one
        for one in assigned(view.case, view.at, "ctcae", group)
        if one.grade > _SEVERE and (start is None or one.graded_at >= start)
    ]
    return max(found, key=lambda one: one.graded_at, default=None)


def _is_stopped_for_good(view: View) -> bool:
    """Whether a label stop holds: then no clock of a restart runs."""
    groups: tuple[Term, ...] = ("crs", "neuro")
    graded = any(_worst_since_start(view, one) is not None for one in groups)
    return view.seizures > 1 or graded or bool(label_stops(view))


def _may_be_three(view: View) -> Iterator[Flag]:
    oxygen, since = view.moment.oxygen, _high_oxygen_since(view)
    if view.grade(astct_crs.ID) != 2 or oxygen is None or since is None:
        return
    if not _answered(view, since, "crs"):
        fio2 = oxygen.value.fio2
        shown = "FiO2 not recorded" if fio2 is None else f"FiO2 {fio2:.2f}"
        yield raised("t23-ctcae", f"CRS 2 on oxygen, {shown}: may be CTCAE 3")


def _was_three(view: View) -> Iterator[Flag]:
    """CTCAE 3 by the record and milder by ASTCT: asked until it is graded or restarted."""
    shown = view.shown("ctcae", "crs", _paused_from(view))
    if shown is None:
        return
    hours = view.since(shown.rose_at) / _HOUR
    told = (
        f"CRS reached CTCAE {shown.peak} by the record {hours:.0f} h ago, and no CTCAE grade since"
    )
    key = "t23-ctcae/shown" if view.infusion in ("running", "before") else "t23-ctcae/stopped"
    yield raised(key, told)


def _paused_from(view: View) -> int:
    """From which CTCAE grade of CRS the label interrupts: in Japan a child's from 2."""
    therapy, age = view.case.therapy, view.age_years
    child = age is not None and age < ADULT_FROM_YEARS
    return _SEVERE - 1 if child and therapy is not None and therapy.region == "jp" else _SEVERE


def _high_oxygen_since(view: View) -> datetime | None:
    """Since when CRS 2 has been on oxygen that CTCAE may call grade 3; more of it asks anew."""
    began = None
    for step in reversed(view.steps):
        oxygen = step.moment.oxygen
        if step.grade(astct_crs.ID).at_least < _SEVERE - 1:
            break
        if oxygen is not None:
            if not _may_be_high(oxygen.value):
                break
            began = step.moment.at
    return began


def _may_be_high(oxygen: Oxygen) -> bool:
    fio2 = oxygen.fio2
    high = fio2 is None or fio2 >= site().triggers["fio2_ctcae_3"]
    return high and oxygen.device != "room_air"


def gap_rules(view: View) -> Iterator[Flag]:
    """A stopped pump starts a clock: 2 h, 4 h, and for adverse reactions 7 and 14 days."""
    stopped = view.interruption if _is(view, "blinatumomab") else None
    if stopped is None or stopped.stopped_at is None or _is_stopped_for_good(view):
        return
    gap, triggers = view.since(stopped.stopped_at), site().triggers
    adverse = view.interrupted_for in _ADVERSE
    anywhere = view.case.therapy is not None and view.case.therapy.region == "jp"
    if gap > triggers["gap_stop_days"] * _DAY and (adverse or anywhere):
        yield raised("t23-gap/stop", f"Infusion interrupted for {gap / _DAY:.0f} days")
    elif gap > triggers["gap_new_cycle_days"] * _DAY and adverse:
        key = "t23-gap/cycle-jp" if anywhere else "t23-gap/cycle"
        yield raised(key, f"Infusion interrupted for {gap / _DAY:.0f} days")
    elif gap >= triggers["pump_restart_h"] * _HOUR:
        yield raised("t23-gap/restart", f"Infusion interrupted for {gap / _HOUR:.0f} h")
    elif gap >= triggers["pump_warn_h"] * _HOUR:
        yield raised("t23-gap", f"Infusion interrupted for {gap / _HOUR:.1f} h")


def split_dose_rules(view: View) -> Iterator[Flag]:
    """Before the second dose of obecabtagene autoleucel (t24)."""
    therapy = view.case.therapy
    if therapy is None or not _is(view, "obecabtagene-autoleucel"):
        return
    # An empty list beside a start is a list that nobody filled.
    doses = [d.given_at for d in therapy.doses] if therapy.doses else [therapy.started_at]
    if sum(time is not None and time <= view.at for time in doses) != 1:
        return
    crs, icans = view.peak(astct_crs.ID), view.peak(astct_icans.ID)
    if crs >= _SEVERE:
        yield raised("t24", f"CRS reached grade {crs} after the first dose")
    elif view.grade(astct_crs.ID) == 2:
        yield raised("t24/postpone", "CRS grade 2 before the second dose")
    if icans > 1:
        yield raised("t24-icans", f"ICANS reached grade {icans} after the first dose")
    elif view.grade(astct_icans.ID) == 1:
        yield raised("t24-icans/postpone", "ICANS 1 before the second dose")
