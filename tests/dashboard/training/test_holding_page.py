"""The trainer's pages on a real journal: hold a room, look back on it, verify a certificate."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import Role
from dashboard.accounts.person import Person
from dashboard.parts.training.acting import Later
from dashboard.parts.training.certifying import _pdf, kept_facts
from dashboard.parts.training.debrief import scored
from dashboard.parts.training.documents import _table
from dashboard.parts.training.joining import join_address, joining_html
from dashboard.parts.training.replay import pause_html, pauses_played
from dashboard.training import doing, presence
from dashboard.training.certificate import fingerprint
from dashboard.training.doing import Desk
from dashboard.training.group import right_answer
from dashboard.training.keeping.opening import close_training_stores, training_store
from dashboard.training.marking import Answer, ChoiceAnswer, GradeAnswer
from dashboard.training.room import Standing, asked
from dashboard.training.shelf import packaged
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import WAIT_S, markup_of, plain, ran

TRAINER = Person("TR", "trainer")
STORY = "waived-fever"


def _script(view: str, role: str, who: str) -> None:
    """One view of the Training page as a script; runs in Streamlit's own scope."""
    from importlib import import_module

    from dashboard.session import Person, sign_off, sign_on

    if role:
        sign_on(Person(who, role))  # type: ignore[arg-type]
    else:
        sign_off()
    module = {"hold": "holding", "debrief": "debrief", "verify": "verifying"}[view]
    import_module(f"dashboard.parts.training.{module}").page()


def opened(view: str, role: str = "trainer", *, who: str = "TR", **params: str) -> AppTest:
    at = AppTest.from_function(_script, args=(view, role, who), default_timeout=WAIT_S)
    for name, value in params.items():
        at.query_params[name] = value
    return ran(at.run())


@pytest.fixture
def place(fresh_store, tmp_path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("TOXWATCH_TRAINING_DATABASE", f"sqlite:///{tmp_path / 'training.sqlite3'}")
    close_training_stores()
    presence.forget()
    yield
    close_training_stores()
    presence.forget()


def desk(name: str, role: Role, seconds: float = 0) -> Desk:
    now = NOW + timedelta(seconds=seconds)
    return Desk(training_store(), session.live_store(), Person(name, role), now)


def held(story: str = STORY) -> Standing:
    files = packaged().find(story).files
    return doing.open_room(
        desk("TR", "trainer"), id=f"open-{story}", way="together", stories={story: files}
    )


def join(here: Standing, *names: str) -> None:
    for name in names:
        doing.join(desk(name, "nurse", 1), id=f"join-{name}", code=here.room.code)


def button(at: AppTest, begins: str):
    return next(one for one in at.button if one.label.replace("\\", "").startswith(begins))


# Holding


@pytest.mark.parametrize("role", ["", "nurse", "physician", "observer", "administrator"])
@pytest.mark.parametrize("view", ["hold", "debrief"])
def test_only_a_trainer_gets_in(place, view: str, role: Role) -> None:
    here = held()
    at = opened(view, role, room=here.room.id)
    assert "trainer" in at.info[0].value
    assert "Cool skin" not in plain(at)


def test_a_case_is_chosen_a_room_is_opened_and_found_again(place) -> None:
    at = opened("hold")
    assert not [one for one in at.button if one.label == "Open the room"], "no case is chosen yet"
    at.selectbox(key="train-case").set_value(STORY).run()
    assert "Grade CRS without fever" in plain(at)
    button(at, "Open the room").click().run()
    ran(at)
    (row,) = training_store().rooms("TR")
    assert at.query_params["room"] in (row.room, [row.room])
    code = str(row.body["code"])
    assert f"{code[:3]} {code[3:]}" in plain(at)
    assert "Nobody has joined yet" in plain(at)
    again = opened("hold")
    assert button(again, "Back to Cool skin").label.replace("\\", "").count(code[:3]) == 1


def test_everybody_is_shown_where_he_stands_and_who_is_silent(place, monkeypatch) -> None:
    here = held()
    join(here, "AA", "BB")
    presence.heard(here.room.id, "AA", NOW + timedelta(seconds=59))
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(minutes=1)).isoformat())
    at = opened("hold", room=here.room.id)
    said = plain(at)
    assert "In the room: 2, 1 lost" in said
    assert "AA nurse ● here before the first pause" in said
    assert "BB nurse ! lost for 59 s" in said
    button(at, "To the next pause").click().run()
    assert "paused: questions are open" in plain(at)
    answer(here, "AA", "fever-and-low", GradeAnswer(at_least=2, at_most=2), 61)
    answer(here, "BB", "fever-and-low", GradeAnswer(at_least=1, at_most=1), 61)
    said = plain(at.run())
    assert "○ answering, 1 of 3" in said
    assert "1 ✓ CRS 2 AA 1 ✗ CRS 1 BB" in said
    assert button(at, "Go on").label.replace("\\", "") == "Go on (2 still answering)"


