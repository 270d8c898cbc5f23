"""
How many examples a law is tried on: as the loaded profile says, 100,000 cases at night.

TOXWATCH_EXAMPLES=5000 tries any other number of cases, with new examples each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

COUNT = os.environ.get("TOXWATCH_EXAMPLES", "")
NAME = COUNT or os.environ.get("HYPOTHESIS_PROFILE", "ci")
NIGHTLY = NAME != "ci"

_LOADED = settings()
PROFILE = settings(
    _LOADED,
    max_examples=int(COUNT) if COUNT else 100_000 if NIGHTLY else _LOADED.max_examples,
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
