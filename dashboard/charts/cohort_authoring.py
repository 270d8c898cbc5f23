"""
Writing the description of the cohort pictures: ``python -m dashboard.charts.cohort_authoring``.

As with the strips, Altair is used here only; a session reads the file and a test compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import altair as alt

from dashboard.charts.paper import TOKENS, Paper

__all__ = ["PLACE", "described", "written"]

PLACE: Final = Path(__file__).with_name("cohort.json")
ROW_PX: Final = 20
CURVE_PX: Final = 120
_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_DASHES: Final = [[1, 0], [6, 3]]


def described(paper: Paper) -> dict[str, Any]:
    """Every picture by the id of its answer, in placeholders for the colours."""
    return {
        "incidence": _plain(bars(paper), {"step": ROW_PX}),
        "comparing": _plain(plain_bars(paper), {"step": ROW_PX}),
        "curve": _plain(curve(paper), CURVE_PX),
    }


def bars(paper: Paper) -> alt.LayerChart | alt.FacetChart:
    """
    One group: a bar for what is certain with its interval, a frame to what is possible.

    The numbers stand beside the bars, so that nothing hangs on a length or a colour.
    """
    rows = alt.Chart(alt.NamedData("rows")).encode(y=_names())
    said = [alt.Tooltip("says:N").title("Count")]
    possible = rows.mark_bar(
        filled=False, stroke=paper.faint, strokeDash=[3, 2], height={"band": 0.72}
    ).encode(x=_share("certain_share:Q"), x2="possible_share:Q", tooltip=said)
    certain = rows.mark_bar(fill=paper.shade, stroke=paper.trace, height={"band": 0.72}).encode(
        x=_share("certain_share:Q"), tooltip=said
    )
    return alt.layer(possible, certain, *_interval(rows, paper, "certain_low", "certain_high"))


def plain_bars(paper: Paper) -> alt.LayerChart | alt.FacetChart:
    """One drug: who would have been treated, with intervals and counts."""
    rows = alt.Chart(alt.NamedData("rows")).encode(y=_names())
    said = [alt.Tooltip("says:N").title("Count")]
    share = rows.mark_bar(fill=paper.shade, stroke=paper.trace, height={"band": 0.72}).encode(
        x=_share("share:Q"), tooltip=said
    )
    return alt.layer(share, *_interval(rows, paper, "low", "high"))


def curve(paper: Paper) -> alt.LayerChart | alt.FacetChart:
    """One group: both toxicities as steps with their bands; dashes and words tell them apart."""
    rows = alt.Chart(alt.NamedData("rows"))
    days = (
        alt.X("day:Q")
        .title("days")
        .scale(domain=[0, 30], nice=False)
        .axis(alt.Axis(grid=True, tickMinStep=1, domain=False))
    )
    colour = alt.Color("name:N").scale(range=[paper.trace, paper.second]).legend(None)
    dash = alt.StrokeDash("name:N").scale(range=_DASHES).legend(None)
    band = rows.mark_area(interpolate="step-after", opacity=0.18).encode(
        x=days, y=_height("low:Q"), y2="high:Q", color=colour
    )
    line = rows.mark_line(interpolate="step-after", strokeWidth=2).encode(
        x=days,
        y=_height("incidence:Q"),
        color=colour,
        strokeDash=dash,
        tooltip=[alt.Tooltip("says:N").title("By then")],
    )
    named = (
        rows.transform_filter("datum.is_last")
        .mark_text(align="left", dx=5, fontSize=12, color=paper.ink)
        .encode(x=days, y=_height("label_at:Q"), text="label:N")
    )
    return alt.layer(band, line, named)


def _interval(rows: alt.Chart, paper: Paper, low: str, high: str) -> tuple[alt.Chart, ...]:
    whisker = rows.mark_rule(color=paper.ink, strokeWidth=1.5).encode(
        x=_share(f"{low}:Q"), x2=f"{high}:Q"
    )
    count = rows.mark_text(align="left", dx=5, fontSize=11, color=paper.ink).encode(
        x=_share("label_at:Q"), text="label:N"
    )
    return whisker, count


def _names() -> Any:
    axis = alt.Axis(domain=False, ticks=False, labelFontSize=12, labelLimit=150, labelPadding=6)
    return alt.Y("name:N").sort(None).axis(axis).title(None)


def _share(field: str) -> Any:
    # Beyond 1 there is room for the words at the end of a full bar.
    axis = alt.Axis(values=list(_SHARES), format="%", domain=False, ticks=False)
    return alt.X(field).scale(domain=[0, 1.28], nice=False).axis(axis).title(None)


def _height(field: str) -> Any:
    axis = alt.Axis(values=list(_SHARES), format="%", domain=False, ticks=False)
    return alt.Y(field).scale(domain=[0, 1], nice=False).axis(axis).title(None)


def _plain(drawing: Any, height: Any) -> dict[str, Any]:
    found: dict[str, Any] = drawing.to_dict(validate=False)
    kept = {key: one for key, one in found.items() if key not in ("config", "$schema", "data")}
    return {**kept, "height": height}


def written() -> str:
    """The file as it should be."""
    whole = {"$schema": alt.SCHEMA_URL, "pictures": described(TOKENS)}
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written(), encoding="utf-8")
