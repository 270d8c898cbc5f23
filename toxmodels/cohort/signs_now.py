"""
The signs of every row: which finding counts, and which row dates it.

Each field is carried forward for as long as the site lets it count, and the classes that result
are looked up in the tables of the scalar grader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

import numpy as np

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.lasts import Carried, Rows, Times, Track
from toxmodels.cohort.reading import Bits, Classes, padded, through
from toxmodels.cohort.sign_tables import DATED_BY, MAY_BE_SIGN
from toxmodels.site import site

__all__ = ["CrsSigns", "Found", "crs_alone", "crs_signs", "microseconds"]

_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """A span of time in the unit of the rows."""
    return span // _MICROSECOND


class Found(NamedTuple):
    """The numbers of the findings at every row."""

    fever: Classes
    pressure: Classes
    oxygen: Classes


@dataclass(frozen=True, slots=True)
class CrsSigns:
    """
    Fever, pressure and oxygen at every row: findings, what they say, and the rows that date them.

    ``set_at`` is the row of the set of vital signs taken for this moment, 0 where there is none.
    """

    found: Found
    marks: tuple[Classes, Classes, Classes]
    temperature: Track
    pressure_row: Rows
    oxygen_row: Rows
    set_at: Rows
    first_dose: Times | None
    clean_row: Rows


class _Tracks(NamedTuple):
    """What counts of each field at every row."""

    heat: Track
    low: Track
    running: Track
    bolus: Track
    air: Track
    judged: Track


_FIELDS: Final = (
    "temperature_c",
    "hypotensive",
    "vasopressors",
    "fluid_for_hypotension",
    "oxygen",
    "hypoxic",
)


def crs_alone(coded: Coded, rows: Carried) -> Found:
    """Read the three signs of every row as if its patient had no other; nothing is carried."""
    none = np.zeros(coded.rows, dtype=np.uint8)
    tracks = _Tracks(*(Track(coded.classes.get(name, none), rows.number) for name in _FIELDS))
    return _findings(tracks, _before_dose(coded, rows, tracks.heat))


def crs_signs(coded: Coded, rows: Carried) -> CrsSigns:
    """Read the three signs of every row, with what still counts of the rows before."""
    valid, none = microseconds(site().vitals_valid), np.zeros(coded.rows, dtype=np.uint8)

    def track(name: str) -> Track:
        found = coded.classes.get(name)
        return Track(none, rows.number) if found is None else rows.track(found, valid)

    tracks = _Tracks(*(track(name) for name in _FIELDS))
    before = _before_dose(coded, rows, tracks.heat)
    found, tables = _findings(tracks, before), crs_tables()
    by_sign = zip((tables.fever, tables.pressure, tables.oxygen), found, strict=True)
    fever, pressure, oxygen = (through(padded(table.marks), place) for table, place in by_sign)
    marks, set_at = (fever, pressure, oxygen), _set_at(coded, rows)
    return CrsSigns(
        found,
        marks,
        tracks.heat,
        _dated(pressure, rows, (tracks.running, tracks.low, tracks.bolus)),
        _dated(oxygen, rows, (tracks.air, tracks.judged)),
        set_at,
        None if before is None else coded.at["first_dose_at"],
        _clean_row(marks, (tracks.heat, tracks.low, tracks.running, tracks.air), set_at),
    )


def _findings(tracks: _Tracks, before: Bits | None) -> Found:
    tables = crs_tables()
    heat, low, running, bolus, air, judged = (track.classes for track in tracks)
    fever_place = heat if before is None else heat + 4 * before.view(np.uint8)
    pressure_place = low + 4 * running + 32 * bolus
    oxygen_place = air + np.uint8(tables.oxygen.shape[1]) * judged
    return Found(
        through(padded(tables.fever.numbers), fever_place),
        through(padded(tables.pressure.numbers), pressure_place),
        through(padded(tables.oxygen.numbers), oxygen_place),
    )


def _before_dose(coded: Coded, rows: Carried, heat: Track) -> Bits | None:
    """Rows whose temperature, or whose moment, lies before the first dose."""
    start = coded.at.get("first_dose_at")
    if start is None or not (rows.times < start).any():
        return None
    if heat.row is rows.number:
        return rows.times < start
    measured = np.where(heat.classes != 0, rows.time_of(heat.row), rows.times)
    return measured < start


def _set_at(coded: Coded, rows: Carried) -> Rows:
    taken = coded.has_vitals
    if taken.all():
        return rows.number
    gaps, near = rows.gaps_of(~taken), microseconds(site().combine_within)
    close = gaps.holds(rows.times, near)
    found = rows.number * taken
    found[gaps.places] = (gaps.source + 1) * close
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
