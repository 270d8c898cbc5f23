"""
Laws that hold for any patient, tried on random case files over the whole format.

Every law prints how many cases reached the grader: a law that is only tried on refused input
proves nothing. HYPOTHESIS_PROFILE=nightly tries 100,000 cases.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toxmodels
from tests.figures import told
from tests.oracle.build import DOSE, NOW, vitals
from tests.oracle.build import case as build_case
from tests.oracle.changes import Place, gaps, unattributed_there, with_value, worsenings
from tests.oracle.course import CRS, ICANS, first_dose, grades, when
from tests.oracle.moment import branches
from tests.oracle.profiles import NAME, NIGHTLY, PROFILE
from tests.oracle.strategies import LATER, asked_at, cases
from tests.oracle.tables import (
    EXAM_VALID,
    FEVER_FROM_C,
    VITALS_VALID,
    WAIVES_FEVER,
)

Json = dict[str, Any]
Bounds = dict[str, tuple[int, int]]

# A law that fails is shrunk first, for up to five minutes.
pytestmark = pytest.mark.timeout(4 * 3600 if NIGHTLY else 400)
SCALES = (CRS, ICANS)
WITHIN_A_DAY = 18  # so that no episode can end: the end of an episode is a rule of time


def assessed(case: Json, at: datetime, **more: Any) -> Any:
    return toxmodels.assess(toxmodels.load_case(json.dumps(case)), at=at, **more)


def bounds(case: Json, at: datetime) -> Bounds:
    found = assessed(case, at).grades
    return {scale: (found[scale].at_least, found[scale].at_most) for scale in found}


PROMISES = {"narrowing": "P-01", "monotone": "P-02", "graded": "P-03", "replay": "P-08"}


def count(counted: Counter[str], case: Json) -> None:
    """One case more, and every record in it."""
    counted["cases"] += 1
    counted["records"] += sum(
        len(case.get(name) or ())
        for name in ("vitals", "neuro", "labs", "treatments", "events", "gradings")
    )


def report(law: str, counted: Counter[str], *, at_least: float = 0.5) -> None:
    """One line for people and machines; fails when too little reached the grader."""
    if law in PROMISES:
        print(f"\n{told(PROMISES[law], n=counted['graded'], bad=0, law=law)}")
    share = counted["graded"] / max(1, counted["cases"])
    print(
        f"\nlaw={law} profile={NAME} cases={counted['cases']} records={counted['records']} "
        f"graded={counted['graded']}"
    )
    assert share >= at_least, f"{law}: only {share:.0%} of the cases reached the grader"


# --- shape ---------------------------------------------------------------------------------------
def test_any_record_is_graded_and_every_grade_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(), later_h=LATER)
    def law(case: Json, later_h: float) -> None:
        count(counted, case)
        assessment = assessed(case, asked_at(case, later_h))
        counted["graded"] += 1
        json.dumps(assessment.model_dump(mode="json"), allow_nan=False)
        for scale, grade in assessment.grades.items():
            assert 0 <= grade.at_least <= grade.at_most <= 5, scale
            if grade.at_least < grade.at_most:
                assert grade.missing, f"{scale} is open and names nothing missing"
            if grade.at_least > 0:
                assert any(one.decides for one in grade.findings), f"{scale}: nothing decides"
            if grade.at_most == 5:
                assert any(event["kind"] == "death" for event in case["events"])

    law()
    with capsys.disabled():
        report("graded", counted, at_least=0.99)


def test_random_cases_agree_with_the_second_grader(capsys: pytest.CaptureFixture[str]) -> None:
    """Attribution carried between records of different age is left to its own vectors."""
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(attribution=False), later_h=LATER)
    def law(case: Json, later_h: float) -> None:
        count(counted, case)
        if not _one_reading(case):
            return
        at = asked_at(case, later_h)
        assert bounds(case, at) == grades(case, at)
        counted["graded"] += 1

    law()
    with capsys.disabled():
        report("second-grader", counted, at_least=0.3)


def _one_reading(case: Json) -> bool:
    """Leaves out what the published rules do not settle, so that two readings may differ."""
    for kind in ("vitals", "neuro"):
        times = [one["taken_at"] for one in case[kind]]
        if len(times) != len(set(times)):
            return False  # two values of one minute
    reasons = {(one["oxygen"] or {}).get("reason") for one in case["vitals"]}
    if "baseline" in reasons and case["patient"]["baseline_oxygen"] is not None:
        return False  # another device of the same tier as before therapy
    since = (case["therapy"] or {}).get("crs_since")
    if since is not None and any(when(one["taken_at"]) < when(since) for one in case["vitals"]):
        return False  # CRS "before the file begins", and a file that begins before it
    exams = sorted(case["neuro"], key=lambda one: when(one["taken_at"]))
    fits = any((one["seizure"] or {"kind": "none"})["kind"] != "none" for one in exams)
    if fits and len(exams) > 1 and branches(case["patient"]) != ("ice",):
        return False  # what is "back to baseline" for a child without a CAPD of before therapy
    return not any(one["unable"] for one in exams[:-1])  # how long inability lasts


# --- narrowing -----------------------------------------------------------------------------------
def test_filling_one_gap_only_narrows(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(
        case=cases(WITHIN_A_DAY, attribution=False, deaths=False),
        later_h=st.sampled_from((0.0, 0.0, 1.0, 3.9)),
        data=st.data(),
    )
    def law(case: Json, later_h: float, data: st.DataObject) -> None:
        count(counted, case)
        empty = list(gaps(case))
        if not empty:
            return
        place, values = data.draw(st.sampled_from(empty), label="gap")
        if place[0] == "neuro" and _has_seizure(case):
            return  # a later exam made complete may end a seizure: a rule of time, tested apart
        fuller = with_value(case, place, data.draw(values, label="value"))
        at = asked_at(case, later_h)
        before, after = bounds(case, at), bounds(fuller, at)
        counted["graded"] += 1
        for scale in SCALES:
            low, high = before[scale]
            assert low <= after[scale][0] <= after[scale][1] <= high, (scale, place)

    law()
    with capsys.disabled():
        report("narrowing", counted)


def test_a_fever_nobody_measured_before_a_transfer_may_have_begun_the_episode() -> None:
    """Found by the law above: tocilizumab between the two then waives the fever, or does not."""
    sets = [
        vitals(NOW - timedelta(hours=12), temperature_c=None),
        vitals(NOW, temperature_c=37.2, vasopressors=[{"drug": "norepinephrine"}]),
    ]
    given_at = (NOW - timedelta(hours=11)).isoformat()
    made = build_case(vitals=sets, treatments=[{"given_at": given_at, "drug": "tocilizumab"}])
    made["therapy"]["crs_since"] = (NOW - timedelta(hours=10)).isoformat()
    low, high = bounds(made, NOW)[CRS]
    assert (low, high) == (0, 3)
    made["vitals"][0]["temperature_c"] = 38.5
    assert bounds(made, NOW)[CRS] == (3, 3)


def test_a_fever_that_had_settled_does_not_hide_the_crs_reported_at_a_transfer() -> None:
    """Found by the laws: an episode over before the transfer made the reported one vanish."""
    sets = [
        vitals(NOW - timedelta(hours=40), temperature_c=38.5),
        vitals(NOW - timedelta(hours=14), temperature_c=37.0),
        vitals(NOW, temperature_c=37.2, vasopressors=[{"drug": "norepinephrine"}]),
    ]
    given_at = (NOW - timedelta(hours=9)).isoformat()
    made = build_case(vitals=sets, treatments=[{"given_at": given_at, "drug": "tocilizumab"}])
    made["therapy"]["crs_since"] = (NOW - timedelta(hours=10)).isoformat()
    assert bounds(made, NOW)[CRS] == (3, 3)
    for cooler in (37.0, None):
        made["vitals"][0]["temperature_c"] = cooler
        assert bounds(made, NOW)[CRS] == (3, 3)


@pytest.mark.parametrize("device", ["room_air", "nasal_cannula", "ventilator"])
def test_an_attribution_closes_support_for_a_procedure_whatever_the_device(device: str) -> None:
    """Found by the law below: on room air the same words left the grade open."""
    support = {"device": device, "flow_l_min": 2.0, "reason": "procedure"}
    one = vitals(NOW, temperature_c=38.5, oxygen=support)
    assert bounds(build_case(vitals=[one]), NOW)[CRS] == (1, 4)
    one["other_cause"] = ["hypoxia"]
    assert bounds(build_case(vitals=[one]), NOW)[CRS] == (1, 1)


def test_room_air_for_a_procedure_contradicts_itself_and_stays_open_when_hypoxic() -> None:
    """Found by the law below: hypoxia judged on top of it lowered the upper end from 4 to 2."""
    support = {"device": "room_air", "reason": "airway_protection"}
    for hypoxic, low in ((False, 1), (True, 2)):
        one = vitals(NOW, temperature_c=38.5, oxygen=support, hypoxic=hypoxic)
        assert bounds(build_case(vitals=[one]), NOW)[CRS] == (low, 4)


def test_while_the_age_is_unknown_a_capd_alone_clears_no_seizure_for_certain() -> None:
    """Found by the law above: at 12 years the ICE counts, and the seizure still stands."""
    fit = {"kind": "generalised", "duration_min": 8.0, "resolved": True}
    calm = {"consciousness": "alert", "motor_weakness": "none", "raised_icp": []}
    exams = [
        {"taken_at": (NOW - timedelta(hours=3)).isoformat(), "seizure": fit, **calm},
        {"taken_at": NOW.isoformat(), "seizure": {"kind": "none"}, "capd": {"total": 4}, **calm},
    ]
    made = build_case(neuro=exams)
    for age, expected in ((None, (0, 4)), (30.0, (4, 4)), (6.0, (1, 1))):
        made["patient"]["age_years"] = age
        assert bounds(made, NOW)[ICANS] == expected, age


def _has_seizure(case: Json) -> bool:
    return any((one["seizure"] or {"kind": "none"})["kind"] != "none" for one in case["neuro"])


# --- monotone ------------------------------------------------------------------------------------
def test_worsening_one_sign_never_lowers_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(deaths=False), later_h=LATER, data=st.data())
    def law(case: Json, later_h: float, data: st.DataObject) -> None:
        count(counted, case)
        steps = list(worsenings(case))
        if not steps:
            return
        place, values = data.draw(st.sampled_from(steps), label="sign")
        case = unattributed_there(case, place)
        worse = with_value(case, place, data.draw(st.sampled_from(values), label="worse"))
        at = asked_at(case, later_h)
        before, after = bounds(case, at), bounds(worse, at)
        counted["graded"] += 1
        for scale in SCALES:
            assert after[scale][0] >= before[scale][0], (scale, place)
            assert after[scale][1] >= before[scale][1], (scale, place)

    law()
    with capsys.disabled():
        report("monotone", counted)


# --- order, repetition, round trip ---------------------------------------------------------------
def _shuffled(value: Any, dice: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(part, dice, key) for key, part in value.items()}
    if isinstance(value, list):
        parts = [_shuffled(part, dice) for part in value]
        if name != "items":  # the eight CAPD items have their places
            dice.shuffle(parts)
        return parts
    return value


def _without_places(value: Any) -> Any:
    """An assessment without the positions of records, which do follow the order of entry."""
    if isinstance(value, dict):
        return {key: _without_places(part) for key, part in value.items() if key != "record"}
    if isinstance(value, list):
        return [_without_places(part) for part in value]
    return value


def test_order_of_entry_never_matters(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(), later_h=LATER, seed=st.integers(0, 2**16), twin=st.booleans())
    def law(case: Json, later_h: float, seed: int, twin: bool) -> None:
        count(counted, case)
        if twin and len(case["vitals"]) > 1:
            case["vitals"][1]["taken_at"] = case["vitals"][0]["taken_at"]
        if twin and len(case["neuro"]) > 1:
            case["neuro"][1]["taken_at"] = case["neuro"][0]["taken_at"]
        at = asked_at(case, later_h)
        first = assessed(case, at).model_dump(mode="json")
        second = assessed(_shuffled(case, random.Random(seed)), at).model_dump(mode="json")
        counted["graded"] += 1
        assert _without_places(first["grades"]) == _without_places(second["grades"])
        ids = [sorted(flag["id"] for flag in one["flags"]) for one in (first, second)]
        assert ids[0] == ids[1]

    law()
    with capsys.disabled():
        report("order-free", counted, at_least=0.99)


ONE_MINUTE: dict[str, list[Any]] = {
    "vasopressors": [
        [],
        [{"drug": "vasopressin"}],
        [{"drug": "norepinephrine"}],
        [{"drug": "norepinephrine"}, {"drug": "epinephrine"}],
        [{"drug": "norepinephrine"}, {"drug": "dobutamine"}],
        [{"drug": "dobutamine"}],
        [{"drug": "dobutamine"}, {"drug": "milrinone"}],
    ],
    "oxygen": [
        {"device": "room_air"},
        {"device": "nasal_cannula", "flow_l_min": 2.0},
        {"device": "nasal_cannula", "flow_l_min": 8.0},
        {"device": "nasal_cannula", "reason": "airway_protection"},
        {"device": "cpap"},
        {"device": "cpap", "reason": "baseline"},
    ],
    "temperature_c": [36.5, 37.9, 38.0, 39.5],
    "hypotensive": [True, False],
}
PAIRS = [(name, *pair) for name, values in ONE_MINUTE.items() for pair in combinations(values, 2)]


def test_two_sets_of_one_minute_are_read_the_same_in_either_order() -> None:
    """And a contradiction never hides the worse of the two."""
    wrong = []
    for name, one, other in PAIRS:
        first, second = (
            vitals(NOW, **{"temperature_c": 38.5, name: value}) for value in (one, other)
        )
        alone = [bounds(build_case(vitals=[each]), NOW)[CRS][0] for each in (first, second)]
        forward = bounds(build_case(vitals=[first, second]), NOW)[CRS]
        backward = bounds(build_case(vitals=[second, first]), NOW)[CRS]
        if forward != backward or forward[0] < max(alone):
            wrong.append(f"{one} and {other}: {forward} or {backward}, alone {alone}")
    assert not wrong, f"{len(wrong)} of {len(PAIRS)} pairs:\n" + "\n".join(wrong)


def test_the_same_question_has_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Replay: the same records and time, loaded again, give the same assessment to the letter."""
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(), later_h=LATER)
    def law(case: Json, later_h: float) -> None:
        count(counted, case)
        at = asked_at(case, later_h)
        loaded = toxmodels.load_case(json.dumps(case))
        first = toxmodels.assess(loaded, at=at).model_dump(mode="json")
        again = toxmodels.assess(loaded, at=at).model_dump(mode="json")
        assert first == again == assessed(case, at).model_dump(mode="json")
        counted["graded"] += 1

    law()
    with capsys.disabled():
        report("replay", counted, at_least=0.99)


