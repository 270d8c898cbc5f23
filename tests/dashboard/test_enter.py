"""The entry page: empty widgets, refusals with a cure, read-back, one entry per form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.parts.forms.saving import NotAllowed, Sending, save
from dashboard.store import Entry, Store
from tests.dashboard import screen
from tests.dashboard.screen import ran
from toxmodels import assess

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
PATIENT = "demo-01"
INFUSED = NOW - timedelta(days=3)


def case(**more: Any) -> dict[str, Any]:
    """A febrile adult on a cannula, three hours ago."""
    given = INFUSED.isoformat()
    return {
        "format": "toxwatch-case/1",
        "patient": {"id": PATIENT, "age_years": 41.0, "weight_kg": 70.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": given,
                    "doses": [{"given_at": given}]},
        "vitals": [{"taken_at": (NOW - timedelta(hours=3)).isoformat(), "temperature_c": 38.6,
                    "spo2_percent": 95, "oxygen": {"device": "nasal_cannula", "flow_l_min": 2.0},
                    "hypotensive": False, "vasopressors": []}],
        "treatments": [],
        **more,
    }  # fmt: skip


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(session.DATABASE, f"sqlite:///{tmp_path / 'ward.sqlite3'}")
    monkeypatch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    ward.forget()
    opened = session.store()
    opened.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    opened.import_case(case(), ward_id="w1", recorded_by="file", now=NOW - timedelta(hours=2))
    yield opened
    session.close_stores()
    ward.forget()


def opened(role: str = "nurse", patient: str = PATIENT, **params: str) -> AppTest:
    return screen.opened("enter", role, patient=patient, **params)


def widget(at: AppTest, kind: str, field: str) -> Any:
    """The widget of one field; keys end in the field's name."""
    found = [one for one in at.get(kind) if (one.key or "").endswith(f":{field}")]
    assert len(found) == 1, f"{field}: {[one.key for one in at.get(kind)]}"
    return found[0]


def typed(at: AppTest, **numbers: float) -> AppTest:
    for field, value in numbers.items():
        widget(at, "number_input", field).set_value(value)
    return ran(at.run())


def tapped(at: AppTest, **choices: str) -> AppTest:
    for field, value in choices.items():
        widget(at, "button_group", field.replace("__", "/")).set_value(value)
    return ran(at.run())


def picked(at: AppTest, **choices: str) -> AppTest:
    for field, value in choices.items():
        widget(at, "selectbox", field).set_value(value)
    return ran(at.run())


def pressed(at: AppTest, name: str) -> AppTest:
    return ran(widget(at, "button", name).click().run())


def messages(at: AppTest) -> str:
    """Errors and warnings as they read, escapes taken out."""
    texts = [one.value for kind in (at.error, at.warning, at.info, at.success) for one in kind]
    return "\n".join(texts).replace("\\", "")


def page_text(at: AppTest) -> str:
    boxes = [one.value for one in at.text] + [one.proto.body for one in at.get("html")]
    return "\n".join([*boxes, messages(at)])


def entered(store: Store, kind: str = "vitals") -> list[Entry]:
    return [e for e in store.history(PATIENT) if e.kind == kind and e.origin == "entered"]


CLINICAL = ("number_input", "selectbox", "multiselect", "text_input", "checkbox")


@pytest.mark.parametrize("form", ["vitals", "neuro", "treatment", "labs", "event", "grading"])
def test_every_clinical_widget_starts_empty(store: Store, form: str):
    at = opened(form=form)
    counted = 0
    for kind in CLINICAL:
        for one in at.get(kind):
            assert one.value in (None, [], "", False), one.key
            counted += 1
    for one in at.get("button_group"):
        name = (one.key or "").rpartition(":")[2]
        if name not in ("section", "when", "how"):
            assert not one.value, one.key
            counted += 1
    assert counted >= 1


