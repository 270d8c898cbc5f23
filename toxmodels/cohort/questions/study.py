"""
A study: rows of a cohort with their grades, and one line a patient of what questions ask about.

Grades stay intervals: ``certain`` is the highest lower bound of any row, ``possible`` the highest
upper bound. What nobody recorded stays null and is counted as missing, never as "no".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from toxmodels.cohort.columns import COLUMNS, PATIENT, TIME
from toxmodels.cohort.order import (
    batches,
    is_sorted,
    refuse_nameless,
    rows_at_once,
    whole_patients,
)
from toxmodels.cohort.public import asking, grade_chunk
from toxmodels.cohort.questions.opening import listed, readable_rows
from toxmodels.cohort.running import Noticed
from toxmodels.drugs import class_of

__all__ = ["AGE_BANDS", "GROUPS", "Study", "study_of"]

TOXICITIES: Final = ("crs", "icans")
FATAL: Final = 5
WORST: Final = 4
# A sign before the first dose is no toxicity of it.
_AFTER: Final = pl.col("first_dose_at").is_null() | (pl.col(TIME) >= pl.col("first_dose_at"))
# Bands by which a cohort is divided: below 12, below 18, below 65 years, and older.
AGE_BANDS: Final = ("under 12", "12-17", "18-64", "65 and older")
_AGE_LIMITS: Final = (12.0, 18.0, 65.0)
GROUPS: Final[Mapping[str, str]] = {"product": "product", "age": "age_band", "burden": "burden"}
GRADED: Final = tuple(f"{one}_{end}" for one in TOXICITIES for end in ("at_least", "at_most"))
# A list of treatments says these better.
_OF_LISTS: Final = ("fever_drug_given_at", "fever_hidden_until")
_NUMBERS: Final = ("_at_least", "_at_most", "_episode")
_TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}
_NUMBER: Final = "number among the ill"
SAMPLED: Final = 2_000
CHUNK_ROWS: Final = 1 << 17
_DOSES: Final = "tocilizumab_doses"
_STEROID: Final = "corticosteroid_given"
_RECORDED: Final = "treatments_recorded"
_NOTHING: Final = "nothing was given"
CONTEXT: Final[Mapping[str, Any]] = {
    "product": pl.String,
    "burden": pl.String,
    "age_years": pl.Float64,
    "first_dose_at": pl.Datetime("us", "UTC"),
    "died_at": pl.Datetime("us", "UTC"),
    "death_due_to": pl.String,
    _DOSES: pl.Int64,
    _STEROID: pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Study:
    """
    A graded cohort ready for questions.

    ``patients`` has one line each and ``episodes`` one line an episode of either toxicity.
    ``rows`` holds the observations, with their grades beside them, of patients who were ill: of
    all of them in a small cohort, of an even sample in a large one. ``open_rows`` counts the rows
    graded as an interval, of ``row_count``. ``unreadable`` values were graded as if they could be
    anything. ``can_replay``: those rows are observations, not
    grades alone, so that protocols can be run over them.
    """

    rows: pl.DataFrame
    patients: pl.DataFrame
    episodes: pl.DataFrame
    treatments: pl.DataFrame | None
    row_count: int
    open_rows: Mapping[str, int]
    is_synthetic: bool
    can_replay: bool
    unreadable: int = 0

    @property
    def count(self) -> int:
        """How many patients there are."""
        return self.patients.height


def study_of(
    frame: pl.DataFrame | pl.LazyFrame,
    treatments: pl.DataFrame | None = None,
    *,
    read: Callable[[int], None] | None = None,
) -> Study:
    """
    Read a cohort, grade it where it is not graded yet, and sum up each patient.

    A lazy frame is read in chunks of whole patients; ``read`` hears how many rows each had.

    Raises:
        CaseError: neither observations nor grades can be found in it.

    """
    parts = _Parts(None if treatments is None else listed(treatments))
    for chunk in _chunks(frame):
        parts.take(chunk)
        if read is not None:
            read(chunk.height)
    return parts.study()


def _chunks(frame: pl.DataFrame | pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Chunks of whole patients, sorted; an empty cohort is one empty chunk."""
    if isinstance(frame, pl.DataFrame):
        yield readable_rows(frame).sort(PATIENT, TIME)
        return
    wanted = readable_rows(frame)
    ordered = wanted if is_sorted(wanted) else wanted.sort(PATIENT, TIME)
    some = False
    rows = rows_at_once(ordered, CHUNK_ROWS)
    for chunk in whole_patients(batches(ordered, rows), rows):
        some = True
        yield chunk
    if not some:
        yield wanted.head(0).collect()


