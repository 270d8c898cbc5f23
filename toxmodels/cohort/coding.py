"""``code``: a sorted frame into classes, times and counts, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.columns import ABOUT, COLUMNS, TIME
from toxmodels.cohort.cuts import TRUTH_UNREADABLE
from toxmodels.cohort.door import Cells, There, opened
from toxmodels.cohort.exam_coded import exam
from toxmodels.cohort.exotic import exotic
from toxmodels.cohort.reading import Bits, measured, moments, padded, through, truths
from toxmodels.cohort.reading import whole as whole_numbers
from toxmodels.cohort.vitals_coded import vitals
from toxmodels.records import Patient
from toxmodels.scales.branch import CAPD_UP_TO_YEARS, CHILD_BELOW_YEARS, branch

__all__ = ["code", "unread_alone"]

_BRANCH: Final = {"ice": 0, "capd": 1, "either": 2}


def code(frame: pl.DataFrame, *, alone: bool = False) -> Coded:
    """
    Read a frame that is sorted by patient and time.

    ``alone``: each row will be graded by itself, and only what that takes is read.
    """
    there, begins = opened(frame, unread_alone(frame.schema) if alone else ())
    times, _ = moments(there[TIME])
    coded = Coded(frame.height, times, begins)
    vitals(coded, there)
    exam(coded, there)
    _patient(coded, there)
    _moments(coded, there)
    if not alone:
        coded.has_vitals = _any_of(frame, coded, there, "vitals")
        coded.has_exam = _any_of(frame, coded, there, "neuro")
    coded.exotic = exotic(coded, there)
    return coded


_OF_TREATMENTS: Final = ("fever_drug_given_at", "fever_hidden_until", "treatments_recorded")


def unread_alone(schema: Mapping[str, pl.DataType]) -> list[str]:
    """Treatments say nothing of a row by itself; where they are text, it may hide a fault."""
    kinds = {name: schema[name] for name in _OF_TREATMENTS if name in schema}
    return [
        name for name, kind in kinds.items() if isinstance(kind, pl.Datetime) or kind == pl.Boolean
    ]


def _patient(coded: Coded, there: There) -> None:
    """Which scored exam grades: by the scalar rule, on one age of each class."""
    age = np.zeros(coded.rows, dtype=np.uint8)
    if "age_years" in there:
        years, bad = measured(there["age_years"], COLUMNS["age_years"])
        known = ~np.isnan(years) & ~bad
        for reached in (known, years >= CHILD_BELOW_YEARS, years > CAPD_UP_TO_YEARS):
            age += (known & reached).view(np.uint8)
        coded.note("age_years", bad)
    if "developmental_delay" in there:
        delay = truths(there["developmental_delay"], TRUTH_UNREADABLE)
        coded.note("developmental_delay", delay == TRUTH_UNREADABLE)
        age += len(_AGES) * delay
    coded.classes["branch"] = through(_branches(), age)
    coded.truth(there, "treatments_recorded")


_AGES: Final = (None, CHILD_BELOW_YEARS - 1.0, CHILD_BELOW_YEARS, CAPD_UP_TO_YEARS + 1.0)


@cache
def _branches() -> bytes:
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
    return padded(one for row in (*rows, unread) for one in row)


def _moments(coded: Coded, there: There) -> None:
    for name in ("first_dose_at", "fever_drug_given_at", "fever_hidden_until"):
        if name in there:
            coded.at[name], bad = moments(there[name])
            coded.note(name, bad)
    if "baseline_ice" in there:
        coded.counts["baseline_ice"], _ = whole_numbers(
            there["baseline_ice"], COLUMNS["baseline_ice"]
        )


def _any_of(frame: pl.DataFrame, coded: Coded, there: There, about: str) -> Bits:
    """Whether any column that belongs to this kind of record holds a value."""
    found = np.zeros(coded.rows, dtype=np.bool_)
    for name in frame.columns:
        if name not in ABOUT[about]:
            continue
        read = coded.classes.get(name)
        if read is not None:
            found |= read == 2 if name.endswith("_taken") else read != 0
        else:
            cells = there[name] if name in there else Cells(frame[name])
            found |= cells.is_recorded()
        if found.all():
            break
    return found
