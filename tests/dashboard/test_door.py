"""The door: nothing of a patient before somebody sits here; lock, draft, restart, demo."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import sample_ward, session, ward
from dashboard.accounts import administering, first, seating
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.person import Person
from dashboard.store import Store
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import quiet_case
from tests.health.tree import ROOT
from tests.serving import serving

APP = str(ROOT / "dashboard" / "app.py")
GOOD = "green lamp over river"
ADMIN = Person("root", "administrator")
SECRET = "zq-7731"


@pytest.fixture
def real(fresh_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A ward that is no sample, one patient, and the rule as it comes: accounts are needed."""
    monkeypatch.delenv(session.ACCOUNTS, raising=False)
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    fresh_store.add_ward("w2", "Ward Two", is_sample=False, now=NOW)
    fresh_store.import_case(quiet_case(SECRET, NOW), ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


@pytest.fixture
def staffed(real: Store) -> Store:
    administering.add(real, ADMIN, "boss", "administrator", GOOD, now=NOW)
    administering.add(real, ADMIN, "nina", "nurse", GOOD, now=NOW)
    only = frozenset({"w2"})
    administering.add(real, ADMIN, "dora", "physician", GOOD, now=NOW, wards=only)
    return real


def seen(app: AppTest) -> str:
    """Everything the page says, markup and text."""
    assert not app.exception, app.exception
    said = [one.proto.body for one in app.get("html")]
    said += [str(one.value) for one in (*app.text, *app.error, *app.subheader, *app.markdown)]
    return " ".join(said)


def start(page: str = "") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    if page:
        app.query_params[session.PATIENT_KEY] = session.ref_of(SECRET)
    return app.run()


def sign_on(app: AppTest, name: str, password: str = GOOD) -> AppTest:
    app.text_input(key="door-sign-on-name").input(name)
    app.text_input(key="door-sign-on-password").input(password)
    next(one for one in app.button if one.label == "Sign on").click()
    return app.run()


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(**span)).isoformat())


def test_nothing_of_a_patient_is_drawn_before_somebody_signs_on(staffed: Store) -> None:
    app = start("patient")
    assert SECRET not in seen(app)
    assert "Ward One" not in seen(app)
    app = sign_on(app, "nina", "wrong password")
    assert "Name or password is wrong" in seen(app)
    assert SECRET not in seen(app)
    app = sign_on(app, "nina")
    assert SECRET in seen(app)
    assert "demo" not in seen(app).lower()


def test_the_first_administrator_is_whoever_can_read_the_terminal(real: Store) -> None:
    app = start()
    assert "Create the first administrator" in seen(app)
    assert SECRET not in seen(app)
    for code, password, again in (
        ("0000000000", GOOD, GOOD), (first.code(), "short", "short"), (first.code(), GOOD, "x"),
    ):  # fmt: skip
        app = _create(app, code, password, again)
        assert not real.accounts.any()
        assert SECRET not in seen(app)
    app = _create(app, first.code(), GOOD, GOOD)
    assert [(one.name, one.role) for one in real.accounts.all()] == [("boss", "administrator")]
    assert SECRET in seen(app)


def _create(app: AppTest, code: str, password: str, again: str) -> AppTest:
    app.text_input(key="first-code").input(code)
    app.text_input(key="first-name").input("boss")
    app.text_input(key="first-password").input(password)
    app.text_input(key="first-again").input(again)
    next(one for one in app.button if one.label == "Create").click()
    return app.run()


