"""
What who holds a room does: open it, turn its clock, close it, certify; and keeping a story.

Everything a room needs is frozen in the row that opens it: no later edit of a story, and no file
that is gone, changes what was asked or what was right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from dashboard.accounts.permissions import Action
from dashboard.store import Complaint, SubmissionRefused
from dashboard.training.clock import FASTEST, SPEED
from dashboard.training.codes import certificate_code, plain_code, room_code, room_id
from dashboard.training.desk import Desk, current
from dashboard.training.keeping.errors import StoryChanged, WrongMoment
from dashboard.training.keeping.journal import CERTIFICATE, STORY, Noted
from dashboard.training.marking import Answer
from dashboard.training.reading import read_story
from dashboard.training.refusing import refuse_closed, refuse_stranger
from dashboard.training.room import Standing, Way, asked, clock
from dashboard.training.rooms import digest_of
from dashboard.training.story import GradeQuestion

__all__ = [
    "Turn", "certify", "close_room", "keep_repeat", "keep_story", "open_room", "turn_clock",
]  # fmt: skip

# run: let the clock run at a speed. hold: let it stand. ahead: to the next pause at once.
# step: past the pause at which it stands, which closes its questions.
Turn = Literal["run", "hold", "step", "ahead"]
_ALONE: Final = "alone"  # in place of a code: nobody joins
_ACTION: Final[Mapping[Way, Action]] = {
    "alone": "learn",
    "together": "train",
    "calibration": "train",
}


def open_room(
    desk: Desk,
    *,
    id: str,  # noqa: A002 - what the form calls it
    way: Way,
    stories: Mapping[str, Mapping[str, str]],
    asks: Sequence[str] = (),
) -> Standing:
    """
    Open a room with its stories frozen in it: their files by name, by the story's id.

    Alone ("learn") the person is at once the only trainee. Together and calibration need "train".
    Only a calibration may have several stories; it asks what ``asks`` names as "story/question",
    or every grade on the main course. Sent twice, it is the same room.

    Raises:
        StoryError: a story's files have faults.
        SubmissionRefused: no story, several where one is played, or a question that is not there.

    """
    person = desk.may(_ACTION[way])
    room = room_id(id)
    if desk.training.version(room) == 0:
        frozen = {story: dict(files) for story, files in stories.items()}
        body = {
            "way": way,
            "code": "" if way == "alone" else _free_code(desk, id),
            "stories": frozen,
            "first": next(iter(frozen), ""),
            "titles": _titles(frozen),
            "asks": _asks(way, frozen, asks),
            "digest": digest_of(frozen),
        }
        key = body["code"] or _ALONE
        desk.note(person, id=id, room=room, kind="opened", key=str(key), body=body)
    return current(desk.training, room)


def _free_code(desk: Desk, id_: str) -> str:
    attempt = 0
    while desk.training.find_room(room_code(id_, attempt)) is not None:
        attempt += 1
    return room_code(id_, attempt)


def _titles(stories: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The titles, for lists; reads every story, so that a room never holds one with a fault."""
    return {id_: read_story(id_, files).story.title for id_, files in stories.items()}


def _asks(
    way: Way, stories: Mapping[str, Mapping[str, str]], asks: Sequence[str]
) -> list[str]:  # fmt: skip
    if not stories or (way != "calibration" and (len(stories) > 1 or asks)):
        fault = Complaint("stories", f"{len(stories)} of them", "one; more only to calibrate")
        raise SubmissionRefused((fault,))
    if way != "calibration":
        return []
    found = {
        f"{id_}/{question.id}": isinstance(question, GradeQuestion) and pause.on is None
        for id_, files in stories.items()
        for pause, question in read_story(id_, files).story.questions()
    }
    unknown = [one for one in asks if one not in found]
    if unknown:
        raise SubmissionRefused((Complaint("asks", f"no story asks {', '.join(unknown)}"),))
    return list(dict.fromkeys(asks)) or [key for key, is_grade in found.items() if is_grade]


