"""DuckDB and PostgreSQL say of a cohort what the frames path and the scalar course say."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest

from tests.postgres import own_postgres
from tests.toxmodels.cohort.awkward import awkward
from tests.toxmodels.cohort.rows import cohort
from tests.toxmodels.cohort.sql_engines import (
    COMPARED,
    differences,
    marked,
    on_duckdb,
    on_postgres,
    with_columns_of,
)
from toxmodels.casefile import CaseError, load_record
from toxmodels.cohort import grade
from toxmodels.cohort.one_by_one import graded_rows
from toxmodels.cohort.public import asking, grade_chunk
from toxmodels.cohort.running import Noticed
from toxmodels.drugs.antibacterials import antibacterials
from toxmodels.drugs.fever_classes import brand_names, classes, neighbours
from toxmodels.records import Treatment

Engine = Callable[..., pl.DataFrame]


def _at_night(*seeds: int) -> list[Any]:
    """Further seeds, at night."""
    return [pytest.param(seed, marks=pytest.mark.nightly) for seed in seeds]


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with own_postgres() as own, own.admin() as connection:
        connection.execute("SET timezone = 'UTC'")
        yield connection


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "duckdb":
        return on_duckdb
    server = request.getfixturevalue("server")
    return lambda *frames: on_postgres(server, *frames)


def expected(observations: pl.DataFrame, treatments: pl.DataFrame | None = None) -> pl.DataFrame:
    return grade(observations, history="episodes", treatments=treatments)


@pytest.mark.parametrize("seed", [1, *_at_night(2, 3)])
def test_random_rows(engine: Engine, seed: int):
    observations, treatments = cohort(seed, 150)
    found = engine(observations, treatments)
    assert differences(found, expected(observations, treatments)) == {}
    assert found.filter("one_by_one").height < 0.05 * found.height


@pytest.mark.parametrize("seed", [4, *_at_night(5, 6)])
def test_rows_as_hospitals_send_them(engine: Engine, seed: int):
    observations, treatments = cohort(seed, 200)
    observations = awkward(observations, seed)
    found = engine(observations, treatments)
    assert differences(found, expected(observations, treatments)) == {}
    assert found.filter("one_by_one").height < 0.3 * found.height


def test_treatments_as_columns(engine: Engine):
    observations, treatments = cohort(7, 150)
    joined = with_columns_of(treatments, awkward(observations, 7))
    shuffled = joined.sample(fraction=1, shuffle=True, seed=7)
    assert differences(engine(shuffled), expected(joined)) == {}


def test_few_columns(engine: Engine):
    observations, _ = cohort(8, 100)
    few = observations.select("patient_id", "taken_at", "temperature_c", "ice_total", "hypotensive")
    assert differences(engine(few), expected(few)) == {}


@pytest.mark.parametrize(
    "name",
    ["temperature_c", "hypotensive", "ice_low", "age_years", "first_dose_at", "baseline_ice",
     "treatments_recorded"],
)  # fmt: skip
def test_a_column_of_text_fails_or_is_read_right(engine: Engine, name: str):
    observations, treatments = cohort(15, 20)
    as_text = observations.with_columns(pl.col(name).cast(pl.String))
    try:
        found = engine(as_text, treatments)
    except (duckdb.Error, psycopg.Error):
        return
    assert differences(found, expected(observations, treatments)) == {}


def test_nine_for_unknown_is_not_yes():
    observations, treatments = cohort(16, 60)
    names = [name for name, kind in observations.schema.items() if kind == pl.Boolean]
    coded = observations.with_columns(pl.col(names).cast(pl.Int64).fill_null(9))
    assert differences(on_duckdb(coded, treatments), expected(coded, treatments)) == {}


def test_a_wrong_grade_is_noticed():
    observations, treatments = cohort(1, 40)
    found, right = on_duckdb(observations, treatments), expected(observations, treatments)
    easy = found.with_row_index().filter(~pl.col("one_by_one"))["index"][0]
    for name in COMPARED:
        spoiled = pl.when(pl.int_range(pl.len()) == easy).then(None).otherwise(pl.col(name))
        assert differences(found.with_columns(spoiled.alias(name)), right).keys() <= {name}
    assert differences(found.tail(-1), right)["rows"] == 1


# Against the scalar course, and who is left to it


def test_sql_against_the_scalar_course():
    observations, treatments = cohort(9, 150)
    observations = awkward(observations, 9, spoiled=False)
    found = on_duckdb(observations, treatments)
    lists = treatments.partition_by("patient_id", as_dict=True)
    rows = []
    for (name,), frame in (
        observations.sort("taken_at").partition_by("patient_id", as_dict=True).items()
    ):
        listed = lists.get((name,))
        told = None if listed is None else [_record(row) for row in listed.to_dicts()]
        if told is None and frame["treatments_recorded"].to_list()[-1] is True:
            told = []
        rows += graded_rows(frame.to_dicts(), told)
    schema = {"patient_id": pl.String, **{name: found[name].dtype for name in COMPARED}}
    times = {
        name: pl.Datetime("us", "UTC") for name in ("taken_at", "crs_onset_at", "icans_onset_at")
    }
    by_scalar = pl.DataFrame(rows, schema=schema | times, strict=False)
    assert differences(found, by_scalar) == {}


def _record(row: dict[str, Any]) -> Treatment:
    told = {name: value for name, value in row.items() if value is not None}
    told = {
        name: value.isoformat() if name.endswith("_at") else value for name, value in told.items()
    }
    return load_record(
        Treatment, {name: value for name, value in told.items() if name != "patient_id"}
    )


@pytest.mark.parametrize("seed", [10, *_at_night(11)])
def test_patients_left_to_the_scalar_course(seed: int):
    observations, treatments = cohort(seed, 300)
    observations = awkward(observations, seed, spoiled=False)
    noticed = Noticed()
    in_order = observations.sort("patient_id", "taken_at", maintain_order=True)
    grade_chunk(in_order, asking(history="episodes", treatments=treatments), noticed)
    found = marked(on_duckdb(observations, treatments))
    assert noticed.one_by_one <= found
    assert len(found - noticed.one_by_one) <= 0.01 * 300


def test_rows_without_patient_or_time_are_kept_and_marked(engine: Engine):
    observations, _ = cohort(12, 30)
    nameless = observations.head(3).with_columns(patient_id=pl.lit(None, pl.String))
    timeless = observations.slice(40, 1).with_columns(
        taken_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    found = engine(pl.concat([observations, nameless, timeless]))
    assert found.height == observations.height + 4
    assert marked(found) >= {None, timeless["patient_id"][0]}
    grades = [name for name in COMPARED if name in found.columns]
    lost = found.filter(pl.col("patient_id").is_null() | pl.col("taken_at").is_null())
    assert all(lost[name].null_count() == lost.height for name in grades)


# Names of drugs


def _slips(dice: random.Random, name: str) -> Iterator[str]:
    at = dice.randrange(1, len(name) - 1)
    yield name[:at] + name[at + 1 :]
    yield name[:at] + name[at] + name[at:]
    yield name[:at] + dice.choice("aeiourst") + name[at + 1 :]
    yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    yield from (name.upper(), f" {name}", f"{name} 8 mg/kg", name[:4], name[::-1], f"{name} ")


def _refused(name: str) -> bool:
    try:
        load_record(Treatment, {"given_at": "2026-01-01T00:00:00+00:00", "drug": name})
    except CaseError:
        return True
    return False


def test_a_slip_of_a_drug_that_matters_is_never_read_as_another_drug(engine: Engine):
    dice = random.Random(3)
    names = [slip for name in sorted(classes()) for slip in _slips(dice, name)]
    names += [*brand_names(), *neighbours(), *sorted(antibacterials()), "ondansetron", "x", ""]
    observations, treatments = cohort(13, 40)
    patient = observations["patient_id"].unique(maintain_order=True)
    rows = {f"n-{n}": name for n, name in enumerate(names)}
    one = observations.filter(pl.col("patient_id") == patient[0])
    many = pl.concat([one.with_columns(patient_id=pl.lit(id_)) for id_ in rows])
    given = pl.DataFrame(
        [
            {"patient_id": id_, "given_at": one["taken_at"][0], "drug": name}
            for id_, name in rows.items()
        ],
        schema=treatments.schema,
    )
    found = marked(engine(many, given))
    refused = {id_ for id_, name in rows.items() if _refused(name)}
    assert len(refused) > 200
    assert {rows[id_] for id_ in refused - found} == set()
    assert {rows[id_] for id_ in found - refused} <= {
        name for name in names if len(set(name)) < 2
    } | {name[::-1] for name in classes()}


def test_a_treatment_that_says_too_little_marks_whoever_it_may_be(engine: Engine):
    observations, treatments = cohort(14, 20)
    ids = observations["patient_id"].unique(maintain_order=True).to_list()
    before = marked(engine(observations, treatments))
    row = {"patient_id": ids[0], "given_at": observations["taken_at"][0], "drug": "meropenem"}
    for left_out in ("given_at", "drug"):
        more = pl.DataFrame([row | {left_out: None}], schema=treatments.schema)
        assert marked(engine(observations, pl.concat([treatments, more]))) == {*before, ids[0]}
    nobody = pl.DataFrame([row | {"patient_id": None}], schema=treatments.schema)
    assert marked(engine(observations, pl.concat([treatments, nobody]))) == set(ids)
