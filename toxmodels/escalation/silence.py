"""
Flags on silence: checks that are overdue, values too old to count, a worry somebody voiced.

One silence calls once: values too old to count only say so until the check that renews them is
overdue by a whole interval, and then the overdue check calls the nurse in charge.

Cites: intervals of observation and validity of earlier values (house).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from toxmodels.escalation.cadence import Check, DueCheck
from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.scales.branch import branch
from toxmodels.site import site

_DECISIVE: Final = {
    "temperature_c": "temperature",
    "vasopressors": "vasopressors",
    "hypotensive": "blood pressure judgement",
    "oxygen": "oxygen",
    "ice": "ICE",
    "capd": "CAPD",
    "consciousness": "consciousness",
}
_FLAGS: Final[dict[Check, tuple[str, str]]] = {
    "vitals": ("t14", "Vital signs"),
    "neuro": ("t14-neuro", "The neurological exam"),
}


def overdue_rules(view: View, due: Sequence[DueCheck]) -> Iterator[Flag]:
    """Vital signs or an exam overdue (t14): first a task, then a call."""
    start = view.chart.first_dose_at
    prepares = start is not None and view.at < start
    for check in due:
        if check.what not in _FLAGS or check.overdue_minutes is None:
            continue
        key, name = _FLAGS[check.what]
        last = "never" if check.last_at is None else f"last {_span(view.since(check.last_at))} ago"
        says = f"{name}: {last}, due {check.why}"
        if check.lags is not None:
            says += f"; not looked at since: {check.lags}"
        if check.not_done is not None:
            says += f" ({check.not_done})"
        # Before the first dose nothing can have begun: a task, never a call.
        yield raised(f"{key}/late" if check.is_late and not prepares else key, says)


def stale_rules(view: View) -> Iterator[Flag]:
    """Values too old to count: named, and left to the overdue check to call about."""
    unused = {"ice": "capd", "capd": "ice"}.get(branch(view.case.patient))
    stale = [one for one in view.moment.stale if one.field in _DECISIVE and one.field != unused]
    if not stale:
        return
    names = ", ".join(_DECISIVE[one.field] for one in stale)
    oldest = min(one.taken_at for one in stale)
    says = f"Too old to count: {names} (since {_span(view.since(oldest))} ago)"
    yield raised("stale-observations", says)


def concern_rules(view: View) -> Iterator[Flag]:
    """A worry somebody voiced."""
    for event in view.case.events or ():
        if event.kind == "concern" and timedelta(0) <= view.since(event.at) <= site().neuro_valid:
            yield raised("concern-raised", "A nurse or carer is worried about this patient")
            return


def _span(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"
