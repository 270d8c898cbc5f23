"""
Vasopressor doses: rates of one agent, norepinephrine equivalents, and how long something held.

Scales that grade by dose print limits in µg/min or in µg/kg/min. A rate is read in the unit it was
entered in, and worked out with the patient's weight only where that unit is not the one asked for;
without a rate or a weight the answer is open, never "low". All arithmetic is decimal, so that a
rate on a limit stays on it.

How long something held is an interval too: what the sets of vital signs show without a gap is
certain; what may have happened between or before them is possible.

Cites: lee-2014, norepinephrine equivalents (formula of the VASST trial).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from toxmodels.records import Vasopressor, Vitals
from toxmodels.site import site
from toxmodels.terms import COUNTED_VASOPRESSORS, VASOPRESSIN_LIKE

__all__ = [
    "EQUIVALENT_PER_RATE",
    "Agents",
    "Equivalent",
    "Held",
    "held",
    "in_hours",
    "is_vasopressor",
    "norepinephrine_equivalent",
    "rate_ug_kg_min",
    "rate_ug_min",
]

Agents = tuple[Vasopressor, ...]
# Norepinephrine, µg/min, that a rate of 1 of each agent is worth: (per µg/min, per µg/kg/min).
EQUIVALENT_PER_RATE: Final[dict[str, tuple[Decimal | None, Decimal | None]]] = {
    "norepinephrine": (Decimal(1), None),
    "epinephrine": (Decimal(1), None),
    "phenylephrine": (Decimal("0.1"), None),
    "dopamine": (None, Decimal("0.5")),
}


def rate_ug_min(agent: Vasopressor, weight_kg: float | None) -> Decimal | None:
    """The rate in µg/min as entered, or by weight; ``None`` where that is not known."""
    if agent.rate_ug_min is not None:
        return _exact(agent.rate_ug_min)
    if agent.rate_ug_kg_min is None or weight_kg is None:
        return None
    return _exact(agent.rate_ug_kg_min) * _exact(weight_kg)


def rate_ug_kg_min(agent: Vasopressor, weight_kg: float | None) -> Decimal | None:
    """The rate in µg/kg/min as entered, or by weight; ``None`` where that is not known."""
    if agent.rate_ug_kg_min is not None:
        return _exact(agent.rate_ug_kg_min)
    if agent.rate_ug_min is None or weight_kg is None:
        return None
    return _exact(agent.rate_ug_min) / _exact(weight_kg)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """
    Norepinephrine equivalent in µg/min: certainly ``at_least``, at most ``at_most``.

    ``at_most`` is ``None`` where an agent's rate is unknown or the formula has no place for it.
    """

    at_least_ug_min: Decimal
    at_most_ug_min: Decimal | None

    def reaches(self, limit_ug_min: Decimal) -> bool | None:
        """Whether the equivalent is at the limit or above; ``None`` while that is open."""
        if self.at_least_ug_min >= limit_ug_min:
            return True
        high = self.at_most_ug_min
        return False if high is not None and high < limit_ug_min else None


def norepinephrine_equivalent(agents: Iterable[Vasopressor], weight_kg: float | None) -> Equivalent:
    """Add up the agents; vasopressin and agents that are no vasopressor add nothing."""
    total, is_open = Decimal(0), False
    for agent in agents:
        if agent.drug not in COUNTED_VASOPRESSORS:
            continue
        worth = _worth(agent, weight_kg)
        is_open = is_open or worth is None
        total += Decimal(0) if worth is None else worth
    return Equivalent(total, None if is_open else total)


def _worth(agent: Vasopressor, weight_kg: float | None) -> Decimal | None:
    per_ug_min, per_ug_kg_min = EQUIVALENT_PER_RATE.get(agent.drug, (None, None))
    if per_ug_min is not None:
        rate = rate_ug_min(agent, weight_kg)
        return None if rate is None else rate * per_ug_min
    if per_ug_kg_min is not None:
        rate = rate_ug_kg_min(agent, weight_kg)
        return None if rate is None else rate * per_ug_kg_min
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """
    How long something has held at a time: certainly ``at_least``, at most ``at_most``.

    ``at_most`` is ``None`` where nothing bounds it. ``began_after``: it began some time after the
    set that bounds it, so that exactly that long is already too long.
    """

    at_least: timedelta
    at_most: timedelta | None
    began_after: bool

    def reaches(self, limit: timedelta) -> bool | None:
        """Whether it has held that long or longer; ``None`` while that is open."""
        if self.at_least >= limit:
            return True
        if self.at_most is None or self.at_most > limit:
            return None
        return False if self.at_most < limit or self.began_after else None


_NOT_AT_ALL: Final = Held(timedelta(0), timedelta(0), began_after=True)


def held(
    sets: Sequence[Vitals],
    at: datetime,
    is_so: Callable[[Agents], bool | None],
    *,
    since: datetime | None,
) -> Held:
    """
    How long something about the running vasopressors has held without a break.

    Args:
        sets: sets of vital signs, oldest first; those later than ``at`` are passed over.
        at: the time to look back from; the newest set stands until then.
        is_so: what is asked of the agents of one set; ``None`` while open.
        since: what began earlier does not count (the first dose of the therapy).

    A set that says nothing of vasopressors between two that do, or sets further apart than their
    validity, leave open what happened between. Support attributed to another cause counts as none.

    """
    seen = _by_time(sets, at, is_so, since)
    while seen and not seen[-1][2]:
        seen.pop()  # the newest word on vasopressors stands
    if not seen or seen[-1][1] is False:
        return _NOT_AT_ALL
    certain = _certain_since(seen)
    at_least = timedelta(0) if certain is None else at - certain
    ended = [time for time, state, _ in seen if state is False]
    if ended:
        return Held(at_least, at - ended[-1], began_after=True)
    return Held(at_least, None if since is None else at - since, began_after=False)


_State = tuple[datetime, bool | None, bool]  # time, state, whether the set speaks of vasopressors


def _by_time(
    sets: Sequence[Vitals],
    at: datetime,
    is_so: Callable[[Agents], bool | None],
    since: datetime | None,
) -> list[_State]:
    """One state a time; where sets of one minute disagree the worst counts."""
    found: dict[datetime, list[tuple[bool | None, bool]]] = {}
    for one in sets:
        if one.taken_at <= at and (since is None or one.taken_at >= since):
            found.setdefault(one.taken_at, []).append(_of_set(one, is_so))
    merged: list[_State] = []
    for time in sorted(found):
        spoken = [state for state, speaks in found[time] if speaks]
        states = spoken or [None]
        worst = True if True in states else None if None in states else False
        merged.append((time, worst, bool(spoken)))
    return merged


def _of_set(one: Vitals, is_so: Callable[[Agents], bool | None]) -> tuple[bool | None, bool]:
    if one.vasopressors is None:
        return None, False
    if "hypotension" in (one.other_cause or ()):
        return False, True
    return is_so(one.vasopressors), True


def _certain_since(seen: Sequence[_State]) -> datetime | None:
    """The first set of the unbroken run up to the newest."""
    start: datetime | None = None
    for time, state, _ in reversed(seen):
        if state is not True or (start is not None and start - time > site().vitals_valid):
            break
        start = time
    return start


def in_hours(length: timedelta) -> str:
    """Say hours as a ward does: ``3 h``, ``23.5 h``; never rounded up to a limit not reached."""
    tenths = int(length.total_seconds() // 360)
    return f"{tenths / 10:.1f}".removesuffix(".0") + " h"


def is_vasopressor(agent: Vasopressor) -> bool:
    """Vasopressin and its like included; inotropes and oral midodrine are none."""
    return agent.drug in COUNTED_VASOPRESSORS or agent.drug in VASOPRESSIN_LIKE


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