def test_a_screen_locks_and_the_same_person_goes_on(
    staffed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = sign_on(start(), "nina")
    later(monkeypatch, minutes=14)
    assert SECRET in seen(app.run())
    later(monkeypatch, minutes=28)
    assert SECRET in seen(app.run()), "the run at minute 14 was a hand on the screen"
    later(monkeypatch, minutes=44)
    app.run()
    assert "This screen is locked" in seen(app)
    assert SECRET not in seen(app)
    app.text_input(key="unlock-password").input("wrong password")
    next(one for one in app.button if one.label == "Continue").click()
    assert SECRET not in seen(app.run())
    app.text_input(key="unlock-password").input(GOOD)
    next(one for one in app.button if one.label == "Continue").click()
    assert SECRET in seen(app.run())


def test_somebody_else_takes_over_a_locked_screen(
    staffed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed.save_draft("nina", SECRET, "vitals", {"values": {}}, now=NOW)
    app = sign_on(start(), "nina")
    later(monkeypatch, minutes=20)
    app.run()
    app.button(key="unlock-other").click()
    app = sign_on(app.run(), "boss")
    assert SECRET in seen(app)
    assert staffed.audit_trail()[-1].who == "boss"
    assert staffed.load_draft("nina", SECRET, "vitals") is not None, "her draft waits for her"


def test_a_person_changes_the_own_password_on_the_screen(staffed: Store) -> None:
    app = sign_on(start(), "nina")
    app.toggle(key="own-password").set_value(True)
    app.run()
    for key, word in (("own-old", GOOD), ("own-new", "seven slow grey horses"),
                      ("own-again", "seven slow grey horses")):  # fmt: skip
        app.text_input(key=key).input(word)
    next(one for one in app.button if one.label == "Change").click()
    app.run()
    assert SECRET in seen(app)
    assert [one.value for one in app.success] != []
    next(one for one in app.button if one.key == "sign-off").click()
    assert SECRET not in seen(app.run())
    assert SECRET not in seen(sign_on(app, "nina"))
    assert SECRET in seen(sign_on(app, "nina", "seven slow grey horses"))


def test_a_disabled_account_is_out_with_the_next_run(staffed: Store) -> None:
    app = sign_on(start(), "nina")
    assert SECRET in seen(app)
    administering.disable(staffed, ADMIN, "nina", now=NOW)
    assert SECRET not in seen(app.run())


def test_a_change_elsewhere_is_no_hand_on_the_screen(
    staffed: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = sign_on(start(), "nina")
    later(monkeypatch, minutes=10)
    app.session_state["run-by-itself"] = True
    app.run()
    later(monkeypatch, minutes=16)
    app.session_state["run-by-itself"] = True
    assert SECRET not in seen(app.run())


def test_who_belongs_to_another_ward_sees_nothing_of_this_one(staffed: Store) -> None:
    app = sign_on(start("patient"), "dora")
    assert SECRET not in seen(app)
    assert "Ward One" not in seen(app)
    assert "Ward Two" in seen(app)


def test_a_restarted_server_still_knows_who_sits_where(staffed: Store) -> None:
    seating.sign_on(staffed, "nina", GOOD, token="kept", address="a", now=NOW)
    session.close_stores()
    assert seating.place_of(session.store(), "kept", now=NOW).person.name == "nina"


def test_the_sample_ward_alone_needs_no_password(
    fresh_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(session.ACCOUNTS, raising=False)
    sample_ward.load_if_empty(fresh_store, now=NOW)
    assert not session.accounts_required()
    app = start()
    assert "Sample data: invented patients, no password" in seen(app)
    assert "demo-01" in seen(app)
    administering.add(fresh_store, ADMIN, "boss", "administrator", GOOD, now=NOW)
    assert session.accounts_required(), "who makes accounts wants them asked for"


@pytest.mark.parametrize(("asked", "needed"), [("required", True), ("demo", False)])
def test_the_setting_decides(
    real: Store, monkeypatch: pytest.MonkeyPatch, asked: str, needed: bool
) -> None:
    monkeypatch.setenv(session.ACCOUNTS, asked)
    assert session.accounts_required() is needed
    app = start()
    assert (SECRET in seen(app)) is not needed
    assert ("DEMO WITHOUT PASSWORDS" in seen(app)) is not needed


def test_initials_alone_open_nothing_where_accounts_are_needed(
    real: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotAllowed):
        session.sign_on(Person("AB", "nurse"))
    monkeypatch.setenv(session.ACCOUNTS, "perhaps")
    with pytest.raises(ValueError, match="TOXWATCH_ACCOUNTS"):
        session.accounts_required()


def _patient_page(token: str) -> None:
    import streamlit as st

    from dashboard.views.patient import page

    st.session_state["seat_token"] = token
    page()


def test_a_look_at_a_patient_is_on_record_once(staffed: Store) -> None:
    ward.forget()
    seating.sign_on(staffed, "nina", GOOD, token="here", address="a", now=NOW)
    app = AppTest.from_function(_patient_page, kwargs={"token": "here"}, default_timeout=60)
    app.session_state["seat_token"] = "here"
    app.query_params[session.PATIENT_KEY] = session.ref_of(SECRET)
    for _ in range(3):
        assert SECRET in seen(app.run())
    (view,) = [one for one in staffed.audit_trail(SECRET) if one.action == "view"]
    assert (view.who, view.role, view.ward_id, view.detail) == ("nina", "nurse", "w1", {})


def test_a_server_that_needs_accounts_and_has_none_prints_the_code(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with serving(tmp_path, TOXWATCH_DATABASE=url, TOXWATCH_ACCOUNTS="required") as server:
        said = server.log.read_text(encoding="utf-8")
    assert len(re.findall(r"with this code: [0-9a-f]{10}$", said, re.MULTILINE)) == 1
    (tmp_path / "demo").mkdir()
    with serving(tmp_path / "demo", TOXWATCH_ACCOUNTS="") as server:
        assert "code:" not in server.log.read_text(encoding="utf-8")
