"""The board as a page: empty store, sample ward, stale observations, a view of the past."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import references, sample_ward, session, ward
from dashboard.need import Tier
from dashboard.parts import board_table
from dashboard.parts.board_table import Look, table
from dashboard.views.board import summary
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, ran
from tests.dashboard.small_cases import FEVER, LOW, case, exam, quiet_case, vitals
from tests.health.tree import ROOT

APP = str(ROOT / "dashboard" / "app.py")
LOOK = Look(at=None, clock=lambda moment: f"{moment:%H:%M}", ink="#000000", zone="UTC")
WAIT_S = 30


def _markup(app: AppTest) -> str:
    return markup_of(ran(app))


def _rows(markup: str) -> dict[str, str]:
    """Each patient's row of the board as text."""
    found = {}
    for row in re.findall(r"<tr class=.*?</tr>", markup, re.DOTALL):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
        found[text.split()[0]] = text
    return found


def _one(store, made: dict) -> None:
    if not store.wards():
        store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    store.import_case(made, ward_id="w", recorded_by="t", now=NOW)


def _h(hours: float):
    return NOW - timedelta(hours=hours)


def test_an_empty_store_says_what_to_do(fresh_store):
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    assert not app.exception
    assert any("no ward yet" in element.value for element in app.markdown)


def test_an_empty_ward_counts_nobody(fresh_store):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    assert "0 patients" in _markup(app)
    assert "Ward 7" in _markup(app)


def test_the_sample_ward_opens_with_everybody_in_it(fresh_store):
    sample_ward.load_if_empty(fresh_store, now=NOW)
    stories = len(list(sample_ward.stories_folder().glob("*/case.json")))
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    markup = _markup(app)
    rows = _rows(markup)
    assert stories >= 12
    assert len(rows) == stories
    assert f"{stories} patients" in markup
    assert "Sample data: invented patients" in markup
    assert "Not yet reviewed by a clinician" in markup


def test_a_fixed_clock_is_said_on_every_page(fresh_store):
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    assert "stands still" in _markup(AppTest.from_file(APP, default_timeout=WAIT_S).run())


def test_a_grade_stands_with_its_time_age_sign_and_gap(fresh_store):
    sets = [vitals(_h(1), **FEVER, oxygen=None, hypotensive=True)]
    _one(fresh_store, case("p-1", NOW, sets=sets, exams=[exam(_h(2))]))
    (row,) = _rows(table(ward.board_rows("w"), LOOK)).values()
    assert "CRS 2 - 4" in row
    assert "at 11:00, 1 h 00 min ago" in row
    assert "?" in row
    assert "could be 2 to 4" in row
    assert "Vitals 11:00, 1 h 00 min ago" in row
    assert "ICE 10:00, 2 h 00 min ago" in row


def test_what_nobody_assessed_never_looks_like_zero(fresh_store):
    _one(fresh_store, case("p-1", NOW, sets=[], exams=[]))
    markup = table(ward.board_rows("w"), LOOK)
    (row,) = _rows(markup).values()
    assert row.count("not assessed") >= 2
    assert row.count("could be 0 to 4") == 2, "the range of the grade, not of the first gap"
    assert not re.search(r"(CRS|ICANS) 0\b", row)
    assert "Vitals: never recorded" in row
    assert markup.count("tw-unknown") == 2
    assert "tw-zero" not in markup


def test_stale_values_are_grey_open_and_overdue(fresh_store):
    sets, exams = [vitals(_h(6), **FEVER, **LOW)], [exam(_h(14))]
    _one(fresh_store, case("p-1", NOW, sets=sets, exams=exams))
    markup = table(ward.board_rows("w"), LOOK)
    (row,) = _rows(markup).values()
    assert "CRS not assessed" in row
    assert "was 2, 6 h 00 min ago" in row
    assert "overdue by 4 h 00 min" in row, "every 2 h at CRS grade 2"
    assert 'class="tw-line tw-stale">Vitals 06:00, 6 h 00 min ago' in markup


def test_the_age_over_midnight_is_elapsed_time(fresh_store, monkeypatch):
    midnight = NOW.replace(hour=0, minute=3)
    monkeypatch.setenv(session.FIXED_CLOCK, midnight.isoformat())
    at = midnight - timedelta(minutes=21)
    made = case("p-1", midnight, sets=[vitals(at)], exams=[exam(at)])
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=midnight)
    fresh_store.import_case(made, ward_id="w", recorded_by="t", now=midnight)
    (row,) = _rows(table(ward.board_rows("w"), LOOK)).values()
    assert "Vitals 23:42, 21 min ago" in row


def test_an_exam_that_could_not_be_done_does_not_hide_the_age_of_the_score(fresh_store):
    exams = [exam(_h(9)), exam(_h(1), ice=None, unable="sedated")]
    _one(fresh_store, case("p-1", NOW, sets=[vitals(_h(1))], exams=exams))
    (row,) = _rows(table(ward.board_rows("w"), LOOK)).values()
    assert "Exam not possible 11:00" in row
    assert "last ICE score 9 h 00 min ago" in row


def test_the_dead_stand_quiet_at_the_end(fresh_store):
    death = [{"at": _h(2).isoformat(), "kind": "death", "due_to": "other"}]
    gone = case("p-0", NOW, sets=[vitals(_h(9))], exams=[exam(_h(9))], events=death)
    for made in (gone, quiet_case("p-1", NOW)):
        _one(fresh_store, made)
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    rows = _rows(_markup(app))
    assert [*rows] == ["p-1", "p-0"]
    assert "deceased" in rows["p-0"]
    assert "no grade" in rows["p-0"]
    assert "Acknowledge" not in rows["p-0"]


