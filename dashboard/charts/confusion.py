"""
The confusion matrix of grades: as a figure, in words, and as a picture.

A matrix is its labels from low to high and a row of counts for each as reference. Labels are grades
as they are said: ``3``, or ``1-4`` where a grade is open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import pandas as pd

from dashboard.charts.paper import PAPERS, TOKENS, Theme

__all__ = ["Matrix", "confusion_figure", "confusion_png", "confusion_words"]

_FONT: Final = "Source Sans, Source Sans Pro, DejaVu Sans, sans-serif"
_EDGE: Final = "Thick edge: the grade that was given is that of the reference. Dot: never given."
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts: ``rows[i][j]`` times ``labels[j]`` was given where it was ``labels[i]``."""

    title: str
    labels: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """How many grades were given."""
        return sum(map(sum, self.rows))

    @property
    def right(self) -> int:
        """How many of them were the grade of the reference."""
        return sum(row[place] for place, row in enumerate(self.rows))


def confusion_figure(theme: Theme, drawn: Sequence[Matrix]) -> dict[str, Any]:
    """The Vega-Lite description of the matrices, one below the other, with their counts."""
    paper = PAPERS[theme]
    return {
        "$schema": json.loads(_text(theme))["$schema"],
        "config": {
            "background": paper.background,
            "font": _FONT,
            "view": {"stroke": None},
            "mark": {"aria": False},  # the figure as a whole has its words
            "axis": {"labelColor": paper.ink, "titleColor": paper.faint, "titleFontSize": 12},
            "title": {
                "color": paper.ink,
                "subtitleColor": paper.faint,
                "anchor": "start",
                "frame": "group",
                "fontSize": 14,
            },
        },
        # By side: Streamlit adds to it, and a number for all four would stop the drawing.
        "padding": dict.fromkeys(("left", "top", "right", "bottom"), 6),
        "usermeta": {"embedOptions": {"renderer": "svg", "actions": False}},
        "vconcat": [_one(theme, place, one) for place, one in enumerate(drawn)],
        "datasets": {_name(place): _cells(one) for place, one in enumerate(drawn)},
    }


def confusion_png(drawn: Sequence[Matrix], lines: Sequence[str]) -> bytes:
    """The figure as a picture, under the lines that every export carries."""
    from dashboard.charts.picture import png

    frames = {_name(place): pd.DataFrame(_cells(one)) for place, one in enumerate(drawn)}
    return png(confusion_figure("light", drawn), frames, lines)


def confusion_words(one: Matrix) -> str:
    """The matrix in words, for those who cannot see it: what was right, then each mistake."""
    if one.total == 0:
        return f"{one.title}: no grade was given."
    percent = 100 * one.right / one.total
    wrong = sorted(
        (
            (count, f"{given} instead of {reference}")
            for reference, row in zip(one.labels, one.rows, strict=True)
            for given, count in zip(one.labels, row, strict=True)
            if count and given != reference
        ),
        key=lambda found: (-found[0], found[1]),
    )
    said = f"{one.title}: {one.right} of {one.total} grades are those of the reference "
    said += f"({percent:.0f} %)."
    if not wrong:
        return said
    named = "; ".join(f"{says}, {_times(count)}" for count, says in wrong[:_MOST_NAMED])
    more = sum(count for count, _ in wrong[_MOST_NAMED:])
    rest = f"; {more} more" if more else ""
    return f"{said} Given: {named}{rest}."


@cache
def _text(theme: Theme) -> str:
    text = files("dashboard.charts").joinpath("confusion.json").read_text(encoding="utf-8")
    colours = asdict(PAPERS[theme])
    for role, token in asdict(TOKENS).items():
        text = text.replace(token, colours[role])
    return text


def _one(theme: Theme, place: int, matrix: Matrix) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(theme))
    for layer in found["layer"]:
        layer["data"] = {"name": _name(place)}
        for channel in ("x", "y"):
            layer["encoding"][channel]["scale"]["domain"] = list(matrix.labels)
    kept = {key: value for key, value in found.items() if key not in ("$schema", "data")}
    return {**kept, "title": {"text": matrix.title, "subtitle": _EDGE}}


def _cells(matrix: Matrix) -> list[dict[str, Any]]:
    return [
        {
            "reference": reference,
            "given": given,
            "count": count,
            "shown": str(count) if count else "·",
            "share": count / max(1, sum(row)),
            "is_right": reference == given,
            "says": f"{given} given where it was {reference}: {_times(count)}",
        }
        for reference, row in zip(matrix.labels, matrix.rows, strict=True)
        for given, count in zip(matrix.labels, row, strict=True)
    ]


def _name(place: int) -> str:
    return f"matrix-{place}"


def _times(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
