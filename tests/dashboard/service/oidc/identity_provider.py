"""
An identity provider on loopback: real keys, real HTTP, and a fault on demand.

It asks for PKCE, checks the verifier, the client's secret and the address to return to, as a
hospital's would. ``fault`` makes its next tokens wrong in one way. It counts what it checked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "toxwatch-ward", "a-secret-that-only-two-know"


class IdentityProvider:
    """Who there is, what was asked, and what is wrong with the tokens."""

    def __init__(self, port: int, people: dict[str, dict[str, Any]]) -> None:
        # Another name than the server's: for a browser another site.
        self.issuer = f"http://localhost:{port}"
        self.people = people
        self.fault = ""
        self.is_away = False
        self.checked: Counter[str] = Counter()
        self.last_code: dict[str, str] = {}
        self.last_token = ""
        self._key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self._other = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/chosen", self._chosen),
                Route("/token", self._token, methods=["POST"]),
                Route("/leave", self._leave),
            ]
        )

    @property
    def metadata(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def _metadata(self, _request: Request) -> Response:
        if self.is_away:
            return Response("down", 503)
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/leave",
                # As careless as the worst: the client has to be the stricter one.
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
            }
        )

    def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return Response("this provider wants PKCE with S256", 400)
        self.checked["challenge"] += 1
        self.checked[f"prompt={asked.get('prompt')}"] += 1
        links = "".join(
            f'<li><a href="/chosen?{urlencode({**asked, "as": name})}">{name}</a></li>'
            for name in self.people
        )
        return HTMLResponse(f"<h1>Hospital sign-on</h1><ul>{links}</ul>")

    def _chosen(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        self.last_code = {"code": code, "state": asked["state"]}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(self.last_code)}", 302)

    async def _token(self, request: Request) -> Response:
        given = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(given.get("code", ""), None)
        fault = self._token_fault(request, given, asked)
        if fault or asked is None:
            self.checked[f"refused {fault}"] += 1
            return JSONResponse({"error": fault or "invalid_grant"}, 400)
        self.checked["verifier"] += 1
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer"}
        if self.fault != "no-id-token":
            self.last_token = answer["id_token"] = self._signed(self._claims(asked))
        return JSONResponse({**answer, "expires_in": 300})

    def _token_fault(
        self, request: Request, given: dict[str, str], asked: dict[str, str] | None
    ) -> str:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return "invalid_client"
        if asked is None or given.get("redirect_uri") != asked["redirect_uri"]:
            return "invalid_grant"
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        return "" if _shown(digest) == asked["code_challenge"] else "wrong_verifier"

    def _claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": asked.get("nonce", ""), **self.people[asked["as"]],
        }  # fmt: skip
        wrong: dict[str, dict[str, Any]] = {
            "audience": {"aud": "another-program"},
            "audience-with-our-azp": {"aud": ["another-program", "third"], "azp": CLIENT},
            "azp": {"aud": [CLIENT, "another-program"], "azp": "another-program"},
            "issuer": {"iss": "http://localhost:1/other"},
            "nonce": {"nonce": "another-nonce"},
            "expired": {"exp": now - 600, "iat": now - 900},
            "made-long-ago": {"iat": now - 3600},
            "made-tomorrow": {"iat": now + 86_400},
            "not-asked-again": {"auth_time": now - 3600},
        }
        claims |= wrong.get(self.fault, {})
        for missing in ("nonce", "sub", "exp", "aud"):
            if self.fault == f"no-{missing}":
                del claims[missing]
        return claims

    def _signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": "k1"}
        if self.fault == "unsigned":
            return _by_hand({"alg": "none"}, claims)
        if self.fault == "public-key-as-secret":
            return _by_hand({"alg": "HS256", "kid": "k1"}, claims, self._key.as_pem(private=False))
        if self.fault == "signature":
            return jwt.encode(header, claims, self._other)
        signed = jwt.encode(header, claims, self._key)
        if self.fault == "changed-afterwards":
            head, _, end = signed.split(".")
            return f"{head}.{_shown(json.dumps({**claims, 'sub': 'somebody-else'}).encode())}.{end}"
        return signed

    def _leave(self, request: Request) -> Response:
        self.checked["left"] += 1
        if request.query_params.get("id_token_hint"):
            self.checked["left with a hint"] += 1
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


def _by_hand(header: dict[str, str], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token as no library would make it: unsigned, or signed with what everybody knows."""
    shown = ".".join(_shown(json.dumps(one).encode()) for one in (header, claims))
    end = b"" if secret is None else hmac.digest(secret, shown.encode(), "sha256")
    return f"{shown}.{_shown(end)}"


def _shown(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def unverified(token: str) -> dict[str, Any]:
    """What a careless client would believe."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


@contextmanager
def providing(people: dict[str, dict[str, Any]]) -> Iterator[IdentityProvider]:
    """A provider that answers, and is gone afterwards."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        provider = IdentityProvider(bound.getsockname()[1], people)
        server = uvicorn.Server(uvicorn.Config(provider.app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            yield provider
        finally:
            server.should_exit = True
            thread.join(10)
