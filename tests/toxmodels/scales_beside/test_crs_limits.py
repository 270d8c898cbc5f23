"""Every limit of the scales of CRS, below, on and above; what is open, and what closes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.build import ABSENT, NOW, dose
from tests.toxmodels.scales_beside.crs_patients import (
    CRS_SCALES,
    ago,
    at_hour,
    graded,
    grading,
    interval,
    labs,
    patient,
    span,
)

Json = dict[str, Any]
LEE, PENN, MSKCC, CARTOX = "lee-2014", "penn-2018", "mskcc-2018", "cartox-crs-2018"
V4, V5, V6, CN = "ctcae-crs-4.03", "ctcae-crs-5.0", "ctcae-crs-6.0", "cn-bnhl-crs-2022"
BY_FIO2 = (LEE, MSKCC, CARTOX, V5)


def oxygen(device: str, **more: Any) -> Json:
    return {"oxygen": {"device": device, **more}}


def pressor(drug: str, **rate: Any) -> Json:
    return {"vasopressors": [{"drug": drug, **rate}]}


def since(hours: float, now: Json, every: float = 4.0) -> list[Json]:
    """No support until ``hours`` ago, then the same support up to now."""
    times = [hours - every * step for step in range(1, int(hours / every) + 1)]
    sets = [{"h": h, "temperature_c": 38.6, **now} for h in (hours, *times, 0.0)]
    return at_hour([{"h": hours + 0.5, "temperature_c": 38.6}, *sets])


# scale, what is recorded now, expected; the set before it (an hour ago) is without support
NOW_ROWS: list[tuple[str, str, Json, str]] = [
    # FiO2: below, on and above 40 % (4.1, 4.3, 4.4, 4.5)
    *(
        (scale, f"FiO2 {fio2} by {device}", oxygen(device, fio2=fio2), grade)
        for scale in BY_FIO2
        for device in ("nasal_cannula", "venturi", "high_flow_nasal_cannula", "tracheostomy_mask")
        for fio2, grade in ((0.39, "2"), (0.40, "3"), (0.41, "3"))
    ),
    *((scale, "room air is known", oxygen("room_air"), "1") for scale in CRS_SCALES[:-1]),
    *(
        (scale, "no FiO2, whatever the flow", oxygen("simple_mask", flow_l_min=10.0), "2-3")
        for scale in BY_FIO2
    ),
    *((scale, "ECMO is read as a ventilator", oxygen("ecmo"), "4") for scale in CRS_SCALES),
    (LEE, "CPAP below 40 %", oxygen("cpap", fio2=0.39), "2"),
    (LEE, "CPAP without FiO2", oxygen("cpap"), "2-3"),
    (LEE, "BiPAP below 40 %", oxygen("bipap", fio2=0.30), "2-4"),
    (MSKCC, "BiPAP without FiO2", oxygen("bipap"), "2-4"),
    # Penn: any oxygen (4.2)
    (PENN, "blow-by is oxygen", oxygen("blow_by"), "3"),
    (PENN, "high flow", oxygen("high_flow_nasal_cannula", flow_l_min=60.0), "3"),
    (PENN, "CPAP", oxygen("cpap"), "3"),
    (PENN, "BiPAP", oxygen("bipap"), "3"),
    (PENN, "mechanical ventilation", oxygen("ventilator"), "4"),
    # CTCAE 4.03, 5.0 and 6.0 (4.3, 4.8)
    (V4, "CPAP is ventilatory support", oxygen("cpap", fio2=0.3), "4"),
    (V4, "oxygen without pressure", oxygen("nasal_cannula", flow_l_min=2.0), "2-3"),
    (V5, "CPAP", oxygen("cpap", fio2=0.3), "4"),
    (V5, "BiPAP", oxygen("bipap"), "4"),
    (V6, "CPAP", oxygen("cpap"), "4"),
    (V6, "cannula at 6 L/min", oxygen("nasal_cannula", flow_l_min=6.0), "2"),
    (V6, "cannula at 6.1 L/min", oxygen("nasal_cannula", flow_l_min=6.1), "3"),
    (V6, "cannula without its flow", oxygen("nasal_cannula"), "2-3"),
    (V6, "blow-by", oxygen("blow_by"), "2"),
    (V6, "high-flow device at a low flow", oxygen("high_flow_nasal_cannula", flow_l_min=4.0), "3"),
    (V6, "simple mask", oxygen("simple_mask", flow_l_min=5.0), "3"),
    (V6, "Venturi", oxygen("venturi", fio2=0.28), "3"),
    (V6, "non-rebreather", oxygen("non_rebreather"), "3"),
    # Penn doses per kg, in 70 kg (4.2)
    (PENN, "norepinephrine below 0.2", pressor("norepinephrine", rate_ug_kg_min=0.19), "3"),
    (PENN, "norepinephrine at 0.2", pressor("norepinephrine", rate_ug_kg_min=0.2), "4"),
    (PENN, "norepinephrine at 14 µg/min", pressor("norepinephrine", rate_ug_min=14.0), "4"),
    (PENN, "norepinephrine at 13.9 µg/min", pressor("norepinephrine", rate_ug_min=13.9), "3"),
    (PENN, "norepinephrine above 0.2", pressor("norepinephrine", rate_ug_kg_min=0.21), "4"),
    (PENN, "epinephrine below 0.1", pressor("epinephrine", rate_ug_kg_min=0.09), "3"),
    (PENN, "epinephrine at 0.1", pressor("epinephrine", rate_ug_kg_min=0.1), "4"),
    (PENN, "norepinephrine without a rate", pressor("norepinephrine"), "3-4"),
    (PENN, "no limit for dopamine", pressor("dopamine", rate_ug_kg_min=20.0), "3-4"),
    (PENN, "no limit for vasopressin", pressor("vasopressin"), "3-4"),
    (
        PENN,
        "one of two is high by itself",
        {
            "vasopressors": [
                {"drug": "norepinephrine", "rate_ug_kg_min": 0.2},
                {"drug": "dopamine", "rate_ug_kg_min": 2.0},
            ]
        },
        "4",
    ),
    # Lee and CARTOX, just begun (4.1, 4.5)
    (LEE, "high but an hour old", pressor("norepinephrine", rate_ug_min=40.0), "2"),
    (LEE, "without a rate, an hour old", pressor("norepinephrine"), "2"),
    (LEE, "vasopressin alone", pressor("vasopressin", rate_units_min=0.04), "2"),
    (LEE, "no limit for metaraminol", pressor("metaraminol", rate_ug_min=50.0), "2-3"),
    (CARTOX, "low dose", pressor("norepinephrine", rate_ug_min=19.9), "2"),
    (CARTOX, "high but an hour old", pressor("norepinephrine", rate_ug_min=20.0), "2-3"),
    (CARTOX, "without a rate", pressor("norepinephrine"), "2-3"),
    (CARTOX, "no limit for metaraminol", pressor("metaraminol"), "2-3"),
    (CARTOX, "vasopressin alone", pressor("vasopressin"), "2"),
    (
        CARTOX,
        "low dose and hypotensive",
        {"hypotensive": True, **pressor("norepinephrine", rate_ug_min=5.0)},
        "2",
    ),
    (
        CARTOX,
        "no rate, hypotension not judged",
        {"hypotensive": None, **pressor("norepinephrine")},
        "2-4",
    ),
    # MSKCC, just begun (4.4)
    (MSKCC, "vasopressin is a vasopressor", pressor("vasopressin"), "2"),
    (MSKCC, "hypotensive, no rate", {"hypotensive": True, **pressor("norepinephrine")}, "2-4"),
    (
        MSKCC,
        "hypotensive on a low dose",
        {"hypotensive": True, **pressor("norepinephrine", rate_ug_min=5.0)},
        "2",
    ),
    (
        MSKCC,
        "high dose, not judged",
        {"hypotensive": None, **pressor("norepinephrine", rate_ug_min=25.0)},
        "2-4",
    ),
    # any vasopressor (4.3)
    (V4, "vasopressin alone", pressor("vasopressin"), "4"),
    (V4, "without a rate", pressor("norepinephrine"), "4"),
    (V5, "vasopressin alone", pressor("vasopressin"), "3"),
    (V6, "one", pressor("dopamine"), "3"),
    # inotropes, and what is no vasopressor (0.14)
    *(
        (scale, "an inotrope is not counted", pressor("dobutamine"), "1")
        for scale in CRS_SCALES[:-1]
    ),
    # hypotension without a vasopressor
    (LEE, "hypotensive", {"hypotensive": True}, "2"),
    (PENN, "hypotensive", {"hypotensive": True}, "3"),
    (MSKCC, "hypotensive", {"hypotensive": True}, "1"),
    (CARTOX, "hypotensive", {"hypotensive": True}, "2"),
    (V4, "hypotensive: prompt response is open", {"hypotensive": True}, "2-3"),
    (
        V4,
        "fluid given, not judged since",
        {"hypotensive": None, "fluid_for_hypotension": True},
        "2-3",
    ),
    (V5, "hypotensive", {"hypotensive": True}, "2"),
    (V6, "hypotensive", {"hypotensive": True}, "2"),
    (CN, "hypotensive", {"hypotensive": True}, "2-4"),
    # what nobody recorded
    (LEE, "vasopressors", {"vasopressors": None}, "1-3"),
    (LEE, "vasopressors, and hypotensive", {"vasopressors": None, "hypotensive": True}, "2-3"),
    (PENN, "vasopressors", {"vasopressors": None}, "1-4"),
    (MSKCC, "vasopressors", {"vasopressors": None}, "1-4"),
    (V4, "hypotension", {"hypotensive": None}, "1-3"),
    (V5, "hypotension", {"hypotensive": None}, "1-2"),
    (MSKCC, "hypotension", {"hypotensive": None}, "1"),
    (PENN, "hypotension", {"hypotensive": None}, "1-3"),
    *((scale, "oxygen", {"oxygen": None}, "1-4") for scale in CRS_SCALES),
    (LEE, "oxygen, judged hypoxic", {"oxygen": None, "hypoxic": True}, "2-4"),
    (PENN, "oxygen, judged hypoxic", {"oxygen": None, "hypoxic": True}, "3-4"),
    *((scale, "the device", {"oxygen": {"flow_l_min": 2.0}}, "1-4") for scale in CRS_SCALES),
    *((scale, "hypoxic, no oxygen yet", {"hypoxic": True}, "2") for scale in (LEE, MSKCC, V4, V5)),
    (PENN, "hypoxic, no oxygen yet", {"hypoxic": True}, "3"),
    (LEE, "temperature", {"temperature_c": None}, "0-1"),
    (PENN, "temperature", {"temperature_c": None}, "0-1"),
    # attribution to another cause (0.4)
    (LEE, "fever attributed", {"other_cause": ["fever"]}, "0"),
    (PENN, "fever attributed", {"other_cause": ["fever"]}, "0"),
    (V5, "pressor attributed", {**pressor("norepinephrine"), "other_cause": ["hypotension"]}, "1"),
    (V4, "hypotension attributed", {"hypotensive": True, "other_cause": ["hypotension"]}, "1"),
    (V5, "oxygen attributed", {**oxygen("venturi"), "other_cause": ["hypoxia"]}, "1"),
    (V5, "hypoxia attributed", {"hypoxic": True, "other_cause": ["hypoxia"]}, "1"),
    # support without hypoxia, and usual support (0.17)
    *(
        (scale, "for the airway", oxygen("ventilator", reason="airway_protection"), "1-4")
        for scale in CRS_SCALES
    ),
    (
        PENN,
        "for a procedure, hypoxic too",
        {"hypoxic": True, **oxygen("nasal_cannula", reason="procedure")},
        "3-4",
    ),
]


@pytest.mark.parametrize(
    ("scale", "why", "now", "grade"), NOW_ROWS, ids=[f"{row[0]}: {row[1]}" for row in NOW_ROWS]
)
def test_rows_of_the_tables(scale: str, why: str, now: Json, grade: str) -> None:
    sets = at_hour(
        [{"h": 1.0, "temperature_c": 37.0}, {"h": 0.0, **{"temperature_c": 38.6, **now}}]
    )
    if any(now.get(name, "") is None for name in ("vasopressors", "hypotensive", "oxygen")):
        sets = sets[1:]  # else the set before would stand for it
    if "temperature_c" in now or "device" not in (now.get("oxygen") or {"device": ""}):
        sets = sets[1:] if len(sets) > 1 else sets
    found = span(patient(vitals=sets), scale)
    low, high = interval(grade)
    if scale == CN:
        high = max(high, 4)
    assert (found[0], found[1]) == (low, high), why


@pytest.mark.parametrize(
    ("hours", "grade"), [(23.9, "2"), (24.0, "3"), (24.1, "3"), (2.0, "2"), (40.0, "3")]
)
def test_mskcc_rises_at_24_hours(hours: float, grade: str) -> None:
    sets = since(hours, pressor("norepinephrine", rate_ug_min=5.0))
    if hours == 23.9:
        sets[0] = at_hour([{"h": 24.0, "temperature_c": 38.6}])[0]
    assert span(patient(vitals=sets), MSKCC) == interval(grade)


def test_mskcc_rises_by_time_alone() -> None:
    raw = patient(vitals=since(22.0, pressor("norepinephrine", rate_ug_min=5.0), every=2.0))
    assert [span(raw, MSKCC, later) for later in (0.0, 1.0, 2.0, 4.0)] == [
        (2, 2),
        (2, 2),
        (3, 3),
        (3, 3),
    ]
    assert span(raw, MSKCC, 4.1) == (0, 4)  # too old: the vasopressor may have been stopped


def test_a_gap_in_the_series_leaves_mskcc_open_and_names_what_would_close_it() -> None:
    running = pressor("norepinephrine", rate_ug_min=5.0)
    sets = at_hour(
        [
            {"h": h, "temperature_c": 38.6, **now}
            for h, now in ((30, {}), (29, running), (0, running))
        ]
    )
    grade = graded(patient(vitals=sets), MSKCC)
    assert (grade.at_least, grade.at_most) == (2, 3)
    assert "when the vasopressor was started" in [gap.says for gap in grade.missing]


@pytest.mark.parametrize(("scale", "grade"), [(LEE, "2-3"), (CARTOX, "2-3"), (MSKCC, "2-3")])
def test_one_set_does_not_say_how_long_a_dose_has_run(scale: str, grade: str) -> None:
    now = pressor("norepinephrine", rate_ug_min=25.0)
    assert span(patient(now), scale) == interval(grade)


@pytest.mark.parametrize(
    ("hours", "rate", "grade"),
    [(2.9, 20.0, "2-3"), (3.0, 20.0, "3"), (3.0, 19.9, "2"), (3.5, 21.0, "3")],
)
def test_lee_counts_a_high_dose_from_three_hours(hours: float, rate: float, grade: str) -> None:
    raw = patient(vitals=since(hours, pressor("norepinephrine", rate_ug_min=rate)))
    assert span(raw, LEE) == interval(grade)
    assert span(raw, CARTOX) == interval(grade)


def test_a_dose_by_weight_is_open_until_the_weight_is_known() -> None:
    raw = patient(vitals=since(4.0, pressor("norepinephrine", rate_ug_kg_min=0.3)))
    raw["patient"]["weight_kg"] = None
    assert (span(raw, LEE), span(raw, CARTOX), span(raw, PENN)) == ((2, 3), (2, 3), (4, 4))
    raw["patient"]["weight_kg"] = 66.0
    assert span(raw, LEE) == (2, 2)
    raw["patient"]["weight_kg"] = 67.0
    assert span(raw, LEE) == (3, 3)


# --- a clinician's grade settles what the text leaves to judgement, and nothing else --------------
JUDGED: list[tuple[str, str, Json, str, list[Json]]] = [
    (V4, "prompt response", {"hypotensive": True}, "2", [grading("ctcae-4.03", 2, "crs")]),
    (V4, "prolonged", {"hypotensive": True}, "3", [grading("CTCAE-CRS-4.03", 3)]),
    (
        V4,
        "the newest counts",
        {"hypotensive": True},
        "3",
        [grading("ctcae-4.03", 2, "crs", 2.0), grading("ctcae-4.03", 3, "crs", 1.0)],
    ),
    (V4, "never above its row", {"hypotensive": True}, "3", [grading("ctcae-crs-4.03", 4)]),
    (
        V4,
        "another edition settles nothing",
        {"hypotensive": True},
        "2-3",
        [grading("ctcae-5.0", 2, "crs")],
    ),
    (
        V4,
        "another term settles nothing",
        {"hypotensive": True},
        "2-3",
        [grading("ctcae-4.03", 2, "seizure")],
    ),
    (V4, "CTCAE needs a term", {"hypotensive": True}, "2-3", [grading("ctcae-4.03", 2)]),
    (V4, "too old", {"hypotensive": True}, "2-3", [grading("ctcae-4.03", 2, "crs", 4.1)]),
    (
        V4,
        "oxygen",
        oxygen("nasal_cannula", flow_l_min=2.0),
        "2",
        [grading("ctcae-4.03", 2, "Cytokine_release syndrome")],
    ),
    (LEE, "BiPAP as a ventilator", oxygen("bipap", fio2=0.3), "4", [grading(LEE, 4)]),
    (LEE, "BiPAP not as a ventilator", oxygen("bipap", fio2=0.3), "2", [grading(LEE, 2)]),
    (LEE, "BiPAP not as one, FiO2 still open", oxygen("bipap"), "2-3", [grading(LEE, 2)]),
    (LEE, "a dose without a limit", pressor("metaraminol"), "3", [grading(LEE, 3)]),
    (PENN, "a dose without a limit", pressor("dopamine"), "4", [grading(PENN, 4)]),
    (
        CARTOX,
        "a high dose just begun",
        pressor("norepinephrine", rate_ug_min=30.0),
        "3",
        [grading(CARTOX, 3)],
    ),
    (
        CARTOX,
        "a low one in their eyes",
        pressor("metaraminol", rate_ug_min=30.0),
        "2",
        [grading(CARTOX, 1)],
    ),
    (
        CARTOX,
        "life-threatening",
        {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine"}, {"drug": "dopamine"}]},
        "4",
        [grading(CARTOX, 4)],
    ),
    (
        CARTOX,
        "not life-threatening",
        {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine"}, {"drug": "dopamine"}]},
        "3",
        [grading(CARTOX, 3)],
    ),
    (
        CARTOX,
        "no rate, life-threatening",
        {"hypotensive": True, **pressor("norepinephrine")},
        "2-4",
        [grading(CARTOX, 4)],
    ),
    (
        MSKCC,
        "refractory",
        {"hypotensive": True, **pressor("norepinephrine", rate_ug_min=30.0)},
        "4",
        [grading(MSKCC, 4)],
    ),
    (
        MSKCC,
        "not refractory",
        {"hypotensive": True, **pressor("norepinephrine", rate_ug_min=30.0)},
        "2",
        [grading(MSKCC, 3)],
    ),
    (
        V5,
        "nothing is left to judgement",
        {"hypotensive": True},
        "2",
        [grading("ctcae-5.0", 4, "crs")],
    ),
]


@pytest.mark.parametrize(
    ("scale", "why", "now", "grade", "gradings"),
    JUDGED,
    ids=[f"{row[0]}: {row[1]}" for row in JUDGED],
)
def test_a_clinician_settles_what_the_text_leaves_open(
    scale: str, why: str, now: Json, grade: str, gradings: list[Json]
) -> None:
    sets = at_hour([{"h": 1.0, "temperature_c": 38.6}, {"h": 0.0, "temperature_c": 38.6, **now}])
    assert span(patient(vitals=sets, gradings=gradings), scale) == interval(grade), why


def test_a_grade_from_before_the_first_dose_settles_nothing() -> None:
    raw = patient({"hypotensive": True}, gradings=[grading("ctcae-4.03", 2, "crs", 3.0)])
    raw["therapy"] = {**raw["therapy"], "started_at": ago(2.0), "doses": None}
    assert span(raw, V4) == (2, 3)


# --- the local row of the Chinese consensus -------------------------------------------------------
@pytest.mark.parametrize(("grade", "expected"), [(0, "2"), (2, "2"), (3, "3"), (4, "4"), (5, "4")])
def test_the_local_row_raises_the_grade(grade: int, expected: str) -> None:
    local = [grading(CN, grade, "local crs", 30.0)]
    assert span(patient({"hypotensive": True}, gradings=local), CN) == interval(expected)


@pytest.mark.parametrize(
    ("gradings", "expected"),
    [
        ([grading(CN, 3, "local crs", 49.0)], "1-4"),
        ([grading(LEE, 3, "local crs")], "1-4"),
        ([grading(CN, 3)], "1-4"),
        ([grading(CN, 3, "L-CRS")], "3"),
    ],
)
def test_which_grades_of_the_local_row_count(gradings: list[Json], expected: str) -> None:
    assert span(patient(gradings=gradings), CN) == interval(expected)


def test_local_crs_a_clinician_graded_counts_without_fever() -> None:
    raw = patient({"temperature_c": 36.8}, gradings=[grading(CN, 3, "local_crs")])
    assert span(raw, CN) == (3, 3)


@pytest.mark.parametrize(("outside", "expected"), [(None, "1-4"), (True, "1-4"), (False, "1")])
def test_without_a_lesion_there_is_no_local_crs(outside: bool | None, expected: str) -> None:
    raw = patient()
    raw["patient"]["extramedullary_disease"] = outside
    assert span(raw, CN) == interval(expected)


def test_the_waiver_of_fever_is_that_of_astct() -> None:
    sets = at_hour(
        [
            {"h": 12.0, "temperature_c": 39.0},
            {"h": 0.0, **pressor("norepinephrine", rate_ug_min=5.0)},
        ]
    )
    treated = [dose(NOW, "tocilizumab")]
    raw = patient(vitals=sets, treatments=treated)
    assert span(raw, CN) == (3, 4)
    assert span({**raw, "treatments": []}, CN) == (0, 0)
    raw.pop("treatments")
    assert span(raw, CN) == (0, 4)


# --- treatments and events ------------------------------------------------------------------------
def test_clotting_products_are_3_by_penn() -> None:
    given = dose(NOW, "cryoprecipitate")
    assert span(patient(treatments=[given]), PENN) == (3, 3)
    for other in ({"purpose": "prophylaxis"}, {"given_at": ago(48.1)}, {"drug": "meropenem"}):
        assert span(patient(treatments=[{**given, **other}]), PENN) == (1, 1), other


def test_a_drug_into_the_vein_for_crs_is_2_by_penn() -> None:
    given = dose(NOW, "tocilizumab", route="iv", purpose="crs")
    assert span(patient(treatments=[given]), PENN) == (2, 2)
    for other in ({"purpose": "premedication"}, {"route": "oral"}, {"given_at": ago(49.0)}):
        assert span(patient(treatments=[{**given, **other}]), PENN) == (1, 1), other


@pytest.mark.parametrize(("scale", "grade"), [(PENN, "1-3"), (V4, "1-3"), (V5, "1")])
def test_treatments_nobody_kept_leave_open_what_they_decide(scale: str, grade: str) -> None:
    assert span(patient(treatments=ABSENT), scale) == interval(grade)


@pytest.mark.parametrize(
    ("anc", "grade"), [(499.0, "2"), (500.0, "1-2"), (999.0, "1-2"), (1000.0, "1"), (None, "1-2")]
)
def test_fever_with_neutropenia_by_penn(anc: float | None, grade: str) -> None:
    made = labs(anc_per_ul=anc)
    made[0]["anc_per_ul"] = None
    assert span(patient(labs=made), PENN) == interval(grade)


@pytest.mark.parametrize(
    ("anc", "grade"), [(499.0, "0-2"), (700.0, "0-2"), (3000.0, "0-1"), (None, "0-2")]
)
def test_neutropenia_with_a_temperature_nobody_took(anc: float | None, grade: str) -> None:
    made = labs(anc_per_ul=anc)
    made[0]["anc_per_ul"] = None
    raw = patient({"temperature_c": None}, labs=made)
    found = graded(raw, PENN)
    assert (found.at_least, found.at_most) == interval(grade)
    assert any("temperature" in gap.says for gap in found.missing)


def test_treatment_for_crs_is_more_than_mild_by_ctcae_4_03() -> None:
    given = dose(NOW, "tocilizumab", purpose="crs")
    assert span(patient(treatments=[given]), V4) == (2, 3)
    for other in ({"purpose": "antipyretic"}, {"given_at": ago(49.0)}):
        assert span(patient(treatments=[{**given, **other}]), V4) == (1, 1), other


def event(kind: str, hours: float, reason: str | None = None) -> Json:
    return {"at": ago(hours), "kind": kind, "reason": reason}


@pytest.mark.parametrize(
    ("events", "grade"),
    [
        ([event("infusion_paused", 2.0, "crs")], "2-3"),
        ([event("infusion_paused", 2.0, "pump")], "1"),
        ([event("infusion_paused", 2.0, "crs"), event("infusion_restarted", 1.0)], "1"),
        ([event("infusion_restarted", 2.0), event("infusion_paused", 1.0, "crs")], "2-3"),
    ],
)
def test_an_interrupted_infusion_by_ctcae_4_03(events: list[Json], grade: str) -> None:
    assert span(patient(events=events), V4) == interval(grade)


# --- before the first dose, usual support, readings of one minute ---------------------------------
@pytest.mark.parametrize("scale", CRS_SCALES)
def test_before_the_first_dose_nothing_is_crs(scale: str) -> None:
    ill = {"h": 80.0, "temperature_c": 39.0, "hypotensive": True, **pressor("norepinephrine")}
    raw = patient(vitals=at_hour([{**ill, **oxygen("ventilator")}]), labs=[])
    assert span(raw, scale, -80.0) == (0, 0)
    raw["therapy"] = None  # nobody recorded a dose: then it may be CRS
    assert span(raw, scale, -80.0)[1] == 4


@pytest.mark.parametrize("scale", CRS_SCALES[:-1])
def test_signs_from_before_the_first_dose_say_nothing_of_what_came_after(scale: str) -> None:
    calm = at_hour([{"h": 1.0}])
    ill = at_hour([{"h": 1.0, **pressor("norepinephrine"), **oxygen("venturi"), "hypoxic": True}])
    therapy = {"product": "tisagenlecleucel", "started_at": ago(0.5)}
    for sets, expected in ((calm, (0, 0)), (ill, (0, 4))):
        raw = patient(vitals=sets, therapy=therapy, labs=[])
        raw["gradings"] = [grading("ctcae-5.0", 0, "organ toxicity", 0.1)]
        assert span(raw, scale) == expected


USUAL: list[tuple[str, Json | None, Json, str, str]] = [
    (
        "no more than usual",
        oxygen("nasal_cannula", flow_l_min=2.0),
        oxygen("nasal_cannula", flow_l_min=2.0, fio2=0.28),
        "1",
        "1",
    ),
    (
        "less than usual",
        oxygen("nasal_cannula", flow_l_min=2.0),
        oxygen("nasal_cannula", flow_l_min=1.0, fio2=0.24),
        "1",
        "1",
    ),
    (
        "more flow than usual",
        oxygen("nasal_cannula", flow_l_min=2.0),
        oxygen("nasal_cannula", flow_l_min=3.0, fio2=0.32),
        "2",
        "3",
    ),
    (
        "a lower device",
        oxygen("cpap"),
        oxygen("nasal_cannula", flow_l_min=2.0, fio2=0.28),
        "1",
        "1",
    ),
    (
        "a higher device",
        oxygen("nasal_cannula", flow_l_min=2.0),
        oxygen("cpap", fio2=0.5),
        "3",
        "3",
    ),
    ("the same FiO2 on CPAP", oxygen("cpap", fio2=0.3), oxygen("cpap", fio2=0.3), "1", "1"),
    ("more FiO2 on CPAP", oxygen("cpap", fio2=0.3), oxygen("cpap", fio2=0.4), "3", "3"),
    ("FiO2 on CPAP not known", oxygen("cpap"), oxygen("cpap", fio2=0.4), "1-3", "1-3"),
    ("usual support not recorded", None, oxygen("venturi", fio2=0.4), "1-3", "1-3"),
]


@pytest.mark.parametrize(
    ("why", "usual", "now", "lee", "penn"), USUAL, ids=[row[0] for row in USUAL]
)
def test_only_support_beyond_the_usual_counts(
    why: str, usual: Json | None, now: Json, lee: str, penn: str
) -> None:
    now["oxygen"]["reason"] = "baseline"
    raw = patient(now)
    raw["patient"]["baseline_oxygen"] = None if usual is None else usual["oxygen"]
    assert [span(raw, LEE), span(raw, PENN)] == [interval(lee), interval(penn)], why


def test_usual_support_of_a_patient_judged_hypoxic_is_at_least_the_lowest_row() -> None:
    now = {"hypoxic": True, **oxygen("nasal_cannula", flow_l_min=2.0, reason="baseline")}
    raw = patient(now)
    assert span(raw, LEE) == (2, 3)
    raw["patient"]["baseline_oxygen"] = {"device": "nasal_cannula", "flow_l_min": 2.0}
    assert span(raw, LEE) == (2, 2)


@pytest.mark.parametrize("scale", [LEE, V5])
def test_two_readings_of_one_minute_count_at_both_ends(scale: str) -> None:
    first = {"h": 0.0, "temperature_c": 38.6, **oxygen("venturi", fio2=0.3)}
    second = {"h": 0.0, "temperature_c": 38.6, **oxygen("venturi", fio2=0.5)}
    for order in ([first, second], [second, first]):
        assert span(patient(vitals=at_hour(order)), scale) == (3, 3)


def test_two_doses_of_one_minute_count_by_the_worse() -> None:
    low = {"h": 0.0, "temperature_c": 38.6, **pressor("norepinephrine", rate_ug_kg_min=0.1)}
    high = {"h": 0.0, "temperature_c": 38.6, **pressor("norepinephrine", rate_ug_kg_min=0.3)}
    for order in ([low, high], [high, low]):
        assert span(patient(vitals=at_hour(order)), PENN) == (4, 4)


def test_an_attributed_vasopressor_and_hypotension_found_later() -> None:
    sets = at_hour(
        [
            {
                "h": 1.0,
                "temperature_c": 38.6,
                **pressor("norepinephrine"),
                "hypotensive": True,
                "other_cause": ["hypotension"],
            },
            {"h": 0.0, "temperature_c": 38.6, "hypotensive": True, "vasopressors": None},
        ]
    )
    assert span(patient(vitals=sets), V5) == (2, 2)


def test_hypoxia_judged_although_the_device_is_attributed() -> None:
    attributed = {"h": 1.0, "temperature_c": 38.6, **oxygen("venturi"), "other_cause": ["hypoxia"]}
    judged = {"h": 0.0, "temperature_c": 38.6, "oxygen": None, "hypoxic": True}
    assert span(patient(vitals=at_hour([attributed, judged])), V5) == (2, 2)
    back = {
        "h": 1.0,
        "temperature_c": 38.6,
        "hypoxic": True,
        "other_cause": ["hypoxia"],
        "oxygen": None,
    }
    now = {"h": 0.0, "temperature_c": 38.6, **oxygen("venturi", fio2=0.3)}
    assert span(patient(vitals=at_hour([back, now])), V5) == (2, 2)


def test_a_death_nobody_explained_leaves_every_scale_open_to_5() -> None:
    events = [{"at": NOW.isoformat(), "kind": "death", "due_to": None}]
    for scale in CRS_SCALES:
        assert span(patient(events=events), scale)[1] == 5
