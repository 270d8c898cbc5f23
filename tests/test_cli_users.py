"""``toxwatch users``: accounts from the command line; a password is never an argument."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.accounts import passwords
from dashboard.cli import app
from dashboard.store import open_store

ROOT = Path(__file__).parent.parent
GOOD = "green lamp over river"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    monkeypatch.setenv("TOXWATCH_DATABASE", address)
    return address


def users(*words: str, said: str = "") -> tuple[int, str]:
    told = CliRunner().invoke(app, ["users", *words], input=said)
    return told.exit_code, told.output


def test_accounts_are_added_listed_changed_and_closed(url: str) -> None:
    assert users("list") == (0, "no account yet: toxwatch users add NAME administrator\n")
    assert users("add", "boss", "administrator", said=f"{GOOD}\n")[0] == 0
    assert users("add", "nina", "nurse", said=f"{GOOD}\n") == (0, "nina: nurse, all wards\n")
    assert users("role", "NINA", "physician") == (0, "nina: physician, all wards\n")
    assert users("disable", "nina")[1].startswith("nina: physician, all wards, disabled ")
    assert users("disable", "nina", "--undo") == (0, "nina: physician, all wards\n")
    assert users("password", "nina", said="seven slow grey horses\n")[0] == 0
    listed = json.loads(users("list", "--json")[1])
    assert [(one["name"], one["role"]) for one in listed] == [
        ("boss", "administrator"), ("nina", "physician"),
    ]  # fmt: skip
    assert "argon2" not in json.dumps(listed)
    with open_store(url) as store:
        kept = store.accounts.named("nina")
        assert kept is not None
        assert passwords.is_right(kept.password, "seven slow grey horses")
        assert {one.action for one in store.audit_trail()} == {
            "account-added", "account-role", "account-disabled", "account-enabled",
            "account-password",
        }  # fmt: skip
        assert store.verify() == []


@pytest.mark.parametrize(
    ("words", "said", "says"),
    [
        (("add", "nina", "nurse"), "short\n", "at least 12 characters"),
        (("add", "nina", "nurse"), "passwordpassword\n", "first that anybody would try"),
        (("add", "nina", "nurse"), "", "at least 12 characters"),
        (("add", "nina", "king"), f"{GOOD}\n", '"king" is not one of nurse, physician'),
        (("add", "boss", "nurse"), f"{GOOD}\n", "exists already"),
        (("add", "nina", "nurse", "--ward", "w9"), f"{GOOD}\n", '"w9" does not exist'),
        (("role", "nobody", "nurse"), "", "does not exist"),
        (("disable", "boss"), "", "nobody would be left"),
        (("password", "boss"), "boss\n", "at least 12 characters"),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    url: str, words: tuple[str, ...], said: str, says: str
) -> None:
    users("add", "boss", "administrator", said=f"{GOOD}\n")
    before = users("list")
    status, output = users(*words, said=said)
    assert (status, says in output) == (2, True), output
    assert GOOD not in output
    assert users("list") == before


def test_there_is_no_option_for_a_password_and_help_needs_no_store(tmp_path: Path) -> None:
    for command in ("add", "password"):
        assert users(command, "boss", "--password", "x")[0] == 2
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dashboard.cli", "users", "--help"],
        capture_output=True, text=True, check=True, cwd=ROOT, env=dict(os.environ), timeout=60,
    )  # fmt: skip
    assert "sqlalchemy" not in told.stderr
    assert "argon2" not in told.stderr
