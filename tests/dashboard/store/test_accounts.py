"""Accounts, passwords and seats: on both databases, with a clock that the test moves."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from dashboard.accounts import administering, first, passwords, seating
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.person import Person
from dashboard.accounts.seating import IDLE, SHIFT, SignOnRefused
from dashboard.accounts.waiting import Pace, Waiting
from dashboard.store import AccountExists, LastAdministrator, Store, UnknownAccount, open_store
from tests.dashboard.store.forms import T0, WARD, at

GOOD = "green lamp over river"
OTHER = "seven slow grey horses"
ADMIN = Person("root", "administrator")


@pytest.fixture
def staffed(store: Store) -> Store:
    """An administrator, a nurse, a physician of another ward."""
    administering.add(store, ADMIN, "boss", "administrator", GOOD, now=T0)
    administering.add(store, ADMIN, "nina", "nurse", GOOD, now=T0)
    only = frozenset({"w2"})
    administering.add(store, ADMIN, "Dora", "physician", GOOD, now=T0, wards=only)
    return store


def enter(store: Store, name: str, password: str = GOOD, minutes: float = 0, token: str = "t1"):
    """Sign on with patience of its own, so that tests do not wait for each other."""
    return seating.sign_on(
        store, name, password, token=token, address="10.0.0.1", now=at(minutes), waiting=Waiting()
    )


# Accounts


def test_an_account_is_added_listed_changed_and_closed(staffed: Store) -> None:
    accounts = staffed.accounts
    assert [one.name for one in accounts.all()] == ["boss", "Dora", "nina"]
    assert accounts.named("DORA") == accounts.named("dora")
    assert accounts.named("dora").wards == frozenset({"w2"})
    assert "argon2" not in repr(accounts.named("dora")), "a hash must not reach a log"
    administering.give_role(staffed, ADMIN, "nina", "physician", now=at(1))
    assert (accounts.named("nina").role, accounts.named("nina").changed_at) == ("physician", at(1))
    administering.disable(staffed, ADMIN, "nina", now=at(2))
    with pytest.raises(SignOnRefused, match="wrong"):
        enter(staffed, "nina")
    administering.enable(staffed, ADMIN, "nina", now=at(3))
    assert enter(staffed, "nina", minutes=4).role == "physician"
    assert [one.action for one in staffed.audit_trail()] == [
        "account-added", "account-added", "account-added", "account-role", "account-disabled",
        "sign-on-refused", "account-enabled", "sign-on",
    ]  # fmt: skip
    assert staffed.verify() == []


def test_a_name_is_taken_however_it_is_spelled(staffed: Store) -> None:
    with pytest.raises(AccountExists):
        administering.add(staffed, ADMIN, "NINA", "nurse", GOOD, now=at(1))
    with pytest.raises(UnknownAccount):
        administering.disable(staffed, ADMIN, "nobody", now=at(1))
    for name in ("", " nina", "n" * 41):
        with pytest.raises(ValueError, match="name"):
            administering.add(staffed, ADMIN, name, "nurse", GOOD, now=at(1))
    with pytest.raises(ValueError, match="role"):
        administering.add(staffed, ADMIN, "x", "king", GOOD, now=at(1))


def test_the_last_administrator_stays(staffed: Store) -> None:
    for act in (
        lambda: administering.disable(staffed, ADMIN, "boss", now=at(1)),
        lambda: administering.give_role(staffed, ADMIN, "boss", "nurse", now=at(1)),
    ):
        with pytest.raises(LastAdministrator):
            act()
    administering.add(staffed, ADMIN, "second", "administrator", GOOD, now=at(2))
    administering.disable(staffed, ADMIN, "boss", now=at(3))
    assert staffed.accounts.named("boss").disabled_at == at(3)


def test_only_an_administrator_manages_accounts(staffed: Store) -> None:
    before = staffed.accounts.all()
    tried = 0
    for role in ("nurse", "physician", "trainer", "observer"):
        for act in (
            lambda who: administering.add(staffed, who, "x", "nurse", GOOD, now=at(1)),
            lambda who: administering.give_role(staffed, who, "nina", "observer", now=at(1)),
            lambda who: administering.disable(staffed, who, "nina", now=at(1)),
            lambda who: administering.enable(staffed, who, "nina", now=at(1)),
            lambda who: administering.give_password(staffed, who, "nina", OTHER, now=at(1)),
        ):
            with pytest.raises(NotAllowed, match="administrator"):
                act(Person("x", role))  # type: ignore[arg-type]
            tried += 1
    assert staffed.accounts.all() == before
    assert len([one for one in staffed.audit_trail() if one.action == "refused"]) == tried == 20


def test_of_eight_who_come_first_one_is_first(store: Store) -> None:
    made: list[str] = []
    refused: list[BaseException] = []

    def come(number: int) -> None:
        try:
            made.append(
                first.create(store, f"boss{number}", GOOD, first.code(), now=T0).name
            )  # fmt: skip
        except AccountExists as error:
            refused.append(error)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 7)
    with pytest.raises(ValueError, match="code"):
        first.create(store, "late", GOOD, "0000000000", now=T0)


# Passwords


@pytest.mark.parametrize(
    "password",
    ["short", "elevenchars", "passwordpassword", "Hospital-2026!", "aaaaaaaaaaaa", "123456789012",
     "abcdefghijklm", "ninanina1234", "x" * 300],
)  # fmt: skip
def test_a_password_anybody_would_try_is_refused(password: str) -> None:
    assert passwords.fault_of(password, "nina") is not None


@pytest.mark.parametrize("password", [GOOD, OTHER, "Ünder-Schnee 42 Bäume", "x7$Kq2!mZp9w"])
def test_a_good_password_is_taken_and_known_again(password: str) -> None:
    assert passwords.fault_of(password, "nina") is None
    kept = passwords.hashed(password)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right(kept, password)
    assert not passwords.is_right(kept, password + " ")
    assert not passwords.is_right(None, "a password that belongs to no account")


def test_a_new_password_ends_the_seats_of_the_old_one(staffed: Store) -> None:
    enter(staffed, "nina")
    administering.give_password(staffed, ADMIN, "nina", OTHER, now=at(1))
    assert seating.place_of(staffed, "t1", now=at(1)).state == "empty"
    with pytest.raises(SignOnRefused):
        enter(staffed, "nina", GOOD, 2)
    assert enter(staffed, "nina", OTHER, 2).name == "nina"


def test_a_person_changes_the_own_password_and_other_seats_end(staffed: Store) -> None:
    nina = enter(staffed, "nina")
    enter(staffed, "nina", token="t2")

    def change(old: str, new: str) -> None:
        seating.change_own_password(
            staffed, nina, old, new, token="t1", address="a", now=at(1), waiting=Waiting()
        )

    with pytest.raises(SignOnRefused):
        change("wrong", OTHER)
    with pytest.raises(ValueError, match="12 characters"):
        change(GOOD, "short")
    assert seating.place_of(staffed, "t2", now=at(1)).state == "open"
    change(GOOD, OTHER)
    assert seating.place_of(staffed, "t1", now=at(1)).state == "open"
    assert seating.place_of(staffed, "t2", now=at(1)).state == "empty"
    with pytest.raises(SignOnRefused):
        enter(staffed, "nina", GOOD, 2)
    assert enter(staffed, "nina", OTHER, 2).name == "nina"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_refusal_does_not_tell_whether_the_name_exists(staffed: Store) -> None:
    said = set()
    for name in ("nina", "nobody"):
        with pytest.raises(SignOnRefused) as refused:
            enter(staffed, name, "wrong")
        said.add(str(refused.value))
    assert len(said) == 1
    kept = [one.who for one in staffed.audit_trail() if one.action == "sign-on-refused"]
    assert kept == ["nina", "unknown"], "a name that is none may be a password: it is not kept"


CROWD = """
import sys, threading, time
import psutil
from dashboard.accounts import passwords
kept = passwords.hashed("green lamp over river")
if sys.argv[1] == "open":
    passwords._workers = passwords.ThreadPoolExecutor(50)
