"""Who the patient of a draft is, and the therapy: the ward's own forms, without an id to type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms import admission, exposing
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import esc
from dashboard.parts.patient.entry_words import entry_text
from dashboard.parts.training.authoring_bench import Bench
from dashboard.parts.training.authoring_fields import at_values, heading
from dashboard.training.drafting_records import set_patient, set_therapy
from dashboard.training.showing import CASE_ZONE
from dashboard.training.story import MAIN

__all__ = ["draw"]

_FAR: Final = timedelta(days=90)  # of the case, which lies in no real time


def draw(bench: Bench) -> None:
    """Draw patient and therapy; what is asked counts at once, an exposure when it is added."""
    near = datetime.fromisoformat(bench.draft.story["starts_at"])
    heading("Patient")
    _patient(bench, near)
    heading("Therapy")
    _therapy(bench, near)


def _patient(bench: Bench, near: datetime) -> None:
    now = dict(bench.draft.cases[MAIN]["patient"])
    values = admission.patient_values(now)
    was = _payload(values, near)
    sheet = bench.sheet("patient", values)
    admission.draw_patient(sheet, asks_id=False)
    told = _payload(values, near)
    if told != was:  # what the form does not ask, and exact times, stay as they are
        changed = {key for key in {*was, *told} if was.get(key) != told.get(key)}
        new = {key: one for key, one in now.items() if key not in changed}
        new |= {key: told[key] for key in changed if key in told}
        bench.take(set_patient(bench.draft, new), anew=False)


def _payload(values: Mapping[str, Any], near: datetime) -> dict[str, Any]:
    return admission.patient_payload(values, "", near + _FAR)


def _therapy(bench: Bench, near: datetime) -> None:
    therapy = bench.draft.cases[MAIN].get("therapy")
    values: dict[str, Any] = {**at_values(exposing.GIVEN_AT, None, near),
                              **at_values(exposing.STOPPED_AT, None, near)}  # fmt: skip
    sheet = bench.sheet("therapy", values)
    if therapy is None:
        fault = exposing.draw_therapy(sheet, near + _FAR)
        _offer(bench, "Set the therapy", fault, values, lambda: exposing.therapy_payload(values))
        return
    html.show(f"<p>{esc(entry_text('therapy', therapy, CASE_ZONE))}</p>")
    if exposing.running_segment(therapy) is not None:
        fault = exposing.draw_stop(sheet, near + _FAR)
        _offer(
            bench, "Stop the infusion", fault, values, lambda: exposing.with_stop(therapy, values)
        )
    fault = exposing.draw_exposure(sheet, "One more dose or segment", near + _FAR)
    _offer(bench, "Add it", fault, values, lambda: exposing.with_exposure(therapy, values))
    if st.button("Remove the therapy", key=sheet.key("remove")):
        bench.take(set_therapy(bench.draft, None))
        st.rerun()


def _offer(
    bench: Bench,
    label: str,
    fault: str | None,
    values: Mapping[str, Any],
    make: Callable[[], Mapping[str, Any] | None],
) -> None:
    sheet: Sheet = bench.sheet("therapy", {})
    if not st.button(label, key=sheet.key(label)):
        return
    gaps = [one for one in (fault, *exposing.exposure_gaps(values)) if one is not None]
    made = make()
    if gaps or made is None:
        st.error(as_text("; ".join(gaps) or "Name the product first."), icon=":material/edit:")
        return
    bench.take(set_therapy(bench.draft, made))
    st.rerun()
