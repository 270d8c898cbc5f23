"""
The read-back: every value as it will be stored, its change from the last set, what stays
unrecorded, and the grades before and after. Nothing is saved before it was shown here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

import streamlit as st

from dashboard.parts import html
from dashboard.parts.forms.check import Entry, concerns
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.preview import (
    GradeChange,
    change_text,
    grade_changes,
    own_time,
    previous,
)
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.spoken import Line, lines, say
from dashboard.parts.forms.when import clock_text, is_late
from dashboard.parts.grade import age_text, esc, grade_html, grade_word, missing_text
from dashboard.parts.patient.kept import kept
from dashboard.states import PatientState
from dashboard.store import Entry as Stored
from dashboard.store import casefile
from dashboard.ward import walk_of
from toxmodels import SCALES, CaseError, Grade
from toxmodels.course import Walk
from toxmodels.site import site

_STYLE: Final = (
    "<style>.tw-back{border-collapse:collapse;min-width:min(100%,44rem)}"
    ".tw-back th,.tw-back td{text-align:left;padding:.2rem .6rem .2rem 0;vertical-align:top;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)}"
    ".tw-back th{font-weight:400}.tw-back td.v{font-weight:700;font-size:1.1em}"
    ".tw-back td.n{font-style:italic}</style>"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read back: the new records, and what they are compared with."""

    entries: Sequence[Entry]
    history: tuple[Stored, ...]
    replaced: Stored | None
    now: datetime
    zone: tzinfo


def draw_values(reading: Reading) -> None:
    """Every value with its change, then what stays unrecorded, in one line."""
    unrecorded: list[str] = []
    beside_vitals = any(kind == "vitals" for kind, _ in reading.entries)
    for kind, payload in reading.entries:
        taken = own_time(payload)
        if taken is None:
            st.text(_without_time(kind, payload))
            continue
        late = ", entered late" if is_late(taken, reading.now) else ""
        st.text(f"{clock_text(taken, reading.zone)}, {age_text(reading.now - taken)}{late}")
        # Consciousness out of a set of vital signs is no exam; an exam lists what it left out.
        whole = kind != "neuro" or not beside_vitals
        shown = [one for one in lines(kind, payload, reading.zone) if whole or one.text]
        given = [one for one in shown if one.text is not None]
        like = _of_one_kind(reading, kind, payload)
        rows = [(one.label, one.text or "", _change(like, kind, one, taken)) for one in given]
        html.show(table_html(rows))
        unrecorded += [_bare(one.label) for one in shown if one.text is None]
        unrecorded += _dropped(reading, kind, payload)
    if unrecorded:
        st.text("Not recorded: " + ", ".join(unrecorded))


def _of_one_kind(reading: Reading, kind: str, payload: Mapping[str, object]) -> Reading:
    """A grade is compared with earlier ones of the same scale and term, never with another's."""
    if kind != "grading":
        return reading
    mine = [payload.get(name) for name in ("scale", "term")]
    kept = [e for e in reading.history if [e.payload.get(n) for n in ("scale", "term")] == mine]
    return replace(reading, history=tuple(kept))


def _without_time(kind: str, payload: Mapping[str, object]) -> str:
    if kind == "withdrawal":
        return "The entry is taken back. It stays in the journal, and counts no longer."
    return f"Looked: no {payload.get('section')} so far"


def _change(reading: Reading, kind: str, line: Line, taken: datetime) -> str:
    old = reading.replaced
    if old is not None and old.kind == kind:
        was = old.payload.get(line.field)
        said = "not recorded" if was is None else say(line.field, was, reading.zone)
        return "as before" if said == line.text else f"corrects {said}"
    return change_text(
        line, previous(reading.history, kind, line.field, taken), taken, reading.zone
    )


def _dropped(reading: Reading, kind: str, payload: Mapping[str, object]) -> list[str]:
    """What the corrected entry held and the new one leaves out."""
    old = reading.replaced
    if old is None or old.kind != kind:
        return []
    return [
        f"{_bare(line.label)} (was {line.text})"
        for line in lines(kind, old.payload, reading.zone)
        if line.text is not None and payload.get(line.field) is None
    ]


def _bare(label: str) -> str:
    """A label inside a sentence: without its unit, small unless it is an abbreviation."""
    name = label.partition(" (")[0]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def table_html(rows: Sequence[tuple[str, str, str]]) -> str:
    """Label, value and remark as a table; every cell escaped."""
    cells = "".join(
        f'<tr><th scope="row">{esc(label)}</th><td class="v">{esc(value)}</td>'
        f'<td class="n">{esc(note)}</td></tr>'
        for label, value, note in rows
    )
    return f'{_STYLE}<table class="tw-back">{cells}</table>'


def draw_grades(reading: Reading, patient: PatientState) -> None:
    """The grades before and after, with the deciding sign; worked out once, however often drawn."""
    replaced = None if reading.replaced is None else reading.replaced.entry_id
    what = ("grades before and after", json.dumps(reading.entries), replaced)
    try:
        html.show(kept(patient, what, lambda: _changes_html(reading, walk_of(patient))))
    except CaseError as error:
        st.error(f"The grade cannot be worked out: {as_text(error)}")


def _changes_html(reading: Reading, before: Walk) -> str:
    changes = grade_changes(
        before,
        casefile.case_of(reading.history),
        reading.entries,
        reading.replaced,
        now=reading.now,
        reach=site().combine_within,
    )
    where = ("Grade now", "Grade at the time of the reading")
    return "".join(
        f"<b>{said}</b>{_change_html(change)}" for said, change in zip(where, changes, strict=False)
    )


def _change_html(change: GradeChange) -> str:
    if not change.after:
        return "<p>No grade: a death from another cause is recorded.</p>"
    rows = []
    for id_, after in change.after.items():
        before = change.before.get(id_)
        short = SCALES[id_].short
        same = before is not None and before.span == after.span
        arrow = "stays" if same else f"{grade_html(short, before)} &rarr;"
        rows.append(
            f"<p>{arrow} {grade_html(short, after)} <span>{esc(reason_text(after))}</span></p>"
        )
    return "".join(rows)


def reason_text(grade: Grade) -> str:
    """The deciding sign and, for an open grade, what to record first."""
    deciding = [finding.says for finding in grade.findings if finding.decides]
    text = "; ".join(deciding) or grade_word(grade)
    if not grade.complete and grade.missing:
        text += ("; " if text else "") + f"next: {missing_text(grade.missing[0])}"
    return text


def ask_concerns(sheet: Sheet, entries: Sequence[Entry]) -> bool:
    """Ask once about each value that deserves a second look; True when all were confirmed."""
    asked = concerns(entries)
    if not asked:
        return True
    st.warning("Please look again at:", icon=":material/visibility:")
    sure = [
        st.checkbox(
            f"{as_text(said[:1].upper() + said[1:])}: checked, it is right", key=_tick(sheet, said)
        )
        for said in asked
    ]
    return all(sure)


def _tick(sheet: Sheet, said: str) -> str:
    return sheet.key(f"sure/{json.dumps(said)}")
