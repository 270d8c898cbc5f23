"""Which cohort: invented on the spot by a seed, or read from a file that nobody keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.accounts.allowing import allow, note
from dashboard.accounts.authorise import NotAllowed
from dashboard.cohorts.reading import KINDS, MOST_MB, sample_study, uploaded
from dashboard.parts.forms.plain import as_text
from dashboard.session import Person
from toxmodels.casefile import CaseError
from toxmodels.cohort.questions import Study

__all__ = ["Place", "chosen_study"]

_SIZES: Final = (5_000, 20_000, 60_000)
_KEPT: Final = "cohort/study"
_INVENTED, _FILE = "Invented", "File"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a study came from: its key in this session, its name, and whether it is a file."""

    key: str
    name: str
    is_file: bool


def chosen_study(reader: Person | None) -> tuple[Study, Place] | None:
    """The study asked for; ``reader`` may give a file of their own, nobody else may."""
    sources = [_INVENTED] if reader is None else [_INVENTED, _FILE]
    source: str | None = _INVENTED
    if len(sources) > 1:
        source = st.segmented_control("Cohort", sources, default=_INVENTED, key="cohort/source")
    if source == _FILE and reader is not None:
        return _from_file(reader)
    return _invented()


def _invented() -> tuple[Study, Place]:
    rows, seed = st.columns(2)
    wanted = rows.selectbox(
        "Observations", _SIZES, index=1, format_func=lambda count: f"{count:,}", key="cohort/rows"
    )
    number = seed.number_input("Seed", 0, 999_999, 1, key="cohort/seed")
    place = Place(f"invented/{wanted}/{number}", f"invented, seed {number}", is_file=False)
    held = _held(place)
    if held is None:
        with st.spinner("Inventing and grading …"):
            held = sample_study(int(wanted), int(number))
        st.session_state[_KEPT] = (place.key, held)
    return held, place


def _from_file(reader: Person) -> tuple[Study, Place] | None:
    st.caption(
        f"CSV or Parquet, one row for each patient and time, at most {MOST_MB} MB. It is read for "
        "this session only and stored nowhere; larger files: toxwatch cohort FILE."
    )
    left, right = st.columns(2)
    file = left.file_uploader(
        "Observations or grades", type=[*KINDS], max_upload_size=MOST_MB, key="cohort/file"
    )
    given = right.file_uploader(
        "Treatments (CSV, optional)", type=["csv"], max_upload_size=MOST_MB, key="cohort/given"
    )
    if file is None:
        return None
    content = file.getvalue()
    lists = None if given is None else given.getvalue()
    digest = hashlib.sha256(content + b"\0" + (lists or b"")).hexdigest()
    place = Place(f"file/{digest}", "own file", is_file=True)
    held = _held(place)
    if held is not None:
        return held, place
    try:
        allow(session.store(), reader, "export", now=session.now())
        with st.spinner("Reading and grading …"):
            held = uploaded(file.name, content, lists)
    except NotAllowed as error:
        st.error(as_text(error), icon=":material/block:")
        return None
    except CaseError as error:
        st.error(f"Nothing was read: {len(error.faults)} fault(s).", icon=":material/error:")
        st.text("\n".join(str(fault) for fault in error.faults))
        return None
    detail = {"what": "cohort file", "patients": held.count, "sha256": digest}
    note(session.store(), "cohort", reader, now=session.now(), detail=detail)
    st.session_state[_KEPT] = (place.key, held)
    return held, place


def _held(place: Place) -> Study | None:
    """What this session worked out last, if it is the one asked for; never shared with another."""
    kept = st.session_state.get(_KEPT)
    return kept[1] if kept is not None and kept[0] == place.key else None
