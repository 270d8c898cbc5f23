"""
The program's own exam: a handful of cases whose grades are known from the published tables.

It is taken when the server starts and every hour after. Whoever fails it does not grade quietly
on: every page says so in red, ``/ready`` says no, and a test that has not been taken for two
hours counts as failed. The rule files on the disk are compared with those that were loaded.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import toxmodels
from toxmodels.version import digests

EVERY: Final = timedelta(hours=1)
OVERDUE: Final = timedelta(hours=2)
GRADES: Final[Mapping[str, str]] = {"crs": "astct-crs-2019", "icans": "astct-icans-2019"}
_FILE: Final = Path(__file__).with_name("gold.json")
_OLD_RULES: Final = "rule files on the disk have changed since the start: restart toxwatch"

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Result:
    """One exam: when, over how many known grades, and every one that came out wrong."""

    at: datetime
    tried: int
    faults: tuple[str, ...]
    ticks: float  # of the clock that nobody can set: whether it is overdue hangs on this one

    @property
    def passed(self) -> bool:
        """Whether every grade came out as published, and there was something to grade."""
        return self.tried > 0 and not self.faults


_latest: list[Result] = []


def take(at: datetime) -> Result:
    """Grade every known case; whatever happens becomes a fault, never a pass."""
    tried, faults = 0, []
    try:
        for why, case, expected in _vectors():
            for scale, bounds in expected.items():
                tried += 1
                faults += _fault(why, case, scale, bounds)
        faults += [_OLD_RULES] if _on_disk() != digests() else []
    except Exception as error:  # noqa: BLE001 - an exam that cannot be read is an exam failed
        faults.append(f"the known cases could not be read ({type(error).__name__})")
    result = Result(at=at, tried=tried, faults=tuple(faults), ticks=time.monotonic())
    with _lock:
        _latest[:] = [result]
    return result


def latest(now: datetime) -> Result:
    """The newest exam; the first one is taken when somebody asks."""
    with _lock:
        found = _latest[0] if _latest else None
    return take(now) if found is None else found


def complaints(now: datetime) -> tuple[str, ...]:
    """Why grades must not be relied on now; empty when the last exam was passed and is recent."""
    found = latest(now)
    if not found.passed:
        return found.faults or ("the self-test had nothing to grade",)
    if time.monotonic() - found.ticks > OVERDUE.total_seconds():
        return ("the hourly self-test has not run for more than two hours",)
    return ()


def forget() -> None:
    """Start over: between tests."""
    with _lock:
        _latest.clear()


def _vectors() -> Iterator[tuple[str, str, dict[str, list[int]]]]:
    """Each known case as the text of a case file, with the bounds of its grades."""
    gold = _gold()
    for vector in gold["vectors"]:
        sets = [vector["earlier"]] if "earlier" in vector else []
        case = {
            **gold["case"],
            **vector.get("case", {}),
            "vitals": [_changed(gold["vitals"], each) for each in (*sets, vector["vitals"])],
            "neuro": [_changed(gold["neuro"], vector["neuro"])],
        }
        yield vector["why"], json.dumps(case), {name: vector[name] for name in GRADES}


@cache
def _gold() -> Any:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def _changed(quiet: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**quiet, **changes}.items() if value is not None}


def _fault(why: str, case: str, scale: str, bounds: list[int]) -> list[str]:
    try:
        at = datetime.fromisoformat(_gold()["at"])
        grade = toxmodels.assess(toxmodels.load_case(case), at=at).grades[GRADES[scale]]
    except Exception as error:  # noqa: BLE001 - a rule that breaks is what this looks for
        return [f"{scale}, {why}: could not be graded ({type(error).__name__})"]
    found = [grade.at_least, grade.at_most]
    return [] if found == bounds else [f"{scale}, {why}: graded {found}, published {bounds}"]


def _on_disk() -> dict[str, str]:
    """The digests as the files are now, past the memory of those that were loaded."""
    return digests.__wrapped__()
