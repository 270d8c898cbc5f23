"""The Training page as a trainee meets it: blind until answered, never lost, never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.parts.training import scenes, typed
from dashboard.session import Person
from dashboard.training import presence
from dashboard.training.calling import neutral_name
from dashboard.training.doing import Desk, acknowledge, answer, current, join, open_room, turn_clock
from dashboard.training.keeping.errors import TrainingNotPlaced
from dashboard.training.keeping.opening import close_training_stores, training_store
from dashboard.training.marking import ChoiceAnswer, GradeAnswer
from dashboard.training.playing import case_at
from dashboard.training.shelf import packaged
from dashboard.training.showing import blind, graded, newest_score, patient_name, with_seen
from dashboard.training.story import ChoiceQuestion, IceQuestion
from dashboard.training.vignettes import packaged_set
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, opened, plain, ran, words
from tests.dashboard.training.test_training_stories import right

STORY = "waived-fever"
TRAINER = Person("TT", "trainer")
NURSE = Person("AB", "nurse")  # who signs on in the harness


@pytest.fixture
def training(fresh_store, tmp_path, monkeypatch):
    monkeypatch.setenv("TOXWATCH_TRAINING_DATABASE", f"sqlite:///{tmp_path / 'training.sqlite3'}")
    close_training_stores()
    typed.forget()
    presence.forget()
    yield training_store()
    close_training_stores()


def _desk(person, later=0.0):
    return Desk(training_store(), session.live_store(), person, NOW + timedelta(seconds=later))


def _alone(story=STORY):
    files = packaged().find(story).files
    return open_room(_desk(NURSE), id="open", way="alone", stories={story: files}).room.id


def _together(story=STORY):
    files = packaged().find(story).files
    return open_room(_desk(TRAINER), id="open", way="together", stories={story: files}).room


def _play(room, role="nurse", **open_folds):
    return opened("training", role, view="play", room=room, **open_folds)


def _with_entry_form(room):
    return _play(room, state={f"enter/{patient_name(room)}": True})


def _said(app):
    """Every word on the page, wherever it stands."""
    kinds = ("markdown", "text", "error", "warning", "info", "caption", "button", "radio")
    found = [plain(app)]
    for kind in kinds:
        found += [str(getattr(one, "value", "")) + str(getattr(one, "label", ""))
                  for one in app.get(kind)]  # fmt: skip
    found += [" ".join(one.options) for one in (*app.radio, *app.button_group)]
    return " ".join(found).replace("\\", "")


def _button(app, label):
    return next(one for one in app.button if one.label.replace("\\", "") == label)


def _labels(app):
    return [one.label for one in app.button]


def _choose(app, label, option):
    group = next(one for one in app.button_group if one.label == label)
    return ran(group.set_value(option).run())


def _answer_all(room, name_person, answers=None):
    """Through the service, to the end of the case."""
    here = current(training_store(), room)
    while True:
        found = scenes.asked(here, name_person.name, NOW)
        if not found.questions:
            return here
        one = found.questions[0]
        given = (answers or {}).get(one.id) or right(one)
        answer(_desk(name_person), id=f"a-{one.id}", room=room, question=one.id, given=given)
        here = current(training_store(), room)


# The start page


def test_the_start_page_offers_every_case_and_tells_of_none_what_it_teaches(training):
    app = opened("training", "nurse")
    text = _said(app)
    assert "TRAINING: invented patient" in text
    offered = packaged().offered
    assert len(offered) >= 15
    for one in offered:
        assert neutral_name(one.course) in text
        assert one.course.story.title not in text, "it says what to answer"
        assert " ".join(one.course.story.shows.split())[:60] not in text
        assert not any(aim.says in text for aim in one.course.story.aims)
    assert "Hold a room" not in _labels(app), "a nurse holds none"
    assert "Hold a room" in _labels(opened("training", "trainer"))


def test_no_two_cases_go_by_the_same_name_and_none_says_what_it_teaches():
    names = {one.id: neutral_name(one.course) for one in packaged().offered}
    assert len({*names.values()}) == len(names)
    assert names["fever-alone"] == "Man, 58, 82 kg: axicabtagene-ciloleucel"
    assert names["child-on-capd"].startswith("Boy, 7.5, ")
    telling = ("fever", "sepsis", "seizure", "taper", "capd", "iec-hs", "grade", "weak", "nought")
    for name in names.values():
        assert not any(word in name.lower() for word in telling)


def test_the_title_is_told_when_the_case_is_over_and_to_a_trainer(training):
    room = _alone()
    title, name = "Cool skin, low pressure", neutral_name(packaged().find(STORY).course)
    during = _said(_play(room))
    assert name in during
    assert title not in during
    waiting = _said(opened("training", "nurse"))
    assert title not in waiting
    _answer_all(room, NURSE)
    app = _play(room)
    assert title not in _said(app), "the last answers are still to be explained"
    while "Go on" in _labels(app):
        app = ran(_button(app, "Go on").click().run())
    assert title in _said(app)
    assert title in _said(opened("training", "nurse"))
    assert title in _said(opened("training", "trainer"))


def test_cases_are_found_by_level_and_audience(training):
    app = _choose(opened("training", "nurse"), "Level", "first day")
    assert [one for one in _labels(app) if one == "Play alone"] == ["Play alone"]
    assert neutral_name(packaged().find("fever-alone").course) in _said(app)
    app = _choose(app, "For", "pharmacist")
    assert "No case is of this level" in _said(app)


def test_nobody_sees_anything_before_signing_on_and_a_trainer_can_sign_on_here(training):
    app = opened("training", "", view="play", room=_alone())
    assert "Sign on first" in _said(app)
    assert "trainer" in app.radio[0].options
    assert "Which CRS grade" not in _said(app)


def test_a_ward_on_a_server_is_told_what_to_set(training, monkeypatch):
    def not_placed():
        raise TrainingNotPlaced("training", "the ward's data are on a server.", "Set it.")

    monkeypatch.setattr("dashboard.views.training.training_store", not_placed)
    app = opened("training", "nurse")
    assert "the ward's data are on a server" in _said(app)
    assert not app.button, "nothing else is offered"


# Blind until answered


def test_nothing_that_was_worked_out_is_on_the_page_before_the_answers(training):
    room = _alone()
    app = _play(room)
    course = packaged().find(STORY).course
    first = course.story.pauses[0]
    assert " ".join(first.says.split())[:40] in _said(app)
    assert patient_name(room) in _said(app)
    markup = markup_of(app)
    assert "tw-grade" not in markup
    assert "tw-flag" not in markup
    assert "tw-adv" not in markup
    for pause, question in course.story.questions():
        assert question.why not in _said(app)
        assert pause is first or " ".join(pause.says.split())[:40] not in _said(app)
    spec = app.get("vega_lite_chart")[0].proto.spec
    assert "ICANS grade" not in spec
    assert "CRS grade" not in spec


def test_the_hours_are_those_that_the_story_tells_wherever_the_screen_stands(training, monkeypatch):
    monkeypatch.setenv(session.ZONE, "Asia/Tokyo")
    text = _said(_play(_alone()))
    assert text.count("05-Mar 14:00") >= 2, "what is told, and the records"
    assert "23:00" not in text


def test_no_id_of_the_story_is_on_the_page(training):
    app = _play(_alone("vasopressin"))
    assert "vasopressin" not in markup_of(app).replace("vasopressors", "").lower()


def test_nothing_is_explained_before_the_last_answer_of_the_pause_then_all_of_it(training):
    room = _alone()
    app = _choose(_play(room), "CRS grade", "3")
    app = ran(_button(app, "Answer").click().run())
    text = _said(app)
    assert "You answered: CRS 3" in text
    assert "Not right" not in text
    assert "grade 2" not in text, "it would help with the questions that follow"
    assert "tw-grade" not in markup_of(app)
    tempting = next(one for one in app.radio[0].options if "Give fluid" in one)
    ran(app.radio[0].set_value(_id_of(app, tempting)).run())
    assert "How many mg" not in _said(app), "the dose would tell what to do"
    app = ran(_button(app, "Answer").click().run())
    assert "Right" not in words(markup_of(app))
    ran(app.number_input[0].set_value(560.0).run())
    app = ran(_button(app, "Answer").click().run())
    markup = markup_of(app)
    text = _said(app)
    assert "Not right: too high" in text
    assert "Fever with low pressure that needs no vasopressor is grade 2" in text
    assert "VERIFIED" in text
    assert "tw-grade" in markup
    assert "tocilizumab 560 mg" in words(markup)
    assert "Your choice" in words(markup)
    assert "Tempting, because fluid often lifts" in words(markup)


def test_alone_and_in_a_room_the_same_is_asked_and_explained_in_the_same_order(training):
    """Screen by screen, from the first question to the explanation of the last of the pause."""
    alone, files = _alone(), packaged().find(STORY).files
    held = open_room(_desk(TRAINER), id="hold", way="together", stories={STORY: files})
    together = held.room
    join(_desk(NURSE), id="join", code=together.code)
    turn_clock(_desk(TRAINER), id="ahead", room=together.id, does="ahead", stop=0)

    def screens(room, how):
        seen = []
        while True:
            shown = scenes.scene(current(training, room), "AB", NOW)
            seen.append(tuple(tuple(one.id for one in part)
                              for part in (shown.given, shown.asks, shown.explains)))  # fmt: skip
            if not shown.asks:
                return seen
            asked = shown.asks[0]
            answer(_desk(NURSE), id=f"{how}-{asked.id}", room=room, question=asked.id,
                   given=right(asked))  # fmt: skip
            if how == "room" and not scenes.scene(current(training, room), "AB", NOW).asks:
                turn_clock(_desk(TRAINER), id="on", room=room, does="step", stop=0)

    found = screens(alone, "alone")
    assert found == screens(together.id, "room")
    first = packaged().find(STORY).course.story.pauses[0]
    ids = tuple(one.id for one in first.questions)
    assert found[0] == ((), ids[:1], ())
    assert found[-1] == ((), (), ids)


def _id_of(app, label):
    course = packaged().find(STORY).course
    plain_label = label.replace("\\", "")
    return next(
        choice.id
        for _, question in course.story.questions()
        if isinstance(question, ChoiceQuestion)
        for choice in question.choices
        if choice.says == plain_label
    )


@pytest.mark.parametrize("offered", packaged().offered, ids=lambda one: one.id)
def test_a_score_that_is_asked_for_is_not_among_the_records(offered):
    course = offered.course
    for pause, question in course.story.questions():
        if not isinstance(question, IceQuestion):
            continue
        recorded = case_at(course, pause.on, pause.at).neuro[-1].ice
        assert recorded is not None, "else this test shows nothing"
        since = newest_score(course, pause.on, pause.at)
        state = blind(course, pause.on, pause.at, room="r", score_since=since)
        assert state.case.neuro[-1].ice is None
        earlier = [one.ice for one in state.case.neuro[:-1]]
        had = [one.ice for one in case_at(course, pause.on, pause.at).neuro[:-1]]
        assert earlier == had, "only the exam that is asked for is covered"


@pytest.mark.parametrize("offered", packaged().offered, ids=lambda one: one.id)
def test_a_blind_patient_has_no_grade_flag_or_advice_at_any_hour(offered):
    for pause in offered.course.story.pauses:
        state = blind(offered.course, pause.on, pause.at, room="r", score_since=None)
        seen = state.assessment
        worked_out = (*seen.grades, *seen.flags, *seen.advice, *seen.if_confirmed, *seen.due)
        assert worked_out == ()
        assert state.course is None
        assert not state.alerts
        assert state.case.patient.id.startswith("TRAIN-")


# Nothing lost, nothing twice


def test_a_reload_comes_back_to_the_question_with_what_was_typed(training):
    room = _alone()
    app = _choose(_play(room), "CRS grade", "2")
    again = _play(room)
    assert [one.value for one in again.button_group if one.label == "CRS grade"] == ["2"]
    ran(_button(app, "Answer").click().run())
    assert "You answered: CRS 2" in _said(_play(room))


def test_two_taps_and_two_tabs_store_one_answer(training):
    room = _alone()
    one = _choose(_play(room), "CRS grade", "2")
    other = _choose(_play(room), "CRS grade", "4")
    ran(_button(one, "Answer").click().run())
    ran(_button(other, "Answer").click().run())
    rows = [row for row in training.rows(room) if row.kind == "answered"]
    assert len(rows) == 1
    given = current(training, room).answers("AB")["fever-and-low"]
    assert given in (
        GradeAnswer(at_least=2, at_most=2),
        GradeAnswer(at_least=4, at_most=4),
    ), "the fields are shared by both tabs; whichever was sent first stands"


def test_an_unfinished_answer_is_not_sent_and_says_what_is_missing(training):
    room = _alone()
    app = ran(_button(_play(room), "Answer").click().run())
    assert "Choose a grade" in _said(app)
    app = _choose(app, "CRS grade", "open")
    app = _choose(app, "At least", "3")
    app = _choose(app, "Could be as high as", "2")
    app = ran(_button(app, "Answer").click().run())
    assert "The lower end is above" in _said(app)
    assert not current(training, room).answers("AB")


def test_a_case_ends_with_what_was_right_and_the_debrief(training):
    room = _alone()
    _answer_all(room, NURSE)
    app = _play(room)
    while "Go on" in _labels(app):
        app = ran(_button(app, "Go on").click().run())
    assert "the case is over" in _said(app)
    assert "8 of 8 right" in _said(app)
    assert "To the debrief" in _labels(app)
    start = opened("training", "nurse")
    assert "8 of 8 right" in _said(start)
    assert "Go on" not in _labels(start)


def test_an_unfinished_case_waits_on_the_start_page(training):
    room = _alone()
    app = opened("training", "nurse")
    assert "0 of 8 answered" in _said(app)
    app = ran(_button(app, "Go on").click().run())
    assert room in app.query_params["room"]
    assert "Which CRS grade" in _said(app)


def test_choices_stand_in_an_order_of_each_persons_own():
    from dashboard.parts.training.questions import shuffled

    course = packaged().find(STORY).course
    question = next(q for _, q in course.story.questions() if isinstance(q, ChoiceQuestion))
    orders = {
        tuple(one.id for one in shuffled(question, "room", f"P{number}")) for number in range(30)
    }
    assert len(orders) > 3
    assert shuffled(question, "room", "P1") == shuffled(question, "room", "P1")


# At the bedside


def test_an_observation_is_kept_and_changes_no_grade(training):
    room = _alone()
    app = _with_entry_form(room)
    heat = next(one for one in app.number_input if one.label.startswith("Temperature"))
    ran(heat.set_value(36.5).run())
    app = ran(_button(app, "Save the entry").click().run())
    text = _said(app)
    assert "by you" in text
    assert "36.5" in text
    rows = [row for row in training.rows(room) if row.kind == "entered"]
    assert [row.body["payload"]["temperature_c"] for row in rows] == [36.5]
    assert [row.body["payload"]["taken_at"] for row in rows] == ["2026-03-05T14:00:00+00:00"]
    heat = next(one for one in app.number_input if one.label.startswith("Temperature"))
    assert heat.value is None, "the next form starts empty"


def _seizure_at(room, clock):
    """The exam's form with a seizure that began then, saved."""
    patient = patient_name(room)
    app = _play(room, state={f"enter/{patient}": True, f"form/{patient}": "neuro"})
    app = _choose(app, "Seizure since the last exam", "generalised")
    field = next(one for one in app.text_input if one.label.startswith("Time of day"))
    assert field.label == "Time of day (UTC)", "the zone of the case, whatever the screen's"
    app = ran(field.set_value(clock).run())
    return ran(_button(app, "Save the entry").click().run())


