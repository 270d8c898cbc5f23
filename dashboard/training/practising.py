"""What one person has tried so far, in cases and in repetitions: what ``repetition`` plans from."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.training.desk import current
from dashboard.training.keeping.journal import Noted, TrainingStore
from dashboard.training.repetition import Tried, tries_of
from dashboard.training.room import Standing
from dashboard.training.rooms import part
from dashboard.training.shelf import Shelf
from dashboard.training.story import Answerable, Pause

__all__ = ["asked_again", "newest_repeat", "tried"]


def tried(training: TrainingStore, name: str) -> tuple[Tried, ...]:
    """Every answer that this person may have seen explained, in the order it was given."""
    rows = training.of_person(name)
    rooms = dict.fromkeys(one.room for one in rows if one.kind in ("opened", "joined"))
    found = [one for room in rooms for one in _of_room(current(training, room), name)]
    found += [_repeated(one) for one in rows if one.kind == "repeated"]
    return tuple(sorted(found, key=lambda one: one.at))


def _of_room(here: Standing, name: str) -> Iterator[Tried]:
    if here.room.way == "calibration" or name not in here.given:
        return
    times = {key: one.at for key, one in here.given[name].items() if _is_known(here, key)}
    yield from tries_of(here.room.course, here.answers(name), times)


def _is_known(here: Standing, key: str) -> bool:
    try:
        part(here.room, key)
    except KeyError:
        return False
    return True


def _repeated(row: Noted) -> Tried:
    body = row.body
    right = float(body["worth"]) == 1.0
    return Tried(str(body["story"]), str(body["question"]), right, row.recorded_at)


def newest_repeat(
    training: TrainingStore, name: str, story: str, question: str
) -> Noted | None:  # fmt: skip
    """The newest repetition of this question by this person."""
    mine = (one for one in training.of_person(name) if one.kind == "repeated")
    same = [one for one in mine if (one.body["story"], one.body["question"]) == (story, question)]
    return same[-1] if same else None


def asked_again(known: Shelf, story: str, question: str) -> tuple[Pause, Answerable] | None:
    """The pause and the question as the story has them today; None where it asks it no more."""
    found = known.find(story)
    if found is None:
        return None
    pairs = found.course.story.questions()
    return next(((pause, one) for pause, one in pairs if one.id == question), None)