passwords.is_right(kept, "x")
me = psutil.Process()
before, peak, done = me.memory_info().rss, 0, threading.Event()
def watch():
    global peak
    while not done.is_set():
        peak = max(peak, me.memory_info().rss)
        time.sleep(0.002)
watcher = threading.Thread(target=watch); watcher.start()
ok = []
crowd = [threading.Thread(target=lambda: ok.append(
    passwords.is_right(kept, "green lamp over river"))) for _ in range(50)]
for one in crowd: one.start()
for one in crowd: one.join()
done.set(); watcher.join()
print(len(ok), sum(ok), (peak - before) // 2**20)
"""


def _crowd(gate: str) -> tuple[int, int, int]:
    answer = subprocess.run(
        [sys.executable, "-c", CROWD, gate], capture_output=True, text=True, check=True, timeout=120
    )
    came, right, grown = (int(word) for word in answer.stdout.split())
    return came, right, grown


@pytest.mark.nightly
def test_fifty_sign_ons_at_once_stay_small_and_a_thousand_guesses_take_hours(
    report: Callable[..., None],
) -> None:
    gc.collect()
    came, right, grown_mib = _crowd("gate")
    _, _, open_mib = _crowd("open")
    assert (came, right) == (50, 50)
    patient, hasty = _first_hour(Waiting()), _first_hour(_NoWait())
    assert patient > 0
    bad = int(grown_mib >= 200) + int(patient > 100)
    control_bad = int(open_mib >= 200) + int(hasty > 100)
    report(
        "P-28",
        n=50,
        bad=bad,
        control_bad=control_bad,
        rss_mib=grown_mib,
        control_rss_mib=open_mib,
        guesses_per_hour=patient,
        control_guesses_per_hour=hasty,
    )
    assert (bad, control_bad) == (0, 2)


class _NoWait(Waiting):
    def _wait(self, key: tuple[str, str], pace: Pace, now: object) -> timedelta:
        return timedelta(0)


def _first_hour(waiting: Waiting) -> int:
    """How many of a thousand wrong guesses, each as early as allowed, fall into one hour."""
    now, made = T0, 0
    for _ in range(1000):
        while (wait := waiting.begin("nina", f"10.0.{made % 50}.1", now)) > timedelta(0):
            now += wait
        made += int(now - T0 < timedelta(hours=1))
        now += timedelta(milliseconds=50)
    return made


def test_a_wait_is_no_lock_out(staffed: Store) -> None:
    waiting, now = Waiting(), T0
    for _ in range(30):
        try:
            seating.sign_on(staffed, "nina", "wrong", token="t", address="a", now=now,
                            waiting=waiting)  # fmt: skip
        except SignOnRefused as refused:
            if "wait" in str(refused):
                break
    else:
        pytest.fail("thirty wrong guesses in one second met no wait")
    later = now + timedelta(seconds=60)
    there = seating.sign_on(staffed, "nina", GOOD, token="t", address="a", now=later,
                            waiting=waiting)  # fmt: skip
    assert there.name == "nina"
    assert waiting.begin("dora", "elsewhere", now) == timedelta(0)
    assert all(key != ("name", "nina") for key in waiting.known())


def test_tries_at_the_same_moment_are_all_counted() -> None:
    waiting = Waiting()
    allowed = [waiting.begin("nina", "a", T0) == timedelta(0) for _ in range(50)]
    assert sum(allowed) == 5


# Seats


def test_a_seat_locks_ends_and_survives_a_restart(
    staffed: Store, url: str, report: Callable[..., None]
) -> None:
    second = timedelta(seconds=1)
    cases = 0
    late = 0
    control = 0

    def check(store: Store, moment, wanted: str) -> None:
        nonlocal cases, late, control
        found = seating.place_of(store, "t1", now=moment).state
        assert found == wanted, (moment - T0, wanted)
        cases += 1
        late += int(wanted != "open" and found == "open")
        # The control believes the cookie, as a login that only asks whether there is a seat does.
        control += int(wanted != "open" and store.accounts.seated("t1") is not None)

    enter(staffed, "nina")
    check(staffed, T0 + IDLE - second, "open")
    with open_store(url) as restarted:
        check(restarted, T0 + IDLE - second, "open")
        check(restarted, T0 + IDLE, "locked")
    check(staffed, T0 + IDLE, "locked")
    seating.touch(staffed, "t1", now=T0 + IDLE)
    check(staffed, T0 + IDLE, "locked")  # a touch does not open a locked seat
    enter(staffed, "nina", minutes=20)
    check(staffed, at(20), "open")
    moment = at(20)
    while moment < at(20) + SHIFT - timedelta(minutes=10):
        moment += timedelta(minutes=10)
        seating.touch(staffed, "t1", now=moment)
    check(staffed, at(20) + SHIFT - second, "open")
    check(staffed, at(20) + SHIFT, "empty")
    enter(staffed, "nina", minutes=800)
    administering.disable(staffed, ADMIN, "nina", now=at(801))
    check(staffed, at(801), "empty")
    administering.enable(staffed, ADMIN, "nina", now=at(802))
    check(staffed, at(802), "empty")  # the seat has ended for good
    enter(staffed, "Dora", minutes=803)
    assert seating.place_of(staffed, "t1", now=at(803)).person.wards == frozenset({"w2"})
    seating.get_up(staffed, "t1", now=at(804))
    check(staffed, at(804), "empty")
    report("P-29", n=cases, bad=late, control_bad=control)
    assert (late, staffed.verify()) == (0, [])
    assert cases >= 11
    assert control > 0


def test_another_token_sits_nowhere_and_the_token_is_not_kept(staffed: Store) -> None:
    enter(staffed, "nina", token="the-secret-token")
    assert seating.place_of(staffed, "another", now=T0).state == "empty"
    with staffed._engines.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM seat").fetchall()
    assert len(rows) == 1
    assert "the-secret-token" not in repr(rows)


def test_a_second_person_at_the_same_browser_takes_the_seat(staffed: Store) -> None:
    enter(staffed, "nina")
    enter(staffed, "dora", minutes=1)
    assert seating.place_of(staffed, "t1", now=at(1)).person.name == "Dora"
    assert WARD not in seating.place_of(staffed, "t1", now=at(1)).person.wards
