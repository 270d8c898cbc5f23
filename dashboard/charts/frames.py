"""
The rows of the strips as tables: for the browser, and for exports.

The browser gets Arrow made column by column from plain rows: a frame of pandas on the way would
cost ten times as much, at every turn of a minute and for every patient on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import pyarrow as pa

from dashboard.charts.listing import Row

__all__ = ["COLUMNS", "ONLY_EXPORTED", "frames", "sent"]

_READING: Final = ("hour", "value", "low", "high", "run", "last", "when", "says", "taken_at")
_STRETCH: Final = ("from_h", "to_h", "says", "when", "from_at", "to_at")
# Times as such are for exports; the browser gets hours since zero and words.
ONLY_EXPORTED: Final = ("taken_at", "from_at", "to_at")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "temperature": _READING,
    "pressure": _READING,
    "mean": _READING,
    "heart_rate": _READING,
    "saturation": _READING,
    "exam": _READING,
    "unable": ("hour", "says", "when"),
    "oxygen": (*_STRETCH, "short", "fits_px", "whole_px", "is_air"),
    "crs": (*_STRETCH, "low", "high", "at_least", "at_most", "is_open", "fits_px"),
    "icans": (*_STRETCH, "low", "high", "at_least", "at_most", "is_open", "fits_px"),
    "lane": (*_STRETCH, "row", "kind", "fits_px"),
    "names": ("row",),
    "rules": ("hour", "kind"),
    "window_crs": ("from_h", "to_h", "median_h", "note"),
    "window_icans": ("from_h", "to_h", "median_h", "note"),
    "helper_pressure": ("value", "says"),
    "newest": ("strip", "says", "age", "is_old"),
    "now": ("now_h", "from_h", "none"),
}


def frames(found: Mapping[str, Sequence[Row]]) -> dict[str, pd.DataFrame]:
    """The rows as frames with fixed columns, empty or not: what an export writes."""
    return {
        name: pd.DataFrame([*rows], columns=list(COLUMNS[name])) for name, rows in found.items()
    }


def sent(found: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
    """The rows as the browser gets them: Arrow streams, made once and sent often."""
    return {name: _stream(name, rows) for name, rows in found.items()}


def _stream(name: str, rows: Sequence[Row]) -> bytes:
    columns = [column for column in COLUMNS[name] if column not in ONLY_EXPORTED]
    arrays = [pa.array([row.get(column) for row in rows]) for column in columns]
    batch = pa.RecordBatch.from_arrays(arrays, names=columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    found: bytes = sink.getvalue().to_pybytes()
    return found
