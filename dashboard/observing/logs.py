"""
Logs that cannot name a patient: one JSON line an event, made of words that were fixed beforehand.

Of our own events only the keys below pass, and each only in its own form: a type of error, a
place in the code, a number. Everything else is withheld, and the line says which keys were. What
other libraries say is cut to where they said it: their text, and the text of any error, may quote
what somebody typed.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import structlog

_WORDS: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d{1,9})?")
_ERROR: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}")
_CODE: Final = re.compile(r"[\w./-]{0,120}:\d+|")
# The only keys that reach a log, and what each may look like.
ALLOWED: Final[Mapping[str, re.Pattern[str]]] = {
    "event": _WORDS,
    "level": _WORDS,
    "at": re.compile(r"[0-9T:.+Z-]{20,40}"),
    "fault": _ERROR,
    "place": _CODE,
    "logger": re.compile(r"[\w.]{1,120}"),
    "protocol": re.compile(r"[A-Za-z0-9._-]{1,80}"),
    "says": re.compile(r"[ -~]{1,200}"),  # only ever filled here, with fixed words
    "store": re.compile(r"[^\x00-\x1f\x7f]{1,300}"),
    "version": re.compile(r"[0-9a-z.+-]{1,40}"),
    "rules": re.compile(r"[0-9a-f]{8,64}"),
    **dict.fromkeys(("patients", "count", "seconds", "status", "tried", "failed"), _NUMBER),
}
# What the server says about its own start and stop: templates without anything filled in.
_SPEAKS: Final = ("uvicorn.error", "uvicorn")
_SILENT: Final = ("uvicorn.access",)  # addresses of pages; the figures count them instead


def withhold(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Let through what is allowed in its allowed form; name the keys of what was held back."""
    passed, withheld = {}, []
    for key, value in event.items():
        form = ALLOWED.get(key)
        plain = isinstance(value, str | int | float)
        if form is not None and plain and form.fullmatch(str(value)):
            passed[key] = value
        else:
            withheld.append(key if re.fullmatch(r"[a-z_]{1,40}", str(key)) else "?")
    return {**passed, "withheld": sorted(withheld)} if withheld else passed


def place_of(trace: TracebackType | None) -> str:
    """Where an error came up: the file and the line, and nothing of what it says."""
    place = ""
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@contextmanager
def discreet() -> Iterator[None]:
    """While the server runs, everything that any library logs goes through here."""
    before = _Before()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            withhold,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.setLogRecordFactory(_record)
    _one_handler()
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    try:
        yield
    finally:
        before.restore()


class _Before:
    """What was set before us, to be put back: a test runs many things in one process."""

    def __init__(self) -> None:
        root = logging.getLogger()
        self._factory: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()
        self._level, self._root = root.level, [*root.handlers]
        self._loggers = [
            (one, [*one.handlers], one.propagate, one.disabled) for one in _known_loggers()
        ]
        self._hooks = (sys.excepthook, threading.excepthook)
        self._structlog = structlog.get_config()

    def restore(self) -> None:
        logging.captureWarnings(False)
        logging.setLogRecordFactory(self._factory)
        logging.getLogger().handlers[:] = self._root
        logging.getLogger().setLevel(self._level)
        for one, handlers, propagate, disabled in self._loggers:
            one.handlers[:], one.propagate, one.disabled = handlers, propagate, disabled
        sys.excepthook, threading.excepthook = self._hooks
        structlog.configure(**self._structlog)


def _known_loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [one for one in known if isinstance(one, logging.Logger)]


def _one_handler() -> None:
    """One way out for every library; a handler somebody adds later still gets the cut record."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain())
    handler.addFilter(lambda one: one.levelno >= logging.WARNING or one.name in _SPEAKS)
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger().setLevel(logging.INFO)
    for one in _known_loggers():
        one.handlers[:], one.propagate = [], True
        one.disabled = one.name in _SILENT
    for name in _SILENT:
        logging.getLogger(name).disabled = True


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Give the line as the record was made: there is nothing left to fill in."""
        return str(record.msg)


def _record(
    name: str | None, level: int, file: str, line: int, msg: object, *rest: Any, **_more: Any
) -> logging.LogRecord:
    """Make a record without what was said: every handler of every library gets only this one."""
    error = next(
        (one[1] for one in rest[1:2] if isinstance(one, tuple) and one[1] is not None), None
    )
    if error is None and isinstance(msg, BaseException):
        error = msg
    told: dict[str, Any] = {
        "event": "library", "level": str(logging.getLevelName(level)).lower(), "logger": name,
        "at": datetime.now(UTC).isoformat(), "place": f"{Path(file).name}:{line}",
    }  # fmt: skip
    if error is not None:
        told |= {
            "fault": type(error).__name__,
            "place": place_of(error.__traceback__) or told["place"],
        }
    if isinstance(error, OSError) and error.strerror and error.filename is None:
        told["says"] = error.strerror
    elif error is None and name in _SPEAKS and isinstance(msg, str):
        told["says"] = msg
    text = json.dumps(withhold(None, "", told), sort_keys=True)
    return logging.LogRecord(str(name), level or 0, file, line, text, None, None)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger(__name__).critical("uncaught", fault=kind.__name__, place=place_of(trace))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    structlog.get_logger(__name__).critical(
        "uncaught-in-thread", fault=told.exc_type.__name__, place=place_of(told.exc_traceback)
    )
