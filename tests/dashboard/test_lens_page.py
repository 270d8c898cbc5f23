"""The lens on the Patient page and the command line: worked out when asked for, then whole."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard import ward
from dashboard.cli import app
from dashboard.parts.patient import lens as panel
from tests.dashboard import screen
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, plain
from tests.dashboard.small_cases import case, exam, vitals
from toxmodels.scales import SCALES

LOW = [{"drug": "norepinephrine", "rate_ug_min": 5.0}]
WHO = "lens-01"


def _told(product: str = "blinatumomab", **more) -> dict:
    now = NOW - timedelta(minutes=20)
    sets = [
        vitals(now - timedelta(hours=4), temperature_c=38.6),
        vitals(now, temperature_c=38.6, vasopressors=LOW),
    ]
    made = case(WHO, NOW, sets=sets, exams=[exam(now)], **more)
    made["therapy"]["product"] = product
    return made


@pytest.fixture
def patient(fresh_store):
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    fresh_store.import_case(json.dumps(_told()), ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


def _opened(*, is_open: bool, **more):
    state = {f"lens/{WHO}": is_open, **more}
    return screen.opened("patient", patient=WHO, state=state)


def _charts(at) -> int:
    return len(at.get("arrow_vega_lite_chart")) + len(at.get("vega_lite_chart"))


def test_nothing_is_worked_out_while_the_fold_is_closed(patient, monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("the lens was worked out for somebody who did not open it")

    monkeypatch.setattr(panel, "beside_at", refuse)
    at = _opened(is_open=False)
    assert _charts(at) == 1
    assert "tw-lens" not in markup_of(at)
    # The cards are those of the two scales that decide, however many there are.
    assert markup_of(at).count('class="tw-card"') == 2


def test_opened_it_shows_every_scale_and_marks_what_the_label_goes_by(patient):
    at = _opened(is_open=True)
    said = plain(at)
    for scale in SCALES.values():
        assert scale.short in said, scale.id
    assert "expected by the label (edition not named)" in said
    assert "CTCAE 4.03 4, which the label (edition not named) goes by, differs from ASTCT" in said
    assert "4 by CTCAE 4.03" in said
    assert "≠ differs" in said
    assert _charts(at) == 2
    assert "CTCAE 4.03: now 4." in said


def test_another_group_is_drawn_and_the_copies_are_offered_on_demand(patient):
    at = _opened(is_open=True)
    at.selectbox(key=f"lens-of/{WHO}").set_value("icans")
    at = screen.ran(at.run())
    assert "ASTCT ICANS: now 0." in plain(at)
    assert not [one for one in at.get("download_button") if one.proto.label == "CSV"]
    at.toggle(key=f"lens-saving/{WHO}").set_value(True)
    at = screen.ran(at.run())
    assert [one.proto.label for one in at.get("download_button")] == ["PNG", "CSV"]


def test_it_is_worked_out_once_for_the_same_records(patient):
    state = ward.patient_state(WHO)
    assert panel.rows_for(state) is panel.rows_for(state)


def test_text_of_a_record_is_shown_as_text(fresh_store):
    evil = "<img src=x onerror=alert(1)>"
    given = {"graded_at": NOW.isoformat(), "scale": f"ctcae-{evil}", "term": "tremor", "grade": 2}
    told = json.dumps(_told(gradings=[given]))
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    fresh_store.import_case(told, ward_id="w1", recorded_by="file", now=NOW)
    at = _opened(is_open=True, **{f"lens-of/{WHO}": "icans"})
    assert "<img" not in markup_of(at)
    assert "&lt;img" in markup_of(at)


def test_after_a_death_from_another_cause_there_is_no_lens(fresh_store):
    death = {"at": (NOW - timedelta(minutes=5)).isoformat(), "kind": "death", "due_to": "other"}
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    told = json.dumps(_told(events=[death]))
    fresh_store.import_case(told, ward_id="w1", recorded_by="file", now=NOW)
    assert "tw-lens" not in markup_of(_opened(is_open=True))


# --- the command line ----------------------------------------------------------------------------
def _called(tmp_path: Path, *more: str) -> str:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(_told()), encoding="utf-8")
    found = CliRunner().invoke(app, ["assess", str(file), "--scale", "all", *more])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_the_command_line_shows_all_scales_in_one_table_a_toxicity(tmp_path):
    said = " ".join(_called(tmp_path, "--protocol", "nccn-2026-2").split())
    assert "Cytokine release syndrome, every scale" in said
    assert "« protocol" in said
    assert "« label" in said
    assert "CTCAE 4.03 differs from ASTCT: norepinephrine" in said
    assert "What the rules go by" in said
    assert "(unverified)" in said
    assert "\\n" not in said


def test_as_json_every_scale_is_in_grades(tmp_path):
    found = json.loads(_called(tmp_path, "--json"))
    assert {*found["grades"]} == {*SCALES}
    assert found["grades"]["ctcae-crs-4.03"]["at_least"] == 4