def test_a_case_survives_being_written_and_read(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases())
    def law(case: Json) -> None:
        count(counted, case)
        loaded = toxmodels.load_case(json.dumps(case))
        assert toxmodels.load_case(loaded.model_dump_json()) == loaded
        assert toxmodels.load_case(toxmodels.dump_case(loaded)) == loaded
        counted["graded"] += 1

    law()
    with capsys.disabled():
        report("round-trip", counted, at_least=0.99)


def test_the_time_zone_of_the_file_does_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(), minutes=st.sampled_from((-600, -210, 60, 345, 480)))
    def law(case: Json, minutes: int) -> None:
        count(counted, case)
        at = asked_at(case)
        moved = _in_zone(case, minutes)
        assert bounds(moved, at) == bounds(case, at)
        counted["graded"] += 1

    law()
    with capsys.disabled():
        report("time-zone", counted, at_least=0.99)


def _in_zone(value: Any, minutes: int) -> Any:
    from datetime import timezone

    if isinstance(value, dict):
        return {key: _in_zone(part, minutes) for key, part in value.items()}
    if isinstance(value, list):
        return [_in_zone(part, minutes) for part in value]
    if isinstance(value, str) and value.startswith("2026-"):
        return when(value).astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    return value


# --- never a calm nought -------------------------------------------------------------------------
def test_never_a_closed_nought_where_something_decisive_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counted: Counter[str] = Counter()

    @PROFILE
    @given(case=cases(WITHIN_A_DAY, attribution=False, deaths=False), later_h=LATER)
    def law(case: Json, later_h: float) -> None:
        count(counted, case)
        at = asked_at(case, later_h)
        found = bounds(case, at)
        counted["graded"] += 1
        for scale, decisive in ((CRS, _crs_gaps), (ICANS, _icans_gaps)):
            if found[scale][1] == 0:
                counted["noughts"] += 1
                assert decisive(case, at) == [], scale

    law()
    with capsys.disabled():
        report("no-calm-nought", counted, at_least=0.99)
    assert counted["noughts"] >= 5


