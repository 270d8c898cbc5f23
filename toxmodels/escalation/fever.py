"""
Flags on fever: its absence, what may be hiding it, and fever that comes late.

Cites: lee-2019-text, definition and onset window (unverified); masking windows (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from toxmodels.course import is_masked
from toxmodels.escalation.flag import Flag, Urgency, View
from toxmodels.moment import exposures, first_dose_at
from toxmodels.site import site
from toxmodels.situation import fever_times, is_engager
from toxmodels.sources import Cite

_TEXT: Final = Cite("lee-2019-text", "definition: fever at onset", "unverified")
_MASK: Final = Cite("site-defaults", "masking windows", "house")
_WINDOW: Final = Cite("lee-2019-text", "CRS rarely begins later than 14 days", "unverified")


def fever_rules(view: View) -> Iterator[Flag]:
    """Hypotension or hypoxia without fever, and fever that a drug may be hiding."""
    heat, pressure, oxygen = view.step.signs
    tier = max(pressure.at_least, oxygen.at_least)
    masked = is_masked(view.case.treatments, view.at)
    grave: Urgency = "emergency" if tier > 2 else "urgent"
    if heat.at_least == 0 and tier > 0 and not view.step.waiver.certain:
        yield Flag(
            "no-fever-but-hypotension-or-hypoxia",
            grave,
            f"{_worse(view)} without fever: CRS cannot be graded, and this is not reassuring",
            "See the patient now; look for sepsis, bleeding, cardiac and other causes",
            "physician",
            _TEXT,
        )
        if masked and view.step.episode == 0:
            hold = " and hold the infusion" if is_engager(view.case) else ""
            yield Flag(
                "possible-masked-crs",
                grave,
                "Never febrile, but a drug given earlier may be hiding fever",
                f"Treat as possible masked CRS or sepsis{hold}",
                "physician",
                _MASK,
            )
    if view.step.reopened_masked:
        yield Flag(
            "masked-fever-exclude-sepsis",
            grave,
            f"{_worse(view)} after CRS had settled, while a drug may be hiding fever",
            "Exclude sepsis now; treated as the same CRS episode",
            "physician",
            _MASK,
        )
    no_signs = heat.at_most == 0 and pressure.at_most == 0 and oxygen.at_most == 0
    held = view.step.status == "resolved_on_therapy" or view.step.waiver.certain
    if no_signs and held and heat.taken_at is not None:
        yield Flag(
            "afebrile-on-therapy",
            "info",
            "No sign of CRS now, while treatment may be hiding fever",
            "Keep the observation interval; not yet resolved",
            "nurse",
            _MASK,
        )


def _worse(view: View) -> str:
    _, pressure, oxygen = view.step.signs
    gravest = max((pressure, oxygen), key=lambda sign: sign.at_least)
    return gravest.says[0].upper() + gravest.says[1:]


def late_rules(view: View) -> Iterator[Flag]:
    """CRS or fever that begins later than is usual after the last dose."""
    start, onset = first_dose_at(view.case.therapy), view.step.onset_at
    late = site().late_fever
    before = _exposed_until(view, onset) if is_engager(view.case) and onset else start
    if before is not None and onset is not None and onset - before > late:
        yield Flag(
            "onset-after-14-days",
            "info",
            f"CRS began {(onset - before).days} days after the dose before it",
            "Look for other causes; late onset is unusual",
            "physician",
            _WINDOW,
        )
    fever = fever_times(view.steps, view.at)
    if fever is None or view.step.signs[0].at_least == 0:
        return
    last = _exposed_until(view, fever[0])
    if last is not None and fever[0] - last > late:
        yield Flag(
            "late-fever",
            "urgent",
            f"Fever {(fever[0] - last).days} days after the last dose",
            "Look for infection and IEC-HS; no grade 1 treatment before a physician confirms CRS",
            "physician",
            _WINDOW,
        )


def _exposed_until(view: View, time: datetime) -> datetime | None:
    """When exposure before ``time`` last ended; a running infusion still exposes."""
    ends = [
        time if end is None or end > time else end
        for began, end in exposures(view.case.therapy)
        if began <= time
    ]
    return max(ends) if ends else None
