"""
How many examples a law is tried on: as the loaded profile says, 100,000 cases at night.

``COURSES`` is for a law that asks each case two dozen times as it grows: 20,000 cases at night,
which are half a million questions; more of them would not end in a night.

TOXWATCH_EXAMPLES=5000 tries any other number of cases, with new examples each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

COUNT = os.environ.get("TOXWATCH_EXAMPLES", "")
NAME = COUNT or os.environ.get("HYPOTHESIS_PROFILE", "ci")
NIGHTLY = NAME != "ci"

_LOADED = settings()


def _tried(nightly: int) -> int:
    return int(COUNT) if COUNT else nightly if NIGHTLY else _LOADED.max_examples


PROFILE = settings(
    _LOADED,
    max_examples=_tried(100_000),
    derandomize=not NIGHTLY,
    database=None,
    deadline=None,
    # Explaining traces every line and takes minutes on cases of this size.
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=(
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ),
)
COURSES = settings(PROFILE, max_examples=_tried(20_000))
