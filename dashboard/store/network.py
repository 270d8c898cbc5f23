"""
The way to a PostgreSQL server: never in the clear over a network, and never waiting for ever.

A server on the same machine is reached as it is. Any other one must show a certificate: where
the address says nothing, ``sslmode=verify-full`` is set, and a mode that could fall back to
plain text is refused.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from dashboard.store.errors import SettingsRefused, StoreUnreachable

VERIFIED: Final = "verify-full"
_MODES: Final = (VERIFIED, "verify-ca", "require")
_SECRET: Final = ("password", "sslpassword", "passfile", "sslkey")
# Without these a connection whose far end has vanished would hang until the kernel gives up.
PATIENCE: Final[Mapping[str, int]] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_LONGEST: Final = 300
_CURES: Final = (
    (
        ("certificate", "SSL", "sslmode"),
        "Give the certificate of the authority with sslrootcert=FILE, and the host name that "
        "stands in the server's certificate; see docs/hospital.md.",
    ),
    (
        ("authentication failed", "no password", "does not exist", "permission denied", "hba"),
        "Check account, password file and database name; toxwatch database roles sets them up.",
    ),
)


def guarded(url: URL, environment: Mapping[str, str] = os.environ) -> URL:
    """
    The address with an encrypted connection wherever it leads over a network.

    Raises:
        SettingsRefused: the address asks for a connection that others could read.

    """
    if not any(_is_elsewhere(host) for host in _hosts(url, environment)):
        return url
    mode = _only(url.query.get("sslmode")) or environment.get("PGSSLMODE")
    if mode is None:
        return url.update_query_dict({"sslmode": VERIFIED})
    if mode not in _MODES:
        raise SettingsRefused(
            shown(url),
            f"sslmode={mode} may send patients over the network in the clear.",
            f"Use sslmode={VERIFIED} with sslrootcert=FILE; see docs/hospital.md.",
        )
    return url


def shown(url: URL) -> str:
    """The address for messages: no password, and nothing that leads to one."""
    return url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def patience(url: URL) -> dict[str, Any]:
    """How long to wait for a server; what the address says itself holds."""
    return {name: value for name, value in PATIENCE.items() if name not in url.query}


def unreached(error: DBAPIError, place: str) -> StoreUnreachable:
    """Why there is no connection at all; before one there is no patient content to give away."""
    words = " ".join(str(error.orig).split())[:_LONGEST]
    cure = next(
        (cure for signs, cure in _CURES if any(sign in words for sign in signs)),
        "Is the server running, and may this machine reach it?",
    )
    return StoreUnreachable(place, f"the database does not answer: {words}.", cure)


def _hosts(url: URL, environment: Mapping[str, str]) -> list[str]:
    told = [url.host, _only(url.query.get("host")), _only(url.query.get("hostaddr"))]
    named = [one for one in told if one] or [environment.get("PGHOST", "")]
    return [host.strip() for one in named for host in one.split(",")]


def _only(value: str | tuple[str, ...] | None) -> str | None:
    return ",".join(value) if isinstance(value, tuple) else value


def _is_elsewhere(host: str) -> bool:
    """Whether a host lies beyond this machine; a path is a socket of this one."""
    if host == "" or host.startswith(("/", "@")) or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
