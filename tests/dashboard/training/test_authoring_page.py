"""Writing a case on the page: each step shows the draft, changes what was changed, and keeps it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.accounts.permissions import MAY
from dashboard.accounts.person import Person
from dashboard.parts.training.authoring_bench import kept_drafts
from dashboard.parts.training.authoring_check import place_text
from dashboard.parts.training.authoring_share import newest, save
from dashboard.training.drafting import Draft, files_of, from_plain, of_files, plain
from dashboard.training.keeping.opening import close_training_stores, training_store
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, opened, ran
from tests.dashboard.screen import plain as words_of
from tests.dashboard.training.written import EIGHT, STORIES, asking, branching, files, small

STEPS = ["story", "patient", "timeline", "pauses", "branches", "check", "preview", "share"]
TRAINER = Person("AB", "trainer")


@pytest.fixture
def store(fresh_store):
    fresh_store.add_ward("w1", "Ward", is_sample=True, now=NOW)
    yield fresh_store
    close_training_stores()


def put(store, draft: Draft) -> None:
    """A draft of AB, as the page keeps it."""
    payload = json.loads(json.dumps(plain(draft)))
    store.save_draft("AB", "(training)", f"story {draft.name}", payload, now=NOW)


def kept(store, name: str) -> Draft:
    found = store.load_draft("AB", "(training)", f"story {name}")
    assert found is not None
    return from_plain(found.payload)


def at_step(name: str, step: str) -> AppTest:
    state = {f"author/{name}/step": step}
    return opened("training", "trainer", view="author", story=name, state=state)


def said(at: AppTest) -> str:
    """Everything the page says, in and beside our own markup."""
    boxes = [*at.error, *at.warning, *at.success, *at.info, *at.caption]
    return words_of(at) + " ".join(one.value for one in boxes)


def plainly(text: str) -> str:
    return text.replace("\\", "")


# Opening


@pytest.mark.parametrize("role", ["nurse", "physician", "observer"])
def test_only_trainers_write(store, role: str) -> None:
    at = opened("training", role, view="author")
    assert "Write a training case" not in words_of(at)
    assert not [one for one in at.button if one.label == "Begin"]


def test_the_start_offers_every_way_and_the_drafts_that_are_kept(store) -> None:
    put(store, small())
    at = opened("training", "trainer", view="author")
    assert "Write a training case" in words_of(at)
    (how,) = [one for one in at.get("button_group") if one.key == "author/how"]
    assert len(how.options) == 5
    assert "Go on" in [one.label for one in at.button]
    assert list(kept_drafts(TRAINER)) == ["night-fever"]
    assert kept_drafts(Person("CD", "trainer")) == {}


def test_a_name_without_a_draft_is_said(store) -> None:
    at = opened("training", "trainer", view="author", story="nobody-wrote-this")
    assert "no draft called" in said(at)


@pytest.mark.parametrize("name", ["tocilizumab-dose"])  # it has most kinds of questions
def test_looking_at_every_step_changes_nothing(store, name: str) -> None:
    put(store, of_files(name, files(name)))
    before = kept(store, name)
    for step in STEPS:
        at = at_step(name, step)
        assert "No faults" in said(at) or "no faults" in said(at), step
        assert at.session_state[f"author/AB/{name}"].before == [], step
    assert kept(store, name) == before


@pytest.mark.nightly  # each story of ours; the everyday test has one of them
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", STORIES)
def test_looking_at_any_story_changes_nothing(store, name: str) -> None:
    test_looking_at_every_step_changes_nothing(store, name)


# Changing


def test_a_change_counts_at_once_is_kept_and_can_be_taken_back(store) -> None:
    put(store, small())
    at = at_step("night-fever", "story")
    (title,) = [one for one in at.text_input if one.label == "Title"]
    ran(title.set_value("Another title").run())
    assert kept(store, "night-fever").story["title"] == "Another title"
    ran(next(one for one in at.button if one.label == "Undo").click().run())
    assert kept(store, "night-fever") == small()
    (title,) = [one for one in at.text_input if one.label == "Title"]
    assert title.value == "Night fever"


def test_what_is_written_is_there_after_a_reload(store) -> None:
    put(store, small())
    at = at_step("night-fever", "pauses")
    (told,) = [one for one in at.text_area if one.label == "What is told before the questions"]
    ran(told.set_value("Ten o'clock.").run())
    again = at_step("night-fever", "pauses")
    (told,) = [one for one in again.text_area if one.label == "What is told before the questions"]
    assert told.value == "Ten o'clock."


def test_the_chosen_pause_stays_chosen_when_its_hour_and_its_questions_change(store) -> None:
    draft = small()
    late = {"id": "late", "at": (EIGHT + timedelta(hours=6)).isoformat(), "says": "Later."}
    put(store, Draft(draft.name, {**draft.story, "pauses": [*draft.story["pauses"], late]},
                     draft.cases))  # fmt: skip
    at = at_step("night-fever", "pauses")
    (which,) = [one for one in at.selectbox if one.label == "Pause"]
    ran(which.select_index(1).run())
    clock = next(one for one in at.text_input if one.label.startswith("Time of day"))
    ran(clock.set_value("15:30").run())
    ran(next(one for one in at.button if one.label == "Grade").click().run())
    first, second = kept(store, "night-fever").story["pauses"]
    assert [one["id"] for one in first["questions"]] == ["next"]
    assert second["at"] == (EIGHT + timedelta(hours=7.5)).isoformat()
    assert [one["kind"] for one in second["questions"]] == ["grade"]
    assert second["questions"][0]["verification"] == "unverified"  # nobody read it yet


def test_a_record_that_is_typed_is_there_after_a_reload(store) -> None:
    put(store, small())
    at = at_step("night-fever", "timeline")
    (add,) = [one for one in at.get("button_group") if one.label == "Add a record"]
    ran(add.set_value("vitals").run())
    (heart,) = [one for one in at.number_input if one.label == "Heart rate (/min)"]
    ran(heart.set_value(118.0).run())
    again = at_step("night-fever", "timeline")
    (heart,) = [one for one in again.number_input if one.label == "Heart rate (/min)"]
    assert heart.value == 118.0


def test_the_timeline_shows_the_grade_with_the_deciding_sign_and_follows_a_change(store) -> None:
    put(store, small())
    at = at_step("night-fever", "timeline")
    assert "38.6 °C, fever" in words_of(at)
    (add,) = [one for one in at.get("button_group") if one.label == "Add a record"]
    ran(add.set_value("vitals").run())
    fields = {one.label: one for one in at.number_input}
    clock = next(one for one in at.text_input if one.label.startswith("Time of day"))
    clock.set_value("12:00")
    fields["Temperature (°C)"].set_value(39.0)
    ran(at.run())
    pressors = next(one for one in at.get("button_group") if one.label == "Vasopressors")
    ran(pressors.set_value("running").run())
    which = next(one for one in at.multiselect if one.label == "Which are running now")
    ran(which.set_value(["norepinephrine"]).run())
    assert "with this record" in words_of(at)
    assert "norepinephrine running" in words_of(at)  # before it is kept
    ran(next(one for one in at.button if one.label == "Put on the timeline").click().run())
    put_in = kept(store, "night-fever").cases["case.json"]["vitals"]
    assert put_in[-1]["taken_at"] == (EIGHT + timedelta(hours=4)).isoformat()
    assert put_in[-1]["vasopressors"] == [{"drug": "norepinephrine"}]
    assert "norepinephrine running" in words_of(at)


def test_a_record_without_its_time_is_not_put_in(store) -> None:
    put(store, small())
    at = at_step("night-fever", "timeline")
    (add,) = [one for one in at.get("button_group") if one.label == "Add a record"]
    ran(add.set_value("labs").run())
    ran(next(one for one in at.button if one.label == "Put on the timeline").click().run())
    assert "Type the day and the time of day" in plainly(said(at))
    assert kept(store, "night-fever").cases == small().cases


def test_a_hostile_text_is_only_text(store) -> None:
    draft = small()
    hostile = "<img src=x onerror=alert(1)>"
    put(store, Draft(draft.name, {**draft.story, "title": hostile}, draft.cases))
    for step in ("story", "pauses", "preview", "share"):
        assert hostile not in markup_of(at_step("night-fever", step)), step


# Faults and doubts


def test_every_fault_is_named_with_its_place(store) -> None:
    draft = small()
    (pause,) = draft.story["pauses"]
    question = {**pause["questions"][0], "why": "", "source": "nobody-2020"}
    broken = {**draft.story, "pauses": [{**pause, "questions": [question]}]}
    del broken["level"]
    put(store, Draft(draft.name, broken, draft.cases))
    text = plainly(said(at_step("night-fever", "check")))
    assert "It cannot be played yet: 2 faults" in text
    assert 'pause "pause-1", question "next", why: is empty' in text
    assert 'step Story, "Level": is required' in text
    share = at_step("night-fever", "share")
    assert "once it has no faults" in said(share)
    assert not [one for one in share.button if one.label.startswith("Save for")]


def test_places_read_as_words() -> None:
    story = {"pauses": [{"id": "noon", "questions": [{"id": "give"}, {}]}]}
    place = place_text("story.toml: $.pauses[0].questions[0].why", story)
    assert place == 'pause "noon", question "give", why'
    assert place_text("story.toml: $.pauses[0].questions[1]", story).endswith('question "2"')
    assert place_text("case.json: $.vitals[0]", story) == "case.json: $.vitals[0]"


def test_an_answer_that_the_program_does_not_share_is_said_and_does_not_hinder(store) -> None:
    draft = of_files("waived-fever", files("waived-fever"))
    text = json.dumps(plain(draft))
    assert '"at_least": 3, "at_most": 3' in text
    changed = from_plain(
        json.loads(text.replace('"at_least": 3, "at_most": 3', '"at_least": 1, "at_most": 1', 1))
    )
    put(store, changed)
    text = plainly(said(at_step("waived-fever", "check")))
    assert "does not share these answers" in text
    assert "you say CRS 1, the program 3" in text
    share = at_step("waived-fever", "share")
    assert [one for one in share.button if one.label.startswith("Save for")]


# Previewing and saving


def test_the_preview_is_blind_until_answered(store) -> None:
    put(store, asking(small()))
    at = at_step("night-fever", "preview")
    assert "38.6" in words_of(at)
    assert "37.2" not in words_of(at)  # recorded later
    assert "tw-grade" not in markup_of(at)
    (which,) = at.radio
    ran(which.set_value("wait").run())
    ran(next(one for one in at.button if one.label == "Answer").click().run())
    assert "The end: 0 of 1 questions right" in said(at)


def test_a_branch_is_previewed_by_the_choice_that_leads_there(store) -> None:
    draft = branching(keeps_later=True)
    later = {
        "kind": "grade", "id": "later", "aim": "notice", "asks": "Which grade?", "why": "So.",
        "source": "lee-2019", "place": "CRS table", "scale": "astct-crs-2019",
        "at_least": 0, "at_most": 4,
    }  # fmt: skip
    at_one = (EIGHT + timedelta(hours=5)).isoformat()
    own = {"id": "own", "at": at_one, "says": "It got worse.", "on": "waited", "questions": [later]}
    put(store, Draft(draft.name, {**draft.story, "pauses": [*draft.story["pauses"], own]},
                     draft.cases))  # fmt: skip
    at = at_step("night-fever", "preview")
    (which,) = at.radio
    ran(which.set_value("wait").run())
    ran(next(one for one in at.button if one.label == "Answer").click().run())
    assert "It got worse." in words_of(at)


def test_saving_once_however_often_it_is_pressed(store) -> None:
    put(store, small())
    at = at_step("night-fever", "share")
    ran(next(one for one in at.button if one.label.startswith("Save for")).click().run())
    assert "Saved" in said(at)
    row = newest("night-fever")
    assert row is not None
    assert dict(row.body["files"]) == files_of(small())
    assert (row.by, row.role, row.body["revision"]) == ("AB", "trainer", 1)
    assert save(TRAINER, "night-fever", files_of(small()), None) is None  # the same press, resent
    assert len(training_store().rows("story:night-fever")) == 1


def test_a_later_revision_and_somebody_elses(store) -> None:
    assert save(TRAINER, "night-fever", files_of(small()), None) is None
    first = newest("night-fever")
    other = files_of(asking(small()))
    assert save(Person("CD", "trainer"), "night-fever", other, first) is None
    assert newest("night-fever").body["revision"] == 2
    refused = save(TRAINER, "night-fever", files_of(branching(keeps_later=True)), first)
    assert refused is not None
    assert "CD" in refused
    assert "not allowed" not in refused
    assert save(Person("EF", "nurse"), "night-fever", other, None) is not None
    assert session.live_store().audit_trail()[-1].action == "refused"


# A real course


def test_a_real_course_is_offered_to_nobody_who_may_not_take_it(store, monkeypatch) -> None:
    monkeypatch.setitem(MAY, "trainer", MAY["trainer"] - {"deidentify"})
    at = opened("training", "trainer", view="author", state={"author/how": "real"})
    assert "you may not turn a patient's course into a training case" in said(at)
    assert not [one for one in at.selectbox if one.label == "Patient"]


def test_a_real_course_becomes_a_draft_without_a_trace_of_the_patient(store) -> None:
    told = {"taken_at": NOW.isoformat(), "temperature_c": 39.1, "other_cause": ["fever"],
            "other_cause_reason": "Jane Roe had it before"}  # fmt: skip
    case = {"format": "toxwatch-case/1", "patient": {"id": "jane-roe", "age_years": 50.0},
            "vitals": [told]}  # fmt: skip
    store.import_case(case, ward_id="w1", recorded_by="CD", role="nurse", now=NOW)
    at = opened("training", "trainer", view="author", state={"author/how": "real"})
    (who,) = [one for one in at.selectbox if one.label == "Patient"]
    ran(who.set_value("jane-roe").run())
    fields = {one.label: one for one in at.text_input}
    fields["Title"].set_value("An old fever")
    fields["Short name (small letters, digits, hyphens)"].set_value("old-fever")
    ran(next(one for one in at.button if one.label == "Begin").click().run())
    draft = kept(store, "old-fever")
    assert "jane" not in json.dumps(plain(draft)).casefold()
    assert NOW.date().isoformat() not in json.dumps(plain(draft))
    assert draft.cases["case.json"]["vitals"][0]["temperature_c"] == 39.1
    assert "Vitals.other_cause_reason: text dropped 1 time" in at.text[0].value
    assert store.audit_trail("jane-roe")[-1].action == "export"
