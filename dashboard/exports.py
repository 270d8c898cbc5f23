"""
Files that leave the screen: inert, and marked as a copy that no longer changes.

A spreadsheet runs a cell that begins like a formula; such text is written with a quote in front.
Each file says that it is an export and not live, who made it and when, and what the software is
not for.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pandas as pd

from dashboard.parts.intended_use import SHORT

__all__ = ["COLUMNS", "NOT_LIVE", "csv_text", "heading", "inert", "strip_csv"]

NOT_LIVE: Final = "Export, not live"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
# strip -> the frames it shows and the columns of each that leave the screen
COLUMNS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "lane": {"lane": ("from_at", "to_at", "row", "says")},
    "temperature": {"temperature": ("taken_at", "hour", "value")},
    "pressure": {
        "pressure": ("taken_at", "hour", "high", "low"),
        "mean": ("taken_at", "hour", "value"),
    },
    "heart_rate": {"heart_rate": ("taken_at", "hour", "value")},
    "saturation": {
        "saturation": ("taken_at", "hour", "value"),
        "oxygen": ("from_at", "to_at", "says"),
    },
    "exam": {"exam": ("taken_at", "hour", "low", "high"), "unable": ("hour", "says")},
    "crs": {"crs": ("from_at", "to_at", "at_least", "at_most", "says")},
    "icans": {"icans": ("from_at", "to_at", "at_least", "at_most", "says")},
}
_HEADS: Final[Mapping[tuple[str, str], str]] = {
    ("temperature", "value"): "temperature_c",
    ("pressure", "high"): "systolic_mmhg",
    ("pressure", "low"): "lower_end_mmhg",
    ("mean", "value"): "map_mmhg",
    ("heart_rate", "value"): "heart_rate_bpm",
    ("saturation", "value"): "spo2_percent",
    ("oxygen", "says"): "oxygen_support",
    ("exam", "low"): "score_at_least",
    ("exam", "high"): "score_at_most",
    ("unable", "says"): "exam_not_done",
    ("lane", "row"): "given",
    ("lane", "says"): "amount",
    ("crs", "says"): "grade",
    ("icans", "says"): "grade",
}
_COMMON: Final = {"hour": "hours_since_zero", "from_at": "from", "to_at": "to"}


def inert(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "" if math.isnan(value) else f"{value:.10g}"  # a missing number is an empty cell
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    text = str(value).replace("\0", "")
    held = str(value).lstrip(" ")
    return f"'{text}" if held.startswith(_FORMULA_STARTS) else text


def heading(what: str, *, who: str, at: datetime, shown: datetime) -> tuple[str, ...]:
    """The lines every export carries."""
    made = at.astimezone(UTC).strftime("%d-%b-%Y %H:%M UTC")
    state = shown.astimezone(UTC).strftime("%d-%b-%Y %H:%M UTC")
    return (
        what,
        f"{NOT_LIVE}: state of {state}, made {made} by {who}",
        SHORT,
    )


def csv_text(
    columns: Sequence[str], rows: Iterable[Sequence[object]], lines: Sequence[str]
) -> str:  # fmt: skip
    """A table as CSV under the lines that every export carries."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for line in lines:
        writer.writerow([inert(line)])
    writer.writerow([inert(column) for column in columns])
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
    return text.getvalue()


def strip_csv(strip: str, drawn: Mapping[str, pd.DataFrame], lines: Sequence[str]) -> str:
    """What one strip shows as CSV; a quantity and what belongs to it, one below the other."""
    parts = []
    for place, (name, columns) in enumerate(COLUMNS[strip].items()):
        frame = drawn[name]
        heads = [_HEADS.get((name, column), _COMMON.get(column, column)) for column in columns]
        rows: list[tuple[Any, ...]] = [
            tuple(_cell(value) for value in row)
            for row in frame[list(columns)].itertuples(index=False, name=None)
        ]
        parts.append(csv_text(heads, rows, lines if place == 0 else ("",)))
    return "".join(parts)


def _cell(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
