"""
Which rows are assessments of their own.

As in ``moment.Chart.times``: a set of vital signs and an exam close together are one assessment at
the later of the two, and a second record of the same kind always begins a new one. The earlier row
of such a pair is graded, yet the course does not step on it.
"""

from __future__ import annotations

import numpy as np

from toxmodels.cohort.coded import Coded
from toxmodels.cohort.lasts import Carried
from toxmodels.cohort.reading import Bits
from toxmodels.cohort.signs_now import microseconds
from toxmodels.site import site

__all__ = ["kept_rows"]


def kept_rows(coded: Coded, rows: Carried) -> Bits | None:
    """The rows that the course steps on; ``None`` where it steps on every row."""
    vitals, exam = coded.has_vitals, coded.has_exam
    if vitals.all() and exam.all():
        return None
    some = vitals | exam
    close = rows.times[1:] - rows.times[:-1] <= microseconds(site().combine_within)
    if not (close & ~coded.begins[1:]).any():
        return None if some.all() else some
    records = np.flatnonzero(some)
    kept = np.zeros(coded.rows, dtype=np.bool_)
    kept[records] = True
    # A row with both is an assessment of its own: it joins none, and none joins it.
    is_set, both = vitals[records], vitals[records] & exam[records]
    if len(records) == 0:
        return kept
    joins = np.zeros(len(records), dtype=np.bool_)
    near = rows.times[records[1:]] - rows.times[records[:-1]] <= microseconds(site().combine_within)
    same_patient = rows.first[records[1:]] == rows.first[records[:-1]]
    alone = both[1:] | both[:-1]
    joins[1:] = near & (is_set[1:] != is_set[:-1]) & ~alone & same_patient
    # In a chain of records that could each join the one before, every second one does.
    number = np.arange(len(records), dtype=np.int32)
    link = np.maximum.accumulate(np.where(joins, 0, number))
    joined = np.flatnonzero(joins & ((number - link) % 2 == 1)) - 1
    kept[records[joined]] = False
    return None if kept.all() else kept
