"""The Rule book page: every rule found by words, and a protocol chosen by a physician alone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session
from dashboard.parts.choosing import covers
from dashboard.store import Store
from dashboard.views.rules import rules_html, search
from tests.dashboard import screen
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import plain
from toxmodels.protocols import protocols

ALL = [*protocols().values()]


def _dialog(role: str) -> None:
    """What the dialog holds, drawn in every run: AppTest closes a dialog with each rerun."""
    from dashboard.parts.choosing import draw_choice
    from dashboard.session import Person, sign_on, ward

    sign_on(Person("AB", role))  # type: ignore[arg-type]
    draw_choice(ward(), "the-choice")  # type: ignore[arg-type]


def _opened(role: str = "", **params: str) -> AppTest:
    return screen.opened("rules", role, **params)


@pytest.fixture
def opened(fresh_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(session, "_seat", lambda: "one-browser")
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    return fresh_store


def test_every_rule_of_every_protocol_is_in_the_book(opened):
    at = _opened()
    total = sum(len(one.rules) for one in ALL)
    assert f"{total} of {total} rules" in plain(at)
    at.toggle(key="rules/all").set_value(True).run()
    said = plain(at)
    assert [rule.id for one in ALL for rule in one.rules if rule.id not in said] == []


@pytest.mark.parametrize(
    "words", ["tocilizumab", "TOCILIZUMAB grade", "asco-2021/crs-3-tocilizumab", "act now"]
)
def test_words_find_rules_in_any_case_and_order(words):
    found = search(ALL, words)
    assert found
    assert "asco-2021/crs-3-tocilizumab" in {rule.id for _, rule in found}


def test_words_that_are_nowhere_find_nothing_and_say_so():
    assert search(ALL, "tocilizumab zebrafish") == []
    assert "No rule holds all these words" in rules_html([], {})


def test_an_address_brings_its_rule(opened):
    at = _opened(rule="asco-2021/crs-2-care")
    assert at.text_input(key="rules/words").value == "asco-2021/crs-2-care"
    assert "1 of " in plain(at)


def test_who_reaches_a_rule_is_shown_only_where_it_was_worked_out():
    found = search(ALL, "asco-2021/crs-2-care")
    assert "Reached by" not in rules_html(found, {})
    told = rules_html(found, {"asco-2021/crs-2-care": ["demo-02"]})
    assert "demo-02" in told
    assert "no sample patient" in rules_html(found, {"another": ["demo-02"]})


def test_an_unverified_rule_carries_its_mark():
    found = [(p, rule) for p, rule in search(ALL, "") if rule.verification == "unverified"]
    assert "UNVERIFIED" in rules_html(found[:1], {})


def _choose(role: str) -> AppTest:
    at = AppTest.from_function(_dialog, args=(role,), default_timeout=60).run()
    assert not at.exception, at.exception
    return at


def test_a_physician_chooses_for_the_ward_with_a_reason(opened):
    at = _choose("physician")
    at.selectbox(key="choose-scope").set_value("car-t").run()
    at.selectbox(key="choose-which-car-t").set_value("asco-2021").run()
    at.text_input(key="choose-reason").set_value("agreed by the unit")
    at.button(key="choose-store").click().run()
    assert not at.exception, at.exception
    (stored,) = opened.protocol_choices("w1")
    assert (stored.scope, stored.protocol_id, stored.role) == ("car-t", "asco-2021", "physician")
    said = plain(_opened())
    assert "CAR-T products ASCO guideline" in said
    assert "by AB (physician), just now: agreed by the unit" in said


def test_a_choice_needs_a_reason(opened):
    at = _choose("physician")
    at.selectbox(key="choose-scope").set_value("car-t").run()
    at.selectbox(key="choose-which-car-t").set_value("asco-2021").run()
    at.button(key="choose-store").click().run()
    assert "give a reason" in at.error[0].value
    assert opened.protocol_choices("w1") == ()


def test_a_nurse_is_told_and_nothing_is_stored(opened):
    at = _choose("nurse")
    assert "Only a physician chooses" in at.info[0].value
    assert not at.selectbox
    assert opened.protocol_choices("w1") == ()


def test_a_protocol_is_offered_only_where_it_covers():
    assert covers(protocols()["asco-2021"], "car-t")
    for id_, one in protocols().items():
        if one.products:
            assert not covers(one, "car-t"), id_
            assert covers(one, "blinatumomab") is ("blinatumomab" in one.products)


def test_a_broken_file_of_the_site_is_named(opened, tmp_path, monkeypatch):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "ours.toml").write_text("id = ", encoding="utf-8")
    monkeypatch.setenv("TOXWATCH_PROTOCOLS", str(folder))
    assert any("ours" in one.value for one in _opened().error)
