"""What every test run shares: how many examples property tests try, how promises are reported."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.figures import told

# ``ci`` gives the same examples every time, so that a red run can be run again; ``nightly`` looks
# for new ones. A shared machine is slow now and then, so no example has a deadline.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile(
    "nightly",
    max_examples=5_000,  # the laws of tests/test_laws.py and test_advice_laws.py try 100,000
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

# Most tests sign on with initials, also in wards that are no sample. Those about accounts say so.
os.environ.setdefault("TOXWATCH_ACCOUNTS", "demo")


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """
    Print one line a machine can read: the promise, how often tried, how often broken.

    TOXWATCH_FIGURES=FILE keeps the lines also where tests run in several processes.
    """

    def line(promise: str, **figures: int | str) -> None:
        with capsys.disabled():
            print(f"\n{told(promise, **figures)}", flush=True)

    return line
