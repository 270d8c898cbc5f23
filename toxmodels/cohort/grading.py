"""
A sorted frame of whole patients, graded: classes, tables, the course, and what comes of them.

Rows are worked on in lanes of whole patients that fit the cache of a processor; lanes are
independent, so that threads share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.crs_course import CrsCourse, crs_course
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.icans_course import IcansRows, icans_rows
from toxmodels.cohort.lasts import Carried
from toxmodels.cohort.signs_now import CrsSigns, Found, crs_alone, crs_signs
from toxmodels.cohort.steps import kept_rows
from toxmodels.scales import astct_crs, astct_icans

__all__ = ["History", "Lane", "grade_lane", "lanes"]

History = Literal["none", "episodes", "changes"]
LANE_ROWS: Final = 1 << 17
_POSSIBLE: Final = 1  # the waiver of a row of which nobody knows what came before


@dataclass(slots=True)
class Lane:
    """Everything worked out for some patients."""

    coded: Coded
    rows: Carried
    packed: dict[str, npt.NDArray[np.uint32]] = field(default_factory=dict)
    signs: CrsSigns | None = None
    course: CrsCourse | None = None
    icans: IcansRows | None = None


def lanes(patients: pl.Series, size: int = LANE_ROWS) -> list[tuple[int, int]]:
    """Where to cut so that every part holds whole patients and about ``size`` rows."""
    cuts, rows = [0], len(patients)
    while cuts[-1] < rows:
        place, step = min(cuts[-1] + size, rows), 1 << 10
        while place < rows:
            window = patients.slice(place, step)
            others = (window != patients[place - 1]).arg_max()
            if others is not None and window[others] != patients[place - 1]:
                place += others
                break
            place, step = min(place + step, rows), step * 2
        cuts.append(place)
    return list(pairwise(cuts)) or [(0, 0)]


def grade_lane(coded: Coded, scales: Sequence[str], history: History) -> Lane:
    """Grade the rows of some patients."""
    alone = history == "none"
    rows = Carried.apart(coded.times) if alone else Carried.of(coded.times, coded.begins)
    lane = Lane(coded, rows)
    if not alone:
        rows.kept = kept_rows(coded, rows)
    if astct_crs.ID in scales and alone:
        lane.packed["crs"] = _crs(crs_alone(coded, rows), None)
    elif astct_crs.ID in scales:
        lane.signs = crs_signs(coded, rows)
        lane.course = crs_course(coded, rows, lane.signs)
        lane.packed["crs"] = _crs(lane.signs.found, lane.course)
    if astct_icans.ID in scales:
        lane.icans = icans_rows(coded, rows, alone=alone)
        lane.packed["icans"] = lane.icans.grade
    return lane


def _crs(signs: Found, course: CrsCourse | None) -> npt.NDArray[np.uint32]:
    tables = crs_tables()
    of_fever, of_waiver, of_pressure = (np.uint16(step) for step in tables.steps)
    place = signs.fever.astype(np.uint16)
    place *= of_fever
    if course is None:
        place += np.uint16(_POSSIBLE * of_waiver)
    else:
        place += of_waiver * course.waiver
    place += of_pressure * signs.pressure
    place += signs.oxygen
    return np.take(tables.grades, place, mode="clip")
