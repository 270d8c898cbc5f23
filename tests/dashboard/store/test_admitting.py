"""People from the identity provider: found by issuer and subject, brought up to date, recorded."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.accounts.provider_settings import FILE
from dashboard.accounts.seating import IDLE, SHIFT, place_of, touch
from dashboard.store import By, Store
from dashboard.store.admitting import AccountClosed, Coming
from tests.dashboard.store.forms import T0

ONE = Coming(
    issuer="https://login.example", subject="s-1", name="4711", role="nurse",
    wards=frozenset({"w1"}),
)  # fmt: skip


def test_a_person_is_known_by_issuer_and_subject_alone(store: Store) -> None:
    first = store.admit(ONE, at=T0)
    assert (first.name, first.role, first.wards) == ("4711", "nurse", frozenset({"w1"}))
    again = store.admit(replace(ONE, name="renamed", role="physician", wards=None), at=T0)
    assert (again.account_id, again.name) == (first.account_id, "4711")
    assert (again.role, again.wards) == ("physician", None)
    assert store.admit(replace(ONE, subject="s-2"), at=T0).name == "4711 (2)"
    assert store.admit(replace(ONE, issuer="https://other.example"), at=T0).name == "4711 (3)"
    long = store.admit(replace(ONE, subject="s-3", name="x" * 60), at=T0)
    assert len(long.name) == 40
    assert len(store.accounts.all()) == 4
    said = [(one.action, one.who, one.detail["role"]) for one in store.audit_trail()]
    assert said[:2] == [
        ("account-added", "identity provider", "nurse"),
        ("account-role", "identity provider", "physician"),
    ]
    before = len(store.audit_trail())
    store.admit(replace(ONE, subject="s-2"), at=T0)
    assert len(store.audit_trail()) == before, "nothing new, nothing recorded"


def test_first_sign_ons_at_once_make_one_account(store: Store) -> None:
    made: list[str] = []

    def come() -> None:
        made.append(store.admit(ONE, at=T0).account_id)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert len(store.accounts.all()) == 1


def test_a_closed_account_is_not_opened_by_the_provider(store: Store) -> None:
    account = store.admit(ONE, at=T0)
    store.accounts.disable(account.name, by=By(who="root", role="administrator", at=T0))
    with pytest.raises(AccountClosed, match="Ask an administrator"):
        store.admit(replace(ONE, role="administrator"), at=T0)
    found = store.accounts.of_provider(ONE.issuer, ONE.subject)
    assert found is not None
    assert (found.role, found.disabled_at) == ("nurse", T0)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_seat_from_the_provider_has_the_same_limits(
    store: Store, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "provider.toml"
    file.write_text(
        f'metadata = "{ONE.issuer}/.well-known/openid-configuration"\nclient_id = "x"\n'
        'address = "https://t.example"\n[roles]\nclaim = "g"\n[roles.map]\nn = "nurse"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    monkeypatch.setenv(FILE, str(file))
    monkeypatch.setenv("TOXWATCH_PROVIDER_SECRET", "kept-elsewhere")
    account = store.admit(ONE, at=T0)
    store.accounts.sit(account.account_id, "token", at=T0)
    late = tried = 0
    states = []
    for minutes in range(0, 13 * 60, 5):
        now = T0 + timedelta(minutes=minutes)
        state = place_of(store, "token", now=now).state
        states.append(state)
        tried += 1
        late += state == "open" and now - T0 >= SHIFT
        touch(store, "token", now=now)
    assert states.index("empty") == SHIFT // timedelta(minutes=5)
    store.accounts.sit(account.account_id, "other", at=T0)
    for minutes in range(60):
        now = T0 + timedelta(minutes=minutes)
        state = place_of(store, "other", now=now).state
        tried += 1
        late += state == "open" and now - T0 >= IDLE
    # Streamlit's own cookie would have been good for thirty days: every one of these looks.
    print(f"promise=P-29 n={tried} bad={late} control_bad={tried - states.count('open')}")
    assert (late, tried >= 200) == (0, True)
    monkeypatch.delenv(FILE)
    assert place_of(store, "other", now=T0).state == "empty", "no provider, no such seat"
