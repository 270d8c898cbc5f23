"""
The trajectories on paper: the rows of the screen's charts, drawn with the lines of the page.

The rows, axes and limits are those of ``dashboard.charts`` and ``toxmodels``; only the pen is
another one, because a picture of each of forty patients would take minutes. An open grade is a
hollow bar from its lowest to its highest; a gap in the records is a gap in the line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

from dashboard.charts.limits import Limit, fever_limit, saturation_limit
from dashboard.charts.paper import AXES, Axis
from dashboard.charts.trajectory import STRIPS
from dashboard.handover.paper import MARGIN_MM, WIDTH_MM, Paper
from dashboard.parts.patient.trajectories import Drawn

__all__ = ["draw", "height_mm"]

Row = dict[str, Any]
_NAME_MM: Final = 42.0
_MARKS_MM: Final = 8.0
_PLOT_MM: Final = WIDTH_MM - _NAME_MM - _MARKS_MM
_LEFT_MM: Final = MARGIN_MM + _NAME_MM + _MARKS_MM
_GAP_MM: Final = 2.2
_LANE_MM: Final = 3.6
_AXIS_MM: Final = 6.0
_HEIGHTS_MM: Final = {
    "temperature": 12.0,
    "pressure": 13.0,
    "heart_rate": 10.0,
    "saturation": 13.0,
    "exam": 11.0,
    "crs": 14.0,
    "icans": 14.0,
}
_DAY_H: Final = 24


@dataclass(frozen=True, slots=True)
class _Plot:
    """One strip: where it lies, and how hours and values become places on the paper."""

    paper: Paper
    drawn: Drawn
    top: float
    height: float
    axis: Axis

    def x(self, hour: float) -> float:
        part = self.drawn.part
        share = (min(max(hour, part.from_h), part.to_h) - part.from_h) / (part.to_h - part.from_h)
        return _LEFT_MM + share * _PLOT_MM

    def y(self, value: float) -> float:
        held = min(max(value, self.axis.low), self.axis.high)
        share = (held - self.axis.low) / (self.axis.high - self.axis.low)
        return self.top + self.height * (1 - share)

    def word(self, x: float, y: float, text: str, *, bold: bool = False, size: float = 5.6) -> None:
        self.paper.type(size, bold=bold)
        self.paper.text(x, y, self.paper.clean(text))


def height_mm(drawn: Drawn) -> float:
    """How much room the whole figure takes."""
    strips = sum(_HEIGHTS_MM.values()) + _GAP_MM * (len(_HEIGHTS_MM) + 1)
    return _AXIS_MM * 2 + _LANE_MM * max(1, drawn.lanes) + strips + 3


def draw(paper: Paper, drawn: Drawn) -> None:
    """All strips below one another, from where the page has got to."""
    paper.set_draw_color(0)
    top = paper.get_y() + _AXIS_MM
    lanes = _LANE_MM * max(1, drawn.lanes)
    _hours(paper, drawn, top - 1.2)
    _lane(_Plot(paper, drawn, top, lanes, Axis(0, 1, ())))
    bottom = top + lanes
    for name, height in _HEIGHTS_MM.items():
        scale = drawn.exam if name == "exam" else ("grade" if name in ("crs", "icans") else name)
        plot = _Plot(paper, drawn, bottom + _GAP_MM, height, AXES[scale])
        _frame(plot, name)
        _PENS[name](plot)
        bottom = plot.top + height
    _rules(paper, drawn, top, bottom)
    paper.set_y(bottom + 2)


# What every strip has


def _hours(paper: Paper, drawn: Drawn, y: float) -> None:
    part = drawn.part
    step = part.step_h
    first = math.ceil(part.from_h / step) * step
    paper.type(5.4, grey=True)
    plot = _Plot(paper, drawn, 0, 1, Axis(0, 1, ()))
    for hour in range(int(first), int(part.to_h) + 1, step):
        day, rest = divmod(hour, _DAY_H)
        said = f"day {day}" if rest == 0 else f"+{rest} h"
        paper.text(plot.x(hour) - 3.5, y, said)


def _frame(plot: _Plot, name: str) -> None:
    """Title, newest value with its age, and the values written beside the strip."""
    paper, drawn = plot.paper, plot.drawn
    title = drawn.exam.upper() if name == "exam" else STRIPS[name]
    title = title.partition(",")[0]
    plot.word(MARGIN_MM, plot.top + 2.4, title, bold=True, size=6.4)
    newest = drawn.exam if name == "exam" else name
    said = next((row for row in drawn.listed["newest"] if row["strip"] == newest), None)
    if said is not None:
        plot.word(MARGIN_MM, plot.top + 5.6, str(said["says"]), bold=not said["is_old"], size=6.8)
        plot.word(MARGIN_MM, plot.top + 8.4, str(said["age"]), size=5.4)
    paper.set_line_width(0.08)
    paper.set_draw_color(190)
    for mark in plot.axis.marks:
        paper.line(_LEFT_MM, plot.y(mark), _LEFT_MM + _PLOT_MM, plot.y(mark))
        paper.type(5, grey=True)
        paper.text(_LEFT_MM - 6.5, plot.y(mark) + 0.8, f"{mark:g}")
    paper.set_draw_color(0)


def _rules(paper: Paper, drawn: Drawn, top: float, bottom: float) -> None:
    """Doses and treatments across all strips, and now."""
    plot = _Plot(paper, drawn, top, bottom - top, Axis(0, 1, ()))
    for row in drawn.listed["rules"]:
        if drawn.part.from_h <= row["hour"] <= drawn.part.to_h:
            paper.set_line_width(0.2 if row["kind"] == "dose" else 0.08)
            paper.set_dash_pattern(*((0, 0) if row["kind"] == "dose" else (0.5, 0.7)))
            paper.line(plot.x(row["hour"]), top, plot.x(row["hour"]), bottom)
    paper.set_dash_pattern()
    paper.set_line_width(0.25)
    paper.line(plot.x(drawn.part.now_h), top, plot.x(drawn.part.now_h), bottom)


# The strips


def _lane(plot: _Plot) -> None:
    """One row a drug: a mark for a dose, a bar for what runs."""
    paper, names = plot.paper, [row["row"] for row in plot.drawn.listed["names"]]
    if not names:
        plot.word(MARGIN_MM, plot.top + 2.4, "none recorded in this range", size=5.6)
    for place, name in enumerate(names):
        middle = plot.top + _LANE_MM * place + 1.8
        plot.word(MARGIN_MM, middle + 0.8, str(name), size=5.8)
        free = _LEFT_MM
        for row in plot.drawn.listed["lane"]:
            if row["row"] != name:
                continue
            start, end = plot.x(row["from_h"]), plot.x(row["to_h"])
            paper.set_fill_color(0)
            if end - start > 1:
                paper.set_fill_color(200)
                paper.rect(start, middle - 0.7, end - start, 1.4, style="F")
            elif row["from_h"] >= plot.drawn.part.from_h:
                paper.polygon(
                    [(start - 0.9, middle - 0.8), (start + 0.9, middle - 0.8), (start, middle + 1)],
                    style="F",
                )
            if start >= free:
                plot.word(start + 1.3, middle + 0.8, str(row["says"]), size=5)
                free = start + 2.6 + paper.get_string_width(paper.clean(str(row["says"])))


def _line(plot: _Plot, rows: Sequence[Row]) -> None:
    """A line through one unbroken stretch after the other; beyond the paper, an arrow."""
    paper = plot.paper
    paper.set_line_width(0.25)
    for _, run in groupby(rows, key=lambda row: row["run"]):
        held = [*run]
        with paper.rect_clip(_LEFT_MM, plot.top - 1, _PLOT_MM, plot.height + 2):
            for one, other in pairwise(held):
                _segment(plot, one, other)
        for row in held:
            if row["hour"] >= plot.drawn.part.from_h:
                _point(plot, row)


def _segment(plot: _Plot, one: Row, other: Row) -> None:
    part = plot.drawn.part
    if other["hour"] < part.from_h:
        return
    start, value = one["hour"], one["value"]
    if start < part.from_h:  # the line enters the strip at its edge
        share = (part.from_h - start) / (other["hour"] - start)
        start, value = part.from_h, value + share * (other["value"] - value)
    plot.paper.line(plot.x(start), plot.y(value), plot.x(other["hour"]), plot.y(other["value"]))


def _point(plot: _Plot, row: Row) -> None:
    x, y = plot.x(row["hour"]), plot.y(row["value"])
    plot.paper.set_fill_color(0)
    plot.paper.circle(x, y, 0.45, style="F")
    for beyond, mark in ((row["value"] > plot.axis.high, "▲"), (row["value"] < plot.axis.low, "▼")):
        if beyond:
            plot.word(x + 0.7, y + 1, f"{mark}{row['value']:g}", bold=True, size=5.2)


def _limit(plot: _Plot, limit: Limit) -> None:
    value = limit.value
    plot.paper.set_line_width(0.15)
    plot.paper.set_dash_pattern(1.2, 0.8)
    plot.paper.line(_LEFT_MM, plot.y(value), _LEFT_MM + _PLOT_MM, plot.y(value))
    plot.paper.set_dash_pattern()
    plot.word(_LEFT_MM + 0.6, plot.y(value) - 0.5, limit.says, size=4.8)


def _temperature(plot: _Plot) -> None:
    _limit(plot, fever_limit())
    _line(plot, plot.drawn.listed["temperature"])


def _pressure(plot: _Plot) -> None:
    for helper in plot.drawn.listed["helper_pressure"]:
        _limit(plot, Limit(helper["value"], helper["says"]))
    _bars(plot, plot.drawn.listed["pressure"])
    _line(plot, plot.drawn.listed["pressure"])


def _bars(plot: _Plot, rows: Sequence[Row]) -> None:
    plot.paper.set_line_width(0.5)
    plot.paper.set_draw_color(150)
    for row in rows:
        if row["low"] < row["high"] and row["hour"] >= plot.drawn.part.from_h:
            x = plot.x(row["hour"])
            plot.paper.line(x, plot.y(row["low"]), x, plot.y(row["high"]))
    plot.paper.set_draw_color(0)


def _heart_rate(plot: _Plot) -> None:
    _line(plot, plot.drawn.listed["heart_rate"])


def _saturation(plot: _Plot) -> None:
    _limit(plot, saturation_limit())
    _line(plot, plot.drawn.listed["saturation"])
    bottom, free = plot.top + plot.height, _LEFT_MM
    for row in plot.drawn.listed["oxygen"]:
        start, end = plot.x(row["from_h"]), plot.x(row["to_h"])
        plot.paper.set_fill_color(225 if row["is_air"] else 170)
        plot.paper.rect(start, bottom - 1.2, max(end - start, 0.3), 1.2, style="F")
        said = plot.paper.clean(row["short"])
        plot.paper.type(4.8)
        width = plot.paper.get_string_width(said)
        if start >= free and end - start > width:
            plot.word(start + 0.4, bottom - 1.6, said, size=4.8)
            free = start + width + 1


def _exam(plot: _Plot) -> None:
    rows = plot.drawn.listed["exam"]
    _bars(plot, rows)
    _line(plot, [row for row in rows if row["low"] == row["high"]])
    for row in plot.drawn.listed["unable"]:
        if plot.drawn.part.from_h <= row["hour"] <= plot.drawn.part.to_h:
            plot.word(plot.x(row["hour"]) - 0.8, plot.top + plot.height / 2, "✕", size=6)


def _steps(name: str) -> Callable[[_Plot], None]:
    def pen(plot: _Plot) -> None:
        said = ""
        for row in plot.drawn.listed[name]:
            start, end = (
                plot.x(row["from_h"]),
                max(plot.x(row["to_h"]), plot.x(row["from_h"]) + 0.4),
            )
            top, bottom = plot.y(row["high"]), plot.y(row["low"])
            plot.paper.set_line_width(0.2)
            plot.paper.set_fill_color(0)
            plot.paper.rect(
                start, top, end - start, bottom - top, style="D" if row["is_open"] else "F"
            )
            if row["says"] != said:
                inside = row["is_open"] and bottom - top > 3
                plot.word(start + 0.4, top + (2.4 if inside else -0.5), row["says"], bold=True)
            said = row["says"]

    return pen


_PENS: Final[dict[str, Callable[[_Plot], None]]] = {
    "temperature": _temperature,
    "pressure": _pressure,
    "heart_rate": _heart_rate,
    "saturation": _saturation,
    "exam": _exam,
    "crs": _steps("crs"),
    "icans": _steps("icans"),
}
