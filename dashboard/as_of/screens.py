"""
What a page draws: the states of now, of an earlier time, or of a replay, by what its address asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboard import session, ward
from dashboard.as_of.replaying import Replayed, known_patient, known_ward
from dashboard.states import PatientState, Unreadable
from dashboard.store import Entry, NotRead

__all__ = ["history_of", "patient_ids", "recorded_times", "replayed_here", "rows_of", "state_of"]


def rows_of(ward_id: str, at: datetime | None) -> list[PatientState | Unreadable]:
    """Every patient of a ward, in no particular order."""
    asked = session.replay()
    if asked is None:
        return ward.board_rows(ward_id, at)
    return [one.row for one in known_ward(ward_id, asked)]


def state_of(patient_id: str, at: datetime | None) -> PatientState:
    """
    One patient.

    Raises:
        StoreError: the patient is unknown, was not known then, or cannot be worked out.

    """
    asked = session.replay()
    if asked is None:
        return ward.patient_state(patient_id, at)
    row = known_patient(ward.home_of(patient_id), patient_id, asked).row
    if isinstance(row, Unreadable):
        raise NotRead(f"patient {patient_id}", row.says, "Choose another time.")
    return row


def history_of(state: PatientState) -> tuple[Entry, ...]:
    """The entries behind a state; in a replay those that were known then."""
    if session.replay() is None:
        return ward.history_of(state)
    return session.store().history(state.patient_id)


def patient_ids(ward_id: str) -> list[str]:
    """The patients of a ward, or those who were on record then."""
    if session.replay() is None:
        return ward.patient_ids(ward_id)
    return sorted(session.store().positions(ward_id))


def replayed_here(ward_id: str, patient_id: str | None) -> Sequence[Replayed]:
    """What the page shows in replay, with how it was found: one patient, or the whole ward."""
    asked = session.replay()
    if asked is None:
        return ()
    if patient_id is None:
        return known_ward(ward_id, asked)
    return (known_patient(ward.home_of(patient_id), patient_id, asked),)


def recorded_times(patient_id: str) -> list[datetime]:
    """In a replay: when something was recorded for this patient, whole seconds after it."""
    if session.replay() is None:
        return []
    times = {one.recorded_at for one in session.live_store().history(patient_id)}
    return sorted({_second_after(time) for time in times})


def _second_after(moment: datetime) -> datetime:
    """An address holds whole seconds; a fraction before the entry would leave it out."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