def test_a_set_is_read_back_saved_once_and_graded(store: Store):
    at = typed(opened(), temperature_c=38.9, spo2_percent=93, respiratory_rate_bpm=22)
    at = typed(picked(at, device="nasal_cannula"), flow_l_min=7)
    at = tapped(at, hypotensive="no", pressors="none")
    at = pressed(at, "review")
    assert entered(store) == [], "nothing is stored before Save"
    said = page_text(at)
    assert "38.9" in said
    assert "+0.3 (last 38.6, 3 h 00 min ago)" in said
    assert "was Nasal cannula at 2 L/min" in said
    assert "Not recorded:" in said
    assert "systolic pressure" in said
    at = pressed(at, "save")
    [entry] = entered(store)
    assert entry.recorded_by == "AB"
    assert entry.patient_id == PATIENT
    assert entry.payload == {
        "taken_at": "2026-03-03T09:00:00+00:00", "temperature_c": 38.9, "spo2_percent": 93.0,
        "respiratory_rate_bpm": 22.0, "oxygen": {"device": "nasal_cannula", "flow_l_min": 7.0},
        "hypotensive": False, "vasopressors": [],
    }  # fmt: skip
    grade = assess(store.case(PATIENT), at=NOW).grades["astct-crs-2019"]
    assert (grade.at_least, grade.at_most) == (3, 3)
    said = page_text(at)
    assert "Saved at 09:00" in said
    assert "by AB (nurse)" in said
    assert "nasal cannula at 7 L/min" in said


def test_the_same_form_sent_again_is_stored_once(store: Store):
    at = pressed(typed(opened(), temperature_c=38.2), "review")
    save = widget(at, "button", "save")
    pressed(at, "save")
    ran(save.click().run())  # the second half of a double click
    assert len(entered(store)) == 1


def test_a_resend_is_answered_with_the_first_receipt(store: Store):
    payload = {"taken_at": NOW.isoformat(), "heart_rate_bpm": 120.0}
    sending = Sending(token="t9", ward_id="w1", patient_id=PATIENT, entries=(("vitals", payload),))
    who = session.Person("AB", "nurse")
    first, second = (save(store, who, sending, now=NOW) for _ in range(2))
    assert (first.stored, second.stored) == (True, False)
    assert first.entries[0].entry_id == second.entries[0].entry_id
    assert len(entered(store)) == 1


def test_a_form_that_another_tab_saved_with_other_values_asks_before_storing_both(store: Store):
    at = typed(opened(), temperature_c=38.2)
    other_tab = typed(opened(), temperature_c=38.4)  # the same draft, then other values
    pressed(pressed(other_tab, "review"), "save")
    at = pressed(pressed(at, "review"), "save")
    assert "with other values" in messages(at)
    assert len(entered(store)) == 1
    pressed(pressed(at, "renew"), "save")
    assert [e.payload["temperature_c"] for e in entered(store)] == [38.4, 38.2]


def test_a_form_left_unsaved_is_named_on_its_button_after_a_reload(store: Store):
    typed(opened(form="labs"), crp_mg_l=90.0)
    section = widget(opened(), "button_group", "section")
    assert "Labs (not saved)" in section.options


def test_after_a_reload_the_saved_form_is_not_offered_again(store: Store):
    at = pressed(typed(opened(), temperature_c=38.2), "review")
    pressed(at, "save")
    again = opened()
    assert widget(again, "number_input", "temperature_c").value is None
    assert "saved at 09:00, 03-Mar by AB (nurse)" in page_text(again)


def test_what_is_typed_survives_a_reload_with_its_age_and_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    at = tapped(typed(opened(), temperature_c=39.4), hypotensive="yes")
    del at
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(minutes=50)).isoformat())
    again = opened()
    assert widget(again, "number_input", "temperature_c").value == 39.4
    assert widget(again, "button_group", "hypotensive").value == "yes"
    assert "Typed 50 min ago and not saved" in messages(again)
    assert "entered late" in messages(again)
    saved = pressed(pressed(again, "review"), "save")
    assert "Saved at 09:50" in messages(saved)
    [entry] = entered(store)
    assert entry.observed_at == NOW, "the reading keeps the time at which it was typed"


