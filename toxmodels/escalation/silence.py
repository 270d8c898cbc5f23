"""
Flags on silence: values too old to count, and a worry that somebody voiced.

Cites: validity of earlier values (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from toxmodels.escalation.flag import HOUSE, Flag, View
from toxmodels.scales.branch import branch
from toxmodels.site import site
from toxmodels.sources import Cite

_VALID: Final = Cite("site-defaults", "validity of earlier values", "house")


def silence_rules(view: View) -> Iterator[Flag]:
    """Values too old to count, and a worry somebody voiced."""
    names = {stale.field: stale.taken_at for stale in view.moment.stale}
    decisive = {
        "temperature_c": "temperature",
        "vasopressors": "vasopressors",
        "hypotensive": "blood pressure judgement",
        "oxygen": "oxygen",
        "ice": "ICE",
        "capd": "CAPD",
        "consciousness": "consciousness",
    }
    unused = {"ice": "capd", "capd": "ice"}.get(branch(view.case.patient))
    old = {decisive[name]: at for name, at in names.items() if name in decisive and name != unused}
    if old:
        oldest = min(old.values())
        yield Flag(
            "stale-observations",
            "urgent",
            f"Too old to count: {', '.join(old)} (since {_ago(view.at - oldest)})",
            "Take a full set now",
            "nurse",
            _VALID,
        )
    concerns = [
        event
        for event in view.case.events or ()
        if event.kind == "concern" and timedelta(0) <= view.at - event.at <= site().neuro_valid
    ]
    if concerns:
        yield Flag(
            "concern-raised",
            "urgent",
            "A nurse or carer is worried about this patient",
            "See the patient",
            "physician",
            HOUSE,
        )


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02d} min ago"
