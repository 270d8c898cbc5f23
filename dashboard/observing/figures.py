"""
The figures of the service: how much was entered, graded, raised, refused, and how long it took.

Every label comes from a closed list in the code. No patient, no person, no ward and no value ever
becomes a label: a figure may be read by whoever runs the machines.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series nobody reads
REGISTRY: Final = CollectorRegistry()
QUICK_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_MOST_PATIENTS: Final = 10_000
URGENCIES: Final = ("emergency", "urgent", "soon", "info")

graded: Final = Counter(
    "toxwatch_grades_worked_out", "Grades worked out, by scale.", ["scale"], registry=REGISTRY
)
refused: Final = Counter(
    "toxwatch_refused", "What the store refused, by kind of refusal.", ["fault"], registry=REGISTRY
)
failed: Final = Counter(
    "toxwatch_pages_failed", "Pages that could not be drawn.", registry=REGISTRY
)
opened: Final = Counter(
    "toxwatch_alerts_opened", "Alerts that began to ask.", ["urgency"], registry=REGISTRY
)
asking: Final = Gauge(
    "toxwatch_alerts_asking", "Alerts that ask now.", ["urgency"], registry=REGISTRY
)
reruns: Final = Histogram(
    "toxwatch_rerun_seconds", "One drawing of a page on the server.", ["page"],
    buckets=QUICK_S, registry=REGISTRY,
)  # fmt: skip
requests: Final = Histogram(
    "toxwatch_request_seconds", "One answer over HTTP, without streams.", ["status"],
    buckets=QUICK_S, registry=REGISTRY,
)  # fmt: skip
writes: Final = Histogram(
    "toxwatch_store_write_seconds", "One transaction that writes, waiting included.",
    buckets=QUICK_S, registry=REGISTRY,
)  # fmt: skip

_lock = threading.Lock()
_asking: dict[str, Mapping[str, str]] = {}
_counts_new = threading.Event()


def from_now_on() -> None:
    """Alerts that ask before this were there when the server started: they did not open now."""
    _counts_new.set()


def alerts(patient_id: str, now_asking: Mapping[str, str]) -> None:
    """Compare what asks for a patient with what asked before: alert id to urgency."""
    with _lock:
        before = _asking.pop(patient_id, {})
        if _counts_new.is_set():
            for id_, urgency in now_asking.items():
                if id_ not in before:
                    opened.labels(_known(urgency)).inc()
        _asking[patient_id] = dict(now_asking)
        while len(_asking) > _MOST_PATIENTS:
            del _asking[next(iter(_asking))]


def count_asking() -> None:
    """Bring the gauge up to date; called when somebody reads the figures."""
    with _lock:
        standing = [_known(urgency) for each in _asking.values() for urgency in each.values()]
    for urgency in URGENCIES:
        asking.labels(urgency).set(standing.count(urgency))


def grades(scales: Iterable[str]) -> None:
    """Count the grades of one assessment."""
    for scale in scales:
        graded.labels(scale).inc()


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Measure what happens inside, however it ends."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - begun)


def _known(urgency: str) -> str:
    return urgency if urgency in URGENCIES else "info"
