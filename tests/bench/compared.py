"""
The product's server with two pages more: an empty script, and an empty page in the frame.

Everything else is what ``dashboard.asgi`` serves: its settings, its start, its routes, its guard.
"""

from __future__ import annotations

import gc
import sys
import time
import types
from pathlib import Path

import psutil
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import asgi, session, views, ward
from dashboard.events import PATH, events
from dashboard.guarding_http import Guard
from dashboard.observing.routes import ROUTES

SCRIPT = Path(__file__).with_name("script.py")
# Compiled once, as Streamlit does with its own script.
PROGRAM = compile(asgi.SCRIPT.read_text(encoding="utf-8"), str(asgi.SCRIPT), "exec")
_ME = psutil.Process()


def _framed() -> None:
    st.text("Nothing.")


_EMPTY = types.ModuleType("dashboard.views.empty")
_EMPTY.__spec__ = asgi.__spec__
_EMPTY.page = _framed  # type: ignore[attr-defined]
sys.modules[_EMPTY.__name__] = _EMPTY
views.TITLES["empty"] = ("empty", "Empty")  # type: ignore[index]


def used(_request: Request) -> JSONResponse:
    """Processor time and memory of this process."""
    cpu_ms, memory_mib = time.process_time_ns() / 1e6, _ME.memory_info().rss / 2**20
    return JSONResponse({"cpu_ms": cpu_ms, "memory_mib": memory_mib})


def seat(request: Request) -> JSONResponse:
    """Sign somebody on at a seat, as the popover of the page does."""
    person = session.Person("AB", "nurse")
    session._seats[request.query_params["seat"]] = (person, session.now())
    return JSONResponse({})


def minute(_request: Request) -> JSONResponse:
    """Forget what holds for a minute only, and work out every board again."""
    for kept in (ward._states, ward._cores, ward._wards):
        kept.clear()
    gc.collect()
    began = time.thread_time_ns()
    for one in session.store().wards():
        ward.board_rows(one.id)
    return JSONResponse({"cpu_ms": (time.thread_time_ns() - began) / 1e6})


app = st.App(
    SCRIPT,
    lifespan=asgi.lifespan,
    routes=[
        *ROUTES,
        Route(PATH, events),
        Route("/bench/used", used),
        Route("/bench/seat", seat),
        Route("/bench/minute", minute),
    ],
    middleware=[Middleware(Guard)],
    on_script_error=asgi.log_script_error,
)
