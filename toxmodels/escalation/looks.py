"""
When something was really looked at: an exam, or each part of a set of vital signs.

A patient left asleep was not examined. A set counts when temperature, pressure and oxygen have all
been looked at; a set of the temperature alone is a look at the temperature.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from toxmodels.drugs import classes
from toxmodels.drugs.antibacterials import antibacterials
from toxmodels.moment import Chart
from toxmodels.occurrences import speaks_of
from toxmodels.records import Case, Event, NeuroExam, Treatment, Vitals

__all__ = [
    "ANSWERS",
    "EXAMINED",
    "LOOKED_AT",
    "PARTS",
    "answered_since",
    "exam_counts",
    "is_antibiotic_start",
    "last_exam",
    "last_look",
    "last_set",
    "told_times",
    "treats_sepsis",
]

PARTS: Final = ("temperature", "pressure", "oxygen")
EXAMINED: Final = ("consciousness", "seizure", "motor_weakness", "raised_icp", "writing")
LOOKED_AT: Final = ("vitals", *PARTS, "exam", "scored", *EXAMINED)
_NOT_TO_BE_SCORED: Final = ("tactile", "unarousable")
_INTRAVENOUS: Final = ("iv", "intravenous", "intravenously")
_NOT_A_START: Final = (
    *("oral", "orally", "po", "no", "not", "stop", "stopped", "ended", "prophylaxis"),
    "prophylactic",
)
_AGAINST_CRS: Final = ("anticytokine", "corticosteroid")
ANSWERS: Final = ("response", "antibacterial", "tocilizumab", "label_grade", "dose")


def last_look(chart: Chart, what: str, at: datetime) -> datetime | None:
    """
    When ``what`` was last looked at.

    Args:
        chart: the records.
        what: ``vitals`` (all parts) or one of its parts; ``exam``, ``scored`` (an ICE or CAPD),
            ``writing`` (the hand, or that item of the ICE), or one field of the exam.
        at: records later than this are invisible.

    """
    if what == "vitals":
        return last_set(chart, at)[0]
    if what in PARTS:
        sets = (one for one in reversed(chart.vitals) if one.taken_at <= at)
        return next((one.taken_at for one in sets if _looked_at(one)[what]), None)
    exams = (one for one in reversed(chart.exams) if one.taken_at <= at)
    return next((one.taken_at for one in exams if _was_examined(one, what)), None)


def _was_examined(exam: NeuroExam, what: str) -> bool:
    if what == "exam":
        return exam_counts(exam)
    if what == "scored":
        return exam.ice is not None or exam.capd is not None
    if what == "writing":
        written = exam.ice is not None and exam.ice.writing is not None
        return exam.handwriting in ("same", "worse") or (written and exam.handwriting is None)
    return getattr(exam, what) is not None


def told_times(case: Case) -> set[datetime]:
    """When something other than an observation was recorded: a treatment, an event, a sample."""
    found = {one.given_at for one in case.treatments or ()}
    found |= {one.at for one in case.events or ()} | {one.taken_at for one in case.labs or ()}
    return found | {one.graded_at for one in case.gradings or ()}


def answered_since(case: Case, what: str, since: datetime, at: datetime) -> bool:
    """Whether a record after ``since`` answers a flag: a word, a grade, a dose or a drug."""
    match what:
        case "response":
            said = (one for one in case.events or () if one.kind == "response")
            return any(since < one.at <= at and _of_crs_drugs(one) for one in said)
        case "antibacterial":
            told = (one.at for one in case.events or () if is_antibiotic_start(one))
            given = (one.given_at for one in case.treatments or () if treats_sepsis(one))
            return any(since < time <= at for time in (*told, *given))
        case "label_grade":
            graded = (one for one in case.gradings or () if one.scale.startswith("ctcae"))
            return any(since < one.graded_at <= at for one in graded)
        case "dose":
            doses = () if case.therapy is None else case.therapy.doses or ()
            return any(since < one.given_at <= at for one in doses)
        case _:
            return any(
                one.drug == what and since < one.given_at <= at for one in case.treatments or ()
            )


def _of_crs_drugs(said: Event) -> bool:
    return speaks_of(said, [name for name, of in classes().items() if of in _AGAINST_CRS])


def treats_sepsis(one: Treatment) -> bool:
    """An antibacterial known to be intravenous, and not given to prevent an infection."""
    known = one.route is not None and one.route.strip().lower() in _INTRAVENOUS
    return known and one.drug in antibacterials() and one.purpose != "prophylaxis"


def is_antibiotic_start(event: Event) -> bool:
    """
    An event of antibiotics, whose format has no route, unless its words deny that it counts.

    It is what a ward notes in one tap when the first dose runs; oral, prophylactic or stopped ones
    end nothing.
    """
    words = {*re.split(r"[^a-z]+", (event.what or "").lower())}
    return event.kind == "antibiotics" and words.isdisjoint(_NOT_A_START)


def last_exam(chart: Chart, at: datetime) -> datetime | None:
    """The newest exam that was done."""
    done = (one for one in reversed(chart.exams) if one.taken_at <= at and exam_counts(one))
    return next((one.taken_at for one in done), None)


def exam_counts(exam: NeuroExam) -> bool:
    """
    Whether an exam was done: scored, or impossible for a reason that is not sleep.

    Who wakes to touch only, or not at all, cannot be scored: how they wake is the exam.
    """
    if "asleep" in exam.unable_reasons:
        return False
    tried = exam.consciousness in _NOT_TO_BE_SCORED or bool(exam.unable_reasons)
    return tried or exam.ice is not None or exam.capd is not None


def last_set(chart: Chart, at: datetime) -> tuple[datetime | None, str | None]:
    """Since when temperature, pressure and oxygen have all been looked at: the oldest of them."""
    looked: dict[str, datetime] = {}
    newest: datetime | None = None
    for one in reversed(chart.vitals):
        if one.taken_at > at:
            continue
        newest = newest or one.taken_at
        for name, seen in _looked_at(one).items():
            if seen:
                looked.setdefault(name, one.taken_at)
        if len(looked) == len(PARTS):
            break
    lags = [name for name in PARTS if newest is not None and looked.get(name) != newest]
    whole = min(looked.values()) if len(looked) == len(PARTS) else None
    return whole, ", ".join(lags) or None


def _looked_at(one: Vitals) -> dict[str, bool]:
    return {
        "temperature": one.temperature_c is not None,
        "pressure": not (one.hypotensive is None and one.systolic_mmhg is None)
        or one.map_mmhg is not None,
        "oxygen": not (one.oxygen is None and one.spo2_percent is None) or one.hypoxic is not None,
    }
