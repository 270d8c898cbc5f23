"""
P-19: times are right in the nights when the clock changes, and when the server's clock jumps.

Every minute of those nights is typed as a ward would type it and read back as the same moment.
The control counts as one would without zones, and goes wrong.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.parts.forms.when import stated
from dashboard.parts.grade import age_text
from dashboard.store import NewEntry, Store, Submission, open_store
from toxmodels import assess

SEED = 20261122
HOURS_EACH_SIDE = 3
# zone -> the moments in UTC at which its clock changes; Lord Howe changes by half an hour
NIGHTS = {
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),
    "America/Santiago": ("2026-04-05T03:00", "2026-09-06T04:00"),
}


def minutes(change: str) -> list[datetime]:
    """Every minute around one change, in UTC."""
    middle = datetime.fromisoformat(change).replace(tzinfo=UTC)
    start = middle - timedelta(hours=HOURS_EACH_SIDE)
    return [start + timedelta(minutes=i) for i in range(2 * 60 * HOURS_EACH_SIDE)]


def submit(store: Store, number: int, taken_at: str, now: datetime) -> None:
    entry = NewEntry(kind="vitals", payload={"taken_at": taken_at, "temperature_c": 38.6})
    store.submit(_form(number, entry), now=now)


def _form(number: int, entry: NewEntry) -> Submission:
    return Submission(
        submission_id=f"form-{number}", ward_id="w1", patient_id="p1", entries=(entry,),
        recorded_by="AB", role="nurse",
    )  # fmt: skip


def admit(store: Store, now: datetime) -> None:
    store.add_ward("w1", "Ward One", is_sample=False, now=now)
    about = NewEntry(kind="patient", payload={"id": "p1", "age_years": 41.0})
    store.submit(_form(0, about), now=now)


def test_every_minute_of_eight_nights_keeps_its_order_and_its_age(tmp_path: Path, report) -> None:
    tried = wrong = naive_wrong = twice = 0
    for place, changes in NIGHTS.items():
        where = ZoneInfo(place)
        for change in changes:
            moments = minutes(change)
            for moment in moments:
                wall = moment.astimezone(where)
                typed = wall.time().replace(fold=0)
                asked = stated(wall.date(), typed, where)
                twice += asked.twice
                found = stated(wall.date(), typed, where, second=bool(wall.fold))
                age = age_text(moments[-1] - (found.at or moments[0]))
                tried += 1
                wrong += found.at != moment or age != age_text(moments[-1] - moment)
                naive = moments[-1].astimezone(where).replace(tzinfo=None) - wall.replace(
                    tzinfo=None
                )
                naive_wrong += naive != moments[-1] - moment
    with open_store(f"sqlite:///{tmp_path / 'ward.sqlite3'}") as store:
        nights = [change for changes in NIGHTS.values() for change in changes]
        last = max(minutes(change)[-1] for change in nights)
        admit(store, minutes(min(nights))[0])
        kept = [
            (moment, place)
            for place, changes in NIGHTS.items()
            for change in changes
            for moment in minutes(change)[::15]
        ]
        shuffled = random.Random(SEED).sample(kept, len(kept))
        for number, (moment, place) in enumerate(shuffled, start=1):
            submit(store, number, moment.astimezone(ZoneInfo(place)).isoformat(), last)
        read = [one.taken_at for one in store.case("p1").vitals or ()]
    in_order = sorted(moment for moment, _ in kept)
    wrong += sum(one != other for one, other in zip(sorted(read), in_order, strict=True))
    report("P-19", n=tried + len(read), bad=wrong, control_bad=naive_wrong, what="nights")
    assert tried == 8 * 2 * 60 * HOURS_EACH_SIDE
    assert twice >= 4 * 30  # an hour, or half an hour, comes twice in each zone and is asked about
    assert naive_wrong > 0
    assert wrong == 0


def test_a_time_that_the_clock_left_out_is_refused(report) -> None:
    left_out = 0
    for place, changes in NIGHTS.items():
        where = ZoneInfo(place)
        for change in changes:
            day = minutes(change)[0].astimezone(where).date()
            for moment in range(2 * 24 * 60):
                wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=moment)
                exists = wall.replace(tzinfo=where).astimezone(UTC).astimezone(where)
                if exists.replace(tzinfo=None) != wall:
                    left_out += 1
                    assert stated(wall.date(), wall.time(), where).at is None, wall
    assert left_out == 3 * 60 + 30


def test_a_clock_that_jumps_moves_no_stored_time_and_no_order(tmp_path: Path, report) -> None:
    """Back two hours, forward three, back a day: what was stored stays where it was."""
    start = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    jumps = [timedelta(), timedelta(hours=-2), timedelta(hours=3), timedelta(days=-1)]
    with open_store(f"sqlite:///{tmp_path / 'ward.sqlite3'}") as store:
        admit(store, start - timedelta(days=3))
        sent = []
        for number in range(1, 101):
            moment = start + timedelta(minutes=5 * number)
            clock = moment + jumps[number % len(jumps)]
            taken = min(moment, clock)
            submit(store, number, taken.isoformat(), clock)
            sent.append((taken, clock))
        later = start + timedelta(days=1)
        history = [one for one in store.history("p1") if one.kind == "vitals"]
        stored = [(one.observed_at, one.recorded_at) for one in history]
        bad = sum(one != other for one, other in zip(stored, sent, strict=True))
        bad += len([*store.verify()])
        case = store.case("p1")
        newest = max(taken for taken, _ in sent)
        bad += max(one.taken_at for one in case.vitals or ()) != newest
        shown = assess(case, at=later)
        bad += [one.position for one in history] != [*range(2, 102)]
    by_clock = [clock for _, clock in sent]
    control_bad = sum(one > other for one, other in pairwise(by_clock))
    report("P-19", n=len(sent), bad=bad, control_bad=control_bad, what="jumps")
    assert control_bad > 0  # ordered by the clock alone they would have changed places
    assert shown.at == later
    assert bad == 0