def test_a_discarded_draft_is_gone(store: Store):
    typed(opened(), temperature_c=39.4)
    again = pressed(opened(), "discard")
    assert widget(again, "number_input", "temperature_c").value is None
    assert widget(opened(), "number_input", "temperature_c").value is None


def test_a_draft_of_one_patient_never_shows_for_another(store: Store):
    other = case(patient={"id": "demo-02", "age_years": 7.0})
    store.import_case(other, ward_id="w1", recorded_by="file", now=NOW)
    typed(opened(), temperature_c=39.4)
    assert widget(opened(patient="demo-02"), "number_input", "temperature_c").value is None


def test_where_an_id_looks_alike_two_identifiers_are_asked_for_once_a_form(store: Store):
    other = case(patient={"id": "demo-10", "age_years": 7.0})
    store.import_case(other, ward_id="w1", recorded_by="file", now=NOW)
    at = pressed(typed(opened(), temperature_c=37.2), "review")
    assert "Looks alike in this ward" in page_text(at)
    asked = widget(at, "checkbox", "identity")
    assert "demo-10" in asked.label.replace("\\", "")
    assert not asked.value
    assert widget(at, "button", "save").disabled
    ran(asked.check().run())
    pressed(at, "save")
    assert [one.payload["temperature_c"] for one in entered(store)] == [37.2]


@pytest.mark.parametrize(
    ("field", "value", "says", "taken"),
    [
        ("temperature_c", 101.3, "101.3 looks like °F; that is 38.5 °C", 38.5),
        ("systolic_mmhg", 12.5, "12.5 looks like kPa", 93.8),
        ("spo2_percent", 101.0, "101 is impossible", None),
    ],
)
def test_an_impossible_value_is_refused_at_its_field_with_the_unit_offered(
    store: Store, field: str, value: float, says: str, taken: float | None
):
    at = typed(opened(), **{field: value})
    assert says in messages(at)
    at = pressed(at, "review")
    assert "Not ready to read back" in messages(at)
    if taken is None:
        return
    at = pressed(at, f"{field}/take")
    assert widget(at, "number_input", field).value == taken
    at = pressed(at, "review")
    assert "impossible" not in messages(at)


def test_a_concerning_value_is_asked_once_and_then_accepted(store: Store):
    at = pressed(typed(opened(), temperature_c=40.6), "review")
    assert widget(at, "button", "save").disabled
    [tick] = at.checkbox
    assert "40.6 °C is above 40" in tick.label.replace("\\", "")
    at = ran(tick.check().run())
    pressed(at, "save")
    [entry] = entered(store)
    assert entry.payload["temperature_c"] == 40.6


def test_pressures_in_each_others_field_are_asked(store: Store):
    at = pressed(typed(opened(), systolic_mmhg=70, diastolic_mmhg=110), "review")
    assert any("not below systolic" in tick.label for tick in at.checkbox)


@pytest.mark.parametrize(
    ("shown", "stored"), [(37.96, 38.0), (37.94, 37.9), (38.25, 38.3), (38.0, 38.0)]
)
def test_what_is_graded_is_what_is_shown(store: Store, shown: float, stored: float):
    pressed(pressed(typed(opened(), temperature_c=shown), "review"), "save")
    [entry] = entered(store)
    assert entry.payload["temperature_c"] == stored


def test_going_back_to_edit_keeps_every_answer(store: Store):
    at = tapped(typed(opened(), temperature_c=38.7), hypotensive="no")
    at = pressed(pressed(at, "review"), "back")
    assert widget(at, "number_input", "temperature_c").value == 38.7
    assert widget(at, "button_group", "hypotensive").value == "no"


def test_only_the_oxygen_device_can_be_taken_over(store: Store):
    at = opened()
    offers = [b.label for b in at.button if "Same as last" in b.label]
    assert offers == ["Same as last: Nasal cannula (3 h 00 min ago)"]
    at = pressed(at, "device/same")
    assert widget(at, "selectbox", "device").value == "nasal_cannula"
    assert widget(at, "number_input", "flow_l_min").value is None


