"""Rows in their order, a part at a time: from a file that can be entered anywhere, and others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.toxmodels.cohort.rows import cohort
from toxmodels.cohort.order import batches, can_be_entered, whole_patients
from toxmodels.cohort.questions.study import study_of

FRAME, GIVEN = cohort(3, 60)
ROWS = 97
Change = Callable[[pl.LazyFrame], pl.LazyFrame]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The cohort in two files, so that a part reaches over the end of one."""
    half = FRAME.height // 2 + 11
    FRAME.head(half).write_parquet(tmp_path / "0.parquet", row_group_size=50)
    FRAME.slice(half).write_parquet(tmp_path / "1.parquet", row_group_size=500)
    return tmp_path


CHANGES: dict[str, tuple[Change, bool]] = {
    "as it is": (lambda frame: frame, True),
    "another column": (lambda frame: frame.with_columns(pl.lit(1).alias("more")), True),
    "fewer columns": (lambda frame: frame.select("patient_id", "taken_at"), True),
    "some rows": (lambda frame: frame.filter(pl.col("taken_at").is_not_null()), False),
    "sorted": (lambda frame: frame.sort("patient_id", "taken_at"), False),
    "one after another": (lambda frame: pl.concat([frame.head(50), frame.slice(50)]), False),
    "from memory": (lambda frame: frame.collect().lazy(), False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_row_comes_once_and_in_order(folder: Path, name: str) -> None:
    change, enters = CHANGES[name]
    frame = change(pl.scan_parquet(folder / "*.parquet"))
    assert can_be_entered(frame) is enters
    parts = list(batches(frame, ROWS))
    assert pl.concat(parts).equals(frame.collect())
    if enters:
        assert [one.height for one in parts[:-1]] == [ROWS] * (len(parts) - 1)


def test_a_file_that_ends_with_a_part_and_one_without_rows(tmp_path: Path) -> None:
    FRAME.head(2 * ROWS).write_parquet(tmp_path / "even.parquet")
    even = pl.scan_parquet(tmp_path / "even.parquet")
    assert [one.height for one in batches(even, ROWS)] == [ROWS, ROWS]
    FRAME.clear().write_parquet(tmp_path / "none.parquet")
    assert list(batches(pl.scan_parquet(tmp_path / "none.parquet"), ROWS)) == []


def test_no_patient_is_divided(folder: Path) -> None:
    frame = pl.scan_parquet(folder / "*.parquet")
    chunks = list(whole_patients(batches(frame, ROWS), ROWS))
    assert len(chunks) > 3
    seen = [set(one["patient_id"].to_list()) for one in chunks]
    assert sum(map(len, seen)) == FRAME["patient_id"].n_unique()


def test_a_study_of_a_file_is_that_of_the_frame(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toxmodels.cohort.questions.study.CHUNK_ROWS", ROWS)
    told: list[int] = []
    by_file = study_of(pl.scan_parquet(folder / "*.parquet"), GIVEN, read=told.append)
    at_once = study_of(FRAME, GIVEN)
    assert len(told) > 3
    assert sum(told) == FRAME.height
    order = ["patient_id", "toxicity", "episode"]
    assert by_file.patients.sort("patient_id").equals(at_once.patients.sort("patient_id"))
    assert by_file.episodes.sort(order).equals(at_once.episodes.sort(order))
    assert by_file.open_rows == at_once.open_rows