def _seen(records: list[Json], name: str, at: datetime, valid: timedelta | None) -> bool:
    return any(
        one[name] is not None
        and when(one["taken_at"]) <= at
        and (valid is None or at - when(one["taken_at"]) <= valid)
        for one in records
    )


def _crs_gaps(case: Json, at: datetime) -> list[str]:
    begins = first_dose(case)
    if begins is not None and at < begins:
        return []
    gaps = [] if _seen(case["vitals"], "temperature_c", at, VITALS_VALID) else ["temperature_c"]
    maybe_fever = (case["therapy"] or {}).get("crs_since") is not None or any(
        (one["temperature_c"] is None or one["temperature_c"] >= FEVER_FROM_C)
        and (begins is None or when(one["taken_at"]) >= begins)
        for one in case["vitals"]
    )
    fever_times = [
        when(one["taken_at"])
        for one in case["vitals"]
        if (one["temperature_c"] is None or one["temperature_c"] >= FEVER_FROM_C)
        and (begins is None or when(one["taken_at"]) >= begins)
        and when(one["taken_at"]) < at
    ]
    given_after = case["treatments"] is None or any(
        dose["drug"] in WAIVES_FEVER
        and when(dose["given_at"]) <= at
        and any(when(dose["given_at"]) >= fever for fever in fever_times)
        for dose in case["treatments"]
    )
    if maybe_fever and fever_times and given_after:
        gaps += [
            name
            for name in ("vasopressors", "oxygen")
            if not _seen(case["vitals"], name, at, VITALS_VALID)
        ]
    return gaps


