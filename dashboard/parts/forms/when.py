"""
When a reading was taken: stated by the person, in the ward's local time, stored in UTC.

Only the time may start filled in. A wall-clock time that the autumn change makes happen twice is
asked about; one that the spring change leaves out is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import streamlit as st

from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.grade import age_text
from dashboard.session import zone
from toxmodels.site import site

# Bedside clocks differ by this much; the store refuses the same.
AHEAD: Final = timedelta(minutes=5)
TIME_FIELD: Final = "when"
_OFFSETS: Final = {
    "now": "Now",
    "15": "15 min ago",
    "30": "30 min ago",
    "60": "1 h ago",
    "other": "Other time",
}
_CLOCK: Final = re.compile(r"^\s*(\d{1,2})[:.h ]?(\d{2})\s*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stated:
    """The time a person stated, or why it cannot be used."""

    at: datetime | None
    fault: str | None = None
    twice: bool = False


def clock_text(moment: datetime, where: tzinfo) -> str:
    """A time as the form shows it: ``08:12, 22-Nov-2026 CET``."""
    local = moment.astimezone(where)
    return f"{local:%H:%M}, {local:%d-%b-%Y} {local.tzname()}"


def read_clock(text: str | None) -> time | None:
    """``8:05``, ``0805`` or ``08.05`` as a time of day; None when it is none."""
    match = _CLOCK.match(text or "")
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def stated(day: date, clock: time, where: tzinfo, *, second: bool | None = None) -> Stated:
    """A wall-clock time as a moment; ``second`` chooses when the clock showed it twice."""
    early = datetime.combine(day, clock, tzinfo=where)
    late = early.replace(fold=1)
    if early.astimezone(UTC).astimezone(where).replace(tzinfo=None) != early.replace(tzinfo=None):
        return Stated(None, f"{clock:%H:%M} did not exist on that day: the clock went forward")
    if early.utcoffset() == late.utcoffset():
        return Stated(early.astimezone(UTC))
    if second is None:
        return Stated(None, f"the clock showed {clock:%H:%M} twice that day: which one?", True)
    return Stated((late if second else early).astimezone(UTC), twice=True)


def time_fault(at: datetime, now: datetime) -> str | None:
    """Why no observation can carry this time, or None."""
    if at > now + AHEAD:
        return f"this lies {age_text(at - now).removesuffix(' ago')} ahead: check day and time"
    return None


def is_late(at: datetime, now: datetime) -> bool:
    """Whether the entry counts as entered late: further back than one assessment reaches."""
    return now - at > site().combine_within


def ask_time(sheet: Sheet, label: str, started_at: datetime, now: datetime) -> Stated:
    """
    Ask when the reading was taken.

    "Now" means the moment the first value was typed, not the moment of saving: a form left open
    for half an hour must not make old values look fresh.
    """
    where = zone()
    chosen = sheet.choice(TIME_FIELD, label, _OFFSETS, default="now") or "now"
    if chosen != "other":
        minutes = 0 if chosen == "now" else int(chosen)
        found = Stated((started_at - timedelta(minutes=minutes)).replace(microsecond=0))
    else:
        found = ask_clock(sheet, TIME_FIELD, now, where)
    _say(found, now, where)
    if found.at is None:
        return found
    fault = time_fault(found.at, now)
    return found if fault is None else Stated(None, fault)


def ask_clock(sheet: Sheet, name: str, now: datetime, where: tzinfo) -> Stated:
    """Day and time of day, typed; the day starts at today, the time of day empty."""
    left, right = st.columns(2)
    with left:
        day = sheet.day(f"{name}/day", "Day", now.astimezone(where).date())
    with right:
        typed = sheet.text(f"{name}/clock", f"Time of day ({where})", placeholder="08:05")
    if typed is None or day is None:
        return Stated(None)
    clock = read_clock(typed)
    if clock is None:
        return Stated(None, f'"{typed}" is not a time of day: type it like 08:05')
    found = stated(day, clock, where)
    if found.twice:
        which = sheet.choice(f"{name}/fold", "Which one?", {"first": "First", "second": "Second"})
        if which is not None:
            found = stated(day, clock, where, second=which == "second")
    return found


def fix_time(sheet: Sheet, name: str, at: datetime) -> None:
    """Turn a relative time into the stated one, so that a kept form does not move with the day."""
    local = at.astimezone(zone())
    sheet.values[name] = "other"
    sheet.values[f"{name}/day"] = local.date().isoformat()
    sheet.values[f"{name}/clock"] = f"{local:%H:%M}"
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        sheet.values[f"{name}/fold"] = "second" if local.fold else "first"


def _say(found: Stated, now: datetime, where: tzinfo) -> None:
    if found.at is None:
        if found.fault is not None:
            st.error(as_text(found.fault), icon=":material/schedule:")
        return
    fault = time_fault(found.at, now)
    if fault is not None:
        st.error(fault, icon=":material/schedule:")
    elif is_late(found.at, now):
        st.warning(
            f"{clock_text(found.at, where)}: {age_text(now - found.at)}. "
            "It will be marked as entered late.",
            icon=":material/history:",
        )
    else:
        st.caption(f"{clock_text(found.at, where)}, {age_text(now - found.at)}")