def test_the_hour_of_a_seizure_is_read_on_the_clock_of_the_case(training, monkeypatch):
    monkeypatch.setenv(session.ZONE, "Asia/Tokyo")
    room = _alone()
    app = _seizure_at(room, "13:45")
    (row,) = [row for row in training.rows(room) if row.kind == "entered"]
    assert row.body["payload"]["seizure"]["started_at"] == "2026-03-05T13:45:00+00:00"
    assert "13:45" in _said(app)


def test_a_seizure_after_the_hour_of_the_case_is_refused_in_words(training):
    room = _alone()
    assert "the seizure begins in the future" in _said(_seizure_at(room, "15:00"))
    assert not [row for row in training.rows(room) if row.kind == "entered"]


def test_an_impossible_observation_is_refused_and_stays_in_its_field(training):
    room = _alone()
    app = _with_entry_form(room)
    heat = next(one for one in app.number_input if one.label.startswith("Temperature"))
    ran(heat.set_value(101.3).run())
    app = ran(_button(app, "Save the entry").click().run())
    assert not [row for row in training.rows(room) if row.kind == "entered"]
    heat = next(one for one in app.number_input if one.label.startswith("Temperature"))
    assert heat.value == pytest.approx(101.3)


def test_an_alert_is_acknowledged_with_a_reason_once_it_may_be_seen(training):
    room = _alone()
    assert "tw-flag" not in markup_of(_play(room))
    pause = packaged().find(STORY).course.story.pauses[0]
    for one in pause.questions:
        answer(_desk(NURSE), id=f"a-{one.id}", room=room, question=one.id, given=right(one))
    state = graded(packaged().find(STORY).course, None, pause.at, room=room)
    flag = next(one.flag for one in with_seen(state, set()).alerts if one.is_open)
    key = f"training-ack/{state.patient_id}/{flag.id}"
    app = opened("training", "nurse", view="play", room=room, state={key: True})
    assert flag.says in _said(app)
    app = ran(_button(app, "Seen and acting").click().run())
    assert "Acknowledged by you: Seen and acting" in _said(app)
    rows = [row for row in training.rows(room) if row.kind == "acknowledged"]
    assert [(row.body["alert"], row.body["reason"]) for row in rows] == [
        (flag.id, "Seen and acting")
    ]


