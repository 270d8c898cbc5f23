"""
What training refuses, in words a trainee or a trainer can act on: place, fault, cure.

A screen shows the message and keeps what was typed; it tells the cases apart by the class.
"""

from __future__ import annotations

from dashboard.store.errors import NotSaved, SettingsRefused

__all__ = [
    "AlreadyJoined",
    "AnswerUnfit",
    "NotAsked",
    "NotJoined",
    "QuestionClosed",
    "RoomClosed",
    "StoryChanged",
    "TrainingNotPlaced",
    "UnknownRoom",
    "WrongMoment",
]


class TrainingNotPlaced(SettingsRefused):
    """Nobody said where training data lie, or they would lie among the ward's."""


class UnknownRoom(NotSaved):
    """No open room has this code, or no room this id."""


class RoomClosed(NotSaved):
    """The trainer has closed the room: nothing more counts in it."""


class AlreadyJoined(NotSaved):
    """Somebody with this name takes part already: the same person elsewhere, or another one."""


class NotJoined(NotSaved):
    """The person is not among the trainees of the room."""


class NotAsked(NotSaved):
    """The question is not asked of this person now: not yet, or not on this way."""


class QuestionClosed(NotSaved):
    """The room has gone on past the question: the answer came too late and does not count."""


class AnswerUnfit(NotSaved):
    """The answer is of another kind than the question, or names what is not on offer."""


class WrongMoment(NotSaved):
    """The clock cannot be turned like this now."""


class StoryChanged(NotSaved):
    """Somebody else has saved the same story meanwhile."""
