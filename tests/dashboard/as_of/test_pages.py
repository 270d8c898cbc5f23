"""The pages in replay: loud, complete, and nothing can be stored, whatever is pressed."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import ACTIONS
from dashboard.as_of.past_store import PastStore, ReplayStoresNothing
from dashboard.store import NewEntry, Submission
from tests.dashboard.as_of.conftest import START, WARD, Place, forget, open_place
from tests.dashboard.small_cases import FEVER, vitals
from tests.health.tree import ROOT
from toxmodels.protocols import protocols
from toxmodels.protocols.site_file import site_copy

APP = str(ROOT / "dashboard" / "app.py")


def _page(name: str) -> None:
    """One page under the banner, signed on as a physician; runs in Streamlit's own scope."""
    import importlib

    from dashboard import session
    from dashboard.parts import as_of
    from dashboard.views import TITLES

    session.sign_on(session.Person("Dr B", "physician"))
    as_of.banner(session.ward(), name)
    if as_of.may_be_drawn(name):
        importlib.import_module(f"dashboard.views.{TITLES[name][0]}").page()


def opened(name: str, minutes: float | None, rules: str = "then", patient: str = "") -> AppTest:
    at = AppTest.from_function(_page, args=(name,), default_timeout=60)
    if minutes is not None:
        at.query_params["as-of"] = (START + timedelta(minutes=minutes)).isoformat()
        at.query_params["rules-of"] = rules
    if patient:
        at.query_params["p"] = session.ref_of(patient)
    at.run()
    assert not at.exception, at.exception
    return at


def plain(at: AppTest) -> str:
    bodies = " ".join(one.proto.body for one in at.get("html"))
    written = " ".join(str(one.value) for one in (*at.markdown, *at.error, *at.caption))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", f"{bodies} {written}"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Fever at 30, corrected at 60; the followed site protocol edited at 120."""
    folder = tmp_path_factory.mktemp("rules")
    url = f"sqlite:///{tmp_path_factory.mktemp('ward') / 'ward.sqlite3'}"
    patch = pytest.MonkeyPatch()
    place = open_place(url, patch, folder)
    text = site_copy(protocols()["asco-2021"], "our-asco")
    file = folder / "our.toml"
    file.write_text(text, encoding="utf-8")
    place.choose(1, "our-asco")
    low = {**FEVER, "hypotensive": True, "systolic_mmhg": 82}
    place.enter(30, vitals(START + timedelta(minutes=30), **low))
    (wrong,) = [one for one in place.entries("vitals") if one.payload["systolic_mmhg"] == 82]
    place.enter(
        60, vitals(START + timedelta(minutes=30)), replaces=wrong.entry_id, reason="wrong patient"
    )
    file.write_text(text.replace("our-asco/crs-2-care", "our-asco/crs-2-other"), encoding="utf-8")
    place.say(120)
    yield place
    session.close_stores()
    forget()
    patch.undo()


@pytest.fixture
def replayed(made: Place) -> Place:
    """The same, and now it is minute 600."""
    made.clock(600)
    return made


def test_every_page_says_loudly_what_it_is(replayed: Place) -> None:
    for name, patient in (
        ("board", ""), ("work", ""), ("patient", "p1"), ("handover", "p1"), ("rules", ""),
    ):  # fmt: skip
        said = plain(opened(name, 45, patient=patient))
        assert "AS KNOWN AT 20-Mar-2026 08:45:00 UTC – NOT NOW" in said, name
        assert "rules of that day" in said, name
        assert "CRS" in said, name
    assert "AS KNOWN AT" not in plain(opened("board", None)), "the control: now says none of it"


def test_a_ward_of_which_nothing_was_known_does_not_read_as_calm(replayed: Place) -> None:
    said = plain(opened("board", -600))
    assert "No patient was on record in this ward then" in said
    assert "nobody worse" not in said
    assert "Add the first one" not in said


def test_the_patient_page_shows_the_grade_of_then_and_not_todays(replayed: Place) -> None:
    then, now = (
        plain(opened("patient", 45, patient="p1")),
        plain(opened("patient", None, patient="p1")),
    )
    assert re.search(r"CRS 2", then)
    assert "hypotensive" in then
    assert not re.search(r"CRS 2 ", now)
    assert "wrong patient" in now
    assert "wrong patient" not in then, "the correction was not known"


def test_differences_name_the_advice_the_digests_and_the_rule_that_changed(
    replayed: Place,
) -> None:
    said = plain(opened("patient", 45, patient="p1"))
    assert "1 of 1: kept then, worked out again from the same entries, and equal." in said
    assert "our-asco/crs-2-care advised not said" in said
    assert "our-asco/crs-2-other not said advised" in said
    assert "site-protocols/our.toml" in said
    assert said.count("Rule our-asco/crs-2-") == 2
    rows = replayed.store.shown("p1")
    assert rows[-1].rules in said
    assert rows[-2].rules in said
    assert rows[-1].rules != rows[-2].rules


def rules_on(at: AppTest) -> str:
    """The table of rules alone."""
    return " ".join(o.proto.body for o in at.get("html") if "tw-rules" in o.proto.body)


