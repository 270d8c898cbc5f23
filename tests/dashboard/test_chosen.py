"""Which protocol a ward follows: its choices, the site's own files, and what a state then holds."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from dashboard import chosen, glance, sample_ward, ward
from dashboard.states import PatientState
from dashboard.store import NewEntry, Submission
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, case, exam, quiet_case, vitals
from toxmodels import assess, load_case
from toxmodels.protocols import protocols

WARD = "w1"
SITE = """
id           = "our-asco"
title        = "Our own rules"
edition      = "2026"
kind         = "site"
scale        = "ASTCT 2019"
kinds        = ["car-t"]
read_in      = "a test"
verification = "house"
reviewed_by  = ""
reviewed_on  = ""

[[rules]]
id           = "our-asco/crs-low-pressure"
scale        = "astct-crs-2019"
grades       = [2]
step         = "care"
urgency      = "urgent"
advise       = "Call the physician of our unit"
basis        = "house"
verification = "house"
cite         = { source = "site-defaults", at = "a test" }
"""


def choose(store, scope: str, protocol_id: str | None, **more) -> None:
    fields = {
        "choice_id": str(uuid.uuid4()),
        "ward_id": WARD,
        "reason": "agreed",
        "recorded_by": "doctor-1",
        "role": "physician",
        "now": NOW,
    }
    store.choose_protocol(scope=scope, protocol_id=protocol_id, **{**fields, **more})


def decide(store, state, at=NOW, **more):
    fields = {
        "decision_id": "d1",
        "ward_id": WARD,
        "patient_id": state.patient_id,
        "rule": "our-asco/crs-low-pressure",
        "protocol": "our-asco",
        "choice": "overridden",
        "advise": "Call the physician of our unit",
        "dose_mg": None,
        "reason": "is at the bed",
        "seen_position": state.position,
        "recorded_by": "doctor-1",
        "role": "physician",
        "now": at,
    }
    return store.decide(**{**fields, **more})


def sick_case(patient_id: str = "p1", product: str = "tisagenlecleucel") -> dict:
    """Fever and low pressure without a vasopressor: CRS 2, room air."""
    made = case(
        patient_id,
        NOW,
        sets=[vitals(NOW - timedelta(hours=1), **FEVER, **LOW)],
        exams=[exam(NOW - timedelta(hours=1))],
    )
    made["therapy"]["product"] = product
    return made


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The folder of the site's own files, with one good file in it."""
    made = tmp_path / "protocols"
    made.mkdir()
    (made / "ours.toml").write_text(SITE, encoding="utf-8")
    monkeypatch.setenv(chosen.FOLDER, str(made))
    return made


@pytest.fixture
def one_sick(fresh_store):
    """A ward with one patient at CRS 2."""
    fresh_store.add_ward(WARD, "Ward One", is_sample=False, now=NOW)
    fresh_store.import_case(sick_case(), ward_id=WARD, recorded_by="AB", now=NOW)
    return fresh_store


def followed(product: str | None) -> str | None:
    made = sick_case(product=product or "tisagenlecleucel")
    if product is None:
        del made["therapy"]
    found = chosen.protocol_for(WARD, load_case(json.dumps(made)))
    return None if found is None else found.id


# The files


def test_the_packaged_protocols_are_there_without_a_folder(monkeypatch):
    monkeypatch.delenv(chosen.FOLDER, raising=False)
    assert dict(chosen.protocols_here()) == protocols()
    assert chosen.faults() == ()


def test_a_broken_file_is_named_and_the_others_still_load(folder, monkeypatch):
    (folder / "broken.toml").write_text("id = \n", encoding="utf-8")
    (folder / "spelled.toml").write_text(SITE.replace("urgency ", "urgencie "), encoding="utf-8")
    (folder / "latin.toml").write_bytes(SITE.encode().replace(b"Our own", b"Uns\xe9re"))
    (folder / "stolen.toml").write_text(SITE.replace("our-asco", "asco-2021"), encoding="utf-8")
    (folder / ".hidden.toml").write_text("nonsense", encoding="utf-8")
    (folder / "notes.txt").write_text("nonsense", encoding="utf-8")
    (folder / "folder.toml").mkdir()
    here = chosen.protocols_here()
    assert set(here) == {*protocols(), "our-asco"}
    assert here["asco-2021"] == protocols()["asco-2021"], "a site cannot replace a packaged one"
    assert chosen.rule_books().of_site == {"our-asco"}
    said = chosen.faults()
    for name, words in {
        "broken.toml": "not TOML",
        "spelled.toml": "urgenc",
        "latin.toml": "UTF-8",
        "stolen.toml": "packaged protocol",
        "folder.toml": "cannot be opened",
    }.items():
        assert any(name in one and words in one for one in said), (name, said)
    assert not any("hidden" in one or "notes" in one for one in said)


