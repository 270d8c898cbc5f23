"""
What every page asks first: which store, what time it is, who sits here, and which patient.

The patient of a page comes from its address as an opaque reference, never from the session: two
tabs of one browser can show two patients, and neither ever saves for the other.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import glance, references
from dashboard.accounts import seating
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import Role
from dashboard.accounts.person import Person
from dashboard.accounts.provider_settings import provider
from dashboard.as_of.asked import AS_OF_KEY, Replay, read_replay
from dashboard.as_of.past_store import PastStore
from dashboard.store import Store, Ward, open_store
from dashboard.store.row_security import look_at

__all__ = ["Person", "Role"]

PageName = Literal[
    "board", "work", "patient", "enter", "add-patient", "handover", "training", "rules", "about"
]

ROLES: Final[tuple[Role, ...]] = ("nurse", "physician", "observer")  # to choose from in a demo
COOKIE: Final = "toxwatch_seat"
PATIENT_KEY: Final = "p"
AT_KEY: Final = "at"
WARD_KEY: Final = "ward"
DATABASE: Final = "TOXWATCH_DATABASE"
FIXED_CLOCK: Final = "TOXWATCH_NOW"
ZONE: Final = "TOXWATCH_ZONE"
ACCOUNTS: Final = "TOXWATCH_ACCOUNTS"
REQUIRED: Final = "required"
DEMO: Final = "demo"
SHIFT: Final = timedelta(hours=12)  # nobody stays signed on longer than a shift
_MOST_SEATS: Final = 2000
_PERSON: Final = "signed_on"
_SINCE: Final = "signed_on_at"
_WARD: Final = "ward_id"
_TOKEN: Final = "seat_token"  # noqa: S105 - where it lies, not what it is

_lock = threading.RLock()
_stores: dict[str | None, Store] = {}
_seats: dict[str, tuple[Person, datetime]] = {}  # of a demo; real ones lie in the store
_needs_accounts: set[str] = set()  # stores that need them: neither wards nor accounts go away


# The store and the clock


def store() -> Store:
    """The store behind the page: in a replay only what was known then, and nothing goes in."""
    opened, asked = live_store(), replay()
    return opened if asked is None else PastStore(opened, asked.moment)


def live_store() -> Store:
    """The store of this process; opened once, at the address in ``TOXWATCH_DATABASE``."""
    url = os.environ.get(DATABASE) or None
    found = _stores.get(url)  # first without the lock, at which fifty screens would queue
    if found is not None:
        return found
    with _lock:
        if url not in _stores:
            _stores[url] = open_store(url)
        return _stores[url]


def close_stores() -> None:
    """Close what ``store`` opened: when the server stops, and between tests."""
    with _lock:
        for opened in _stores.values():
            opened.close()
        _stores.clear()
        references.forget()
        _needs_accounts.clear()


def now() -> datetime:
    """The only clock of the screens, in UTC; tests may fix it with ``TOXWATCH_NOW``."""
    fixed = os.environ.get(FIXED_CLOCK)
    if fixed is None:
        return datetime.now(UTC)
    moment = datetime.fromisoformat(fixed)
    if moment.tzinfo is None:
        raise ValueError(f"{FIXED_CLOCK}: {fixed} has no offset from UTC; add one, such as +00:00")
    return moment.astimezone(UTC)


def clock_is_fixed() -> bool:
    """Whether the clock stands still, which every page then says."""
    return FIXED_CLOCK in os.environ


# Who sits here


def accounts_required() -> bool:
    """
    Whether nobody gets in without an account.

    Unless told by ``TOXWATCH_ACCOUNTS`` or ``serve``: as soon as there is a ward that is no
    sample, or an account. A store of invented patients alone needs no password.
    """
    if provider() is not None:
        return True  # who names a provider wants nobody in without it
    told = os.environ.get(ACCOUNTS) or None
    if told not in (None, REQUIRED, DEMO):
        raise ValueError(f'{ACCOUNTS}: "{told}" is neither {REQUIRED} nor {DEMO}')
    if told is not None:
        return told == REQUIRED
    opened = store()
    if opened.place not in _needs_accounts:
        real = any(not one.is_sample for one in glance.wards(opened))
        if not real and not opened.accounts.any():
            return False
        _needs_accounts.add(opened.place)
    return True


def place() -> seating.Place:
    """Where accounts are needed: who sits at this browser, and whether the screen is locked."""
    token = _token()
    return seating.Place("empty") if token is None else seating.place_of(store(), token, now=now())


def touched() -> None:
    """Somebody did something at this screen: it stays open for another quarter of an hour."""
    token = _token()
    if token is not None and accounts_required():
        seating.touch(store(), token, now=now())


def sign_on_with_password(name: str, password: str) -> Person:
    """Take a seat that lies in the store; raises ``seating.SignOnRefused``."""
    token = _token()
    if token is None:  # a browser that keeps no cookie: this tab only
        token = st.session_state[_TOKEN] = secrets.token_urlsafe(24)
    address = st.context.ip_address or "this machine"
    return seating.sign_on(store(), name, password, token=token, address=address, now=now())


def change_own_password(person: Person, old: str, new: str) -> None:
    """Give oneself another password; raises what ``seating.change_own_password`` raises."""
    token = _token()
    if token is None:
        raise NotAllowed("sign-on", "nobody sits here.", "Sign on first.")
    address = st.context.ip_address or "this machine"
    seating.change_own_password(
        store(), person, old, new, token=token, address=address, now=now()
    )  # fmt: skip


def leave_if_ended() -> None:
    """For a fragment with a tick of its own: draw the whole page anew when the seat has ended."""
    if accounts_required() and signed_on() is None:
        st.rerun(scope="app")


def _token() -> str | None:
    kept = _seat() or st.session_state.get(_TOKEN)
    return None if kept is None else str(kept)


def signed_on() -> Person | None:
    """The person at this browser, or ``None``: nobody may save anything then."""
    if accounts_required():
        found = place()
        person = found.person if found.state == "open" else None
        # The rest of this run reads no other ward, whatever it asks for (on PostgreSQL).
        look_at(None if person is None else person.wards)
        return person
    seat = _seat()
    if seat is None:  # a browser that keeps no cookie: this tab only
        here = st.session_state.get(_PERSON)
        since = st.session_state.get(_SINCE, now())
        return here if isinstance(here, Person) and now() - since <= SHIFT else None
    with _lock:
        kept = _seats.get(seat)
    return kept[0] if kept is not None and now() - kept[1] <= SHIFT else None


def sign_on(person: Person) -> None:
    """Take a seat in a demo: for this browser until it is closed, signed off, or the shift ends."""
    if accounts_required():
        raise NotAllowed("sign-on", "this server asks for an account.", "Give the password.")
    seat = _seat()
    if seat is None:
        st.session_state[_PERSON], st.session_state[_SINCE] = person, now()
        return
    with _lock:
        while len(_seats) >= _MOST_SEATS:
            del _seats[next(iter(_seats))]
        _seats.pop(seat, None)
        _seats[seat] = (person, now())


def sign_off() -> None:
    """Leave the seat in every tab of this browser."""
    token = _token()
    if token is not None and accounts_required():
        seating.get_up(store(), token, now=now())
    seat = _seat()
    st.session_state.pop(_PERSON, None)
    if seat is not None:
        with _lock:
            _seats.pop(seat, None)


def _seat() -> str | None:
    kept = st.context.cookies.get(COOKIE)
    return kept if isinstance(kept, str) else None


# Which ward


def ward() -> Ward | None:
    """The ward on the screen: the one of the address, the one chosen, or the only one."""
    wards = {one.id: one for one in my_wards()}
    asked = st.query_params.get(WARD_KEY)
    chosen = asked if asked in wards else st.session_state.get(_WARD)
    if chosen in wards:
        return wards[chosen]
    return next(iter(wards.values()), None)


def my_wards() -> tuple[Ward, ...]:
    """The wards this person may see: all of them in a demo and for most accounts."""
    wards = glance.wards(store())
    person = signed_on() if accounts_required() else None
    if person is None or person.wards is None:
        return wards
    return tuple(one for one in wards if one.id in person.wards)


def choose_ward(ward_id: str) -> None:
    """Show this ward in this session from now on."""
    st.session_state[_WARD] = ward_id
    if WARD_KEY in st.query_params:
        del st.query_params[WARD_KEY]


# Which patient, and at what time


def ref_of(patient_id: str) -> str:
    """
    The reference that stands for a patient in an address.

    It comes from the random id of the patient's first entry, so it says nothing about the patient
    and never changes.
    """
    return references.ref_of(live_store(), patient_id)


def patient_of(ref: str | None) -> str | None:
    """The patient behind a reference, or ``None`` when there is none that may be seen."""
    found = None if ref is None else references.patient_of(live_store(), ref)
    if found is None or not accounts_required():
        return found
    person = signed_on()
    if person is None:
        return None
    if person.wards is None:
        return found
    return found if live_store().history(found)[0].ward_id in person.wards else None


def patient_from_url() -> str | None:
    """The patient of this page's address."""
    return patient_of(st.query_params.get(PATIENT_KEY))


