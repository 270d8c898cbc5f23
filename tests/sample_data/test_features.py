"""What the sample ward must show: every situation it was built for is there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.sample_data.ward import CASE_TEXTS, RAW, STORIES
from toxmodels import assess, load_case


def _bounds(key: str) -> set[tuple[int, int]]:
    return {
        tuple(expect[key])
        for story in STORIES.values()
        for expect in story["expect"]
        if key in expect
    }


@pytest.mark.parametrize("grade", range(6))
@pytest.mark.parametrize("key", ["crs", "icans"])
def test_every_grade_is_reached_and_closed(key: str, grade: int) -> None:
    assert (grade, grade) in _bounds(key)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [("crs", 3, 4), ("crs", 0, 4), ("crs", 2, 3), ("crs", 0, 3), ("icans", 0, 4), ("icans", 3, 4),
     ("icans", 1, 3), ("icans", 0, 1)],
)  # fmt: skip
def test_open_grades_are_shown(key: str, low: int, high: int) -> None:
    assert (low, high) in _bounds(key)


def _sets() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, raw in RAW.items():
        for vitals in raw["vitals"]:
            yield name, vitals


def _exams() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, raw in RAW.items():
        for exam in raw["neuro"]:
            yield name, exam


def _agents(vitals: Mapping[str, Any]) -> set[str]:
    return {agent["drug"] for agent in vitals.get("vasopressors", ())}


def _given(vitals: Mapping[str, Any], device: str, flow_l_min: float | None) -> bool:
    oxygen = vitals.get("oxygen", {})
    return oxygen.get("device") == device and oxygen.get("flow_l_min") == flow_l_min


def _expects(says: Callable[[Mapping[str, Any]], bool]) -> bool:
    return any(says(expect) for story in STORIES.values() for expect in story["expect"])


def _fixed(crs: int, icans: int) -> bool:
    return _expects(
        lambda expect: expect.get("crs") == [crs, crs] and expect.get("icans") == [icans, icans]
    )


FULL_ICE = 10


def _ice(exam: Mapping[str, Any]) -> int | None:
    items = exam.get("ice")
    return None if items is None or None in items.values() else sum(items.values())


FEATURES: Mapping[str, Callable[[], bool]] = {
    "norepinephrine with vasopressin": lambda: any(
        _agents(v) == {"norepinephrine", "vasopressin"} for _, v in _sets()
    ),
    "two counted vasopressors": lambda: any(
        {"norepinephrine", "epinephrine"} <= _agents(v) for _, v in _sets()
    ),
    "vasopressin alone": lambda: any(_agents(v) == {"vasopressin"} for _, v in _sets()),
    "an inotrope alone": lambda: any(_agents(v) == {"dobutamine"} for _, v in _sets()),
    "vasopressor with oxygen not recorded": lambda: any(
        _agents(v) and "oxygen" not in v for _, v in _sets()
    ),
    "mask at 5 L/min": lambda: any(_given(v, "simple_mask", 5.0) for _, v in _sets()),
    "cannula at 6 L/min": lambda: any(_given(v, "nasal_cannula", 6.0) for _, v in _sets()),
    "cannula at 7 L/min": lambda: any(_given(v, "nasal_cannula", 7.0) for _, v in _sets()),
    "cannula without flow": lambda: any(_given(v, "nasal_cannula", None) for _, v in _sets()),
    "exactly 38.0": lambda: any(v.get("temperature_c") == 38.0 for _, v in _sets()),
    "afebrile, hypotensive, fever waived": lambda: any(
        name == "demo-02" and v["hypotensive"] and v["temperature_c"] < 37.5 for name, v in _sets()
    ),
    "attribution on one set and none on another ill one": lambda: any(
        "other_cause" in v for _, v in _sets()
    ) and any(v.get("hypotensive") and "other_cause" not in v for name, v in _sets()
              if name == "demo-14"),
    "seizure of exactly five minutes": lambda: any(
        e.get("seizure", {}).get("duration_min") == 5.0 for _, e in _exams()
    ),
    "seizure longer than five minutes": lambda: any(
        e.get("seizure", {}).get("duration_min", 0) > 5.0 for _, e in _exams()
    ),
    "deep weakness with a full ICE": lambda: any(
        e.get("motor_weakness") == "deep_focal" and _ice(e) == FULL_ICE for _, e in _exams()
    ),
    "sedated, ICE not done": lambda: any(
        "sedated" in e.get("unable", ()) and "ice" not in e for _, e in _exams()
    ),
    "a CAPD with an item missing": lambda: any(
        None in e.get("capd", {}).get("items", ()) for _, e in _exams()
    ),
    "child under 12": lambda: any(r["patient"]["age_years"] < 12 for r in RAW.values()),
    "adolescent with developmental delay": lambda: any(
        r["patient"]["age_years"] >= 12 and r["patient"]["developmental_delay"]
        for r in RAW.values()
    ),
    "an item fixed before therapy": lambda: any(
        r["patient"].get("fixed_ice_deficits") for r in RAW.values()
    ),
    "several CAR-T products, blinatumomab and one more": lambda: {
        "blinatumomab", "teclistamab", "tisagenlecleucel", "axicabtagene-ciloleucel",
        "brexucabtagene-autoleucel", "ciltacabtagene-autoleucel",
    } <= {r["therapy"]["product"] for r in RAW.values()},
    "an infusion stopped for toxicity and restarted": lambda: any(
        [s.get("stop_reason") for s in r["therapy"].get("infusions", ())].count("toxicity") == 1
        and any(e["kind"] == "infusion_restarted" for e in r["events"])
        for r in RAW.values()
    ),
    "three step-up doses": lambda: any(len(r["therapy"]["doses"]) >= 3 for r in RAW.values()),
    "a transfer with CRS": lambda: any(r["therapy"].get("crs_since") for r in RAW.values()),
    "deaths of every kind": lambda: {
        e["due_to"] for r in RAW.values() for e in r["events"] if e["kind"] == "death"
    } == {"crs", "icans", "other"},
    "ICANS without CRS": lambda: _fixed(0, 3) and all(
        expect.get("crs") == [0, 0] for expect in STORIES["demo-09"]["expect"]
    ),
    "biphasic": lambda: [
        expect["crs"][0] > 0 for expect in STORIES["demo-08"]["expect"]
    ] == [False, True, False, False, False, True, True, True, False],
    "grade 0 with an alert": lambda: _expects(
        lambda e: e.get("crs") == [0, 0]
        and "no-fever-but-hypotension-or-hypoxia" in e.get("flags", ())
    ),
    "CAPD-only grade 1": lambda: _expects(lambda e: "capd-only-grade-1" in e.get("flags", ())),
    "late fever": lambda: _expects(lambda e: "late-fever" in e.get("flags", ())),
    "stale": lambda: _expects(lambda e: "stale-observations" in e.get("flags", ())),
    "a quiet patient": lambda: all(
        expect["crs"][0] == expect["icans"][0] == 0 for expect in STORIES["demo-01"]["expect"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_ward_shows(feature: str) -> None:
    assert FEATURES[feature](), f"no sample patient shows: {feature}"


def test_oxygen_goes_up_only_after_saturation_fell() -> None:
    """Someone on room air at 96 % or more is not put on oxygen four hours later without cause."""
    for name, raw in RAW.items():
        for before, after in zip(raw["vitals"], raw["vitals"][1:], strict=False):
            started = after.get("oxygen", {"device": "room_air"})
            was_free = before.get("oxygen", {}).get("device") == "room_air"
            if was_free and started["device"] != "room_air" and "reason" not in started:
                assert before["spo2_percent"] <= 95, f"{name} {after['taken_at']}"


def test_shown_moment_is_expected_for_everyone_and_varied() -> None:
    """The board of the sample ward: zeros, every height, open grades and overdue patients."""
    board = [
        expect
        for story in STORIES.values()
        for expect in story["expect"]
        if expect["at"] == story["show_at"]
    ]
    assert len(board) == len(STORIES)
    pictures = {(tuple(expect["crs"]), tuple(expect["icans"])) for expect in board}
    assert len(pictures) >= 10
    assert {(grade, grade) for grade in range(5)} <= {crs for crs, _ in pictures}
    assert sum("stale-observations" in expect.get("flags", ()) for expect in board) >= 2


@pytest.mark.parametrize("scale", ["lee-2014", "penn-2018", "cartox-crs-2018", "iec-hs-2023"])
def test_where_every_limit_of_normal_is_printed_scales_that_read_organs_close(scale: str) -> None:
    """Elsewhere they stay open for want of a limit; here a ward sees what that costs."""
    for name, is_closed in (("demo-01", True), ("demo-04", False)):
        case = load_case(CASE_TEXTS[name])
        grades = assess(case, at=STORIES[name]["show_at"], scales=[scale]).grades
        assert grades[scale].complete is is_closed
