"""IEC-HS: the screen item by item, and the grade that only a clinician gives; carHLH."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.scales_beside.daily import at_day, grade, patient, sample, span
from toxmodels import Case

IEC, OLD = "iec-hs-2023", "carhlh-2018"
UPPER = {"ferritin_ug_l": 400.0, "alt_u_l": 40.0, "ast_u_l": 40.0, "bilirubin_umol_l": 20.0,
         "creatinine_umol_l": 100.0, "ldh_u_l": 250.0, "pt_s": 13.0}  # fmt: skip
LOWER = {"fibrinogen_g_l": 2.0}
BEFORE = {"ferritin_ug_l": 350, "alt_u_l": 25, "ast_u_l": 25, "bilirubin_umol_l": 9,
          "creatinine_umol_l": 80, "upper_limits": UPPER, "lower_limits": LOWER}  # fmt: skip
CALM = {"ferritin_ug_l": 700, "alt_u_l": 30, "ast_u_l": 30, "bilirubin_umol_l": 9,
        "creatinine_umol_l": 80, "fibrinogen_g_l": 3.0, "platelets_10e9_l": 90,
        "haemophagocytosis": False}  # fmt: skip
# High ferritin and two findings: positive; each row below changes one thing of it or of CALM.
ILL = CALM | {"ferritin_ug_l": 900, "alt_u_l": 201, "fibrinogen_g_l": 1.4}


def case(now: dict[str, Any], before: dict[str, Any] | None = BEFORE, **parts: Any) -> Case:
    kept = {key: value for key, value in now.items() if value is not None}
    samples = [sample(10, **kept)] if before is None else [sample(-4, **before), sample(10, **kept)]
    return patient(*samples, **parts)


ROWS = [
    ("two findings and high ferritin", ILL, (1, 4)),
    ("ferritin exactly twice limit, below twice baseline x", ILL | {"ferritin_ug_l": 700}, (0, 0)),
    ("above twice the baseline of 350", ILL | {"ferritin_ug_l": 701}, (1, 4)),
    ("ferritin unknown", ILL | {"ferritin_ug_l": None}, (0, 4)),
    ("ALT exactly 5 x the limit", ILL | {"alt_u_l": 200}, (0, 0)),
    ("AST instead of ALT", ILL | {"alt_u_l": 30, "ast_u_l": 201}, (1, 4)),
    ("fibrinogen 1.5 but below its limit", ILL | {"fibrinogen_g_l": 1.5}, (1, 4)),
    ("fibrinogen on its lower limit", ILL | {"fibrinogen_g_l": 2.0}, (0, 0)),
    ("fibrinogen unknown", ILL | {"fibrinogen_g_l": None}, (0, 4)),
    ("tissue, not fibrinogen", ILL | {"fibrinogen_g_l": 3, "haemophagocytosis": True}, (1, 4)),
    ("tissue unknown beside one finding", ILL | {"fibrinogen_g_l": 3, "haemophagocytosis": None},
     (0, 4)),
    ("tissue unknown alone", CALM | {"ferritin_ug_l": 900, "haemophagocytosis": None}, (0, 0)),
    ("platelets 25 are not grade 4", ILL | {"fibrinogen_g_l": 3, "platelets_10e9_l": 25}, (0, 0)),
    ("platelets 24 are", ILL | {"fibrinogen_g_l": 3, "platelets_10e9_l": 24}, (1, 4)),
    ("neutrophils on day 10 are expected", ILL | {"fibrinogen_g_l": 3, "anc_per_ul": 50}, (0, 0)),
    ("nothing found", CALM, (0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "expected"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS]
)
def test_screen(now: dict[str, Any], expected: tuple[int, int]) -> None:
    found = grade(case(now), IEC, 10)
    assert (found.at_least, found.at_most) == expected
    assert bool(found.missing) == (expected[0] < expected[1])
    assert any(one.decides for one in found.findings) == (expected[0] > 0)
    assert {one.cite.verification for one in found.findings} <= {"unverified", "house"}


def test_twice_the_upper_limit_counts_without_a_baseline() -> None:
    for ferritin, expected in ((801, (1, 4)), (800, (0, 4))):
        limits = {"upper_limits": UPPER, "lower_limits": LOWER}
        known = {"alt_u_l": 25, "ast_u_l": 25, **limits}
        assert span(case(ILL | {"ferritin_ug_l": ferritin}, known), IEC, 10) == expected, ferritin


def test_a_raised_baseline_takes_the_place_of_the_limit() -> None:
    """ALT 60 before: 5 x 60 = 300 is the limit, and 201 is no finding."""
    raised = BEFORE | {"alt_u_l": 60}
    assert span(case(ILL, raised), IEC, 10) == (0, 0)
    assert span(case(ILL | {"alt_u_l": 301}, raised), IEC, 10) == (1, 4)


def test_without_any_limit_the_screen_stays_open() -> None:
    found = grade(case(ILL, None), IEC, 10)
    assert (found.at_least, found.at_most) == (0, 4)
    assert "ferritin: its upper limit and its baseline" in {one.says for one in found.missing}
    only_platelets = {"platelets_10e9_l": 24}
    assert span(case(only_platelets, None), IEC, 10) == (0, 4)


def test_low_neutrophils_count_once_nothing_explains_them() -> None:
    late = [sample(-4, **BEFORE), sample(40, **(ILL | {"fibrinogen_g_l": 3, "anc_per_ul": 499}))]
    assert span(patient(*late), IEC, 40) == (1, 4)
    late = [sample(-4, **BEFORE), sample(40, **(ILL | {"fibrinogen_g_l": 3, "anc_per_ul": 500}))]
    assert span(patient(*late), IEC, 40) == (0, 0)


def test_old_values_open_the_screen_and_never_close_it() -> None:
    assert span(case(CALM | {"ferritin_ug_l": 900}), IEC, 13) == (0, 4)


def test_what_is_often_seen_beside_is_shown_and_counts_for_nothing() -> None:
    beside = {
        "ldh_u_l": 251, "pt_s": 13.0, "triglycerides_mmol_l": 3.0, "upper_limits": UPPER,
    }  # fmt: skip
    heat = [{"taken_at": at_day(10).isoformat(), "temperature_c": 38.0}]
    found = grade(case(ILL | beside, vitals=heat), IEC, 10)
    (said,) = [one.note for one in found.findings if one.sign == "judgement"]
    assert said is not None
    assert said.startswith("also seen: LDH 251 U/L, triglycerides 3 mmol/L, 38 °C;")
    lower = grade(case(ILL | {"triglycerides_mmol_l": 2.99}), IEC, 10)
    (said,) = [one.note for one in lower.findings if one.sign == "judgement"]
    assert said is not None
    assert "triglycerides" not in said


def test_a_rise_of_ferritin_is_shown_and_not_judged() -> None:
    rising = [sample(-4, **BEFORE), sample(9, ferritin_ug_l=300), sample(10, **CALM)]
    found = grade(patient(*rising), IEC, 10)
    assert (found.at_least, found.at_most) == (0, 0)
    (ferritin,) = [one for one in found.findings if one.sign == "ferritin"]
    assert "from 300 in 24 h" in ferritin.says
    assert "clinician" in (ferritin.note or "")


def graded(day: float, value: int, scale: str = IEC, term: str | None = None) -> dict[str, Any]:
    given = {"graded_at": at_day(day).isoformat(), "scale": scale, "grade": value}
    return given if term is None else given | {"term": term}


@pytest.mark.parametrize(
    ("why", "given", "expected"),
    [
        ("the grade is the clinician's", [graded(10, 3)], (3, 3)),
        ("the newest stands", [graded(9, 4), graded(10, 2)], (2, 2)),
        ("of one minute the higher", [graded(10, 2), graded(10, 3)], (3, 3)),
        ("1 or more stands whatever comes", [graded(5, 2)], (2, 2)),
        ("0 after the values stands", [graded(10, 0)], (0, 0)),
        ("0 before the values does not", [graded(5, 0)], (1, 4)),
        ("before the first dose it is another disease", [graded(-2, 3)], (1, 4)),
        ("another scale says nothing", [graded(10, 3, "ctcae-6.0")], (1, 4)),
        ("later ones are invisible", [graded(10.5, 3)], (1, 4)),
    ],
)
def test_clinician(why: str, given: list[dict[str, Any]], expected: tuple[int, int]) -> None:
    assert span(case(ILL, gradings=given), IEC, 10) == expected, why


def test_a_grade_by_a_clinician_decides_beside_the_screen() -> None:
    found = grade(case(ILL, gradings=[graded(10, 3)]), IEC, 10)
    assert [one.sign for one in found.findings if one.decides] == ["judgement"]
    assert found.complete
    assert not found.missing


def test_before_the_first_dose_there_is_no_iec_hs() -> None:
    early = patient(sample(-4, **ILL))
    assert span(early, IEC, -3) == (0, 0)
    assert span(early, OLD, -3) == (0, 0)


WORST = CALM | {"ferritin_ug_l": 10001, "bilirubin_umol_l": 61, "haemophagocytosis": True}
CLEAR = [graded(9, 0, "ctcae-5.0", "pulmonary edema"), graded(9, 0, "ctcae-5.0", "Oliguria")]


@pytest.mark.parametrize(
    ("why", "now", "given", "expected"),
    [
        ("ferritin and two", WORST, CLEAR, (1, 1)),
        ("ferritin exactly 10,000", WORST | {"ferritin_ug_l": 10000}, CLEAR, (0, 0)),
        ("bilirubin exactly 3 x the limit", WORST | {"bilirubin_umol_l": 60}, CLEAR, (0, 0)),
        ("ALT above 5 x instead", WORST | {"bilirubin_umol_l": 9, "alt_u_l": 201}, CLEAR, (1, 1)),
        ("creatinine above 3 x", WORST | {"bilirubin_umol_l": 9, "creatinine_umol_l": 301}, CLEAR,
         (1, 1)),
        ("pulmonary oedema grade 3", WORST | {"bilirubin_umol_l": 9},
         [CLEAR[1], graded(9, 3, "ctcae-5.0", "pulmonary oedema")], (1, 1)),
        ("pulmonary oedema grade 2", WORST | {"bilirubin_umol_l": 9},
         [CLEAR[1], graded(9, 2, "ctcae-5.0", "pulmonary oedema")], (0, 0)),
        ("oliguria grade 3", WORST | {"bilirubin_umol_l": 9},
         [CLEAR[0], graded(9, 3, "ctcae-5.0", "oliguria")], (1, 1)),
        ("nobody graded the lung", WORST | {"bilirubin_umol_l": 9}, [CLEAR[1]], (0, 1)),
        ("ferritin not recorded", WORST | {"ferritin_ug_l": None}, CLEAR, (0, 1)),
        ("no liver values", {"ferritin_ug_l": 10001, "haemophagocytosis": True}, CLEAR, (0, 1)),
    ],
)  # fmt: skip
def test_carhlh(
    why: str, now: dict[str, Any], given: list[dict[str, Any]], expected: tuple[int, int]
) -> None:
    found = grade(case(now, gradings=given), OLD, 10)
    assert (found.at_least, found.at_most) == expected, why
    assert bool(found.missing) == (expected[0] < expected[1])


def test_the_peak_of_ferritin_stays_and_a_low_one_grows_old() -> None:
    high = [sample(-4, **BEFORE), sample(8, ferritin_ug_l=10001), sample(10, **(WORST | {
        "ferritin_ug_l": 500}))]  # fmt: skip
    assert span(patient(*high, gradings=CLEAR), OLD, 10) == (1, 1)
    low = [sample(-4, **BEFORE), sample(5, ferritin_ug_l=500), sample(10, **(WORST | {
        "ferritin_ug_l": 500}))]  # fmt: skip
    assert span(patient(*low, gradings=CLEAR), OLD, 10) == (0, 0)
    old = [sample(-4, **BEFORE), sample(5, ferritin_ug_l=500), sample(10, haemophagocytosis=True,
        alt_u_l=300, ast_u_l=30)]  # fmt: skip
    assert span(patient(*old, gradings=CLEAR), OLD, 10) == (0, 1)
