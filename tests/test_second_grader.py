"""
The whole grid of threshold classes, graded twice: by the product and by the second grader.

Every cell is one case file. Both bounds must be equal: an interval that is too wide fails too.
The full ICANS product takes minutes and runs with TOXWATCH_LONG=1; every day runs its blocks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import pytest

import toxmodels
from tests.figures import told
from tests.oracle.build import CONTEXTS, NOW, case, exam, in_context, vitals
from tests.oracle.course import CRS, ICANS, grades

Json = dict[str, Any]
LONG = os.environ.get("TOXWATCH_LONG") == "1"
SHOWN = 12

# --- CRS: 4 x 3 x 7 x 17 x 2 x 4 = 11,424 cells --------------------------------------------------
TEMPERATURES = (None, 37.9, 38.0, 39.0)
HYPOTENSIVE = (None, False, True)
PRESSORS: tuple[tuple[str, ...] | None, ...] = (
    None,
    (),
    ("vasopressin",),
    ("norepinephrine",),
    ("norepinephrine", "vasopressin"),
    ("norepinephrine", "epinephrine"),
    ("dobutamine",),
)
OXYGEN: tuple[Json | None, ...] = (
    None,
    {"device": "room_air"},
    {"device": "nasal_cannula"},
    {"device": "nasal_cannula", "flow_l_min": 6.0},
    {"device": "nasal_cannula", "flow_l_min": 6.1},
    {"device": "blow_by", "flow_l_min": 5.0},
    {"device": "simple_mask", "flow_l_min": 5.0},
    {"device": "venturi", "flow_l_min": 4.0},
    {"device": "non_rebreather", "flow_l_min": 15.0},
    {"device": "high_flow_nasal_cannula"},
    {"device": "high_flow_nasal_cannula", "flow_l_min": 6.0},
    {"device": "high_flow_nasal_cannula", "flow_l_min": 7.0},
    {"device": "cpap"},
    {"device": "bipap"},
    {"device": "ventilator"},
    {"device": "tracheostomy_mask", "flow_l_min": 5.0},
    {"device": "ecmo"},
)
HYPOXIC = (None, True)

# --- ICANS ---------------------------------------------------------------------------------------
SOME_ITEMS = {"year": 1, "month": 1, "city": 1, "naming": 3, "command": 1, "attention": 1}
FEW_ITEMS = {"year": 1, "month": 0, "city": 0, "hospital": 0, "naming": 1, "command": 0}
ICE: tuple[Json | None, ...] = (
    None,
    *({"total": total} for total in (10, 9, 7, 6, 3, 2, 0)),
    SOME_ITEMS,  # 8 to 10
    FEW_ITEMS,  # 2 to 4
)
CAPD: tuple[Json | None, ...] = (
    None,
    *({"total": total} for total in (0, 1, 8, 9, 32)),
    {"items": [0, 0, 0, 0, 0, 0, 0, None]},  # 0 to 4
    {"items": [1, 1, 1, 1, 1, 0, 0, None]},  # 5 to 9
    {"items": [4, 4, 1, 0, 0, 0, 0, None]},  # 9 at least
)
CONSCIOUSNESS = (None, "alert", "drowsy", "voice", "tactile", "unarousable")
SHORT = {"kind": "generalised", "duration_min": 1.0, "resolved": True}
SEIZURES: tuple[Json | None, ...] = (
    None,
    {"kind": "none"},
    SHORT,
    {**SHORT, "duration_min": 5.0},
    {**SHORT, "duration_min": 5.1},
    {"kind": "focal", "resolved": True},
    {**SHORT, "repetitive_without_recovery": True},
    {**SHORT, "resolved": False},
    {**SHORT, "resolved": None},
    {**SHORT, "count": 2},
    {**SHORT, "count": 2, "repetitive_without_recovery": False},
    {"kind": "nonconvulsive_eeg", "duration_min": 4.0, "resolved": True},
)
MOTOR = (None, "none", "mild", "deep_focal")
ICP: tuple[tuple[str, ...] | None, ...] = (None, (), ("papilloedema",))
OEDEMA = (None, "none", "focal", "diffuse", "haemorrhage_related")
UNABLE: tuple[Any, ...] = (None, "sedated", "asleep", "intubated", "refused", ["sedated", "other"])
PATIENTS: dict[str, Json] = {
    "adult": {"id": "grid-adult", "age_years": 41.0},
    "child": {"id": "grid-child", "age_years": 6.0},
    "age unknown": {"id": "grid-ageless"},
}


def disagreements(cells: Iterable[Json], scale: str) -> tuple[int, list[str]]:
    """How many cells were graded, and what differs."""
    counted, wrong = 0, []
    for cell in cells:
        counted += 1
        graded = toxmodels.assess(toxmodels.load_case(json.dumps(cell)), at=NOW).grades[scale]
        got, expected = (graded.at_least, graded.at_most), grades(cell, NOW)[scale]
        if got != expected:
            section = "vitals" if scale == CRS else "neuro"
            wrong.append(f"expected {expected}, got {got}: {json.dumps(cell[section][-1])}")
    return counted, wrong


def crs_cells(context: str) -> Iterator[Json]:
    cells = product(TEMPERATURES, HYPOTENSIVE, PRESSORS, OXYGEN, HYPOXIC)
    for temperature_c, hypotensive, drugs, oxygen, hypoxic in cells:
        pressors = None if drugs is None else [{"drug": drug} for drug in drugs]
        now = vitals(
            NOW,
            temperature_c=temperature_c,
            hypotensive=hypotensive,
            vasopressors=pressors,
            oxygen=oxygen,
            hypoxic=hypoxic,
        )
        yield in_context(context, now)


@pytest.mark.parametrize("context", CONTEXTS)
def test_crs_agrees_on_every_cell(context: str) -> None:
    counted, wrong = disagreements(crs_cells(context), CRS)
    print(told("P-06", n=counted, bad=len(wrong), scale=CRS, cells=f"every-{context}"))
    assert counted == 2856
    assert not wrong, f"{len(wrong)} of {counted} cells:\n" + "\n".join(wrong[:SHOWN])


def neuro_case(patient: Json, fields: Json) -> Json:
    scored = "capd" if patient.get("age_years", 99.0) < 12 else "ice"
    changed = {"ice": None, "capd": None, scored: {"total": 10 if scored == "ice" else 0}}
    return case(patient=patient, neuro=[exam(NOW, **{**changed, **fields})])


def scored_exams(branch: str) -> Iterator[Json]:
    """Whatever the branch asks for; with no age, both or either."""
    if branch == "adult":
        yield from ({"ice": ice, "capd": None} for ice in ICE)
    elif branch == "child":
        yield from ({"capd": capd, "ice": None} for capd in CAPD)
    else:
        few = product((None, ICE[1], ICE[4], SOME_ITEMS), (None, CAPD[1], CAPD[3], CAPD[4]))
        yield from ({"ice": ice, "capd": capd} for ice, capd in few)


def blocks(branch: str) -> Iterator[Json]:
    """The score with consciousness and inability; the other signs among themselves."""
    for scored, awake, unable in product(scored_exams(branch), CONSCIOUSNESS, UNABLE):
        yield {**scored, "consciousness": awake, "unable": unable}
        yield {**scored, "consciousness": awake, "unable": unable, "cerebral_oedema": None}
    for scored, awake, seizure in product(scored_exams(branch), CONSCIOUSNESS, SEIZURES):
        yield {**scored, "consciousness": awake, "seizure": seizure}
    for seizure, motor, icp, oedema in product(SEIZURES, MOTOR, ICP, OEDEMA):
        yield _signs(seizure, motor, icp, oedema)
        yield {**_signs(seizure, motor, icp, oedema), "consciousness": "voice"}


def _signs(seizure: Any, motor: Any, icp: Any, oedema: Any) -> Json:
    return {
        "seizure": seizure,
        "motor_weakness": motor,
        "raised_icp": icp,
        "cerebral_oedema": oedema,
    }


def full_product(branch: str) -> Iterator[Json]:
    signs = [_signs(*cell) for cell in product(SEIZURES[:7], MOTOR, ICP, OEDEMA)]
    for scored, awake, unable in product(scored_exams(branch), CONSCIOUSNESS, UNABLE[:4]):
        for cell in signs:
            yield {**scored, **cell, "consciousness": awake, "unable": unable}


@pytest.mark.parametrize("branch", PATIENTS)
def test_icans_agrees_blockwise(branch: str) -> None:
    cells = (neuro_case(PATIENTS[branch], fields) for fields in blocks(branch))
    counted, wrong = disagreements(cells, ICANS)
    print(told("P-06", n=counted, bad=len(wrong), scale=ICANS, cells=f"blocks-{branch}"))
    assert counted >= 2000
    assert not wrong, f"{len(wrong)} of {counted} cells:\n" + "\n".join(wrong[:SHOWN])


@pytest.mark.nightly
@pytest.mark.skipif(not LONG, reason="about 250,000 cells: set TOXWATCH_LONG=1")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("branch", ["adult", "child"])
def test_icans_agrees_on_every_cell(branch: str) -> None:
    cells = (neuro_case(PATIENTS[branch], fields) for fields in full_product(branch))
    counted, wrong = disagreements(cells, ICANS)
    print(told("P-06", n=counted, bad=len(wrong), scale=ICANS, cells=f"every-{branch}"))
    assert counted >= 90_000
    assert not wrong, f"{len(wrong)} of {counted} cells:\n" + "\n".join(wrong[:SHOWN])
