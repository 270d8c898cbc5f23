"""``toxwatch sql``: the script on standard output or in a file, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from toxmodels.cohort.sql import to_sql


def call(*words: str):
    return CliRunner().invoke(app, ["sql", *words])


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "spark"])
def test_it_prints_the_script(dialect: str):
    found = call("--dialect", dialect)
    assert found.exit_code == 0
    assert found.stdout == to_sql(dialect)


def test_tables_and_query_can_be_had_apart(tmp_path: Path):
    words = ["--dialect", "duckdb", "--table", "rows", "--columns", "patient_id, taken_at,hypoxic"]
    tables, view = tmp_path / "tables.sql", tmp_path / "view.sql"
    assert call(*words, "--tables-only", "-o", str(tables)).exit_code == 0
    assert call(*words, "--query-only", "-o", str(view)).exit_code == 0
    with duckdb.connect() as engine:
        engine.execute("CREATE TABLE rows (patient_id text, taken_at timestamptz, hypoxic boolean)")
        engine.execute("INSERT INTO rows VALUES ('a', '2026-03-01T08:00:00+00', NULL)")
        engine.execute(tables.read_text(encoding="utf-8"))
        engine.execute(view.read_text(encoding="utf-8"))
        found = engine.sql("SELECT crs_at_least, crs_at_most FROM toxwatch_graded").fetchall()
    assert found == [(0, 4)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--table", "x; DROP TABLE y"], "no plain name"),
        (["--treatments", "x y"], "no plain name"),
        (["--columns", "patient_id,taken_at,temp"], "no such column"),
        (["--tables-only", "--query-only"], "nothing to print"),
        (["--dialect", "oracle"], "oracle"),
    ],
)
def test_what_it_refuses(words: list[str], says: str):
    found = call("--dialect", "duckdb", *words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert says in found.stderr


def test_a_place_that_cannot_be_written_to(tmp_path: Path):
    found = call("--dialect", "duckdb", "-o", str(tmp_path / "none" / "x.sql"))
    assert found.exit_code == 1
    assert "No such file" in found.stderr


def test_nothing_is_written_over(tmp_path: Path):
    place = tmp_path / "rows.parquet"
    place.write_bytes(b"years of rows")
    found = call("--dialect", "duckdb", "-o", str(place))
    assert found.exit_code == 2
    assert "exists already" in found.stderr
    assert place.read_bytes() == b"years of rows"
