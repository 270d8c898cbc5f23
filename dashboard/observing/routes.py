"""
What machines may ask the server: is it ready, and what are its figures.

``/ready`` answers 200 only when an entry could be stored now and the grader has passed its exam;
otherwise 503, with the reasons in words. ``/metrics`` is for this machine alone, or for whoever
holds the token; through a proxy only the token counts.
"""

from __future__ import annotations

import hmac
import os
import stat
import time
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, ProcessCollector, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import session
from dashboard.observing import figures, self_test
from dashboard.observing.stored import Journal
from dashboard.store import StoreError
from dashboard.store.migrating import newest_schema
from toxmodels import rules_digest
from toxmodels.version import VERSION

TOKEN: Final = "TOXWATCH_METRICS_TOKEN"  # noqa: S105 - the name of a setting
TOKEN_FILE: Final = "TOXWATCH_METRICS_TOKEN_FILE"  # noqa: S105 - the name of a setting
_SHORTEST: Final = 16
_LOOPBACK: Final = ("127.0.0.1", "::1")
_BY_PROXY: Final = ("x-forwarded-for", "x-real-ip", "forwarded")
_STREAMS: Final = ("/api/events", "/_stcore/stream")

_log = structlog.get_logger(__name__)
figures.REGISTRY.register(Journal(session.store))
ProcessCollector(registry=figures.REGISTRY)


class TokenRefusedError(RuntimeError):
    """The token could be read by others, or is too short to keep anybody out."""


def token() -> str | None:
    """
    The secret that opens the figures, from a file or the environment; None when there is none.

    Raises:
        TokenRefusedError: the file is open to others, missing, or the secret is short.

    """
    file = os.environ.get(TOKEN_FILE)
    told = os.environ.get(TOKEN)
    if file:
        told = _secret_in(Path(file))
    if told is None or told == "":
        return None
    if len(told) < _SHORTEST:
        raise TokenRefusedError(
            f"{TOKEN}: shorter than {_SHORTEST} characters. Make one: openssl rand -hex 32."
        )
    return told


def _secret_in(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        secret = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise TokenRefusedError(f"{TOKEN_FILE}: {file} {error.strerror}. Name a file.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise TokenRefusedError(f"{TOKEN_FILE}: others may read {file}. Run chmod 600 {file}.")
    return secret


def reasons() -> list[str]:
    """Why this server must not be relied on now."""
    try:
        faults = session.store().ready()
    except StoreError as error:
        faults = [str(error)]
    return [*faults, *(f"self-test: {one}" for one in self_test.complaints(session.now()))]


def readyz(_request: Request) -> JSONResponse:
    """Whether an entry could be stored and graded right now; 503 with the reasons when not."""
    faults = reasons()
    return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200)


def ready(_request: Request) -> JSONResponse:
    """The same, with what a person on call wants to know beside it."""
    faults = reasons()
    exam = self_test.latest(session.now())
    body = {
        "ready": not faults,
        "says": "; ".join(faults) or "ready: an entry can be stored and graded",
        "faults": faults,
        "version": VERSION,
        "rules": rules_digest(),
        "schema": newest_schema(),
        "self_test": {
            "passed": exam.passed, "taken_at": exam.at.isoformat(), "tried": exam.tried
        },
    }  # fmt: skip
    return JSONResponse(body, 503 if faults else 200)


def metrics(request: Request) -> Response:
    """The figures as Prometheus reads them."""
    try:
        secret = token()
    except TokenRefusedError:
        _log.error("metrics-closed", fault="TokenRefusedError")
        return PlainTextResponse("closed: the token is not set up rightly\n", 503)
    if not _may_read(request, secret):
        return PlainTextResponse("not found", 404)
    figures.count_asking()
    return Response(generate_latest(figures.REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request, secret: str | None) -> bool:
    if secret is not None:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {secret}".encode())
    if any(name in request.headers for name in _BY_PROXY):
        return False
    return request.client is not None and request.client.host in _LOOPBACK


class Timed:
    """ASGI middleware: how long each answer took, by the hundred of its status."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one connection; streams that stay open for hours are not measured."""
        if scope["type"] != "http" or scope["path"].startswith(_STREAMS):
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = "5xx"

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            figures.requests.labels(status).observe(time.perf_counter() - begun)


ROUTES: Final = (
    Route("/readyz", readyz),
    Route("/ready", ready),
    Route("/metrics", metrics),
)
