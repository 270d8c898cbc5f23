"""
The one table of what each role may do. Screens, commands and services all ask it.

Attributing a sign to another cause, deciding on advice and choosing a protocol are a physician's.
An administrator looks after accounts and copies and enters nothing about a patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Role = Literal["nurse", "physician", "trainer", "administrator", "observer"]
Action = Literal[
    "view",
    "enter",
    "correct",
    "attribute",
    "acknowledge",
    "decide",
    "choose-protocol",
    "handover",
    "export",
    "print",
    "backup",
    "administer",
    "train",
    "learn",
    "deidentify",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

MAY: Final[Mapping[Role, frozenset[Action]]] = {
    "nurse": frozenset(
        {"view", "enter", "correct", "acknowledge", "handover", "print", "learn"}
    ),
    "physician": frozenset(
        {
            "view", "enter", "correct", "attribute", "acknowledge", "decide", "choose-protocol",
            "handover", "export", "print", "learn",
        }
    ),
    "trainer": frozenset({"view", "train", "learn", "deidentify"}),
    "administrator": frozenset({"view", "export", "backup", "administer", "learn"}),
    "observer": frozenset({"view", "learn"}),
}  # fmt: skip

# What an action is called in a sentence that refuses it.
IN_WORDS: Final[Mapping[Action, str]] = {
    "view": "look at patients",
    "enter": "enter",
    "correct": "correct an entry",
    "attribute": "attribute a sign to another cause or record a grade",
    "acknowledge": "acknowledge an alert",
    "decide": "confirm or override advice",
    "choose-protocol": "choose the protocol of a ward",
    "handover": "hand over",
    "export": "export a patient's record",
    "print": "print",
    "backup": "back up the store",
    "administer": "manage accounts",
    "train": "run training cases",
    "learn": "play training cases",
    "deidentify": "turn a patient's course into a training case",
}


def may(role: str, action: str) -> bool:
    """Whether this role may do this; an unknown role or action may nothing."""
    return any(role == known and action in allowed for known, allowed in MAY.items())


def roles_that_may(action: Action) -> tuple[Role, ...]:
    """Every role that may do this, in the order of the table."""
    return tuple(role for role in ROLES if action in MAY[role])
