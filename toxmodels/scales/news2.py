"""
NEWS2 over a case: the newest vital signs and consciousness that still count.

A warning score, from 0 to 20: it never grades CRS, and neither mutes the other. Attribution to
another cause changes nothing here. An exam says "alert" also of a patient with new confusion, so
an alert patient is settled only where somebody recorded whether confusion is new.

Cites: news2-2017, chart; house rules for drowsiness and for oxygen devices.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Missing
from toxmodels.indices.news2 import ADULT_YEARS, OXYGEN, WORST, news2, points, rows
from toxmodels.moment import Reading
from toxmodels.records import Oxygen
from toxmodels.scales.by_points import Gathered, Seat, as_grade
from toxmodels.scales.neuro_signs import newest
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["SCALE", "least"]

HIGHEST: Final = 20
_AGE = Cite("news2-2017-text", "patients under 16 years", "unverified")
VITALS: Final = (
    "respiratory_rate_bpm",
    "spo2_percent",
    "systolic_mmhg",
    "heart_rate_bpm",
    "temperature_c",
)
_SATURATION: Final = Seat("saturation", "vitals", "oxygen saturation", ("spo2_percent",))
# What an exam with a level of consciousness still leaves open.
_CONFUSION: Final = Seat("consciousness", "neuro", "new confusion: yes or no", ("consciousness",))
SEATS: Final = {
    "respiration": Seat("respiration", "vitals", "respiratory rate", ("respiratory_rate_bpm",)),
    "saturation, scale 1": _SATURATION,
    "saturation, scale 2": _SATURATION,
    "oxygen": Seat("hypoxia", "vitals", "oxygen support", ("on_oxygen",)),
    "systolic pressure": Seat("hypotension", "vitals", "systolic pressure", ("systolic_mmhg",)),
    "pulse": Seat("pulse", "vitals", "pulse", ("heart_rate_bpm",)),
    "consciousness": Seat(
        "consciousness", "neuro", "consciousness and new confusion", ("consciousness",)
    ),
    "temperature": Seat("temperature", "vitals", "temperature", ("temperature_c",)),
}


def _grade(evidence: Evidence) -> Grade:
    age = evidence.case.patient.age_years
    if age is not None and age < ADULT_YEARS:
        return _not_for_children(evidence)
    gathered = Gathered(evidence)
    if evidence.case.patient.spo2_scale is not None:
        gathered.put("spo2_scale", str(evidence.case.patient.spo2_scale), None)
    oxygen, level = evidence.moment.oxygen, _level(evidence)
    if oxygen is not None:
        gathered.put("on_oxygen", _is_on_oxygen(oxygen), oxygen.taken_at)
    if level is not None:
        gathered.put("consciousness", *level)
    for key in VITALS:
        _vital(gathered, key)
    is_level_known = evidence.moment.consciousness is not None
    seats = SEATS | {"consciousness": _CONFUSION} if is_level_known else SEATS
    return as_grade(news2(gathered.recorded), seats, gathered)


def least(evidence: Evidence) -> int:
    """
    The lower bound of the score, without its findings: what a flag asks at every set.

    Of several values of one minute the one that scores worst, as in the score itself.
    """
    moment, level = evidence.moment, _level(evidence)
    given = _is_on_oxygen(moment.oxygen) is True
    total = OXYGEN if given else 0
    total += WORST if level is not None and level[0] != "alert" else 0
    chart = rows(on_oxygen=given, on_scale_2=evidence.case.patient.spo2_scale == 2)
    for key, row in chart.items():
        reading: Reading | None = getattr(moment, key)
        if reading is not None:
            total += max(points(row, one.value) for one in (reading, *reading.others))
    return total


def _not_for_children(evidence: Evidence) -> Grade:
    says = f"NEWS2 is not made for patients under {ADULT_YEARS} years"
    ask = "a score for children: NEWS2 does not apply"
    finding = Finding("judgement", 0, HIGHEST, says, _AGE, None, None, evidence.at, "patient", ask)
    gap = Missing("judgement", "patient", ask, 0, HIGHEST)
    return Grade(0, HIGHEST, (finding,), (gap,), complete=False)


def _vital(gathered: Gathered, key: str) -> None:
    """Put the newest value; of several of one minute the one that scores worst."""
    reading: Reading | None = getattr(gathered.evidence.moment, key)
    if reading is None:
        return
    if not reading.others:
        gathered.put(key, reading.value, reading.taken_at)
        return
    worst = -1
    for one in (reading, *reading.others):
        trial = Gathered(gathered.evidence)
        trial.given.update({name: gathered.given[name] for name in _context(gathered)})
        trial.put(key, one.value, one.taken_at)
        points = int(news2(trial.recorded).at_least or 0)
        if points > worst:
            worst = points
            gathered.put(key, one.value, one.taken_at)


def _context(gathered: Gathered) -> list[str]:
    return [name for name in ("spo2_scale", "on_oxygen") if name in gathered.given]


def _is_on_oxygen(reading: Reading | None) -> bool | None:
    """Whether oxygen is given by any record of the newest minute; ``None`` where none says."""
    if reading is None:
        return None
    told = [_is_given(one.value) for one in (reading, *reading.others)]
    if True in told:
        return True
    return None if None in told else False


def _is_given(oxygen: Oxygen) -> bool | None:
    """Whether oxygen is given: any device but room air, or a flow without a device."""
    if oxygen.device is not None:
        return oxygen.device != "room_air"
    return True if oxygen.flow_l_min is not None and oxygen.flow_l_min > 0 else None


def _level(evidence: Evidence) -> tuple[str, datetime] | None:
    """The level and its time: anything but alert counts, and new confusion in an alert patient."""
    level, confused = evidence.moment.consciousness, _newest_confusion(evidence)
    if confused is not None and confused.value is True:
        return "new_confusion", confused.taken_at
    if level is not None and level.value != "alert":
        return _AVPU[level.value], level.taken_at
    if level is not None and confused is not None:
        return "alert", level.taken_at
    return None


# Drowsy is not fully awake: the level of the chart it is counted as scores the same 3.
_AVPU: Final[dict[Any, str]] = {
    "drowsy": "voice",
    "voice": "voice",
    "tactile": "pain",
    "unarousable": "unresponsive",
}


def _newest_confusion(evidence: Evidence) -> Reading | None:
    within = site().neuro_valid
    return newest(evidence, "new_confusion", "", severity=int, within=within)


SCALE: Final = BesideScale(
    "news2-2017",
    "National Early Warning Score 2",
    "NEWS2",
    "warning",
    "2017",
    "news2-2017",
    highest=HIGHEST,
    traps=(
        "A warning score from 0 to 20, no grade: neither a low CRS grade nor a low NEWS2 answers "
        "for the other.",
        "38.0 °C is fever for CRS and scores nothing here.",
        "New confusion scores 3 in an alert patient; most ICANS begins so.",
        "Scale 2 of saturation is for prescribed targets of 88 to 92 % and never the default.",
        "Not for patients under 16 years or in pregnancy.",
    ),
    grade=_grade,
)