# In a room


def _joined(room):
    join(_desk(NURSE), id="join-ab", code=room.id)


def test_in_a_room_the_page_waits_asks_and_explains_when_the_trainer_goes_on(training):
    room = _together()
    _joined(room)
    assert "waiting for the trainer" in _said(_play(room.id))
    turn_clock(_desk(TRAINER), id="c1", room=room.id, does="ahead")
    app = _play(room.id)
    assert "questions are open" in _said(app)
    assert "Which CRS grade is it?" in _said(app)
    for one in packaged().find(STORY).course.story.pauses[0].questions:
        answer(_desk(NURSE), id=f"a-{one.id}", room=room.id, question=one.id, given=right(one))
    app = _play(room.id)
    assert "All answered" in _said(app)
    assert "You answered: CRS 2" in _said(app)
    assert "Fever with low pressure that needs" not in _said(app)
    assert "tw-grade" not in markup_of(app)
    turn_clock(_desk(TRAINER), id="c2", room=room.id, does="step")
    app = _play(room.id)
    assert "Fever with low pressure that needs" in _said(app)
    assert "tw-grade" in markup_of(app)


def test_what_was_typed_when_the_room_went_on_is_shown_and_does_not_count(training):
    room = _together()
    _joined(room)
    turn_clock(_desk(TRAINER), id="c1", room=room.id, does="ahead")
    app = _choose(_play(room.id), "CRS grade", "2")
    turn_clock(_desk(TRAINER), id="c2", room=room.id, does="step")
    app = ran(_button(app, "Answer").click().run())
    assert not current(training, room.id).answers("AB")
    text = _said(app)
    assert "No answer before it was closed" in text
    assert "You had chosen CRS 2; it was not sent in time" in text


