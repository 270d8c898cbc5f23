"""
Reading a room's rows one after the other; ``room.standing`` gives what comes out.

Time goes forward only: a row whose clock is behind that of an earlier row counts as of that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from dashboard.training.clock import begin, read, turn
from dashboard.training.keeping.journal import Noted
from dashboard.training.marking import Answer
from dashboard.training.playing import branch_of, place_of
from dashboard.training.rooms import Given, Trainee, opened, part

__all__ = ["ANSWER", "Folding"]

ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)


class Folding:
    """What is known after the rows so far; lives only while they are read."""

    def __init__(self, rows: Sequence[Noted]) -> None:
        if not rows or rows[0].kind != "opened":
            raise ValueError("the rows of a room begin with the one that opened it")
        first = rows[0]
        self.room = opened(first)
        self.hands = begin(self.room.course.story, first.recorded_at)
        self.trainees: dict[str, Trainee] = {}
        self.given: dict[str, dict[str, Given]] = {}
        self.deeds: dict[str, list[Noted]] = {}
        self.certified: dict[str, Noted] = {}
        self.clock_rows: list[Noted] = []
        self.version = first.position
        self._at = first.recorded_at
        if self.room.way == "alone":
            self._join(first)
        for row in rows[1:]:
            self.take(row)

    def take(self, row: Noted) -> None:
        """Go on with the next row."""
        self.version = row.position
        self._at = max(self._at, row.recorded_at)
        is_open = self.room.closed_at is None
        match row.kind:
            case "clock" if is_open:
                self.clock_rows.append(row)
                self.hands = turn(self.hands, row.body, self._at)
            case "joined" if is_open:
                self._join(row)
            case "answered" if is_open:
                self._answer(row)
            case "closed" if is_open:
                self._close()
            case "entered" | "acknowledged" | "seen" if row.by in self.deeds:
                self.deeds[row.by].append(row)
            case "certified":
                self.certified[row.key] = row
            case _:
                return

    def _join(self, row: Noted) -> None:
        if row.by not in self.trainees:
            found = read(self.hands, self._at)
            self.trainees[row.by] = Trainee(
                row.by, row.role, self._at, found.case_at, self.hands.passed
            )
            self.given[row.by] = {}
            self.deeds[row.by] = []

    def _close(self) -> None:
        """Closing the room closes what was open: it was asked, and not answered."""
        stop = read(self.hands, self._at).stop
        self.hands = turn(self.hands, {"does": "hold"}, self._at)
        if stop is not None:
            self.hands = turn(self.hands, {"does": "step", "stop": stop}, self._at)
        self.room = replace(self.room, closed_at=self._at)

    def _answer(self, row: Noted) -> None:
        name, key = row.by, str(row.body["question"])
        if name not in self.given or key in self.given[name]:
            return
        when = self._open_since(name, key)
        if when is not None:
            since, case_at = when
            self.given[name][key] = Given(
                trainee=name,
                question=key,
                answer=_read(row.body["answer"]),
                at=self._at,
                case_at=case_at,
                opened_at=since,
                position=row.position,
            )

    def _open_since(self, name: str, key: str) -> tuple[datetime, datetime] | None:
        """Since when the question is open to this trainee, and the case's time; None: it is not."""
        answers = {one: given.answer for one, given in self.given[name].items()}
        if self.room.way == "calibration":
            if key not in self.room.asks:
                return None
            return self._last(name), part(self.room, key).pause.at
        if self.room.way == "alone":
            place = place_of(self.room.course, answers)
            if place.pause is None or key not in {one.id for one in place.asked}:
                return None
            return self._last(name), place.pause.at
        found = read(self.hands, self._at)
        on = {one.id for one in self.room.course.story.on(branch_of(self.room.course, answers))}
        open_now = set(found.stopped_at_pause) & on
        pauses = () if found.stop is None else self.hands.stops[found.stop].pauses
        is_asked = any(q.id == key for one in pauses if one.id in open_now for q in one.questions)
        if not is_asked or found.stopped_since is None:
            return None
        return max(found.stopped_since, self.trainees[name].joined_at), found.case_at

    def _last(self, name: str) -> datetime:
        """The last answer, or the join: from then on the next question could be read."""
        times = [one.at for one in self.given[name].values()]
        return max(times, default=self.trainees[name].joined_at)


def _read(raw: Mapping[str, Any]) -> Answer:
    return ANSWER.validate_python(raw)
