"""
One handover out of one patient's state: every section, in order, none of them empty.

Pure: no clock, no store. The same state, journal, time and zone always make the same lines.
"""

from __future__ import annotations

from datetime import datetime, tzinfo
from hashlib import sha256

from dashboard.handover.changes import Window, changes
from dashboard.handover.doing import alerts, checks, drugs, proposals, questions
from dashboard.handover.facts import assessment, background, situation
from dashboard.handover.record import Clock, Handover, Journal, Key, Line, Section
from dashboard.parts.grade import grade_text
from dashboard.parts.intended_use import REVIEW
from dashboard.states import PatientState
from toxmodels import rules_digest
from toxmodels.clocks import NO_CLOCKS
from toxmodels.course import Walk
from toxmodels.scales import STEPPED

__all__ = ["handover_of"]


def handover_of(
    state: PatientState,
    journal: Journal | None,
    *,
    since: datetime,
    zone: tzinfo,
    ward: str,
    walk: Walk | None = None,
) -> Handover:
    """
    Everything the next shift must know about one patient.

    Args:
        state: the patient at the time of the handover.
        journal: who wrote, corrected, saw and decided; ``None`` for a case file, which keeps none.
        since: from when on changes are told.
        zone: the ward's clock.
        ward: the name of the ward, as it stands on every page.
        walk: the course of these records, where it has been walked before.

    """
    clock = Clock(state.at, zone)
    clocks = NO_CLOCKS if state.protocol is None else state.protocol.clocks
    walked = (Walk(state.case) if walk is None else walk).watched(clocks)
    window = Window(state, walked, since, clock)
    told: dict[Key, tuple[Line, ...]] = {
        "situation": tuple(situation(state, clock, ward)),
        "background": tuple(background(state, clock)),
        "assessment": tuple(assessment(state, clock)),
        "changes": tuple(changes(window, journal)),
        "drugs": tuple(drugs(state, clock)),
        "alerts": tuple(alerts(state, clock)),
        "proposals": tuple(proposals(state, clock)),
        "checks": tuple(checks(window, journal)),
        "questions": tuple(questions(state)),
    }
    return Handover(
        patient_id=state.patient_id,
        ward=ward,
        at=state.at,
        since=since,
        position=None if journal is None else state.position,
        grades=tuple(
            grade_text(scale.short, state.assessment.grades.get(id_))
            for id_, scale in STEPPED.items()
        ),
        open_alerts=len(state.open_alerts),
        sections=tuple(Section(key, lines) for key, lines in told.items()),
        rules=_rules(state, journal),
    )


def _rules(state: PatientState, journal: Journal | None) -> tuple[Line, ...]:
    """Which rules decided, by digest, and what they rest on."""
    book = state.protocol
    said = [Line("Rules", f"toxwatch {state.assessment.rules.package}, sha256 {rules_digest()}")]
    if book is None:
        said.append(Line("Protocol", "none"))
    else:
        digest = sha256(book.model_dump_json().encode()).hexdigest()
        said.append(Line("Protocol", f"{book.id} {book.edition}, sha256 {digest}"))
    rests = "a case file" if journal is None else f"journal entry {state.position} of this patient"
    said.append(Line("Rests on", rests))
    said.append(Line("Review", REVIEW))
    return tuple(said)
