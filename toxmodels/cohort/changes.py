"""
What changed: a grade that rose, an ICE that fell, a fever that lasts, at every row.

Hours and points are those of the site's triggers (``[triggers]`` in site.toml), so that a flagged
row is one at which the ward's alarm of the same name would have spoken.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.lasts import Carried, Times
from toxmodels.cohort.reading import NEVER, Bits, Classes
from toxmodels.cohort.sign_tables import SIGN
from toxmodels.cohort.signs_now import CrsSigns, microseconds
from toxmodels.site import site

__all__ = ["fever_since", "ice_fall", "rose"]

_DAY: Final = microseconds(timedelta(days=1))
_STEEP: Final = 2


def rose(rows: Carried, low: Classes, high: Classes) -> Bits:
    """
    Whether the certain grade is above an earlier one.

    By one within the hours of ``grade_rise_within_h``, or by two within ``steep_rise_within_h``.
    """
    soon = microseconds(site().hours("grade_rise_within_h"))
    steep = microseconds(site().hours("steep_rise_within_h"))
    found = np.zeros(len(low), dtype=np.bool_)
    for grade in range(1, int(low.max(initial=0)) + 1):
        rows_now = np.flatnonzero(low >= grade)
        seen = rows.before(high <= grade - 1)[rows_now]
        age = np.where(seen >= rows.first[rows_now], rows.times[rows_now] - rows.time_of(seen), -1)
        now = low[rows_now]
        recent = (age >= 0) & (((now >= grade) & (age <= soon)) | ((now > grade) & (age <= steep)))
        found[rows_now] |= recent
    return found


def ice_fall(coded: Coded, rows: Carried) -> Classes:
    """
    Points of ICE certainly lost against the best score of the hours before.

    Only where an exam was scored in this row and could be done; never for those whom CAPD grades.
    """
    found = np.zeros(coded.rows, dtype=np.uint8)
    ice = coded.classes.get("ice")
    if ice is None:
        return found
    scored = (ice != 0) & (ice != cuts.ICE_UNREADABLE) & (coded.classes["branch"] != 1)
    unable = coded.classes.get("unable")
    if unable is not None:
        scored &= unable == 0
    places = np.flatnonzero(scored)
    if len(places) == 0:
        return found
    patient = rows.first[places]
    begins = np.append(True, patient[1:] != patient[:-1])
    few = Carried.of(rows.times[places], begins)
    low, high = coded.counts["ice_low"][places], coded.counts["ice_high"][places]
    within = microseconds(site().hours("ice_drop_within_h"))
    best = np.full(len(places), -1, dtype=np.int16)
    for points in range(1, int(low.max()) + 1):
        seen = few.before(low >= points)
        near = (seen >= few.first) & (few.times - few.time_of(seen) <= within)
        best = np.where(near, points, best)
    found[places] = np.maximum(best - high, 0)
    return found


def fever_since(rows: Carried, signs: CrsSigns) -> Times:
    """The first reading of the fever going on: one fever while it recurs within a day."""
    reading = signs.temperature.row * (signs.marks[0] & SIGN)
    before = rows.highest_before(reading)
    apart = rows.time_of(reading) - rows.time_of(before) > _DAY
    anew = reading * ((before < rows.first) | apart)
    latest = np.maximum(before, reading)
    going_on = (latest >= rows.first) & (rows.times - rows.time_of(latest) <= _DAY)
    began = np.maximum(rows.highest_before(anew), anew)
    return np.where(going_on, rows.time_of(began), NEVER)
