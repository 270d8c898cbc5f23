"""
Signing on through the hospital's identity provider.

Authlib has checked the signature, the nonce and the times of the token before Streamlit hands us
its claims; Streamlit then believes them for thirty days. Here they open a seat once, at the
browser that asked for them, and from then on only the seat counts.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from dashboard.accounts.permissions import Role
from dashboard.accounts.person import Person
from dashboard.accounts.provider_settings import EVERY_WARD, Provider
from dashboard.accounts.seating import SignOnRefused, person_of
from dashboard.observing import figures
from dashboard.store import Store
from dashboard.store.accounts import token_digest
from dashboard.store.admitting import AccountClosed, Coming

SKEW: Final = timedelta(minutes=2)  # how far two clocks of a hospital may differ
FRESH: Final = timedelta(minutes=10)  # from asking for the page of the provider to being back
_MOST_ASKED: Final = 5000
_PAGE: Final = re.compile(r"/([a-z-]+)?(\?[\w%.+=&-]{1,400})?")  # a page of ours, nothing else


class ClaimRefused(SignOnRefused):
    """The provider vouches for somebody who may not come in, or for nobody: why, in one word."""

    def __init__(self, why: str, says: str) -> None:
        super().__init__(says)
        self.why = why


# What this process has asked the provider for


@dataclass(frozen=True, slots=True)
class _Question:
    nonce: str
    seat: str  # the digest of its token
    at: datetime
    page: str  # where the person was


class Asked:
    """
    Sign-ons that this process has begun: nonce, browser and time.

    It lists what may come, not what has come: after a restart nothing old is believed again.
    """

    def __init__(self) -> None:
        self._by_state: OrderedDict[str, _Question] = OrderedDict()
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def leave(self, token: str, page: str) -> None:
        """Somebody goes to the provider from this page, and wants to come back to it."""
        with self._lock:
            self._pages[token_digest(token)] = page if _PAGE.fullmatch(page) else "/"
            while len(self._pages) > _MOST_ASKED:
                self._pages.popitem(last=False)

    def remember(self, state: str, nonce: str, token: str, now: datetime) -> None:
        """Somebody at this browser was sent to the provider."""
        seat = token_digest(token)
        with self._lock:
            for old in [k for k, one in self._by_state.items() if one.seat == seat]:
                del self._by_state[old]
            self._by_state[state] = _Question(nonce, seat, now, self._pages.pop(seat, "/"))
            while len(self._by_state) > _MOST_ASKED:
                self._by_state.popitem(last=False)

    def knows(self, state: str) -> bool:
        """Whether an answer to this was waited for; such a failure is worth a record."""
        with self._lock:
            return state in self._by_state

    def page_of(self, state: str) -> str:
        """Where the person was who asked this."""
        with self._lock:
            one = self._by_state.get(state)
        return "/" if one is None else one.page

    def give_up(self, state: str) -> None:
        """The provider's answer was no good: nothing is waited for any more."""
        with self._lock:
            self._by_state.pop(state, None)

    def take(self, nonce: object, token: str, now: datetime) -> bool:
        """Whether this browser asked for this answer, a short while ago; true only once."""
        seat = token_digest(token)
        with self._lock:
            for state, one in self._by_state.items():
                if one.nonce == nonce and one.seat == seat:
                    del self._by_state[state]
                    return -SKEW <= now - one.at <= FRESH
        return False


asked: Final = Asked()


# Signing on


def sign_on(
    store: Store, known: Provider, claims: Mapping[str, Any], *, token: str, now: datetime
) -> Person:
    """
    Seat the person these verified claims speak of.

    Raises:
        ClaimRefused: not meant for us, too old, without a role or a ward of ours, or closed here.
        StoreError: the store cannot store.

    """
    try:
        account = store.admit(_coming(store, known, claims, now), at=now)
    except AccountClosed as closed:
        _note_refusal(store, known, claims, "closed", now)
        raise ClaimRefused("closed", str(closed)) from None
    except ClaimRefused as refused:
        _note_refusal(store, known, claims, refused.why, now)
        raise
    store.accounts.sit(account.account_id, token, at=now)
    store.audit(
        "sign-on", at=now, who=account.name, role=account.role, detail={"how": "provider"}
    )  # fmt: skip
    return person_of(account)


