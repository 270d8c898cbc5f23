"""
What only the scalar course can tell apart: whole patients are handed to it for these reasons.

A sign attributed to another cause, a death within the rows, CRS established elsewhere, two rows at
one time, ICE items fixed before therapy beside a bare total, and seizure records so close that they
may tell of one seizure.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.door import There, opened
from toxmodels.cohort.reading import NEVER, NONE, Bits, moments, set_of
from toxmodels.cohort.reading import words as read_words
from toxmodels.site import site

__all__ = ["exotic", "exotic_reasons"]

_MICROSECOND: Final = timedelta(microseconds=1)


def exotic(coded: Coded, there: There) -> Bits:
    """Rows that only the scalar course can read; their whole patient goes there."""
    found = np.zeros(coded.rows, dtype=np.bool_)
    for rows in _reasons(coded, there).values():
        found |= rows
    return found


def exotic_reasons(coded: Coded, frame: pl.DataFrame) -> dict[str, npt.NDArray[np.intp]]:
    """Why which rows can only be read by the scalar course."""
    there, _ = opened(frame)
    return {why: np.flatnonzero(rows) for why, rows in _reasons(coded, there).items()}


def _reasons(coded: Coded, there: There) -> dict[str, Bits]:
    found: dict[str, Bits] = {}
    same = np.zeros(coded.rows, dtype=np.bool_)
    same[1:] = ~coded.begins[1:] & (coded.times[1:] <= coded.times[:-1])
    if same.any():
        found["two rows at one time"] = same
    for name, says in (
        ("other_cause", "a sign attributed to another cause"),
        ("fixed_ice_deficits", "ICE items fixed before therapy"),
    ):
        if name in there and there[name].series.null_count() < coded.rows:
            listed = read_words(
                there[name], lambda text: int(set_of(text) != frozenset()), [NONE], 1
            )
            found[says] = listed != 0
    for name, says in (("crs_since", "CRS established elsewhere"), ("died_at", "a death")):
        if name in there and there[name].series.null_count() < coded.rows:
            when, bad = moments(there[name])
            coded.note(name, bad)
            dead = (when != NEVER) & (when <= coded.times)
            found[says] = dead if name == "died_at" else when != NEVER
    merged = np.zeros(coded.rows, dtype=np.bool_)
    _same_seizure(coded, merged)
    if merged.any():
        found["records that may tell of one seizure"] = merged
    return found


def _same_seizure(coded: Coded, found: Bits) -> None:
    """Mark seizure records that may tell of one seizure: merging them needs the scalar reader."""
    kind = coded.classes.get("seizure_kind")
    if kind is None:
        return
    fits = np.flatnonzero(kind == 2)
    if len(fits) < 2:
        return
    patient = np.searchsorted(np.flatnonzero(coded.begins), fits, side="right")
    started = coded.at["seizure_started_at"][fits]
    dated = started != NEVER
    both = dated[1:] & dated[:-1]
    near = coded.times[fits][1:] - coded.times[fits][:-1] < site().same_seizure // _MICROSECOND
    merged = (patient[1:] == patient[:-1]) & np.where(both, started[1:] == started[:-1], near)
    found[fits[1:][merged]] = True