def test_the_rule_book_is_the_one_of_that_day(replayed: Place) -> None:
    at = opened("rules", 45)
    at.text_input(key="rules/words").set_value("our-asco crs-2").run()
    assert "our-asco/crs-2-care" in rules_on(at)
    assert "our-asco/crs-2-other" not in rules_on(at)
    today = opened("rules", 45, "today")
    today.text_input(key="rules/words").set_value("our-asco crs-2").run()
    assert "our-asco/crs-2-other" in rules_on(today)
    assert "our-asco/crs-2-care" not in rules_on(today)
    assert [one for one in opened("rules", None).button if one.label == "Choose a protocol"]
    assert not [one for one in at.button if one.label == "Choose a protocol"]


def test_no_page_of_the_past_has_a_button_that_stores(replayed: Place) -> None:
    storing = ("acknowledge", "ack/", "decide", "record", "save", "pdf", "text file")
    for name in ("board", "work", "patient", "handover"):
        at = opened(name, 45, patient="p1" if name in ("patient", "handover") else "")
        labels = [f"{one.label} {one.key}".lower() for one in at.button]
        assert not [one for one in labels if any(word in one for word in storing)], (name, labels)
        assert 'data-tw-go="acknowledge"' not in " ".join(o.proto.body for o in at.get("html"))
    for name in ("enter", "add-patient"):
        assert "nothing can be entered or changed" in plain(opened(name, 45, patient="p1"))


def test_the_frame_shows_the_board_of_then_with_its_way_back(replayed: Place) -> None:
    at = AppTest.from_file(APP, default_timeout=60)
    at.query_params["as-of"] = (START + timedelta(minutes=45)).isoformat()
    at.run()
    assert not at.exception, at.exception
    assert "AS KNOWN AT 20-Mar-2026 08:45:00 UTC – NOT NOW" in plain(at)
    assert re.search("CRS 2", plain(at))
    assert at.button(key="as-of/now").label == "Back to now"
    at.button(key="as-of/now").click().run()
    assert "AS KNOWN AT" not in plain(at)
    assert not re.search("CRS 2 ", plain(at))


def test_an_address_that_cannot_be_read_is_still_no_page_of_now(replayed: Place) -> None:
    at = AppTest.from_function(_page, args=("board",), default_timeout=60)
    at.query_params["as-of"] = "yesterday"
    at.run()
    assert "NOT NOW" in plain(at)


# The server refuses, whatever a page may draw


def storing(store, now) -> dict:
    entry = NewEntry(kind="vitals", payload=vitals(now))
    form = Submission(
        submission_id=str(uuid.uuid4()), ward_id=WARD, patient_id="p1", entries=(entry,),
        recorded_by="AB", role="nurse",
    )  # fmt: skip
    who = {"ward_id": WARD, "recorded_by": "AB", "role": "physician", "now": now}

    def seen() -> int:
        return store.live.positions(WARD)["p1"]

    return {
        "enter": lambda: store.submit(form, now=now),
        "acknowledge": lambda: store.acknowledge(
            acknowledgement_id=str(uuid.uuid4()), patient_id="p1", alert_id="t01", grade_seen=None,
            seen_position=seen(), reason="seen", **who,
        ),
        "decide": lambda: store.decide(
            decision_id=str(uuid.uuid4()), patient_id="p1", rule="r", protocol="p", advise="give",
            choice="confirmed", dose_mg=None, reason=None, seen_position=seen(), **who,
        ),
        "choose": lambda: store.choose_protocol(
            choice_id=str(uuid.uuid4()), scope="car-t", protocol_id=None, reason="test", **who
        ),
        "draft": lambda: store.save_draft("AB", "p1", "vitals", {}, now=now),
        "add-ward": lambda: store.add_ward(str(uuid.uuid4()), "x", is_sample=True, now=now),
    }  # fmt: skip


def test_no_action_but_looking_is_allowed_in_replay(replayed: Place) -> None:
    now = replayed.clock(601)
    past = PastStore(replayed.store, START + timedelta(minutes=45))
    everything = session.Person("Dr B", "physician")
    before = len([one for one in replayed.store.audit_trail() if one.action == "refused"])
    for action in ACTIONS:
        if action == "view":
            assert allow(past, everything, action, now=now) is everything
            continue
        with pytest.raises(NotAllowed):
            allow(past, everything, action, now=now)
    refused = [one for one in replayed.store.audit_trail() if one.action == "refused"][before:]
    assert len(refused) == len(ACTIONS) - 1
    assert allow(replayed.store, everything, "enter", now=now) is everything  # the control


def test_the_past_store_holds_nothing_of_later(replayed: Place) -> None:
    past = PastStore(replayed.store, START + timedelta(minutes=45))
    assert past.positions(WARD)["p1"] < replayed.store.positions(WARD)["p1"]
    assert all(one.replaced_by is None for one in past.history("p1"))
    assert any(one.replaced_by is not None for one in replayed.store.history("p1"))
    assert PastStore(replayed.store, START - timedelta(minutes=1)).patients(WARD) == ()


def test_nothing_is_stored_while_replaying_and_the_same_is_stored_now(replayed: Place) -> None:
    now = replayed.clock(601)
    past = PastStore(replayed.store, START + timedelta(minutes=45))
    head = replayed.store.version(WARD), len(replayed.store.wards()), replayed.store.drafts_of("p1")
    for name, act in storing(past, now).items():
        with pytest.raises(ReplayStoresNothing, match="nothing was stored"):
            act()
        assert name
    assert head == (
        replayed.store.version(WARD), len(replayed.store.wards()), replayed.store.drafts_of("p1")
    )  # fmt: skip
    stored = 0
    for act in storing(replayed.store, now).values():  # the control: the same, now
        act()
        stored += 1
    assert stored == 6
    assert replayed.store.version(WARD) == head[0] + 4
