"""
Raising flags: every rule asked about one moment, and which checks are due then.

A flag never changes a grade. What stands over time is another question: ``standing``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from toxmodels.course import Walk
from toxmodels.crs_steps import CrsStep
from toxmodels.escalation.bedside import oxygen_rules, pressure_rules
from toxmodels.escalation.cadence import DueCheck, due_checks
from toxmodels.escalation.crs_course import lasting_rules, rise_rules, support_rules
from toxmodels.escalation.emergencies import emergency_rules
from toxmodels.escalation.engager import blinatumomab_rules, gap_rules, split_dose_rules
from toxmodels.escalation.exam import exam_rules, seizure_rules, unable_rules
from toxmodels.escalation.fever import fever_rules, late_rules
from toxmodels.escalation.flag import URGENCIES, Flag, View
from toxmodels.escalation.gates import easix_rules, gate_rules
from toxmodels.escalation.laboratory import iec_hs_rules, marker_rules, sodium_rules
from toxmodels.escalation.neuro_course import ice_rules, late_neuro_rules
from toxmodels.escalation.patterns import icaht_rules, lysis_rules, news2_rules
from toxmodels.escalation.sepsis import sepsis_rules
from toxmodels.escalation.silence import concern_rules, overdue_rules, stale_rules
from toxmodels.escalation.treatment import (
    corticosteroid_rules,
    icans_response_rules,
    limit_rules,
    response_rules,
    steroid_rules,
)
from toxmodels.findings import Grade

__all__ = ["Escalation", "escalate", "merged"]

# Emergencies first, then what forbids something, then the height of a grade, then trends.
_RULES: Final[tuple[Callable[[View], Iterator[Flag]], ...]] = (
    emergency_rules,
    sepsis_rules,
    blinatumomab_rules,
    split_dose_rules,
    limit_rules,
    fever_rules,
    support_rules,
    response_rules,
    corticosteroid_rules,
    icans_response_rules,
    rise_rules,
    lasting_rules,
    late_rules,
    pressure_rules,
    oxygen_rules,
    exam_rules,
    unable_rules,
    seizure_rules,
    ice_rules,
    late_neuro_rules,
    gap_rules,
    news2_rules,
    iec_hs_rules,
    lysis_rules,
    icaht_rules,
    marker_rules,
    sodium_rules,
    steroid_rules,
    stale_rules,
    concern_rules,
    gate_rules,
    easix_rules,
)


@dataclass(frozen=True, slots=True)
class Escalation:
    """What must be said, most urgent first, and which checks are due when."""

    flags: tuple[Flag, ...]
    due: tuple[DueCheck, ...]


def merged(first: Sequence[Flag], second: Sequence[Flag]) -> tuple[Flag, ...]:
    """Both sets of flags, each id once and at its most urgent, most urgent first."""
    kept: dict[str, Flag] = {}
    for flag in (*first, *second):
        held = kept.get(flag.id)
        if held is None or URGENCIES.index(flag.urgency) < URGENCIES.index(held.urgency):
            kept[flag.id] = flag
    return tuple(sorted(kept.values(), key=lambda flag: URGENCIES.index(flag.urgency)))


def escalate(
    walk: Walk, at: datetime, steps: Sequence[CrsStep], grades: dict[str, Grade]
) -> Escalation:
    """Flags and due checks at one moment; after a recorded death nothing is asked any more."""
    view = View(walk.case, walk.chart, at, steps, grades)
    view.clocks, view.walk = walk.clocks, walk
    if view.moment.death is not None:
        return Escalation((), ())
    due = due_checks(view)
    raised = [flag for rule in _RULES for flag in rule(view)]
    raised += overdue_rules(view, due)
    return Escalation(tuple(sorted(raised, key=lambda one: URGENCIES.index(one.urgency))), due)
