"""
Reading in a case file: checked whole, shown fault by fault, stored whole or not at all.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

import streamlit as st

from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.parts.forms.plain import as_text
from dashboard.session import Person, go, now, store
from dashboard.store import PatientExists, StoreError, SubmissionRefused, Ward
from toxmodels import Case, CaseError, load_case

MOST_MB: Final = 5
_SHOWN: Final = 200


def draw_import(person: Person, ward: Ward) -> None:
    """Ask for a file, show what is in it or what is wrong, and store it on request."""
    st.text(f"A case file becomes one new patient in {ward.name}.")
    file = st.file_uploader(
        "Case file (JSON)", type=["json"], max_upload_size=MOST_MB, key=f"import/{ward.id}"
    )
    if file is None:
        return
    content = file.getvalue()
    case = read(content)
    if isinstance(case, list):
        many = "1 fault" if len(case) == 1 else f"{len(case)} faults"
        st.error(f"Nothing was loaded: {many}.", icon=":material/error:")
        st.text("\n".join(case[:_SHOWN]))
        if len(case) > _SHOWN:
            st.text(f"and {len(case) - _SHOWN} more")
        return
    st.text(f"Patient {case.patient.id}: {counts(case)}")
    if st.button("Import", type="primary", key=f"import/{ward.id}/go"):
        problem = _store(content, person, ward)
        if problem is None:
            st.success("Imported, every record one entry.", icon=":material/check_circle:")
        else:
            st.error(as_text(problem), icon=":material/error:")
    stored = any(line.patient_id == case.patient.id for line in store().patients(ward.id))
    if stored and st.button("To the patient", key=f"import/{ward.id}/patient"):
        go("patient", case.patient.id)


def read(content: bytes) -> Case | list[str]:
    """The case, or every fault on a line of its own."""
    try:
        return load_case(content)
    except CaseError as error:
        return [str(fault) for fault in error.faults]


def counts(case: Case) -> str:
    """How many records of each kind are in the file."""
    kinds = ("vitals", "neuro", "labs", "treatments", "events", "gradings")
    found = [(kind, getattr(case, kind)) for kind in kinds]
    return ", ".join(
        f"{kind} not recorded" if records is None else f"{len(records)} {kind}"
        for kind, records in found
    )


def submission_id(content: bytes, ward: Ward) -> str:
    """One id for one file in one ward: a second press stores nothing more."""
    digest = hashlib.sha256(ward.id.encode() + b"\0" + content).hexdigest()
    return str(uuid.uuid5(uuid.NAMESPACE_OID, digest))


def _store(content: bytes, person: Person, ward: Ward) -> str | None:
    try:
        allow(store(), person, "enter", now=now(), ward_id=ward.id)
        store().import_case(
            content.decode("utf-8"),
            ward_id=ward.id,
            recorded_by=person.name,
            role=person.role,
            submission_id=submission_id(content, ward),
            now=now(),
        )
    except SubmissionRefused as error:
        return "\n".join(str(complaint) for complaint in error.complaints)
    except (PatientExists, StoreError, NotAllowed) as error:
        return str(error)
    return None
