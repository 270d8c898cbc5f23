"""What reaches the log: fixed words, kinds of errors and places; never what somebody typed."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
import structlog

from dashboard.observing import logs
from dashboard.observing.logs import withhold

CANARY = "ZZCANARY"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard error while the server runs."""
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    with logs.discreet():
        yield heard


def lines(heard: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in heard.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("patient", "p-1"), ("patient_id", CANARY), ("payload", {"temperature_c": 39.0}),
        ("temperature_c", 39.0), ("name", "x"), ("case", object()), ("who", "AB"),
        ("fault", f"no patient {CANARY}"), ("place", f"{CANARY}"), ("event", f"saved {CANARY}"),
        ("protocol", f"{CANARY} x"), ("count", CANARY), ("fault", ["a"]), ("says", "line\nbreak"),
    ],
)  # fmt: skip
def test_what_is_not_in_its_allowed_form_is_withheld_and_named(key: str, value: object) -> None:
    kept = withhold(None, "info", {"event": "saved", "level": "info", key: value})
    assert key not in kept or kept[key] == "saved"
    assert kept["withheld"] == [key]
    assert CANARY not in json.dumps(kept)


def test_what_is_allowed_passes(written: io.StringIO) -> None:
    structlog.get_logger("x").error("page-failed", fault="KeyError", place="board.py:12", count=3)
    (line,) = lines(written)
    assert {key: line[key] for key in ("event", "fault", "place", "count", "level")} == {
        "event": "page-failed", "fault": "KeyError", "place": "board.py:12", "count": 3,
        "level": "error",
    }  # fmt: skip
    assert line["at"].endswith("Z")


def fail() -> None:
    raise ValueError(f"{CANARY}: 39.4")


def test_nothing_a_library_says_or_an_error_quotes_comes_through(written: io.StringIO) -> None:
    for name in (
        "streamlit.runtime",
        "asyncio",
        "sqlalchemy.engine",
        "uvicorn.error",
        "made.later",
    ):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.warning("patient %s", CANARY)
        logger.warning(f"patient {CANARY}" if name != "uvicorn.error" else "plain")
        try:
            fail()
        except ValueError as error:
            logger.exception("failed for %s", CANARY)
            logger.error(error)
            logger.error("x", exc_info=error, stack_info=True)
    logging.getLogger("uvicorn.access").info(f"GET /?p={CANARY}")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)  # what this block put aside is put in place again
        warnings.warn(CANARY, UserWarning, stacklevel=1)
    text = written.getvalue()
    assert CANARY not in text
    assert "Traceback" not in text
    found = lines(written)
    assert len(found) == 5 * 5 + 1
    faults = [one for one in found if "fault" in one]
    assert len(faults) == 15
    assert {(one["fault"], one["place"].partition(":")[0]) for one in faults} == {
        ("ValueError", "test_logs.py")
    }


def test_a_handler_that_a_library_adds_later_gets_the_cut_record_too(written: io.StringIO) -> None:
    own = io.StringIO()
    handler = logging.StreamHandler(own)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("a.library.with.a.handler")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        fail()
    except ValueError:
        logger.exception("for %s", CANARY)
    logger.removeHandler(handler)
    assert own.getvalue()
    assert CANARY not in own.getvalue()
    assert "Traceback" not in own.getvalue()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_an_error_says_where_and_not_what(written: io.StringIO) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = lines(written)
    assert (line["event"], line["fault"]) == ("uncaught-in-thread", "ValueError")
    assert line["place"].startswith("test_logs.py:")


def test_the_control_lets_the_canary_through(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the door the same calls do give it away: these tests would see it."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logger = logging.getLogger("control")
    logger.addHandler(handler)
    try:
        fail()
    except ValueError:
        logger.exception("for %s", CANARY)
    logger.removeHandler(handler)
    assert heard.getvalue().count(CANARY) >= 2


def test_everything_is_put_back_afterwards() -> None:
    factory, hook = logging.getLogRecordFactory(), threading.excepthook
    root, configured = [*logging.getLogger().handlers], structlog.get_config()
    with logs.discreet():
        assert logging.getLogRecordFactory() is not factory
    assert logging.getLogRecordFactory() is factory
    assert threading.excepthook is hook
    assert logging.getLogger().handlers == root
    assert structlog.get_config() == configured
