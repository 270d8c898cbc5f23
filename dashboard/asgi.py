"""
The server: Streamlit as an ASGI application with our own routes, headers and start-up checks.

Start it with uvicorn by host and port (not with a socket of one's own: only then does asyncio
switch off the delay that would add 40 ms to every rerun).
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import streamlit as st
import structlog
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import sample_ward, session, ward
from dashboard.events import PATH, announcer, events
from dashboard.guarding_http import Guard
from dashboard.server_settings import apply_and_check, point_at_settings

SCRIPT: Final = Path(__file__).with_name("app.py")

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Open the store, load the sample ward once, warm up, then stop the collector's long walks."""
    apply_and_check()
    opened = session.store()
    sample_ward.load_if_empty(opened, now=session.now())
    _warm_up()
    announcer.start()
    # After this the collector walks only what sessions make: a rerun costs 10 ms, not 90.
    gc.collect()
    gc.freeze()
    _log.info("ready", store=opened.place)
    yield
    await announcer.stop()
    session.close_stores()


def _warm_up() -> None:
    """Import what the first page would otherwise wait for, and work out every board once."""
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    for one in session.store().wards():
        ward.board_rows(one.id)


def readyz(_request: Request) -> JSONResponse:
    """Whether an entry could be stored right now; 503 with the reasons when not."""
    faults = session.store().ready()
    return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200)


def log_script_error(error: Exception) -> bool:
    """Log that a page failed, by the kind of error only: its text could name a patient."""
    frames = error.__traceback__
    place = ""
    while frames is not None:
        place = f"{Path(frames.tb_frame.f_code.co_filename).name}:{frames.tb_lineno}"
        frames = frames.tb_next
    _log.error("page-failed", fault=type(error).__name__, place=place)
    st.error(
        "This page could not be shown. Nothing you saved is lost. Reload; if it comes back, use "
        "the bedside chart and tell whoever looks after toxwatch: "
        f"{type(error).__name__} at {place}."
    )
    return True


point_at_settings()
app = st.App(
    SCRIPT,
    lifespan=lifespan,
    routes=[Route("/readyz", readyz), Route(PATH, events)],
    middleware=[Middleware(Guard)],
    on_script_error=log_script_error,
)