def test_none_running_is_not_the_same_as_not_recorded(store: Store):
    pressed(pressed(typed(opened(), temperature_c=38.1), "review"), "save")
    [entry] = entered(store)
    assert "vasopressors" not in entry.payload


def test_running_vasopressors_are_named_with_their_rate(store: Store):
    at = tapped(opened(), pressors="running")
    assert "no agent is named" in messages(pressed(at, "review"))
    agents = ["norepinephrine", "vasopressin"]
    ran(widget(at, "multiselect", "pressor_agents").set_value(agents).run())
    at = typed(at, **{"rate/norepinephrine": 5.0})
    assert "give rate and unit" in messages(pressed(at, "review"))
    at = ran(widget(at, "button_group", "unit/norepinephrine").set_value("rate_ug_min").run())
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store)
    assert entry.payload["vasopressors"] == [
        {"drug": "norepinephrine", "rate_ug_min": 5.0},
        {"drug": "vasopressin"},
    ]


def test_consciousness_of_the_vitals_form_becomes_its_own_record(store: Store):
    at = tapped(typed(opened(), heart_rate_bpm=99), consciousness="voice")
    pressed(pressed(at, "review"), "save")
    [vitals] = entered(store)
    [neuro] = entered(store, "neuro")
    assert vitals.submission_id == neuro.submission_id
    assert neuro.payload == {"taken_at": "2026-03-03T09:00:00+00:00", "consciousness": "voice"}


def test_one_set_of_vital_signs_closes_news2(store: Store):
    """What the chart asks for stands on one form; oxygen still counts from the set before."""
    at = typed(
        opened(), respiratory_rate_bpm=18, spo2_percent=97, systolic_mmhg=122, heart_rate_bpm=80,
        temperature_c=37.0,
    )  # fmt: skip
    at = tapped(at, consciousness="alert", new_confusion="yes")
    pressed(pressed(at, "review"), "save")
    [neuro] = entered(store, "neuro")
    assert neuro.payload["new_confusion"] is True
    grade = assess(store.case(PATIENT), at=NOW, scales=["news2-2017"]).grades["news2-2017"]
    assert grade.missing == ()
    assert (grade.at_least, grade.at_most) == (5, 5)


def test_new_confusion_alone_is_kept(store: Store):
    at = tapped(typed(opened(), heart_rate_bpm=99), new_confusion="no")
    pressed(pressed(at, "review"), "save")
    [neuro] = entered(store, "neuro")
    assert neuro.payload == {"taken_at": "2026-03-03T09:00:00+00:00", "new_confusion": False}


def test_ice_is_entered_item_by_item_and_an_unanswered_item_stays_open(store: Store):
    at = opened(form="neuro")
    for item in ("year", "month", "city", "command", "writing", "attention"):
        at = tapped(at, **{f"ice__{item}": "1"})
    at = tapped(at, ice__naming="3", consciousness="alert")
    assert any("ICE 9 to 10" in one.value for one in at.caption)
    at = tapped(at, seizure="none", motor_weakness="none", raised_icp__looked="none")
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "neuro")
    assert "hospital" not in entry.payload["ice"]
    assert entry.payload["raised_icp"] == []
    grade = assess(store.case(PATIENT), at=NOW).grades["astct-icans-2019"]
    assert (grade.at_least, grade.at_most) == (0, 1)


def test_a_child_gets_capd_with_the_first_four_items_reversed(store: Store):
    child = case(patient={"id": "demo-07", "age_years": 4.0})
    store.import_case(child, ward_id="w1", recorded_by="file", now=NOW)
    at = opened(form="neuro", patient="demo-07")
    for item in range(8):
        at = tapped(at, **{f"capd__{item}": "4"})  # always
    pressed(pressed(at, "review"), "save")
    [entry] = [e for e in store.history("demo-07") if e.kind == "neuro"]
    assert entry.payload["capd"] == {"items": [0, 0, 0, 0, 4, 4, 4, 4]}


