"""
From a case and its course to the rows the strips draw.

Nothing is judged here: limits, validity and expected windows come from ``toxmodels``. A value
nobody recorded has no row, so it is never drawn, joined over or counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.charts.stretches import grade_rows, lane_rows, oxygen_rows, with_room
from dashboard.charts.timeline import Timeline, View, runs
from dashboard.parts.grade import NOT_ASSESSED, age_text
from toxmodels import Case, Course, Grade
from toxmodels.escalation.bedside import PALS_ADULT_FROM_YEARS
from toxmodels.products import Onset, product
from toxmodels.records import NeuroExam, Vitals
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.branch import branch
from toxmodels.scored_exams import Capd, Ice
from toxmodels.site import site

__all__ = ["UNITS", "Row", "listed", "scored_exam"]

UNITS: Final[Mapping[str, str]] = {
    "temperature": "°C",
    "pressure": "mmHg",
    "mean": "mmHg",
    "heart_rate": "/min",
    "saturation": "%",
    "exam": "points",
}
_REACH_H: Final = 12.0  # readings this far outside the view are kept, so that a line may enter it
_DAY_H: Final = 24.0

Row = dict[str, Any]
_Bounds = tuple[float, float]


def listed(
    case: Case,
    course: Course,
    at: datetime,
    axis: Timeline,
    part: View,
    *,
    standing: Mapping[str, Grade] | None = None,
) -> dict[str, list[Row]]:
    """
    Every row of the stacked trajectories: what was recorded up to ``at``, within the view.

    ``standing`` holds the grades at ``at``, where they are known.
    """
    grades_now = standing or {}
    vitals = sorted((v for v in case.vitals or () if v.taken_at <= at), key=lambda v: v.taken_at)
    exams = sorted((e for e in case.neuro or () if e.taken_at <= at), key=lambda e: e.taken_at)
    fresh = site().vitals_valid
    lane = with_room(lane_rows(case, at, axis), part)
    rows: dict[str, list[Row]] = {
        "temperature": _readings(vitals, _one("temperature_c"), "temperature", fresh, axis),
        "pressure": _readings(vitals, _pressures, "pressure", fresh, axis),
        "mean": _readings(vitals, _one("map_mmhg"), "mean", fresh, axis),
        "heart_rate": _readings(vitals, _one("heart_rate_bpm"), "heart_rate", fresh, axis),
        "saturation": _readings(vitals, _one("spo2_percent"), "saturation", fresh, axis),
        "exam": _exam_rows(case, exams, axis),
        "unable": _unable_rows(exams, axis),
        "oxygen": oxygen_rows(vitals, at, axis, part),
        "crs": grade_rows(
            course, astct_crs.ID, at, axis, part, standing=grades_now.get(astct_crs.ID)
        ),
        "icans": grade_rows(
            course, astct_icans.ID, at, axis, part, standing=grades_now.get(astct_icans.ID)
        ),
        "lane": lane,
        "rules": [{"hour": row["from_h"], "kind": row["kind"]} for row in lane],
        "window_crs": _window(case, axis, "crs"),
        "window_icans": _window(case, axis, "icans"),
        "helper_pressure": _helpers(case),
    }
    rows["newest"] = [*_newest(rows, at, scored_exam(case)), *_grades_now(rows, at)]
    shown = [row["row"] for row in lane if _within(row, part)]
    rows["names"] = [{"row": name} for name in dict.fromkeys(shown)]
    rows["now"] = [{"now_h": part.now_h, "from_h": part.from_h, "none": None}]
    return {name: [one for one in found if _within(one, part)] for name, found in rows.items()}


def _newest(rows: Mapping[str, Sequence[Row]], at: datetime, exam: str) -> list[Row]:
    """The newest value of each quantity with its age; one too old to count is marked."""
    found: list[Row] = []
    for name in ("temperature", "pressure", "heart_rate", "saturation", "exam"):
        newest = next((row for row in reversed(rows[name]) if row["last"]), None)
        valid = site().neuro_valid if name == "exam" else site().vitals_valid
        strip = exam if name == "exam" else name
        if newest is None:
            found.append({"strip": strip, "says": "–", "age": "not recorded", "is_old": True})
            continue
        age = at - newest["taken_at"]
        is_old = age > valid
        said = f"{age_text(age)}, too old" if is_old else age_text(age)
        value = newest["says"]
        if name == "saturation":
            value += _support_at(rows["oxygen"], newest["taken_at"])
        found.append({"strip": strip, "says": value, "age": said, "is_old": is_old})
    return found


def _support_at(stretches: Sequence[Row], time: datetime) -> str:
    """The oxygen support a saturation was measured on; nothing where nobody recorded it."""
    on = [row["short"] for row in stretches if row["from_at"] <= time <= row["to_at"]]
    return f", {on[-1]}" if on else ""


def _grades_now(rows: Mapping[str, Sequence[Row]], at: datetime) -> list[Row]:
    """The grade that stands at the end of each strip; after it ran out, nobody knows."""
    found: list[Row] = []
    for name in ("crs", "icans"):
        newest = rows[name][-1] if rows[name] else None
        if newest is None:
            found.append({"strip": name, "says": "–", "age": NOT_ASSESSED, "is_old": True})
            continue
        is_old = newest["to_at"] < at
        age = age_text(at - newest["from_at"]).removesuffix(" ago")
        said = f"until {age_text(at - newest['to_at'])}" if is_old else f"for {age}"
        found.append({"strip": name, "says": newest["says"], "age": said, "is_old": is_old})
    return found


def scored_exam(case: Case) -> str:
    """``ice`` or ``capd``: the exam this patient is graded by; by what was recorded if unclear."""
    which = branch(case.patient)
    if which != "either":
        return which
    has_capd = any(exam.capd is not None for exam in case.neuro or ())
    has_ice = any(exam.ice is not None for exam in case.neuro or ())
    return "capd" if has_capd and not has_ice else "ice"


def _one(field: str) -> Callable[[Any], _Bounds | None]:
    def read(record: Any) -> _Bounds | None:
        value = getattr(record, field)
        return None if value is None else (float(value), float(value))

    return read


def _pressures(record: Vitals) -> _Bounds | None:
    """Diastolic to systolic, drawn as one bar; without a diastolic only the systolic point."""
    if record.systolic_mmhg is None:
        return None
    lower = record.systolic_mmhg if record.diastolic_mmhg is None else record.diastolic_mmhg
    return float(lower), float(record.systolic_mmhg)


def _readings(
    records: Sequence[Vitals] | Sequence[NeuroExam],
    read: Callable[[Any], _Bounds | None],
    strip: str,
    valid: timedelta,
    axis: Timeline,
) -> list[Row]:
    found = [(one.taken_at, bounds) for one in records if (bounds := read(one)) is not None]
    numbers = runs([time for time, _ in found], valid)
    newest = found[-1][0] if found else None
    return [
        {
            "hour": axis.hour(time),
            "value": high,
            "low": low,
            "high": high,
            "run": run,
            "last": time == newest,
            "when": axis.said(time),
            "says": f"{_span(low, high, strip)} {UNITS[strip]}",
            "taken_at": time,
        }
        for (time, (low, high)), run in zip(found, numbers, strict=True)
    ]


def _span(low: float, high: float, strip: str) -> str:
    if low == high:
        return f"{high:g}"
    # A pressure is said systolic first; an incomplete score as the range it may have.
    return f"{high:g}/{low:g}" if strip == "pressure" else f"{low:g} to {high:g}"


def _exam_rows(case: Case, exams: Sequence[NeuroExam], axis: Timeline) -> list[Row]:
    which = scored_exam(case)

    def read(exam: NeuroExam) -> _Bounds | None:
        score: Ice | Capd | None = exam.capd if which == "capd" else exam.ice
        if score is None:
            return None
        if isinstance(score, Capd):
            return score.bounds()
        return score.item_bounds() if score.total is None else (score.total, score.total)

    return _readings(exams, read, "exam", site().neuro_valid, axis)


def _unable_rows(exams: Sequence[NeuroExam], axis: Timeline) -> list[Row]:
    return [
        {
            "hour": axis.hour(exam.taken_at),
            "says": "not done: " + ", ".join(r.replace("_", " ") for r in exam.unable_reasons),
            "when": axis.said(exam.taken_at),
        }
        for exam in exams
        if exam.unable_reasons
    ]


def _window(case: Case, axis: Timeline, toxicity: str) -> list[Row]:
    """The expected onset: the product's own range where one is printed, else the site's."""
    if not axis.zero_is_dose:
        return []
    usual = site().crs_window_day if toxicity == "crs" else site().neuro_window_day
    known = None if case.therapy is None else product(case.therapy.product)
    onset: Onset | None = None
    if known is not None:
        onset = known.crs_onset if toxicity == "crs" else known.neuro_onset
    if onset is None:
        first, last = usual
        note = f"expected onset day {first:g} to {last:g} (house)"
        return [_window_row(first, last, None, note)]
    ranged = onset.range_day is not None
    first, last = onset.range_day if onset.range_day is not None else usual
    mark = onset.verification if ranged else f"house; median {onset.verification}"
    note = f"expected onset day {first:g} to {last:g}, median {onset.median_day:g} ({mark})"
    return [_window_row(first, last, onset.median_day, note)]


def _window_row(first: float, last: float, median: float | None, note: str) -> Row:
    return {
        "from_h": first * _DAY_H,
        "to_h": last * _DAY_H,
        "median_h": None if median is None else median * _DAY_H,
        "note": note,
    }


def _helpers(case: Case) -> list[Row]:
    """The site's numeric helpers, adults only: a child's limit moves with age and is flagged."""
    age_years = case.patient.age_years
    rules = site()
    found: list[Row] = []
    if age_years is None or age_years >= PALS_ADULT_FROM_YEARS:
        limit = rules.systolic_mmhg
        found.append({"value": limit, "says": f"systolic {limit:g} (site)"})
    return found


def _within(row: Row, part: View) -> bool:
    if "hour" in row:
        return bool(part.from_h - _REACH_H <= row["hour"] <= part.to_h)
    if "to_h" in row:
        return bool(row["from_h"] <= part.to_h and row["to_h"] >= part.from_h)
    return True
