"""
CTCAE grades below 4 after which the label stops blinatumomab for good, whatever protocol is chosen.

Neurotoxicity of grade 3 at the low dose or slow to settle (in Japan a child's grade 2 as well), and
another reaction of grade 3 that kept the infusion off too long. A grade nobody recorded stops
nothing here: it is asked for.

Cites: blinatumomab-label-us and blincyto-japan (verified where read).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from toxmodels.escalation.flag import View
from toxmodels.label_grades import LabelEvent, Term
from toxmodels.site import site
from toxmodels.situation import ADULT_FROM_YEARS

__all__ = ["OTHER_REACTIONS", "label_stops"]

OTHER_REACTIONS: Final = ("liver", "other_ae", "toxicity")
_SEVERE: Final = 3
_DAY: Final = timedelta(days=1)
_OR: Final = " to fall to grade 1, or is not recorded as fallen"


def label_stops(view: View) -> dict[Term, str]:
    """Why the label stops it for good, by what was graded; empty where it does not."""
    found: dict[Term, str] = {}
    if not view.case.gradings:
        return found
    for event in _events(view, "neuro"):
        why = _neurotoxicity(view, event)
        if why is not None:
            found["neuro"] = f"Neurotoxicity of CTCAE grade {event.peak} {why}"
    off = view.infusion == "interrupted" and view.interrupted_for in OTHER_REACTIONS
    days = site().triggers["gap_stop_days"]
    for event in _events(view, "other"):
        if off and event.peak == _SEVERE and _lasted(view, event) > days * _DAY:
            found["other"] = f"The reaction that interrupted it took more than {days:g} days{_OR}"
    return found


def _events(view: View, group: Term) -> Iterator[LabelEvent]:
    """Every run of every term that was not over before the first dose."""
    start = view.chart.first_dose_at
    for event in view.label_events("ctcae", group):
        if start is None or event.settled_at is None or event.settled_at >= start:
            yield event


def _neurotoxicity(view: View, event: LabelEvent) -> str | None:
    therapy, age = view.case.therapy, view.age_years
    japan = therapy is not None and therapy.region == "jp"
    child = age is not None and age < ADULT_FROM_YEARS
    if event.peak != _SEVERE and not (japan and child and event.peak == _SEVERE - 1):
        return None
    if view.dose_level_at(event.began_at) == "low":
        return "came at the low dose"
    days = site().triggers["neuro_stop_days_jp" if japan else "neuro_stop_days"]
    lasted = _lasted(view, event)
    if japan and lasted >= days * _DAY:
        return f"took {days:g} days or more{_OR}"
    return f"took more than {days:g} days{_OR}" if not japan and lasted > days * _DAY else None


def _lasted(view: View, event: LabelEvent) -> timedelta:
    return (event.settled_at or view.at) - event.began_at