def test_an_exam_that_could_not_be_done_says_why(store: Store):
    at = tapped(opened(form="neuro"), how="unable")
    assert "say why" in messages(pressed(at, "review"))
    ran(widget(at, "multiselect", "unable").set_value(["sedated"]).run())
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "neuro")
    assert entry.payload["unable"] == "sedated"
    assert "ice" not in entry.payload


def test_a_nurse_can_neither_see_nor_save_an_attribution(store: Store):
    at = opened("nurse")
    assert [m.key for m in at.multiselect if (m.key or "").endswith("other_cause")] == []
    from dashboard.parts.forms.saving import NotAllowed, Sending, save

    payload = {"taken_at": NOW.isoformat(), "temperature_c": 38.5, "other_cause": ["fever"],
               "other_cause_reason": "line infection"}  # fmt: skip
    sending = Sending(token="t1", ward_id="w1", patient_id=PATIENT, entries=(("vitals", payload),))
    with pytest.raises(NotAllowed, match="physician"):
        save(store, session.Person("AB", "nurse"), sending, now=NOW)
    assert entered(store) == []


def test_a_physician_attributes_with_a_reason_only(store: Store):
    at = typed(opened("physician"), temperature_c=38.5)
    at = ran(widget(at, "multiselect", "other_cause").set_value(["fever"]).run())
    at = pressed(at, "review")
    assert "needs its reason" in messages(at)
    ran(widget(at, "text_input", "other_cause_reason").set_value("line infection").run())
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store)
    assert entry.payload["other_cause"] == ["fever"]
    assert entry.payload["other_cause_reason"] == "line infection"


@pytest.mark.parametrize("role", ["observer", ""])
def test_nobody_enters_without_a_role_for_it(store: Store, role: str):
    at = opened(role)
    assert not at.number_input
    assert not [b for b in at.button if b.label in ("Save", "Read back")]


def test_a_correction_starts_empty_needs_a_reason_and_names_what_it_replaces(store: Store):
    [old] = [e for e in store.history(PATIENT) if e.kind == "vitals"]
    at = opened(replaces=old.entry_id)
    assert widget(at, "number_input", "temperature_c").value is None
    assert "Correcting: vitals of 06:00" in page_text(at)
    at = pressed(at, "correction/start")
    assert widget(at, "number_input", "temperature_c").value == 38.6
    at = typed(at, temperature_c=36.8)
    assert "Say why" in messages(pressed(at, "review"))
    at = tapped(at, correction__why="typing")
    at = pressed(at, "review")
    assert "corrects 38.6" in page_text(at)
    pressed(at, "save")
    [new] = entered(store)
    assert new.replaces == old.entry_id
    assert new.reason == "Typing error"
    assert new.observed_at == old.observed_at, "a correction keeps the time of the reading"
    [left] = store.case(PATIENT).vitals or ()
    assert left.temperature_c == 36.8
    assert left.oxygen is not None


def test_a_withdrawal_needs_a_reason_and_is_final(store: Store):
    [old] = [e for e in store.history(PATIENT) if e.kind == "vitals"]
    at = pressed(opened(replaces=old.entry_id), "correction/withdraw")
    assert "Say why" in messages(at)
    at = tapped(at, correction__why="patient")
    at = pressed(pressed(at, "correction/withdraw"), "save")
    assert "Saved at" in messages(at)
    assert store.case(PATIENT).vitals is None
    again = opened(replaces=old.entry_id)
    assert "corrected or withdrawn already by AB" in messages(again)


def test_a_time_ahead_is_refused_and_an_old_one_is_marked_late(store: Store):
    at = tapped(typed(opened(), temperature_c=38.0), when="other")
    clock = widget(at, "text_input", "when/clock")
    at = ran(clock.set_value("09:20").run())
    assert "ahead: check day and time" in messages(at)
    assert "Not ready" in messages(pressed(at, "review"))
    at = ran(widget(at, "text_input", "when/clock").set_value("0640").run())
    assert "entered late" in messages(at)
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store)
    assert entry.observed_at == NOW - timedelta(hours=2, minutes=20)


