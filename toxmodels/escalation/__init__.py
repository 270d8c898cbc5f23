"""
Escalation: what must be said beside a grade, with one action and one owner each.

A flag never changes a grade. Flags read the records as if nobody had attributed any sign to
another cause, so that an attribution can quieten a grade but not an alarm. What each flag is
called, asks for and cites is data: ``triggers.toml``.

Cites: each flag carries its own place; house rules in site.toml.
"""

from toxmodels.escalation.cadence import Check, DueCheck, due_checks
from toxmodels.escalation.collapse import Alarm, Call, Look, collapse
from toxmodels.escalation.flag import URGENCIES, Flag, Owner, Urgency, View
from toxmodels.escalation.raising import Escalation, escalate, merged
from toxmodels.escalation.standing import standing
from toxmodels.escalation.trigger import Trigger, TriggerError, triggers
from toxmodels.occurrences import is_engager

__all__ = [
    "URGENCIES",
    "Alarm",
    "Call",
    "Check",
    "DueCheck",
    "Escalation",
    "Flag",
    "Look",
    "Owner",
    "Trigger",
    "TriggerError",
    "Urgency",
    "View",
    "collapse",
    "due_checks",
    "escalate",
    "is_engager",
    "merged",
    "standing",
    "triggers",
]
