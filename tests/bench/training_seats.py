"""The product's server with a route more: it puts somebody at a seat, as signing on does."""

from __future__ import annotations

import time

import psutil
import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard import asgi, session
from dashboard.events import PATH, events
from dashboard.guarding_http import Guard
from dashboard.observing.routes import ROUTES

_ME = psutil.Process()


def sit(request: Request) -> JSONResponse:
    asked = request.query_params
    person = session.Person(asked["name"], asked["role"])  # type: ignore[arg-type]
    session._seats[asked["seat"]] = (person, session.now())
    return JSONResponse({})


def used(_request: Request) -> JSONResponse:
    cpu_ms, memory_mib = time.process_time_ns() / 1e6, _ME.memory_info().rss / 2**20
    return JSONResponse({"cpu_ms": cpu_ms, "memory_mib": memory_mib})


app = st.App(
    asgi.SCRIPT,
    lifespan=asgi.lifespan,
    routes=[*ROUTES, Route(PATH, events), Route("/bench/sit", sit), Route("/bench/used", used)],
    middleware=[Middleware(Guard)],
    on_script_error=asgi.log_script_error,
)