def test_while_the_clock_runs_everybody_sees_the_same_records_and_no_new_grade(training):
    room = _together()
    _joined(room)
    turn_clock(_desk(TRAINER), id="c1", room=room.id, does="run", speed=60)
    here = current(training, room.id)
    seen = [
        scenes.scene(here, "AB", NOW + timedelta(seconds=second)) for second in range(0, 480, 2)
    ]
    hours = list(dict.fromkeys(one.at for one in seen))
    assert len(hours) < 30, "a look that finds nothing new draws nothing"
    assert all(one.grades_at is None for one in seen)
    times = {one.taken_at for one in here.room.course.cases[None].vitals}
    passed = {time for time in times if hours[0] < time <= hours[-1]}
    assert passed <= {*hours}, "no record comes in unseen"
    at_stop = scenes.scene(here, "AB", NOW + timedelta(seconds=481))
    assert at_stop.at == here.stops[0].at
    assert [one.id for one in at_stop.asks] == ["fever-and-low"], "one question after the other"


def test_an_answer_that_comes_too_late_is_refused_by_name(training):
    room = _together()
    _joined(room)
    turn_clock(_desk(TRAINER), id="c1", room=room.id, does="ahead")
    turn_clock(_desk(TRAINER), id="c2", room=room.id, does="step")

    def late(room_id):
        from dashboard.parts.training.asking import send
        from dashboard.parts.training.typed import typed
        from dashboard.session import Person
        from dashboard.training.marking import GradeAnswer

        form = typed(room_id, "AB", "fever-and-low")
        form.values["grade"] = "2"
        given = GradeAnswer(at_least=2, at_most=2)
        assert not send(room_id, "fever-and-low", given, form, Person("AB", "nurse"))

    app = ran(AppTest.from_function(late, args=(room.id,)).run())
    assert "the room has gone on" in app.error[0].value.replace("\\", "")
    assert typed.typed(room.id, "AB", "fever-and-low").values == {"grade": "2"}


