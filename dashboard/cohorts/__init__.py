"""
Answers about cohorts: counts with intervals, curves, agreement, and what protocols would have done.

The counting is ``toxmodels.cohort.questions``; here a statistics library turns counts into
answers. It brings pandas with it, which is why none of this is in ``toxmodels``. Nothing here
knows a screen.
"""

from __future__ import annotations
