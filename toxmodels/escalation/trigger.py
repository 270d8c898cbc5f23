"""
Triggers as data: what a flag is called, how urgent it is, what to do, who does it, and its source.

Every flag takes these from ``triggers.toml``; a rule adds only what it saw. The schema is closed:
an unknown word, a source that is not listed or a parameter no site has is refused by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

from toxmodels.escalation.flag import Flag, Owner, Urgency
from toxmodels.escalation.looks import ANSWERS, LOOKED_AT
from toxmodels.site import site
from toxmodels.sources import Cite, Verification, sources

_NEEDED: Final = ("when", "urgency", "owner", "action", "source", "at")
_ALLOWED: Final = (
    *_NEEDED,
    "verification",
    "parameters",
    "may_rise_to",
    "reassessed_by",
    "answered_by",
)
_WORDS: Final = {
    "urgency": get_args(Urgency),
    "owner": get_args(Owner),
    "verification": get_args(Verification),
    "may_rise_to": get_args(Urgency),
}


class TriggerError(ValueError):
    """A trigger file that cannot be used: the place, the fault and the cure."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    One entry: ``key`` is the id of the flag, or id/variant for the same flag in other words.

    ``parameters`` are the site's limits that decide it. ``may_rise_to``: a rule may raise it that
    far. ``reassessed_by``: what must be looked at again, all of it, before the flag may go;
    ``answered_by``: any of these records lets it go as well.
    """

    key: str
    when: str
    urgency: Urgency
    owner: Owner
    action: str
    cite: Cite
    parameters: tuple[str, ...]
    may_rise_to: Urgency
    reassessed_by: tuple[str, ...]
    answered_by: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the flag."""
        return self.key.partition("/")[0]


@cache
def triggers() -> dict[str, Trigger]:
    """Every trigger by key, in the order of the file."""
    text = files("toxmodels.escalation").joinpath("triggers.toml").read_text(encoding="utf-8")
    return read_triggers(text, "triggers.toml")


def read_triggers(text: str, name: str) -> dict[str, Trigger]:
    """
    Read a trigger file.

    Raises:
        TriggerError: naming the file, the trigger, the fault and the nearest right word.

    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise TriggerError(f"{name}: not readable as TOML: {fault}") from fault
    return {key: _trigger(key, table, f'{name}, trigger "{key}"') for key, table in tables.items()}


def raised(
    key: str, says: str, *, urgency: Urgency | None = None, action: str | None = None
) -> Flag:
    """
    The flag of a trigger, with what was seen.

    ``urgency`` and ``action`` stand in for the listed ones where the patient's state decides.
    """
    one = triggers()[key]
    return Flag(one.id, urgency or one.urgency, says, action or one.action, one.owner, one.cite)


def _trigger(key: str, table: Any, place: str) -> Trigger:
    if not isinstance(table, Mapping):
        raise TriggerError(f"{place}: is no table; write [{key}] above its lines")
    for word in table:
        if word not in _ALLOWED:
            raise TriggerError(f'{place}: "{word}" is unknown{_near(word, _ALLOWED)}')
    for word in _NEEDED:
        if not isinstance(table.get(word), str) or not table[word].strip():
            raise TriggerError(f'{place}: "{word}" is missing; every trigger needs it as text')
    for word, allowed in _WORDS.items():
        value = table.get(word, allowed[0])
        if value not in allowed:
            raise TriggerError(f'{place}: {word} "{value}" is unknown{_near(value, allowed)}')
    if table["source"] not in sources():
        near = _near(table["source"], tuple(sources()))
        raise TriggerError(f'{place}: source "{table["source"]}" is not listed{near}')
    for word, known in (("reassessed_by", LOOKED_AT), ("answered_by", ANSWERS)):
        for what in table.get(word, ()):
            if what not in known:
                raise TriggerError(f'{place}: {word} "{what}" is unknown{_near(what, known)}')
    limits = site().triggers
    for parameter in table.get("parameters", ()):
        if parameter not in limits:
            near = _near(parameter, tuple(limits))
            raise TriggerError(f'{place}: no site parameter "{parameter}"{near}')
    shown = {parameter: f"{value:g}" for parameter, value in limits.items()}
    try:
        action = table["action"].format_map(shown)
    except (KeyError, ValueError) as fault:
        raise TriggerError(f"{place}: the action names {fault}, no site parameter") from fault
    return Trigger(
        key=key,
        when=table["when"],
        urgency=table["urgency"],
        owner=table["owner"],
        action=action,
        cite=Cite(table["source"], table["at"], table.get("verification", "verified")),
        parameters=tuple(table.get("parameters", ())),
        may_rise_to=table.get("may_rise_to", table["urgency"]),
        reassessed_by=tuple(table.get("reassessed_by", ())),
        answered_by=tuple(table.get("answered_by", ())),
    )


def _near(word: object, known: tuple[str, ...]) -> str:
    close = get_close_matches(str(word), known, n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; known: {', '.join(known)}"
