"""
One engine over one cohort, in a process of its own: ``python cohort_sql.py ENGINE FILE``.

The table is loaded and warm before the clock starts; what is timed is grading every row, episodes
and waiver included, down to the two sums that are printed with the seconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import polars as pl

from toxmodels.cohort.sql import VIEW, statements

SUMS = f"SELECT SUM(crs_at_least), SUM(icans_at_least), SUM(crs_episode) FROM {VIEW}"
Result = tuple[int, ...]
Query = Callable[[], Result]


@contextmanager
def _polars(path: Path) -> Iterator[Query]:
    from toxmodels.cohort.public import asking, grade_chunk

    frame = pl.read_parquet(path)
    asked = asking(history="episodes")

    def query() -> Result:
        graded = grade_chunk(frame, asked)
        columns = pl.col("crs_at_least", "icans_at_least", "crs_episode")
        return graded.select(columns.cast(pl.Int64).sum()).row(0)

    yield query


@contextmanager
def _duckdb(path: Path) -> Iterator[Query]:
    import duckdb

    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.execute(f"CREATE TABLE observations AS SELECT * FROM '{path}'")
        for one in statements("duckdb", columns=_columns(path)):
            engine.execute(one)
        yield lambda: _whole(engine.execute(SUMS).fetchone())


@contextmanager
def _postgres(path: Path) -> Iterator[Query]:
    from tests.postgres import own_postgres
    from tests.toxmodels.cohort.sql_engines import load_postgres

    with own_postgres() as own, own.admin() as engine:
        engine.execute("SET timezone = 'UTC'")
        engine.execute("SET work_mem = '512MB'")
        frame = pl.read_parquet(path)
        words = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Enum)]
        small = [name for name, kind in frame.schema.items() if kind == pl.Int8]
        ready = frame.cast(dict.fromkeys(words, pl.String) | dict.fromkeys(small, pl.Int64))
        load_postgres(engine, "observations", ready)
        for one in statements("postgres", columns=_columns(path)):
            engine.execute(one)
        yield lambda: _whole(engine.execute(SUMS).fetchone())


@contextmanager
def _spark(path: Path) -> Iterator[Query]:
    from tests.toxmodels.cohort.sql_engines import own_spark

    with own_spark("local[2]") as spark:
        spark.read.parquet(str(path)).createOrReplaceTempView("observations")
        for one in statements("spark", columns=_columns(path)):
            spark.sql(one)
        yield lambda: _whole(spark.sql(SUMS).first())


@contextmanager
def _spark_python(path: Path) -> Iterator[Query]:
    """Python once a partition, instead of the SQL."""
    from tests.toxmodels.cohort.sql_engines import own_spark
    from toxmodels.cohort.partition import graded_batches, spark_schema

    with own_spark("local[2]") as spark:
        work = partial(graded_batches, history="episodes")
        schema = spark_schema(history="episodes")

        def query() -> Result:
            rows = spark.read.parquet(str(path)).repartition(4, "patient_id")
            in_order = rows.sortWithinPartitions("patient_id", "taken_at")
            in_order.mapInArrow(work, schema).createOrReplaceTempView(VIEW)
            return _whole(spark.sql(SUMS).first())

        yield query


def _columns(path: Path) -> list[str]:
    return pl.scan_parquet(path).collect_schema().names()


def _whole(row: tuple[object, ...] | None) -> Result:
    return tuple(int(str(value)) for value in row or ())


ENGINES = {
    "polars": _polars,
    "duckdb": _duckdb,
    "postgres": _postgres,
    "spark": _spark,
    "spark-python": _spark_python,
}


def main() -> None:
    engine, path = sys.argv[1], Path(sys.argv[2])
    with ENGINES[engine](path) as query:
        times = []
        for _ in range(2):  # the first time compiles and fills the caches
            began = time.perf_counter()
            sums = query()
            times.append(time.perf_counter() - began)
    print(json.dumps({"seconds": times[-1], "cold_s": times[0], "sums": sums}))


if __name__ == "__main__":
    main()
