"""
What a handover is made from: the store of a ward, or a case file without one.

A case file keeps no journal: nothing in it was acknowledged, and who wrote it is not known. Its
handover says so instead of "none".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from dashboard import observed, session, ward
from dashboard.alerts import alerts_of
from dashboard.as_of.screens import rows_of
from dashboard.handover.building import handover_of
from dashboard.handover.pdf import Sheet
from dashboard.handover.record import Handover, Journal
from dashboard.need import in_order
from dashboard.parts.patient.kept import kept
from dashboard.parts.patient.trajectories import drawn_for
from dashboard.states import PatientState, Unreadable
from dashboard.store import Store
from toxmodels import Case, CaseError, assess, course
from toxmodels.course import Walk
from toxmodels.protocols import Protocol

__all__ = [
    "CASE_FILE",
    "SHIFT",
    "Begin",
    "back_by",
    "journal_of",
    "sheet_of",
    "state_of_case",
    "told",
    "ward_sheets",
]

SHIFT: Final = timedelta(hours=12)
Begin = Callable[[datetime], datetime]  # from the time of a handover to that of its beginning
CASE_FILE: Final = "ward not recorded (case file)"


def back_by(span: timedelta) -> Begin:
    """A beginning that lies so long before the handover."""
    return lambda at: at - span


def journal_of(store: Store, patient_id: str) -> Journal:
    """Everything the store knows about a patient besides the records."""
    return Journal(
        entries=store.history(patient_id),
        acknowledgements=store.acknowledgements(patient_id),
        decisions=store.decisions(patient_id),
    )


def told(state: PatientState, since: datetime, zone: tzinfo, ward_name: str) -> Handover:
    """The handover of a patient of the store, made once for a state and a beginning."""

    def make() -> Handover:
        journal = journal_of(session.store(), state.patient_id)
        walk = ward.walk_of(state)
        return handover_of(state, journal, since=since, zone=zone, ward=ward_name, walk=walk)

    return kept(state, ("handover", since, str(zone), ward_name), make)


def sheet_of(state: PatientState, since: datetime, zone: tzinfo, ward_name: str) -> Sheet:
    """The handover with its trajectories, ready to print."""
    return told(state, since, zone, ward_name), drawn_for(state, "72 h", zone)


def ward_sheets(
    ward_id: str, ward_name: str, begin: Begin, zone: tzinfo, at: datetime | None
) -> tuple[list[Sheet], list[tuple[str, str]]]:
    """Every patient of a ward, who needs somebody now in front; and who cannot be graded."""
    rows: Sequence[PatientState | Unreadable] = in_order(rows_of(ward_id, at))
    sheets: list[Sheet] = []
    faults: list[tuple[str, str]] = []
    for row in rows:
        if isinstance(row, Unreadable):
            faults.append((row.patient_id, row.says))
        else:
            sheets.append(sheet_of(row, begin(row.at), zone, ward_name))
    return sheets, faults


def state_of_case(
    case: Case, at: datetime | None = None, protocol: Protocol | None = None
) -> PatientState:
    """
    A patient out of a case file, as the screens know one.

    Raises:
        CaseError: there is nothing to assess.

    """
    walk = Walk(case)
    assessment = assess(walk, at=at, protocol=protocol)
    moment = assessment.at
    try:
        walked = course(walk, at=moment)
    except CaseError:
        walked = None
    return PatientState(
        patient_id=case.patient.id,
        ward_id="",
        position=0,
        at=moment,
        case=case,
        assessment=assessment,
        course=walked,
        vitals=observed.due("vitals", observed.vitals_times(case, moment), assessment),
        neuro=observed.due("neuro", observed.exam_times(case, moment), assessment),
        scored_at=max(observed.scored_times(case, moment), default=None),
        trend=(),
        alerts=alerts_of(
            assessment, (), until=moment, newest_observation=0, looks_since=lambda _: ()
        ),
        newest_observation=0,
        last_entry_at=moment,
        closed="deceased" if observed.has_died(case, moment) else None,
        protocol=protocol,
    )