def replay() -> Replay | None:
    """The replay that the address of this page asks for; ``None`` also where no page is drawn."""
    if get_script_run_ctx(suppress_warning=True) is None or AS_OF_KEY not in st.query_params:
        return None
    return read_replay(st.query_params, now())


def at_from_url() -> datetime | None:
    """The past time that the address asks for, or ``None`` for now; a replay is of the past."""
    asked = replay()
    return read_at(st.query_params.get(AT_KEY)) if asked is None else asked.moment


def read_at(text: str | None) -> datetime | None:
    """A time with offset out of an address; ``None`` when it is absent or unreadable."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def parameters(patient_id: str | None, at: datetime | None = None) -> Mapping[str, str]:
    """The part of an address that names patient and time; inside a replay it stays one."""
    found: dict[str, str] = {}
    if patient_id is not None:
        found[PATIENT_KEY] = ref_of(patient_id)
    asked = replay()
    if asked is not None:
        found |= Replay(asked.moment if at is None else at, asked.rules).parameters
    elif at is not None:
        found[AT_KEY] = at.astimezone(UTC).isoformat(timespec="seconds")
    return found


def link(
    page: PageName, patient_id: str | None = None, at: datetime | None = None, **more: str
) -> str:
    """The address of a page, to share or to follow; ``more`` is what only that page reads."""
    query = urlencode({**parameters(patient_id, at), **more})
    path = "/" if page == "board" else f"/{page}"
    return f"{path}?{query}" if query else path


def go(page: PageName, patient_id: str | None = None, at: datetime | None = None) -> None:
    """Turn to another page in this session (does not return)."""
    from dashboard.views import pages

    st.switch_page(pages()[page], query_params=dict(parameters(patient_id, at)))


def show_replay(page: str, asked: Replay | None) -> None:
    """Turn to a page in this replay, or back to now when there is none (does not return)."""
    from dashboard.views import pages

    named = st.query_params.get(PATIENT_KEY)
    query = {} if named is None else {PATIENT_KEY: named}
    st.switch_page(
        pages()[page], query_params={**query, **({} if asked is None else asked.parameters)}
    )


# The ward's clock


def zone() -> tzinfo:
    """The zone in which times are shown: the ward's by setting, else the browser's, else UTC."""
    name = os.environ.get(ZONE) or st.context.timezone
    try:
        return UTC if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def local(moment: datetime) -> datetime:
    """A moment in the zone of the screen."""
    return moment.astimezone(zone())


def clock_text(moment: datetime) -> str:
    """The time of day on the ward's clock: ``08:00``. Its age stands beside it, never its date."""
    return f"{local(moment):%H:%M}"