def test_an_id_in_two_files_is_used_from_neither(folder):
    (folder / "theirs.toml").write_text(SITE.replace("Call the", "Ring the"), encoding="utf-8")
    assert "our-asco" not in chosen.protocols_here()
    (said,) = chosen.faults()
    assert said.startswith("ours.toml, theirs.toml: ")


def test_a_folder_that_is_not_there_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setenv(chosen.FOLDER, str(tmp_path / "nowhere"))
    assert dict(chosen.protocols_here()) == protocols()
    (said,) = chosen.faults()
    assert chosen.FOLDER in said


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(folder):
    first = chosen.rule_books()
    assert chosen.rule_books() is first
    (folder / "ours.toml").write_text(SITE.replace("Call the", "Ring the"), encoding="utf-8")
    second = chosen.rule_books()
    assert second.protocols["our-asco"].rules[0].advise.startswith("Ring the")
    assert second.digests["our-asco"] != first.digests["our-asco"]
    assert second.digests["asco-2021"] == first.digests["asco-2021"]


# The choices


def test_the_product_comes_before_its_kind_and_the_newest_before_the_older(one_sick, folder):
    assert followed("tisagenlecleucel") is None
    choose(one_sick, "car-t", "asco-2021")
    assert [followed(one) for one in ("tisagenlecleucel", "blinatumomab")] == ["asco-2021", None]
    choose(one_sick, "tisagenlecleucel", "our-asco")
    assert followed("tisagenlecleucel") == "our-asco"
    assert followed("axicabtagene-ciloleucel") == "asco-2021"
    choose(one_sick, "tisagenlecleucel", None)
    assert followed("tisagenlecleucel") is None, "no protocol was decided, and that holds"
    choose(one_sick, "tisagenlecleucel", "asco-2021")
    choose(one_sick, "engager", "asco-2021")
    assert followed("tisagenlecleucel") == followed("blinatumomab") == "asco-2021"


def test_another_ward_has_its_own_choice(one_sick):
    one_sick.add_ward("w2", "Ward Two", is_sample=False, now=NOW)
    choose(one_sick, "car-t", "asco-2021")
    found = chosen.chosen_for("w2", load_case(json.dumps(sick_case())))
    assert (found.protocol, found.choice, found.fault) == (None, None, None)


def test_without_a_product_a_choice_cannot_be_followed_and_that_is_said(one_sick):
    untold = sick_case("p2")
    del untold["therapy"]
    one_sick.import_case(untold, ward_id=WARD, recorded_by="AB", now=NOW)
    assert ward.patient_state("p2").advice_fault is None, "nothing was chosen either"
    choose(one_sick, "car-t", "asco-2021")
    assert followed(None) is None
    assert "No product is recorded" in ward.patient_state("p2").advice_fault


def test_choices_are_asked_once_a_version(one_sick):
    choose(one_sick, "car-t", "asco-2021")
    followed("tisagenlecleucel")
    asked = statements(one_sick)
    for _ in range(5):
        followed("tisagenlecleucel")
    assert not [one for one in asked if "protocol_choice" in one]
    choose(one_sick, "car-t", None)
    assert followed("tisagenlecleucel") is None


# What a state holds


def statements(store) -> list[str]:
    """Every question from now on, for counting."""
    asked: list[str] = []

    @event.listens_for(store._engines.read, "before_cursor_execute")
    def _note(_connection, _cursor, statement, *_rest) -> None:
        asked.append(statement)

    return asked


def test_a_choice_changes_what_is_advised_and_never_a_grade(one_sick, folder):
    before = ward.patient_state("p1")
    assert before.protocol is None
    assert [one.rule for one in before.assessment.advice] == ["choose-a-protocol"]
    choose(one_sick, "car-t", "our-asco")
    after = ward.patient_state("p1")
    assert after.protocol.id == after.assessment.protocol == "our-asco"
    assert [one.rule for one in after.assessment.advice] == ["our-asco/crs-low-pressure"]
    assert after.assessment.grades == before.assessment.grades
    assert after.assessment.flags == before.assessment.flags
    choose(one_sick, "car-t", "asco-2021")
    asco = ward.patient_state("p1").assessment
    expected = assess(after.case, at=after.at, protocol="asco-2021")
    assert asco.advice == expected.advice
    assert asco.advice != after.assessment.advice


def test_an_edited_rule_file_shows_in_the_next_drawing(one_sick, folder):
    choose(one_sick, "car-t", "our-asco")
    assert ward.patient_state("p1").assessment.advice[0].advise.startswith("Call")
    (folder / "ours.toml").write_text(SITE.replace("Call the", "Ring the"), encoding="utf-8")
    assert ward.patient_state("p1").assessment.advice[0].advise.startswith("Ring")
    (row,) = ward.board_rows(WARD)
    assert row.assessment.advice[0].advise.startswith("Ring")


