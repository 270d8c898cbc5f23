"""
Questions over graded cohorts: the counting, without any statistics.

``study_of`` turns rows into one line a patient; ``compare`` runs two protocols over the patients
who were ill; ``worst_by_scale`` grades their worst moment by every scale. Intervals and curves are
worked out of these where a statistics library may be used (``dashboard.cohorts``).
"""

from __future__ import annotations

from toxmodels.cohort.questions.comparing import DIFFERENCES, Compared, compare
from toxmodels.cohort.questions.scales_beside import worst_by_scale
from toxmodels.cohort.questions.study import AGE_BANDS, GROUPS, Study, study_of

__all__ = [
    "AGE_BANDS",
    "DIFFERENCES",
    "GROUPS",
    "Compared",
    "Study",
    "compare",
    "study_of",
    "worst_by_scale",
]
