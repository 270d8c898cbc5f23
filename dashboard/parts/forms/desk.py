"""
What lies on the desk while somebody enters: who, which patient, which form, which clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import SequenceMatcher
from typing import Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.kinds import Around, Form
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import age_text, esc
from dashboard.session import Person, local
from dashboard.states import PatientState
from dashboard.store import Entry, Ward
from dashboard.ward import patient_ids

_ALIKE: Final = 0.75  # ids this similar in one ward are easily mixed up
_SHAPES: Final = str.maketrans("oilsbzg", "0115826")  # as a tired eye reads them


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a form needs around its answers, gathered once a run."""

    person: Person
    ward: Ward
    patient: PatientState
    history: tuple[Entry, ...]
    form: Form
    replaced: Entry | None
    now: datetime
    zone: tzinfo

    @property
    def around(self) -> Around:
        """What the form may know."""
        return Around(self.patient.case, self.now, last_device(self.history, self.now))


def last_device(history: tuple[Entry, ...], now: datetime) -> tuple[str, str] | None:
    """The device of the newest recorded oxygen, with its age."""
    found = [
        (entry.observed_at, entry.payload["oxygen"]["device"])
        for entry in history
        if entry.kind == "vitals" and entry.is_live
        if (entry.payload.get("oxygen") or {}).get("device") is not None
    ]
    if not found:
        return None
    at, device = max(found)
    return device, age_text(now - at)


def identity(patient: PatientState, ward: Ward) -> list[tuple[str, str]]:
    """Label and value of what tells this patient from any other."""
    who, therapy = patient.case.patient, patient.case.therapy
    return [
        ("Id", who.id),
        ("Age", "age not known" if who.age_years is None else _years(who.age_years)),
        ("Product", "product not recorded" if therapy is None else therapy.product),
        ("Ward", ward.name),
    ]


def _years(age: float) -> str:
    """Whole years completed; months in the first two years."""
    return f"{int(age)} years" if age >= 2 else f"{int(age * 12)} months"


def draw_banner(patient: PatientState, ward: Ward) -> None:
    """Identity, large; then what must be known before entering, label and value."""
    who = patient.case.patient
    allergies = "not recorded" if who.allergies is None else ", ".join(who.allergies) or "none"
    weight = "not known" if who.weight_kg is None else f"{who.weight_kg:g} kg"
    if who.weight_kg is not None:
        dated = who.weight_recorded_at
        weight += ", not dated" if dated is None else f" on {local(dated):%d-%b-%Y}"
    draw_identity([*identity(patient, ward), ("Weight", weight), ("Allergies", allergies)])
    alike = look_alikes(who.id, ward.id)
    if alike:
        html.show(
            f'<p class="tw-notice">Looks alike in this ward: <b>{esc(", ".join(alike))}</b></p>'
        )
    if patient.closed is not None:
        st.warning(f"This patient is marked as {patient.closed}.", icon=":material/info:")


def draw_identity(facts: list[tuple[str, str]]) -> None:
    """Labels small, values large, all of it escaped."""
    shown = " ".join(
        f'<span style="margin-right:1.4rem;white-space:nowrap"><small>{esc(label)}</small> '
        f'<b style="font-size:1.2em">{esc(value)}</b></span>'
        for label, value in facts
    )
    html.show(
        '<div style="border:1px solid currentColor;border-radius:.4rem;padding:.35rem .7rem">'
        f"{shown}</div>"
    )


def look_alikes(patient_id: str, ward_id: str) -> list[str]:
    """Other patients of the ward whose id is one slip away."""
    others = patient_ids(ward_id)
    return [one for one in others if one != patient_id and are_alike(one, patient_id)]


def are_alike(one: str, other: str) -> bool:
    """
    Whether two ids differ so little that a tired eye takes one for the other.

    Swapped characters, one other letter, or characters of the same shape. Two numbers in a row
    differ by a digit everywhere in a ward that counts its patients: to ask each time would teach
    everybody to tap without reading.
    """
    if len(one) != len(other):
        return False
    first, second = one.casefold(), other.casefold()
    if first.translate(_SHAPES) == second.translate(_SHAPES):
        return True
    if sorted(first) == sorted(second):
        return SequenceMatcher(None, first, second).ratio() >= _ALIKE
    slips = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    return len(slips) == 1 and all(letter.isalpha() for letter in slips[0])


def confirm_identity(sheet: Sheet, patient: PatientState, ward: Ward) -> bool:
    """Where another id of the ward looks alike, ask for two identifiers once a form."""
    who = patient.case.patient
    alike = look_alikes(who.id, ward.id)
    if not alike:
        return True
    age = "" if who.age_years is None else f", {_years(who.age_years)}"
    return st.checkbox(
        as_text(f"{who.id}{age}: read from the wristband. Looks like {', '.join(alike)}."),
        key=sheet.key("identity"),
    )
