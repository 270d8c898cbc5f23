"""
One spelling for everything that is stored and digested.

The same content always gives the same text: sorted keys, no spaces, ASCII only, no NaN, times in
UTC with microseconds. A digest covers every column of a row and the digest of the row before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, Table

from dashboard.store.times import time_text

FIRST: Final = "0" * 64  # what stands before a patient's first entry


def canonical_json(content: Any) -> str:
    """The one JSON text of this content; refuses NaN, infinity and whatever is not JSON."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def row_digest(table: Table, row: RowMapping | Mapping[str, Any]) -> str:
    """SHA-256 over every column of ``table`` but the digest itself."""
    content = {
        column.name: _plain(row[column.name]) for column in table.columns if column.name != "digest"
    }
    text = f"toxwatch-{table.name}/1\n{canonical_json(content)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    return time_text(value) if isinstance(value, datetime) else value
