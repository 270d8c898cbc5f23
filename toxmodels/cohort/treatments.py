"""
Treatments of a cohort: which drug that waives fever came last, and until when any may hide it.

A patient with a row in the frame of treatments has a list; one without has none, unless the column
``treatments_recorded`` says that somebody kept one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import polars as pl

from toxmodels.casefile import CaseError, Fault, load_record
from toxmodels.cohort.columns import PATIENT, TIME, TREATMENT_COLUMNS
from toxmodels.cohort.frames import stamped, zoneless
from toxmodels.cohort.reading import TRUE
from toxmodels.drugs import class_of, masking_window
from toxmodels.records import Treatment

__all__ = ["Given", "given"]

FOR_EVER: Final = datetime(9000, 1, 1, tzinfo=UTC)
_AT: Final = "given_at"
_ANY_TIME: Final = "2026-01-01T00:00:00+00:00"
_REQUIRED: Final = (PATIENT, _AT, "drug")
_NEEDED: Final = ", ".join(_REQUIRED)


@dataclass(slots=True)
class Given:
    """The treatments as they are joined to observations, and as records by patient."""

    relevant: pl.DataFrame
    everything: pl.DataFrame
    _lists: dict[Any, list[Treatment]] = field(default_factory=dict)

    def joined_to(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add to sorted observations what was given by then."""
        listed = self.everything[PATIENT].unique().implode()
        known = pl.col(PATIENT).is_in(listed)
        if "treatments_recorded" in frame.columns:
            said = pl.col("treatments_recorded")
            if frame.schema["treatments_recorded"] == pl.String:
                said = said.is_in(TRUE)
            known = known | (said.cast(pl.Boolean) == pl.lit(True))
        return frame.join_asof(
            self.relevant,
            left_on=TIME,
            right_on=_AT,
            by=PATIENT,
            strategy="backward",
            check_sortedness=False,
            coalesce=False,
        ).with_columns(treatments_recorded=known.fill_null(False))

    def records_of(self, patient: Any) -> list[Treatment] | None:
        """The treatments of one patient as records; ``None`` where the frame names none."""
        rows = self.everything.filter(pl.col(PATIENT) == patient)
        return None if rows.height == 0 else [_record(row) for row in rows.to_dicts()]


def _record(row: Mapping[str, Any]) -> Treatment:
    kept = {name: row.get(name) for name in TREATMENT_COLUMNS[1:]}
    raw = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in kept.items()
        if value is not None
    }
    return load_record(Treatment, raw)


def given(frame: pl.DataFrame) -> Given:
    """
    Read the frame of treatments.

    Raises:
        CaseError: a column is missing, a drug is a near miss of one that matters, or a time is not.

    """
    present = [name for name in TREATMENT_COLUMNS if name in frame.columns]
    faults = zoneless(frame.select(present).schema)
    if faults:
        raise CaseError(faults)
    read = frame.select(present).with_columns(
        stamped(name, kind) for name, kind in frame.select(present).schema.items() if "_at" in name
    )
    _check(read, frame)
    for name in ("stopped_at", "interval_h"):
        if name not in present:
            kind = pl.Datetime("us", "UTC") if name == "stopped_at" else pl.Float64
            read = read.with_columns(pl.lit(None, kind).alias(name))
    read = read.with_columns(
        pl.col("drug").cast(pl.String),
        pl.col("interval_h").cast(pl.Float64, strict=False).fill_nan(None),
    )
    drugs = [name for name in read["drug"].unique().to_list() if class_of(name) is not None]
    windows = {name: masking_window(name) or timedelta(0) for name in drugs}
    windows = windows or {"": timedelta(0)}  # a mapping of nothing has no type
    last = pl.col("stopped_at").fill_null(pl.col(_AT))
    until = last + pl.col("drug").replace_strict(windows, return_dtype=pl.Duration("us"))
    runs = pl.col("stopped_at").is_null() & pl.col("interval_h").is_not_null()
    relevant = (
        read.filter(pl.col("drug").is_in(drugs))
        .sort(PATIENT, _AT, maintain_order=True)
        .select(
            PATIENT,
            _AT,
            fever_drug_given_at=pl.col(_AT),
            fever_hidden_until=pl.when(runs).then(pl.lit(FOR_EVER)).otherwise(until),
        )
        .with_columns(pl.col("fever_hidden_until").cum_max().over(PATIENT))
        .unique([PATIENT, _AT], keep="last", maintain_order=True)
    )
    return Given(relevant, read)


def _check(frame: pl.DataFrame, written: pl.DataFrame) -> None:
    faults = [
        Fault(path="treatments", says=f'no column "{name}"', suggestion=f"it needs {_NEEDED}")
        for name in _REQUIRED
        if name not in frame.columns
    ]
    if faults:
        raise CaseError(faults)
    if frame.select(pl.any_horizontal(pl.col(_REQUIRED).is_null().any())).item():
        says = "a row has no patient, no drug, or no time that can be read"
        raise CaseError([Fault(path="treatments", says=says, suggestion="complete or remove it")])
    if "stopped_at" in frame.columns:
        told = written["stopped_at"].cast(pl.String).replace("", None).is_not_null()
        if (told & frame["stopped_at"].is_null()).any():
            says = "a time in stopped_at cannot be read"
            raise CaseError([Fault(path="treatments", says=says, suggestion="see docs/cohorts.md")])
    if "interval_h" in frame.columns:
        hours = pl.col("interval_h").cast(pl.String).replace("", None)
        lost = hours.is_not_null() & hours.cast(pl.Float64, strict=False).is_null()
        if frame.select(lost.any()).item():
            says = "an interval_h is no number of hours"
            raise CaseError([Fault(path="treatments", says=says, suggestion="such as 8")])
    for name in frame["drug"].unique().to_list():
        load_record(Treatment, {_AT: _ANY_TIME, "drug": str(name)})
