"""What trainers and trainees do: who may, once, in time, and every refusal by its name."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import ROLES
from dashboard.accounts.person import Person
from dashboard.store import Store, SubmissionRefused
from dashboard.store.errors import NotSaved
from dashboard.training import doing
from dashboard.training.clock import stops_of
from dashboard.training.codes import ALPHABET, certificate_code, plain_code, room_code
from dashboard.training.doing import Desk
from dashboard.training.keeping.errors import (
    AlreadyJoined,
    AnswerUnfit,
    NotAsked,
    NotJoined,
    QuestionClosed,
    RoomClosed,
    StoryChanged,
    UnknownRoom,
    WrongMoment,
)
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.marking import ChoiceAnswer, DoseAnswer, GradeAnswer, IceAnswer
from dashboard.training.reading import StoryError
from dashboard.training.room import Standing, asked, clock
from dashboard.training.story import DoseQuestion, GradeQuestion, IceQuestion
from tests.dashboard.training.played import (
    DOCTOR,
    NURSE,
    T0,
    TRAINER,
    answer_to,
    files,
    minutes,
)
from tests.dashboard.training.test_training_stories import COURSES

STORY = "five-minute-seizure"
STOPS = stops_of(COURSES[STORY].story)
FIRST = STOPS[0].pauses[0].questions[0]
GRADE = GradeAnswer(at_least=1, at_most=1)
At = Callable[..., Desk]


@pytest.fixture
def at(training: TrainingStore, ward_store: Store) -> At:
    """A desk for a person, so many minutes after the start."""

    def desk(person: Person | None, minute: float = 0, store: TrainingStore = training) -> Desk:
        return Desk(store, ward_store, person, minutes(minute))

    return desk


@pytest.fixture
def opened(at: At) -> Standing:
    """A room that the trainer has opened and that nina has joined; it stands at its first pause."""
    here = doing.open_room(at(TRAINER), id="open", way="together", stories={STORY: files(STORY)})
    doing.join(at(NURSE), id="join nina", code=here.room.code)
    doing.turn_clock(at(TRAINER, 1), id="ahead", room=here.room.id, does="ahead")
    return doing.current(at(TRAINER).training, here.room.id)


def refusals(store: Store) -> list[Mapping[str, Any]]:
    return [one.detail for one in store.audit_trail() if one.action == "refused"]


# Codes


def test_codes_hold_nothing_that_looks_like_something_else() -> None:
    assert not set("01258OILZSBGUV") & set(ALPHABET)
    assert not set("AEIOU") & set(ALPHABET), "no word comes out"
    assert len(set(ALPHABET)) == len(ALPHABET)
    codes = {room_code(f"form {n}") for n in range(3000)}
    assert all(re.fullmatch(f"[{ALPHABET}]{{6}}", one) for one in codes)
    assert len(codes) >= 2999
    assert {letter for one in codes for letter in one} == set(ALPHABET)
    group = f"[{ALPHABET}]{{4}}"
    assert re.fullmatch(f"{group}-{group}-{group}", certificate_code())
    assert certificate_code() != certificate_code()
    assert plain_code(" cd-f h‑j\tk") == "CDFHJK"


def test_a_code_that_an_open_room_has_is_not_given_twice(at: At) -> None:
    taken = room_code("second")
    at(TRAINER).training.note(
        id="x", room="other", kind="opened", key=taken, body={}, by="t", role="trainer", now=T0
    )
    here = doing.open_room(at(TRAINER), id="second", way="together", stories={STORY: files(STORY)})
    assert here.room.code not in (taken, "")
    assert at(NURSE).training.find_room(here.room.code) == here.room.id


# Opening


def test_a_room_opened_twice_by_the_same_form_is_one_room(
    both: TrainingStore, ward_store: Store
) -> None:
    barrier = threading.Barrier(2)

    def open_it(_: int) -> Standing:
        barrier.wait()
        desk = Desk(both, ward_store, TRAINER, T0)
        return doing.open_room(desk, id="form", way="together", stories={STORY: files(STORY)})

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(open_it, range(2))
    assert one.room == two.room
    assert len(both.rooms()) == 1


def test_the_story_is_frozen_in_the_room(at: At) -> None:
    own = files(STORY)
    here = doing.open_room(at(TRAINER), id="open", way="together", stories={STORY: own})
    own["story.toml"] = "gone"
    again = doing.current(at(TRAINER).training, here.room.id)
    assert again.room.course == COURSES[STORY]
    assert len(here.room.digest) == 64


@pytest.mark.parametrize(
    ("way", "stories", "asks", "says"),
    [
        ("together", {}, (), "stories: 0 of them"),
        ("together", {STORY: STORY, "fever-alone": "fever-alone"}, (), "stories: 2 of them"),
        ("alone", {STORY: STORY}, (f"{STORY}/found",), "stories: 1 of them"),
        ("calibration", {STORY: STORY}, (f"{STORY}/nothing",), "asks: no story asks"),
    ],
)
def test_a_room_that_could_not_be_played_is_not_opened(
    at: At, way: Any, stories: dict[str, str], asks: tuple[str, ...], says: str
) -> None:
    read = {id_: files(name) for id_, name in stories.items()}
    with pytest.raises(SubmissionRefused, match=says):
        doing.open_room(at(TRAINER), id="open", way=way, stories=read, asks=asks)
    with pytest.raises(StoryError, match=r"story\.toml: there is no such file"):
        doing.open_room(at(TRAINER), id="open", way="together", stories={STORY: {}})
    assert at(TRAINER).training.rooms() == ()


# Joining


def test_a_room_is_joined_by_code_or_id_once(at: At, opened: Standing) -> None:
    for code in (opened.room.code, opened.room.code.lower(), opened.room.id):
        here = doing.join(at(DOCTOR, 2), id="join dora", code=code)
        assert [one.name for one in here.trainees] == ["nina", "dora"]
    assert here.trainees[1].joined_at == minutes(2)


def test_a_second_person_with_the_same_initials_is_told(at: At, opened: Standing) -> None:
    with pytest.raises(AlreadyJoined, match='"nina" takes part already'):
        doing.join(at(NURSE, 3), id="another form", code=opened.room.code)
    again = doing.join(at(NURSE, 3), id="another form", code=opened.room.code, again=True)
    assert [one.joined_at for one in again.trainees] == [T0]
    person = Person("nina", "nurse", account_id="acc-1")  # the name is hers alone
    assert doing.join(at(person, 3), id="third form", code=opened.room.code) == again


def test_who_cannot_join_is_told_why(at: At, opened: Standing) -> None:
    for code in ("CDFHJK", "", "000000", "nonsense" * 9):
        with pytest.raises(UnknownRoom, match="no open room has this code"):
            doing.join(at(DOCTOR), id="j", code=code)
    with pytest.raises(NotJoined, match="who holds a room does not play in it"):
        doing.join(at(TRAINER), id="j", code=opened.room.code)
    mine = doing.open_room(at(DOCTOR), id="alone", way="alone", stories={STORY: files(STORY)})
    with pytest.raises(UnknownRoom):
        doing.join(at(NURSE), id="j", code=mine.room.id)
    doing.close_room(at(TRAINER), id="close", room=opened.room.id)
    with pytest.raises(UnknownRoom):
        doing.join(at(DOCTOR), id="j", code=opened.room.code)
    with pytest.raises(RoomClosed, match="the room is closed"):
        doing.join(at(DOCTOR), id="j", code=opened.room.id)


# Answering


def test_the_first_answer_counts_however_often_it_is_sent(at: At, opened: Standing) -> None:
    room = opened.room.id
    first = doing.answer(at(NURSE, 2), id="a", room=room, question=FIRST.id, given=GRADE)
    again = doing.answer(at(NURSE, 3), id="a", room=room, question=FIRST.id, given=GRADE)
    other = doing.answer(
        at(NURSE, 3), id="b", room=room, question=FIRST.id,
        given=GradeAnswer(at_least=3, at_most=3),
    )  # fmt: skip
    assert first == again == other
    assert doing.current(at(NURSE).training, room).answers("nina") == {FIRST.id: GRADE}


def test_a_double_tap_from_two_threads_is_one_answer(
    both: TrainingStore, ward_store: Store
) -> None:
    def desk(person: Person) -> Desk:
        return Desk(both, ward_store, person, minutes(2))

    here = doing.open_room(
        desk(TRAINER), id="open", way="together", stories={STORY: files(STORY)}
    )  # fmt: skip
    doing.join(desk(NURSE), id="join", code=here.room.code)
    doing.turn_clock(desk(TRAINER), id="ahead", room=here.room.id, does="ahead")
    barrier = threading.Barrier(2)

    def tap(id_: str) -> str:
        barrier.wait()
        sent = doing.answer(
            desk(NURSE), id=id_, room=here.room.id, question=FIRST.id, given=GRADE
        )  # fmt: skip
        return sent.id

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(tap, ["same", "same"])
    assert one == two == "same"
    assert len([row for row in both.rows(here.room.id) if row.kind == "answered"]) == 1


def test_an_answer_after_the_close_of_its_question_is_refused_by_name(
    at: At, opened: Standing
) -> None:
    room = opened.room.id
    doing.turn_clock(at(TRAINER, 5), id="step", room=room, does="step", stop=0)
    before = at(NURSE).training.rows(room)
    with pytest.raises(QuestionClosed, match="came too late and does not count") as caught:
        doing.answer(at(NURSE, 5), id="late", room=room, question=FIRST.id, given=GRADE)
    assert FIRST.id in caught.value.place
    assert "still here" in caught.value.cure
    assert at(NURSE).training.rows(room) == before


def test_a_resend_after_a_lost_connection_gets_its_row_also_when_the_room_went_on(
    at: At, opened: Standing
) -> None:
    room = opened.room.id
    sent = doing.answer(at(NURSE, 2), id="a", room=room, question=FIRST.id, given=GRADE)
    doing.turn_clock(at(TRAINER, 3), id="step", room=room, does="step", stop=0)
    doing.close_room(at(TRAINER, 4), id="close", room=room)
    again = doing.answer(at(NURSE, 9), id="a", room=room, question=FIRST.id, given=GRADE)
    assert again == sent
    with pytest.raises(RoomClosed):
        doing.answer(at(NURSE, 9), id="b", room=room, question=STOPS[1].pauses[0].questions[0].id,
                     given=GRADE)  # fmt: skip


def test_an_answer_and_the_step_at_the_same_moment_agree(
    both: TrainingStore, ward_store: Store
) -> None:
    """Whichever is first: a stored answer counts, and a refused one is not in the journal."""
    names = [f"n{n}" for n in range(8)]

    def desk(name: str, role: Any = "nurse") -> Desk:
        return Desk(both, ward_store, Person(name, role), minutes(2))

    here = doing.open_room(
        desk("tara", "trainer"), id="open", way="together", stories={STORY: files(STORY)}
    )  # fmt: skip
    room = here.room.id
    for name in names:
        doing.join(desk(name), id=f"join {name}", code=here.room.code)
    doing.turn_clock(desk("tara", "trainer"), id="ahead", room=room, does="ahead")
    barrier = threading.Barrier(len(names) + 1)

    def act(name: str) -> bool:
        barrier.wait()
        if name == "tara":
            trainer = desk("tara", "trainer")
            return bool(doing.turn_clock(trainer, id="s", room=room, does="step", stop=0))
        try:
            doing.answer(desk(name), id=f"a {name}", room=room, question=FIRST.id, given=GRADE)
        except QuestionClosed:
            return False
        return True

    with ThreadPoolExecutor(len(names) + 1) as pool:
        taken = dict(zip([*names, "tara"], pool.map(act, [*names, "tara"]), strict=True))
    after = doing.current(both, room)
    for name in names:
        assert (FIRST.id in after.answers(name)) is taken[name]
    stored = {row.by for row in both.rows(room) if row.kind == "answered"}
    assert stored == {name for name in names if taken[name]}


def test_what_is_not_asked_is_refused_by_name(at: At, opened: Standing) -> None:
    room = opened.room.id
    later = STOPS[1].pauses[0].questions[0].id
    other = next(q.id for p in COURSES[STORY].story.pauses if p.on is not None for q in p.questions)

    def send(person: Person, question: str) -> None:
        doing.answer(at(person, 2), id="x", room=room, question=question, given=GRADE)

    with pytest.raises(NotAsked, match="not asked yet"):
        doing.answer(
            at(NURSE, 2), id="x", room=room, question=later,
            given=answer_to(STOPS[1].pauses[0].questions[0]),
        )  # fmt: skip
    with pytest.raises(NotAsked, match="took another way"):
        send(NURSE, other)
    with pytest.raises(NotAsked, match="this room does not ask it"):
        send(NURSE, "nothing")
    with pytest.raises(NotJoined, match="dora has not joined"):
        send(DOCTOR, FIRST.id)
    with pytest.raises(UnknownRoom):
        doing.answer(at(NURSE), id="x", room="nowhere", question=FIRST.id, given=GRADE)
    assert [row for row in at(NURSE).training.rows(room) if row.kind == "answered"] == []


def _question(kind: type) -> tuple[str, str]:
    return next(
        (name, question.id)
        for name, course in COURSES.items()
        for pause, question in course.story.questions()
        if isinstance(question, kind) and pause == course.story.pauses[0]
    )


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (GradeQuestion, DoseAnswer(amount=1.0), "asks for a grade, not for a dose"),
        (GradeQuestion, GradeAnswer(at_least=3, at_most=1), "lower end 3 is above"),
        (DoseQuestion, DoseAnswer(amount=-1.0), "not an amount"),
        (DoseQuestion, DoseAnswer(amount=float("nan")), "not an amount"),
        (IceQuestion, IceAnswer(items={"naming": 4}), "no such points for naming"),
    ],
)
def test_an_answer_that_nobody_can_mean_is_refused(
    at: At, kind: type, given: Any, says: str
) -> None:
    story, question = _question(kind)
    here = doing.open_room(at(NURSE), id="open", way="alone", stories={story: files(story)})
    with pytest.raises(AnswerUnfit, match=says):
        doing.answer(at(NURSE), id="a", room=here.room.id, question=question, given=given)
    assert doing.current(at(NURSE).training, here.room.id).answers("nina") == {}


def test_one_choice_is_one_choice(at: At) -> None:
    here = doing.open_room(
        at(NURSE), id="open", way="alone", stories={"fever-alone": files("fever-alone")}
    )  # fmt: skip
    room = here.room.id
    doing.answer(at(NURSE), id="1", room=room, question="evening-crs", given=GRADE)
    question = asked(doing.current(at(NURSE).training, room), "nina", T0).questions[-1]
    ids = [one.id for one in getattr(question, "choices")]  # noqa: B009 - the story has one there
    for chosen, says in (((), "nothing is chosen"), (ids[:2], "only one"), (["x"], "no choice x")):
        with pytest.raises(AnswerUnfit, match=says):
            doing.answer(
                at(NURSE), id="2", room=room, question=question.id,
                given=ChoiceAnswer(chosen=frozenset(chosen)),
            )  # fmt: skip


# The clock


def test_a_step_tapped_twice_goes_one_pause_on(at: At, opened: Standing) -> None:
    room = opened.room.id
    for id_ in ("tap", "tap", "another tablet"):
        here = doing.turn_clock(at(TRAINER, 3), id=id_, room=room, does="step", stop=0)
        assert here.passed == 1
    with pytest.raises(WrongMoment, match="does not stand at that pause"):
        doing.turn_clock(at(TRAINER, 3), id="third", room=room, does="step")
    for id_ in ("on", "on"):
        doing.turn_clock(at(TRAINER, 4), id=id_, room=room, does="ahead")
    assert clock(doing.current(at(TRAINER).training, room), minutes(4)).stop == 1
    with pytest.raises(WrongMoment):
        doing.turn_clock(at(TRAINER, 4), id="far", room=room, does="ahead", stop=3)


def test_the_clock_runs_and_holds_by_its_rows(at: At, opened: Standing) -> None:
    room = opened.room.id
    doing.turn_clock(at(TRAINER, 3), id="step", room=room, does="step", stop=0)
    here = doing.turn_clock(at(TRAINER, 3), id="run", room=room, does="run", speed=60)
    assert clock(here, minutes(3.1)).is_running
    here = doing.turn_clock(at(TRAINER, 3.2), id="hold", room=room, does="hold")
    assert not clock(here, minutes(9)).is_running
    for speed in (0, -60, 3601, float("nan")):
        with pytest.raises(SubmissionRefused, match="out of range"):
            doing.turn_clock(at(TRAINER, 4), id="x", room=room, does="run", speed=speed)


def test_a_case_played_to_its_end_at_sixty_times(at: At) -> None:
    """Through the journal: three trainees, two ways, the clock running by the wall."""
    here = doing.open_room(at(TRAINER), id="open", way="together", stories={STORY: files(STORY)})
    room, minute = here.room.id, 1.0
    ways: dict[str, str | None] = {"nina": None, "dora": "stayed-on-ward", "nora": None}
    people = {name: Person(name, "nurse") for name in ways}
    for name, person in people.items():
        doing.join(at(person), id=f"join {name}", code=here.room.code)
    doing.turn_clock(at(TRAINER, minute), id="run", room=room, does="run", speed=60)
    for stop in range(len(STOPS)):
        reached = clock(doing.current(at(TRAINER).training, room), minutes(minute)).next_stop_at
        minute = _minutes(reached) if reached else minute
        for name, person in people.items():
            desk = at(person, minute)
            for one in asked(doing.current(desk.training, room), name, desk.now).questions:
                doing.answer(
                    desk, id=f"{name} {one.id}", room=room, question=one.id,
                    given=answer_to(one, ways[name]),
                )  # fmt: skip
        doing.turn_clock(at(TRAINER, minute), id=f"s{stop}", room=room, does="step", stop=stop)
    end = doing.current(at(TRAINER).training, room)
    assert clock(end, minutes(minute)).is_over
    for name, branch in ways.items():
        expected = {q.id for pause in end.course.story.on(branch) for q in pause.questions}
        assert set(end.answers(name)) == expected
    with pytest.raises(WrongMoment, match="no clock runs here any more"):
        doing.turn_clock(at(TRAINER, minute), id="more", room=room, does="run")


def _minutes(moment: datetime) -> float:
    return (moment - T0).total_seconds() / 60 + 1e-6


# Observations, alerts, what was seen


def test_an_entry_is_kept_with_the_time_of_the_case(at: At, opened: Standing) -> None:
    room, when = opened.room.id, STOPS[0].at
    payload = {"taken_at": when.isoformat(), "temperature_c": 38.4}
    row = doing.enter(at(NURSE, 2), id="e", room=room, kind="vitals", payload=payload)
    assert row == doing.enter(at(NURSE, 2), id="e", room=room, kind="vitals", payload=payload)
    here = doing.current(at(NURSE).training, room)
    assert here.deeds["nina"] == (row,)
    assert row.body["case_at"] == when.isoformat()
    for kind, wrong, says in (
        ("vitals", {**payload, "temperature_c": 101.3}, "temperature_c"),
        ("vitals", {**payload, "taken_at": "2027-01-01T00:00:00+00:00"}, "later than the clock"),
        ("draft", payload, "cannot be entered"),
    ):
        with pytest.raises(SubmissionRefused, match=says):
            doing.enter(at(NURSE, 2), id="f", room=room, kind=kind, payload=wrong)
    with pytest.raises(NotJoined):
        doing.enter(at(DOCTOR, 2), id="g", room=room, kind="vitals", payload=payload)


def test_an_alert_is_acknowledged_once_and_the_first_look_counts(at: At, opened: Standing) -> None:
    room = opened.room.id
    one = doing.acknowledge(at(NURSE, 2), id="1", room=room, alert="t01", reason="seen")
    assert one == doing.acknowledge(at(NURSE, 3), id="2", room=room, alert="t01", reason="again")
    with pytest.raises(SubmissionRefused, match="reason"):
        doing.acknowledge(at(NURSE, 3), id="3", room=room, alert="t02", reason=" ")
    seen = doing.see(at(NURSE, 2), room=room, what="found")
    assert doing.see(at(NURSE, 9), room=room, what="found") == seen
    doing.close_room(at(TRAINER, 10), id="close", room=room)
    with pytest.raises(RoomClosed):
        doing.acknowledge(at(NURSE, 11), id="4", room=room, alert="t03", reason="seen")


# Certificates, stories, repetition


def test_a_result_is_certified_once_and_found_by_its_code(at: At) -> None:
    here = doing.open_room(
        at(NURSE), id="open", way="alone", stories={"fever-alone": files("fever-alone")}
    )  # fmt: skip
    room = here.room.id
    with pytest.raises(WrongMoment, match="not over yet"):
        doing.certify(at(NURSE), room=room, trainee="nina", result={"worth": 1.0})
    for _ in range(9):
        for one in asked(doing.current(at(NURSE).training, room), "nina", T0).questions:
            doing.answer(at(NURSE), id=one.id, room=room, question=one.id, given=answer_to(one))
    row = doing.certify(at(NURSE), room=room, trainee="nina", result={"worth": 1.0})
    assert row == doing.certify(at(TRAINER), room=room, trainee="nina", result={"worth": 0.0})
    assert at(NURSE).training.certificate(row.body["code"]) == row
    assert (row.body["worth"], row.body["trainee"]) == (1.0, "nina")
    with pytest.raises(NotAllowed):
        doing.certify(at(DOCTOR), room=room, trainee="nina", result={})
    with pytest.raises(NotJoined):
        doing.certify(at(TRAINER), room=room, trainee="dora", result={})


def test_of_two_authors_the_second_is_told_and_nothing_is_lost(at: At) -> None:
    other = Person("toni", "trainer")
    first = {"story.toml": "one"}
    doing.keep_story(at(TRAINER), id="1", story="mine", files=first, revision=1)
    doing.keep_story(at(TRAINER), id="1", story="mine", files=first, revision=1)
    with pytest.raises(StoryChanged, match="tara has saved revision 1"):
        doing.keep_story(at(other), id="2", story="mine", files={"story.toml": "2"}, revision=1)
    doing.keep_story(at(other), id="3", story="mine", files={"story.toml": "2"}, revision=2)
    assert [row.body["files"]["story.toml"] for row in at(TRAINER).training.stories()] == ["2"]
    doing.keep_story(at(other), id="4", story="mine", files={}, revision=3)
    assert at(TRAINER).training.stories() == ()


def test_a_repetition_is_the_person_s_own(at: At) -> None:
    row = doing.keep_repeat(
        at(NURSE), id="r", story=STORY, question=FIRST.id, given=GRADE, worth=0.0
    )  # fmt: skip
    assert at(NURSE).training.of_person("nina") == (row,)


# Calibration


def test_a_calibration_asks_everybody_the_same_at_their_own_pace(at: At) -> None:
    stories = {name: files(name) for name in ("vasopressin", "fever-alone")}
    here = doing.open_room(at(TRAINER), id="open", way="calibration", stories=stories)
    room, asks = here.room.id, here.room.asks
    assert len(asks) >= 4
    assert {one.partition("/")[0] for one in asks} == set(stories)
    for person in (NURSE, DOCTOR):
        doing.join(at(person), id=f"join {person.name}", code=here.room.code)
    for key in reversed(asks):  # in any order
        doing.answer(at(NURSE), id=key, room=room, question=key, given=GRADE)
    after = doing.current(at(NURSE).training, room)
    assert list(after.answers("nina")) == [*reversed(asks)]
    assert asked(after, "nina", T0).is_over
    found = asked(after, "dora", T0)
    assert f"{found.story}/{found.questions[0].id}" == asks[0]
    with pytest.raises(NotAsked):
        doing.answer(at(DOCTOR), id="x", room=room, question="vasopressin/nothing", given=GRADE)
    with pytest.raises(WrongMoment):
        doing.turn_clock(at(TRAINER), id="run", room=room, does="run")
    doing.close_room(at(TRAINER), id="close", room=room)
    with pytest.raises(RoomClosed):
        doing.answer(at(DOCTOR), id="y", room=room, question=asks[0], given=GRADE)


# Who may


def _deeds(at: At, room: str, code: str) -> dict[str, Callable[[Person | None], Any]]:
    together: dict[str, Any] = {"way": "together", "stories": {STORY: files(STORY)}}
    return {
        "hold": lambda who: doing.open_room(at(who), id="h", **together),
        "join": lambda who: doing.join(at(who), id="j", code=code),
        "answer": lambda who: doing.answer(
            at(who), id="a", room=room, question=FIRST.id, given=GRADE
        ),
        "enter": lambda who: doing.enter(
            at(who), id="e", room=room, kind="vitals", payload={"taken_at": T0.isoformat()}
        ),
        "acknowledge": lambda who: doing.acknowledge(
            at(who), id="k", room=room, alert="t", reason="r"
        ),
        "see": lambda who: doing.see(at(who), room=room, what="x"),
        "turn": lambda who: doing.turn_clock(at(who), id="t", room=room, does="ahead"),
        "close": lambda who: doing.close_room(at(who), id="c", room=room),
        "certify": lambda who: doing.certify(at(who), room=room, trainee="nina", result={}),
        "story": lambda who: doing.keep_story(at(who), id="s", story="s", files={}, revision=1),
        "repeat": lambda who: doing.keep_repeat(
            at(who), id="r", story=STORY, question="q", given=GRADE, worth=1.0
        ),
    }


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_who_may_not_is_refused_on_record_and_stores_nothing(
    at: At, opened: Standing, ward_store: Store, role: Any
) -> None:
    """By hand: what only a trainer does, and that nobody does anything without signing on."""
    trainers = {"hold", "turn", "close", "certify", "story"}
    room = opened.room.id
    for name, act in _deeds(at, room, opened.room.code).items():
        person = None if role == "nobody" else Person("zoe", role)
        before, on_record = len(at(None).training.rows(room)), len(refusals(ward_store))
        forbidden = role == "nobody" or (name in trainers and role != "trainer")
        try:
            act(person)
            refused = False
        except NotAllowed:
            refused = True
        except NotSaved:
            refused = False  # allowed, and refused for another reason
        assert refused is forbidden, f"{name} as {role}"
        if forbidden:
            assert len(at(None).training.rows(room)) == before
            assert len(refusals(ward_store)) == on_record + 1