@dataclass(slots=True)
class _Parts:
    """What was read so far: lines of patients and episodes, and an even sample of the ill."""

    treatments: pl.DataFrame | None
    patients: list[pl.DataFrame] = field(default_factory=list)
    episodes: list[pl.DataFrame] = field(default_factory=list)
    rows: list[pl.DataFrame] = field(default_factory=list)
    row_count: int = 0
    open_rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOXICITIES, 0))
    is_synthetic: bool = False
    can_replay: bool = False
    unreadable: int = 0
    ill: int = 0
    step: int = 1
    kept: int = 0

    def take(self, chunk: pl.DataFrame) -> None:
        """Grade one chunk of whole patients and sum it up."""
        noticed = Noticed()
        rows, episodes = _graded(chunk, self.treatments, noticed)
        self.unreadable += sum(cells.height for cells in noticed.cells)
        patients = _patients(rows, self.treatments)
        self.patients.append(patients)
        self.episodes.append(episodes)
        self.row_count += rows.height
        for one in TOXICITIES:
            wide = rows[f"{one}_at_least"] != rows[f"{one}_at_most"]
            self.open_rows[one] += int(wide.sum())
        if "synthetic" in rows.columns:
            self.is_synthetic |= bool(rows.select(_truth("synthetic").any()).item())
        self.can_replay |= any(
            COLUMNS[name].about in ("vitals", "neuro") for name in rows.columns if name in COLUMNS
        )
        self._sample(rows, patients)

    def _sample(self, rows: pl.DataFrame, patients: pl.DataFrame) -> None:
        """Keep every so-manieth ill patient; when they grow too many, every second one of them."""
        worst = pl.max_horizontal("crs_certain", "icans_certain")
        ill = patients.filter(worst >= 1).select(PATIENT)
        numbered = ill.with_columns(pl.int_range(self.ill, self.ill + ill.height).alias(_NUMBER))
        self.ill += ill.height
        chosen = numbered.filter(pl.col(_NUMBER) % self.step == 0)
        self.kept += chosen.height
        # A text takes sixteen bytes a cell, even where nothing stands in it; a category four.
        words = pl.col(pl.String).exclude(PATIENT).cast(pl.Categorical)
        kept = rows.join(chosen, on=PATIENT, how="inner", maintain_order="left")
        self.rows.append(kept.with_columns(words))
        while self.kept > 2 * SAMPLED:
            self.step *= 2
            self.rows = [one.filter(pl.col(_NUMBER) % self.step == 0) for one in self.rows]
            self.kept = sum(one[_NUMBER].n_unique() for one in self.rows)

    def study(self) -> Study:
        """Everything together."""
        return Study(
            pl.concat(self.rows).drop(_NUMBER),
            pl.concat(self.patients),
            pl.concat(self.episodes),
            self.treatments,
            self.row_count,
            self.open_rows,
            self.is_synthetic,
            self.can_replay,
            self.unreadable,
        )


