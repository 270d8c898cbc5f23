"""
Chunks of whole patients through the tables: read, cut into lanes, grade on threads, put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.coding import code
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.grading import History, grade_lane, lanes
from toxmodels.cohort.observations import (
    Columns,
    assembled,
    episode_columns,
    observation_columns,
    with_rules,
)
from toxmodels.cohort.one_by_one import FATAL, episode_rows, graded_alone, graded_rows, put_in
from toxmodels.cohort.reading import TRUE, Bits
from toxmodels.cohort.treatments import Given
from toxmodels.records import Treatment

__all__ = [
    "Asked",
    "Noticed",
    "Per",
    "fatal",
    "grade_sorted",
    "treatments_of",
    "written_as",
]

Per = Literal["observation", "patient", "episode"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: which scales, how far back to look, and what of it to report."""

    scales: tuple[str, ...]
    history: History
    per: Per
    given: Given | None = None
    one_by_one: bool = True


@dataclass(slots=True)
class Noticed:
    """
    What a run noticed besides grades.

    Patients that were graded one by one, and the cells that could not be read, with the columns
    named in ``places`` beside them.
    """

    places: tuple[str, ...] = ()
    one_by_one: set[Any] = field(default_factory=set)
    cells: list[pl.DataFrame] = field(default_factory=list)

    def see(self, frame: pl.DataFrame, coded: Coded) -> None:
        """Keep the cells of some rows that could not be read."""
        for name, rows in coded.unreadable.items():
            for column in written_as(name, frame.columns):
                kept = frame.select(*self.places, PATIENT, TIME, column)[rows.tolist()]
                value = pl.col(column).cast(pl.String)
                self.cells.append(
                    kept.filter(pl.col(column).is_not_null())
                    .with_columns(pl.lit(column).alias("column"), value.alias("value"))
                    .drop(column)
                )


def written_as(name: str, columns: Sequence[str]) -> list[str]:
    """The columns of the frame that an input was read from."""
    exam = name in ("ice", "capd")
    parts = [f"{name}_{part}" for part in ("total", "low", "high")] if exam else [name]
    return [one for one in parts if one in columns]


@dataclass(frozen=True, slots=True)
class _Done:
    """One lane: its columns, the rows only the scalar course can read, and their patients."""

    columns: Columns
    exotic: npt.NDArray[np.intp]
    patients: list[tuple[int, int]]


def grade_sorted(frame: pl.DataFrame, asked: Asked, noticed: Noticed | None = None) -> pl.DataFrame:
    """Grade whole patients, sorted by patient and time."""
    joined = frame if asked.given is None else asked.given.joined_to(frame)

    def work(part: tuple[int, int]) -> _Done:
        return _lane(joined.slice(part[0], part[1] - part[0]), part[0], asked, noticed)

    parts = lanes(frame[PATIENT])
    with ThreadPoolExecutor(min(pl.thread_pool_size(), len(parts))) as pool:
        done = list(pool.map(work, parts))
    whole = assembled([one.columns for one in done])
    if asked.per == "episode":
        owners = frame[PATIENT].gather(whole["row"])
        whole = pl.DataFrame([owners, *whole.drop("row")])
    else:
        whole = frame.select(PATIENT, TIME).hstack(whole)
    if asked.one_by_one and any(one.patients for one in done):
        whole = _exotic(joined, done, whole, asked)
        if noticed is not None:
            for start, _ in (span for one in done for span in one.patients):
                noticed.one_by_one.add(frame[PATIENT][start])
    return with_rules(whole)


def _lane(rows: pl.DataFrame, start: int, asked: Asked, noticed: Noticed | None) -> _Done:
    coded = code(rows, alone=asked.history == "none")
    if noticed is not None and coded.unreadable:
        noticed.see(rows, coded)
    lane = grade_lane(coded, asked.scales, asked.history)
    if asked.per == "episode":
        columns = episode_columns(lane)
        columns["row"] += start
    else:
        columns = observation_columns(lane, asked.history)
    alone = coded.exotic
    if asked.per == "episode":  # the course steps on a death, which no row may tell of
        alone = alone | fatal(rows)
    exotic = np.flatnonzero(alone)
    return _Done(columns, exotic + start, _spans(coded, exotic, start) if len(exotic) else [])


def fatal(rows: pl.DataFrame) -> Bits:
    """Rows of patients who died of a toxicity."""
    if not {"died_at", "death_due_to"} <= {*rows.columns}:
        return np.zeros(rows.height, dtype=np.bool_)
    of_it = pl.col("death_due_to").cast(pl.String).is_in(FATAL).fill_null(False)
    found: Bits = rows.select(pl.col("died_at").is_not_null() & of_it).to_series().to_numpy()
    return found


def _spans(coded: Coded, rows: npt.NDArray[np.intp], start: int) -> list[tuple[int, int]]:
    """Where the patients of these rows begin, and how many rows they have."""
    begins = np.flatnonzero(coded.begins)
    own = np.unique(np.searchsorted(begins, rows, side="right") - 1)
    ends = np.append(begins[1:], coded.rows)
    return [(int(begins[one]) + start, int(ends[one] - begins[one])) for one in own]


def _exotic(
    joined: pl.DataFrame, done: Sequence[_Done], whole: pl.DataFrame, asked: Asked
) -> pl.DataFrame:
    """Replace what was said of patients whom only the scalar course can read."""
    if asked.history == "none":
        places = np.concatenate([one.exotic for one in done])
        alone = [graded_alone(row) for row in joined[places.tolist()].to_dicts()]
        return put_in(whole, pl.Series(places), alone)
    found: list[dict[str, Any]] = []
    at: list[int] = []
    grade = episode_rows if asked.per == "episode" else graded_rows
    for start, length in (span for one in done for span in one.patients):
        rows = joined.slice(start, length).to_dicts()
        found += grade(rows, treatments_of(rows, asked))
        at += range(start, start + length)
    if asked.per != "episode":
        return put_in(whole, pl.Series(at), found)
    rest = whole.filter(~pl.col(PATIENT).is_in(joined[PATIENT].gather(at).unique().implode()))
    new = pl.DataFrame(found, schema=dict(whole.schema)) if found else whole.clear()
    return pl.concat([rest, new.filter(pl.col("scale").cast(pl.String).is_in(asked.scales))])


def treatments_of(rows: Sequence[dict[str, Any]], asked: Asked) -> list[Treatment] | None:
    """The treatments of a patient; times alone name no drug, and are treated as no list."""
    if asked.given is not None:
        listed = asked.given.records_of(rows[0][PATIENT])
        if listed is not None:
            return listed
    told = rows[-1].get("fever_drug_given_at") is not None
    return [] if rows[-1].get("treatments_recorded") in (True, *TRUE) and not told else None
