"""The work list: what is due for whom, what a quiet view hides, how fast the team answers."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import sample_ward, session, tasks, ward
from dashboard.parts.board_table import Look, table
from dashboard.parts.grade import esc
from dashboard.parts.work import called
from dashboard.parts.work.answering import Answer, answers, median_text
from dashboard.session import Person
from dashboard.states import Unreadable
from dashboard.views.board import acknowledge
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, opened, plain
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, quiet_case, vitals
from tests.health.tree import ROOT

APP = str(ROOT / "dashboard" / "app.py")
WAIT_S = 60
NURSE = Person("AB", "nurse")
NOBODY_SAID = {"told": lambda state, one: None}


def _h(hours: float):
    return NOW - timedelta(hours=hours)


@pytest.fixture
def here(fresh_store):
    """A ward with one patient each: grave, overdue, soon due, quiet."""
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    made = [
        case("grave", NOW, sets=[vitals(_h(0.2), **FEVER, **PRESSOR)], exams=[exam(_h(1))]),
        case("late", NOW, sets=[vitals(_h(9))], exams=[exam(_h(1))]),
        case("soon", NOW, sets=[vitals(_h(3.5))], exams=[exam(_h(1))]),
        quiet_case("quiet", NOW),
    ]
    for one in made:
        fresh_store.import_case(one, ward_id="w", recorded_by="t", now=NOW)
    called.forget()
    return fresh_store


def _listed(**more):
    return tasks.tasks(ward.board_rows("w"), **{**NOBODY_SAID, **more})


def _page(**query):
    return opened("work", **query)


def _text(app):
    shown = " ".join(element.value for element in app.markdown)
    return f"{plain(app)} {shown}"


def test_the_list_follows_the_board_and_says_how_late(here):
    found = [one for one in _listed() if one.what == "vitals"]
    assert [(one.patient_id, one.standing) for one in found] == [
        ("grave", "soon"),
        ("late", "late"),
        ("soon", "soon"),
    ]
    late = found[1]
    assert late.due_at == _h(5)
    assert late.beyond == timedelta(hours=5)
    assert late.why == "every 4 h in the days of risk after a dose"
    assert {one.what for one in _listed() if one.patient_id == "quiet"} == {"labs"}


def test_an_overdue_check_is_late_from_a_whole_interval_on(fresh_store):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    for name, age in (("due", 4.5), ("over", 5.5), ("whole", 8.0)):
        made = case(name, NOW, sets=[vitals(_h(age))], exams=[exam(_h(1))])
        fresh_store.import_case(made, ward_id="w", recorded_by="t", now=NOW)
    found = {one.patient_id: one.standing for one in _listed() if one.what == "vitals"}
    assert found == {"due": "due", "over": "overdue", "whole": "late"}


def test_who_cannot_be_graded_is_a_task_and_the_dead_are_none(fresh_store):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    death = [{"at": _h(2).isoformat(), "kind": "death", "due_to": "other"}]
    gone = case("gone", NOW, sets=[vitals(_h(9))], exams=[exam(_h(9))], events=death)
    fresh_store.import_case(gone, ward_id="w", recorded_by="t", now=NOW)
    lost = Unreadable("lost", "w", 3, NOW, "the entries do not read as a case")
    found = tasks.tasks([*ward.board_rows("w"), lost], **NOBODY_SAID)
    assert [(one.patient_id, one.what, one.why) for one in found] == [
        ("lost", None, "the entries do not read as a case")
    ]


def test_why_it_was_not_done_stands_beside_it_with_who_and_when(here):
    at = (NOW - timedelta(minutes=4)).isoformat()
    entry = {"at": at, "kind": "not_done", "what": "vitals", "why": "refused"}
    made = case("told", NOW, sets=[vitals(_h(9))], exams=[exam(_h(1))], events=[entry])
    here.import_case(made, ward_id="w", recorded_by="CD", role="nurse", now=NOW)
    text = _text(_page())
    assert "Refused; CD (nurse), 11:56" in text
    assert "overdue by 5 h 00 min, a whole interval" in text, "the clock did not move"


def test_the_page_says_whom_to_call_and_that_it_calls_nobody(here):
    text = _text(_page())
    assert "Unacknowledged for 12 min: call the physician on call" in text
    assert "next: senior physician on call at 12:03" in text
    assert "toxwatch sends no message" in text
    assert "Work list:" in text


def test_whom_to_call_is_said_once_for_each_patient(here):
    (grave,) = [row for row in ward.board_rows("w") if row.patient_id == "grave"]
    assert len(grave.open_alerts) > 2
    table_of = re.search(r'<table class="tw-work tw-asking">.*?</table>', markup_of(_page()), re.S)
    assert table_of is not None
    (row,) = re.findall(r"<tr class.*?</tr>", table_of[0], re.DOTALL)[:1]
    asks = [one.flag.says for one in grave.open_alerts]
    assert all(esc(one) in row for one in asks), "no alert is left out"
    calls = re.findall(r"call the ([a-z ]+)", row)
    assert len(calls) == len(set(calls)), calls
    assert "physician on call" in calls


def test_an_overdue_check_without_a_reason_leads_to_where_one_is_given(here):
    made = markup_of(_page())
    rows = {
        who: row
        for row in re.findall(r"<tr class.*?</tr>", made.split("tw-checks")[1], re.DOTALL)
        if "Vital signs" in row
        for who in re.findall(r'class="tw-who"[^>]*>([^<]+)<', row)
    }
    assert "say why" in rows["late"]
    assert f'href="{session.link("patient", "late")}"' in rows["late"]
    assert "say why" not in rows["soon"], "it is not overdue"
    assert "say why" not in markup_of(_page(at=NOW.isoformat()))


def test_the_board_says_it_too(here):
    markup = table(
        ward.board_rows("w"),
        Look(at=None, clock=lambda at: f"{at:%H:%M}", ink="#000000", zone="UTC"),
    )
    assert "Unacknowledged for 12 min: call the physician on call" in markup


def test_each_check_leads_to_the_entry_of_its_patient(here):
    markup = markup_of(_page())
    for name in ("late", "soon"):
        assert f'href="{session.link("enter", name)}"' in markup
    assert "late" not in session.link("enter", "late").removeprefix("/enter")


# What a quiet view leaves out


def test_critical_only_keeps_emergencies_and_what_is_late_and_counts_the_rest(here):
    rows = ward.board_rows("w")
    shown = {row.patient_id for row in rows if tasks.critical(row)}
    assert shown == {"grave", "late"}
    app = _page()
    before = _text(app)
    app.toggle(key="critical-only-work").set_value(True).run()
    text = _text(app)
    assert "soon" in before
    assert "Critical only: 2 patients hidden" in text
    assert "Unacknowledged for 12 min" in text
    assert "Enter" in text
    assert not re.search(r"\bsoon\b", text.split("Checks")[1].split("Median")[0])


def test_an_acknowledged_emergency_stays_in_sight(here):
    _tap_first("grave")
    (row,) = [row for row in ward.board_rows("w") if row.patient_id == "grave"]
    urgent = {one.flag.urgency for one in row.alerts if not one.is_open}
    assert "emergency" in urgent
    assert tasks.critical(row)


def test_what_is_hidden_is_named_by_how_bad_it_is(fresh_store):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    made = case("low", NOW, sets=[vitals(_h(0.5), **FEVER, **LOW)], exams=[exam(_h(0.5))])
    fresh_store.import_case(made, ward_id="w", recorded_by="t", now=NOW)
    rows = ward.board_rows("w")
    assert tasks.hidden_text(rows).startswith("Critical only: 1 patient hidden")
    assert tasks.hidden_text([]) == "Critical only: it hides nobody."


def test_the_switch_on_the_board_says_what_it_hides(here):
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    app.toggle(key="critical-only-board").set_value(True).run()
    assert not app.exception, app.exception
    text = _text(app)
    assert "Critical only: 2 patients hidden" in text
    assert "2 of 4 patients shown; 2 hidden." in text
    rows = re.findall(r'class="tw-who"[^>]*>([^<]+)<', " ".join(
        element.proto.body for element in app.get("html")
    ))  # fmt: skip
    assert rows == ["grave", "late"]


# Mine


def test_mine_shows_the_chosen_and_says_who_else_needs_somebody(here):
    ref = session.ref_of("soon")
    app = _page(mine=ref)
    app.segmented_control(key="work-whose").set_value("Mine").run()
    text = _text(app)
    assert app.multiselect[0].value == ["soon"]
    assert "Mine: 3 patients of the ward not shown, 2 of them" in text
    assert "grave" not in text.split("Checks")[1].split("Median")[0]


def test_mine_with_nobody_chosen_is_the_whole_ward(here):
    app = _page()
    app.segmented_control(key="work-whose").set_value("Mine").run()
    assert "Nobody is chosen, so the list of the whole ward is shown." in _text(app)
    app.multiselect[0].set_value(["late"]).run()
    assert "mine" in app.query_params
    assert "late" not in str(app.query_params["mine"])


# How fast the team answers


def _tap_first(patient_id: str) -> None:
    state = next(row for row in ward.board_rows("w") if row.patient_id == patient_id)
    alert = next(one for one in state.open_alerts if one.flag.urgency == "emergency")
    fault = acknowledge(state, alert, reason="Expected", person=NURSE, token=f"t-{patient_id}")
    assert fault is None


def test_the_call_is_stored_with_the_tap_and_the_median_counts_from_it(here):
    _tap_first("grave")
    (seen,) = here.acknowledgements("grave")
    assert json.loads(seen.grade_seen)["called_at"] == _h(0.2).isoformat()
    assert answers([seen], NOW) == [Answer("emergency", timedelta(minutes=12))]
    text = _text(_page())
    assert "emergencies: 12 min (n = 1)" in text
    assert "AB" not in text.split("Median")[1], "not by person"


def test_the_median_is_by_urgency_with_its_number():
    found = [Answer("urgent", timedelta(minutes=one)) for one in (1, 2, 9)]
    found += [Answer("emergency", timedelta(hours=8), or_longer=True)]
    assert median_text(found) == [
        "emergencies: more than 8 h 00 min (n = 1)",
        "urgent alerts: 2 min (n = 3)",
    ]
    assert median_text([]) == []


def test_the_next_shift_gets_every_alert_with_who_acknowledged_it(here):
    _tap_first("grave")
    found = tasks.open_alerts(ward.board_rows("w"))
    assert found
    assert [one.alert.is_open for one in found] == sorted(
        (one.alert.is_open for one in found), reverse=True
    )
    assert {one.acknowledged_by for one in found if not one.alert.is_open} == {"AB (nurse)"}


# The page as a whole


def test_the_page_of_an_empty_store_and_of_an_empty_ward(fresh_store):
    assert any("no ward yet" in element.value for element in _page().markdown)
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    assert "nothing is due within the hour" in _text(_page())


def test_a_past_view_shows_and_takes_nothing(here):
    markup = markup_of(_page(at=NOW.isoformat()))
    assert "Acknowledge</button>" not in markup
    assert "/enter" not in markup


def test_the_sample_ward_is_listed_and_kept(fresh_store, monkeypatch):
    sample_ward.load_if_empty(fresh_store, now=NOW)
    called.forget()
    text = _text(_page())
    assert "Unacknowledged for" in text
    asked = []
    monkeypatch.setattr(called, "standing", lambda *given: asked.append(given))
    assert _text(_page()) == text
    assert not asked, "drawing again asks the rules nothing"
