"""
The signs of every row: which finding counts, and which row dates it.

Each field is carried forward for as long as the site lets it count, and the classes that result
are looked up in the tables of the scalar grader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.lasts import Carried, Rows, Times, Track
from toxmodels.cohort.reading import Bits, Classes
from toxmodels.cohort.sign_tables import DATED_BY, MAY_BE_SIGN
from toxmodels.site import site

__all__ = ["CrsSigns", "crs_signs", "microseconds"]

_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """A span of time in the unit of the rows."""
    return span // _MICROSECOND


@dataclass(frozen=True, slots=True)
class CrsSigns:
    """
    Fever, pressure and oxygen at every row: numbers of findings, and the rows that date them.

    ``set_at`` is the row of the set of vital signs taken for this moment, 0 where there is none.
    """

    fever: Classes
    pressure: Classes
    oxygen: Classes
    marks: tuple[Classes, Classes, Classes]
    temperature: Track
    pressure_row: Rows
    oxygen_row: Rows
    set_at: Rows
    first_dose: Times | None
    clean_row: Rows


def crs_signs(coded: Coded, rows: Carried, *, alone: bool) -> CrsSigns:
    """
    Read the three signs of every row.

    ``alone``: each row for itself, as if its patient had no other; nothing is carried.
    """
    tables = crs_tables()
    valid = 0 if alone else microseconds(site().vitals_valid)

    def track(name: str) -> Track:
        found = coded.classes.get(name)
        if found is None:
            return Track(np.zeros(coded.rows, dtype=np.uint8), rows.number)
        return Track(found, rows.number) if alone else rows.track(found, valid)

    heat, low, running = track("temperature_c"), track("hypotensive"), track("vasopressors")
    bolus, air, judged = track("fluid_for_hypotension"), track("oxygen"), track("hypoxic")
    before = _before_dose(coded, rows, heat)
    fever_place = heat.classes if before is None else heat.classes + 4 * before.view(np.uint8)
    pressure_place = low.classes + 4 * running.classes + 32 * bolus.classes
    oxygen_place = air.classes + np.uint8(tables.oxygen.shape[1]) * judged.classes
    fever = np.take(tables.fever.numbers, fever_place)
    pressure = np.take(tables.pressure.numbers, pressure_place)
    oxygen = np.take(tables.oxygen.numbers, oxygen_place)
    set_at = _set_at(coded, rows)
    marks = (
        np.take(tables.fever.marks, fever),
        np.take(tables.pressure.marks, pressure),
        np.take(tables.oxygen.marks, oxygen),
    )
    return CrsSigns(
        fever,
        pressure,
        oxygen,
        marks,
        heat,
        _dated(marks[1], rows, (running, low, bolus)),
        _dated(marks[2], rows, (air, judged)),
        set_at,
        None if before is None else coded.at["first_dose_at"],
        _clean_row(marks, (heat, low, running, air), set_at),
    )


def _before_dose(coded: Coded, rows: Carried, heat: Track) -> Bits | None:
    """Rows whose temperature, or whose moment, lies before the first dose."""
    start = coded.at.get("first_dose_at")
    if start is None or not (rows.times < start).any():
        return None
    measured = np.where(heat.classes != 0, rows.time_of(heat.row), rows.times)
    return measured < start


def _set_at(coded: Coded, rows: Carried) -> Rows:
    taken = coded.has_vitals
    if taken.all():
        return rows.number
    near = microseconds(site().combine_within)
    row = rows.latest(taken)
    close = (row >= rows.first) & (rows.times - rows.time_of(row) <= near)
    found: Rows = row * close
    return found


def _dated(marks: Classes, rows: Carried, tracks: tuple[Track, ...]) -> Rows:
    """The row of the reading that dates a finding; its own row where none does."""
    if all(track.row is rows.number for track in tracks):
        return rows.number
    source, found = marks >> DATED_BY, rows.number
    for place, track in enumerate(tracks, start=1):
        if track.row is not rows.number:
            dated = np.flatnonzero((source == place) & (track.row != rows.number))
            if len(dated):
                found = found.copy() if found is rows.number else found
                found[dated] = track.row[dated]
    return found


def _clean_row(
    marks: tuple[Classes, Classes, Classes],
    tracks: tuple[Track, Track, Track, Track],
    set_at: Rows,
) -> Rows:
    """The oldest reading of a complete sign-free set at this row; 0 where there is no such set."""
    calm = ((marks[0] | marks[1] | marks[2]) & MAY_BE_SIGN) == 0
    calm &= set_at != 0
    heat = tracks[0].classes
    calm &= (heat != 0) & (heat != cuts.TEMPERATURE_UNREADABLE)
    for track in tracks[1:]:
        calm &= track.classes != 0
    oldest = tracks[0].row
    for track in tracks[1:]:
        if track.row is not oldest:
            oldest = np.minimum(oldest, track.row)
    clean: Rows = oldest * calm
    return clean
