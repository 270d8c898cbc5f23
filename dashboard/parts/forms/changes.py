"""
What can be changed of patient and therapy: how it is asked, and the records it makes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import streamlit as st

from dashboard.parts.forms import admission, exposing
from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.sheet import Sheet
from dashboard.session import Person
from dashboard.store import Entry as Stored
from dashboard.store import Ward

Draw = Callable[[Sheet, datetime], str | None]
Make = Callable[[Mapping[str, Any], datetime], list[Entry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One change: how it is asked, the records it makes, and which entry it replaces.

    ``reason`` is stored where the change itself says it all; otherwise the form asks.
    """

    form: str
    title: str
    person: Person
    ward: Ward
    patient_id: str | None
    replaced: Stored | None
    history: tuple[Stored, ...]
    draw: Draw
    make: Make
    reason: str | None = None
    start: Mapping[str, Any] | None = None

    @classmethod
    def new_patient(cls, person: Person, ward: Ward) -> Self:
        """Patient and therapy, in one submission."""

        def draw(sheet: Sheet, at: datetime) -> str | None:
            st.subheader("Patient")
            admission.draw_patient(sheet, asks_id=True)
            st.subheader("Therapy")
            return exposing.draw_therapy(sheet, at)

        def make(values: Mapping[str, Any], at: datetime) -> list[Entry]:
            patient_id = values.get("id", "")
            found: list[Entry] = [("patient", admission.patient_payload(values, patient_id, at))]
            therapy = exposing.therapy_payload(values)
            return found if therapy is None else [*found, ("therapy", therapy)]

        return cls(
            form="patient", title="New patient", person=person, ward=ward, patient_id=None,
            replaced=None, history=(), draw=draw, make=make,
        )  # fmt: skip

    @classmethod
    def details(
        cls, person: Person, ward: Ward, patient: Stored, history: tuple[Stored, ...]
    ) -> Self:
        """The patient's description again, from what it is now."""

        def draw(sheet: Sheet, _: datetime) -> str | None:
            admission.draw_patient(sheet, asks_id=False)
            sheet.text("why", "Why it changes", placeholder="weighed again")
            return None

        def make(values: Mapping[str, Any], at: datetime) -> list[Entry]:
            new = admission.patient_payload(values, patient.patient_id, at)
            kept = {n: v for n, v in patient.payload.items() if n not in _ASKED}
            return [("patient", {**kept, **new})]

        return cls(
            form="details", title="Change details", person=person, ward=ward,
            patient_id=patient.patient_id, replaced=patient, history=history, draw=draw,
            make=make, start=admission.patient_values(patient.payload),
        )  # fmt: skip

    @classmethod
    def first_therapy(
        cls, person: Person, ward: Ward, patient: Stored, history: tuple[Stored, ...]
    ) -> Self:
        """The therapy of a patient who was admitted without one."""

        def make(values: Mapping[str, Any], _: datetime) -> list[Entry]:
            therapy = exposing.therapy_payload(values)
            return [] if therapy is None else [("therapy", therapy)]

        return cls(
            form="therapy", title="Therapy", person=person, ward=ward,
            patient_id=patient.patient_id, replaced=None, history=history,
            draw=exposing.draw_therapy, make=make,
        )  # fmt: skip

    @classmethod
    def next_exposure(
        cls, person: Person, ward: Ward, therapy: Stored, history: tuple[Stored, ...]
    ) -> Self:
        """
        One more dose or segment on the therapy that is recorded.

        Before the first one the form also asks for the doses of tocilizumab at hand, which can
        be saved alone.
        """
        recorded = therapy.payload
        is_first = not exposing.has_begun(recorded)
        ready = recorded.get(exposing.READY)

        def draw(sheet: Sheet, at: datetime) -> str | None:
            if is_first:
                exposing.draw_ready(sheet)
            return exposing.draw_exposure(sheet, "What was given", at)

        def make(values: Mapping[str, Any], _: datetime) -> list[Entry]:
            before = exposing.with_ready(recorded, values) if is_first else recorded
            if exposing.exposure(values) is None and before == recorded:
                return []
            return [("therapy", exposing.with_exposure(before, values))]

        return cls(
            form="dose", title="Next dose or segment", person=person, ward=ward,
            patient_id=therapy.patient_id, replaced=therapy, history=history, draw=draw,
            make=make,
            reason=_BEFORE if is_first else "Next dose or infusion segment",
            start={exposing.READY: float(ready)} if is_first and ready is not None else None,
        )  # fmt: skip

    @classmethod
    def stop(cls, person: Person, ward: Ward, therapy: Stored, history: tuple[Stored, ...]) -> Self:
        """The end of the running segment."""

        def make(values: Mapping[str, Any], _: datetime) -> list[Entry]:
            if values.get(exposing.STOPPED_AT) is None:
                return []
            return [("therapy", exposing.with_stop(therapy.payload, values))]

        return cls(
            form="stop", title="Stop the infusion", person=person, ward=ward,
            patient_id=therapy.patient_id, replaced=therapy, history=history,
            draw=exposing.draw_stop, make=make, reason="Infusion stopped",
        )  # fmt: skip


_BEFORE: Final = "First dose, or doses of tocilizumab at hand"
# What the details form asks for; anything else of the record is carried over unchanged.
_ASKED: Final = frozenset(
    {"id", "age_years", "sex", "weight_kg", "weight_recorded_at", "height_cm"}
    | {"developmental_delay", "baseline_ice", "fixed_ice_deficits", "baseline_capd"}
    | {"baseline_systolic_mmhg", "baseline_oxygen", "baseline_echo_at", "allergies", "conditions"}
    | {"spo2_scale", "marrow_blasts_percent", "peripheral_blasts_per_ul", "extramedullary_disease"}
)
