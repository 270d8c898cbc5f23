"""
What every answer of the server carries: the rules for the browser, and a seat for this browser.

The content policy lets the page load nothing from outside and run no script but Streamlit's own
(its one inline script by hash, read from the installed file) and our components.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.accounts.provider_settings import CALLBACK
from dashboard.session import COOKIE

# Streamlit answers these to anybody, and they name our functions.
BLOCKED: Final = ("/_stcore/metrics", "/_stcore/agent")
_INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_KEPT_BY_BROWSERS: Final = "/static/"  # Streamlit's own files; their names carry a hash


@cache
def content_policy() -> str:
    """The Content-Security-Policy, with the hashes of the installed page's inline scripts."""
    page = files("streamlit").joinpath("static/index.html").read_text(encoding="utf-8")
    hashes = [
        f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE.findall(page)
    ]
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {' '.join(hashes)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _headers() -> Iterable[tuple[str, str]]:
    yield "Content-Security-Policy", content_policy()
    yield "X-Content-Type-Options", "nosniff"
    yield "X-Frame-Options", "DENY"
    yield "Referrer-Policy", "no-referrer"
    yield "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
    yield "Cross-Origin-Opener-Policy", "same-origin"


class Guard:
    """ASGI middleware: adds the headers, refuses what is blocked, gives the browser a seat."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith(BLOCKED):
            await _refuse(send)
            return
        # A browser on its way back from another site does not show a seat that it has.
        has_one = _cookie(scope) or scope["path"] == CALLBACK
        seat = None if has_one else secrets.token_urlsafe(24)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _mark(MutableHeaders(scope=message), scope, seat)
            await send(message)

        await self.app(scope, receive, guarded)


def _mark(headers: MutableHeaders, scope: Scope, seat: str | None) -> None:
    for name, value in _headers():
        headers[name] = value
    if _KEPT_BY_BROWSERS not in scope["path"]:
        headers["Cache-Control"] = "no-store"
    if seat is not None and headers.get("content-type", "").startswith("text/html"):
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        headers.append("Set-Cookie", f"{COOKIE}={seat}; Path=/; HttpOnly; SameSite=Strict{secure}")


def _cookie(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"cookie":
            found: str | None = cookie_parser(value.decode("latin-1")).get(COOKIE)
            if found:
                return found
    return None


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"not found"})