def _graded(
    chunk: pl.DataFrame, treatments: pl.DataFrame | None, noticed: Noticed
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows with their grades beside them, and the episodes."""
    if {*GRADED} <= {*chunk.columns}:
        numbers = [pl.col(name).cast(pl.Int64) for name in chunk.columns if name.endswith(_NUMBERS)]
        rows = chunk.with_columns(numbers)
        return rows, _episodes_from(rows)
    refuse_nameless(chunk)
    asked = chunk
    if treatments is not None:
        asked = chunk.drop(*_OF_LISTS, strict=False)
        theirs = chunk.select(pl.col(PATIENT).unique())
        treatments = treatments.join(theirs, on=PATIENT, how="semi", maintain_order="left")
    wanted = asking("observation", None, treatments, "episodes")
    graded = grade_chunk(asked, wanted, noticed)
    episodes = grade_chunk(asked, replace(wanted, per="episode"))
    return chunk.hstack(graded.drop(PATIENT, TIME)), _with_hours(episodes)


def _truth(name: str) -> pl.Expr:
    """Yes and no, also as a CSV file writes them; anything else is not recorded."""
    text = pl.col(name).cast(pl.String).str.to_lowercase()
    return text.replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)


def _with_context(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what a cohort may leave out, as not recorded."""
    made = []
    for name, kind in CONTEXT.items():
        if name not in rows.columns:
            made.append(pl.lit(None, kind).alias(name))
        elif kind == pl.Boolean:
            made.append(_truth(name).alias(name))
        else:
            made.append(pl.col(name).cast(kind, strict=False))
    return rows.with_columns(made)


def _patients(rows: pl.DataFrame, treatments: pl.DataFrame | None) -> pl.DataFrame:
    told = _with_context(rows)
    constant = [
        pl.col(name).drop_nulls().first() for name in CONTEXT if name not in (_DOSES, _STEROID)
    ]
    onset = [
        pl.col(TIME).filter(_AFTER, pl.col(f"{one}_at_least") >= 1).min().alias(f"{one}_onset_at")
        for one in TOXICITIES
    ]
    bounds = [
        # Nobody who was not looked at after the first dose is known to be well.
        pl.col(f"{one}_{end}")
        .filter(_AFTER)
        .max()
        .cast(pl.Int64)
        .fill_null(none)
        .alias(f"{one}_{name}")
        for one in TOXICITIES
        for end, name, none in (("at_least", "certain", 0), ("at_most", "possible", WORST))
    ]
    found = told.group_by(PATIENT, maintain_order=True).agg(
        *constant,
        *onset,
        *bounds,
        pl.col(TIME).max().alias("followed_until"),
        pl.col(TIME).min().alias("followed_from"),
        pl.len().alias("rows"),
        pl.col(_DOSES).max(),
        pl.col(_STEROID).max(),
    )
    found = found.join(_nothing_given(rows, treatments), on=PATIENT, how="left")
    if treatments is not None:
        found = _given(found, treatments)
    nothing = pl.col(_NOTHING).fill_null(False)
    for name, none in ((_DOSES, 0), (_STEROID, False)):
        filled = pl.when(nothing & pl.col(name).is_null()).then(pl.lit(none)).otherwise(name)
        found = found.with_columns(filled.alias(name))
    return found.drop(_NOTHING).with_columns(_age_band(), *_fatal(), *_hours())


def _nothing_given(rows: pl.DataFrame, treatments: pl.DataFrame | None) -> pl.DataFrame:
    """Patients of whom somebody kept a list of treatments, and nothing stands in it."""
    listed = _truth(_RECORDED) if _RECORDED in rows.columns else pl.lit(False)
    if treatments is not None:
        named = pl.col(PATIENT).is_in(treatments[PATIENT].unique().implode())
    elif _OF_LISTS[0] in rows.columns:
        named = pl.col(_OF_LISTS[0]).is_not_null()
    else:  # the list is kept elsewhere
        named = pl.lit(True)
    nothing = listed.fill_null(False).any() & ~named.fill_null(False).any()
    return rows.group_by(PATIENT).agg(nothing.alias(_NOTHING))


def _given(patients: pl.DataFrame, treatments: pl.DataFrame) -> pl.DataFrame:
    """Doses as the list of treatments tells them; of a patient without a list, nothing is known."""
    steroids = [
        name
        for name in treatments["drug"].unique().drop_nulls().to_list()
        if class_of(str(name)) == "corticosteroid"
    ]
    counted = treatments.group_by(PATIENT).agg(
        (pl.col("drug") == "tocilizumab").sum().cast(pl.Int64).alias("_doses"),
        pl.col("drug").is_in(steroids).any().alias("_steroid"),
    )
    joined = patients.join(counted, on=PATIENT, how="left")
    return joined.with_columns(
        pl.coalesce("_doses", _DOSES).alias(_DOSES),
        pl.coalesce("_steroid", _STEROID).alias(_STEROID),
    ).drop("_doses", "_steroid")


def _age_band() -> pl.Expr:
    years = pl.col("age_years").fill_nan(None)
    found: Any = pl.when(years >= _AGE_LIMITS[-1]).then(pl.lit(AGE_BANDS[-1]))
    for limit, band in zip(reversed(_AGE_LIMITS[:-1]), reversed(AGE_BANDS[1:-1]), strict=True):
        found = found.when(years >= limit).then(pl.lit(band))
    band_of: pl.Expr = found.when(years >= 0).then(pl.lit(AGE_BANDS[0])).alias("age_band")
    return band_of


def _fatal() -> list[pl.Expr]:
    """A death due to a toxicity is its grade 5."""
    found = []
    for one in TOXICITIES:
        dead = pl.col("died_at").is_not_null() & (pl.col("death_due_to") == one).fill_null(False)
        for name in ("certain", "possible"):
            column = pl.col(f"{one}_{name}")
            found.append(pl.when(dead).then(FATAL).otherwise(column).alias(f"{one}_{name}"))
    return found


def _hours() -> list[pl.Expr]:
    """Hours from the first dose, or from the first row where that was not recorded."""
    start = pl.coalesce("first_dose_at", "followed_from")
    names = {
        "crs_onset_h": pl.col("crs_onset_at"),
        "icans_onset_h": pl.col("icans_onset_at"),
        "death_h": pl.col("died_at"),
        "followed_h": pl.max_horizontal("followed_until", "died_at"),
    }
    return [
        ((time - start).dt.total_minutes() / 60.0).clip(0.0, None).alias(name)
        for name, time in names.items()
    ]


def _with_hours(episodes: pl.DataFrame) -> pl.DataFrame:
    """Episodes under the short names of the toxicities, with whether and when each was over."""
    short = {"astct-crs-2019": "crs", "astct-icans-2019": "icans"}
    return episodes.select(
        PATIENT,
        pl.col("scale").cast(pl.String).replace_strict(short, default=None).alias("toxicity"),
        pl.col("episode").cast(pl.Int64),
        "onset_at",
        "ended_at",
        pl.col("peak_at_least").cast(pl.Int64),
    ).sort(PATIENT, "toxicity", "episode")


def _episodes_from(rows: pl.DataFrame) -> pl.DataFrame:
    """The same from graded rows alone: an episode is over at its first row that says so."""
    parts: Sequence[pl.DataFrame] = [
        rows.filter(pl.col(f"{one}_episode") > 0)
        .group_by(PATIENT, pl.col(f"{one}_episode").cast(pl.Int64).alias("episode"))
        .agg(
            pl.lit(one).alias("toxicity"),
            pl.col(f"{one}_onset_at").min().alias("onset_at"),
            pl.col(TIME)
            .filter(
                pl.col(TIME)
                > pl.col(TIME).filter(pl.col(f"{one}_status").cast(pl.String) == "open").max()
            )
            .min()
            .alias("ended_at"),
            pl.col(f"{one}_at_least").max().cast(pl.Int64).alias("peak_at_least"),
        )
        .select(PATIENT, "toxicity", "episode", "onset_at", "ended_at", "peak_at_least")
        for one in TOXICITIES
        if f"{one}_episode" in rows.columns
    ]
    if not parts:
        kinds = {PATIENT: pl.String, "toxicity": pl.String, "episode": pl.Int64}
        times = {name: pl.Datetime("us", "UTC") for name in ("onset_at", "ended_at")}
        return pl.DataFrame(schema={**kinds, **times, "peak_at_least": pl.Int64})
    return pl.concat(parts).sort(PATIENT, "toxicity", "episode")
