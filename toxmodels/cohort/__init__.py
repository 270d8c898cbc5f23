"""
Whole cohorts, graded by the rules of the scalar course at about the speed of reading them.

Frames in (Polars, pandas, Arrow), the same kind of frame out. Columns: ``docs/cohorts.md``.

Every row state is graded once by the scalar grader and kept in small tables; a row becomes a number
and a look-up. The course is "the latest row where ..." over rows sorted by patient and time. What
only the scalar course can tell apart is handed to it, patient by patient.
"""

from toxmodels.cohort.checking import check
from toxmodels.cohort.columns import COLUMNS
from toxmodels.cohort.public import grade, summarise

__all__ = ["COLUMNS", "check", "grade", "summarise"]
