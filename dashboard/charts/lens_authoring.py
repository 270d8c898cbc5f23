"""
Writing the description of one panel of the lens: ``python -m dashboard.charts.lens_authoring``.

As with the strips, Altair is used here only; a session reads the file, puts one panel below the
other for the scales it shows, and a test compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import altair as alt

from dashboard.charts.authoring import said_once
from dashboard.charts.paper import TOKENS, Axis, Paper
from dashboard.charts.scales import on_time, on_value, time_axis, tooltip_of, value_axis

__all__ = ["GRADES", "HEAD", "PANEL_PX", "PLACE", "panel", "written"]

PLACE: Final = Path(__file__).with_name("lens.json")
PANEL_PX: Final = 54
GRADES: Final = "<grades>"  # the stretches of one scale
HEAD: Final = "<head>"  # its name, its mark and the grade it has now
_AXIS: Final = Axis(-0.5, 5.6, (0.0, 2.0, 4.0))
_FITS: Final = "plot_px >= datum.fits_px"


def panel(paper: Paper) -> alt.LayerChart | alt.FacetChart:
    """
    Draw one scale: a flat bar where its grade is known, a tall pale one where it is open.

    The lines of doses and treatments run through all panels, so that one sees what a step followed.
    """
    now, found = alt.Chart(alt.NamedData("now")), alt.Chart(alt.NamedData(GRADES))
    frame = now.mark_rule(opacity=0).encode(x=time_axis("now_h"), y=value_axis("none", _AXIS))
    is_dose = "datum.kind == 'dose'"
    rules = (
        alt.Chart(alt.NamedData("rules"))
        .mark_rule(clip=True)
        .encode(
            x=on_time(),
            color=alt.condition(is_dose, alt.value(paper.dose), alt.value(paper.treatment)),
            strokeWidth=alt.condition(is_dose, alt.value(1.4), alt.value(0.7)),
            strokeDash=alt.condition(is_dose, alt.value([1, 0]), alt.value([2, 3])),
        )
    )
    box = found.mark_rect(stroke=paper.grade, strokeWidth=1.2, fill=paper.grade, clip=True)
    bars = box.encode(
        x=on_time("from_h"),
        x2="to_h:Q",
        y=on_value("low", _AXIS),
        y2="high:Q",
        fillOpacity=alt.condition("datum.is_open", alt.value(0.14), alt.value(1)),
        strokeDash=alt.condition("datum.is_open", alt.value([3, 2]), alt.value([1, 0])),
        tooltip=[alt.Tooltip("scale:N").title("Scale"), *tooltip_of("Grade")],
    )
    words = (
        found.transform_filter(_FITS)
        .transform_calculate(start="max(datum.from_h, from_h)")
        .mark_text(
            align="left", baseline="bottom", dx=2, dy=-1, fontSize=11, fontWeight="bold",
            color=paper.ink, clip=True,
        )
        .encode(x=on_time("start"), y=on_value("high", _AXIS), text="says:N")
    )  # fmt: skip
    line = now.mark_rule(color=paper.ink, strokeWidth=1, strokeOpacity=0.65, clip=True)
    cover = (
        now.transform_calculate(edge="edge_h")
        .mark_rect(fill=paper.background, opacity=1)
        .encode(x=on_time("edge"), x2="from_h:Q", y=alt.value(-1), y2=alt.value(PANEL_PX + 1))
    )
    edge = now.mark_rule(color=paper.grid).encode(x=on_time("from_h"))
    return alt.layer(
        frame, rules, bars, words, line.encode(x=on_time("now_h")), cover, edge,
        *_gutter(paper), height=PANEL_PX,
    )  # fmt: skip


def _gutter(paper: Paper) -> list[alt.Chart]:
    """Name, who goes by it, the grade now, and the numbers of the axis."""
    head, left = alt.Chart(alt.NamedData(HEAD)), alt.value(0)
    text: Any = {"align": "left", "baseline": "top"}
    limit = alt.ExprRef("gutter_px - 26")
    name = head.mark_text(**text, fontSize=12, fontWeight="bold", color=paper.ink, limit=limit)
    mark = head.mark_text(**text, fontSize=10, color=paper.faint, limit=limit)
    newest = head.mark_text(**text, fontSize=13, color=paper.ink, limit=limit)
    marks = "[" + ", ".join(f"{one:g}" for one in _AXIS.marks) + "]"
    numbers = (
        alt.Chart(alt.NamedData("now"))
        .transform_calculate(mark=marks)
        .transform_flatten(["mark"])
        .mark_text(align="right", dx=-5, fontSize=10, color=paper.ink)
        .encode(x=on_time("from_h"), y=on_value("mark", _AXIS), text="mark:Q")
    )
    return [
        name.encode(x=left, y=alt.value(0), text="name:N"),
        newest.encode(x=left, y=alt.value(16), text="says:N"),
        mark.encode(x=left, y=alt.value(33), text="expected:N"),
        numbers,
    ]


def written() -> str:
    """The file as it should be."""
    found: dict[str, Any] = panel(TOKENS).to_dict(validate=False)
    kept = {key: value for key, value in found.items() if key not in ("config", "$schema")}
    whole = {"$schema": alt.SCHEMA_URL, "panel": said_once(kept)}
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written(), encoding="utf-8")
