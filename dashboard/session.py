"""
What every page asks first: which store, what time it is, who sits here, and which patient.

The patient of a page comes from its address as an opaque reference, never from the session: two
tabs of one browser can show two patients, and neither ever saves for the other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboard import glance
from dashboard.store import Store, UnknownPatient, Ward, open_store

Role = Literal["nurse", "physician", "observer"]
PageName = Literal["board", "patient", "enter", "add-patient", "rules", "about"]

ROLES: Final[tuple[Role, ...]] = ("nurse", "physician", "observer")
COOKIE: Final = "toxwatch_seat"
PATIENT_KEY: Final = "p"
AT_KEY: Final = "at"
WARD_KEY: Final = "ward"
DATABASE: Final = "TOXWATCH_DATABASE"
FIXED_CLOCK: Final = "TOXWATCH_NOW"
ZONE: Final = "TOXWATCH_ZONE"
SHIFT: Final = timedelta(hours=12)  # nobody stays signed on longer than a shift
_MOST_SEATS: Final = 2000
_REF_LENGTH: Final = 16
_PERSON: Final = "signed_on"
_SINCE: Final = "signed_on_at"
_WARD: Final = "ward_id"

_lock = threading.RLock()
_stores: dict[str | None, Store] = {}
_refs: dict[tuple[str, str], str] = {}  # (database, patient) -> reference
_looked_at: dict[tuple[str, str], int] = {}  # (database, ward) -> version when last searched
_seats: dict[str, tuple[Person, datetime]] = {}


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs an entry: initials or staff number, and the role of this shift."""

    name: str
    role: Role


# The store and the clock


def store() -> Store:
    """The store of this process; opened once, at the address in ``TOXWATCH_DATABASE``."""
    url = os.environ.get(DATABASE) or None
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
        _refs.clear()
        _looked_at.clear()


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


def signed_on() -> Person | None:
    """The person at this browser, or ``None``: nobody may save anything then."""
    seat = _seat()
    if seat is None:  # a browser that keeps no cookie: this tab only
        here = st.session_state.get(_PERSON)
        since = st.session_state.get(_SINCE, now())
        return here if isinstance(here, Person) and now() - since <= SHIFT else None
    with _lock:
        kept = _seats.get(seat)
    return kept[0] if kept is not None and now() - kept[1] <= SHIFT else None


def sign_on(person: Person) -> None:
    """Take a seat: for this browser until it is closed, signed off, or the shift is over."""
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
    seat = _seat()
    st.session_state.pop(_PERSON, None)
    if seat is not None:
        with _lock:
            _seats.pop(seat, None)


def _seat() -> str | None:
    return st.context.cookies.get(COOKIE)


# Which ward


def ward() -> Ward | None:
    """The ward on the screen: the one of the address, the one chosen, or the only one."""
    wards = {one.id: one for one in glance.wards(store())}
    asked = st.query_params.get(WARD_KEY)
    chosen = asked if asked in wards else st.session_state.get(_WARD)
    if chosen in wards:
        return wards[chosen]
    return next(iter(wards.values()), None)


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
    opened = store()
    key = (opened.place, patient_id)
    with _lock:
        if key not in _refs:
            first = opened.history(patient_id)[0]
            _refs[key] = first.entry_id.replace("-", "")[:_REF_LENGTH]
        return _refs[key]


def patient_of(ref: str | None) -> str | None:
    """The patient behind a reference, or ``None`` when there is none."""
    if ref is None:
        return None
    opened = store()
    found = _known(opened.place, ref)
    if found is not None:
        return found
    for one in glance.wards(opened):
        version = glance.version(opened, one.id)
        with _lock:
            if _looked_at.get((opened.place, one.id)) == version:
                continue
            _looked_at[(opened.place, one.id)] = version
        for line in opened.patients(one.id):
            try:
                ref_of(line.patient_id)
            except UnknownPatient:
                continue  # entries without a description: no page can show them yet
    return _known(opened.place, ref)


def _known(place: str, ref: str) -> str | None:
    with _lock:
        return next(
            (patient for (where, patient), one in _refs.items() if where == place and one == ref),
            None,
        )


def patient_from_url() -> str | None:
    """The patient of this page's address."""
    return patient_of(st.query_params.get(PATIENT_KEY))


def at_from_url() -> datetime | None:
    """The past time that the address asks for, or ``None`` for now."""
    return read_at(st.query_params.get(AT_KEY))


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
    """The part of an address that names patient and time."""
    found: dict[str, str] = {}
    if patient_id is not None:
        found[PATIENT_KEY] = ref_of(patient_id)
    if at is not None:
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
