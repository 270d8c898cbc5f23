"""What is kept between reruns: cheap for the others, and never at the price of the truth."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from dashboard import session, ward
from dashboard.parts import board_table, html
from dashboard.parts.board_table import Look, table
from dashboard.parts.patient.trajectories import Drawn, drawn_for
from dashboard.store import NewEntry, Store, Submission
from tests.dashboard.conftest import NOW

LOOK = Look(at=None, clock=lambda time: f"{time:%H:%M}", ink="#0A0F14", zone="UTC")


@pytest.fixture
def two(fresh_store: Store) -> Store:
    """Two patients with one set each."""
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    for name in ("one", "two"):
        case: dict[str, Any] = {
            "format": "toxwatch-case/1",
            "patient": {"id": name, "age_years": 50.0},
            "vitals": [{"taken_at": (NOW - timedelta(hours=1)).isoformat(), "temperature_c": 37.0}],
        }
        fresh_store.import_case(json.dumps(case), ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


def _enter(store: Store, patient: str, temperature_c: float) -> None:
    payload = {"taken_at": (NOW - timedelta(minutes=5)).isoformat(), "temperature_c": temperature_c}
    store.submit(
        Submission(
            submission_id=f"s-{patient}-{temperature_c}",
            ward_id="w1",
            patient_id=patient,
            entries=(NewEntry(kind="vitals", payload=payload),),
            recorded_by="AB",
            role="nurse",
        ),
        now=NOW,
    )


def _drawn(patient: str, at: datetime | None = None) -> Drawn:
    return drawn_for(ward.patient_state(patient, at), "24 h", UTC)


def _told(drawn: Drawn, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.ipc.open_stream(drawn.sent[name]).read_all().to_pylist()
    return found


def test_an_entry_for_somebody_else_draws_no_strip_again(two):
    before = _drawn("one")
    _enter(two, "two", 39.4)
    assert _drawn("one") is before


def test_a_new_entry_is_drawn_at_once_with_its_words(two):
    before = _drawn("one")
    _enter(two, "one", 39.4)
    after = _drawn("one")
    assert after is not before
    assert [row["value"] for row in _told(after, "temperature")] == [37.0, 39.4]
    assert "newest 39.4 °C" in after.alt


def test_the_turn_of_a_minute_moves_now_and_every_age(two, monkeypatch):
    before = _drawn("one")
    monkeypatch.setenv(session.FIXED_CLOCK, (NOW + timedelta(minutes=1)).isoformat())
    after = _drawn("one")
    moved_h = _told(after, "now")[0]["now_h"] - _told(before, "now")[0]["now_h"]
    assert moved_h == pytest.approx(1 / 60, abs=1e-3)
    ages = [
        {row["strip"]: row["age"] for row in _told(one, "newest")}["temperature"]
        for one in (before, after)
    ]
    assert ages == ["1 h 00 min ago", "1 h 01 min ago"]


def test_the_next_minute_is_worked_out_before_it_comes(two, monkeypatch):
    begins = NOW + timedelta(minutes=1)
    ward.work_out_ahead("w1", begins, pause_s=0)
    assert {one.at for one in ward.board_rows("w1")} == {NOW}
    monkeypatch.setenv(session.FIXED_CLOCK, (begins + timedelta(seconds=3)).isoformat())
    ahead = {one.patient_id: one for one in ward.board_rows("w1")}
    assert {one.at for one in ahead.values()} == {begins}
    ward.forget()
    monkeypatch.setenv(session.FIXED_CLOCK, begins.isoformat())
    assert {one.patient_id: one for one in ward.board_rows("w1")} == ahead


def test_what_was_worked_out_ahead_gives_way_to_an_entry(two, monkeypatch):
    begins = NOW + timedelta(minutes=1)
    ward.work_out_ahead("w1", begins, pause_s=0)
    _enter(two, "one", 39.4)
    monkeypatch.setenv(session.FIXED_CLOCK, (begins + timedelta(seconds=3)).isoformat())
    assert ward.patient_state("one").assessment.grades["astct-crs-2019"].at_least == 1


def test_a_view_of_the_past_is_that_of_its_own_minute_and_record(two):
    _drawn("one")
    _enter(two, "one", 39.4)
    _drawn("one")
    past = _drawn("one", NOW - timedelta(minutes=30))
    assert [row["value"] for row in _told(past, "temperature")] == [37.0]
    assert past.at == NOW - timedelta(minutes=30)


def test_the_board_draws_the_trend_of_the_others_only_once(two, monkeypatch):
    drawn: list[object] = []
    whole = board_table.spark_html
    monkeypatch.setattr(
        board_table, "spark_html", lambda trend, *rest: drawn.append(trend) or whole(trend, *rest)
    )
    board_table._rows.clear()
    first = table(ward.board_rows("w1"), LOOK)
    assert len(drawn) == 2
    _enter(two, "two", 39.4)
    second = table(ward.board_rows("w1"), LOOK)
    assert len(drawn) == 3
    assert first != second


def test_markup_goes_to_the_page_as_it_is(monkeypatch):
    seen: list[Any] = []
    monkeypatch.setattr("streamlit.html", seen.append)
    html.show("<p>one\n  two</p>")
    assert seen[0]._repr_html_() == '<div class="tw"><p>one\n  two</p></div>'
