"""
The sample ward: invented patients that a first start shows, moved to the present.

Each story has a moment worth showing; its times are shifted so that this moment is the moment of
the first start, and nothing later than it is loaded. Loading once more loads nothing twice and
completes what an interrupted first start left out.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from dashboard.store import Store, Ward
from toxmodels.protocols import protocols
from toxmodels.records import FORMAT

WARD_ID: Final = "sample"
WARD_NAME: Final = "Sample ward"
RECORDED_BY: Final = "sample"
OLD_AFTER: Final = timedelta(hours=6)
SWITCH: Final = "TOXWATCH_SAMPLE_WARD"  # "no" leaves a new store empty
FOLLOWS: Final = {
    "car-t": "asco-2021",
    "engager": "nccn-2026-2",
    "blinatumomab": "blinatumomab-us",
}
_HERE: Final = Path(__file__).resolve().parent
_SECTIONS: Final = {
    "vitals": "taken_at",
    "neuro": "taken_at",
    "labs": "taken_at",
    "gradings": "graded_at",
    "treatments": "given_at",
    "events": "at",
}
_TIMES: Final = {"at", "crs_since"}

_log = structlog.get_logger(__name__)


def stories_folder() -> Path:
    """Where the stories lie: inside the installed package, else at the root of the tree."""
    inside = _HERE / "sample_data"
    return inside if inside.is_dir() else _HERE.parent / "sample_data"


def load_if_empty(opened: Store, *, now: datetime, folder: Path | None = None) -> Ward | None:
    """Create the sample ward in a store without any ward, or complete it; else leave all alone."""
    wards = opened.wards()
    mine = next((one for one in wards if one.id == WARD_ID and one.is_sample), None)
    if mine is None:
        if wards or os.environ.get(SWITCH) == "no":
            return None
        mine = opened.add_ward(WARD_ID, WARD_NAME, is_sample=True, now=now)
    known = {line.patient_id for line in opened.patients(WARD_ID)}
    for story in sorted((folder or stories_folder()).glob("*/case.json")):
        case = _moved(story, mine.added_at)
        if case["patient"]["id"] not in known:
            opened.import_case(
                case, ward_id=WARD_ID, recorded_by=RECORDED_BY, role="sample", now=now
            )
    _choose_protocols(opened, now)
    _log.info("sample-ward", patients=len(opened.patients(WARD_ID)))
    return mine


def _choose_protocols(opened: Store, now: datetime) -> None:
    """Let advice show from the first start; a choice that anybody made is left as it is."""
    made = {one.scope for one in opened.protocol_choices(WARD_ID)}
    for scope, protocol_id in FOLLOWS.items():
        if scope not in made and protocol_id in protocols():
            opened.choose_protocol(
                choice_id=f"{WARD_ID}-{scope}",
                ward_id=WARD_ID,
                scope=scope,
                protocol_id=protocol_id,
                reason="An example for the invented patients of this ward",
                recorded_by=RECORDED_BY,
                role="sample",
                now=now,
            )


def _moved(story: Path, to: datetime) -> dict[str, Any]:
    """A story up to the moment it shows, in the times of this ward."""
    case: dict[str, Any] = json.loads(story.read_text(encoding="utf-8"))
    shown = _show_at(story.with_name("story.toml"), case)
    moved: dict[str, Any] = _shifted(as_known_at(case, shown), to - shown)
    return moved


def _show_at(file: Path, case: Mapping[str, Any]) -> datetime:
    told: Any = None
    if file.is_file():
        told = tomllib.loads(file.read_text(encoding="utf-8")).get("show_at")
    if told is None:
        told = max(one["taken_at"] for one in case["vitals"])
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def as_known_at(case: Mapping[str, Any], shown: datetime) -> dict[str, Any]:
    """The case as the ward knew it then: later records, doses and ends are not there yet."""

    def later(text: str | None) -> bool:
        return text is not None and datetime.fromisoformat(text) > shown

    found: dict[str, Any] = {"format": FORMAT, "patient": case["patient"]}
    if case.get("therapy") is not None:
        therapy = dict(case["therapy"])
        for name, key, end in (
            ("doses", "given_at", "ended_at"),
            ("infusions", "started_at", "stopped_at"),
        ):
            if therapy.get(name) is not None:
                therapy[name] = [_open_ended(one, end, later) for one in therapy[name]
                                 if not later(one[key])]  # fmt: skip
        found["therapy"] = therapy
    for section, key in _SECTIONS.items():
        if case.get(section) is not None:
            found[section] = [
                _open_ended(one, "stopped_at", later)
                for one in case[section]
                if not later(one[key])
            ]
    return found


def _open_ended(record: Mapping[str, Any], end: str, later: Any) -> dict[str, Any]:
    """Without an end that lies in the future, and the reason for it."""
    if later(record.get(end)):
        return {key: one for key, one in record.items() if key not in (end, "stop_reason")}
    return dict(record)


def _shifted(value: Any, by: timedelta, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _shifted(one, by, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_shifted(one, by, key) for one in value]
    if isinstance(value, str) and (key.endswith("_at") or key in _TIMES):
        return (datetime.fromisoformat(value) + by).astimezone(UTC).isoformat(timespec="seconds")
    return value