def test_a_chosen_file_that_is_gone_is_a_fault_and_no_other_takes_its_place(one_sick, folder):
    choose(one_sick, "car-t", "asco-2021")
    choose(one_sick, "tisagenlecleucel", "our-asco")
    graded = ward.patient_state("p1").assessment.grades
    (folder / "ours.toml").write_text("broken", encoding="utf-8")
    state = ward.patient_state("p1")
    assert (state.protocol, state.assessment.protocol) == (None, None)
    assert state.assessment.advice == (), "not: choose a protocol"
    assert '"our-asco", chosen for tisagenlecleucel' in state.advice_fault
    assert state.assessment.grades == graded
    (folder / "ours.toml").write_text(SITE, encoding="utf-8")
    back = ward.patient_state("p1")
    assert (back.protocol.id, back.advice_fault) == ("our-asco", None)


def test_a_rule_that_fails_does_not_take_the_grades_along(one_sick, folder, monkeypatch):
    """A fault of the rule engine itself, which no rule file should be able to cause."""
    choose(one_sick, "car-t", "our-asco")
    graded = ward.patient_state("p1").assessment.grades

    def fails(*_anything):
        raise KeyError("no such label")

    # The package offers a function of the same name as the module.
    monkeypatch.setattr(sys.modules["toxmodels.assess"], "advise", fails)
    ward.forget()
    state = ward.patient_state("p1")
    assert state.assessment.grades == graded
    assert "our-asco could not be worked out (KeyError)" in state.advice_fault
    (row,) = ward.board_rows(WARD)
    assert isinstance(row, PatientState)


def test_decisions_stand_with_the_state_and_in_the_past_only_those_made(one_sick, folder):
    choose(one_sick, "car-t", "our-asco")
    state = ward.patient_state("p1")
    assert state.decisions == ()
    made = decide(one_sick, state)
    assert ward.patient_state("p1").decisions == (made,)
    (row,) = ward.board_rows(WARD)
    assert row.decisions == (made,)
    later = decide(one_sick, state, NOW + timedelta(minutes=5), decision_id="d2")
    assert ward.patient_state("p1").decisions == (made, later)
    assert ward.patient_state("p1", NOW).decisions == (made,)
    assert ward.patient_state("p1", NOW - timedelta(minutes=30)).decisions == ()


def test_an_unchanged_board_costs_one_question_also_with_protocols(one_sick, folder):
    for number in range(2, 6):
        quiet = quiet_case(f"p{number}", NOW)
        one_sick.import_case(quiet, ward_id=WARD, recorded_by="AB", now=NOW)
    choose(one_sick, "car-t", "our-asco")
    decide(one_sick, ward.patient_state("p1"))
    first = ward.board_rows(WARD)
    glance.look_anew()
    asked = statements(one_sick)
    assert ward.board_rows(WARD) == first
    told = [one for one in asked if one.lstrip().upper().startswith("SELECT")]
    assert len(told) == 1, told
    assert "ward_version" in told[0]


def test_an_entry_of_one_patient_reads_no_decisions_again(one_sick, folder):
    choose(one_sick, "car-t", "our-asco")
    decide(one_sick, ward.patient_state("p1"))
    one_sick.import_case(quiet_case("p2", NOW), ward_id=WARD, recorded_by="AB", now=NOW)
    ward.board_rows(WARD)
    entry = NewEntry(kind="vitals", payload=vitals(NOW), observed_at=NOW)
    one_sick.submit(
        Submission(
            submission_id="s1", ward_id=WARD, patient_id="p2", entries=(entry,),
            recorded_by="AB", role="nurse",
        ),
        now=NOW,
    )  # fmt: skip
    asked = statements(one_sick)
    ward.board_rows(WARD)
    about = [one for one in asked if "FROM decision" in one]
    assert len(about) == 1, about
    assert "max(" in about[0]


# The sample ward


def test_the_sample_ward_follows_protocols_and_keeps_what_somebody_chose(fresh_store, tmp_path):
    sample_ward.load_if_empty(fresh_store, now=NOW, folder=tmp_path)
    made = {one.scope: one.protocol_id for one in fresh_store.protocol_choices("sample")}
    wanted = {scope: id_ for scope, id_ in sample_ward.FOLLOWS.items() if id_ in protocols()}
    assert made == wanted
    assert made["car-t"] == "asco-2021"
    choose(fresh_store, "car-t", None, ward_id="sample")
    version = fresh_store.version("sample")
    sample_ward.load_if_empty(fresh_store, now=NOW + timedelta(days=1), folder=tmp_path)
    assert fresh_store.version("sample") == version
    assert chosen.choices_here("sample")["car-t"].protocol_id is None