def answer(here: Standing, name: str, question: str, given: Answer, seconds: float) -> None:
    doing.answer(
        desk(name, "nurse", seconds),
        id=f"{name}/{question}",
        room=here.room.id,
        question=question,
        given=given,
    )


def test_the_clock_is_let_run_held_and_stepped(place, monkeypatch) -> None:
    here = held()
    at = opened("hold", room=here.room.id)
    button(at, "Run at 60").click().run()
    assert "running at 60 ×, next pause in 8 min 00 s" in plain(at)
    button(at, "Hold").click().run()
    assert "held" in plain(at)
    button(at, "To the next pause").click().run()
    button(at, "Go on").click().run()
    assert "pause 1 of 5" in plain(at)
    does = [row.body["does"] for row in training_store().rows(here.room.id) if row.kind == "clock"]
    assert does == ["run", "hold", "ahead", "step"]


def test_a_new_speed_takes_effect_at_once(place) -> None:
    here = held()
    at = opened("hold", room=here.room.id)
    button(at, "Run at 60").click().run()
    (speed,) = (one for one in at.get("button_group") if one.label == "Speed")
    ran(speed.set_value(600).run())
    assert "running at 600 ×" in plain(at)


def test_a_room_is_closed_only_when_asked_twice(place) -> None:
    here = held()
    at = opened("hold", room=here.room.id)
    button(at, "Close the room").click().run()
    assert training_store().find_room(here.room.code) == here.room.id
    button(at, "Close it now").click().run()
    assert training_store().find_room(here.room.code) is None
    assert "closed" in plain(at)
    assert not [one for one in at.button if one.label.startswith(("Run", "To the next"))]


def test_a_room_that_is_not_there_is_said(place) -> None:
    at = opened("hold", room="nowhere")
    assert "No room is behind this address" in at.error[0].value


