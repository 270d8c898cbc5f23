"""
The stacked trajectories: all strips on one time axis, read once and fed at run time.

The strips are authored in Altair and kept as a file (see ``authoring``). Reading it costs a few
milliseconds once a process; a rerun only adds the frames of the patient and the part of the axis
that is shown.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dashboard.charts.paper import (
    GUTTER_LEAST_PX,
    GUTTER_SHARE,
    LANE_STEP_PX,
    PAPERS,
    SPACING_PX,
    TOKENS,
    Theme,
)
from dashboard.charts.timeline import Timeline, View

__all__ = ["STRIPS", "fed", "part_shown", "stacked", "trajectory"]

# What is drawn from top to bottom, and may be drawn alone, saved or read out: id -> title
STRIPS: Final[Mapping[str, str]] = {
    "lane": "Therapy and treatments",
    "temperature": "Temperature",
    "pressure": "Blood pressure",
    "heart_rate": "Heart rate",
    "saturation": "Oxygen saturation, device and flow",
    "exam": "ICE or CAPD",
    "crs": "CRS grade",
    "icans": "ICANS grade",
}
# Worked out in the browser from the width it gives the figure: where the paper begins on the axis.
_ROOM: Final = (
    {"name": "gutter_px", "expr": f"max({GUTTER_SHARE:g} * width, {GUTTER_LEAST_PX})"},
    {"name": "plot_px", "expr": "max(1, width - gutter_px)"},
    {"name": "edge_h", "expr": "from_h - gutter_px / plot_px * (to_h - from_h)"},
)
_FONT: Final = "Source Sans, Source Sans Pro, DejaVu Sans, sans-serif"


@cache
def _strips(theme: Theme) -> dict[str, Any]:
    text = files("dashboard.charts").joinpath("described.json").read_text(encoding="utf-8")
    colours = asdict(PAPERS[theme])
    for role, token in asdict(TOKENS).items():
        text = text.replace(token, colours[role])
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def trajectory(theme: Theme, exam: str, strip: str | None = None) -> dict[str, Any]:
    """
    The Vega-Lite description of all strips, or of one under the lane of treatments.

    The result is shared by all sessions and must not be changed; ``fed`` copies what it touches.
    """
    wanted = [*STRIPS] if strip is None else [*dict.fromkeys(["lane", strip])]
    read = _strips(theme)
    parts = [copy.deepcopy(read["strips"][exam if one == "exam" else one]) for one in wanted]
    return stacked(theme, read["$schema"], parts)


def stacked(theme: Theme, schema: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Strips of our own description, one below the other on the one time axis."""
    _label_last_axis(parts)
    return {
        "$schema": schema,
        "config": _config(theme),
        "padding": {"left": 0, "right": 0, "top": 4, "bottom": 4},
        "params": [],
        "spacing": SPACING_PX,
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        "vconcat": parts,
    }


def _config(theme: Theme) -> dict[str, Any]:
    paper = PAPERS[theme]
    return {
        "background": paper.background,
        "font": _FONT,
        "view": {"stroke": None},
        # The figure as a whole has its words; a thousand unnamed marks would only drown them.
        "mark": {"aria": False},
        "axis": {
            "labelColor": paper.ink,
            "titleColor": paper.ink,
            "gridColor": paper.grid,
            "tickColor": paper.treatment,
            "labelFontSize": 11,
            "titleFontSize": 12,
        },
    }


def _label_last_axis(parts: list[dict[str, Any]]) -> None:
    """Write the time labels again under the last strip."""
    if len(parts) > 1:
        parts[-1]["layer"][0]["encoding"]["x"]["axis"].update(labels=True, ticks=True)


def fed(
    described: Mapping[str, Any],
    drawn: Mapping[str, Any],
    axis: Timeline,
    part: View,
    *,
    rows: int,
) -> dict[str, Any]:
    """
    The description with one patient's frames and the part of the axis to show.

    ``drawn`` holds a frame, an Arrow table or records for each dataset; ``rows`` is how many rows
    the lane of treatments needs.
    """
    lane, *others = described["vconcat"]
    return {
        **described,
        "vconcat": [{**lane, "height": LANE_STEP_PX * max(1, rows)}, *others],
        "params": part_shown(axis, part),
        "datasets": dict(drawn),
    }


def part_shown(axis: Timeline, part: View) -> list[dict[str, Any]]:
    """The parameters by which every strip knows which part of the axis it shows."""
    shift = axis.zero_at.astimezone(axis.zone).utcoffset()
    offset_s = 0.0 if shift is None else shift.total_seconds()
    values = {
        "from_h": part.from_h,
        "to_h": part.to_h,
        "step_h": part.step_h,
        "zero_ms": (axis.zero_at.timestamp() + offset_s) * 1000,
    }
    return [*({"name": name, "value": value} for name, value in values.items()), *_ROOM]
