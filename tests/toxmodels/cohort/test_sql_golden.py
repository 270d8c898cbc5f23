"""
The script of every dialect as it was committed, so that a change of a rule is a visible change.

Where one differs and should, write them anew and read the difference before it is committed:

    python3 -m tests.toxmodels.cohort.golden_scripts
"""

from __future__ import annotations

import difflib

import pytest

from tests.toxmodels.cohort.golden_scripts import GOLDEN, RENEW, script
from toxmodels.casefile import CaseError
from toxmodels.cohort.sql import DIALECTS, statements, table_statements, to_sql, view_statement

SHOWN = 30


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_the_script_is_the_committed_one(dialect: str):
    made = script(dialect).splitlines()
    kept = (GOLDEN / f"{dialect}.sql").read_text(encoding="utf-8").splitlines()
    changed = [line[:160] for line in difflib.unified_diff(kept, made, "kept", "made", n=0)]
    assert not changed, "\n".join([f"if it should differ: {RENEW}", *changed[:SHOWN]])


def test_no_golden_file_is_left_over():
    assert {path.stem for path in GOLDEN.iterdir()} == set(DIALECTS)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_tables_and_view_make_up_the_script(dialect: str):
    with_drugs = table_statements(dialect)
    assert [*with_drugs, view_statement(dialect, treatments="t")] == statements(
        dialect, treatments="t"
    )
    without = table_statements(dialect, with_drugs=False)
    assert len(without) == len(with_drugs) - 3
    assert not any("toxwatch_fever_drugs" in one for one in without)


# Names go into the text as they are


BAD_NAMES = (
    "", "a b", "a;b", "a--", 'a"', "a'", "1a", "a.b.c.d", "a.", ".a", "a\n", "tabelle-1", "ä",
    "observations; DROP TABLE x", "(SELECT 1)", "a" * 64, "a\u0000",
)  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_what_is_no_plain_name_is_refused(name: str):
    for given in ({"table": name}, {"treatments": name}):
        with pytest.raises(CaseError, match="no plain name"):
            view_statement("duckdb", **given)
    with pytest.raises(CaseError, match="no such column"):
        view_statement("duckdb", columns=["patient_id", "taken_at", name])


def test_a_schema_may_stand_before_a_table():
    assert "FROM registry.observations" in view_statement("postgres", "registry.observations")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (["patient_id", "taken_at", "temperature"], 'did you mean "temperature_c"'),
        (["patient_id"], "taken_at is missing"),
        (["taken_at", "ice_total"], "patient_id is missing"),
        (["patient_id", "taken_at", "fever_drug_given_at"], "not both"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused(columns: list[str], says: str):
    with pytest.raises(CaseError, match=says):
        view_statement("spark", columns=columns, treatments="treatments")


def test_an_unknown_dialect_is_refused():
    with pytest.raises(CaseError, match="postgres, duckdb, spark"):
        to_sql("oracle")


def test_a_column_that_is_not_there_is_not_read():
    view = view_statement("postgres", columns=["patient_id", "taken_at", "temperature_c"])
    assert "CAST(NULL AS text) AS vasopressors" in view
    assert "systolic_mmhg" not in view
    with_pressure = ["patient_id", "taken_at", "systolic_mmhg"]
    assert "OR systolic_mmhg IS NOT NULL" in view_statement("postgres", columns=with_pressure)
