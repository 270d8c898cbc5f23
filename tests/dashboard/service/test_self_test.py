"""
P-07: a grader that is wrong, broken or half updated is noticed, and every page says so in red.

Each threshold is moved and each scale is broken in turn; the exam must fail each time. Untouched,
it must pass: a test that always fails would notice nothing either.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.observing import routes, self_test
from tests.dashboard.conftest import NOW
from tests.health.tree import ROOT

APP = str(ROOT / "dashboard" / "app.py")
SCALES = "toxmodels.scales."
# What is moved, and to what: each has to turn at least one known grade.
MOVED = [
    ("astct_crs", "FEVER_C", 38.1),
    ("astct_crs", "FEVER_C", 37.9),
    ("astct_crs", "LOW_FLOW_L_MIN", 5.9),
    ("astct_crs", "LOW_FLOW_L_MIN", 6.1),
    ("ice", "ROWS", ((10, 0), (8, 1), (3, 2), (0, 3))),
    ("ice", "ROWS", ((10, 0), (7, 1), (4, 2), (0, 3))),
    ("ice", "ROWS", ((9, 0), (7, 1), (3, 2), (0, 3))),
    ("astct_icans", "CONSCIOUSNESS",
     {"alert": 0, "drowsy": 1, "voice": 1, "tactile": 3, "unarousable": 4}),
    ("astct_icans", "CONSCIOUSNESS",
     {"alert": 0, "drowsy": 1, "voice": 2, "tactile": 2, "unarousable": 4}),
    ("astct_icans", "CONSCIOUSNESS",
     {"alert": 0, "drowsy": 1, "voice": 2, "tactile": 3, "unarousable": 3}),
]  # fmt: skip
# The functions of the two scales that look at one sign each; the seizure has a module of its own.
RULES = [
    ("astct_crs", "fever"), ("astct_crs", "hypotension"), ("astct_crs", "hypoxia"),
    ("astct_icans", "exam"), ("astct_icans", "consciousness"),
    ("astct_icans", "motor"), ("astct_icans", "raised_icp"), ("astct_icans", "oedema"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    self_test.forget()
    yield
    self_test.forget()


def failed(monkeypatch: pytest.MonkeyPatch, module: str, name: str, wrong: object) -> bool:
    with monkeypatch.context() as moved:
        moved.setattr(importlib.import_module(SCALES + module), name, wrong)
        return not self_test.take(NOW).passed


def breaking(*_given: object, **_named: object) -> None:
    raise ZeroDivisionError("a rule that breaks")


def test_untouched_it_passes_and_names_what_it_tried(report, monkeypatch) -> None:
    clean = self_test.take(NOW)
    assert (clean.passed, clean.faults) == (True, ())
    assert clean.tried >= 30
    unseen = [(m, n, w) for m, n, w in MOVED if not failed(monkeypatch, m, n, w)]
    silent = [(m, n) for m, n in RULES if not failed(monkeypatch, m, n, breaking)]
    report(
        "P-07",
        n=len(MOVED) + len(RULES),
        bad=len(unseen) + len(silent),
        thresholds=len(MOVED),
        rules_broken=len(RULES),
    )
    assert (unseen, silent) == ([], [])
    assert self_test.take(NOW).passed, "something stayed broken"


def test_rule_files_that_changed_under_a_running_program_fail_it(monkeypatch) -> None:
    changed = {**self_test.digests(), "scales/astct_crs.py": "0" * 64}
    monkeypatch.setattr(self_test, "_on_disk", lambda: changed)
    assert "changed since the start" in self_test.take(NOW).faults[-1]


def test_known_cases_that_cannot_be_read_fail_it(monkeypatch) -> None:
    monkeypatch.setattr(self_test, "_gold", dict)
    found = self_test.take(NOW)
    assert not found.passed
    assert "KeyError" in found.faults[0]


def test_an_exam_without_a_case_is_no_pass(monkeypatch) -> None:
    empty = {**self_test._gold(), "vectors": []}
    monkeypatch.setattr(self_test, "_gold", lambda: empty)
    assert not self_test.take(NOW).passed
    assert self_test.complaints(NOW) == ("the self-test had nothing to grade",)


def test_an_exam_that_was_not_taken_for_two_hours_counts_as_failed(monkeypatch) -> None:
    taken = self_test.take(NOW).ticks
    for seconds, says in (
        (7200, ()),
        (7201, ("the hourly self-test has not run for more than two hours",)),
    ):
        monkeypatch.setattr(self_test.time, "monotonic", lambda later=seconds: taken + later)
        assert self_test.complaints(NOW) == says


def test_the_server_takes_it_again_and_again_by_itself(fresh_store, monkeypatch) -> None:
    from dashboard import asgi

    monkeypatch.setattr(self_test, "EVERY", timedelta(milliseconds=20))
    first = self_test.take(NOW).ticks

    async def wait_for_two() -> list[float]:
        seen = {first}
        hourly = asyncio.create_task(asgi._examine_hourly())
        until = asyncio.get_running_loop().time() + 30
        while len(seen) < 3 and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
            seen.add(self_test.latest(NOW).ticks)
        hourly.cancel()
        return sorted(seen)

    assert len(asyncio.run(wait_for_two())) == 3


def test_every_page_says_so_in_red_and_readiness_says_no(fresh_store, monkeypatch) -> None:
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)
    assert routes.reasons() == []
    assert "DO NOT RELY" not in _markup(AppTest.from_file(APP, default_timeout=60).run())
    monkeypatch.setattr(importlib.import_module(SCALES + "astct_crs"), "FEVER_C", 38.4)
    self_test.take(NOW)
    board = AppTest.from_file(APP, default_timeout=60).run()
    assert not board.exception
    red = re_red(_markup(board))
    assert "DO NOT RELY ON THE GRADES" in red
    assert "exactly on the fever line" in red
    assert any("fever line" in one for one in routes.reasons())


def re_red(markup: str) -> str:
    """The notice that has the red frame."""
    _, _, after = markup.partition("tw-failed")
    return after.partition("</p>")[0]


def test_about_says_when_it_was_passed(fresh_store) -> None:
    fresh_store.add_ward("w", "Ward 7", is_sample=False, now=NOW)

    def _page() -> None:
        from dashboard.views import about

        about.page()

    app = AppTest.from_function(_page, default_timeout=60).run()
    assert not app.exception
    words = " ".join(one.value for one in app.markdown)
    assert "Self-test passed 12:00" in words


def _markup(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))
