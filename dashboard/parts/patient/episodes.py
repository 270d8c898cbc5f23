"""
The episodes of CRS and ICANS as a table, and the expected onset beside them.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

from dashboard.parts.grade import esc, span_text
from dashboard.states import PatientState
from toxmodels.course import Episode
from toxmodels.products import Onset, product
from toxmodels.scales import SCALES
from toxmodels.site import site

__all__ = ["biphasic_text", "episodes_html", "onset_lines"]

_STATES: Final = {
    "open": "open",
    "resolved_on_therapy": "settled, treatment may hide fever",
    "resolved": "resolved",
}


def episodes_html(state: PatientState, zone: tzinfo) -> str:
    """One row an episode: onset, peak, duration and state; or one line that says there is none."""
    found = () if state.course is None else state.course.episodes
    if not found:
        return '<p class="tw-none-line">No episode of CRS or ICANS on record up to this time.</p>'
    rows = "".join(_row(one, state, zone) for one in found)
    heads = ("Episode", "Onset", "Peak", "Last sign", "Duration", "State")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f'<table class="tw-findings"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(one: Episode, state: PatientState, zone: tzinfo) -> str:
    same = one.peak.at_least == one.peak.at_most
    peak = str(one.peak.at_least) if same else f"{one.peak.at_least}-{one.peak.at_most}"
    lasted = span_text(timedelta(hours=one.duration_h))
    cells = (
        _when(one.onset_at, state.first_dose_at, zone),
        f"{peak}, {_when(one.peak_at, state.first_dose_at, zone)}",
        _when(one.last_sign_at, state.first_dose_at, zone),
        f"{lasted} so far" if one.status == "open" else lasted,
        _STATES[one.status],
    )
    name = f"{SCALES[one.scale].short} {one.number}"
    filled = "".join(f"<td>{esc(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{esc(name)}</th>{filled}</tr>'


def _when(time: datetime, first_dose: datetime | None, zone: tzinfo) -> str:
    clock = f"{time.astimezone(zone):%d-%b %H:%M}"
    if first_dose is None:
        return clock
    before = time < first_dose
    elapsed = span_text(abs(time - first_dose))
    return f"{elapsed} {'before' if before else 'after'} first dose ({clock})"


def biphasic_text(state: PatientState) -> str | None:
    """Say when a toxicity came, went and came again."""
    if state.course is None or not state.course.biphasic:
        return None
    named = ", ".join(SCALES[id_].short for id_ in state.course.biphasic)
    return f"Biphasic or recurrent: {named} began again after an earlier episode had ended."


def onset_lines(state: PatientState) -> tuple[str, ...]:
    """When onset is expected for this product, as guidance, each with its verification mark."""
    therapy = state.case.therapy
    known = None if therapy is None else product(therapy.product)
    rules = site()
    return (
        _onset("CRS", None if known is None else known.crs_onset, rules.crs_window_day),
        _onset(
            "Neurotoxicity", None if known is None else known.neuro_onset, rules.neuro_window_day
        ),
    )


def _onset(name: str, onset: Onset | None, usual: tuple[float, float]) -> str:
    if onset is None:
        return (
            f"{name}: watched from day {usual[0]:g} to {usual[1]:g} (house rule; no product figure)"
        )
    ranged = ""
    if onset.range_day is not None:
        ranged = f", range {onset.range_day[0]:g} to {onset.range_day[1]:g}"
    return (
        f"{name}: median onset day {onset.median_day:g}{ranged} "
        f"({onset.verification}; {onset.read_in})"
    )
