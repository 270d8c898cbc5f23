"""``code``: a sorted frame into classes, times and counts, column by column."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from toxmodels.cohort.coded import Coded, There
from toxmodels.cohort.columns import ABOUT, COLUMNS, PATIENT, TIME
from toxmodels.cohort.cuts import TRUTH_UNREADABLE
from toxmodels.cohort.exam_coded import exam
from toxmodels.cohort.exotic import exotic
from toxmodels.cohort.reading import Bits, Classes, measured, moments, truths
from toxmodels.cohort.reading import whole as whole_numbers
from toxmodels.cohort.vitals_coded import vitals
from toxmodels.records import Patient
from toxmodels.scales.branch import CAPD_UP_TO_YEARS, CHILD_BELOW_YEARS, branch

__all__ = ["code"]

_BRANCH: Final = {"ice": 0, "capd": 1, "either": 2}


def code(frame: pl.DataFrame) -> Coded:
    """Read a frame that is sorted by patient and time."""
    times, _ = moments(frame[TIME])
    ids = frame[PATIENT]
    begins = (ids != ids.shift(1)).fill_null(True).to_numpy()
    coded = Coded(frame.height, times, begins)
    there = {name: frame[name] for name in frame.columns if name in COLUMNS}
    vitals(coded, there)
    exam(coded, there)
    _patient(coded, there)
    _moments(coded, there)
    coded.has_vitals = _any_of(frame, coded, "vitals")
    coded.has_exam = _any_of(frame, coded, "neuro")
    coded.exotic = exotic(coded, there)
    return coded


def _patient(coded: Coded, there: There) -> None:
    """Which scored exam grades: by the scalar rule, on one age of each class."""
    age = np.zeros(coded.rows, dtype=np.uint8)
    if "age_years" in there:
        years, bad = measured(there["age_years"], COLUMNS["age_years"])
        known = ~np.isnan(years) & ~bad
        age += known
        age += known & (years >= CHILD_BELOW_YEARS)
        age += known & (years > CAPD_UP_TO_YEARS)
        coded.note("age_years", bad)
    if "developmental_delay" in there:
        delay = truths(there["developmental_delay"], TRUTH_UNREADABLE)
        coded.note("developmental_delay", delay == TRUTH_UNREADABLE)
        age += len(_AGES) * delay
    coded.classes["branch"] = np.take(_branches(), age)
    coded.truth(there, "treatments_recorded")


_AGES: Final = (None, CHILD_BELOW_YEARS - 1.0, CHILD_BELOW_YEARS, CAPD_UP_TO_YEARS + 1.0)


def _branches() -> Classes:
    """The branch by delay (not recorded, no, yes, unreadable) and age."""
    rows = [
        [
            _BRANCH[branch(Patient(id="cohort", age_years=age, developmental_delay=delay))]
            for age in _AGES
        ]
        for delay in (None, False, True)
    ]
    either = _BRANCH["either"]
    unread = [no if no == yes else either for no, yes in zip(rows[1], rows[2], strict=True)]
    return np.array([*rows, unread], dtype=np.uint8).ravel()


def _moments(coded: Coded, there: There) -> None:
    for name in ("first_dose_at", "fever_drug_given_at", "fever_hidden_until"):
        if name in there:
            coded.at[name], bad = moments(there[name])
            coded.note(name, bad)
    if "baseline_ice" in there:
        coded.counts["baseline_ice"], _ = whole_numbers(
            there["baseline_ice"], COLUMNS["baseline_ice"]
        )


def _any_of(frame: pl.DataFrame, coded: Coded, about: str) -> Bits:
    """Whether any column that belongs to this kind of record holds a value."""
    found = np.zeros(coded.rows, dtype=np.bool_)
    for name in frame.columns:
        if name not in ABOUT[about]:
            continue
        read = coded.classes.get(name)
        if read is not None:
            found |= read == 2 if name.endswith("_taken") else read != 0
            continue
        series = frame[name]
        if series.dtype.is_float():
            series = series.fill_nan(None)
        if series.dtype == pl.String:
            series = series.replace("", None)
        if series.null_count() < len(series):
            found |= series.is_not_null().to_numpy()
    return found
