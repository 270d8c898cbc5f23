"""Parts of a cohort, each of whole patients, come out as the whole does; the contract is kept."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.toxmodels.cohort.rows import cohort
from tests.toxmodels.cohort.sql_engines import differences
from toxmodels.casefile import CaseError
from toxmodels.cohort import grade
from toxmodels.cohort.partition import grade_partition, graded_batches, spark_schema


def whole_and_parts(seed: int, parts: int) -> tuple[pl.DataFrame, pl.DataFrame, list[pa.Table]]:
    observations, treatments = cohort(seed, 60)
    bucket = observations["patient_id"].hash(seed) % parts
    shuffled = observations.with_columns(bucket=bucket).sample(fraction=1, shuffle=True, seed=seed)
    cut = [shuffled.filter(bucket=n).drop("bucket").to_arrow() for n in range(parts)]
    return grade(observations, history="episodes", treatments=treatments), treatments, cut


def _graded(source: Path, given: Path, target: Path) -> None:
    """What one worker does with one file."""
    graded = grade_partition(pq.read_table(source), treatments=pl.read_parquet(given))
    pq.write_table(graded, target)


def as_sql(graded: pa.Table | list[pa.RecordBatch]) -> pl.DataFrame:
    return pl.DataFrame(graded).with_columns(one_by_one=pl.lit(False))


def test_files_of_whole_patients_in_processes_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # A new process runs the main module of this one again, and a page tested before in this
    # worker may have left its script there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    expected, treatments, parts = whole_and_parts(21, 3)
    given = tmp_path / "given.parquet"
    treatments.write_parquet(given)
    sources = [tmp_path / f"in-{n}.parquet" for n in range(len(parts))]
    targets = [tmp_path / f"out-{n}.parquet" for n in range(len(parts))]
    for source, part in zip(sources, parts, strict=True):
        pq.write_table(part, source)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_graded, sources, [given] * len(parts), targets))
    found = pa.concat_tables([pq.read_table(target) for target in targets])
    assert differences(as_sql(found), expected) == {}


def test_the_types_are_plain():
    _, treatments, (part,) = whole_and_parts(22, 1)
    graded = grade_partition(part, treatments=treatments)
    assert {str(kind) for kind in graded.schema.types} == {
        "large_string", "timestamp[us, tz=UTC]", "int32", "bool",
    }  # fmt: skip
    declared = [word.split(" ")[0] for word in spark_schema().split(", ")]
    assert declared == graded.schema.names


@pytest.mark.parametrize("rows", [1, 50, 10_000])
def test_a_stream_of_batches_is_cut_at_patients(rows: int):
    expected, treatments, (part,) = whole_and_parts(23, 1)
    batches = part.sort_by([("patient_id", "ascending"), ("taken_at", "ascending")]).to_batches(7)
    graded = list(graded_batches(batches, treatments=treatments, history="episodes", rows=rows))
    assert differences(as_sql(pa.Table.from_batches(graded)), expected) == {}


def test_a_patient_in_two_places_is_refused():
    _, treatments, (part,) = whole_and_parts(24, 1)
    in_time = part.sort_by("taken_at").to_batches(5)
    with pytest.raises(CaseError, match="do not stand together"):
        list(graded_batches(in_time, treatments=treatments, rows=5))


def test_nothing_comes_out_of_nothing():
    _, _, (part,) = whole_and_parts(25, 1)
    assert list(graded_batches(iter([]))) == []
    assert grade_partition(part.slice(0, 0)).num_rows == 0


def test_an_episode_or_a_patient_a_row():
    _, treatments, (part,) = whole_and_parts(26, 1)
    for per in ("patient", "episode"):
        graded = grade_partition(part, per=per, treatments=treatments)
        assert graded.schema.names == [
            one.split(" ")[0] for one in spark_schema(per=per).split(", ")
        ]