def _icans_gaps(case: Json, at: datetime) -> list[str]:
    exams = case["neuro"]
    gaps = [] if _seen(exams, "consciousness", at, EXAM_VALID) else ["consciousness"]
    if not any(_seen(exams, scored, at, EXAM_VALID) for scored in ("ice", "capd")):
        gaps.append("ice or capd")
    for name in ("seizure", "motor_weakness", "raised_icp"):
        if not _seen(exams, name, at, None):
            gaps.append(name)
    return gaps


# --- grade and advice are separate ---------------------------------------------------------------
def test_a_protocol_never_changes_a_grade() -> None:
    @PROFILE
    @given(case=cases(), protocol=st.sampled_from(sorted(toxmodels.PROTOCOLS)))
    def law(case: Json, protocol: str) -> None:
        at = asked_at(case)
        plain, advised = assessed(case, at), assessed(case, at, protocol=protocol)
        assert advised.model_dump()["grades"] == plain.model_dump()["grades"]

    law()


NOT_SIGNS = {
    "systolic_mmhg": (60, 120, 190),
    "spo2_percent": (80, 99),
    "heart_rate_bpm": (50, 160),
    "respiratory_rate_bpm": (10, 40),
}


def test_numbers_without_a_judgement_never_change_a_grade() -> None:
    @PROFILE
    @given(case=cases(), name=st.sampled_from(sorted(NOT_SIGNS)), data=st.data())
    def law(case: Json, name: str, data: st.DataObject) -> None:
        at = asked_at(case)
        changed = copy.deepcopy(case)
        for record in changed["vitals"]:
            record[name] = data.draw(st.sampled_from(NOT_SIGNS[name]))
        assert bounds(changed, at) == bounds(case, at)

    law()


