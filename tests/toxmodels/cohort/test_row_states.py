"""Every row state, exhaustively, against the scalar grader: no table entry may be off by one."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import polars as pl
import pytest

from tests.oracle.profiles import NIGHTLY
from tests.toxmodels.cohort.rows import SCHEMA
from tests.toxmodels.cohort.scalar import said
from toxmodels import cohort as cohorts
from toxmodels.moment import Chart, Moment, Reading, Waiver
from toxmodels.records import Case, NeuroExam, Oxygen, Patient, Seizure, Vasopressor
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scored_exams import Capd, Ice

AT = datetime(2026, 3, 1, tzinfo=UTC)
OPEN_WAIVER = Waiver(certain=False, possible=True)
Row = dict[str, Any]

TEMPERATURES = (None, float("nan"), 37.9, 38.0)
TRUTH = (None, False, True)
PRESSORS = (None, "none", "dobutamine", "vasopressin", "norepinephrine+terlipressin",
            "norepinephrine+epinephrine")  # fmt: skip
DEVICES = (None, "room_air", "nasal_cannula", "high_flow_nasal_cannula", "blow_by", "venturi",
           "tracheostomy_mask", "bipap", "ecmo")  # fmt: skip
FLOWS = (None, 6.0, 6.1)
REASONS = (None, "hypoxia", "procedure", "baseline")


def moment_of(patient: Patient, exam: NeuroExam | None = None, **values: Any) -> Moment:
    case = Case(format="toxwatch-case/1", patient=patient, neuro=None if exam is None else (exam,))
    readings = {n: None if v is None else Reading(v, AT, False) for n, v in values.items()}
    return replace(Chart(case).moment(AT), **readings)


def graded(rows: list[Row]) -> pl.DataFrame:
    schema = {name: SCHEMA[name] for name in {name for row in rows for name in row}}
    frame = pl.DataFrame(rows, schema=schema)
    named = frame.with_columns(
        patient_id=pl.int_range(pl.len()), taken_at=pl.lit(AT).cast(pl.Datetime("us", "UTC"))
    )
    return cohorts.grade(named, history="none")


def compare(rows: list[Row], expected: list[tuple[Any, ...]], scale: str) -> None:
    parts = [f"{scale}_{part}" for part in ("at_least", "at_most", "decided_by", "missing")]
    found = graded(rows).select(parts).rows()
    wrong = [
        (row, want, got)
        for row, want, got in zip(rows, expected, found, strict=True)
        if want != got
    ]
    assert not wrong, f"{len(wrong)} of {len(rows)}: {wrong[:3]}"


@pytest.mark.timeout(600)
def test_crs() -> None:
    patient = Patient(id="grid")
    rows, expected = [], []
    states = product(TEMPERATURES, TRUTH, PRESSORS, TRUTH, DEVICES, FLOWS, REASONS, TRUTH)
    for heat, low, drugs, bolus, device, flow, reason, judged in states:
        if flow == FLOWS[1] and device not in (None, "nasal_cannula", "high_flow_nasal_cannula"):
            continue
        rows.append(
            {
                "temperature_c": heat, "hypotensive": low, "vasopressors": drugs,
                "fluid_for_hypotension": bolus, "oxygen_device": device,
                "oxygen_flow_l_min": flow, "oxygen_reason": reason, "hypoxic": judged,
            }
        )  # fmt: skip
        oxygen = None
        if (device, flow, reason) != (None, None, None):
            oxygen = Oxygen(device=device, flow_l_min=flow, reason=reason)
        agents = None
        if drugs is not None:
            names = () if drugs == "none" else drugs.split("+")
            agents = tuple(Vasopressor(drug=name) for name in names)
        known = None if heat is None or math.isnan(heat) else heat
        now = moment_of_grid(patient, (known, low, agents, bolus, oxygen, judged))
        expected.append(said(astct_crs.grade(now, OPEN_WAIVER)))
    assert len(rows) > 50_000
    compare(rows, expected, "crs")


BLANK: dict[str, Moment] = {}


def moment_of_grid(patient: Patient, values: tuple[Any, ...]) -> Moment:
    heat, low, agents, bolus, oxygen, judged = values
    blank = BLANK.setdefault(patient.id, moment_of(patient))

    def read(value: Any) -> Reading | None:
        return None if value is None else Reading(value, AT, False)

    return replace(
        blank, temperature_c=read(heat), hypotensive=read(low), vasopressors=read(agents),
        fluid_for_hypotension=read(bolus), oxygen=read(oxygen), hypoxic=read(judged),
    )  # fmt: skip


ICES = (None, *((total, total) for total in range(11)), (8, 10), (2, 4), (0, 10), (0, 1), (6, 7))
CAPDS = (None, (0, 0), (1, 1), (8, 8), (9, 9), (0, 4), (5, 9), (9, 13), (0, 32))
AWAKE = (None, "alert", "drowsy", "voice", "tactile", "unarousable")
UNABLE = (None, "none", "sedated", "asleep")
SHORT = {"seizure_kind": "focal", "seizure_duration_min": 1.0, "seizure_resolved": True}
SEIZURES: tuple[Row, ...] = (
    {}, {"seizure_kind": "none"}, SHORT, {**SHORT, "seizure_duration_min": 5.1},
    {**SHORT, "seizure_resolved": False}, {**SHORT, "seizure_count": 2},
    {**SHORT, "seizure_repetitive": True}, {"seizure_kind": "nonconvulsive_eeg"},
)  # fmt: skip
MOTOR = (None, "none", "mild", "deep_focal")
ICP = (None, "none", "papilloedema")
OEDEMA = (None, "none", "focal", "diffuse", "haemorrhage_related")
PEOPLE = (Patient(id="adult", age_years=41.0), Patient(id="child", age_years=6.0), Patient(id="?"))


def ice_of(bounds: tuple[int, int]) -> Ice:
    low, high = bounds
    if low == high:
        return Ice(total=low)
    left, scored, items = high - low, low, {}
    names = ("naming", "year", "month", "city", "hospital", "command", "writing", "attention")
    for name in names:
        points = 3 if name == "naming" else 1
        if points <= left:
            left -= points
        else:
            items[name] = min(points, scored)
            scored -= items[name]
    return Ice(**items)


def capd_of(bounds: tuple[int, int]) -> Capd:
    low, high = bounds
    if low == high:
        return Capd(total=low)
    items: list[int | None] = [None] * ((high - low) // 4)
    while len(items) < 8:
        items.append(min(4, low))
        low -= items[-1] or 0
    return Capd(items=tuple(items))


def icans_states() -> list[tuple[Any, ...]]:
    exams = list(product(PEOPLE, ICES, CAPDS, AWAKE, UNABLE))
    others = list(product(AWAKE, UNABLE, SEIZURES, MOTOR, ICP, OEDEMA))
    found = [
        (person, ice, capd, awake, unable, {"seizure_kind": "none"}, "none", "none", None)
        for person, ice, capd, awake, unable in exams
    ]
    found += [(PEOPLE[0], (10, 10), None, *one) for one in others]
    dice = random.Random(7)
    for _ in range(200_000 if NIGHTLY else 6_000):
        found.append((*dice.choice(exams)[:3], *dice.choice(others)))
    return found


@pytest.mark.nightly
@pytest.mark.timeout(1200)
def test_icans() -> None:
    rows, expected = [], []
    for person, ice, capd, awake, unable, fit, motor, icp, scan in icans_states():
        rows.append(
            {
                "age_years": person.age_years, "consciousness": awake, "unable": unable,
                "ice_low": None if ice is None else ice[0],
                "ice_high": None if ice is None else ice[1],
                "capd_low": None if capd is None else capd[0],
                "capd_high": None if capd is None else capd[1],
                "motor_weakness": motor, "raised_icp": icp, "cerebral_oedema": scan, **fit,
            }
        )  # fmt: skip
        names = {"seizure_repetitive": "repetitive_without_recovery"}
        told = {names.get(k, k.removeprefix("seizure_")): v for k, v in fit.items()}
        exam = NeuroExam(
            taken_at=AT,
            ice=None if ice is None else ice_of(ice),
            capd=None if capd is None else capd_of(capd),
            consciousness=awake,
            unable=None if unable in (None, "none") else unable,
            seizure=Seizure(**told) if told else None,
            motor_weakness=motor,
            raised_icp=None if icp is None else () if icp == "none" else (icp,),
            cerebral_oedema=scan,
        )
        expected.append(said(astct_icans.grade(moment_of(person, exam), OPEN_WAIVER)))
    assert len(rows) > 15_000
    compare(rows, expected, "icans")


def test_support_against_the_usual_one() -> None:
    rows, expected = [], []
    for device, flow, usual, before, judged in product(
        DEVICES, FLOWS, DEVICES, (None, 2.0, 6.0), TRUTH
    ):
        rows.append(
            {
                "temperature_c": 39.0, "hypotensive": False, "vasopressors": "none",
                "oxygen_device": device, "oxygen_flow_l_min": flow, "oxygen_reason": "baseline",
                "hypoxic": judged, "baseline_oxygen_device": usual,
                "baseline_oxygen_flow_l_min": before,
            }
        )  # fmt: skip
        known = (
            None if usual is None and before is None else Oxygen(device=usual, flow_l_min=before)
        )
        now = moment_of(
            Patient(id="usual", baseline_oxygen=known), temperature_c=39.0, hypotensive=False,
            vasopressors=(), oxygen=Oxygen(device=device, flow_l_min=flow, reason="baseline"),
            hypoxic=judged,
        )  # fmt: skip
        expected.append(said(astct_crs.grade(now, OPEN_WAIVER)))
    compare(rows, expected, "crs")


def test_a_day_is_a_day() -> None:
    """Gaps of 1439, 1440 and 1441 minutes after the last sign: only the last two end an episode."""
    for minutes, status in ((1439, "open"), (1440, "resolved"), (1441, "resolved")):
        calm = {"hypotensive": False, "vasopressors": "none", "oxygen_device": "room_air"}
        rows = [
            {"patient_id": "a", "taken_at": AT, "temperature_c": 38.0, **calm},
            {
                "patient_id": "a",
                "taken_at": AT + timedelta(minutes=minutes),
                "temperature_c": 37.0,
                **calm,
            },
        ]
        frame = pl.DataFrame(rows).with_columns(treatments_recorded=pl.lit(True))
        assert cohorts.grade(frame)["crs_status"].to_list() == ["open", status]
