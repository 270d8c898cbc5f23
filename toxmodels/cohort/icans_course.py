"""
ICANS at every row: the exam and the other signs as they stand, seizures until they are cleared.

Imaging, signs of pressure and motor weakness stand until a newer value. A seizure stands until an
exam an hour or more later finds the patient as before therapy; see ``scales.seizure``. Seizure
records that tell of one seizure are told apart by the scalar course only (``Coded.exotic``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.icans_tables import (
    EXAM_SHAPE,
    NO_SEIZURE,
    REST_SHAPE,
    SEIZURES,
    icans_tables,
)
from toxmodels.cohort.lasts import Carried, Track
from toxmodels.cohort.reading import Bits, Classes, padded, through
from toxmodels.cohort.signs_now import microseconds
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE
from toxmodels.site import site

__all__ = ["IcansRows", "icans_rows"]

_OPEN: Final = SEIZURES.index((0, 4))
_SPANS: Final = np.array(
    [[SEIZURES.index((low, high)) if (low, high) in SEIZURES else _OPEN for high in range(5)]
     for low in range(5)], dtype=np.uint8,
)  # fmt: skip
# None, unarousable, rousable by class of consciousness; sedation makes it unknown.
_WAKING: Final = padded((0, *(1 if one == "unarousable" else 2 for one in cuts.AWAKE[1:]), 0))
_UNTOLD: Final = padded((_OPEN, NO_SEIZURE))  # nobody told of a seizure: nobody looked, or none
NOWHERE: Final = np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class IcansRows:
    """The packed grade at every row; with a course, whether a sign in it begins an episode."""

    grade: npt.NDArray[np.uint32]
    sign: Bits


def icans_rows(coded: Coded, rows: Carried, *, alone: bool) -> IcansRows:
    """Grade ICANS at every row; ``alone``: each row as if its patient had no other."""
    tables, valid = icans_tables(), microseconds(site().neuro_valid)

    def track(name: str, limit: int | None = valid) -> Track:
        found = coded.classes.get(name)
        if found is None:
            return Track(np.zeros(coded.rows, dtype=np.uint8), rows.number)
        return Track(found, rows.number) if alone else rows.track(found, limit)

    ice, capd, awake = track("ice"), track("capd"), track("consciousness")
    unable = track("unable")
    place = coded.classes["branch"].astype(np.uint16)
    rest = track("cerebral_oedema", None).classes.astype(np.uint16)
    rest *= REST_SHAPE[1]
    rest += track("raised_icp", None).classes
    rest *= REST_SHAPE[2]
    rest += track("motor_weakness", None).classes
    rest *= REST_SHAPE[3]
    rest += _seizures(coded, rows, track("seizure_kind"), alone=alone)
    rest *= 2
    waking = through(_WAKING, awake.classes)
    place *= 4
    if unable.classes.any():
        tried = unable.classes != 0
        no_capd = tried & ((capd.classes == 0) | (unable.row >= capd.row))
        no_ice = tried & ((ice.classes == 0) | (unable.row >= ice.row))
        sedated = (unable.classes == 1) & ((awake.classes == 0) | (unable.row >= awake.row))
        place += 2 * no_capd.view(np.uint8) + no_ice.view(np.uint8)
        rest += sedated
        waking = waking * ~sedated
    place *= 3
    place += waking
    rest *= REST_SHAPE[5]
    rest += awake.classes
    place *= EXAM_SHAPE[4]
    place += capd.classes
    place *= EXAM_SHAPE[5]
    place += ice.classes
    exam = np.take(tables.exam.numbers, place, mode="clip")
    others = np.take(tables.rest, rest, mode="clip")
    found = others.astype(np.uint16) * np.uint16(len(tables.exam.findings)) + exam
    if alone:
        return IcansRows(np.take(tables.grades, found, mode="clip"), NOWHERE)
    sign = through(padded(tables.exam_begins), exam).view(np.bool_) | np.take(
        tables.rest_begins, others
    )
    return IcansRows(np.take(tables.grades, found, mode="clip"), sign)


def _seizures(coded: Coded, rows: Carried, asked: Track, *, alone: bool) -> Classes:
    """The bounds of the seizure sign, as a place in ``SEIZURES``."""
    kind = coded.classes.get("seizure_kind")
    fresh = (asked.classes == 1) | (asked.classes == 2)
    found = through(_UNTOLD, fresh.view(np.uint8))
    if kind is None or not (kind >= 2).any():
        return found
    if alone:
        fits = np.flatnonzero(kind == 2)
        found[fits] = icans_tables().fits[coded.classes["fit"][fits]]
        return found
    chosen = _of_patients(rows, kind >= 2)
    few = Carried.of(rows.times[chosen], coded.begins[chosen])
    standing = _standing(coded, few, chosen, fresh[chosen])
    found[chosen] = standing
    return found


def _of_patients(rows: Carried, where: Bits) -> npt.NDArray[np.intp]:
    """All rows of the patients for whom it holds in any row."""
    return np.flatnonzero(rows.by_patient(np.logical_or.reduceat(where, rows.starts)))


def _standing(coded: Coded, few: Carried, chosen: npt.NDArray[np.intp], fresh: Bits) -> Classes:
    kind = coded.classes["seizure_kind"][chosen]
    bounds = icans_tables().fits[coded.classes["fit"][chosen]]
    spans = np.array(SEIZURES, dtype=np.uint8)
    fit = kind == 2
    marks = (
        fit,
        fit & (spans[bounds, 0] == 4),
        fit & (spans[bounds, 1] == 4),
        kind == 3,  # cannot be read: it may have been a seizure
    )
    branch = coded.classes["branch"][chosen]
    by_ice = _bounds(few, marks, _is_back(coded, chosen, "ice"), fresh)
    by_capd = _bounds(few, marks, _is_back(coded, chosen, "capd"), fresh)
    low = np.where(branch == 0, by_ice[0], by_capd[0])
    high = np.where(branch == 0, by_ice[1], by_capd[1])
    both = branch == 2
    low = np.where(both, np.minimum(by_ice[0], by_capd[0]), low)
    high = np.where(both, np.maximum(by_ice[1], by_capd[1]), high)
    return _SPANS[low, high]


def _bounds(
    few: Carried, marks: tuple[Bits, Bits, Bits, Bits], back: Bits, fresh: Bits
) -> tuple[Classes, Classes]:
    """Bounds of the seizures that no exam has cleared so far."""
    cleared = few.latest(back)
    clear_at = few.time_of(cleared) - microseconds(site().seizure_clear)
    has_cleared = cleared >= few.first

    def stands(mark: Bits) -> Bits:
        seen = few.latest(mark)
        return (seen >= few.first) & ~(has_cleared & (few.time_of(seen) <= clear_at))

    some, long, may_be_long, unread = (stands(mark) for mark in marks)
    low = np.where(long, 4, np.where(some, 3, 0)).astype(np.uint8)
    high = np.where(some, np.where(may_be_long | ~fresh, 4, 3), np.where(fresh, 0, 4))
    return low, np.where(unread, 4, high).astype(np.uint8)


def _is_back(coded: Coded, chosen: npt.NDArray[np.intp], exam: str) -> Bits:
    """Exams that find the patient as before therapy, complete and in that one row."""

    def read(name: str) -> Classes:
        found = coded.classes.get(name)
        return np.zeros(len(chosen), dtype=np.uint8) if found is None else found[chosen]

    calm: Bits = (read("seizure_kind") == 1) & (read("consciousness") == cuts.AWAKE.index("alert"))
    calm &= (read("motor_weakness") == 1) & (read("raised_icp") == 1)
    calm &= (read("cerebral_oedema") <= 1) & (read("unable") == 0)
    scored = coded.counts.get("ice_low" if exam == "ice" else "capd_high")
    if scored is None:
        return np.zeros(len(chosen), dtype=np.bool_)
    score = scored[chosen]
    usual = coded.counts.get(f"baseline_{exam}")
    before = np.full(len(chosen), -1) if usual is None else usual[chosen]
    unreadable = cuts.ICE_UNREADABLE if exam == "ice" else cuts.CAPD_UNREADABLE
    calm &= (score >= 0) & (read(exam) != unreadable)
    if exam == "ice":
        calm &= score >= np.where(before < 0, FULL_SCORE, before)
    else:
        calm &= score <= np.where(before < 0, POSITIVE_FROM - 1, before)
    return calm