def drafted(store: Store, form: str, **values: Any) -> AppTest:
    """A form with answers that AppTest cannot type: a name that is on no list."""
    kept = {"token": "t-1", "seen_position": 0, "started_at": NOW.isoformat(), "values": values}
    store.save_draft("AB", PATIENT, form, kept, now=NOW)
    return opened(form=form)


def test_a_treatment_in_a_wrong_spelling_is_refused_with_the_right_one(store: Store):
    at = pressed(drafted(store, "treatment", drug="tocilizumb"), "review")
    assert 'did you mean "tocilizumab"' in messages(at)
    at = typed(picked(at, drug="tocilizumab"), dose=560)
    assert "give dose and unit" in messages(pressed(at, "review"))
    at = tapped(at, dose_unit="dose_mg", route="iv", purpose="crs")
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "treatment")
    assert entry.payload == {
        "given_at": "2026-03-03T09:00:00+00:00", "drug": "tocilizumab", "dose_mg": 560.0,
        "route": "iv", "purpose": "crs",
    }  # fmt: skip


def test_that_no_treatment_was_given_can_be_stated(store: Store):
    content = case(patient={"id": "demo-09", "age_years": 50.0})
    del content["treatments"]
    store.import_case(content, ward_id="w1", recorded_by="file", now=NOW)
    at = opened(form="treatment", patient="demo-09")
    pressed(pressed(at, "none"), "save")
    assert store.case("demo-09").treatments == ()


def test_a_death_names_its_cause(store: Store):
    at = tapped(picked(opened("physician", form="event"), kind="death"), due_to="crs")
    at = pressed(at, "review")
    assert "due to" in page_text(at).lower()
    pressed(at, "save")
    [entry] = entered(store, "event")
    assert entry.payload["due_to"] == "crs"


def test_labs_keep_only_what_was_typed(store: Store):
    at = typed(opened(form="labs"), crp_mg_l=96.0, ferritin_ug_l=2100.0)
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "labs")
    assert entry.payload == {
        "taken_at": "2026-03-03T09:00:00+00:00", "crp_mg_l": 96.0, "ferritin_ug_l": 2100.0,
    }  # fmt: skip


def test_typed_text_is_never_read_as_mark_up(store: Store):
    drug = "![x](http://host/leak) tocilizumab"
    at = pressed(drafted(store, "treatment", drug=drug), "review")
    assert "http\u2060://host/leak" in messages(at), "an address is taken apart, never a link"
    for one in [*at.error, *at.warning]:
        assert "![x](" not in one.value


def test_what_others_entered_meanwhile_is_shown(store: Store):
    at = typed(opened(), temperature_c=38.4)
    other = session.Person("CD", "nurse")
    payload = {"taken_at": NOW.isoformat(), "heart_rate_bpm": 120.0}
    sending = Sending(token="t9", ward_id="w1", patient_id=PATIENT, entries=(("vitals", payload),))
    save(store, other, sending, now=NOW)
    at = pressed(pressed(at, "review"), "save")
    assert "others entered" in messages(at)
    assert "by CD (nurse)" in page_text(at)


def test_signing_on_is_offered_where_the_form_will_be(store: Store):
    def nobody() -> None:
        from dashboard.views.enter import page

        page()

    at = AppTest.from_function(nobody, default_timeout=30)
    at.query_params[session.PATIENT_KEY] = session.ref_of(PATIENT)
    at = at.run()
    assert "Sign on first" in messages(at)
    at.text_input(key="enter-sign-on-name").set_value("AB")
    at.radio(key="enter-sign-on-role").set_value("nurse")
    at = at.button[0].click().run()
    assert not at.exception
    assert "Sign on first" not in messages(at)
    assert at.number_input, "the form itself follows"


def test_a_refused_form_says_so_once(store: Store):
    at = pressed(typed(opened(), temperature_c=101.3), "review")
    assert messages(at).count("Not ready to read back") == 1


