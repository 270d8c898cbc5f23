"""
The six forms of the entry page, by kind of record. A new form is one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dashboard.parts.forms import grading, neuro, other_records, vitals
from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.words import NEURO_SIGNS, VITAL_SIGNS, Words
from dashboard.store import Kind
from toxmodels.records import Case
from toxmodels.scales.branch import branch


@dataclass(frozen=True, slots=True)
class Around:
    """What a form may know besides its own answers: the case so far and the clock."""

    case: Case
    now: datetime
    last_device: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Form:
    """
    One form.

    ``draw`` returns why a time in it cannot be used; ``time_key`` is the record's own time;
    ``signs`` are those a physician may attribute to another cause.
    """

    kind: Kind
    title: str
    asks_when: str
    time_key: str
    draw: Callable[[Sheet, Around], str | None]
    entries: Callable[[Mapping[str, Any], str], tuple[Entry, ...]]
    gaps: Callable[[Mapping[str, Any]], tuple[str, ...]]
    values_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    signs: Words | None = None


def _vitals(sheet: Sheet, around: Around) -> None:
    vitals.draw(sheet, around.last_device)


def _neuro(sheet: Sheet, around: Around) -> str | None:
    return neuro.draw(sheet, branch(around.case.patient), around.now)


def _treatment(sheet: Sheet, around: Around) -> str | None:
    return other_records.draw_treatment(sheet, around.now)


def _labs(sheet: Sheet, around: Around) -> None:
    other_records.draw_labs(sheet)


def _event(sheet: Sheet, around: Around) -> None:
    other_records.draw_event(sheet)


def _grading(sheet: Sheet, around: Around) -> None:
    grading.draw(sheet)


FORMS: Final[Mapping[str, Form]] = {
    form.kind: form
    for form in (
        Form(
            "vitals",
            "Vitals",
            "When were they taken?",
            "taken_at",
            _vitals,
            vitals.entries,
            vitals.gaps,
            vitals.values_of,
            VITAL_SIGNS,
        ),
        Form(
            "neuro",
            "Neuro",
            "When was the exam?",
            "taken_at",
            _neuro,
            neuro.entries,
            neuro.gaps,
            neuro.values_of,
            NEURO_SIGNS,
        ),
        Form(
            "treatment",
            "Treatment",
            "When was it given or started?",
            "given_at",
            _treatment,
            other_records.treatment_entries,
            other_records.treatment_gaps,
            other_records.treatment_values,
        ),
        Form(
            "labs",
            "Labs",
            "When was the sample taken?",
            "taken_at",
            _labs,
            other_records.labs_entries,
            lambda values: (),
            other_records.labs_values,
        ),
        Form(
            "event",
            "Event",
            "When did it happen?",
            "at",
            _event,
            other_records.event_entries,
            other_records.event_gaps,
            other_records.event_values,
        ),
        Form(
            "grading",
            "Grading",
            "When was it graded?",
            "graded_at",
            _grading,
            grading.entries,
            grading.gaps,
            grading.values_of,
        ),
    )
}
