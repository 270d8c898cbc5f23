"""
The store: the journal of everything recorded about patients, behind one door.

Writing appends; nothing here changes or deletes a record. ``now`` is the server's clock, handed
in by the caller, so that every screen of the past can be drawn again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, insert, select

from dashboard.store import (
    accepting,
    acknowledging,
    casefile,
    deciding,
    drafts,
    reading,
    trail,
    watched,
    writing,
)
from dashboard.store.engines import Engines
from dashboard.store.entries import (
    Acknowledgement,
    Decision,
    DecisionChoice,
    Draft,
    Entry,
    Origin,
    PatientLine,
    ProtocolChoice,
    Receipt,
    Submission,
    Ward,
)
from dashboard.store.errors import Complaint, SubmissionRefused, WardExists
from dashboard.store.row_security import write_to
from dashboard.store.tables import ward, ward_version
from dashboard.store.times import utc
from toxmodels import Case

T = TypeVar("T")

# Made once: every run of every page asks it, and making it cost as much as asking.
_OVERVIEW: Final = (
    select(ward, ward_version.c.version)
    .join(ward_version, ward_version.c.ward_id == ward.c.id)
    .order_by(ward.c.name, ward.c.id)
)


class Store(watched.Watched):
    """Everything recorded about patients; made by ``open_store``."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self._writes = 0

    @property
    def writes(self) -> int:
        """How often this object stored anything: what it read before may be out of date."""
        return self._writes

    @property
    def live(self) -> Store:
        """The store as it is now: itself, unless it shows the past."""
        return self

    @property
    def known_at(self) -> datetime | None:
        """The past moment whose knowledge this holds and that takes no entry; None for now."""
        return None

    def close(self) -> None:
        """Close every connection."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Wards

    def wards(self) -> tuple[Ward, ...]:
        """All wards, by name."""
        return self.overview()[0]

    def overview(self) -> tuple[tuple[Ward, ...], dict[str, int]]:
        """All wards by name, and the version of each: what every page asks first."""
        with self._engines.reading() as connection:
            rows = [dict(row) for row in connection.execute(_OVERVIEW).mappings()]
        versions = {row["id"]: int(row.pop("version")) for row in rows}
        return tuple(Ward(**row) for row in rows), versions

    def add_ward(self, ward_id: str, name: str, *, is_sample: bool, now: datetime) -> Ward:
        """Add a ward; an id is never used again."""
        _refuse(accepting.text_faults({"ward_id": ward_id, "name": name}))
        new = Ward(id=ward_id, name=name, is_sample=is_sample, added_at=utc(now, "now"))

        def add(connection: Connection) -> None:
            write_to(connection, ward_id)
            if connection.scalar(select(ward.c.id).where(ward.c.id == ward_id)) is not None:
                raise WardExists(f'ward "{ward_id}"', "exists already.", "Choose another id.")
            values = {"id": new.id, "name": name, "is_sample": is_sample, "added_at": new.added_at}
            connection.execute(insert(ward), [values])
            connection.execute(insert(ward_version), [{"ward_id": ward_id, "version": 0}])

        self._write(add)
        return new

    def version(self, ward_id: str) -> int:
        """How often anything was stored in this ward: one row, fit for polling."""
        with self._engines.reading() as connection:
            return reading.ward_version_of(connection, ward_id)

    def positions(self, ward_id: str) -> dict[str, int]:
        """Each patient's latest position: what a picture of this patient may be cached under."""
        with self._engines.reading() as connection:
            return reading.positions(connection, ward_id)

    def patients(self, ward_id: str) -> tuple[PatientLine, ...]:
        """The patients of a ward, without opening their records."""
        with self._engines.reading() as connection:
            return reading.patient_lines(connection, ward_id)

    # Writing

    def submit(self, submission: Submission, *, now: datetime) -> Receipt:
        """Store one press of Save: whole or not at all, once however often it is sent."""
        return self._append(submission, now, imported=False)

    def import_case(
        self,
        case: Mapping[str, Any] | str,
        *,
        ward_id: str,
        recorded_by: str,
        now: datetime,
        role: str = "import",
        submission_id: str | None = None,
    ) -> Receipt:
        """Store a case file, each record one entry, for a patient id not yet on record."""
        casefile.read_case(case)
        content = json.loads(case) if isinstance(case, str) else case
        submission = Submission(
            submission_id=str(uuid.uuid4()) if submission_id is None else submission_id,
            ward_id=ward_id,
            patient_id=content["patient"]["id"],
            entries=tuple(casefile.entries_of(content)),
            recorded_by=recorded_by,
            role=role,
        )
        return self._append(submission, now, imported=True)

    def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return self._engines.write_once(work)
        finally:  # a failed answer may still have been stored
            self._writes += 1

    def _append(self, submission: Submission, now: datetime, *, imported: bool) -> Receipt:
        origin: Origin = "imported" if imported else "entered"
        work = writing.Work(
            submission=submission,
            accepted=accepting.accept(submission, now, origin),
            now=utc(now, "now"),
            origin=origin,
            new_patient_only=imported,
        )
        return self._write(lambda connection: trail.append(connection, work))

    # Reading

    def history(self, patient_id: str, as_of: datetime | None = None) -> tuple[Entry, ...]:
        """Every entry, corrected and withdrawn ones too, each with what replaced it."""
        with self._engines.reading() as connection:
            return reading.entries_as_of(connection, patient_id, as_of)

    def first_entry_id(self, patient_id: str) -> str:
        """The id of a patient's first entry, also where an entry is damaged and not shown."""
        with self._engines.reading() as connection:
            return reading.first_entry_id(connection, patient_id)

    def case_json(self, patient_id: str, as_of: datetime | None = None) -> dict[str, Any]:
        """The case file as known at ``as_of`` (by time of recording), or as known now."""
        return casefile.case_of(self.history(patient_id, as_of))

    def case(self, patient_id: str, as_of: datetime | None = None) -> Case:
        """The same as a validated ``toxmodels`` case."""
        return casefile.validated(self.case_json(patient_id, as_of), patient_id)

    def export_case(self, patient_id: str, as_of: datetime | None = None) -> str:
        """The case file as text, checked to be readable again."""
        case = self.case_json(patient_id, as_of)
        casefile.validated(case, patient_id)
        return json.dumps(case, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    # Drafts

    def save_draft(
        self, who: str, patient_id: str, form: str, payload: Mapping[str, Any], *, now: datetime
    ) -> None:
        """Keep a form that was not sent yet."""
        key = _draft_key(who, patient_id, form)
        moment = utc(now, "now")
        self._write(lambda c: drafts.save(c, key, payload, moment))

    def load_draft(self, who: str, patient_id: str, form: str) -> Draft | None:
        """The form as this person left it, or None."""
        with self._engines.reading() as connection:
            return drafts.load(connection, _draft_key(who, patient_id, form))

    def drop_draft(self, who: str, patient_id: str, form: str) -> None:
        """Forget a form: it was sent or thrown away."""
        key = _draft_key(who, patient_id, form)
        self._write(lambda c: drafts.drop(c, key))

    def drafts_of(self, patient_id: str) -> tuple[dict[str, Any], ...]:
        """Every form about this patient that somebody has not sent yet, by whom and since when."""
        with self._engines.reading() as connection:
            return drafts.of_patient(connection, patient_id)

    # Alerts

    def acknowledge(
        self,
        *,
        acknowledgement_id: str,
        ward_id: str,
        patient_id: str,
        alert_id: str,
        grade_seen: str | None,
        seen_position: int,
        reason: str,
        recorded_by: str,
        role: str,
        now: datetime,
    ) -> Acknowledgement:
        """Record that somebody saw an alert; refused where the screen was out of date."""
        given: dict[str, Any] = {
            "acknowledgement_id": acknowledgement_id,
            "ward_id": ward_id,
            "patient_id": patient_id,
            "alert_id": alert_id,
            "reason": reason,
            "recorded_by": recorded_by,
            "role": role,
        }
        _refuse(accepting.text_faults(given))
        if grade_seen is not None:
            _refuse(accepting.text_faults({"grade_seen": grade_seen}))
        given |= {
            "grade_seen": grade_seen, "seen_position": seen_position, "recorded_at": utc(now, "now")
        }  # fmt: skip
        return self._write(lambda c: trail.recorded(c, "acknowledge", acknowledging.add, given))

    def acknowledgements(self, patient_id: str) -> tuple[Acknowledgement, ...]:
        """All acknowledgements of a patient, in the order they were made."""
        with self._engines.reading() as connection:
            return acknowledging.of_patient(connection, patient_id)

    # What the ward decides

    def acknowledged(self, ward_id: str) -> dict[str, int]:
        """How many acknowledgements each patient of a ward has: what they may be cached under."""
        with self._engines.reading() as connection:
            return acknowledging.counted_in(connection, ward_id)

    def choose_protocol(
        self,
        *,
        choice_id: str,
        ward_id: str,
        scope: str,
        protocol_id: str | None,
        reason: str,
        recorded_by: str,
        role: str,
        now: datetime,
    ) -> ProtocolChoice:
        """Record which protocol a ward follows for a kind or a product; None takes it back."""
        given: dict[str, Any] = {
            "choice_id": choice_id,
            "ward_id": ward_id,
            "scope": scope,
            "protocol_id": protocol_id,
            "reason": reason,
            "recorded_by": recorded_by,
            "role": role,
        }
        _refuse(deciding.choice_faults(given))
        given["recorded_at"] = utc(now, "now")
        return self._write(lambda c: trail.recorded(c, "choose-protocol", deciding.choose, given))

    def protocol_choices(self, ward_id: str) -> tuple[ProtocolChoice, ...]:
        """Every choice this ward has made, oldest first; the newest of a scope holds."""
        with self._engines.reading() as connection:
            return deciding.choices_of(connection, ward_id)

    def decide(
        self,
        *,
        decision_id: str,
        ward_id: str,
        patient_id: str,
        rule: str,
        protocol: str,
        choice: DecisionChoice,
        advise: str,
        dose_mg: float | None,
        reason: str | None,
        seen_position: int,
        recorded_by: str,
        role: str,
        now: datetime,
    ) -> Decision:
        """Record that a proposal was confirmed or overridden; refused on an outdated screen."""
        given: dict[str, Any] = {
            "decision_id": decision_id,
            "ward_id": ward_id,
            "patient_id": patient_id,
            "rule": rule,
            "protocol": protocol,
            "choice": choice,
            "advise": advise,
            "dose_mg": dose_mg,
            "reason": reason or None,
            "seen_position": seen_position,
            "recorded_by": recorded_by,
            "role": role,
        }
        _refuse(deciding.decision_faults(given))
        given |= {
            "dose_mg": None if dose_mg is None else float(dose_mg), "recorded_at": utc(now, "now")
        }  # fmt: skip
        return self._write(lambda c: trail.recorded(c, "decide", deciding.decide, given))

    def decisions(self, patient_id: str) -> tuple[Decision, ...]:
        """All decisions about a patient's proposals, oldest first."""
        with self._engines.reading() as connection:
            return deciding.decisions_of(connection, patient_id)

    def decided(self, ward_id: str) -> dict[str, int]:
        """How many decisions each patient of a ward has: what they may be cached under."""
        with self._engines.reading() as connection:
            return deciding.decided_in(connection, ward_id)


def _draft_key(who: str, patient_id: str, form: str) -> tuple[str, str, str]:
    _refuse(accepting.text_faults({"who": who, "patient_id": patient_id, "form": form}))
    return who, patient_id, form


def _refuse(complaints: list[Complaint]) -> None:
    if complaints:
        raise SubmissionRefused(tuple(complaints))
