"""
Escalation: what must be said beside a grade, with one action and one owner each.

A flag never changes a grade. Flags read the records as if nobody had attributed any sign to
another cause, so that an attribution can quieten a grade but not an alarm.

Cites: each flag carries its own place; house rules in site.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from toxmodels.course import CrsStep
from toxmodels.escalation.bedside import oxygen_rules, pressure_rules
from toxmodels.escalation.crs_course import (
    lasting_rules,
    response_rules,
    rise_rules,
    support_rules,
)
from toxmodels.escalation.engager import blinatumomab_rules, gap_rules, split_dose_rules
from toxmodels.escalation.exam import exam_rules, seizure_rules, unable_rules
from toxmodels.escalation.fever import fever_rules, late_rules
from toxmodels.escalation.flag import URGENCIES, Flag, Urgency, View
from toxmodels.escalation.neuro_course import emergency_rules, ice_rules, late_neuro_rules
from toxmodels.escalation.silence import silence_rules
from toxmodels.escalation.watch import (
    gate_rules,
    iec_hs_rules,
    laboratory_rules,
    overdue_rules,
    sepsis_rules,
)
from toxmodels.findings import Grade
from toxmodels.moment import Chart
from toxmodels.records import Case
from toxmodels.situation import is_engager

__all__ = ["URGENCIES", "Flag", "Urgency", "flags", "is_engager", "merged"]

_RULES: Final[tuple[Callable[[View], Iterator[Flag]], ...]] = (
    emergency_rules,
    sepsis_rules,
    blinatumomab_rules,
    split_dose_rules,
    fever_rules,
    support_rules,
    response_rules,
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
    iec_hs_rules,
    laboratory_rules,
    silence_rules,
    overdue_rules,
    gate_rules,
)


def merged(first: Sequence[Flag], second: Sequence[Flag]) -> tuple[Flag, ...]:
    """Both sets of flags, each id once and at its most urgent, most urgent first."""
    kept: dict[str, Flag] = {}
    for flag in (*first, *second):
        held = kept.get(flag.id)
        if held is None or URGENCIES.index(flag.urgency) < URGENCIES.index(held.urgency):
            kept[flag.id] = flag
    return tuple(sorted(kept.values(), key=lambda flag: URGENCIES.index(flag.urgency)))


def flags(
    case: Case, chart: Chart, at: datetime, steps: Sequence[CrsStep], grades: dict[str, Grade]
) -> tuple[Flag, ...]:
    """Every flag at one moment, most urgent first; equal urgency keeps the order of the rules."""
    view = View(case, chart, at, steps, grades)
    raised = [flag for rule in _RULES for flag in rule(view)]
    return tuple(sorted(raised, key=lambda flag: URGENCIES.index(flag.urgency)))
