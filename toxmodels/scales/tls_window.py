"""
The days in which tumour lysis is counted, and the values of a case that fall into them.

From 3 days before to 7 days after the start of therapy. Which start is a house rule: the prephase,
lymphodepletion and every dose or infusion count, each with days of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels.evidence import Evidence, LabValue
from toxmodels.findings import Finding, Grade, Missing, seen
from toxmodels.indices.tls_clinical import ARRHYTHMIA, SEEN, SEIZURE
from toxmodels.moment import exposures
from toxmodels.scales.by_points import Gathered, Seat
from toxmodels.scales.neuro_signs import asked_of_seizures, standing_seizures
from toxmodels.sources import Cite

__all__ = ["SEATS", "Window", "closed", "gather", "no_start", "window"]

BEFORE: Final = timedelta(days=3)
AFTER: Final = timedelta(days=7)
_DAYS = Cite("cairo-2004", "days in which tumour lysis is counted")
_START = Cite(
    "site-defaults", "tumour lysis counts from prephase, lymphodepletion or dose", "house"
)
_CREATININE: Final = ("creatinine_umol_l", "creatinine_upper_limit_umol_l")
SEATS: Final = {
    "urate": Seat("urate", "labs", "urate", ("urate_umol_l",)),
    "potassium": Seat("potassium", "labs", "potassium", ("potassium_mmol_l",)),
    "phosphate": Seat("phosphate", "labs", "phosphate, and age", ("phosphate_mmol_l",)),
    "calcium": Seat("calcium", "labs", "calcium", ("calcium_mmol_l",)),
    "ionised calcium": Seat("calcium", "labs", "ionised calcium", ("ionised_calcium_mmol_l",)),
    "creatinine": Seat("creatinine", "labs", "creatinine with its upper limit", _CREATININE),
    "kidney": Seat("creatinine", "labs", "creatinine with its baseline, and urine", _CREATININE),
    "arrhythmia": Seat("judgement", "gradings", "arrhythmia, graded by a clinician"),
    "seizure": Seat("seizure", "neuro", "whether there was a seizure, and its course"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The open days: samples count from ``since``, the baseline was before ``start``."""

    since: datetime
    start: datetime


def window(evidence: Evidence) -> Window | Grade:
    """The open days, or the grade where nobody recorded a start or the days are over."""
    starts = _starts(evidence)
    if not starts:
        return no_start(evidence)
    still_open = [start for start in starts if evidence.at - start <= AFTER]
    if not still_open:
        return closed(evidence)
    return Window(min(still_open) - BEFORE, min(still_open))


def _starts(evidence: Evidence) -> list[datetime]:
    therapy = evidence.case.therapy
    starts = [start for start, _ in exposures(therapy)]
    if therapy is not None and therapy.lymphodepletion_started_at is not None:
        starts.append(therapy.lymphodepletion_started_at)
    starts += [one.given_at for one in evidence.treatments or () if one.purpose == "prephase"]
    return [start for start in starts if start <= evidence.at]


def no_start(evidence: Evidence, highest: int = 5) -> Grade:
    """Without a start no day can be counted: everything stays possible."""
    ask = "start of therapy or of its preparation"
    says = "no start of therapy recorded by now"
    finding = Finding(
        "judgement", 0, highest, says, _START, None, None, evidence.at, "patient", ask
    )
    gap = Missing("judgement", "patient", ask, 0, highest)
    return Grade(0, highest, (finding,), (gap,), complete=False)


def closed(evidence: Evidence) -> Grade:
    """More than seven days after the last start nothing is counted any more."""
    finding = seen(
        "judgement",
        0,
        "outside the days in which tumour lysis is counted",
        limit="3 days before to 7 days after a start",
        cite=_DAYS,
        taken_at=evidence.at,
        record="patient",
    )
    return Grade(0, 0, (finding,), (), complete=True)


def gather(
    evidence: Evidence, days: Window, analytes: Mapping[str, str], within: timedelta | None
) -> Gathered:
    """Values of the open days, their baselines, creatinine, arrhythmia, seizure and age."""
    gathered = Gathered(evidence)
    for analyte, baseline in analytes.items():
        _value(gathered, days, analyte, within)
        before = _before(evidence, analyte, days)
        if before is not None:
            gathered.put(baseline, before.value, before.taken_at, entered_as=f"baseline_{analyte}")
    _signs(gathered, days)
    gathered.put("age_years", evidence.case.patient.age_years, None)
    return gathered


def _value(gathered: Gathered, days: Window, analyte: str, within: timedelta | None) -> None:
    found = gathered.evidence.lab(analyte, within)
    if found is not None and found.taken_at >= days.since:
        gathered.put(analyte, found.value, found.taken_at)
        if analyte == "creatinine_umol_l":
            upper = "creatinine_upper_limit_umol_l"
            gathered.put(upper, found.upper_limit, found.taken_at)


def _before(evidence: Evidence, analyte: str, days: Window) -> LabValue | None:
    earlier = [one for one in evidence.series(analyte) if one.taken_at < days.start]
    return earlier[-1] if earlier else None


def _signs(gathered: Gathered, days: Window) -> None:
    """Arrhythmia as a clinician graded it; seizures so too, or as exams saw them."""
    evidence = gathered.evidence
    for name, grades in (("arrhythmia", ARRHYTHMIA), ("seizure", SEIZURE)):
        given = [
            one
            for one in evidence.gradings
            if one.scale == "cairo-bishop-2004" and one.term == name and one.graded_at >= days.since
        ]
        if given:
            word = next(word for word, grade in grades.items() if grade >= given[-1].grade)
            gathered.put(name, word, given[-1].graded_at)
    if "seizure" not in gathered.given:
        if standing_seizures(evidence):
            gathered.put("seizure", SEEN, None)
        elif asked_of_seizures(evidence):
            gathered.put("seizure", "none", None)
