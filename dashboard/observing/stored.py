"""
Figures read from the journal itself: what every process has stored, also before this one started.

They are counted anew only when something was stored since the last reading.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func, select

from dashboard.observing import self_test
from dashboard.session import now
from dashboard.store import Store, StoreError
from dashboard.store.tables import acknowledgement, decision, entry, ward_version

_ENTRIES: Final = ("toxwatch_entries", "Entries in the journal, by kind and origin.")
_SEEN: Final = ("toxwatch_alerts_acknowledged", "Acknowledgements in the journal.")
_DECIDED: Final = ("toxwatch_decisions", "Proposals confirmed or overridden.")


class Journal:
    """A collector: reads the store when the figures are asked for."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, int], list[Metric]] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not open the store."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Counts of the journal, whether it answers, and how the self-test went."""
        answers = GaugeMetricFamily("toxwatch_store_answers", "Whether the journal can be read.")
        try:
            counts = self._counts()
            answers.add_metric([], 1)
        except StoreError:
            counts = []
            answers.add_metric([], 0)
        exam = self_test.latest(now())
        passed = GaugeMetricFamily("toxwatch_self_test_passed", "1 when grades may be relied on.")
        passed.add_metric([], 0 if self_test.complaints(now()) else 1)
        taken = GaugeMetricFamily("toxwatch_self_test_taken_seconds", "When, in Unix time.")
        taken.add_metric([], exam.at.timestamp())
        return [*counts, answers, passed, taken]

    def _counts(self) -> list[Metric]:
        store = self._store()
        with self._lock, store._engines.reading() as connection:
            version = connection.scalar(select(func.coalesce(func.sum(ward_version.c.version), 0)))
            key = (store.place, int(version or 0))
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
            entries = CounterMetricFamily(*_ENTRIES, labels=["kind", "origin"])
            query = select(entry.c.kind, entry.c.origin, func.count())
            for kind, origin, found in connection.execute(query.group_by("kind", "origin")):
                entries.add_metric([kind, origin], found)
            seen = CounterMetricFamily(*_SEEN)
            seen.add_metric([], connection.scalar(select(func.count(acknowledgement.c.seq))) or 0)
            decided = CounterMetricFamily(*_DECIDED, labels=["choice"])
            made = select(decision.c.choice, func.count()).group_by("choice")
            for choice, found in connection.execute(made):
                decided.add_metric([choice], found)
            self._kept = key, [entries, seen, decided]
            return self._kept[1]