def turn_clock(
    desk: Desk,
    *,
    id: str,  # noqa: A002
    room: str,
    does: Turn,
    speed: float | None = None,
    stop: int | None = None,
) -> Standing:
    """
    Turn the clock of a room; any trainer may, so that a broken tablet ends nothing.

    ``stop`` is the number of the stop on the trainer's screen (``Clock.stop``) for a step: tapped
    twice, or by two trainers at once, it still goes one pause on. ``speed`` is how much faster the
    case runs than the wall, 60 unless told.

    Raises:
        WrongMoment: there is nothing to step past, or no clock.
        RoomClosed: by name.

    """
    person = desk.may("train")
    here = current(desk.training, room)
    if any(one.id == id for one in here.clock_rows):
        return here
    if does == "step" and stop is not None and stop < here.passed:
        return here
    pace = SPEED if speed is None else float(speed)
    if not 1 <= pace <= FASTEST:
        fault = Complaint("speed", f"{pace:g} is out of range", f"from 1 to {FASTEST:g}")
        raise SubmissionRefused((fault,))
    target = here.passed if stop is None else stop
    body: dict[str, Any] = {"does": does}
    body |= {"speed": pace} if does == "run" else {}
    body |= {"stop": target} if does in ("step", "ahead") else {}
    key = f"{does}-{target}" if does in ("step", "ahead") else id

    def unless(rows: tuple[Noted, ...]) -> None:
        now_here = desk.seen_in(rows)
        refuse_closed(now_here)
        found = clock(now_here, desk.now)
        if now_here.room.way != "together" or found.is_over:
            raise WrongMoment(f'room "{room}"', "no clock runs here any more.", "Open the debrief.")
        there = found.stop if does == "step" else found.passed
        if does in ("step", "ahead") and there != target:
            raise WrongMoment(
                f'room "{here.room.code}"', "the clock does not stand at that pause.",
                "Let it run, or go to the next pause.",
            )  # fmt: skip

    desk.note(person, id=id, room=room, kind="clock", key=key, body=body, unless=unless)
    return current(desk.training, room)


def close_room(desk: Desk, *, id: str, room: str) -> Standing:  # noqa: A002
    """Close a room: its code is free again and nothing more counts in it."""
    here = current(desk.training, room)
    mine = desk.person is not None and here.room.held_by == desk.person.name
    person = desk.may("learn" if here.room.way == "alone" and mine else "train")
    desk.note(person, id=id, room=room, kind="closed", key="closed", body={})
    return current(desk.training, room)


def certify(desk: Desk, *, room: str, trainee: str, result: Mapping[str, Any]) -> Noted:
    """
    Keep the result of a trainee under a verification code, ``body["code"]``; once a room.

    Everybody for themselves, a trainer for anybody, when nothing is asked any more.

    Raises:
        NotJoined, WrongMoment: by name.

    """
    mine = desk.person is not None and desk.person.name == trainee
    person = desk.may("learn" if mine else "train")
    here = current(desk.training, room)
    refuse_stranger(here, trainee)
    if trainee in here.certified:
        return here.certified[trainee]
    if not asked(here, trainee, desk.now).is_over:
        raise WrongMoment(f'room "{room}"', "the case is not over yet.", "Play it to its end.")
    code = certificate_code()
    body = {
        **result, "code": code, "trainee": trainee, "digest": here.room.digest,
        "up_to": here.version,
    }  # fmt: skip
    return desk.note(
        person, id=CERTIFICATE + plain_code(code), room=room, kind="certified", key=trainee,
        body=body,
    )  # fmt: skip


def keep_story(
    desk: Desk,
    *,
    id: str,  # noqa: A002
    story: str,
    files: Mapping[str, str],
    revision: int,
) -> Noted:
    """
    Save a story as revision ``revision``, counted from 1; no files: it is withdrawn.

    What is being written may still have faults; only a story without any can be opened.

    Raises:
        StoryChanged: somebody else has saved this revision first.

    """
    person = desk.may("train")
    row = desk.note(
        person, id=id, room=STORY + story, kind="story", key=str(revision),
        body={"story": story, "revision": revision, "files": dict(files)},
    )  # fmt: skip
    if row.id != id:
        raise StoryChanged(
            f'story "{story}"', f"not saved: {row.by} has saved revision {revision} meanwhile.",
            "Open the newest one and put your changes in; what you typed is still here.",
        )  # fmt: skip
    return row


def keep_repeat(
    desk: Desk,
    *,
    id: str,  # noqa: A002
    story: str,
    question: str,
    given: Answer,
    worth: float,
) -> Noted:
    """Keep an answer of a spaced repetition: only the person's own progress counts it."""
    person = desk.may("learn")
    body = {
        "story": story, "question": question, "worth": worth,
        "answer": given.model_dump(mode="json"),
    }  # fmt: skip
    return desk.note(
        person, id=id, room=f"repeat:{person.name}", kind="repeated", key=id, body=body
    )
