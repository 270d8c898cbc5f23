"""
A browser without a window: its cookies, the way to the provider and back, and what a page says.

It does over HTTP and the websocket what the window does, so that the answers of a bad provider
can be tried one by one in a second.
"""

from __future__ import annotations

import asyncio
import html
import re
import ssl
import time
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests.dashboard.service.oidc.identity_provider import IdentityProvider

SEAT, IDENTITY, XSRF = "toxwatch_seat", "_streamlit_user", "_streamlit_xsrf"
ANSWER_S = 60
_AUTHORITIES = ssl.create_default_context()  # read once: nothing here is TLS


class Windowless:
    """One browser."""

    def __init__(self, address: str, provider: IdentityProvider, cookie_key: str) -> None:
        self.address = address
        self.http = httpx.Client(trust_env=False, timeout=ANSWER_S, verify=_AUTHORITIES)
        self._provider = provider
        self._key = OctKey.import_key(cookie_key)
        self.http.get(f"{address}/").raise_for_status()
        self.http.get(f"{address}/_stcore/health").raise_for_status()

    def cookie(self, name: str) -> str:
        """What this browser keeps for the server; empty when nothing."""
        kept = [one.value for one in self.http.cookies.jar if one.name == name and one.value]
        return str(kept[-1]).strip('"') if kept else ""

    def go_to_provider(self) -> httpx.Response:
        """Follow the link of the sign-on page; the answer is not followed further."""
        claims = {"provider": "hospital", "exp": int(time.time()) + 60}
        link = jwt.encode({"alg": "HS256"}, claims, self._key)
        return self.http.get(f"{self.address}/auth/login", params={"provider": link})

    def choose(self, person: str, sent: httpx.Response) -> str:
        """Say at the provider who one is; the address to come back to."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        self.http.get(sent.headers["location"]).raise_for_status()
        to = self.http.get(f"{self._provider.issuer}/chosen", params={**asked, "as": person})
        return str(to.headers["location"])

    def come_back(self, to: str) -> str:
        """Bring the answer to the server; where its page goes on to."""
        answer = self.http.get(to)
        answer.raise_for_status()
        found = re.search(r'content="0; url=([^"]+)"', answer.text)
        assert found, answer.text
        return html.unescape(found.group(1))

    def sign_on(self, person: str) -> str:
        """All the way; where the server's page goes on to."""
        return self.come_back(self.choose(person, self.go_to_provider()))

    def page(self, path: str = "/") -> str:
        """Everything that a page says, as the browser gets it."""
        return asyncio.run(self._page(path))

    async def _page(self, path: str) -> str:
        held = [(one.name, one.value or "") for one in self.http.cookies.jar]
        shown = "; ".join(f"{name}={value}" for name, value in held if value)
        url = self.address.replace("http://", "ws://", 1) + "/_stcore/stream"
        async with connect(
            url,
            additional_headers={"Cookie": shown, "Origin": self.address},
            subprotocols=["streamlit", self.cookie(XSRF)],  # type: ignore[list-item]
            max_size=None,
            open_timeout=ANSWER_S,
        ) as socket:
            told, said = BackMsg(), []
            told.rerun_script.query_string = urlsplit(path).query
            told.rerun_script.page_name = urlsplit(path).path.strip("/")
            await socket.send(told.SerializeToString())
            while True:
                raw = await asyncio.wait_for(socket.recv(decode=False), ANSWER_S)
                message = ForwardMsg.FromString(raw)
                said.append(str(message.delta))
                if message.WhichOneof("type") == "script_finished":
                    if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        said.clear()
                        continue
                    return re.sub(r"\\(.)", r"\1", " ".join(said))
