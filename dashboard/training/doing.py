"""
What people do in training: each call checks who may, whether it fits, and stores it once.

The check whether a question is still open runs while nobody else can add a row to the room, so no
answer slips in beside the trainer's step. What trainees do stands here; what who holds a room does
is in ``holding`` and offered from here, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from dashboard.accounts.person import Person
from dashboard.store import Complaint, NewEntry, SubmissionRefused
from dashboard.store.casefile import SECTIONS, check_records, observed_in
from dashboard.training.desk import Desk, current
from dashboard.training.holding import (
    Turn,
    certify,
    close_room,
    keep_repeat,
    keep_story,
    open_room,
    turn_clock,
)
from dashboard.training.keeping.errors import AlreadyJoined, NotJoined, UnknownRoom
from dashboard.training.keeping.journal import Noted, Unless
from dashboard.training.marking import Answer
from dashboard.training.refusing import (
    known_part,
    refuse_answer,
    refuse_closed,
    refuse_stranger,
    refuse_unfit,
)
from dashboard.training.room import Standing, clock

__all__ = [
    "Desk", "Turn", "acknowledge", "answer", "certify", "close_room", "current", "enter", "join",
    "keep_repeat", "keep_story", "open_room", "see", "turn_clock",
]  # fmt: skip


def join(desk: Desk, *, id: str, code: str, again: bool = False) -> Standing:  # noqa: A002
    """
    Join by the short code or the room's id.

    In a demo two people may sign on with the same initials; the second one would be shown the
    first one's answers. So a name that takes part already is refused, unless the person says that
    it was they (``again``), or has an account, whose name is theirs alone.

    Raises:
        UnknownRoom, RoomClosed, AlreadyJoined, NotJoined: by name.

    """
    person = desk.may("learn")
    room = desk.training.find_room(code)
    if room is None or current(desk.training, room).room.way == "alone":
        raise UnknownRoom(
            f'code "{code.strip()}"', "no open room has this code.",
            "Compare it with the trainer's screen; it has six characters and no 0, O, 1, I or L.",
        )  # fmt: skip

    def unless(rows: tuple[Noted, ...]) -> None:
        here = desk.seen_in(rows)
        refuse_closed(here)
        if here.room.way == "together" and here.room.held_by == person.name:
            raise NotJoined(
                f'room "{here.room.code}"', "who holds a room does not play in it.",
                "Sign on as somebody else, or play the case alone.",
            )  # fmt: skip

    row = desk.note(
        person, id=id, room=room, kind="joined", key=person.name, body={}, unless=unless
    )  # fmt: skip
    if row.id != id and not again and person.account_id is None:
        raise AlreadyJoined(
            f'room "{code.strip()}"', f'"{person.name}" takes part already.',
            "If that was you on another screen, go on as the same; else sign on with other "
            "initials.",
        )  # fmt: skip
    return current(desk.training, room)


def answer(
    desk: Desk,
    *,
    id: str,  # noqa: A002 - what the form calls it
    room: str,
    question: str,
    given: Answer,
) -> Noted:
    """
    Answer a question that is open; the first answer stands and comes back.

    Raises:
        QuestionClosed, NotAsked, NotJoined, RoomClosed, AnswerUnfit: by name; nothing was stored.

    """
    person = desk.may("learn")
    refuse_unfit(known_part(current(desk.training, room), question), given)
    plain = given.model_dump(mode="json")
    if "chosen" in plain:
        plain["chosen"] = sorted(plain["chosen"])
    return desk.note(
        person,
        id=id,
        room=room,
        kind="answered",
        key=f"{question}/{person.name}",
        body={"question": question, "answer": plain},
        unless=lambda rows: refuse_answer(
            desk.seen_in(rows), person.name, question, desk.now
        ),
    )  # fmt: skip


def enter(
    desk: Desk,
    *,
    id: str,  # noqa: A002
    room: str,
    kind: str,
    payload: Mapping[str, Any],
) -> Noted:
    """
    Keep an observation or a grading that a trainee enters, with the case's time.

    It changes neither the case nor a mark; the debrief shows it beside what the case had.

    Raises:
        SubmissionRefused: it could not stand in a case file, or is later than the case's clock.

    """
    person = desk.may("learn")
    here = current(desk.training, room)
    case_at = clock(here, desk.now).case_at
    patient = here.course.cases[None].patient.id
    section = next((one for one in SECTIONS if one == kind), None)
    if section is None:
        known = f"one of {', '.join(SECTIONS)}"
        raise SubmissionRefused((Complaint("kind", f'"{kind}" cannot be entered', known),))
    check_records([NewEntry(kind=section, payload=payload)], patient)
    seen = observed_in(section, payload)
    if seen is not None and seen > case_at:
        fault = f"{seen:%Y-%m-%d %H:%M} UTC is later than the clock of the case"
        raise SubmissionRefused((Complaint("time", fault, f"it is {case_at:%Y-%m-%d %H:%M} UTC"),))
    body = {"kind": kind, "payload": dict(payload), "case_at": case_at.isoformat()}
    return desk.note(
        person,
        id=id,
        room=room,
        kind="entered",
        key=id,
        body=body,
        unless=_taking_part(desk, person),
    )


def acknowledge(
    desk: Desk,
    *,
    id: str,  # noqa: A002
    room: str,
    alert: str,
    reason: str,
) -> Noted:
    """Acknowledge an alert of the case, once; the first reason stands."""
    person = desk.may("learn")
    if not reason.strip():
        raise SubmissionRefused((Complaint("reason", "is empty", "say why, in words"),))
    case_at = clock(current(desk.training, room), desk.now).case_at
    body = {"alert": alert, "reason": reason, "case_at": case_at.isoformat()}
    key = f"{_short(alert)}/{person.name}"
    return desk.note(
        person, id=id, room=room, kind="acknowledged", key=key, body=body,
        unless=_taking_part(desk, person),
    )  # fmt: skip


def see(desk: Desk, *, room: str, what: str) -> Noted:
    """Note when a trainee first saw something: a pause, the explanation of a question."""
    person = desk.may("learn")
    case_at = clock(current(desk.training, room), desk.now).case_at
    key = f"{_short(what)}/{person.name}"
    return desk.note(
        person, id=f"seen:{_short(f'{room} {key}')}", room=room, kind="seen", key=key,
        body={"what": what, "case_at": case_at.isoformat()},
        unless=lambda rows: refuse_stranger(desk.seen_in(rows), person.name),
    )  # fmt: skip


def _taking_part(desk: Desk, person: Person) -> Unless:
    def unless(rows: tuple[Noted, ...]) -> None:
        here = desk.seen_in(rows)
        refuse_closed(here)
        refuse_stranger(here, person.name)

    return unless


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
