"""Why an overdue check was not done: one tap stores it once, beside the time that runs on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.parts.forms.state import FormState
from dashboard.parts.forms.words import UNABLE
from dashboard.parts.patient import not_done
from dashboard.parts.patient.exam_filled_in import fill_in
from dashboard.parts.patient.left_out import (
    AWAY,
    CHECK_NAMES,
    ON_THE_FORM,
    Opened,
    reasons_for,
    tell,
)
from dashboard.parts.patient.not_done import OTHER
from dashboard.store import Entry, NewEntry, Store, Submission
from tests.dashboard import screen
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import plain, ran
from tests.dashboard.small_cases import case, exam, vitals

PATIENT = "n-01"
LATE = timedelta(hours=20)
NURSE = session.Person("AB", "nurse")


def _opened(role: str = "nurse", *shown: str, patient: str = PATIENT, **params: str) -> AppTest:
    """The page with these controls open."""
    state = {f"not-done/{PATIENT}/{what}": True for what in shown}
    return screen.opened("patient", role, patient=patient, state=state, **params)


def _folded(at: AppTest) -> list[str]:
    labels = [one.proto.popover.label for one in at.get("popover")]
    return [label for label in labels if "not done" in label or "another reason" in label]


def _key(what: str) -> str:
    return f"not-done-row/{PATIENT}/{what}"


def _row(at: AppTest, what: str) -> Any:
    """The row of reasons of a check, unfolded or in its fold; None where there is none."""
    keys = (_key(what), f"not-done/{PATIENT}/{what}/reasons")
    return next((one for one in at.get("button_group") if one.key in keys), None)


def _reasons(at: AppTest, what: str) -> list[str]:
    row = _row(at, what)
    return [] if row is None else row.options


def _tap(at: AppTest, what: str, reason: str) -> AppTest:
    return ran(_row(at, what).select(reason).run())


def _stored(store: Store) -> list[Entry]:
    return [one for one in store.history(PATIENT) if one.kind == "event"]


def _due() -> dict[str, Any]:
    return {one.what: one for one in ward.patient_state(PATIENT).assessment.due}


@pytest.fixture
def opened(fresh_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A patient whose vital signs and exam are long overdue."""
    monkeypatch.setattr(session, "_seat", lambda: "one-browser")
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    told = case(PATIENT, NOW, sets=[vitals(NOW - LATE)], exams=[exam(NOW - LATE)])
    fresh_store.import_case(told, ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


def _submit(store: Store, patient_id: str, entry: NewEntry) -> None:
    sent = Submission(
        submission_id="s-1",
        ward_id="w1",
        patient_id=patient_id,
        entries=(entry,),
        recorded_by="CD",
        role="nurse",
    )
    store.submit(sent, now=NOW)


def _later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> datetime:
    moment = NOW + timedelta(minutes=minutes)
    monkeypatch.setenv(session.FIXED_CLOCK, moment.isoformat())
    return moment


def test_one_tap_stores_one_event_that_the_cadence_reads(opened):
    before = _due()["vitals"]
    at = _opened()
    assert _row(at, "vitals").label == "Vital signs: 16 h 00 min overdue · not done because:"
    at = _tap(at, "vitals", AWAY)
    (entry,) = _stored(opened)
    assert entry.payload == {
        "at": NOW.isoformat(timespec="seconds"),
        "kind": "not_done",
        "what": "vitals",
        "why": AWAY,
    }
    assert (entry.recorded_by, entry.role) == ("AB", "nurse")
    after = _due()["vitals"]
    assert after.not_done is not None
    assert (after.due_at, after.last_at, after.overdue_minutes, after.is_late) == (
        before.due_at,
        before.last_at,
        before.overdue_minutes,
        before.is_late,
    ), "a reason never moves the clock"
    assert _due()["neuro"].not_done is None
    said = plain(at)
    assert re.search(rf"Vital signs due \d\d:\d\d, overdue by [^;]+;[^;]+; not done: {AWAY}; "
                     r"AB \(nurse\), 12:00", said), said  # fmt: skip


def test_a_double_tap_stores_once_even_when_the_clock_moved(opened, monkeypatch):
    control = Opened(PATIENT, "labs" if "labs" in _due() else "vitals", "one-opening")
    assert tell(control, "Refused", NURSE) is None
    control.stored = False  # the answer to the first tap never arrived
    _later(monkeypatch, 2)
    assert tell(control, "Refused", NURSE) is None
    (entry,) = _stored(opened)
    assert entry.payload["at"] == NOW.isoformat(timespec="seconds")


def test_two_reasons_in_one_opening_store_the_first_only(opened, monkeypatch):
    control = Opened(PATIENT, "vitals", "one-opening")
    assert tell(control, "Refused", NURSE) is None
    _later(monkeypatch, 1)
    assert tell(control, AWAY, NURSE) is None
    control.stored = False
    assert tell(control, AWAY, NURSE) is None
    assert [one.payload["why"] for one in _stored(opened)] == ["Refused"]


def test_another_reason_after_a_fault_is_the_one_that_is_stored(opened):
    control = Opened(PATIENT, "vitals", "one-opening")
    assert tell(control, "Refused", session.Person("CD", "observer")) is not None
    assert tell(control, AWAY, NURSE) is None
    assert [one.payload["why"] for one in _stored(opened)] == [AWAY]


def test_a_tap_sent_again_much_later_is_another_tap(opened, monkeypatch):
    control = Opened(PATIENT, "vitals", "one-opening")
    control.sent = {"at": NOW.isoformat(), "kind": "not_done", "what": "vitals", "why": "Refused"}
    later = _later(monkeypatch, 90)
    assert tell(control, "Refused", NURSE) is None
    (entry,) = _stored(opened)
    assert entry.payload["at"] == later.isoformat(timespec="seconds")
    assert control.token != "one-opening"


def test_after_a_fault_the_same_button_can_be_tapped_again(opened, monkeypatch):
    at = _opened()
    with monkeypatch.context() as patch:
        patch.setattr(session, "signed_on", lambda: session.Person("CD", "observer"))
        _row(at, "vitals").select("Refused").run()
    assert not _stored(opened)
    at = _opened()
    assert _row(at, "vitals").value is None
    at = _tap(at, "vitals", "Refused")
    assert [one.payload["why"] for one in _stored(opened)] == ["Refused"]


def test_the_reason_stays_pressed_for_a_round_and_then_the_row_asks_anew(opened, monkeypatch):
    monkeypatch.setattr(not_done, "_DOUBLE_TAP_S", 0.0)
    at = _tap(_opened(), "vitals", "Refused")
    assert _row(at, "vitals").value == "Refused"
    assert _row(_opened(), "vitals").value == "Refused", "on every screen"
    at = _tap(at, "vitals", "Refused")
    assert len(_stored(opened)) == 1
    _later(monkeypatch, 30)
    at = _tap(ran(at.run()), "vitals", AWAY)
    assert [one.payload["why"] for one in _stored(opened)] == ["Refused", AWAY]
    assert f"not done: {AWAY}; AB (nurse), 12:30" in plain(at)
    round_min = _due()["vitals"].every_minutes
    _later(monkeypatch, 30 + round_min - 1)
    assert _row(ran(at.run()), "vitals").value == AWAY
    _later(monkeypatch, 30 + round_min)
    assert _row(ran(at.run()), "vitals").value is None
    _tap(at, "vitals", AWAY)
    assert len(_stored(opened)) == 3


def test_a_second_tap_that_hits_another_row_is_not_taken_for_meant(opened, monkeypatch):
    monkeypatch.setattr(not_done, "_DOUBLE_TAP_S", 60.0)
    at = _tap(_opened(), "vitals", "Refused")
    at = _tap(at, "labs", "Refused")
    assert "Tap again if it is meant" in at.error[0].value
    assert _row(at, "labs").value is None
    assert [one.payload["what"] for one in _stored(opened)] == ["vitals"]
    monkeypatch.setattr(not_done, "_DOUBLE_TAP_S", 0.0)
    at = _tap(at, "labs", "Refused")
    assert [one.payload["what"] for one in _stored(opened)] == ["vitals", "labs"]
    assert not at.error


def test_a_row_where_it_is_overdue_a_fold_where_it_is_due_nothing_else(opened):
    at = _opened()
    assert {what for what in CHECK_NAMES if _row(at, what) is not None} == {*CHECK_NAMES}
    assert not _folded(at)
    every = timedelta(minutes=_due()["vitals"].every_minutes)
    for name, age, folded in (
        ("n-02", timedelta(hours=1), []),
        ("n-03", every + timedelta(minutes=5), ["Vital signs not done because …"]),
    ):
        told = case(name, NOW, sets=[vitals(NOW - age)], exams=[exam(NOW - timedelta(hours=1))])
        labs = [{"taken_at": (NOW - timedelta(hours=1)).isoformat(), "crp_mg_l": 4.0}]
        opened.import_case({**told, "labs": labs}, ward_id="w1", recorded_by="file", now=NOW)
        at = _opened(patient=name)
        assert _folded(at) == folded
        assert not [one for one in at.get("button_group") if "not-done" in (one.key or "")]


def test_one_widget_a_check(opened):
    at = _opened()
    keys = [one.key or "" for one in [*at.get("button_group"), *at.button, *at.text_input]]
    assert sorted(key for key in keys if "not-done" in key) == sorted(map(_key, CHECK_NAMES))


def _grades_and_clock() -> Any:
    state = ward.patient_state(PATIENT)
    due = next(one for one in state.assessment.due if one.what == "neuro")
    clock = (due.last_at, due.due_at, due.overdue_minutes, due.is_late, due.every_minutes)
    return state.assessment.grades, clock, state.trend


@pytest.mark.parametrize("reason", [AWAY, *ON_THE_FORM])
def test_one_tap_says_why_nobody_examined_and_changes_no_grade(opened, reason):
    before = _grades_and_clock()
    at = _tap(_opened(), "neuro", reason)
    (entry,) = _stored(opened)
    assert entry.payload == {
        "at": NOW.isoformat(timespec="seconds"),
        "kind": "not_done",
        "what": "neuro",
        "why": reason,
    }
    assert not [one for one in opened.history(PATIENT) if one.kind == "neuro"][1:]
    assert _grades_and_clock() == before, "grade, clock and trend rest on the same exams"
    assert f"not done: {reason}; AB (nurse), 12:00" in plain(at)
    flags = {one.id: one for one in ward.patient_state(PATIENT).assessment.flags}
    assert reason in flags["t14-neuro/late" if before[1][3] else "t14-neuro"].says
    assert ("may-be-aphasia" in flags) == (reason == "Refused"), "silence would hide a sign"


def test_the_exam_form_stands_beside_the_reason_and_brings_the_finding(opened):
    assert {*ON_THE_FORM.values()} <= {*UNABLE}
    assert reasons_for("neuro") == (AWAY, *ON_THE_FORM)
    at = _opened()
    beside = at.button(key=f"exam-form/{PATIENT}")
    assert beside.label == "Exam form"
    assert "a refusal after a scored exam may be aphasia" in plain(at)
    at = _tap(at, "neuro", "Refused")
    assert at.button(key=f"exam-form/{PATIENT}").label == "Exam form, “Refused” filled in"
    assert len(_stored(opened)) == 1


@pytest.mark.parametrize("unable", ["refused", "sedated", "intubated"])
def test_why_one_tap_stores_no_finding(opened, unable):
    """As an exam it ends the wait and opens a score that was known: it has to be read back."""
    lost = [exam(NOW - timedelta(hours=hours), ice={"total": 4}) for hours in (3, 2)]
    told = case("n-04", NOW, sets=[vitals(NOW - timedelta(hours=1))], exams=lost)
    opened.import_case(told, ward_id="w1", recorded_by="file", now=NOW)
    before = ward.patient_state("n-04").icans
    assert before is not None
    assert before.at_least == 2
    overdue = next(one for one in ward.patient_state("n-04").assessment.due if one.what == "neuro")
    assert overdue.overdue_minutes is not None
    stored = len(opened.history("n-04"))
    assert fill_in("n-04", unable, NURSE) is None
    assert len(opened.history("n-04")) == stored, "a tap fills in and stores nothing"
    exam_of_it = {"taken_at": NOW.isoformat(), "unable": unable}
    _submit(opened, "n-04", NewEntry(kind="neuro", payload=exam_of_it))
    after = ward.patient_state("n-04")
    assert after.icans is not None
    assert after.icans.at_least == 0
    assert not [one for one in after.assessment.due if one.what == "neuro" and one.overdue_minutes]


def _entering() -> None:
    from dashboard.session import Person, sign_on
    from dashboard.views.enter import page

    sign_on(Person("AB", "nurse"))
    page()


def _filling(reasons: list[str]) -> None:
    """Fill in as the taps do, then the page they lead to."""
    import streamlit as st

    from dashboard.parts.patient.exam_filled_in import fill_in
    from dashboard.session import Person, sign_on
    from dashboard.views.enter import page

    person = Person("AB", "nurse")
    sign_on(person)
    if st.session_state.get("tapped") != reasons:
        st.session_state["tapped"] = reasons
        for one in reasons:
            assert fill_in("n-01", one, person) is None
    page()


def _form(at: AppTest) -> FormState:
    form: FormState = at.session_state[f"entry-form/AB/{PATIENT}/neuro/"]
    return form


def _exam_form(script: Any, *args: Any) -> AppTest:
    at = AppTest.from_function(script, args=args, default_timeout=60)
    at.query_params["p"] = session.ref_of(PATIENT)
    at.query_params["form"] = "neuro"
    return ran(at.run())


@pytest.mark.parametrize("taps", [["refused"], ["sedated"], ["intubated", "asleep"]])
def test_the_exam_form_opens_with_the_finding_on_it_and_nothing_stored(opened, taps):
    before = len(opened.history(PATIENT))
    at = _exam_form(_filling, taps)
    (why,) = at.multiselect
    assert (why.label, why.value) == ("Why it could not be done", [taps[-1]])
    assert "and not saved. Check every value." in at.info[0].value
    assert len(opened.history(PATIENT)) == before
    at.button(key=f"n-01:{_form(at).token}:review").click().run()
    if taps[-1] == "asleep":
        assert "try to wake the patient" in at.error[0].value
        return
    assert _form(at).step == "readback"
    at.button(key=f"n-01:{_form(at).token}:save").click().run()
    newest = opened.history(PATIENT)[-1]
    assert (newest.kind, newest.payload) == (
        "neuro",
        {"taken_at": NOW.isoformat(timespec="seconds"), "unable": taps[-1]},
    )


def test_an_exam_being_written_is_left_as_it_is(opened):
    at = _exam_form(_entering)
    token = _form(at).token
    key = f"n-01:{token}:consciousness"
    (waking,) = (one for one in at.get("button_group") if one.key == key)
    ran(waking.select("drowsy").run())
    assert opened.load_draft("AB", PATIENT, "neuro") is not None
    at = _exam_form(_filling, ["refused"])  # another tab of the same person
    assert _form(at).values["consciousness"] == "drowsy"
    assert "unable" not in _form(at).values


@pytest.mark.parametrize("role", ["", "observer"])
def test_nobody_without_a_role_for_it_fills_in_a_form(opened, role):
    person = session.Person("CD", "observer") if role else None
    assert fill_in(PATIENT, "refused", person) is not None


def test_another_reason_is_typed_and_needsplain(opened):
    at = _tap(_opened("physician"), "neuro", OTHER)
    assert not _stored(opened)
    at.text_input(key=f"{_key('neuro')}/text").set_value(" a ").run()
    at = ran(at.button(key=f"{_key('neuro')}/store").click().run())
    assert "say why" in at.error[0].value
    assert not _stored(opened)
    at.text_input(key=f"{_key('neuro')}/text").set_value("<b>with the imam</b>")
    at = ran(at.button(key=f"{_key('neuro')}/store").click().run())
    (entry,) = _stored(opened)
    assert (entry.payload["what"], entry.payload["why"]) == ("neuro", "<b>with the imam</b>")
    assert entry.role == "physician"
    markup = "".join(one.proto.body for one in at.get("html"))
    assert "<b>with the imam" not in markup
    assert "not done: &lt;b&gt;with the imam" in markup


def test_the_field_for_another_reason_can_be_closed(opened):
    at = _tap(_opened(), "vitals", OTHER)
    at = ran(at.button(key=f"{_key('vitals')}/close").click().run())
    assert not at.text_input
    assert not _stored(opened)


@pytest.mark.parametrize("role", ["", "observer"])
def test_nobody_without_a_role_for_it_can_say_so(opened, role):
    at = _opened(role, "vitals")
    assert _row(at, "vitals") is None
    assert "Vital signs not done because …" in _folded(at)
    assert at.warning
    person = session.Person("CD", "observer") if role else None
    assert tell(Opened(PATIENT, "vitals", "t"), "Refused", person) is not None
    assert not _stored(opened)


def test_a_view_of_the_past_has_no_control(opened):
    assert _row(_opened(), "vitals") is not None
    past = _opened("nurse", at=(NOW - timedelta(minutes=5)).isoformat())
    assert not _folded(past)
    assert not [one for one in past.get("button_group") if "not-done" in (one.key or "")]


def test_a_check_done_meanwhile_is_not_marked_as_left_out(opened):
    at = _opened()
    _submit(opened, PATIENT, NewEntry(kind="vitals", payload=vitals(NOW)))
    _tap(at, "vitals", "Refused")
    assert not _stored(opened)
    control = Opened(PATIENT, "vitals", "t")
    assert "no longer due" in (tell(control, "Refused", NURSE) or "")


def test_the_rule_book_is_linked_by_its_name(opened):
    assert session.link("rules") == "/rules"
    assert session.link("rules", rule="asco-2021/x") == "/rules?rule=asco-2021%2Fx"
    assert session.link("board") == "/"
    at = _opened()
    markup = "".join(one.proto.body for one in at.get("html"))
    assert '<a href="/rules" target="_self" data-tw-go="rules">Choose a protocol</a>' in markup