def test_who_joins_late_is_told_what_does_not_count(training):
    room = _together()
    turn_clock(_desk(TRAINER), id="c1", room=room.id, does="ahead")
    turn_clock(_desk(TRAINER), id="c2", room=room.id, does="step")
    app = opened("training", "nurse", view="play", room=room.code)
    assert "does not count for you" in _said(app)
    app = ran(_button(app, "Join this room").click().run())
    assert app.query_params["room"] in ([room.id], room.id)
    assert "Closed before you joined: it does not count" in _said(app)


def test_the_same_initials_by_the_code_are_asked_who_they_are(training):
    room = _together()
    _joined(room)
    app = opened("training", "nurse", view="play", room=room.code)
    assert "takes part in this room already" in _said(app)
    assert "Which CRS grade" not in _said(app)
    app = ran(_button(app, "I am AB: go on").click().run())
    assert "waiting for the trainer" in _said(app)


def test_an_unknown_code_says_so_and_somebody_elses_case_stays_closed(training):
    app = opened("training", "nurse")
    app.text_input[0].set_value("ZZZZZZ")
    app = ran(_button(app, "Join").click().run())
    assert "No open room has the code" in _said(app)
    files = packaged().find(STORY).files
    other = open_room(
        _desk(Person("CD", "nurse")), id="o2", way="alone", stories={STORY: files}
    ).room.id
    assert "Which CRS grade" not in _said(_play(other))


