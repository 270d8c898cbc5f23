"""
The two addresses of Streamlit's login, watched from outside.

On the way out we remember what was asked and by which browser. On the way back the answer becomes
a page of our own that goes on by itself: a browser keeps a strict cookie to itself while it is
still on a journey that another site began, and the seat is such a cookie. What failed is said in
words, and put on record where we had asked.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
import structlog
from joserfc.jws import JWSRegistry
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import session
from dashboard.accounts.allowing import note
from dashboard.accounts.provider import asked
from dashboard.accounts.provider_settings import CALLBACK, LOGIN
from dashboard.accounts.seating import SHIFT
from dashboard.observing import figures

SAID: Final = "sign-on"  # in the address of the page that follows
FAILED: Final = "failed"
AWAY: Final = "away"
_IDENTITY: Final = "_streamlit_user"
_MAX_AGE: Final = re.compile(r"(?i)max-age=\d+")
_PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>toxwatch</title>'
    '<meta http-equiv="refresh" content="0; url={to}"></head>'
    '<body><p><a href="{to}">Go on to toxwatch</a></p></body></html>'
)
_log = structlog.get_logger(__name__)


def believe_no_unsigned_token() -> None:
    """
    Take "none" out of the algorithms this process knows.

    A provider may list it for other purposes; the library would then take a token that nobody
    has signed.
    """
    JWSRegistry.algorithms.pop("none", None)


class ProviderDoor:
    """ASGI middleware around Streamlit's login; everything else passes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one connection."""
        if scope["type"] != "http" or scope["path"] not in (LOGIN, CALLBACK):
            await self.app(scope, receive, send)
            return
        start: Message = {"type": "http.response.start", "status": 500, "headers": []}
        body = b""

        async def kept(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self.app(scope, receive, kept)
        if scope["path"] == LOGIN:
            to = _asked(scope, start)
        else:
            to = await _answered(scope, start)
        if to is not None:
            start, body = _page(scope, start, to)
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _asked(scope: Scope, start: Message) -> str | None:
    """Remember what was asked; None where the browser may follow Streamlit's answer."""
    if start["status"] >= 400:
        _log.error("provider-away")
        figures.refused.labels("ProviderAway").inc()
        return f"/?{SAID}={AWAY}"
    location = MutableHeaders(raw=start["headers"]).get("location", "")
    sent = parse_qs(urlsplit(location).query)
    nonce, state = sent.get("nonce", [""])[0], sent.get("state", [""])[0]
    if not nonce or not state:
        return None  # nobody is sent anywhere: the link was too old
    token = _cookie(scope, session.COOKIE)
    if token is None:
        return f"/?{SAID}={FAILED}"
    asked.remember(state, nonce, token, session.now())
    return None


async def _answered(scope: Scope, start: Message) -> str:
    """Where to go on; what Streamlit did not take is on record if we had asked for it."""
    sent = parse_qs(scope["query_string"].decode("latin-1"))
    if not ({"code", "error"} & set(sent)):
        return "/"  # back from signing off at the provider
    headers = MutableHeaders(raw=start["headers"])
    state = sent.get("state", [""])[0]
    page = asked.page_of(state)
    if any(_is_identity(one) for one in headers.getlist("set-cookie")):
        return page
    figures.refused.labels("SignOnRefused").inc()
    if asked.knows(state):
        asked.give_up(state)
        why = "cancelled" if "error" in sent else "not-verified"
        _log.warning("provider-sign-on-failed", fault=why.replace("-", "_"))
        await anyio.to_thread.run_sync(_put_on_record, why, session.now())
    return f"{page}{'&' if '?' in page else '?'}{SAID}={FAILED}"


def _put_on_record(why: str, now: datetime) -> None:
    detail = {"how": "provider", "why": why}
    note(session.store(), "sign-on-refused", None, now=now, detail=detail)


def _is_identity(cookie: str) -> bool:
    """Whether Streamlit has just believed somebody; one that is taken back is empty."""
    found = SimpleCookie(cookie).get(_IDENTITY)
    return found is not None and found.value != ""


def _page(scope: Scope, start: Message, to: str) -> tuple[Message, bytes]:
    """A page of our own in place of the redirect, with Streamlit's cookies made shorter."""
    old = MutableHeaders(raw=start["headers"])
    body = _PAGE.format(to=html.escape(to)).encode()
    new = MutableHeaders(raw=[])
    new["content-type"] = "text/html; charset=utf-8"
    new["content-length"] = str(len(body))
    for cookie in _shortened(old.getlist("set-cookie"), scope.get("scheme") == "https"):
        new.append("set-cookie", cookie)
    return {"type": "http.response.start", "status": 200, "headers": new.raw}, body


def _shortened(cookies: Iterable[str], is_secure: bool) -> Iterable[str]:
    longest = int(SHIFT.total_seconds())
    for cookie in cookies:
        kept = cookie
        if cookie.startswith(_IDENTITY) and "max-age=0" not in cookie.lower():
            kept = _MAX_AGE.sub(f"Max-Age={longest}", cookie)
        yield f"{kept}; Secure" if is_secure and "secure" not in kept.lower() else kept


def _cookie(scope: Scope, name: str) -> str | None:
    for key, value in scope["headers"]:
        if key == b"cookie":
            found: str | None = cookie_parser(value.decode("latin-1")).get(name)
            if found:
                return found
    return None
