"""
The real server, with a page that breaks on request by an error that names a patient.

With ``CANARY_CONTROL`` set it runs without our door for log lines and without our error page: what
Streamlit does by itself, to show that the canary test would see a leak.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable

import streamlit as st
import structlog

from dashboard import asgi
from dashboard.observing import logs
from dashboard.views import patient

CANARY = "ZZCANARY"


def _breaking(page: Callable[[], None]) -> Callable[[], None]:
    def draw() -> None:
        if "break" in st.query_params:
            structlog.get_logger(__name__).error("careless", patient_id=CANARY, note=CANARY)
            raise ValueError(f"no bed for {CANARY}-1: 39.4 °C")
        page()

    return draw


patient.page = _breaking(patient.page)
app = asgi.app
if os.environ.get("CANARY_CONTROL"):
    logs.discreet = contextlib.nullcontext  # type: ignore[assignment]
    app = st.App(asgi.SCRIPT, lifespan=asgi.lifespan, routes=[*asgi.ROUTES])