def test_a_flow_without_a_device_from_a_file_takes_no_form_away(store: Store):
    from dashboard.parts.forms.spoken import say

    taken = (NOW - timedelta(minutes=30)).isoformat()
    alone = case(vitals=[{"taken_at": taken, "oxygen": {"flow_l_min": 4.0}}])
    alone["patient"] = {**alone["patient"], "id": "flow-1"}
    store.import_case(alone, ward_id="w1", recorded_by="file", now=NOW)
    at = opened(patient="flow-1")
    assert not at.exception
    assert at.number_input
    assert say("oxygen", {"flow_l_min": 4.0}, UTC) == "device not recorded at 4 L/min"


# Gradings: a physician's own


def late_fever() -> dict[str, Any]:
    """The same patient, whose cells were given three weeks ago."""
    given = (NOW - timedelta(days=21)).isoformat()
    therapy = {"product": "tisagenlecleucel", "started_at": given, "doses": [{"given_at": given}]}
    taken = case()["vitals"][0] | {"oxygen": {"device": "room_air"}}
    return case(patient={"id": "late", "age_years": 41.0, "weight_kg": 70.0}, therapy=therapy,
                vitals=[taken])  # fmt: skip


def held_back(store: Store) -> set[str | None]:
    found = assess(store.case("late"), at=NOW, protocol="nccn-2026-2")
    return {one.blocked_by for one in found.advice if one.drug == "tocilizumab"}


def test_a_physician_confirms_a_late_crs_and_takes_it_back(store: Store):
    store.import_case(late_fever(), ward_id="w1", recorded_by="file", now=NOW)
    assert held_back(store) == {
        "late fever: if a physician confirms CRS, record a CRS grading of 1 or more"
    }
    at = picked(opened("physician", "late", form="grading"), scale="astct-crs-2019")
    at = tapped(at, grade="1")
    at = pressed(at, "review")
    assert "CRS by ASTCT" in page_text(at)
    assert "cytokine release syndrome" in page_text(at)
    pressed(at, "save")
    assert store.history("late")[-1].payload == {
        "graded_at": NOW.isoformat(), "scale": "astct-crs-2019",
        "term": "cytokine release syndrome", "grade": 1,
    }  # fmt: skip
    assert held_back(store) == {None}
    grading = store.history("late")[-1].entry_id
    at = opened("physician", "late", replaces=grading)
    at = tapped(picked(at, scale="astct-crs-2019"), grade="0", correction__why="typing")
    pressed(pressed(at, "review"), "save")
    assert None not in held_back(store)


def test_a_nurse_does_not_grade(store: Store):
    at = tapped(picked(opened(form="grading"), scale="astct-crs-2019"), grade="1")
    assert "Only a physician grades here" in messages(pressed(at, "review"))
    assert entered(store, "grading") == []
    sending = Sending(
        token="t1", ward_id="w1", patient_id=PATIENT,
        entries=(("grading", {"graded_at": NOW.isoformat(), "scale": "lee-2014", "grade": 1}),),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        save(store, session.Person("AB", "nurse"), sending, now=NOW)


def test_a_ctcae_grade_names_what_it_grades_and_is_compared_with_its_own_kind(store: Store):
    at = tapped(picked(opened("physician", form="grading"), scale="ctcae-5.0"), grade="3")
    assert "say what is graded" in messages(pressed(at, "review"))
    at = picked(at, term="encephalopathy")
    assert "Read as neurotoxicity" in "".join(one.value for one in at.caption)
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "grading")
    assert entry.payload["term"] == "encephalopathy"
    at = tapped(picked(opened("physician", form="grading"), scale="lee-2014"), grade="1")
    said = page_text(pressed(at, "review"))
    assert "first value" in said
    assert "last 3" not in said, "a grade of another scale is nothing to compare with"


@pytest.mark.parametrize(
    ("scale", "term"), [("iec-hs-2023", "iec-hs"), ("mskcc-2018", "cytokine release syndrome")]
)
def test_a_scale_that_grades_one_thing_does_not_ask_which(store: Store, scale: str, term: str):
    at = tapped(picked(opened("physician", form="grading"), scale=scale), grade="2")
    pressed(pressed(at, "review"), "save")
    [entry] = entered(store, "grading")
    assert (entry.payload["scale"], entry.payload["term"]) == (scale, term)
