"""``toxwatch as-of`` prints what the screens show."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from tests.dashboard.as_of.conftest import START, Place
from tests.dashboard.small_cases import FEVER, vitals


def call(*words: str):
    return CliRunner().invoke(app, ["as-of", *words])


@pytest.fixture
def fevered(embedded: Place) -> Place:
    embedded.enter(30, vitals(START + timedelta(minutes=30), **FEVER))
    embedded.clock(600)
    return embedded


def time(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def test_it_prints_then_and_today_as_json(fevered: Place) -> None:
    answer = call(time(45), "--json")
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    (one,) = told["patients"]
    assert (told["as_of"], told["rules"]) == (time(45), "then")
    assert (one["patient"], one["verdict"], one["differences"]) == ("p1", "as-shown", [])
    assert one["said_then"]["grades"]["astct-crs-2019"]["at_least"] == 1
    assert one["shown"]["grades"]["astct-crs-2019"]["at_least"] == 1
    assert one["kept"]["rules"] == told["rules_of_today"]
    earlier = json.loads(call(time(10), "--json", "--patient", "p1").stdout)
    assert earlier["patients"][0]["said_then"]["grades"]["astct-crs-2019"]["at_least"] == 0


def test_it_prints_for_people_and_leaves_a_record_of_who_looked(fevered: Place) -> None:
    said = call(time(45), "--rules", "today").stdout
    assert "NOT NOW" in said
    assert "p1: CRS 1, ICANS 0 (as-shown)" in said
    from dashboard import session

    seen = [one for one in session.live_store().audit_trail("p1") if one.action == "view"]
    assert len(seen) == 1
    assert seen[0].detail["as-of"] == time(45)


REFUSED = [
    (("2026-03-20T08:45:00",), "TIME"),
    ((time(700),), "lies ahead"),
    ((time(45), "--rules", "mine"), "then or today"),
    ((time(45), "--patient", "nobody"), "nobody"),
    ((time(-5), "--patient", "p1"), "not on record at that time"),
    ((time(45), "--ward", "w9"), "w9"),
]


def test_what_cannot_be_used_is_refused_in_one_line(fevered: Place) -> None:
    for words, says in REFUSED:
        answer = call(*words)
        assert answer.exit_code == 2, (words, answer.output)
        assert answer.stdout == ""
        assert says in answer.stderr