@pytest.mark.parametrize(
    ("seen", "address"),
    [
        ("https://ward.example/training", "https://ward.example/training?view=play&room=K7M4QP"),
        ("http://10.0.0.7:8501/", "http://10.0.0.7:8501/training?view=play&room=K7M4QP"),
        (None, None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_address_to_join_is_made_from_the_one_the_browser_stands_at(seen, address) -> None:
    assert join_address(seen, "K7M4QP") == address
    said = joining_html("K7M4QP", address)
    assert "K7M 4QP" in said
    assert ("data:image/svg+xml" in said) is (address is not None)
    assert "this machine only" not in said


def test_an_address_that_leads_nowhere_from_a_tablet_is_said_and_escaped() -> None:
    said = joining_html("K7M4QP", join_address("http://127.0.0.1:8501/training", "K7M4QP"))
    assert "works on this machine only" in said
    assert "<img" not in joining_html("<img src=x>", None)
    assert "&amp;room=" in said


# A played room


WAY: Mapping[str, str] = {"AA": "tocilizumab", "BB": "fluid-only"}
"""What each chooses at the first pause: they take different ways."""


def played(late: str = "CC") -> Standing:
    """AA answers all right; BB takes the other way and grades too low; CC joins after one pause."""
    here = held()
    join(here, "AA", "BB")
    trainer = desk("TR", "trainer", 2)
    for stop in range(len(here.stops)):
        doing.turn_clock(trainer, id=f"ahead-{stop}", room=here.room.id, does="ahead")
        if stop == 1:
            doing.join(desk(late, "physician", 3), id="late", code=here.room.code)
        for name in [one.name for one in doing.current(training_store(), here.room.id).trainees]:
            _answer_all(here.room.id, name)
        doing.turn_clock(trainer, id=f"step-{stop}", room=here.room.id, does="step", stop=stop)
    return doing.current(training_store(), here.room.id)


def _answer_all(room: str, name: str) -> None:
    at = desk(name, "nurse", 4)
    now = doing.current(training_store(), room)
    for question in asked(now, name, at.now).questions:
        given = right_answer(question)
        if question.id == "low-next":
            given = ChoiceAnswer(chosen=frozenset({WAY.get(name, "tocilizumab")}))
        elif name == "BB" and isinstance(given, GradeAnswer):
            given = GradeAnswer(at_least=1, at_most=1)
        doing.answer(at, id=f"{name}/{question.id}", room=room, question=question.id, given=given)


@pytest.mark.parametrize("moment", [datetime(2026, 3, 20, 12, 1, tzinfo=UTC)])
def test_the_room_is_seen_to_its_end(place, monkeypatch, moment) -> None:
    here = played()
    monkeypatch.setenv(session.FIXED_CLOCK, moment.isoformat())
    said = plain(opened("hold", room=here.room.id))
    assert "at the end of the case" in said
    assert "3 before joining, not counted" in said
    assert "Fluid only at the first low pressure" in said
    assert markup_of(opened("hold", room=here.room.id)).count("✓ at the end") == 3


# Looking back


def test_the_debrief_tells_the_case_what_was_said_and_the_graders_receipt(place) -> None:
    here = played()
    at = opened("debrief", room=here.room.id)
    said = plain(at)
    assert "3 trainees" in said
    assert "Day 3 after tisagenlecleucel" in said
    assert "1 ✓ CRS 2 AA 1 ✗ CRS 1 BB" in said
    assert "Why: Fever with low pressure that needs no vasopressor is grade 2" in said
    assert "Decided by" in said, "the receipt of the grade, as the grader says it"
    assert "Fever is needed to begin CRS, not to keep it" in said
    button(at, "Next pause").click().run()
    assert "Fluid only at the first low pressure" in plain(at), "the other way has its own pause"


def test_the_debrief_shows_what_was_entered_and_acknowledged(place) -> None:
    here = played()
    last = pauses_played(here)[-1]
    at = desk("AA", "nurse", 4)
    told = {"taken_at": last.at.isoformat(), "temperature_c": 38.6}
    doing.enter(at, id="own", room=here.room.id, kind="vitals", payload=told)
    doing.acknowledge(at, id="ack", room=here.room.id, alert="t99", reason="Physician informed")
    here = doing.current(training_store(), here.room.id)
    said = plain_text(pause_html(here, last, UTC, names=True))
    assert "AA vital signs" in said
    assert "temperature 38.6" in said
    assert "AA acknowledged: t99. Physician informed" in said
    assert "AA" not in plain_text(pause_html(here, last, UTC, names=False))
    first = plain_text(pause_html(here, pauses_played(here)[0], UTC, names=True))
    assert "38.6" not in first


def plain_text(markup: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", markup).split())


def test_the_figures_come_with_their_words(place) -> None:
    said = plain(opened("debrief", room=played().room.id))
    assert "Time to tocilizumab 4 h From 0 to 8 h" in said
    assert "CRS: with the right grade" in said
    assert "Weighted kappa:" in said
    assert "Most missed sign pressure and vasopressors" in said
    assert "Kappa is agreement beyond what chance alone would give" in said
    assert "instead of 2" in said, "the confusion matrix in words"


def test_names_are_hidden_on_a_wall(place) -> None:
    at = opened("debrief", room=played().room.id)
    assert "BB" in plain(at)
    at.toggle(key="debrief-names").set_value(False).run()
    said = plain(ran(at))
    assert not any(f" {name} " in f" {said} " for name in ("AA", "BB", "CC"))
    labels = " ".join(str(one.proto.label) for one in at.get("download_button"))
    assert not any(name in labels for name in ("AA", "BB", "CC"))
    assert "Trainee 2" in said


def test_a_trainee_sees_only_what_he_answered_himself(place) -> None:
    here = played()
    at = opened("debrief", "nurse", who="BB", room=here.room.id)
    said = plain(at)
    assert "1 ✗ CRS 1 BB" in said
    assert not any(f" {name} " in f" {said} " for name in ("AA", "CC"))
    assert "sign on" not in plain(opened("debrief", "nurse", who="ZZ", room=here.room.id))
    stranger = opened("debrief", "nurse", who="ZZ", room=here.room.id)
    assert "took part" in stranger.info[0].value
    assert "Day 3" not in plain(stranger)


def test_the_debrief_opens_for_a_trainee_only_at_the_end(place) -> None:
    here = held()
    join(here, "AA")
    at = opened("debrief", "nurse", who="AA", room=here.room.id)
    assert "opens when the case is over" in at.info[0].value
    assert "Day 3" not in plain(at)
    at = opened("debrief", room=here.room.id)
    assert "not over for everybody" in at.warning[0].value


# Certificates


def test_who_has_earned_one_gets_it_and_its_code_is_found_again(place) -> None:
    here = played()
    at = opened("debrief", room=here.room.id)
    offered = [one.proto.label for one in at.get("download_button")]
    assert "Certificate of AA" in offered
    assert "Certificate of BB" not in offered
    assert "No certificate for BB yet" in plain(at)
    trainer = desk("TR", "trainer", 9)
    now = doing.current(training_store(), here.room.id)
    (best,) = (one for one in scored(trainer, now).trainees if one.name == "AA")
    facts = kept_facts(trainer, now, best)
    assert kept_facts(trainer, now, best) == facts, "taken again it is the same one"
    at = opened("verify", "observer")
    at.text_input(key="certificate-code-in").set_value(facts.code.lower().replace("-", " "))
    button(at, "Look it up").click().run()
    said = plain(ran(at))
    assert "AA, nurse" in said
    assert fingerprint(facts) in said
    assert at.success


def test_files_are_made_for_who_was_offered_them_outside_of_any_session(place) -> None:
    """They are fetched by another thread, which knows no session: nobody is signed on there."""
    from concurrent.futures import ThreadPoolExecutor

    here = played()
    (best,) = (one for one in scored(desk("TR", "trainer", 9), here).trainees if one.name == "AA")
    with ThreadPoolExecutor(1) as pool:
        sheet = pool.submit(_pdf, Later(TRAINER, UTC), here, best).result()
        assert sheet.startswith(b"%PDF")
        with pytest.raises(NotAllowed):
            pool.submit(_pdf, Later(None, UTC), here, best).result()


def test_a_certificate_says_how_often_its_case_was_begun_and_that_nobody_held_it(place) -> None:
    files = packaged().find(STORY).files
    rooms = []
    for turn in range(2):
        at = desk("NN", "nurse", turn)
        here = doing.open_room(at, id=f"alone {turn}", way="alone", stories={STORY: files})
        rooms.append(here.room.id)
    for room in rooms:
        while questions := asked(doing.current(training_store(), room), "NN", NOW).questions:
            one = questions[0]
            doing.answer(desk("NN", "nurse", 5), id=f"{room}{one.id}", room=room, question=one.id,
                         given=right_answer(one))  # fmt: skip
    facts = []
    for room in rooms:
        here = doing.current(training_store(), room)
        (score,) = scored(desk("NN", "nurse", 9), here).trainees
        facts.append(kept_facts(desk("NN", "nurse", 9), here, score))
    assert [one.attempt for one in facts] == [1, 2]
    assert {one.held_by for one in facts} == {"nobody: played alone"}
    at = opened("verify", "observer")
    at.text_input(key="certificate-code-in").set_value(facts[1].code)
    button(at, "Look it up").click().run()
    assert "this person had begun this case before" in plain(ran(at))


@pytest.mark.parametrize("typed", ["CDFH-JKMN-PQRT", "<b>x</b>", "'; drop table noted; --"])
def test_a_code_that_nobody_issued_certifies_nothing(place, typed: str) -> None:
    at = opened("verify", "observer")
    at.text_input(key="certificate-code-in").set_value(typed)
    button(at, "Look it up").click().run()
    assert "There is no certificate" in ran(at).error[0].value
    assert not at.success
    assert not plain(at).count("Fingerprint")


# Tables


def test_the_tables_hold_a_row_for_each_trainee_and_each_answer(place) -> None:
    here = played()
    at = opened("debrief", room=here.room.id)
    labels = [one.proto.label for one in at.get("download_button")]
    assert "Results (CSV, a trainee a row)" in labels
    found = scored(desk("TR", "trainer", 9), here)
    fetcher = Later(TRAINER, UTC)
    results = _table("results", fetcher, here, found).decode()
    answers = _table("answers", fetcher, here, found).decode()
    assert all(f"\n{name}," in results for name in ("AA", "BB", "CC"))
    assert answers.count("\nBB,") == sum(len(one.scored) for one in found.trainees[1:2])
    assert "TR (trainer)" in results
