"""
The banner: who this is, with label then value, on every view of a patient.

What nobody recorded is "Not known"; what nobody asked about is never shown as normal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from dashboard.parts.grade import esc, span_text
from dashboard.states import PatientState
from toxmodels.products import product
from toxmodels.scales.branch import branch

__all__ = ["NOT_KNOWN", "banner_html", "day_text"]

NOT_KNOWN: Final = "Not known"


def banner_html(state: PatientState, zone: tzinfo) -> str:
    """Label and value pairs, the value the more emphatic."""
    pairs = "".join(
        f'<div class="tw-pair"><dt>{esc(label)}</dt><dd{_faint(value)}>{esc(value)}</dd></div>'
        for label, value in _pairs(state, zone)
    )
    return f'<dl class="tw-banner" aria-label="Patient">{pairs}</dl>'


def _faint(value: str) -> str:
    return ' class="tw-notknown"' if value == NOT_KNOWN else ""


def _pairs(state: PatientState, zone: tzinfo) -> Iterator[tuple[str, str]]:
    patient = state.case.patient
    yield "Patient", patient.id
    yield "Age", NOT_KNOWN if patient.age_years is None else f"{patient.age_years:g} years"
    yield "Sex", NOT_KNOWN if patient.sex is None else patient.sex
    yield "Weight", _weight(state, zone)
    yield "Allergies", _listed(patient.allergies)
    therapy = state.case.therapy
    yield "Therapy", NOT_KNOWN if therapy is None else _therapy(therapy.product)
    yield "Since first dose", day_text(state.first_dose_at, state.at)
    if state.last_dose_at != state.first_dose_at:
        yield "Since last dose or rate", day_text(state.last_dose_at, state.at)
    yield "Neuro exam", _exam(state)
    yield "Conditions", _listed(patient.conditions)


def _weight(state: PatientState, zone: tzinfo) -> str:
    weight_kg, recorded = state.case.patient.weight_kg, state.case.patient.weight_recorded_at
    if weight_kg is None:
        return NOT_KNOWN
    if recorded is None:
        return f"{weight_kg:g} kg, date not known"
    return f"{weight_kg:g} kg on {recorded.astimezone(zone):%d-%b-%Y}"


def _listed(values: tuple[str, ...] | None) -> str:
    if values is None:
        return NOT_KNOWN
    return ", ".join(values) if values else "none recorded"


def _therapy(name: str) -> str:
    known = product(name)
    if known is None:
        return name
    kind = "CAR-T" if known.kind == "car-t" else "bispecific"
    return f"{name} ({kind}, {known.target})"


def _exam(state: PatientState) -> str:
    which = branch(state.case.patient)
    return {"ice": "ICE", "capd": "CAPD (child or delay)"}.get(which, "ICE or CAPD: age not known")


def day_text(since: datetime | None, at: datetime) -> str:
    """Elapsed time since a dose: ``3 d 4 h``; before it, how long there is to go."""
    if since is None:
        return NOT_KNOWN
    if since > at:
        return f"in {span_text(since - at)}"
    return span_text(at - since)
