"""Which check is due when: phase, grade, lost points, steroids, sleep and rounds left out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    drug,
    exam,
    labs,
    oxygen,
    stamp,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import DueCheck

HOT = {"temperature_c": 38.5}
LOW = {"hypotensive": True, "systolic_mmhg": 84}


def due(patient: Case, hours: float) -> dict[str, DueCheck]:
    return {one.what: one for one in assess(patient, at=when(hours)).due}


def minutes(patient: Case, hours: float) -> tuple[int | None, int | None, int | None]:
    found = due(patient, hours)
    whats = ("vitals", "neuro", "labs")
    every = [found[what].every_minutes if what in found else None for what in whats]
    return every[0], every[1], every[2]


def blinatumomab(indication: str, *segments: dict[str, Any]) -> Case:
    therapy = {"doses": None, "indication": indication, "infusions": list(segments)}
    return case(product="blinatumomab", therapy=therapy, vitals=[vitals(1)])


START = {"started_at": stamp(0), "rate_ug_day": 9.0, "cycle": 1}


@pytest.mark.parametrize(
    ("patient", "hours", "expected"),
    [
        pytest.param(case(vitals=[vitals(-20)]), -20, (480, 1440, None), id="before the dose"),
        pytest.param(case(vitals=[vitals(1)]), 1, (240, 720, 1440), id="CAR-T, day 0"),
        pytest.param(case(vitals=[vitals(336)]), 336, (240, 720, 1440), id="CAR-T, day 14"),
        pytest.param(case(vitals=[vitals(337)]), 337, (480, 1440, None), id="just after it"),
        pytest.param(case(vitals=[vitals(721)]), 721, (None, None, None), id="after day 30"),
        pytest.param(
            case(product="teclistamab", vitals=[vitals(72)]),
            72,
            (240, 720, 1440),
            id="engager, 72 h",
        ),
        pytest.param(
            case(product="teclistamab", vitals=[vitals(73)]),
            73,
            (480, 1440, None),
            id="engager, 73 h",
        ),
        pytest.param(
            blinatumomab("b-all-rr", START), 216, (240, 720, 1440), id="blinatumomab, 9 days"
        ),
        pytest.param(blinatumomab("b-all-rr", START), 217, (480, 1440, None), id="and no longer"),
        pytest.param(
            blinatumomab("b-all-mrd", START),
            73,
            (480, 1440, None),
            id="3 days for residual disease",
        ),
        pytest.param(
            blinatumomab(
                "b-all-mrd",
                START | {"stopped_at": stamp(100), "stop_reason": "toxicity"},
                {"started_at": stamp(200), "rate_ug_day": 9.0, "cycle": 1},
            ),
            240,
            (240, 720, 1440),
            id="two days after a restart",
        ),
    ],
)
def test_phase(
    patient: Case, hours: float, expected: tuple[int | None, int | None, int | None]
) -> None:
    assert minutes(patient, hours) == expected


def test_later_doses_of_an_engager_open_no_window() -> None:
    doses = [{"given_at": stamp(hour)} for hour in (0, 72, 144, 312)]
    patient = case(product="teclistamab", therapy={"doses": doses}, vitals=[vitals(320)])
    assert minutes(patient, 200)[0] == 240
    assert minutes(patient, 320)[0] == 480


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({}, 240),
        (HOT, 240),
        (HOT | {"oxygen": oxygen("nasal_cannula", 2.0)}, 120),
        (HOT | LOW | {"vasopressors": agents("norepinephrine")}, 60),
        (HOT | LOW | {"vasopressors": agents("norepinephrine", "epinephrine")}, 60),
    ],
)
def test_vital_signs_follow_the_crs_grade(signs: dict[str, Any], expected: int) -> None:
    assert minutes(case(vitals=[vitals(40, **signs)]), 40)[0] == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, 720), ({"consciousness": "voice"}, 240), ({"consciousness": "tactile"}, 60)],
)
def test_the_exam_follows_the_icans_grade(more: dict[str, Any], expected: int) -> None:
    assert minutes(case(neuro=[exam(40, **more)]), 40)[1] == expected


def test_a_grade_that_opens_because_nobody_looked_keeps_its_interval() -> None:
    shock = HOT | LOW | {"vasopressors": agents("norepinephrine")}
    patient = case(vitals=[vitals(40, **shock)])
    here = assess(patient, at=when(46)).grades["astct-crs-2019"]
    assert (here.at_least, here.at_most) == (0, 4)
    found = due(patient, 46)["vitals"]
    assert (found.every_minutes, found.overdue_minutes, found.is_late) == (60, 300, True)


def test_a_child_at_the_usual_capd_is_not_watched_more_closely() -> None:
    child = {"age_years": 6.0, "baseline_ice": None, "baseline_capd": 5}
    usual = case(patient=child, neuro=[exam(40, ice=None, capd={"total": 5})])
    worse = case(patient=child, neuro=[exam(40, ice=None, capd={"total": 6})])
    assert (minutes(usual, 40)[1], minutes(worse, 40)[1]) == (720, 240)


SURGE = [exam(40), exam(48, lost=1)]


@pytest.mark.parametrize(
    ("exams", "hours", "expected"),
    [
        pytest.param(SURGE, 48.1, 30, id="half-hourly at once"),
        pytest.param([*SURGE, exam(48.5, lost=1)], 49, 30, id="and for two hours"),
        pytest.param([*SURGE, exam(49.7, lost=1)], 49.8, 30, id="an exam too early proves nothing"),
        pytest.param([*SURGE, exam(50, lost=1)], 50.1, 240, id="stable at the end of them"),
        pytest.param([*SURGE, exam(50, lost=2)], 50.1, 30, id="not if another point is lost"),
        pytest.param(SURGE, 58, 30, id="nobody looked: not yet stable"),
        pytest.param([*SURGE, exam(50)], 50.1, 240, id="recovered, still every 4 h that day"),
        pytest.param([*SURGE, exam(50), exam(71)], 72.1, 720, id="and no longer"),
    ],
)
def test_after_a_lost_point(exams: list[dict[str, Any]], hours: float, expected: int) -> None:
    assert minutes(case(neuro=exams), hours)[1] == expected


def test_half_hourly_says_why() -> None:
    found = due(case(neuro=SURGE), 48.1)["neuro"]
    assert found.why == "half-hourly for 2 h after a lost ICE point"
    assert found.cite.source == "ice-surge-protocol"
    assert found.due_at == when(48.5)


def test_during_a_course_of_steroids_and_two_days_after() -> None:
    given = [drug(hour, "dexamethasone", dose_mg=10.0, purpose="icans") for hour in (30, 36)]
    patient = case(neuro=[exam(38)], treatments=given)
    assert [minutes(patient, hour)[1] for hour in (38, 84, 84.1)] == [240, 240, 720]
    once = case(neuro=[exam(38)], treatments=given[:1])
    assert minutes(once, 38)[1] == 720


def test_overdue_begins_a_quarter_beyond_and_is_late_a_whole_interval_beyond() -> None:
    patient = case(vitals=[vitals(24)], neuro=[exam(24)])
    told = {
        hour: (found.overdue_minutes, found.is_late)
        for hour in (28, 29, 29.05, 31.95, 32)
        for found in [due(patient, hour)["vitals"]]
    }
    assert told == {
        28: (None, False),
        29: (None, False),
        29.05: (63, False),
        31.95: (237, False),
        32: (240, True),
    }


def test_sleep_never_moves_the_clock() -> None:
    asleep = exam(30, unable="asleep", ice=None)
    woken = exam(31, unable=["asleep", "hearing_or_vision"])
    patient = case(neuro=[exam(24), asleep, woken])
    assert due(patient, 32)["neuro"].last_at == when(24)


@pytest.mark.parametrize("reason", ["sedated", "intubated", "language", "refused", "other"])
def test_an_exam_tried_and_impossible_moves_it(reason: str) -> None:
    patient = case(neuro=[exam(24), exam(30, unable=reason, ice=None)])
    assert due(patient, 32)["neuro"].last_at == when(30)


def test_consciousness_alone_is_no_exam() -> None:
    patient = case(neuro=[exam(24), {"taken_at": stamp(30), "consciousness": "alert"}])
    assert due(patient, 32)["neuro"].last_at == when(24)


@pytest.mark.parametrize(
    ("waking", "moved"), [("drowsy", False), ("voice", False), ("tactile", True)]
)
def test_who_wakes_to_touch_only_cannot_be_scored_and_was_examined(
    waking: str, moved: bool
) -> None:
    """An alarm for a missed exam beside the emergency that this very exam found is noise."""
    looked = {"taken_at": stamp(30), "consciousness": waking, "seizure": {"kind": "none"}}
    last = due(case(neuro=[exam(24), looked]), 30.2)["neuro"].last_at
    assert last == when(30 if moved else 24)
    asleep = looked | {"unable": "asleep"}
    assert due(case(neuro=[exam(24), asleep]), 30.2)["neuro"].last_at == when(24)


@pytest.mark.parametrize("what", ["vitals", "Vital signs", "blood pressure", "observations"])
def test_a_round_left_out_is_shown_and_moves_nothing(what: str) -> None:
    left_out = {"at": stamp(28), "kind": "not_done", "what": what, "why": "in the scanner"}
    patient = case(vitals=[vitals(24)], neuro=[exam(24)], events=[left_out])
    found = due(patient, 30)
    assert found["vitals"].last_at == when(24)
    assert found["vitals"].overdue_minutes == 120
    assert found["vitals"].not_done == "not done at 14:00 UTC: in the scanner"
    assert found["neuro"].not_done is None
    (flag,) = [one for one in assess(patient, at=when(30)).flags if one.id == "t14"]
    assert "in the scanner" in flag.says


def test_a_set_counts_when_all_of_it_was_looked_at() -> None:
    only = {"systolic_mmhg": None, "hypotensive": None, "oxygen": None, "spo2_percent": None}
    patient = case(vitals=[vitals(24), vitals(30, **only)])
    found = due(patient, 33)["vitals"]
    assert (found.last_at, found.is_late) == (when(24), True)
    assert found.lags == "pressure, oxygen"


def test_never_looked_at_is_overdue_from_the_dose() -> None:
    patient = case(neuro=[exam(2)])
    found = due(patient, 2)["vitals"]
    assert (found.last_at, found.overdue_minutes) == (None, 120)
    assert "t14" in {flag.id for flag in assess(patient, at=when(2)).flags}


def test_before_the_dose_an_overdue_check_is_a_task() -> None:
    patient = case(vitals=[vitals(-40)])
    told = {flag.id: flag.urgency for flag in assess(patient, at=when(-10)).flags}
    assert told["t14"] == "info"


def test_nothing_is_due_after_a_death() -> None:
    for due_to in ("crs", "other"):
        death = {"at": stamp(41), "kind": "death", "due_to": due_to}
        found = assess(case(vitals=[vitals(40, **HOT)], events=[death]), at=when(60))
        assert found.due == ()
        assert {flag.id for flag in found.flags} <= {"deceased"}


def test_a_therapy_nobody_recorded_is_watched_as_if_it_had_begun() -> None:
    patient = case(therapy={"doses": None}, vitals=[vitals(0)])
    assert minutes(patient, 0)[0] == 240


def test_labs_are_due_and_never_alarm() -> None:
    patient = case(vitals=[vitals(40, **HOT)], neuro=[exam(40)], labs=[labs(1, anc_per_ul=3000)])
    found = due(patient, 40)["labs"]
    assert (found.every_minutes, found.overdue_minutes) == (1440, 900)
    assert not {flag.id for flag in assess(patient, at=when(40)).flags} & {"t14", "t14-neuro"}


def test_a_normal_temperature_does_not_slow_the_watch_over_a_running_vasopressor() -> None:
    shock = vitals(40, **HOT, **LOW, vasopressors=agents("norepinephrine"))
    alone = {"taken_at": stamp(40.5), "temperature_c": 37.9}
    for hours in (40.5, 42, 46):
        asked = due(case(vitals=[shock, alone]), hours)["vitals"]
        assert (asked.every_minutes, "fever or not" in asked.why) == (60, True)
    assert minutes(case(vitals=[shock, alone, vitals(44)]), 44)[0] == 240
    on_oxygen = vitals(40, oxygen=oxygen("nasal_cannula", 2.0))
    assert minutes(case(vitals=[on_oxygen]), 40)[0] == 120
    assert minutes(case(vitals=[vitals(40)]), 40)[0] == 240
