"""
The engines that run the emitted SQL here, and how their answers are compared with the frames path.

Every engine gets the rows in no order, and treatments either as a second table or as columns.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from tests.health.tree import ROOT
from toxmodels.cohort.sql import VIEW, statements
from toxmodels.cohort.treatments import given

COMPARED = tuple(
    f"{scale}_{what}"
    for scale in ("crs", "icans")
    for what in (
        "at_least", "at_most", "decided_by", "missing", "waived", "episode", "status", "onset_at",
    )
    if (scale, what) != ("icans", "waived")
)  # fmt: skip
_POSTGRES = {
    pl.String: "text",
    pl.Float64: "double precision",
    pl.Int64: "bigint",
    pl.Boolean: "boolean",
    pl.Datetime: "timestamp with time zone",
}


def with_columns_of(treatments: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """The same treatments as columns of the observations."""
    sorted_rows = observations.sort("patient_id", "taken_at", maintain_order=True)
    joined = given(treatments).joined_to(sorted_rows)
    return joined.drop(
        [name for name in joined.columns if name in ("given_at", "patient_id_right")]
    )


def on_duckdb(observations: pl.DataFrame, treatments: pl.DataFrame | None = None) -> pl.DataFrame:
    import duckdb

    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("observations", observations.to_arrow())
        if treatments is not None:
            engine.register("treatments", treatments.to_arrow())
        for one in _script("duckdb", observations, treatments):
            engine.execute(one)
        return pl.DataFrame(engine.sql(f"SELECT * FROM {VIEW}").to_arrow_table())


def on_postgres(
    engine: psycopg.Connection[Any],
    observations: pl.DataFrame,
    treatments: pl.DataFrame | None = None,
) -> pl.DataFrame:
    engine.execute("DISCARD TEMPORARY")
    load_postgres(engine, "observations", observations)
    if treatments is not None:
        load_postgres(engine, "treatments", treatments)
    for one in _script("postgres", observations, treatments):
        engine.execute(one)
    found = engine.execute(f"SELECT * FROM {VIEW}")
    names = [column.name for column in found.description or ()]
    return pl.DataFrame(found.fetchall(), schema=names, orient="row", infer_schema_length=None)


def load_postgres(engine: psycopg.Connection[Any], table: str, frame: pl.DataFrame) -> None:
    """A temporary table with the rows of a frame."""
    columns = ", ".join(f"{name} {_POSTGRES[type(kind)]}" for name, kind in frame.schema.items())
    engine.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
    with engine.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in frame.iter_rows():
            copy.write_row(row)
    engine.execute(f"ANALYZE {table}")


def on_spark(
    spark: Any, folder: Path, observations: pl.DataFrame, treatments: pl.DataFrame | None = None
) -> Any:
    """The view as a frame of Spark; the rows come from several files, as on a cluster."""
    tables = {"observations": observations, "treatments": treatments}
    for name, frame in tables.items():
        if frame is not None:
            place = folder / name
            place.mkdir(parents=True)
            for n, part in enumerate(frame.iter_slices(frame.height // 3 + 1)):
                part.write_parquet(place / f"{n}.parquet")
            spark.read.parquet(str(place)).createOrReplaceTempView(name)
    for one in _script("spark", observations, treatments):
        spark.sql(one)
    return spark.sql(f"SELECT * FROM {VIEW}")


def _script(dialect: str, observations: pl.DataFrame, treatments: pl.DataFrame | None) -> list[str]:
    second = None if treatments is None else "treatments"
    return statements(dialect, "observations", observations.columns, second)


@contextmanager
def own_spark(master: str) -> Iterator[Any]:
    """A Spark of its own; several workers as ``local[2]`` or ``local-cluster[2,1,1024]``."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # it speaks of pandas, which is not used here
        patch.setenv("PYSPARK_PYTHON", sys.executable)  # workers with what is installed here
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master(master).appName("toxwatch tests")
        quiet = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "4",
            "spark.executor.memory": "1g",
            "spark.executorEnv.PYTHONPATH": str(ROOT),
        }
        for name, value in quiet.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()


def differences(by_sql: pl.DataFrame, by_frames: pl.DataFrame) -> dict[str, int]:
    """
    In how many rows a column differs, over all rows not marked ``one_by_one``.

    ``rows``: how many rows there are too many or too few.
    """
    texts = [
        pl.col(name).cast(pl.String) if isinstance(kind, pl.Enum) else pl.col(name)
        for name, kind in by_frames.schema.items()
        if name in ("patient_id", "taken_at", *COMPARED)
    ]
    easy = by_sql.filter(~pl.col("one_by_one"))
    both = easy.with_columns(pl.col("^.*_at$").cast(pl.Datetime("us", "UTC"))).join(
        by_frames.select(texts), on=["patient_id", "taken_at"], suffix="_expected"
    )
    found = {"rows": abs(by_sql.height - by_frames.height) + abs(both.height - easy.height)}
    for name in COMPARED:
        expected = both[f"{name}_expected"]
        found[name] = both.height - int(both[name].cast(expected.dtype).eq_missing(expected).sum())
    return {name: count for name, count in found.items() if count}


def marked(by_sql: pl.DataFrame) -> set[str]:
    """The patients that SQL leaves to the scalar grader."""
    return set(by_sql.filter("one_by_one")["patient_id"].to_list())
