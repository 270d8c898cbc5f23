"""
The tables of vectors for one moment: limits bracketed, edges named, each row with its why.

Every row is held against the product and against the second grader: three readings must agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import toxmodels
from tests.figures import told
from tests.oracle import tables
from tests.oracle.build import NOW
from tests.oracle.course import CRS, ICANS, grades
from tests.oracle.vectors import Row, crs_case, ice_case, interval, neuro_case, rows

Json = dict[str, Any]
Vector = tuple[str, Row, Json]

TABLES: dict[str, tuple[str, Callable[[Row], Json]]] = {
    "crs_moment.csv": (CRS, crs_case),
    "icans_adult.csv": (ICANS, neuro_case),
    "icans_child.csv": (ICANS, neuro_case),
    "ice.csv": (ICANS, ice_case),
}
VECTORS: list[Vector] = [
    (scale, row, build(row)) for name, (scale, build) in TABLES.items() for row in rows(name)
]
EACH = pytest.mark.parametrize(
    ("scale", "row", "case"), VECTORS, ids=[row["why"] for _, row, _ in VECTORS]
)


@EACH
def test_the_product_gives_the_grade_of_the_table(scale: str, row: Row, case: Json) -> None:
    assessment = toxmodels.assess(toxmodels.load_case(json.dumps(case)), at=NOW)
    grade = assessment.grades[scale]
    assert (grade.at_least, grade.at_most) == interval(row["grade"])
    if row.get("decides"):
        assert row["decides"] in {one.sign for one in grade.findings if one.decides}
    raised = {flag.id for flag in assessment.flags}
    for flag in (row.get("flags") or "").split():
        assert (flag.removeprefix("!") in raised) is not flag.startswith("!"), flag


@EACH
def test_the_second_grader_gives_the_grade_of_the_table(scale: str, row: Row, case: Json) -> None:
    assert grades(case, NOW)[scale] == interval(row["grade"])


def test_every_why_is_said_once() -> None:
    said = [row["why"] for _, row, _ in VECTORS]
    assert len(said) == len(set(said))


def test_the_default_time_is_that_of_the_last_set() -> None:
    """Without a time, the same grade: the vectors hold for a plain call too."""
    for scale, row, case in VECTORS[:40]:
        grade = toxmodels.assess(toxmodels.load_case(json.dumps(case))).grades[scale]
        assert (grade.at_least, grade.at_most) == interval(row["grade"]), row["why"]


def _table_with(name: str, key: str, value: Any) -> Any:
    return {**getattr(tables, name), key: value}


WRONG_TABLES = {
    "fever only above 38.0": ("course", "FEVER_FROM_C", 38.05),
    "fever from 37.9": ("course", "FEVER_FROM_C", 37.9),
    "six litres is high flow": ("moment", "LOW_FLOW_TO_L_MIN", 5.95),
    "6.1 litres is low flow": ("moment", "LOW_FLOW_TO_L_MIN", 6.5),
    "CPAP is 3": ("moment", "DEVICE_TIER", _table_with("DEVICE_TIER", "cpap", (3, 3))),
    "a mask by its flow": (
        "moment",
        "DEVICE_TIER",
        _table_with("DEVICE_TIER", "simple_mask", (2, 3)),
    ),
    "vasopressin is counted": (
        "moment",
        "COUNTED_VASOPRESSORS",
        (*tables.COUNTED_VASOPRESSORS, "vasopressin"),
    ),
    "dobutamine is counted": (
        "moment",
        "COUNTED_VASOPRESSORS",
        (*tables.COUNTED_VASOPRESSORS, "dobutamine"),
    ),
    "ICE 7 is 2": ("moment", "ICE_BAND", {**tables.ICE_BAND, 7: 2}),
    "ICE 3 is 3": ("moment", "ICE_BAND", {**tables.ICE_BAND, 3: 3}),
    "ICE 0 is 4": ("moment", "ICE_BAND", {**tables.ICE_BAND, 0: 4}),
    "five minutes is long": ("moment", "PROLONGED_OVER_MIN", 4.95),
    "CAPD 8 is positive": ("moment", "CAPD_POSITIVE_FROM", 8),
    "CAPD 9 is not": ("moment", "CAPD_POSITIVE_FROM", 10),
    "CAPD from twelve": ("moment", "CAPD_UNDER_YEARS", 12.005),
    "CAPD up to eleven": ("moment", "CAPD_UNDER_YEARS", 11.0),
    "delay at any age": ("moment", "CAPD_WITH_DELAY_TO_YEARS", 99.0),
    "mild weakness is 4": ("moment", "MOTOR", _table_with("MOTOR", "mild", 4)),
    "haemorrhage counts": ("moment", "OEDEMA", _table_with("OEDEMA", "haemorrhage_related", 4)),
    "vital signs for twelve hours": ("course", "VITALS_VALID", timedelta(hours=12)),
}


def test_a_wrong_limit_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with one wrong number in the second grader some row must disagree."""
    unnoticed = []
    for wrong, (module, name, value) in WRONG_TABLES.items():
        with monkeypatch.context() as changed:
            changed.setattr(f"tests.oracle.{module}.{name}", value)
            if not _rows_that_disagree():
                unnoticed.append(wrong)
    right = len(_rows_that_disagree())
    print(told("P-05", n=len(WRONG_TABLES), bad=len(unnoticed) + right, rows=len(VECTORS)))
    assert not unnoticed
    assert not right


def _rows_that_disagree() -> list[str]:
    return [
        row["why"]
        for scale, row, case in VECTORS
        if grades(case, NOW)[scale] != interval(row["grade"])
    ]
