"""Why a check was not done: stored once by one tap, shown beside the time that runs on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.parts.patient.not_done import ASLEEP, CHECK_NAMES, Opened, reasons_for, tell
from dashboard.store import Entry, Store
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import case, exam, quiet_case, vitals

PATIENT = "n-01"
LATE = timedelta(hours=20)
NURSE = session.Person("AB", "nurse")
IMAGING = "Away for imaging or a procedure"


def _page(role: str) -> None:
    """The page as a script; runs in Streamlit's own scope."""
    from dashboard.session import Person, sign_off, sign_on
    from dashboard.views.patient import page

    if role:
        sign_on(Person("AB", role))  # type: ignore[arg-type]
    else:
        sign_off()
    page()


def _opened(role: str = "nurse", *shown: str, **params: str) -> AppTest:
    """The page with these controls open."""
    at = AppTest.from_function(_page, args=(role,), default_timeout=60)
    at.query_params["p"] = session.ref_of(PATIENT)
    for name, value in params.items():
        at.query_params[name] = value
    for what in shown:
        at.session_state[f"not-done/{PATIENT}/{what}"] = True
    return _ran(at.run())


def _ran(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    return at


def _controls(at: AppTest) -> list[str]:
    labels = [one.proto.popover.label for one in at.get("popover")]
    return [label for label in labels if "not done because" in label]


def _reasons(at: AppTest, what: str) -> list[str]:
    key = f"not-done/{PATIENT}/{what}/"
    return [one.label for one in at.button if (one.key or "").startswith(key)]


def _tap(at: AppTest, what: str, reason: str) -> AppTest:
    return _ran(at.button(key=f"not-done/{PATIENT}/{what}/{reason}").click().run())


def _words(at: AppTest) -> str:
    bodies = (one.proto.body for one in at.get("html"))
    kept = "\n".join(body for body in bodies if not body.startswith("<style>"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", kept))


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


def _later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> datetime:
    moment = NOW + timedelta(minutes=minutes)
    monkeypatch.setenv(session.FIXED_CLOCK, moment.isoformat())
    return moment


def test_one_tap_stores_one_event_that_the_cadence_reads(opened):
    before = _due()["vitals"]
    at = _tap(_opened("nurse", "vitals"), "vitals", IMAGING)
    (entry,) = _stored(opened)
    assert entry.payload == {
        "at": NOW.isoformat(timespec="seconds"),
        "kind": "not_done",
        "what": "vitals",
        "why": IMAGING,
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
    said = _words(at)
    assert re.search(rf"Vital signs due \d\d:\d\d, overdue by [^;]+;[^;]+; not done: {IMAGING}; "
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
    assert tell(control, IMAGING, NURSE) is None
    control.stored = False
    assert tell(control, IMAGING, NURSE) is None
    assert [one.payload["why"] for one in _stored(opened)] == ["Refused"]


def test_another_reason_after_a_fault_is_the_one_that_is_stored(opened):
    control = Opened(PATIENT, "vitals", "one-opening")
    assert tell(control, "Refused", session.Person("CD", "observer")) is not None
    assert tell(control, IMAGING, NURSE) is None
    assert [one.payload["why"] for one in _stored(opened)] == [IMAGING]


def test_the_control_closes_and_opens_anew_for_a_later_reason(opened, monkeypatch):
    at = _tap(_opened("nurse", "vitals"), "vitals", "Refused")
    assert not _reasons(at, "vitals")
    _later(monkeypatch, 30)
    at.session_state[f"not-done/{PATIENT}/vitals"] = True
    at = _tap(_ran(at.run()), "vitals", IMAGING)
    assert [one.payload["why"] for one in _stored(opened)] == ["Refused", IMAGING]
    assert f"not done: {IMAGING}; AB (nurse), 12:30" in _words(at)


def test_only_checks_that_are_due_have_a_control(opened):
    names = {what: name for what, name in CHECK_NAMES.items() if what in ("vitals", "neuro")}
    assert set(_controls(_opened())) >= {f"{name} not done because …" for name in names.values()}
    told = quiet_case("n-02", NOW)
    labs = [{"taken_at": (NOW - timedelta(hours=1)).isoformat(), "crp_mg_l": 4.0}]
    opened.import_case({**told, "labs": labs}, ward_id="w1", recorded_by="file", now=NOW)
    at = AppTest.from_function(_page, args=("nurse",), default_timeout=60)
    at.query_params["p"] = session.ref_of("n-02")
    assert not _controls(_ran(at.run()))


def test_asleep_leads_to_the_exam_form_and_is_no_event_of_an_exam(opened):
    at = _opened("nurse", "neuro", "vitals")
    assert ASLEEP in _reasons(at, "vitals")
    assert ASLEEP not in _reasons(at, "neuro")
    assert ASLEEP not in reasons_for("neuro")
    markup = "".join(one.proto.body for one in at.get("html"))
    address = session.link("enter", PATIENT, form="neuro").replace("&", "&amp;")
    assert f'href="{address}"' in markup
    assert "Asleep (try to wake), refused, sedated or intubated" in _words(at)
    assert "record it on the exam form" not in _words(_opened("nurse", "vitals"))


def test_the_exam_form_opens_at_that_address(opened):
    def shown() -> None:
        from dashboard.session import Person, sign_on
        from dashboard.views.enter import page

        sign_on(Person("AB", "nurse"))
        page()

    at = AppTest.from_function(shown, default_timeout=60)
    for pair in session.link("enter", PATIENT, form="neuro").split("?")[1].split("&"):
        name, value = pair.split("=")
        at.query_params[name] = value
    _ran(at.run())
    labels = [one.label for one in at.get("button_group")]
    assert "Consciousness" in labels
    assert "ICE score" in labels


def test_another_reason_is_typed_and_needs_words(opened):
    at = _opened("physician", "neuro")
    at.text_input(key=f"not-done/{PATIENT}/neuro/text").set_value(" a ").run()
    at = _tap(at, "neuro", "other")
    assert "say why" in at.error[0].value
    assert not _stored(opened)
    at.text_input(key=f"not-done/{PATIENT}/neuro/text").set_value("<b>with the imam</b>")
    at = _tap(at, "neuro", "other")
    (entry,) = _stored(opened)
    assert (entry.payload["what"], entry.payload["why"]) == ("neuro", "<b>with the imam</b>")
    assert entry.role == "physician"
    markup = "".join(one.proto.body for one in at.get("html"))
    assert "<b>with the imam" not in markup
    assert "not done: &lt;b&gt;with the imam" in markup


@pytest.mark.parametrize("role", ["", "observer"])
def test_nobody_without_a_role_for_it_can_say_so(opened, role):
    at = _opened(role, "vitals")
    assert not [one for one in _reasons(at, "vitals") if one in reasons_for("vitals")]
    assert at.warning
    person = session.Person("CD", "observer") if role else None
    assert tell(Opened(PATIENT, "vitals", "t"), "Refused", person) is not None
    assert not _stored(opened)


def test_a_view_of_the_past_has_no_control(opened):
    assert _controls(_opened("nurse"))
    assert not _controls(_opened("nurse", at=(NOW - timedelta(minutes=5)).isoformat()))


def test_a_check_done_meanwhile_is_not_marked_as_left_out(opened):
    at = _opened("nurse", "vitals")
    from dashboard.store import NewEntry, Submission

    opened.submit(
        Submission(
            submission_id="s-2",
            ward_id="w1",
            patient_id=PATIENT,
            entries=(NewEntry(kind="vitals", payload=vitals(NOW)),),
            recorded_by="CD",
            role="nurse",
        ),
        now=NOW,
    )
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
