"""
The hospital's identity provider: which one, under which name we are known there, who gets in.

One TOML file, named by ``TOXWATCH_PROVIDER``, switches hospital mode on. It says which claim
carries the roles and which value means which of ours; a value that is not in it means nothing.
The secret stands in a file of its own or in the environment, never here.
"""

from __future__ import annotations

import hmac
import os
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from dashboard.accounts.permissions import ROLES, Role

FILE: Final = "TOXWATCH_PROVIDER"
SECRET: Final = "TOXWATCH_PROVIDER_SECRET"  # noqa: S105 - the name of a setting
NAME: Final = "hospital"  # what Streamlit calls the provider in its own addresses
LOGIN: Final = "/auth/login"
CALLBACK: Final = "/oauth2callback"
EVERY_WARD: Final = "*"
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_NEEDED: Final = ("metadata", "client_id", "address", "roles")
_KNOWN: Final = (
    *_NEEDED, "secret_file", "issuer", "name_claim", "scope", "wards", "reauthenticate",
    "break_glass",
)  # fmt: skip


class ProviderRefusedError(RuntimeError):
    """The settings of the identity provider would let nobody in, or somebody they should not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The settings, checked; the secret stays out of every printout."""

    metadata: str
    issuer: str
    client_id: str
    address: str
    name_claim: str
    role_claim: str
    roles: tuple[tuple[str, Role], ...]
    ward_claim: str | None
    wards: Mapping[str, str]
    scope: str
    reauthenticate: bool
    break_glass: bool
    client_secret: str = field(repr=False)

    def secrets(self) -> dict[str, Any]:
        """
        What Streamlit's own login reads.

        PKCE is asked for whether or not the provider says that it can. The key of Streamlit's
        cookie comes from the client secret, so that both processes read each other's cookies.
        """
        asked = {
            "scope": self.scope,
            "code_challenge_method": "S256",
            "prompt": "login" if self.reauthenticate else "select_account",
        }
        key = hmac.new(self.client_secret.encode(), b"toxwatch cookie/1", sha256).hexdigest()
        known = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "server_metadata_url": self.metadata,
            "client_kwargs": asked,
        }
        redirect = f"{self.address}{CALLBACK}"
        return {"auth": {"redirect_uri": redirect, "cookie_secret": key, NAME: known}}


def provider() -> Provider | None:
    """
    The identity provider of this server; None where passwords or nothing at all is asked.

    Raises:
        ProviderRefusedError: naming everything that is wrong with the settings.

    """
    file = os.environ.get(FILE)
    return _read(file, os.environ.get(SECRET)) if file else None


def refuse_unreachable(hosts: Iterable[str]) -> None:
    """Raise where the provider would send people to a name that this server does not answer to."""
    known = provider()
    if known is None:
        return
    host = urlsplit(known.address).hostname
    if host not in {one.rsplit(":", 1)[0] if one.count(":") == 1 else one for one in hosts}:
        raise ProviderRefusedError(
            f"{FILE}: address: {host} is not a name this server answers to. Add it to "
            "STREAMLIT_SERVER_ALLOWED_HOSTS."
        )


@lru_cache(maxsize=8)
def _read(name: str, told: str | None) -> Provider:
    file = Path(name)
    try:
        if file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            # Whoever may write here decides who is a physician.
            _refuse([f"others may change {file}. Run chmod go-w {file}."])
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProviderRefusedError(f"{FILE}: {file} {error.strerror}. Name a file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProviderRefusedError(f"{FILE}: {file} is no TOML: {error}.") from None
    _refuse(_faults(found))
    metadata, roles, wards = found["metadata"], found["roles"], found.get("wards")
    return Provider(
        metadata=metadata,
        issuer=found.get("issuer", metadata.removesuffix(_WELL_KNOWN)),
        client_id=found["client_id"],
        client_secret=_secret(found.get("secret_file"), told),
        address=found["address"].rstrip("/"),
        name_claim=found.get("name_claim", "preferred_username"),
        role_claim=roles["claim"],
        roles=tuple(roles["map"].items()),
        ward_claim=None if wards is None else wards["claim"],
        wards={} if wards is None else wards["map"],
        scope=found.get("scope", "openid profile"),
        reauthenticate=found.get("reauthenticate", True),
        break_glass=found.get("break_glass", False),
    )


def _refuse(faults: Iterable[str]) -> None:
    said = [f"{FILE}: {one}" for one in faults]
    if said:
        raise ProviderRefusedError("\n".join(said))


def _faults(found: Mapping[str, Any]) -> Iterator[str]:
    for key in found:
        if key not in _KNOWN:
            yield f"{key}: not a setting; one of {', '.join(_KNOWN)}."
    for key in _NEEDED:
        if key not in found:
            yield f"{key}: missing."
    for key in ("metadata", "client_id", "address", "secret_file", "issuer", "name_claim", "scope"):
        if key in found and not (isinstance(found[key], str) and found[key].strip()):
            yield f"{key}: give a text."
    for key in ("reauthenticate", "break_glass"):
        if not isinstance(found.get(key, False), bool):
            yield f"{key}: true or false."
    for key in ("metadata", "address"):
        yield from _address_faults(key, found.get(key))
    metadata = found.get("metadata")
    if isinstance(metadata, str) and not metadata.endswith(_WELL_KNOWN):
        yield f"metadata: must end with {_WELL_KNOWN}."
    if "openid" not in str(found.get("scope", "openid")).split():
        yield "scope: must hold openid."
    for key, allowed in (("roles", ROLES), ("wards", None)):
        if key in found:
            yield from _table_faults(key, found[key], allowed)


def _address_faults(key: str, given: object) -> Iterator[str]:
    if not isinstance(given, str):
        return
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not safe or not parts.hostname:
        yield f"{key}: must begin with https:// (http only on this machine itself)."
    if key == "address" and (parts.path.strip("/") or parts.query or parts.fragment):
        yield f"{key}: only the name people type, without a path."


def _table_faults(key: str, given: object, allowed: Iterable[str] | None) -> Iterator[str]:
    if not isinstance(given, dict) or set(given) != {"claim", "map"}:
        yield f"{key}: give claim and map, and nothing else."
        return
    if not isinstance(given["claim"], str) or not given["claim"].strip():
        yield f"{key}.claim: name the claim."
    meant = given["map"]
    if not isinstance(meant, dict) or not meant:
        yield f"{key}.map: give at least one value and what it means."
        return
    for value, ours in meant.items():
        if not isinstance(ours, str) or not ours.strip():
            yield f'{key}.map: "{value}" means nothing.'
        elif allowed is not None and ours not in allowed:
            yield f'{key}.map: "{value}" means "{ours}", which is none of {", ".join(allowed)}.'


def _secret(file: str | None, told: str | None) -> str:
    if (file is None) == (not told):
        raise ProviderRefusedError(
            f"{FILE}: secret: give secret_file or the environment's {SECRET}, and not both."
        )
    if file is None:
        return str(told)
    try:
        mode = Path(file).stat().st_mode
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProviderRefusedError(
            f"{FILE}: secret_file: {file} cannot be read ({type(error).__name__}). Name a file."
        ) from None
    if stat.S_IMODE(mode) & 0o077:
        raise ProviderRefusedError(
            f"{FILE}: secret_file: others may read {file}. Run chmod 600 {file}."
        )
    if not secret:
        raise ProviderRefusedError(f"{FILE}: secret_file: {file} is empty.")
    return secret