def test_a_past_view_says_so_and_takes_no_entry(fresh_store):
    sets = [vitals(_h(10)), vitals(_h(1), **FEVER)]
    _one(fresh_store, case("p-1", NOW, sets=sets, exams=[exam(_h(10)), exam(_h(1))]))
    app = AppTest.from_file(APP, default_timeout=WAIT_S)
    app.query_params["at"] = _h(9).isoformat()
    markup = _markup(app.run())
    (row,) = _rows(markup).values()
    assert "PAST VIEW" in markup
    assert "CRS 0" in row
    assert "Enter" not in row
    assert "Acknowledge" not in row


@pytest.mark.parametrize("at", ["yesterday", "2026-03-20T08:00:00", "99"])
def test_a_time_that_cannot_be_read_is_said_and_now_is_shown(fresh_store, at):
    _one(fresh_store, quiet_case("p-1", NOW))
    app = AppTest.from_file(APP, default_timeout=WAIT_S)
    app.query_params["at"] = at
    app.run()
    assert any("cannot be read" in element.value for element in app.warning)
    assert "PAST VIEW" not in _markup(app)


def test_an_old_sample_ward_offers_the_view_of_its_first_day(fresh_store, monkeypatch):
    folder = sample_ward.stories_folder()
    assert folder.is_dir()
    sample_ward.load_if_empty(fresh_store, now=NOW)
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(hours=7)).isoformat())
    markup = _markup(AppTest.from_file(APP, default_timeout=WAIT_S).run())
    assert "show the ward as it was when loaded" in markup
    assert "at=2026-03-20T12:00:00%2B00:00" in markup


def test_a_row_that_cannot_be_drawn_is_loud_and_alone(fresh_store, monkeypatch):
    for name in ("p-1", "p-2"):
        _one(fresh_store, quiet_case(name, NOW))
    right = board_table.since_dose

    def broken(state):
        if state.patient_id == "p-1":
            raise KeyError("a name")
        return right(state)

    monkeypatch.setattr(board_table, "since_dose", broken)
    rows = _rows(table(ward.board_rows("w"), LOOK))
    assert "ACT NOW" in rows["p-1"]
    assert "use the bedside chart" in rows["p-1"]
    assert "a name" not in rows["p-1"]
    assert "CRS 0" in rows["p-2"]


def test_patient_text_stays_text(fresh_store):
    mark = "<img src=x onerror=alert(1)>"
    _one(fresh_store, quiet_case(mark, NOW))
    markup = table(ward.board_rows("w"), LOOK)
    assert mark not in markup
    assert "&lt;img src=x" in markup


def test_the_address_of_a_patient_says_nothing_about_them(fresh_store):
    _one(fresh_store, quiet_case("MRN-12345", NOW))
    address = session.link("patient", "MRN-12345", NOW)
    ref = session.ref_of("MRN-12345")
    assert "12345" not in address
    assert session.patient_of(ref) == "MRN-12345"
    references.forget()
    assert session.patient_of(ref) == "MRN-12345", "found again by a new process"
    assert session.patient_of("0000000000000000") is None
    assert session.patient_of(None) is None


def test_an_open_grade_is_never_called_the_worst(fresh_store):
    sets = [vitals(_h(1), **FEVER, oxygen=None, hypotensive=True)]
    _one(fresh_store, case("p-1", NOW, sets=sets, exams=[exam(_h(2))]))
    (row,) = _rows(table(ward.board_rows("w"), LOOK)).values()
    assert "worst: CRS 2 or more" in row


def test_a_0_for_want_of_fever_is_no_calm_worst(fresh_store):
    sets = [vitals(_h(5), **LOW), vitals(_h(1))]
    _one(fresh_store, case("p-1", NOW, sets=sets, exams=[exam(_h(2))]))
    (row,) = _rows(table(ward.board_rows("w"), LOOK)).values()
    assert "worst: CRS 0 (no fever, but signs), ICANS 0" in row


@pytest.mark.parametrize(
    ("needs", "late", "says"),
    [
        ([], 0, "0 patients: nobody worse, nothing overdue"),
        ([Tier.BY_GRADE], 0, "1 patient: nobody worse, nothing overdue"),
        ([Tier.EMERGENCY, Tier.URGENT], 1, "2 patients: 1 emergency, 1 urgent, 1 overdue"),
        ([Tier.WORSE_OR_SEVERE] * 2, 0, "2 patients: 2 worse or severe"),
    ],
)
def test_the_ward_in_one_line(needs, late, says):
    assert summary(needs, late) == says


def test_signing_on_takes_name_and_role_and_is_shown(fresh_store):
    _one(fresh_store, quiet_case("p-1", NOW))
    app = AppTest.from_file(APP, default_timeout=WAIT_S).run()
    app.text_input(key="sign-on-name").set_value("AB")
    app.button[0].click().run()
    assert any("Give both" in element.value for element in app.error)
    app.text_input(key="sign-on-name").set_value("AB")
    app.radio(key="sign-on-role").set_value("nurse")
    app.button[0].click().run()
    assert any("Signed on: AB, nurse" in element.value for element in app.text)