def test_a_nurse_is_sent_away_from_what_a_trainer_does(training):
    app = opened("training", "nurse", view="hold")
    assert "Sign on as a trainer" in _said(app)


# Calibration and repetition


def test_a_calibration_says_nothing_of_what_is_right_before_it_is_closed(training):
    known = packaged_set()
    room = open_room(
        _desk(TRAINER), id="cal", way="calibration", stories=known.stories, asks=known.asks
    ).room
    join(_desk(NURSE), id="j", code=room.id)
    whys = [q.why for course in known.courses.values() for _, q in course.story.questions()]
    seen = ""
    for number in range(2):
        app = opened("training", "nurse", view="calibrate", room=room.id)
        seen += _said(app)
        group = next(one for one in app.button_group if one.label.endswith("grade"))
        ran(group.set_value("1").run())
        app = ran(_button(app, "Answer").click().run())
        seen += _said(app)
        assert len(current(training, room.id).answers("AB")) == number + 1
    assert "Moment 1 of 20" in seen
    assert not any(why in seen for why in whys)
    assert "tw-grade" not in markup_of(app)


def test_a_calibration_shows_kappa_and_the_disputed_when_it_is_closed(training):
    from dashboard.training.doing import close_room

    known = packaged_set()
    room = open_room(
        _desk(TRAINER), id="cal", way="calibration", stories=known.stories, asks=known.asks
    ).room.id
    for who, low in ((NURSE, 1), (Person("CD", "physician"), 2)):
        join(_desk(who), id=f"j-{who.name}", code=room)
        for number, key in enumerate(known.asks):
            given = GradeAnswer(at_least=low, at_most=low + number % 2)
            answer(_desk(who), id=f"{who.name}-{key}", room=room, question=key, given=given)
    app = opened("training", "nurse", view="calibrate", room=room)
    assert "All graded" in _said(app)
    close_room(_desk(TRAINER), id="close", room=room)
    text = _said(opened("training", "nurse", view="calibrate", room=room))
    assert "2 people graded everything" in text
    assert "Fleiss" in text
    assert "AB (you)" in text
    assert "CD" not in text, "others are not named to a trainee"
    assert "Where people disagreed most" in text


