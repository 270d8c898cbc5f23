"""
Writing the description of the confusion matrix: ``python -m dashboard.charts.confusion_authoring``.

As with the strips, Altair is used here only; a session reads the file and a test compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import altair as alt

from dashboard.charts.paper import TOKENS, Paper

__all__ = ["PLACE", "matrix", "written"]

PLACE: Final = Path(__file__).with_name("confusion.json")
ROW_PX: Final = 40
CELL_PX: Final = 64
_RIGHT: Final = "datum.is_right"


def matrix(paper: Paper) -> alt.LayerChart | alt.FacetChart:
    """
    Draw one matrix: the reference down, what was given across, the number in each cell.

    The right cells have a thick edge, so that nothing hangs on a shade; the shade says how large a
    part of its row a cell is.
    """
    cells = alt.Chart(alt.NamedData("matrix")).encode(
        x=_axis("given", "given", "top"), y=_axis("reference", "reference", "left")
    )
    said = [alt.Tooltip("says:N").title("Count")]
    ground = cells.mark_rect(fill=paper.shade, stroke=paper.grid, strokeWidth=1).encode(
        fillOpacity=alt.FillOpacity("share:Q").scale(domain=[0, 1], range=[0, 1]).legend(None),
        tooltip=said,
    )
    edge = cells.transform_filter(_RIGHT).mark_rect(
        filled=False, stroke=paper.ink, strokeWidth=2.5
    )  # fmt: skip
    counts = cells.mark_text(fontSize=15).encode(
        text="shown:N",
        color=alt.condition("datum.count > 0", alt.value(paper.ink), alt.value(paper.faint)),
        tooltip=said,
    )
    return alt.layer(ground, edge, counts)


def _axis(field: str, title: str, orient: Any) -> Any:
    axis = alt.Axis(
        orient=orient, domain=False, ticks=False, labelAngle=0, labelFontSize=13, labelPadding=6
    )
    channel = alt.X if orient == "top" else alt.Y
    scale = alt.Scale(domain=["<labels>"], paddingInner=0.06)
    return channel(f"{field}:N").sort(None).scale(scale).axis(axis).title(title)


def written() -> str:
    """The file as it should be."""
    found = matrix(TOKENS).to_dict(validate=False)
    kept = {key: value for key, value in found.items() if key != "config"}
    sized = {**kept, "width": {"step": CELL_PX}, "height": {"step": ROW_PX}}
    return json.dumps(sized, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written(), encoding="utf-8")
