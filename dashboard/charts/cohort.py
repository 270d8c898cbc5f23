"""
Pictures of answers about a cohort: one panel a group, its numbers written beside its marks.

A picture is described once, with Altair, and read here; rows come in at run time as a list of
panels. As words it is the sentence of the answer itself, with what is missing.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from dashboard.charts.paper import PAPERS, TOKENS, Theme

__all__ = ["Panel", "cohort_figure", "cohort_png"]

_WIDTH_PX: Final = 560
_FONT: Final = "Source Sans, Source Sans Pro, DejaVu Sans, sans-serif"
_PICTURES: Final = {
    "incidence": "incidence", "onset": "curve", "duration": "curve", "comparing": "comparing",
}  # fmt: skip
_NOTES: Final = {
    "incidence": "Bar: certain, with its 95 % interval. Dashed frame: what is possible.",
    "onset": "Steps: cumulative incidence with its 95 % band; death competes.",
    "duration": "Steps: share of episodes that are over, with its 95 % band; death competes.",
    "comparing": "Bar: share of the patients run, with its 95 % interval.",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One group: its name with its n, and the rows that its picture draws."""

    title: str
    rows: tuple[Mapping[str, Any], ...]


def cohort_figure(theme: Theme, answer: str, panels: Sequence[Panel]) -> dict[str, Any]:
    """The Vega-Lite description of an answer with its rows; one panel below the other."""
    paper = PAPERS[theme]
    return {
        "$schema": json.loads(_text(theme))["$schema"],
        "config": {
            "background": paper.background,
            "font": _FONT,
            "view": {"stroke": None},
            "mark": {"aria": False},  # the picture as a whole has its words
            "axis": {
                "labelColor": paper.ink,
                "titleColor": paper.faint,
                "gridColor": paper.grid,
                "labelFontSize": 12,
            },
            "title": {
                "color": paper.ink,
                "subtitleColor": paper.faint,
                "anchor": "start",
                "frame": "group",
                "fontSize": 13,
            },
        },
        # By side: Streamlit adds to it, and a number for all four would stop the drawing.
        "padding": dict.fromkeys(("left", "top", "right", "bottom"), 6),
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        "vconcat": [
            _one(theme, answer, place, one, _last_day(panels)) for place, one in enumerate(panels)
        ],
        "datasets": {_name(place): list(one.rows) for place, one in enumerate(panels)},
    }


def cohort_png(answer: str, panels: Sequence[Panel], lines: Sequence[str]) -> bytes:
    """The picture as a file, under the lines that every export carries."""
    from dashboard.charts.picture import png

    frames = {_name(place): pd.DataFrame(list(one.rows)) for place, one in enumerate(panels)}
    return png(cohort_figure("light", answer, panels), frames, lines)


@cache
def _text(theme: Theme) -> str:
    text = files("dashboard.charts").joinpath("cohort.json").read_text(encoding="utf-8")
    colours = asdict(PAPERS[theme])
    for role, token in asdict(TOKENS).items():
        text = text.replace(token, colours[role])
    return text


def _last_day(panels: Sequence[Panel]) -> float:
    """Where the time axis of every panel ends, so that groups compare at a glance."""
    return max((row.get("day", 0.0) for one in panels for row in one.rows), default=1.0)


def _one(theme: Theme, answer: str, place: int, panel: Panel, last_day: float) -> dict[str, Any]:
    picture = json.loads(_text(theme))["pictures"][_PICTURES[answer]]
    found: dict[str, Any] = copy.deepcopy(picture)
    found["data"] = {"name": _name(place)}
    for layer in found["layer"]:
        layer.pop("data", None)
        across = layer["encoding"]["x"]
        if across["field"] == "day":
            across["scale"]["domain"] = [0, max(1.0, last_day)]
    title: dict[str, Any] = {"text": panel.title}
    if place == 0:
        title["subtitle"] = _NOTES[answer]
    return {**found, "width": _WIDTH_PX, "title": title}


def _name(place: int) -> str:
    return f"panel-{place}"
