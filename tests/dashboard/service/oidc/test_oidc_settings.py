"""The settings of the identity provider: what is refused at the start, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.accounts.provider_settings import (
    FILE,
    SECRET,
    ProviderRefusedError,
    provider,
    refuse_unreachable,
)
from dashboard.cli import app
from tests.health.tree import ROOT

GOOD = """
metadata = "https://login.hospital.example/ward/.well-known/openid-configuration"
client_id = "toxwatch"
address = "https://toxwatch.hospital.example"
[roles]
claim = "groups"
[roles.map]
doctors = "physician"
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a text into the settings file; the secret comes from the environment."""
    monkeypatch.setenv(SECRET, "kept-elsewhere")

    def writing(text: str, mode: int = 0o640) -> Path:
        file = tmp_path / f"{abs(hash(text))}.toml"
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        monkeypatch.setenv(FILE, str(file))
        return file

    return writing


def test_good_settings_ask_for_pkce_and_say_no_secret_in_a_printout(write) -> None:
    write(GOOD)
    known = provider()
    assert known is not None
    assert "kept-elsewhere" not in repr(known)
    assert known.issuer == "https://login.hospital.example/ward"
    auth = known.secrets()["auth"]
    assert auth["hospital"]["client_kwargs"]["code_challenge_method"] == "S256"
    assert auth["hospital"]["client_kwargs"]["prompt"] == "login"
    assert auth["redirect_uri"] == "https://toxwatch.hospital.example/oauth2callback"
    assert "kept-elsewhere" not in auth["cookie_secret"]
    assert len(auth["cookie_secret"]) == 64
    assert known.ward_claim is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('client_id = "toxwatch"', ""), "client_id: missing"),
        (("toxwatch.hospital.example", "toxwatch.hospital.example/x"), "address: only the name"),
        (('"https://toxwatch', '"http://toxwatch'), "address: must begin with https"),
        (('"https://login', '"http://login'), "metadata: must begin with https"),
        (("/.well-known/openid-configuration", "/"), "metadata: must end with"),
        (('"physician"', '"chief"'), '"doctors" means "chief", which is none of nurse, physician'),
        (('doctors = "physician"', ""), "roles.map: give at least one"),
        (('claim = "groups"', 'claim = ""'), "roles.claim: name the claim"),
        (("[roles]", "rolls = 1\n[roles]"), "rolls: not a setting"),
        (("[roles]", 'break_glass = "yes"\n[roles]'), "break_glass: true or false"),
        (("[roles]", 'scope = "profile"\n[roles]'), "scope: must hold openid"),
        (("[roles]", "[wards]\n[roles]"), "wards: give claim and map"),
        (("[roles]", "[roles"), "is no TOML"),
        (("[roles]", 'secret_file = "/x"\n[roles]'), "not both"),
    ],
)
def test_each_fault_is_named(write, change: tuple[str, str], says: str) -> None:
    assert change[0] in GOOD
    write(GOOD.replace(*change))
    with pytest.raises(ProviderRefusedError) as refused:
        provider()
    assert says in str(refused.value)
    assert FILE in str(refused.value)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_secret_that_others_may_read_is_refused(
    write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    monkeypatch.delenv(SECRET)
    secret = tmp_path / "secret"
    secret.write_text("kept-here\n", encoding="utf-8")
    text = GOOD.replace("[roles]", f'secret_file = "{secret}"\n[roles]')
    secret.chmod(mode)
    write(text)
    with pytest.raises(ProviderRefusedError, match="chmod 600"):
        provider()
    secret.chmod(0o600)
    known = provider()
    assert known is not None
    assert known.client_secret == "kept-here"


def test_settings_that_others_may_change_are_refused(write) -> None:
    write(GOOD, 0o662)
    with pytest.raises(ProviderRefusedError, match="chmod go-w"):
        provider()


def test_a_name_the_server_does_not_answer_to_is_refused(write) -> None:
    write(GOOD)
    refuse_unreachable(["127.0.0.1", "toxwatch.hospital.example"])
    with pytest.raises(ProviderRefusedError, match="STREAMLIT_SERVER_ALLOWED_HOSTS"):
        refuse_unreachable(["127.0.0.1"])


def test_serve_says_it_in_words_and_starts_nothing(write) -> None:
    write(GOOD.replace('"physician"', '"chief"'))
    ended = CliRunner().invoke(app, ["serve", "--port", "1"])
    assert ended.exit_code == 2
    assert '"chief"' in ended.stderr
    assert ended.stdout == ""
    write(GOOD)
    ended = CliRunner().invoke(app, ["serve", "--demo", "--port", "1"])
    assert (ended.exit_code, ended.stdout) == (2, "")


def test_the_example_that_is_shipped_can_be_used(write) -> None:
    text = (ROOT / "deploy" / "provider.toml").read_text(encoding="utf-8")
    write("\n".join(one for one in text.splitlines() if not one.startswith("secret_file")))
    known = provider()
    assert known is not None
    assert dict(known.roles)["haematology-nurses"] == "nurse"
    assert known.wards["haematology-on-call"] == "*"
