"""
Spark with several workers, and a million rows on every engine.

Spark is no part of the locked packages: ``uv pip install "toxwatch[spark]"`` and a Java of 17 or
later. Without them these tests are skipped, except in CI, where they fail.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.postgres import own_postgres
from tests.toxmodels.cohort.awkward import awkward
from tests.toxmodels.cohort.rows import cohort
from tests.toxmodels.cohort.sql_engines import (
    differences,
    marked,
    on_duckdb,
    on_postgres,
    on_spark,
    own_spark,
)
from toxmodels.cohort import grade
from toxmodels.cohort.partition import graded_batches, spark_schema

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(3600),
    # Nothing here goes through pandas.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

PATIENTS = 10_000
MILLION = 1_000_000


@pytest.fixture(params=["local[2]", "local-cluster[2,1,1024]"], scope="module")
def spark(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Two threads of one Java machine, then two workers with a machine each."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            pytest.fail("pyspark or Java is missing: the tests of Spark must run in CI")
        pytest.skip("pyspark or Java is not installed: tests of Spark left out")
    with own_spark(request.param) as session:
        yield session


def collected(frame: Any, folder: Path) -> pl.DataFrame:
    """What came out, by way of files: a driver has little memory."""
    frame.write.mode("overwrite").parquet(str(folder / "out"))
    return pl.read_parquet(folder / "out" / "*.parquet")


def test_sql_on_spark(spark: Any, tmp_path: Path):
    for seed in (31, 32):
        observations, treatments = cohort(seed, 400)
        observations = awkward(observations, seed)
        found = collected(on_spark(spark, tmp_path / str(seed), observations, treatments), tmp_path)
        expected = grade(observations, history="episodes", treatments=treatments)
        assert differences(found, expected) == {}
        assert marked(found) == marked(on_duckdb(observations, treatments))


def test_spark_divides_and_sorts_the_rows_once(spark: Any, tmp_path: Path, report: Any):
    observations, treatments = cohort(33, 20)
    spark.conf.set("spark.sql.adaptive.enabled", "false")  # the plan is then what will run
    try:
        counts = {
            what: planned(on_spark(spark, tmp_path / what, observations, second))
            for what, second in (("columns", None), ("treatments", treatments))
        }
    finally:
        spark.conf.set("spark.sql.adaptive.enabled", "true")
    for what, count in counts.items():
        report(f"Spark plan, drugs as {what}", tried=1, broken=0, **count)
        assert count["exchanges"] == 1
        assert count["sorts"] == 1
        assert count["windows"] <= 10


def planned(frame: Any) -> dict[str, int]:
    """How often the rows of patients are divided, sorted and looked over."""
    plan = frame._jdf.queryExecution().executedPlan().toString()
    return {
        "exchanges": len(re.findall(r"Exchange hashpartitioning\(patient_id", plan)),
        "sorts": len(re.findall(r"Sort \[patient_id", plan)),
        "windows": len(re.findall(r"Window \[", plan)),
        "joins_by_sorting": len(re.findall(r"SortMergeJoin \[", plan)),
    }


def test_python_on_spark_once_a_partition(spark: Any, tmp_path: Path):
    observations, treatments = cohort(34, 300)
    source = tmp_path / "in"
    source.mkdir()
    for n, part in enumerate(observations.sample(fraction=1, shuffle=True).iter_slices(700)):
        part.write_parquet(source / f"{n}.parquet")
    given = treatments.to_arrow()
    graded = (
        spark.read.parquet(str(source))
        .repartition(3, "patient_id")
        .sortWithinPartitions("patient_id", "taken_at")
        .mapInArrow(partial(graded_batches, treatments=given, history="episodes"),
                    spark_schema(history="episodes"))
    )  # fmt: skip
    found = collected(graded, tmp_path).with_columns(one_by_one=pl.lit(False))
    assert differences(found, grade(observations, history="episodes", treatments=treatments)) == {}


@pytest.fixture(scope="module")
def million() -> tuple[pl.DataFrame, pl.DataFrame]:
    """A million rows and more, a tenth of them awkward."""
    rows, given, seed = [], [], 1_000
    while sum(frame.height for frame in rows) < MILLION:
        observations, treatments = cohort(seed, PATIENTS)
        if seed % 10 == 0:
            observations = awkward(observations, seed)
        named = pl.concat_str(pl.lit(f"{seed}-"), "patient_id").alias("patient_id")
        rows.append(observations.with_columns(named))
        given.append(treatments.with_columns(named))
        seed += 1
    return pl.concat(rows, how="diagonal"), pl.concat(given)


def test_a_million_rows_on_every_engine(
    million: tuple[pl.DataFrame, pl.DataFrame], tmp_path: Path, report: Any
):
    expected = grade(million[0], history="episodes", treatments=million[1])

    def compare(engine: str, graded: pl.DataFrame) -> None:
        wrong = differences(graded, expected)
        alone = graded.filter("one_by_one").height
        tried, broken = graded.height - alone, sum(wrong.values())
        report(f"SQL on {engine} as the frames path", tried=tried, broken=broken, alone=alone)
        assert wrong == {}
        assert alone < 0.05 * graded.height

    compare("duckdb", on_duckdb(*million))
    with own_postgres() as own, own.admin() as connection:
        connection.execute("SET timezone = 'UTC'")
        compare("postgres", on_postgres(connection, *million))
    if importlib.util.find_spec("pyspark") is not None and shutil.which("java") is not None:
        with own_spark("local[2]") as session:
            compare("spark", collected(on_spark(session, tmp_path, *million), tmp_path))