# --- junk ----------------------------------------------------------------------------------------
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(("2026-03-01T10:00:00+00:00", "2026-03-01", "1761355800", "none", "alert")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("format", "patient", "vitals", "taken_at", "id", "ice", "oops"))
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def _graded_or_refused(text: str, counted: Counter[str]) -> None:
    counted["cases"] += 1
    try:
        loaded = toxmodels.load_case(text)
    except toxmodels.CaseError as error:
        if not error.faults:
            raise
        return
    counted["graded"] += 1
    toxmodels.assess(loaded, at=DOSE + timedelta(hours=60))


def _each_place(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield (*place, key)
            yield from _each_place(value[key], (*place, key))


@pytest.mark.parametrize("kind", ["text", "json", "one value replaced", "one key added"])
def test_junk_is_refused_by_name(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    counted: Counter[str] = Counter()

    @st.composite
    def texts(draw: Callable[[Any], Any]) -> str:
        if kind == "text":
            return str(draw(st.text(max_size=200)))
        if kind == "json":
            return json.dumps(draw(JUNK))
        case = draw(cases())
        if kind == "one key added":
            places = [()] + [place for place in _each_place(case) if _is_object(case, place)]
            return json.dumps(
                with_value(case, (*draw(st.sampled_from(places)), "oops"), draw(JUNK))
            )
        return json.dumps(
            with_value(case, draw(st.sampled_from(list(_each_place(case)))), draw(JUNK))
        )

    @PROFILE
    @given(text=texts())
    def law(text: str) -> None:
        _graded_or_refused(text, counted)

    law()
    with capsys.disabled():
        report(f"junk ({kind})", counted, at_least=0.0)
    if kind == "one key added":
        assert counted["graded"] == 0


def _is_object(case: Json, place: Place) -> bool:
    part: Any = case
    for step in place:
        part = part[step]
    return isinstance(part, dict)


MINIMAL = '{"format": "toxwatch-case/1", "patient": {"id": "a"}, "vitals": [%s]}'
REFUSED = {
    "a duplicate key": MINIMAL
    % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": 39.0, "temperature_c": 36.0}',
    "a duplicate section": '{"format": "toxwatch-case/1", "patient": {"id": "a"}, "vitals": [], '
    '"vitals": []}',
    "NaN": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": NaN}',
    "Infinity": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": Infinity}',
    "a number too large": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": 1e999}',
    "a time without an offset": MINIMAL % '{"taken_at": "2026-03-01T10:00:00"}',
    "a date for a time": MINIMAL % '{"taken_at": "2026-03-01"}',
    "epoch text": MINIMAL % '{"taken_at": "1761355800"}',
    "an epoch number": MINIMAL % '{"taken_at": 1761355800}',
    "a number as text": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": "38.5"}',
    "a truth as text": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "hypotensive": "yes"}',
    "a truth as number": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "hypotensive": 1}',
    "degrees Fahrenheit": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temperature_c": 101.3}',
    "an unknown key": MINIMAL % '{"taken_at": "2026-03-01T10:00:00Z", "temprature_c": 38.5}',
    "an unknown drug": MINIMAL
    % '{"taken_at": "2026-03-01T10:00:00Z", "vasopressors": [{"drug": "levophed"}]}',
    "another format": '{"format": "toxwatch-case/2", "patient": {"id": "a"}}',
    "no format": '{"patient": {"id": "a"}}',
    "no patient": '{"format": "toxwatch-case/1"}',
    "a list": "[]",
    "nothing": "",
    "half a file": '{"format": "toxwatch-case/1", "patient": {"id": "a"',
    "very deep nesting": '{"format": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "a lone surrogate": '{"format": "toxwatch-case/1", "patient": {"id": "\\ud800"}}',
    "a huge whole number": MINIMAL
    % ('{"taken_at": "2026-03-01T10:00:00Z", "heart_rate_bpm": ' + "9" * 5000 + "}"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_strict_reading_refuses(fault: str) -> None:
    with pytest.raises(toxmodels.CaseError) as caught:
        toxmodels.load_case(REFUSED[fault])
    assert caught.value.faults
    assert all(one.says for one in caught.value.faults)