def test_what_was_missed_is_asked_again_when_its_day_has_come(training, monkeypatch):
    room = _alone()
    wrong = {"fever-and-low": GradeAnswer(at_least=3, at_most=3)}
    _answer_all(room, NURSE, wrong)
    assert "Nothing today" in _said(opened("training", "nurse", view="progress"))
    later = NOW + timedelta(days=30)
    monkeypatch.setenv(session.FIXED_CLOCK, later.isoformat())
    app = opened("training", "nurse", view="progress")
    assert "1 question that you missed before" in _said(app)
    app = ran(_button(app, "Ask me again").click().run())
    assert "Which CRS grade is it?" in _said(app)
    app = _choose(app, "CRS grade", "2")
    app = ran(_button(app, "Answer").click().run())
    assert "Right" in _said(app)
    assert [row.body["worth"] for row in training.of_person("AB") if row.kind == "repeated"] == [1]
    before = len(current(training, room).answers("AB"))
    app = ran(_button(app, "Go on").click().run())
    assert "Nothing today" in _said(app)
    assert len(current(training, room).answers("AB")) == before


def test_a_wrong_branch_is_played_to_its_own_end(training):
    room = _alone()
    wrong = {"low-next": ChoiceAnswer(chosen=frozenset({"fluid-only"}))}
    here = _answer_all(room, NURSE, wrong)
    assert scenes.asked(here, "AB", NOW).branch == "without-tocilizumab"
    app = _play(room)
    while "Go on" in _labels(app):
        app = ran(_button(app, "Go on").click().run())
    assert "6 of 7 right" in _said(app)


# The screens of the ward


def _on_screen(room, screen):
    return _play(room, state={f"ward-screen/{room}": screen})


@pytest.mark.parametrize("screen", ["Ward board", "Work list"])
def test_board_and_work_list_open_with_the_grades_and_lead_nowhere(training, screen):
    room = _alone("alarm-overload")
    course = packaged().find("alarm-overload").course
    first = course.story.pauses[0]
    before = _on_screen(room, screen)
    assert "Grades, alerts and advice come after the answers" in _said(before)
    assert "tw-board" not in markup_of(before)
    assert "tw-flag" not in markup_of(before)
    assert first.questions[0].asks in _said(before), "what is asked stands below"
    for one in first.questions:
        answer(_desk(NURSE), id=f"a-{one.id}", room=room, question=one.id, given=right(one))
    markup = markup_of(_on_screen(room, screen))
    state = graded(course, None, first.at, room=room)
    flags = with_seen(state, set()).open_alerts
    assert flags, "else this test shows nothing"
    assert patient_name(room) in markup
    assert flags[0].flag.says in words(markup)
    for tap in ("data-tw-go", 'href="/patient', 'href="/enter', "<button"):
        assert tap not in markup, "there is no such patient on any page of the ward"


def test_the_board_shows_the_hour_of_the_case_and_what_was_acknowledged_is_gone(training):
    room = _alone("alarm-overload")
    course = packaged().find("alarm-overload").course
    first = course.story.pauses[0]
    for one in first.questions:
        answer(_desk(NURSE), id=f"a-{one.id}", room=room, question=one.id, given=right(one))
    state = graded(course, None, first.at, room=room)
    top = with_seen(state, set()).open_alerts[0].flag
    shown = words(markup_of(_on_screen(room, "Work list")))
    assert "Unacknowledged for" in shown, "how long it has asked, by the clock of the case"
    assert f"last {state.vitals.last_at:%H:%M}" in shown
    acknowledge(_desk(NURSE), id="ack", room=room, alert=top.id, reason="Seen and acting")
    after = markup_of(_on_screen(room, "Work list"))
    assert words(after).count(top.says) < shown.count(top.says)