def _note_refusal(
    store: Store, known: Provider, claims: Mapping[str, Any], why: str, now: datetime
) -> None:
    """On record under the name of the account, where there is one; a claim may be anything."""
    account = store.accounts.of_provider(str(claims.get("iss")), str(claims.get("sub")))
    who = "unknown" if account is None else account.name
    detail = {"how": "provider", "why": why}
    store.audit("sign-on-refused", at=now, who=who, role="nobody", detail=detail)
    figures.refused.labels("SignOnRefused").inc()


def _coming(store: Store, known: Provider, claims: Mapping[str, Any], now: datetime) -> Coming:
    _refuse_foreign(known, claims)
    _refuse_old(known, claims, now)
    name = _at(claims, known.name_claim)
    if not isinstance(name, str) or not name.strip():
        raise ClaimRefused("no-name", f'The provider gave no "{known.name_claim}": {_TELL}')
    return Coming(
        issuer=known.issuer,
        subject=str(claims["sub"]),
        name=name.strip(),
        role=role_of(known, claims),
        wards=wards_of(known, claims, {one.id for one in store.wards()}),
    )


_TELL: Final = "tell whoever looks after the sign-on of the hospital."
_ASK: Final = "Ask whoever gives out the rights in the hospital."


def _refuse_foreign(known: Provider, claims: Mapping[str, Any]) -> None:
    """Check again who speaks, and to whom: the library takes a token for others with our azp."""
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != known.issuer:
        raise ClaimRefused("issuer", f"The answer came from another provider: {_TELL}")
    if known.client_id not in meant or claims.get("azp", known.client_id) != known.client_id:
        raise ClaimRefused("audience", f"The answer was meant for another program: {_TELL}")
    if not isinstance(claims.get("sub"), str) or not str(claims["sub"]).strip():
        raise ClaimRefused("no-subject", f"The answer speaks of nobody: {_TELL}")


def _refuse_old(known: Provider, claims: Mapping[str, Any], now: datetime) -> None:
    ends, made = (_seconds(claims.get(name)) for name in ("exp", "iat"))
    moment, skew = now.timestamp(), SKEW.total_seconds()
    if ends is None or moment >= ends + skew:
        raise ClaimRefused("expired", "The answer of the provider has expired. Sign on again.")
    if made is None or not -skew <= moment - made <= FRESH.total_seconds():
        raise ClaimRefused("old", "The answer of the provider is too old. Sign on again.")
    shown = _seconds(claims.get("auth_time"))
    if known.reauthenticate and shown is not None and moment - shown > FRESH.total_seconds():
        raise ClaimRefused(
            "not-asked", f"The provider did not ask again who is there (auth_time): {_TELL}"
        )


def role_of(known: Provider, claims: Mapping[str, Any]) -> Role:
    """The first role of the settings that the claim gives; nobody gets one by default."""
    held = _values(_at(claims, known.role_claim))
    for value, role in known.roles:
        if value in held:
            return role
    raise ClaimRefused(
        "no-role", f"You are known to the hospital, but hold no role in toxwatch. {_ASK}"
    )


def wards_of(
    known: Provider, claims: Mapping[str, Any], here: Iterable[str]
) -> frozenset[str] | None:
    """The wards of this person; None, all of them, only where the settings say so."""
    if known.ward_claim is None:
        return None
    meant = {known.wards[one] for one in _values(_at(claims, known.ward_claim)) & set(known.wards)}
    if EVERY_WARD in meant:
        return None
    if not meant & set(here):
        raise ClaimRefused(
            "no-ward", f"You are known to the hospital, but to no ward of this server. {_ASK}"
        )
    return frozenset(meant)


def _at(claims: Mapping[str, Any], name: str) -> object:
    """A claim by its name; ``a.b`` also finds ``b`` inside ``a``, as some providers nest them."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _values(found: object) -> frozenset[str]:
    """A claim may carry one value or a list; anything else means nothing."""
    if isinstance(found, str):
        return frozenset({found})
    if isinstance(found, list | tuple):
        return frozenset(one for one in found if isinstance(one, str))
    return frozenset()


def _seconds(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
