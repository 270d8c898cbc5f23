"""Stories, people and rows for the tests of rooms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dashboard.accounts.person import Person
from dashboard.training.codes import room_id
from dashboard.training.keeping.journal import Kind, Noted
from dashboard.training.marking import Answer, ChoiceAnswer
from dashboard.training.rooms import digest_of
from dashboard.training.story import Answerable, ChoiceQuestion
from tests.dashboard.training.test_training_stories import right
from tests.health.tree import ROOT

FOLDER: Final = ROOT / "sample_data" / "training"
T0: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TRAINER: Final = Person("tara", "trainer")
NURSE: Final = Person("nina", "nurse")
DOCTOR: Final = Person("dora", "physician")


def minutes(count: float) -> datetime:
    """So many minutes of the wall after the room was opened."""
    return T0 + timedelta(minutes=count)


def files(name: str) -> dict[str, str]:
    """A story that comes with the program."""
    return {one.name: one.read_text("utf-8") for one in sorted((FOLDER / name).iterdir())}


def answer_to(question: Answerable, branch: str | None = None) -> Answer:
    """The right answer, or the one that leads to a branch."""
    if branch is not None and isinstance(question, ChoiceQuestion):
        for one in question.choices:
            if one.leads_to == branch:
                return ChoiceAnswer(chosen=frozenset({one.id}))
    return right(question)


class Written:
    """Rows of a room as the journal would give them, without a database."""

    def __init__(self, story: str, *, way: str = "together", held_by: str = "tara") -> None:
        frozen = {story: files(story)}
        self.rows: list[Noted] = []
        self.add(
            0, "opened", "CODE", held_by, role="trainer", way=way, code="CODE", stories=frozen,
            first=story, titles={}, asks=[], digest=digest_of(frozen),
        )  # fmt: skip

    def add(
        self, at: float, kind: Kind, key: str, by: str = "tara", role: str = "nurse", **body: Any
    ) -> Noted:
        """One row, so many minutes after the room was opened."""
        position = len(self.rows) + 1
        row = Noted(
            position=position, id=f"row {position}", room=room_id("r"), kind=kind, key=key, by=by,
            role=role, recorded_at=minutes(at), body=body,
        )  # fmt: skip
        self.rows.append(row)
        return row

    def turn(self, at: float, does: str, **body: Any) -> None:
        """The trainer turns the clock."""
        self.add(at, "clock", f"{does}{at}", does=does, **body)

    def join(self, at: float, *names: str) -> None:
        """Trainees join."""
        for name in names:
            self.add(at, "joined", name, name)

    def answer(self, at: float, name: str, question: str, given: Answer) -> None:
        """A trainee answers."""
        plain = given.model_dump(mode="json")
        self.add(
            at, "answered", f"{question}/{name}", name, question=question, answer=plain
        )  # fmt: skip
