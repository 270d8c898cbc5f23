"""The page and the commands: drawn when opened, for who may, on record, and refusing clearly."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import session
from dashboard.cli import app
from dashboard.handover.record import READ_BACK
from dashboard.views import handover as view
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, opened
from tests.dashboard.small_cases import FEVER, case, exam, quiet_case, vitals

CLI = CliRunner()


def _opened(patient: str | None = None, role: str = "", **params: str) -> AppTest:
    return opened("handover", role, patient=patient, **params)


@pytest.fixture
def two_patients(fresh_store, monkeypatch):
    """A demo ward: whoever signs on needs no password."""
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    hot = case(
        "ward-017",
        NOW,
        sets=[vitals(NOW - timedelta(hours=1), **FEVER)],
        exams=[exam(NOW - timedelta(hours=1))],
    )
    for one in (hot, quiet_case("ward-018", NOW)):
        fresh_store.import_case(one, ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


# The page


def test_the_ward_lists_everybody_and_draws_nobody_until_opened(two_patients, monkeypatch):
    made: list[str] = []
    real = view.told
    monkeypatch.setattr(
        view, "told", lambda state, *a: made.append(state.patient_id) or real(state, *a)
    )
    at = _opened()
    labels = [one.label.replace("\\", "") for one in at.expander]
    assert labels[0].startswith("ward-017: CRS 1")
    assert labels[1].startswith("ward-018: CRS 0")
    assert made == []
    assert "Situation" not in markup_of(at)


def test_one_patient_is_shown_whole_and_nobody_else(two_patients):
    said = markup_of(_opened("ward-017"))
    for title in ("S: Situation", "B: Background", "A: Assessment", "R: Alerts"):
        assert title in said
    assert "ward-018" not in said
    assert all(asked in said for asked in READ_BACK)


def test_patient_and_handover_lead_to_each_other(two_patients, monkeypatch):
    led: list[tuple[object, ...]] = []
    monkeypatch.setattr(session, "go", lambda *there: led.append(there))
    opened("patient", patient="ward-017").button(key="to-handover/ward-017").click().run()
    opened("patient", patient="ward-017").button(key="to-enter/ward-017").click().run()
    opened("handover", patient="ward-017").button(key="handover-patient/ward-017").click().run()
    assert led == [
        ("handover", "ward-017", None),
        ("enter", "ward-017"),
        ("patient", "ward-017", None),
    ]
    then = NOW - timedelta(hours=1)
    past = opened("patient", patient="ward-017", at=then.isoformat())
    assert not [one for one in past.button if one.key == "to-enter/ward-017"], "nothing is entered"


def test_a_page_of_the_past_shows_that_time(two_patients):
    at = NOW - timedelta(hours=2)
    said = markup_of(_opened("ward-017", at=at.isoformat()))
    assert "20-Mar-2026 10:00 UTC" in said
    assert "Last vital signs</dt><dd>not recorded" in said


def test_text_of_a_record_is_shown_as_text(two_patients, fresh_store):
    body = quiet_case("ward-019", NOW)
    body["patient"]["allergies"] = ["<img src=x onerror=alert(1)>"]
    fresh_store.import_case(body, ward_id="w1", recorded_by="file", now=NOW)
    said = markup_of(_opened("ward-019"))
    assert "<img" not in said
    assert "&lt;img src=x onerror=alert(1)&gt;" in said


@pytest.mark.parametrize(
    ("role", "may"), [("", False), ("observer", False), ("nurse", True), ("physician", True)]
)
def test_only_who_may_print_is_offered_a_print(two_patients, role, may):
    names = [one.proto.label for one in _opened("ward-017", role).get("download_button")]
    assert ("PDF" in names) is may
    assert "Downtime sheets (PDF)" in names


def test_a_read_back_is_recorded_only_whole_and_with_a_receiver(two_patients):
    at = _opened("ward-017", "nurse")
    press = next(one for one in at.button if one.label == "Record the handover")
    press.click().run()
    assert any("Not recorded" in one.value for one in at.error)
    for box in at.checkbox:
        box.check()
    next(one for one in at.text_input if one.label.startswith("Received by")).set_value("EF")
    next(one for one in at.button if one.label == "Record the handover").click().run()
    assert not at.error
    (deed,) = [one for one in two_patients.audit_trail() if one.action == "handover"]
    assert (deed.who, deed.role, deed.patient_id) == ("AB", "nurse", "ward-017")
    assert deed.detail["received_by"] == "EF"


def test_a_ward_without_patients_and_an_unknown_address_say_so(fresh_store):
    at = opened("handover")
    assert "no ward" in at.info[0].value
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    at = opened("handover", p="0000000000000000")
    assert "No patient is behind this address" in at.error[0].value


# The commands


@pytest.fixture
def case_file(tmp_path):
    file = tmp_path / "case.json"
    file.write_text(json.dumps(quiet_case("ward-017", NOW)), encoding="utf-8")
    return file


def test_the_command_prints_text_that_can_be_pasted(case_file):
    found = CLI.invoke(app, ["handover", str(case_file), "--by", "AB", "--zone", "Europe/Berlin"])
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("HANDOVER ward-017, ward not recorded (case file)\n")
    assert "As of: 20-Mar-2026 12:00 CET" in found.stdout
    assert " by AB.\n" in found.stdout
    assert not re.search(r"[\t\r\x1b]", found.stdout)


def test_the_command_writes_a_pdf_and_never_over_another(case_file, tmp_path):
    file = tmp_path / "out.pdf"
    first = CLI.invoke(app, ["handover", str(case_file), "--pdf", str(file)])
    assert first.exit_code == 0, first.output
    assert first.stdout == ""
    with pypdfium2.PdfDocument(file.read_bytes()) as document:
        assert len(document) >= 2
    again = CLI.invoke(app, ["handover", str(case_file), "--pdf", str(file)])
    assert again.exit_code == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name one of a case file, a patient or a ward"),
        (["{file}", "--patient", "ward-017"], "name one of"),
        (["{file}", "--since", "2026-03-20T13:00:00+00:00"], "lies after the time"),
        (["{file}", "--since", "yesterday"], "--since"),
        (["{file}", "--zone", "Mars/Olympus"], "is no time zone"),
        (["{file}", "--protocol", "asco"], "asco"),
        (["--patient", "nobody"], "nobody with this id is on record"),
        (["--ward", "nowhere"], "does not exist"),
        (["--patient", "ward-017", "--protocol", "asco-2021"], "a ward has chosen its own"),
    ],
)
def test_what_cannot_be_used_is_refused_with_place_and_cure(
    fresh_store, case_file, arguments, says
):
    found = CLI.invoke(app, ["handover", *(one.format(file=case_file) for one in arguments)])
    assert found.exit_code == 2
    assert says in found.stderr
    assert found.stdout == ""


def test_a_patient_and_a_ward_of_the_store_and_their_record(two_patients, tmp_path):
    one = CLI.invoke(app, ["handover", "--patient", "ward-017", "--by", "AB"])
    assert one.exit_code == 0, one.output
    assert "HANDOVER ward-017, Ward One" in one.stdout
    assert "ward-018" not in one.stdout
    file = tmp_path / "ward.pdf"
    all_ = CLI.invoke(app, ["handover", "--ward", "w1", "--by", "AB", "--pdf", str(file)])
    assert all_.exit_code == 0, all_.output
    with pypdfium2.PdfDocument(file.read_bytes()) as document:
        page = document[0]
        words = page.get_textpage()
        said = words.get_text_bounded()
        words.close()
        page.close()
    assert "ward-017" in said
    assert "ward-018" in said
    made = [one for one in session.store().audit_trail() if one.action == "print"]
    assert [(x.who, x.ward_id, x.patient_id, x.detail["as"]) for x in made] == [
        ("AB", "w1", "ward-017", "text"),
        ("AB", "w1", None, "pdf"),
    ]


def test_downtime_sheets_are_printed_from_the_command_line(tmp_path):
    file = tmp_path / "down.pdf"
    found = CLI.invoke(app, ["downtime-sheet", "--pdf", str(file), "--zone", "Europe/Berlin"])
    assert found.exit_code == 0, found.output
    with pypdfium2.PdfDocument(file.read_bytes()) as document:
        assert len(document) >= 7
    assert CLI.invoke(app, ["downtime-sheet", "--pdf", str(file)]).exit_code == 2


def test_a_beginning_of_ones_own_tells_what_changed_since_then(two_patients):
    at = _opened("ward-017")
    assert "Since</dt><dd>20-Mar-2026 00:00 UTC" in markup_of(at)
    at.session_state["handover-since"] = "Other time"
    at.session_state["handover-since-time"] = (NOW - timedelta(minutes=30)).replace(tzinfo=None)
    at.run()
    assert not at.exception
    assert "Since</dt><dd>20-Mar-2026 11:30 UTC" in markup_of(at)
    assert "unchanged: 1" in markup_of(at)
    at.session_state["handover-since-time"] = (NOW + timedelta(hours=1)).replace(tzinfo=None)
    at.run()
    assert "lies after the handover" in at.error[0].value
    assert "Since</dt><dd>20-Mar-2026 00:00 UTC" in markup_of(at)
