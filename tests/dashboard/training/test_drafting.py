"""A draft becomes the files of a story, each step named, and the text reads back equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.training.drafting import (
    Draft,
    DraftError,
    case_of,
    course_of,
    empty,
    faults,
    files_of,
    from_plain,
    next_id,
    of_case,
    of_files,
    placed,
    plain,
    renamed,
    with_head,
)
from dashboard.training.drafting_records import (
    add_branch,
    bring_up,
    drop_branch,
    drop_record,
    leaves_at,
    put_record,
    say_none,
    set_patient,
    set_therapy,
    timeline,
)
from dashboard.training.reading import STORY, StoryError, read_story
from dashboard.training.story import MAIN
from dashboard.training.writing import story_toml, toml_text
from tests.dashboard.training.written import EIGHT, STORIES, asking, branching, files, small
from toxmodels import CaseError, load_case

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", STORIES)
def test_every_story_of_ours_is_written_and_read_back_equal(name: str) -> None:
    course = read_story(name, files(name))
    again = read_story(name, {**files(name), STORY: story_toml(course.story)})
    assert again == course
    draft = of_files(name, files(name))
    assert course_of(draft) == course
    assert files_of(from_plain(plain(draft))) == files_of(draft)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    import tomllib

    told = {"says": text, "deep": [{"why": text, "none": None}]}
    assert tomllib.loads(toml_text(told)) == {"says": text, "deep": [{"why": text}]}


def test_an_empty_chart_becomes_a_story_step_by_step() -> None:
    draft = empty("night-fever", title="Night fever", starts_at=EIGHT, patient={"age_years": 40.0})
    said = [str(one) for one in faults(draft)]
    assert any(one.startswith("story.toml: $.aims: ") for one in said), said
    assert any(one.startswith("story.toml: $.level: ") for one in said), said
    assert case_of(draft).patient.id == "training-night-fever"
    assert faults(small()) == []


@pytest.mark.parametrize("name", ["", "A", "x", "Fever", "a b", "../a", "a/b", "ä-b", "a" * 61])
def test_a_name_that_cannot_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(DraftError, match="name"):
        renamed(small(), name)


def test_a_sample_patient_begins_a_story_and_a_case_without_observations_does_not() -> None:
    case = load_case(files("waived-fever")[MAIN])
    draft = of_case("from-sample", case, title="x")
    same = timeline(of_files("waived-fever", files("waived-fever")))
    assert timeline(draft) == same
    assert case_of(draft).patient.id == "training-from-sample"
    with pytest.raises(DraftError, match="nothing was observed"):
        of_case(
            "nobody", case_of(empty("nobody", title="x", starts_at=EIGHT, patient={})), title=""
        )


def test_records_are_put_changed_and_taken_out_in_the_order_of_time() -> None:
    draft = small()
    later = {"taken_at": (EIGHT + 3 * HOUR).isoformat(), "temperature_c": 39.0}
    between = {"taken_at": (EIGHT + 2 * HOUR).isoformat(), "temperature_c": 38.2}
    more = put_record(put_record(draft, MAIN, "vitals", later), MAIN, "vitals", between)
    assert [one.at for one in timeline(more)] == sorted(one.at for one in timeline(more))
    assert len(timeline(more)) == len(timeline(draft)) + 2
    place = next(one.place for one in timeline(more) if one.payload == between)
    changed = put_record(more, MAIN, "vitals", {**between, "temperature_c": 37.9}, place)
    assert changed.cases[MAIN]["vitals"][place]["temperature_c"] == 37.9
    assert timeline(drop_record(changed, MAIN, "vitals", place)) != timeline(changed)
    assert timeline(draft) == timeline(small())  # no step changes an earlier draft


def test_none_given_and_nobody_wrote_it_down_stay_apart() -> None:
    draft = small()
    assert case_of(draft).treatments is None
    none = say_none(draft, MAIN, "treatment")
    assert case_of(none).treatments == ()
    dose = {"given_at": EIGHT.isoformat(), "drug": "tocilizumab", "dose_mg": 400.0}
    one = put_record(draft, MAIN, "treatment", dose)
    assert case_of(drop_record(one, MAIN, "treatment", 0)).treatments is None


def test_a_record_that_cannot_be_is_a_fault_with_its_place() -> None:
    bad = put_record(
        small(), MAIN, "vitals", {"taken_at": EIGHT.isoformat(), "temperature_c": 101.3}
    )
    (fault,) = faults(bad)
    assert fault.path == "case.json: $.vitals[1].temperature_c"
    assert "°F" in str(fault)


def test_pauses_stay_in_the_order_of_time_and_ids_are_free() -> None:
    draft = small()
    early = {"id": "early", "at": EIGHT.isoformat(), "says": "Before."}
    assert [one["id"] for one in placed(draft, "pauses", early).story["pauses"]] == [
        "early", "pause-1",
    ]  # fmt: skip
    assert next_id("pause", ["pause-1", "pause-3"]) == "pause-2"
    assert next_id("pause", []) == "pause-1"


# Branches


def test_a_branch_copies_the_course_and_leaves_it() -> None:
    draft = branching(keeps_later=True)
    assert faults(draft) == []
    assert leaves_at(draft, "waited") == EIGHT + 2 * HOUR
    course = course_of(draft)
    assert course.cases["waited"] == course.cases[None]
    bare = branching(keeps_later=False)
    assert len(timeline(bare, "waited.json")) < len(timeline(bare))
    assert faults(bare) == []


def test_a_branch_follows_the_main_course_until_it_leaves_and_keeps_its_own_after() -> None:
    draft = branching(keeps_later=False)
    own = {"taken_at": (EIGHT + 6 * HOUR).isoformat(), "temperature_c": 40.1}
    draft = put_record(draft, "waited.json", "vitals", own)
    first = {"taken_at": EIGHT.isoformat(), "temperature_c": 38.4, "heart_rate_bpm": 90.0}
    draft = put_record(draft, MAIN, "vitals", first, 0)
    assert faults(draft) == []
    told = draft.cases["waited.json"]["vitals"]
    assert told[0]["temperature_c"] == 38.4
    assert told[-1]["temperature_c"] == 40.1


def test_a_branch_cannot_change_what_it_shares() -> None:
    draft = branching(keeps_later=True)
    early = {"taken_at": (EIGHT + HOUR).isoformat(), "temperature_c": 36.0}
    with pytest.raises(DraftError, match="leaves the main course at"):
        put_record(draft, "waited.json", "vitals", early)


def test_a_branch_that_tells_something_else_is_named_and_can_be_brought_up() -> None:
    draft = branching(keeps_later=True)
    case = dict(draft.cases["waited.json"])
    case["vitals"] = case["vitals"][1:]
    broken = Draft(draft.name, draft.story, {**draft.cases, "waited.json": case})
    (fault,) = faults(broken)
    assert fault.path == "waited.json"
    assert faults(bring_up(broken, "waited")) == []


def test_treatments_of_a_branch_need_a_word_about_the_main_course() -> None:
    draft = branching(keeps_later=False)
    dose = {"given_at": (EIGHT + 4 * HOUR).isoformat(), "drug": "tocilizumab", "dose_mg": 400.0}
    with pytest.raises(DraftError, match="whether treatments were given"):
        put_record(draft, "waited.json", "treatment", dose)
    given_none = say_none(draft, MAIN, "treatment")
    assert faults(put_record(given_none, "waited.json", "treatment", dose)) == []
    lab = {"taken_at": (EIGHT + 4 * HOUR).isoformat(), "crp_mg_l": 90.0}
    assert faults(put_record(draft, "waited.json", "labs", lab)) == []


def test_patient_and_therapy_are_the_same_on_every_branch() -> None:
    draft = branching(keeps_later=True)
    draft = set_patient(draft, {"age_years": 70.0, "weight_kg": 80.0})
    given = EIGHT - 24 * HOUR
    therapy = {"product": "tisagenlecleucel", "started_at": given.isoformat(),
               "doses": [{"given_at": given.isoformat()}]}  # fmt: skip
    draft = set_therapy(draft, therapy)
    assert faults(draft) == []
    assert {one.patient.age_years for one in course_of(draft).cases.values()} == {70.0}


def test_a_branch_goes_with_its_pauses_and_the_ways_to_it() -> None:
    draft = branching(keeps_later=True)
    own = {"id": "own", "at": (EIGHT + 5 * HOUR).isoformat(), "says": "Later.", "on": "waited"}
    draft = placed(draft, "pauses", own)
    gone = drop_branch(draft, "waited")
    assert faults(gone) == []
    assert set(gone.cases) == {MAIN}
    assert "leads_to" not in str(gone.story)
    with pytest.raises(DraftError, match="one of this name"):
        add_branch(draft, "waited", "Again", from_at=EIGHT, keeps_later=True)


def test_a_case_with_faults_is_not_copied() -> None:
    bad = put_record(
        asking(small()), MAIN, "vitals", {"taken_at": EIGHT.isoformat(), "temperature_c": 101.3}
    )
    with pytest.raises(CaseError):
        add_branch(bad, "waited", "Waited", from_at=EIGHT, keeps_later=True)


def test_a_draft_with_faults_is_no_course() -> None:
    with pytest.raises(StoryError):
        course_of(with_head(small(), title=None))
    assert datetime.fromisoformat(small().story["starts_at"]).tzinfo in (UTC, EIGHT.tzinfo)
