"""
The lens over time: one small panel a scale on one time axis, in words, as a picture and as a table.

Panels come from the scales that were graded, in their order: a scale that is added to the registry
is drawn with no other edit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from dashboard.charts.listing import Row
from dashboard.charts.paper import PAPERS, TOKENS, Theme
from dashboard.charts.stretches import grade_rows, lane_rows
from dashboard.charts.summary import summary_of_grades
from dashboard.charts.timeline import Timeline, View
from dashboard.charts.trajectory import part_shown, stacked
from dashboard.parts.grade import NOT_ASSESSED, is_assessed, is_uncounted
from toxmodels import Course, Grade
from toxmodels.lens import LensRow
from toxmodels.records import Case

__all__ = [
    "COLUMNS",
    "Panel",
    "dose_lines",
    "lens_figure",
    "lens_png",
    "lens_table",
    "lens_words",
    "panels",
]

COLUMNS: Final = ("scale", "from", "to", "at_least", "at_most", "grade")
_GRADES: Final = (
    5  # the paper of a panel is drawn for grades; a score with more points stretches it
)
_HALF_BAR: Final = 0.17
_ONLY_EXPORTED: Final = ("from_at", "to_at")


@dataclass(frozen=True, slots=True)
class Panel:
    """One scale: its name, who goes by it, the grade it has now, and its stretches."""

    scale: str
    name: str
    expected: str
    now: str
    highest: int
    rows: tuple[Row, ...]


def panels(
    shown: Sequence[LensRow], course: Course, at: datetime, axis: Timeline, part: View
) -> tuple[Panel, ...]:
    """The panels of these scales; ``course`` holds their grades at every assessment time."""
    return tuple(
        Panel(
            row.scale.id,
            row.name,
            ", ".join(one.by for one in row.expected),
            _now(row.grade),
            row.scale.highest,
            tuple(
                {**one, "scale": row.name, **_edges(one, row.scale.highest)}
                for one in grade_rows(course, row.scale.id, at, axis, part, standing=row.grade)
                if one["to_h"] >= part.from_h and one["from_h"] <= part.to_h
            ),
        )
        for row in shown
    )


def _now(grade: Grade) -> str:
    if not is_assessed(grade):
        return NOT_ASSESSED
    # Short: what does not fit beside the panel is cut, and "no fever" alone would reassure.
    return f"now {grade}{', but signs' if is_uncounted(grade) else ''}"


def _edges(row: Row, highest: int) -> dict[str, float]:
    """The edges of a bar that is as thick on a score of 20 points as on five grades."""
    half = _HALF_BAR * max(1.0, highest / _GRADES)
    return {"low": row["at_least"] - half, "high": row["at_most"] + half}


def dose_lines(case: Case, at: datetime, axis: Timeline, part: View) -> tuple[Row, ...]:
    """Where a line runs through every panel: doses of the therapy, and treatments."""
    return tuple(
        {"hour": row["from_h"], "kind": row["kind"]}
        for row in lane_rows(case, at, axis)
        if part.from_h <= row["from_h"] <= part.to_h
    )


def lens_figure(
    theme: Theme, drawn: Sequence[Panel], lines: Sequence[Row], axis: Timeline, part: View
) -> dict[str, Any]:
    """The Vega-Lite description of the panels, one below the other, with their rows."""
    datasets: dict[str, Any] = {
        "now": [{"now_h": part.now_h, "from_h": part.from_h, "none": None}],
        "rules": [*lines],
    }
    for place, one in enumerate(drawn):
        datasets[f"lens-{place}"] = [_sent(row) for row in one.rows]
        datasets[f"head-{place}"] = [{"name": one.name, "says": one.now, "expected": _by(one)}]
    parts = [_panel(theme, place, one.highest) for place, one in enumerate(drawn)]
    return {
        **stacked(theme, _read(theme)["$schema"], parts),
        "params": part_shown(axis, part),
        "datasets": datasets,
    }


def _by(one: Panel) -> str:
    return f"expected by {one.expected}" if one.expected else ""


def _sent(row: Mapping[str, Any]) -> Row:
    return {key: value for key, value in row.items() if key not in _ONLY_EXPORTED}


def _panel(theme: Theme, place: int, highest: int) -> dict[str, Any]:
    text = json.dumps(_read(theme)["panel"])
    text = text.replace("<grades>", f"lens-{place}").replace("<head>", f"head-{place}")
    found: dict[str, Any] = json.loads(text)
    return found if highest <= _GRADES else _stretched(found, highest)


def _stretched(panel: dict[str, Any], highest: int) -> dict[str, Any]:
    """The panel of a score that goes beyond five, with its own numbers on the axis."""
    domain = panel["encoding"]["y"]["scale"]["domain"]
    by = highest / _GRADES
    panel["encoding"]["y"]["scale"]["domain"] = [edge * by for edge in domain]
    marks = [0, highest // 2, highest]
    panel["layer"][0]["encoding"]["y"]["axis"]["values"] = marks
    for layer in panel["layer"]:
        for step in layer.get("transform", ()):
            if step.get("as") == "mark":
                step["calculate"] = str(marks)
    return panel


@cache
def _read(theme: Theme) -> dict[str, Any]:
    text = files("dashboard.charts").joinpath("lens.json").read_text(encoding="utf-8")
    colours = asdict(PAPERS[theme])
    for role, token in asdict(TOKENS).items():
        text = text.replace(token, colours[role])
    found: dict[str, Any] = json.loads(text)
    return found


def lens_words(drawn: Sequence[Panel]) -> tuple[str, ...]:
    """Each panel in words, for those who cannot see it: what it says now, then its steps."""
    return tuple(f"{one.name}: {one.now}. {summary_of_grades(one.name, one.rows)}" for one in drawn)


def lens_png(figure: Mapping[str, Any], lines: Sequence[str]) -> bytes:
    """The figure as a picture, under the lines that every export carries."""
    from dashboard.charts.picture import png

    frames = {name: pd.DataFrame([*rows]) for name, rows in figure["datasets"].items()}
    return png(figure, frames, lines)


def lens_table(drawn: Sequence[Panel]) -> list[tuple[Any, ...]]:
    """The stretches of every panel as rows of ``COLUMNS``."""
    return [
        (one.scale, row["from_at"], row["to_at"], row["at_least"], row["at_most"], row["told"])
        for one in drawn
        for row in one.rows
    ]
