"""
The stories that can be played here: those that come with the program, then those written here.

A story that cannot be read is left out and named with its faults; it takes no other one along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from dashboard.sample_ward import stories_folder
from dashboard.training.reading import Course, StoryError, read_story
from dashboard.training.story import Level

if TYPE_CHECKING:
    from dashboard.training.keeping.journal import Noted

__all__ = ["LEVELS", "Offered", "Shelf", "fits", "packaged", "shelf"]

FOLDER: Final = "training"
LEVELS: Final[tuple[Level, ...]] = ("first day", "ward nurse", "senior nurse", "resident", "fellow")


@dataclass(frozen=True, slots=True)
class Offered:
    """A story that can be played, with the files that a room freezes."""

    course: Course
    files: Mapping[str, str]
    written_by: str | None  # None: it came with the program

    @property
    def id(self) -> str:
        """How it is named in an address and in a room."""
        return self.course.id

    @property
    def questions(self) -> int:
        """How many are asked on the longest way."""
        story = self.course.story
        ways = (None, *(one.id for one in story.branches))
        return max(sum(len(pause.questions) for pause in story.on(way)) for way in ways)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is offered, from the first day on; and why other stories are not."""

    offered: tuple[Offered, ...]
    faults: tuple[str, ...]

    def find(self, id_: str | None) -> Offered | None:
        """The story of this id."""
        return next((one for one in self.offered if one.id == id_), None)


@cache
def packaged() -> Shelf:
    """The stories that come with the program, read once a process."""
    texts = {
        folder.name: {one.name: one.read_text(encoding="utf-8") for one in sorted(folder.iterdir())}
        for folder in sorted((stories_folder() / FOLDER).iterdir())
        if folder.is_dir()
    }
    return _shelf((id_, files, None) for id_, files in texts.items())


def shelf(written: tuple[Noted, ...]) -> Shelf:
    """All of them; a story written here under a name of ours stands in its place."""
    own = _shelf((*_of_row(row.body, row.key), row.by) for row in written)
    mine = {one.id for one in own.offered}
    kept = tuple(one for one in packaged().offered if one.id not in mine)
    return Shelf(_in_order((*kept, *own.offered)), (*packaged().faults, *own.faults))


def _of_row(body: Mapping[str, Any], key: str) -> tuple[str, Mapping[str, str]]:
    return str(body.get("story", key)), body["files"]


def _shelf(found: Iterator[tuple[str, Mapping[str, str], str | None]]) -> Shelf:
    offered, faults = [], []
    for id_, files, by in found:
        try:
            offered.append(Offered(read_story(id_, files), dict(files), by))
        except StoryError as error:
            faults.append(f"{id_}: {error.faults[0]}")
    return Shelf(_in_order(tuple(offered)), tuple(faults))


def _in_order(offered: tuple[Offered, ...]) -> tuple[Offered, ...]:
    def place(one: Offered) -> tuple[int, int, str]:
        story = one.course.story
        return LEVELS.index(story.level), story.minutes, story.title

    return tuple(sorted(offered, key=place))


def fits(one: Offered, level: str | None, audience: str | None) -> bool:
    """Whether a story is of this level and for these people; ``None`` asks for nothing."""
    story = one.course.story
    return level in (None, story.level) and (audience is None or audience in story.audience)
