"""
The server: Streamlit as an ASGI application with our own routes, headers and start-up checks.

Start it with uvicorn by host and port (not with a socket of one's own: only then does asyncio
switch off the delay that would add 40 ms to every rerun).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import anyio.to_thread
import streamlit as st
import structlog
from starlette.middleware import Middleware
from starlette.routing import Route

from dashboard import sample_ward, session, ward
from dashboard.accounts import provider_settings
from dashboard.accounts.first import code
from dashboard.as_of import recording
from dashboard.events import PATH, announcer, events
from dashboard.guarding_http import Guard
from dashboard.observing import figures, logs, self_test
from dashboard.observing.routes import ROUTES, Timed, token
from dashboard.provider_http import ProviderDoor, believe_no_unsigned_token
from dashboard.server_settings import apply_and_check, let_lines_through, point_at_settings
from dashboard.store import (
    DiskFull,
    GuardMissing,
    NotRead,
    Store,
    StoreBusy,
    StoreDamaged,
    StoreUnreachable,
)
from dashboard.store.roles import excess_rights
from dashboard.training.keeping.opening import close_training_stores
from toxmodels import rules_digest
from toxmodels.version import VERSION

SCRIPT: Final = Path(__file__).with_name("app.py")

# A screen that has waited for the disk waits again for its turn to compute, at Python's own pace
# of 5 ms behind each of the others; with fifty screens that made half a second out of one save.
_TURN_S: Final = 0.0005
# New objects until the collector looks again, ten times Python's own number: a rerun makes tens of
# thousands, and a look at everything, every few seconds, held all screens up for a tenth of one.
_LOOK_AFTER: Final = 7_000

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Check the set-up, then open the store and serve; nothing is logged but through our door."""
    sys.setswitchinterval(_TURN_S)
    apply_and_check()
    provider_settings.refuse_unreachable(st.get_option("server.allowedHosts"))
    believe_no_unsigned_token()
    token()
    opened = session.store()
    let_lines_through()
    with logs.discreet():
        _get_ready(opened)
        _say_first_code(opened)
        announcer.start()
        hourly = asyncio.create_task(_examine_hourly())
        keeping_said = asyncio.create_task(recording.keep_going())
        _log.info("ready", store=opened.place, version=VERSION, rules=rules_digest())
        yield
        for task in (hourly, keeping_said):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await announcer.stop()
        session.close_stores()
        close_training_stores()


def _say_first_code(opened: Store) -> None:
    """Where accounts are needed and none exists: the code that creates the first one."""
    if provider_settings.provider() is not None:
        return  # the provider says who is an administrator
    if session.accounts_required() and not opened.accounts.any():
        sys.stderr.write(
            f"No account yet. Open the dashboard and create the first with this code: {code()}\n"
        )
        sys.stderr.flush()


class StartFailedError(RuntimeError):
    """The server could not get ready; what the error said may name a patient, so it is not here."""


def _get_ready(opened: Store) -> None:
    """Take the exam, load the sample ward once, warm up, stop the collector's long walks."""
    recording.begin()
    try:
        with _collector_at_rest():
            _examine()
            _say_excess_rights(opened)
            sample_ward.load_if_empty(opened, now=session.now())
            _warm_up()
    except StoreDamaged:
        # The store remembers it: every page says so, and /ready answers 503 with the reason.
        _log.error("store-damaged", fault="StoreDamaged")
    except (DiskFull, GuardMissing, NotRead, StoreBusy, StoreUnreachable):
        raise  # these speak of the database only
    except Exception as error:  # noqa: BLE001 - raised again, without what it said
        place = logs.place_of(error.__traceback__)
        raise StartFailedError(f"{type(error).__name__} at {place}") from None
    figures.from_now_on()
    # After this the collector walks only what sessions make: a rerun costs 10 ms, not 90.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LOOK_AFTER)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """What getting ready makes is kept: looking for garbage in it took a tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _examine() -> None:
    """Take the self-test and log how it went; the screens and ``/ready`` read the result."""
    exam = self_test.take(session.now())
    say = _log.info if exam.passed else _log.error
    event = "self-test-passed" if exam.passed else "self-test-failed"
    say(event, tried=exam.tried, failed=len(exam.faults))


async def _examine_hourly() -> None:
    while True:
        await asyncio.sleep(self_test.EVERY.total_seconds())
        await anyio.to_thread.run_sync(_examine)


def _say_excess_rights(opened: Store) -> None:
    """Warn where the database account could change what was recorded."""
    with opened._engines.reading() as connection:
        found = excess_rights(connection)
    if found:
        _log.warning("database-account-too-strong", count=len(found))


def _warm_up() -> None:
    """Import what the first page would otherwise wait for, and work out every board once."""
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    for one in session.store().wards():
        ward.board_rows(one.id)


def log_script_error(error: Exception) -> bool:
    """Log that a page failed, by the kind of error only: its text could name a patient."""
    place = logs.place_of(error.__traceback__)
    figures.failed.inc()
    _log.error("page-failed", fault=type(error).__name__, place=place)
    st.error(
        "This page could not be shown. Nothing you saved is lost. Reload; if it comes back, use "
        "the bedside chart and tell whoever looks after toxwatch: "
        f"{type(error).__name__} at {place}."
    )
    return True


point_at_settings()
_provider = provider_settings.provider()
app = st.App(
    SCRIPT,
    secrets=None if _provider is None else _provider.secrets(),
    lifespan=lifespan,
    routes=[*ROUTES, Route(PATH, events)],
    middleware=[Middleware(Timed), Middleware(Guard), Middleware(ProviderDoor)],
    on_script_error=log_script_error,
)
