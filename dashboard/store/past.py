"""
The part of the store that shows the past: what was known then, what was said, by which rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from dashboard.store import reading, rule_files, shown
from dashboard.store.entries import Entry
from dashboard.store.rule_files import RuleFile
from dashboard.store.shown import Saying, Shown
from dashboard.store.trail import Trail


class Past(Trail):
    """What the program said and by which rules; a part of ``Store``."""

    def history_to(
        self, patient_id: str, position: int, known: tuple[Entry, ...] = ()
    ) -> tuple[Entry, ...]:
        """
        The entries up to a position, each with what had replaced it by then.

        ``known`` are the first of them, from an earlier answer; they are not read again.
        """
        with self._engines.reading() as connection:
            return reading.entries_to(connection, patient_id, position, known)

    def positions_at(self, ward_id: str, moment: datetime) -> dict[str, int]:
        """How far each patient's entries had come by a moment."""
        with self._engines.reading() as connection:
            return shown.positions_at(connection, ward_id, moment)

    def keep_rules(self, files: Iterable[tuple[str, str]], *, program: str, now: datetime) -> int:
        """Keep the text of each rule file, by name, unless it is kept already."""
        texts = [*files]
        return self._engines.write_once(
            lambda c: rule_files.keep(c, texts, program=program, now=now)
        )

    def rule_files(self, digests: Iterable[str]) -> dict[str, RuleFile]:
        """The kept texts with these digests."""
        with self._engines.reading() as connection:
            return rule_files.kept(connection, digests)

    def keep_shown(self, sayings: Sequence[Saying]) -> int:
        """Keep what the program says where it differs from what it said last; how many rows."""
        ordered = sorted(sayings, key=lambda one: (one.ward_id, one.at, one.entry_position))
        wards = {key: [*theirs] for key, theirs in groupby(ordered, key=lambda one: one.ward_id)}
        return sum(
            self._engines.write_once(partial(shown.keep, ward_id=ward_id, sayings=theirs))
            for ward_id, theirs in wards.items()
        )

    def shown(self, patient_id: str) -> tuple[Shown, ...]:
        """Everything the program said about a patient, oldest first."""
        with self._engines.reading() as connection:
            return shown.of_patient(connection, patient_id)

    def on_screen(self, ward_id: str, moment: datetime) -> dict[str, Shown]:
        """The last thing said about each patient of a ward up to a moment."""
        with self._engines.reading() as connection:
            return shown.on_screen(connection, ward_id, moment)
