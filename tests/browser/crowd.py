"""A full ward for tests: the sample patients at their moment worth showing, as often as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

from dashboard.sample_ward import as_known_at
from dashboard.store import Store
from tests.sample_data.ward import RAW, STORIES


def patients(many: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Case files of a ward of ``many`` beds, each sample patient as it is now."""
    for bed, name in enumerate(islice(cycle(RAW), many), start=1):
        shown = datetime.fromisoformat(STORIES[name]["show_at"])
        moved = _moved(as_known_at(RAW[name], shown), now - shown)
        moved["patient"]["id"] = bed_name(bed)
        yield moved


def bed_name(bed: int) -> str:
    """The id of the patient in a bed."""
    return f"bed-{bed:02}"


def fill(store: Store, ward_id: str, many: int, now: datetime) -> None:
    """Import them all."""
    for case in patients(many, now):
        store.import_case(case, ward_id=ward_id, recorded_by="file", role="file", now=now)


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _moved(one, by) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by) for one in value]
    if isinstance(value, str) and len(value) > len("2026-03-01T") and value[10:11] == "T":
        return (datetime.fromisoformat(value) + by).isoformat(timespec="seconds")
    return value
