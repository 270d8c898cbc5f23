"""Organ toxicity on the scales of CRS: every limit, what nobody tested, what a clinician graded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.scales_beside.crs_patients import (
    ago,
    graded,
    grading,
    interval,
    labs,
    patient,
    span,
)

Json = dict[str, Any]
LEE, PENN, MSKCC, CARTOX = "lee-2014", "penn-2018", "mskcc-2018", "cartox-crs-2018"
V4, V5, V6 = "ctcae-crs-4.03", "ctcae-crs-5.0", "ctcae-crs-6.0"

ORGANS: list[tuple[str, Json, str, str, str]] = [
    # why, laboratory value, Lee, Penn, CARTOX; limits 100 µmol/L, 40 U/L, 20 µmol/L, baseline 70
    (
        "creatinine at the upper limit and up to 1.5 x baseline",
        {"creatinine_umol_l": 100.0},
        "1",
        "1",
        "1",
    ),
    ("creatinine at 1.5 x baseline", {"creatinine_umol_l": 105.0}, "1", "1", "1"),
    ("creatinine above 1.5 x baseline", {"creatinine_umol_l": 105.1}, "2", "2", "2"),
    ("creatinine at 3 x baseline", {"creatinine_umol_l": 210.0}, "2", "2", "2"),
    ("creatinine above 3 x baseline", {"creatinine_umol_l": 210.1}, "3", "3", "3"),
    ("creatinine at 6 x the upper limit", {"creatinine_umol_l": 600.0}, "3", "3", "3"),
    ("creatinine above 6 x the upper limit", {"creatinine_umol_l": 600.1}, "4", "3", "4"),
    ("ALT at 3 x", {"alt_u_l": 120.0}, "1", "1", "1"),
    ("ALT above 3 x", {"alt_u_l": 120.1}, "2", "1", "2"),
    ("ALT at 5 x", {"alt_u_l": 200.0}, "2", "1", "2"),
    ("ALT above 5 x", {"alt_u_l": 200.1}, "3", "2", "3"),
    ("ALT at 20 x", {"alt_u_l": 800.0}, "3", "2", "3"),
    ("ALT above 20 x is transaminitis of grade 4", {"alt_u_l": 800.1}, "3", "3", "3"),
    ("AST above 20 x is transaminitis of grade 4", {"ast_u_l": 800.1}, "3", "3", "3"),
    ("bilirubin above 1.5 x", {"bilirubin_umol_l": 30.1}, "2", "1", "2"),
    ("bilirubin above 3 x", {"bilirubin_umol_l": 60.1}, "3", "2", "3"),
    ("bilirubin above 10 x", {"bilirubin_umol_l": 200.1}, "4", "3", "4"),
    ("creatinine not tested", {"creatinine_umol_l": None}, "1-4", "1-3", "1-4"),
    ("ALT not tested: transaminases reach 3 only", {"alt_u_l": None}, "1-3", "1-3", "1-3"),
    ("bilirubin not tested", {"bilirubin_umol_l": None}, "1-4", "1-3", "1-4"),
]


@pytest.mark.parametrize(
    ("why", "changed", "lee", "penn", "cartox"), ORGANS, ids=[row[0] for row in ORGANS]
)
def test_organ_rows(why: str, changed: Json, lee: str, penn: str, cartox: str) -> None:
    raw = patient(labs=labs(**changed))
    found = [span(raw, scale) for scale in (LEE, PENN, CARTOX)]
    assert found == [interval(lee), interval(penn), interval(cartox)], why
    for scale in (MSKCC, V4, V5, V6):
        assert span(raw, scale) == (1, 1), "no organ row on this scale"


def test_organ_toxicity_of_grade_1_is_1_by_cartox_and_nothing_by_lee() -> None:
    raw = patient({"temperature_c": 36.8}, labs=labs(alt_u_l=60.0))
    assert (span(raw, CARTOX), span(raw, LEE)) == ((1, 1), (0, 0))


def test_an_upper_limit_nobody_gave_leaves_the_organ_open() -> None:
    made = labs(alt_u_l=900.0)
    limits = {k: v for k, v in made[0]["upper_limits"].items() if k != "alt_u_l"}
    for sample in made:
        sample["upper_limits"] = limits
    grade = graded(patient(labs=made), LEE)
    assert (grade.at_least, grade.at_most) == (1, 3)
    assert "ALT increased: upper limit" in [gap.says for gap in grade.missing]


def test_a_sample_from_before_the_first_dose_is_a_baseline_and_no_test() -> None:
    made = labs()
    raw = patient(labs=made)
    raw["therapy"] = {**raw["therapy"], "started_at": ago(0.5), "doses": None}
    assert span(raw, LEE) == (1, 4)


def test_a_test_too_old_opens_the_organ_again() -> None:
    made = labs()
    made[1]["taken_at"] = ago(48.1)
    assert span(patient(labs=made), LEE) == (1, 4)
    made[1]["taken_at"] = ago(48.0)
    assert span(patient(labs=made), LEE) == (1, 1)


CLINICIANS: list[tuple[str, list[Json], str, str, str]] = [
    ("another organ", [grading("ctcae-4.03", 2, "ejection fraction decreased")], "2", "2", "2"),
    ("another organ of grade 4", [grading("ctcae-5.0", 4, "Heart failure")], "4", "3", "4"),
    (
        "a fatal organ is not death due to CRS",
        [grading("ctcae-5.0", 5, "heart failure")],
        "4",
        "3",
        "4",
    ),
    (
        "newer than the sample",
        [grading("ctcae-4.03", 3, "Creatinine increased", 0.5)],
        "3",
        "3",
        "3",
    ),
    (
        "older than the sample",
        [grading("ctcae-4.03", 3, "Creatinine increased", 1.5)],
        "1",
        "1",
        "1",
    ),
    ("transaminitis", [grading("ctcae-4.03", 4, "transaminitis")], "3", "3", "3"),
    ("too old", [grading("ctcae-4.03", 4, "heart failure", 48.1)], "1", "1", "1"),
    (
        "no organ of these scales",
        [grading("ctcae-5.0", 4, "neutrophil count decreased")],
        "1",
        "1",
        "1",
    ),
    ("neurological toxicity is graded apart", [grading("ctcae-5.0", 3, "seizure")], "1", "1", "1"),
    ("no edition of CTCAE", [grading("icaht", 4, "heart failure")], "1", "1", "1"),
    ("no organ toxicity", [grading("ctcae-5.0", 0, "organ toxicity")], "1", "1", "1"),
    ("the worst organ, not named", [grading("ctcae-5.0", 4, "organ toxicity")], "3-4", "3", "3-4"),
    ("the worst organ, not named", [grading("ctcae-5.0", 3, "organ toxicity")], "3", "2-3", "3"),
]


@pytest.mark.parametrize(
    ("why", "gradings", "lee", "penn", "cartox"), CLINICIANS, ids=[r[0] for r in CLINICIANS]
)
def test_organs_a_clinician_graded(
    why: str, gradings: list[Json], lee: str, penn: str, cartox: str
) -> None:
    raw = patient(gradings=gradings)
    found = [span(raw, scale) for scale in (LEE, PENN, CARTOX)]
    assert found == [interval(lee), interval(penn), interval(cartox)], why


@pytest.mark.parametrize(("grade", "lee"), [(0, "1"), (1, "1"), (2, "2"), (3, "3")])
def test_one_grade_of_all_organs_stands_for_tests_nobody_did(grade: int, lee: str) -> None:
    gradings = [grading("ctcae-5.0", grade, "organ_toxicity")]
    assert span(patient(labs=[], gradings=gradings), LEE) == interval(lee)
