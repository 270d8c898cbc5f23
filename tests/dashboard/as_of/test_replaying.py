"""A past moment as it was known, with the rules of that day and of today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashboard import ward
from dashboard.as_of import noting, replaying
from dashboard.as_of.asked import Replay
from dashboard.as_of.differences import file_changes
from dashboard.as_of.replaying import Replayed, known_patient, known_ward
from dashboard.as_of.rule_set import rule_set
from dashboard.states import CRS, PatientState
from tests.dashboard.as_of.conftest import START, WARD, Place
from tests.dashboard.small_cases import FEVER, case, exam, vitals
from toxmodels import Assessment
from toxmodels.protocols import protocols
from toxmodels.protocols.site_file import site_copy


def at(minutes: float, rules: str = "then") -> Replay:
    return Replay(START + timedelta(minutes=minutes), rules)  # type: ignore[arg-type]


def crs(found: Replayed) -> tuple[int, int]:
    assert isinstance(found.row, PatientState), found.row
    grade = found.row.assessment.grades[CRS]
    return grade.at_least, grade.at_most


def test_before_a_correction_the_past_shows_what_was_known(place: Place) -> None:
    place.enter(30, vitals(START + timedelta(minutes=25), **FEVER))
    (wrong,) = [one for one in place.entries("vitals") if one.payload["temperature_c"] == 39.0]
    place.enter(
        60, vitals(START + timedelta(minutes=25)), replaces=wrong.entry_id, reason="misread"
    )
    place.clock(600)
    before, after = known_patient(WARD, "p1", at(45)), known_patient(WARD, "p1", at(61))
    assert (crs(before), crs(after)) == ((1, 1), (0, 0)), "the correction was not known at 45"
    assert (before.verdict, after.verdict) == ("as-shown", "as-shown")
    assert crs(known_patient(WARD, "p1", at(45, "today"))) == (1, 1), "records known then"
    assert not before.differs
    assert known_ward(WARD, at(-5)) == (), "nobody was on record"


def test_a_late_entry_is_not_in_the_past_in_which_nobody_knew_it(embedded: Place) -> None:
    embedded.enter(90, vitals(START + timedelta(minutes=5), **FEVER))  # entered late
    assert crs(known_patient(WARD, "p1", at(30))) == (0, 0)
    assert crs(known_patient(WARD, "p1", at(91))) == (1, 1)


def test_a_result_is_kept_once_for_each_change(place: Place) -> None:
    assert [one.entry_position for one in place.store.shown("p1")] != []
    first = len(place.store.shown("p1"))
    assert [place.say(minutes) for minutes in (1, 2, 3)] == [0, 0, 0], "a minute is no change"
    place.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    assert len(place.store.shown("p1")) == first + 1
    assert place.store.version(WARD) == 2, "what was said moves no ward's counter"


def edited(place: Place) -> str:
    """The site's own copy of a protocol, followed; then one of its rules is edited."""
    text = site_copy(protocols()["asco-2021"], "our-asco")
    file = place.folder / "our.toml"
    file.write_text(text, encoding="utf-8")
    place.choose(1, "our-asco")
    low = {**FEVER, "hypotensive": True, "systolic_mmhg": 82}
    place.enter(30, vitals(START + timedelta(minutes=30), **low))
    return text


def test_with_the_rules_of_that_day_the_old_advice_stands_with_todays_the_new(
    place: Place,
) -> None:
    text = edited(place)
    then = known_patient(WARD, "p1", at(40))
    assert then.verdict == "as-shown"
    assert isinstance(then.row, PatientState)
    spoken = then.row.assessment.advice[0]
    assert spoken.rule.startswith("our-asco/"), spoken
    new = "Call the consultant at once and stay at the bedside"
    assert spoken.advise in text
    (place.folder / "our.toml").write_text(
        text.replace(spoken.rule, f"{spoken.rule}-new").replace(spoken.advise, new),
        encoding="utf-8",
    )
    place.say(120)
    old, today = known_patient(WARD, "p1", at(40)), known_patient(WARD, "p1", at(40, "today"))
    assert isinstance(old.row, PatientState)
    assert isinstance(today.row, PatientState)
    assert old.verdict == "as-shown", "worked out again from the kept text"
    assert old.row.assessment.advice[0].rule == spoken.rule
    assert old.row.assessment.advice[0].advise == spoken.advise
    assert today.row.assessment.advice[0].rule == f"{spoken.rule}-new"
    assert {one.name for one in today.differs} >= {spoken.rule, f"{spoken.rule}-new"}
    assert old.kept is not None
    changes = file_changes(place.store, old.kept.rules, rule_set().files)
    assert changes is not None
    assert [one.name for one in changes] == ["site-protocols/our.toml"]
    assert {one.id for one in changes[0].rules} == {spoken.rule, f"{spoken.rule}-new"}
    assert old.kept.rules != rule_set().digest
    assert known_patient(WARD, "p1", at(121)).verdict == "as-shown", "from then on the new ones"
    assert place.store.verify() == []


def test_what_another_program_decided_is_shown_as_it_was_kept(
    embedded: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    same = known_patient(WARD, "p1", at(40))
    monkeypatch.setattr(replaying, "digests", lambda: {"scales/astct_crs.py": "0" * 64})
    replaying.forget()
    other = known_patient(WARD, "p1", at(40))
    assert (same.verdict, other.verdict) == ("as-shown", "stored")
    assert crs(other) == (1, 1)
    assert isinstance(other.row, PatientState)
    assert isinstance(same.row, PatientState)
    assert other.row.assessment.grades == same.row.assessment.grades
    assert [one.id for one in other.row.assessment.flags] == [
        one.id for one in same.row.assessment.flags
    ]
    assert [point.grades[CRS].at_least for point in other.row.trend] == [0, 1]
    late = known_patient(WARD, "p1", at(600))
    assert isinstance(late.row, PatientState)
    assert late.row.vitals.is_overdue or late.row.vitals.due_at is not None


def test_what_was_said_while_nobody_kept_it_is_not_made_up(embedded: Place) -> None:
    noting.end()
    embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    found = known_patient(WARD, "p1", at(40))
    assert found.verdict == "stored"
    assert crs(found) == (0, 0), "the last result that was kept"
    first = found.gap[0]
    assert (first.name, first.then[:1], first.today[:1]) == ("CRS", "0", "1")
    moment = embedded.clock(50)
    text = case("p2", moment, sets=[vitals(moment)], exams=[exam(moment)])
    embedded.store.import_case(text, ward_id=WARD, recorded_by="file", now=moment)
    never = known_patient(WARD, "p2", at(60))
    assert (never.verdict, never.kept, never.then) == ("not-kept", None, None)
    assert crs(never) == (0, 0)


def test_a_result_that_does_not_come_out_again_is_an_error(
    embedded: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    whole = ward.assess

    def otherwise(*words: Any, **named: Any) -> Assessment:
        found: Assessment = whole(*words, **named)
        return found.model_copy(update={"flags": ()})

    embedded.enter(35, vitals(START + timedelta(minutes=35), hypotensive=True, **FEVER))
    assert known_patient(WARD, "p1", at(40)).verdict == "as-shown"
    ward.forget()
    replaying.forget()
    monkeypatch.setattr(ward, "assess", otherwise)
    found = known_patient(WARD, "p1", at(40))
    assert found.verdict == "not-reproduced"
    assert found.broken
    assert isinstance(found.row, PatientState)
    assert found.row.assessment.flags, "what was kept is shown, not what came out now"
