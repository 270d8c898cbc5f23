"""
Every chart in words, for those who cannot see it and for a print without pictures.

Pure: from rows to sentences with the lowest, the highest and the newest value, the change from
the value before, and the gaps. Nothing is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Final

from dashboard.charts.listing import UNITS, Row
from dashboard.charts.timeline import View
from dashboard.charts.trajectory import STRIPS
from toxmodels.site import site

__all__ = ["summaries", "summary_of_grades", "summary_of_lane", "summary_of_readings"]

_HOUR_S: Final = 3600
_LEAST_GAP_H: Final = 0.05  # what would be printed as 0.0 h is no gap
_MOST_CHANGES: Final = 8
_MOST_TIMES: Final = 4


def summaries(drawn: Mapping[str, Sequence[Row]], part: View, exam: str) -> dict[str, str]:
    """Each strip of the figure in words, by its id."""
    vitals_h = site().vitals_valid.total_seconds() / _HOUR_S
    neuro_h = site().neuro_valid.total_seconds() / _HOUR_S
    said = {"lane": summary_of_lane(drawn["lane"])}
    for name in ("temperature", "pressure", "heart_rate", "saturation"):
        said[name] = summary_of_readings(STRIPS[name], name, drawn[name], part, vitals_h)
    said["pressure"] = said["pressure"].replace(STRIPS["pressure"], "Systolic pressure", 1)
    said["saturation"] += " " + _summary_of_oxygen(drawn["oxygen"])
    said["exam"] = summary_of_readings(exam.upper(), "exam", drawn["exam"], part, neuro_h)
    if drawn["unable"]:
        said["exam"] += f" {_times(len(drawn['unable']))} the exam could not be done."
    said["crs"] = summary_of_grades("CRS", drawn["crs"])
    said["icans"] = summary_of_grades("ICANS", drawn["icans"])
    return said


def summary_of_readings(
    title: str, strip: str, rows: Sequence[Row], part: View, valid_h: float
) -> str:
    """Lowest, highest, newest, change and gaps of one quantity within the view."""
    shown = [row for row in rows if part.from_h <= row["hour"] <= part.now_h]
    if not shown:
        return f"{title}: not recorded in this range."
    unit = UNITS[strip]
    lowest = min(shown, key=lambda row: row["value"])
    highest = max(shown, key=lambda row: row["value"])
    newest = shown[-1]
    said = [
        f"{title}: {_times(len(shown))} recorded.",
        f"Lowest {lowest['value']:g} {unit} ({lowest['when']}),",
        f"highest {highest['value']:g} {unit} ({highest['when']}),",
        f"newest {newest['says']} ({newest['when']}).",
    ]
    if len(shown) > 1:
        said.append(_change(shown[-2], newest, unit))
    said.append(_gaps([row["hour"] for row in shown], valid_h))
    return " ".join(said)


def _change(before: Row, newest: Row, unit: str) -> str:
    change = newest["value"] - before["value"]
    hours = newest["hour"] - before["hour"]
    if change == 0:
        return f"Unchanged from the value {hours:.1f} h before."
    word = "Up" if change > 0 else "Down"
    return f"{word} {abs(change):.3g} {unit} in {hours:.1f} h."


def _gaps(hours: Sequence[float], valid_h: float) -> str:
    waits = [after - before for before, after in pairwise(hours)]
    broken = [wait for wait in waits if wait > valid_h]
    if not broken:
        return f"No gap longer than {valid_h:g} h."
    plural = "gap" if len(broken) == 1 else "gaps"
    return f"{len(broken)} {plural} longer than {valid_h:g} h, the longest {max(broken):.1f} h."


def _times(number: int) -> str:
    return "Once" if number == 1 else f"{number} times"


def _summary_of_oxygen(rows: Sequence[Row]) -> str:
    if not rows:
        return "Oxygen support: not recorded in this range."
    return f"Oxygen support: {_steps(rows, 'changes')}."


def summary_of_grades(short: str, found: Sequence[Row]) -> str:
    """The highest certain grade, what is open, and the steps in order."""
    if not found:
        return f"{short} grade: not assessed in this range."
    highest = max(found, key=lambda row: row["at_least"])
    said = [
        f"{short} grade: highest certain grade {highest['at_least']} ({highest['when']}).",
        f"Steps: {_steps(found, 'steps')}.",
    ]
    open_h = sum(row["to_h"] - row["from_h"] for row in found if row["is_open"])
    if open_h > 0:
        said.append(f"Open for lack of records during {open_h:.1f} h.")
    gap_h = sum(max(0.0, after["from_h"] - before["to_h"]) for before, after in pairwise(found))
    if gap_h >= _LEAST_GAP_H:
        said.append(f"Between them nobody knows during {gap_h:.1f} h.")
    return " ".join(said)


def _steps(found: Sequence[Row], name: str) -> str:
    """What changed when, the newest few; stretches that say the same are one step."""
    steps = [next(group) for _, group in groupby(found, key=_told)]
    said = "; ".join(f"{_told(row)} from {row['when']}" for row in steps[-_MOST_CHANGES:])
    earlier = len(steps) - _MOST_CHANGES
    return f"{said} ({earlier} earlier {name} not listed)" if earlier > 0 else said


def _told(row: Row) -> str:
    return str(row["told"] if "told" in row else row["says"])


def summary_of_lane(rows: Sequence[Row]) -> str:
    """What was given, drug by drug."""
    if not rows:
        return "Therapy and treatments: none recorded in this range."
    given: dict[str, list[str]] = {}
    for row in rows:
        given.setdefault(row["row"], []).append(f"{row['says']} at {row['when']}")
    said = []
    for drug, times in given.items():
        earlier = len(times) - _MOST_TIMES
        more = f" and {earlier} earlier" if earlier > 0 else ""
        said.append(f"{drug}: {', '.join(times[-_MOST_TIMES:])}{more}")
    return "Therapy and treatments: " + "; ".join(said) + "."
