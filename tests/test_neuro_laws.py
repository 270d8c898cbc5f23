"""
The laws on the neurological scales beside ASTCT, tried on random exams.

Filling one gap only narrows, worsening one sign never lowers a bound, the order of entry never
matters, an open grade names what is missing, and nothing raises.
"""

from __future__ import annotations

import copy
import json
import random
from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.oracle.build import NOW, case
from tests.oracle.profiles import PROFILE
from tests.toxmodels.any_case import CASES
from tests.toxmodels.scales_beside.neuro_patients import NEURO
from toxmodels import load_case
from toxmodels.evidence import Evidence
from toxmodels.scales import BESIDE
from toxmodels.scales.cartox_ten import allowed_by_ice
from toxmodels.scored_exams import Ice

Json = dict[str, Any]
BRIEF = {"kind": "focal", "duration_min": 1.0, "resolved": True}
WAKING = ("alert", "drowsy", "voice", "tactile", "unarousable")
# What each field may hold, mildest first: a later entry is never milder.
LADDERS: dict[str, list[Any]] = {
    "cartox10_total": [10, 8, 5, 1],
    "ice": [{"total": total} for total in (10, 9, 8, 6, 3, 1)],
    "capd": [{"total": total} for total in (0, 4, 8, 9, 20)],
    "consciousness": [*WAKING],
    "seizure": [{"kind": "none"}, BRIEF, {**BRIEF, "duration_min": 9.0}],
    "motor_weakness": ["none", "mild", "deep_focal"],
    "raised_icp": [[], ["cushing_triad"], ["cushing_triad", "papilloedema"]],
    "cerebral_oedema": ["none", "haemorrhage_related", "focal"],
    "papilloedema_stage": [0, 1, 2, 3, 5],
    "csf_opening_pressure_mmhg": [8.0, 19.9, 20.0, 31.0],
    "new_confusion": [False, True],
    "other_signs": [[], ["tremor"], ["tremor", "hallucination"]],
}
# Imaging is only asked for where there is a reason; a fundus or a puncture only where suspected;
# a seizure that a fuller exam clears is a rule of time.
ONLY_ADD = ("cerebral_oedema", "papilloedema_stage", "csf_opening_pressure_mmhg")
EXAMS = st.fixed_dictionaries(
    {name: st.sampled_from([None, None, *ladder]) for name, ladder in LADDERS.items()}
)
PATIENTS = st.fixed_dictionaries(
    {"id": st.just("law"), "age_years": st.sampled_from([None, 5.0, 41.0])},
    optional={"conditions": st.sampled_from([[], ["epilepsy"]])},
)
GRADED = st.lists(
    st.fixed_dictionaries(
        {
            "graded_at": st.sampled_from([0.0, 2.0, 9.0]).map(
                lambda hours: (NOW - timedelta(hours=hours)).isoformat()
            ),
            "scale": st.sampled_from(["ctcae-5.0", "ctcae-6.0", "ctcae-4.03", "ctcae"]),
            "term": st.sampled_from(["tremor", "seizure", "neurotoxicity", "icans", "dizziness"]),
            "grade": st.integers(0, 4),
        }
    ),
    max_size=2,
)


def built(patient: Json, exams: list[Json], gradings: list[Json]) -> Json:
    timed = [
        {"taken_at": (NOW - timedelta(hours=3 * place)).isoformat(), **one}
        for place, one in enumerate(exams)
    ]
    return case(patient=patient, neuro=timed, gradings=gradings)


def _agree(exam: Json) -> bool:
    """Two scores of one exam that contradict each other on the tasks they share are an error."""
    if exam["ice"] is None or exam["cartox10_total"] is None:
        return True
    low, high = allowed_by_ice(Ice(**exam["ice"]), ())
    return low <= exam["cartox10_total"] <= high


def spans(whole: Json) -> dict[str, tuple[int, int]]:
    evidence = Evidence(load_case(json.dumps(whole)), NOW)
    found = {}
    for id_ in NEURO:
        grade = BESIDE[id_].grade(evidence)
        assert 0 <= grade.at_least <= grade.at_most <= 5
        assert grade.complete or grade.missing, f"{id_} is open and names nothing missing"
        assert grade.at_least == 0 or any(one.decides for one in grade.findings)
        found[id_] = (grade.at_least, grade.at_most)
    return found


@PROFILE
@given(patient=PATIENTS, exam=EXAMS, gradings=GRADED, data=st.data())
def test_filling_one_gap_only_narrows(patient, exam, gradings, data):
    empty = [name for name, value in exam.items() if value is None and name not in ONLY_ADD]
    assume(empty)
    name = data.draw(st.sampled_from(empty), label="gap")
    value = data.draw(st.sampled_from(LADDERS[name]), label="value")
    assume(_agree({**exam, name: value}))
    before = spans(built(patient, [exam], gradings))
    after = spans(built(patient, [{**exam, name: value}], gradings))
    newer = [one for one in gradings if one["graded_at"] != NOW.isoformat()]
    assume(not newer)  # what comes after a grade may no longer fit it, and then replaces it
    for id_, (low, high) in before.items():
        assert low <= after[id_][0] <= after[id_][1] <= high, (id_, name)


@PROFILE
@given(patient=PATIENTS, exams=st.lists(EXAMS, min_size=1, max_size=2), gradings=GRADED,
       data=st.data())  # fmt: skip
def test_worsening_one_sign_never_lowers_a_bound(patient, exams, gradings, data):
    place = data.draw(st.integers(0, len(exams) - 1), label="exam")
    can = [
        name
        for name, ladder in LADDERS.items()
        if exams[place][name] is not None and exams[place][name] != ladder[-1]
    ]
    assume(can)
    name = data.draw(st.sampled_from(can), label="sign")
    steps = LADDERS[name]
    worse = data.draw(st.sampled_from(steps[steps.index(exams[place][name]) + 1 :]), label="worse")
    changed = copy.deepcopy(exams)
    changed[place][name] = worse
    before, after = (spans(built(patient, one, gradings)) for one in (exams, changed))
    for id_, (low, high) in before.items():
        assert after[id_][0] >= low, (id_, name)
        assert after[id_][1] >= high, (id_, name)


@PROFILE
@given(patient=PATIENTS, exams=st.lists(EXAMS, max_size=3), gradings=GRADED,
       twin=st.booleans(), seed=st.integers(0, 99))  # fmt: skip
def test_the_order_of_entry_never_matters(patient, exams, gradings, twin, seed):
    whole = built(patient, exams, gradings)
    if twin and len(exams) > 1:
        whole["neuro"][1]["taken_at"] = whole["neuro"][0]["taken_at"]
    shuffled = copy.deepcopy(whole)
    dice = random.Random(seed)
    dice.shuffle(shuffled["neuro"])
    dice.shuffle(shuffled["gradings"])
    one, other = (Evidence(load_case(json.dumps(part)), NOW) for part in (whole, shuffled))
    for id_ in NEURO:
        assert BESIDE[id_].grade(one) == BESIDE[id_].grade(other), id_


@PROFILE
@given(case=CASES, hours=st.integers(0, 7000))
def test_any_case_a_file_can_hold_is_graded(case, hours):
    at = NOW.replace(month=1, day=1) + timedelta(hours=hours)
    for id_ in NEURO:
        grade = BESIDE[id_].grade(Evidence(case, at))
        assert 0 <= grade.at_least <= grade.at_most <= 5
        assert grade.complete or grade.missing
