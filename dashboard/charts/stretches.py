"""
Rows that last: grades, oxygen support and treatments, each from a time to a time.

A grade or a device lasts until the next assessment, and no longer than its readings stay valid:
what follows is a gap, because nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from dashboard.charts.timeline import Timeline, View
from dashboard.parts.grade import NO_FEVER, NOT_ASSESSED, is_assessed, is_uncounted
from toxmodels import Case, Course, Grade
from toxmodels.records import Oxygen, Treatment, Vitals
from toxmodels.scales import SCALES, astct_crs
from toxmodels.site import site

__all__ = ["grade_rows", "lane_rows", "oxygen_rows", "short_device", "with_room"]

_HALF_BAR: Final = 0.17
_PLOT_PX: Final = 850.0  # what does not fit a plot of this width is written on none
_NEVER_PX: Final = 1e6
_LETTER_PX: Final = 6.5
_PLAIN: Final = frozenset({"given", "dose", "started"})  # words that say no more than the mark

_LETTERS: Final[Mapping[str, str]] = {
    "room_air": "air",
    "nasal_cannula": "NC",
    "blow_by": "blow-by",
    "simple_mask": "mask",
    "venturi": "Venturi",
    "non_rebreather": "NRB",
    "high_flow_nasal_cannula": "HFNC",
    "cpap": "CPAP",
    "bipap": "BiPAP",
    "ventilator": "vent",
    "tracheostomy_mask": "trach",
    "ecmo": "ECMO",
}

Row = dict[str, Any]


def grade_rows(
    course: Course,
    scale: str,
    at: datetime,
    axis: Timeline,
    part: View,
    *,
    standing: Grade | None = None,
) -> list[Row]:
    """
    Stretches of one grade; an open grade is a bar from its lowest to its highest.

    ``standing`` is the grade at ``at``: what a reading that ran out since the last assessment has
    left open is drawn up to then, so that the strip never ends calmer than the grade beside it.
    """
    points = [p for p in course.points if p.at <= at and scale in p.grades]
    found: list[Row] = []
    for place, point in enumerate(points):
        grade = point.grades[scale]
        following = points[place + 1].at if place + 1 < len(points) else at
        until = max(min(following, _holds_until(grade, scale, point.at)), point.at)
        before = found[-1] if found else None
        row = _grade_row(grade, point.at, until, axis)
        if before is not None and before["to_at"] == point.at and _bounds(before) == _bounds(row):
            before["to_at"] = until
            continue
        found.append(row)
    if found and found[-1]["to_at"] < at and is_assessed(standing) and standing is not None:
        row = _grade_row(standing, found[-1]["to_at"], at, axis)
        if _bounds(found[-1]) == _bounds(row):
            found[-1]["to_at"] = at
        else:
            found.append(row)
    return _placed(found, axis, part)


def _grade_row(grade: Grade, start: datetime, until: datetime, axis: Timeline) -> Row:
    says = str(grade) if is_assessed(grade) else NOT_ASSESSED
    return {
        "from_at": start,
        "to_at": until,
        "at_least": grade.at_least,
        "at_most": grade.at_most,
        "low": grade.at_least - _HALF_BAR,
        "high": grade.at_most + _HALF_BAR,
        "is_open": grade.at_least < grade.at_most,
        "says": says,
        # A mark has room for a number alone; words must not call this 0 a calm one.
        "told": f"{says} ({NO_FEVER})" if is_uncounted(grade) else says,
        "when": axis.said(start),
    }


def _bounds(row: Row) -> tuple[int, int, str]:
    return row["at_least"], row["at_most"], row["told"]


def _holds_until(grade: Grade, scale: str, at: datetime) -> datetime:
    """When the oldest reading that still counts stops counting."""
    toxicity = SCALES[scale].toxicity
    rules = site()
    kind, valid = {
        "crs": ("vitals", rules.vitals_valid),
        "warning": ("vitals", rules.vitals_valid),
        "icans": ("neuro", rules.neuro_valid),
    }.get(toxicity, ("labs", rules.labs_valid))
    used = [
        finding.taken_at
        for finding in grade.findings
        if finding.record == kind and finding.taken_at is not None
        if timedelta(0) <= at - finding.taken_at <= valid
    ]
    return min(used, default=at) + valid


def _placed(rows: Sequence[Row], axis: Timeline, part: View) -> list[Row]:
    """
    Put stretches on the axis, and say from which width of the plot each has room for its words.

    A row of stretches that say the same is written on once, so that gaps between routine sets do
    not fill the strip with numbers.
    """
    found = [{**r, "from_h": axis.hour(r["from_at"]), "to_h": axis.hour(r["to_at"])} for r in rows]
    visible = [row for row in found if row["to_h"] >= part.from_h and row["from_h"] <= part.to_h]
    for _, series in groupby(visible, key=lambda row: row["says"]):
        first, *others = series
        last = others[-1] if others else first
        room_h = min(last["to_h"], part.to_h) - max(first["from_h"], part.from_h)
        first["fits_px"] = _fits_px(len(first["says"]), room_h, part)
    return [{"fits_px": _NEVER_PX, **row} for row in found]


def _fits_px(letters: int, room_h: float, part: View) -> float:
    """The narrowest plot, in pixels, on which so many letters have room."""
    if room_h <= 0:
        return _NEVER_PX
    needed = round(_LETTER_PX * letters * (part.to_h - part.from_h) / room_h, 1)
    return needed if needed <= _PLOT_PX else _NEVER_PX


def short_device(oxygen: Oxygen) -> str:
    """The device in the letters of the bedside chart, with its flow: ``NC 4``."""
    letters = "?" if oxygen.device is None else _LETTERS[oxygen.device]
    return letters if oxygen.flow_l_min is None else f"{letters} {oxygen.flow_l_min:g}"


def oxygen_rows(vitals: Sequence[Vitals], at: datetime, axis: Timeline, part: View) -> list[Row]:
    """Stretches of one device at one flow, as the ward says it."""
    known = [(one.taken_at, one.oxygen) for one in vitals if one.oxygen is not None]
    found: list[Row] = []
    for place, (time, oxygen) in enumerate(known):
        following = known[place + 1][0] if place + 1 < len(known) else at
        until = max(min(following, time + site().vitals_valid), time)
        says = astct_crs.device_text(oxygen)
        if found and found[-1]["says"] == says and found[-1]["to_at"] == time:
            found[-1]["to_at"] = until
            continue
        found.append(
            {
                "from_at": time,
                "to_at": until,
                "says": says,
                "short": short_device(oxygen),
                "is_air": oxygen.device == "room_air",
                "when": axis.said(time),
            }
        )
    # Where the whole name has no room, the letters may.
    in_full = _placed(found, axis, part)
    in_short = _placed([{**row, "says": row["short"]} for row in found], axis, part)
    return [
        {
            **full,
            "fits_px": min(full["fits_px"], short["fits_px"]),
            "whole_px": full["fits_px"],
        }
        for full, short in zip(in_full, in_short, strict=True)
    ]


def lane_rows(case: Case, at: datetime, axis: Timeline) -> list[Row]:
    """Doses of the therapy first, then each drug on its own row in the order it was first given."""
    doses = [*_therapy_rows(case, at, axis)]
    given = sorted((t for t in case.treatments or () if t.given_at <= at), key=lambda t: t.given_at)
    return doses + [_treatment_row(one, at, axis) for one in given]


def with_room(rows: Sequence[Row], part: View) -> list[Row]:
    """Say on which plots an amount can be written beside its mark before the next one begins."""
    found: list[Row] = []
    for place, row in enumerate(rows):
        later = [one["from_h"] for one in rows[place + 1 :] if one["row"] == row["row"]]
        end = min(min(later, default=part.to_h), part.to_h)
        room_h = end - max(row["from_h"], part.from_h)
        fits_px = _fits_px(len(row["says"]) + 2, room_h, part)
        found.append({**row, "fits_px": _NEVER_PX if row["says"] in _PLAIN else fits_px})
    return found


def _therapy_rows(case: Case, at: datetime, axis: Timeline) -> Iterator[Row]:
    therapy = case.therapy
    if therapy is None:
        return
    doses = [dose for dose in therapy.doses or () if dose.given_at <= at]
    parts = [part for part in therapy.infusions or () if part.started_at <= at]
    begun = therapy.started_at
    named = {dose.given_at for dose in doses} | {part.started_at for part in parts}
    if begun is not None and begun <= at and begun not in named:
        yield _lane((therapy.product, "dose"), (begun, begun), "started", axis)
    for dose in doses:
        said = dose.label if dose.label is not None else "dose"
        ended = None if dose.ended_at is None else min(dose.ended_at, at)
        yield _lane((therapy.product, "dose"), (dose.given_at, ended), said, axis)
    for part in parts:
        rate_ug_day = part.rate_ug_day
        said = "infusion" if rate_ug_day is None else f"{rate_ug_day:g} µg/day"
        until = at if part.stopped_at is None else min(part.stopped_at, at)
        yield _lane((therapy.product, "dose"), (part.started_at, until), said, axis)


def _treatment_row(one: Treatment, at: datetime, axis: Timeline) -> Row:
    running = one.stopped_at is None and one.interval_h is not None
    ended = at if running else one.stopped_at
    amount = ""
    if one.dose_mg is not None:
        amount = f"{one.dose_mg:g} mg"
    elif one.dose_ug is not None:
        amount = f"{one.dose_ug:g} µg"
    every = "" if one.interval_h is None else f" every {one.interval_h:g} h"
    said = (amount + every).strip() or "given"
    return _lane(
        (one.drug, "treatment"),
        (one.given_at, None if ended is None else min(ended, at)),
        said,
        axis,
    )


def _lane(
    what: tuple[str, str], when: tuple[datetime, datetime | None], says: str, axis: Timeline
) -> Row:
    (row, kind), (start, end) = what, when
    return {
        "row": row,
        "kind": kind,
        "from_at": start,
        "to_at": end if end is not None else start,
        "from_h": axis.hour(start),
        "to_h": axis.hour(end if end is not None else start),
        "says": says,
        "when": axis.said(start),
    }
