"""
Hypotension as the scales of CRS beside ASTCT read it: judgement, fluid, and vasopressors by dose.

Every scale has one row for hypotension without a vasopressor and its own way with those that run;
who recorded what, and what was attributed to another cause, is read alike and stands here. The
clinician's own judgement of hypotension counts, never a number, and a running vasopressor beats
"not hypotensive". Vasopressin and terlipressin are vasopressors here: only ASTCT leaves them out.

Cites: site-defaults, classes of agents (house).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, explained, gravest, seen, unsure
from toxmodels.moment import Reading
from toxmodels.pressor_dose import Agents, is_vasopressor
from toxmodels.scales.crs_reading import not_yet, since_dose
from toxmodels.sources import Cite

__all__ = ["COUNTS_VASOPRESSIN", "Running", "hypotension"]

COUNTS_VASOPRESSIN: Final = (
    "this scale does not say that vasopressin is left out; it is counted as a vasopressor"
)


@dataclass(frozen=True, slots=True)
class Running:
    """The vasopressors of one record, with what else it says about the pressure."""

    agents: Agents
    names: tuple[str, ...]
    hypotensive: bool | None
    taken_at: datetime

    @property
    def says(self) -> str:
        """Name the agents, with the rates that were entered."""
        told = sorted({_agent_text(agent) for agent in self.agents})
        return f"{' + '.join(told)} running"

    @property
    def with_vasopressin(self) -> bool:
        """Whether vasopressin or terlipressin is one of them."""
        return any(name in ("vasopressin", "terlipressin") for name in self.names)


def _agent_text(agent: object) -> str:
    name = str(getattr(agent, "drug", "")).replace("_", " ")
    for field, unit in (
        ("rate_ug_min", "µg/min"),
        ("rate_ug_kg_min", "µg/kg/min"),
        ("rate_units_min", "units/min"),
    ):
        rate = getattr(agent, field)
        if rate is not None:
            return f"{name} {rate:.12g} {unit}"
    return name


Rows = Callable[[Running], Finding]
# Hypotension without a vasopressor: the judgement, the bolus given for it, and a note.
Without = Callable[[Reading | None, Reading | None, str | None], Finding]


@dataclass(frozen=True, slots=True)
class _Table:
    fluid: int
    most: int
    cite: Cite
    running: Rows
    without: Without | None
    most_without: int


def hypotension(
    evidence: Evidence,
    running: Rows,
    *,
    fluid: int,
    most: int,
    cite: Cite,
    without: Without | None = None,
    most_without: int | None = None,
) -> Finding:
    """
    Read pressure support.

    Args:
        evidence: the patient at one time.
        running: the scale's rows for vasopressors.
        fluid: its row for hypotension without one.
        most: the highest row that vasopressors nobody recorded could reach.
        cite: where its table stands.
        without: its own reading of hypotension without a vasopressor, where one row is not enough.
        most_without: the highest row that reading can reach.

    """
    moment = evidence.moment
    least = fluid if most_without is None else most_without
    table = _Table(fluid, most, cite, running, without, least)
    early = not_yet("hypotension", evidence)
    if early is not None:
        return early
    readings = tuple(
        since_dose(evidence, one)
        for one in (moment.vasopressors, moment.hypotensive, moment.fluid_for_hypotension)
    )
    for reading in readings:
        if reading is not None and reading.attributed and reading.value:
            return _beside_attribution(table, readings, reading)
    return _pressure(table, *readings)


def _pressure(
    table: _Table, running: Reading | None, low: Reading | None, bolus: Reading | None
) -> Finding:
    is_low = low is not None and low.value is True
    given = bolus is not None and bolus.value is True
    if running is None:
        floor = table.fluid if is_low or given else 0
        says = "hypotensive, vasopressors not recorded" if floor else "vasopressors not recorded"
        return unsure(
            "hypotension", floor, table.most, says, missing="vasopressors", cite=table.cite
        )
    of_one_minute = [running, *(one for one in running.others if not one.attributed)]
    return gravest([_of(table, one, low, bolus) for one in of_one_minute])


def _of(table: _Table, running: Reading, low: Reading | None, bolus: Reading | None) -> Finding:
    pressors: Agents = tuple(agent for agent in running.value if is_vasopressor(agent))
    if not pressors:
        return _without_vasopressor(table, running.value, low, bolus)
    names = tuple(sorted({agent.drug for agent in pressors}))
    judged = None if low is None else low.value
    return table.running(Running(pressors, names, judged, running.taken_at))


def _without_vasopressor(
    table: _Table, agents: Agents, low: Reading | None, bolus: Reading | None
) -> Finding:
    others = ", ".join(sorted({agent.drug for agent in agents}))
    note = f"{others} running: not counted as a vasopressor (house reading)" if others else None
    given = bolus is not None and bolus.value is True
    is_low = low is not None and low.value is True
    sign = low if is_low else bolus if given else None
    if sign is not None:
        if table.without is not None:
            return table.without(low, bolus, note)
        says = "hypotensive, no vasopressor" if is_low else "fluid bolus given for hypotension"
        return seen(
            "hypotension",
            table.fluid,
            says,
            limit="hypotension without a vasopressor",
            cite=table.cite,
            taken_at=sign.taken_at,
            note=note,
        )
    if low is None:
        says = "no vasopressor; hypotension not judged"
        what = "hypotensive: yes or no"
        found = unsure("hypotension", 0, table.most_without, says, missing=what, cite=table.cite)
        return replace(found, note=note)
    says, limit = "not hypotensive, no vasopressor", "neither hypotension nor a vasopressor"
    return seen(
        "hypotension", 0, says, limit=limit, cite=table.cite, taken_at=low.taken_at, note=note
    )


def _beside_attribution(
    table: _Table, readings: tuple[Reading | None, ...], shown: Reading
) -> Finding:
    """Count what other records say; a field the attributed record left out adds nothing."""
    nothing = Reading((), shown.taken_at, attributed=True)
    calm = Reading(False, shown.taken_at, attributed=True)
    running, low, bolus = (
        left_out if reading is None or reading.attributed else reading
        for reading, left_out in zip(readings, (nothing, calm, None), strict=True)
    )
    rest = _pressure(table, running, low, bolus)
    if rest.at_most > 0:
        return rest
    value = "hypotension" if shown.value is True else "vasopressor"
    return explained("hypotension", value, cite=table.cite, taken_at=shown.taken_at)
