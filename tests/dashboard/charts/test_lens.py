"""The lens over time: panels, words, picture and table, for whatever scales there are."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
import vl_convert

from dashboard.charts.lens import (
    COLUMNS,
    dose_lines,
    lens_figure,
    lens_png,
    lens_table,
    lens_words,
    panels,
)
from dashboard.charts.lens_authoring import PLACE, written
from dashboard.charts.paper import PAPERS
from dashboard.charts.timeline import timeline, view
from dashboard.exports import csv_text
from tests.dashboard.charts.cases import CALM, at_h, case_of, vitals
from toxmodels import assess, course
from toxmodels.course import Walk
from toxmodels.lens import beside_at, side_by_side

LOW = [{"drug": "norepinephrine", "rate_ug_min": 5.0}]
CASE = case_of(
    vitals=[
        vitals(1, **{**CALM, "respiratory_rate_bpm": 16, "temperature_c": 38.5}),
        vitals(4, **{**CALM, "temperature_c": 38.8, "vasopressors": LOW}),
    ],
    treatments=[{"given_at": at_h(2).isoformat(), "drug": "tocilizumab"}],
)
SHOWN = ("astct-crs-2019", "ctcae-crs-4.03", "lee-2014", "news2-2017")


def _drawn(now_h: float = 5.0) -> tuple[Any, Any, Any, Any]:
    now = at_h(now_h)
    axis = timeline(CASE, UTC, now)
    part = view("24 h", axis, at_h(0), now)
    grades = assess(CASE, at=now, scales="all").grades
    rows = side_by_side(grades, CASE.therapy, None)
    shown = [row for row in rows if row.scale.id in SHOWN]
    walk, whole = Walk(CASE), course(CASE, at=now)
    points = [
        one.model_copy(update={"grades": {**one.grades, **beside_at(walk, one.at)}})
        for one in whole.points
    ]
    graded = whole.model_copy(update={"points": tuple(points)})
    found = panels(shown, graded, now, axis, part)
    return found, dose_lines(CASE, now, axis, part), axis, part


def _figure(theme: Any = "light") -> dict[str, Any]:
    found, lines, axis, part = _drawn()
    return lens_figure(theme, found, lines, axis, part)


def test_the_file_is_what_the_authoring_writes():
    again = "run python -m dashboard.charts.lens_authoring"
    assert PLACE.read_text(encoding="utf-8") == written(), again


def test_every_scale_has_a_panel_with_its_own_rows_and_its_name():
    spec = _figure()
    assert len(spec["vconcat"]) == len(SHOWN)
    heads = [spec["datasets"][f"head-{place}"][0] for place in range(len(SHOWN))]
    assert [one["name"] for one in heads] == ["ASTCT CRS", "Lee", "CTCAE 4.03", "NEWS2"]
    assert heads[0]["says"] == "now 3"
    assert [row["says"] for row in spec["datasets"]["lens-0"]] == ["1", "3"]
    assert [row["says"] for row in spec["datasets"]["lens-2"]] == ["1", "4"]
    for place, panel in enumerate(spec["vconcat"]):
        named = {layer["data"]["name"] for layer in panel["layer"]}
        assert named == {"now", "rules", f"lens-{place}", f"head-{place}"}
    assert [row["kind"] for row in spec["datasets"]["rules"]] == ["dose", "treatment"]


def test_a_scale_the_label_goes_by_says_so_in_its_panel():
    blinatumomab = case_of(
        therapy={"product": "blinatumomab", "doses": [{"given_at": at_h(0).isoformat()}]},
        vitals=[vitals(1, **CALM)],
    )
    now = at_h(1)
    grades = assess(blinatumomab, at=now, scales=["ctcae-crs-5.0", "lee-2014"]).grades
    axis = timeline(blinatumomab, UTC, now)
    rows = side_by_side(grades, blinatumomab.therapy, None)
    part = view("24 h", axis, at_h(0), now)
    found = panels(rows, course(blinatumomab, at=now), now, axis, part)
    assert {one.name: one.expected for one in found} == {"Lee": "", "CTCAE 5.0": "label"}
    figure = lens_figure("light", found, (), axis, part)
    said = [figure["datasets"][f"head-{place}"][0]["expected"] for place in range(2)]
    assert sorted(said) == ["", "expected by label"]


def test_a_score_beyond_five_has_its_own_axis_and_no_grade_is_drawn_at_an_edge():
    spec = _figure()
    grade, score = spec["vconcat"][0], spec["vconcat"][3]
    assert grade["encoding"]["y"]["scale"]["domain"] == [-0.5, 5.6]
    low, high = score["encoding"]["y"]["scale"]["domain"]
    assert low < 0
    assert high > 20
    assert score["layer"][0]["encoding"]["y"]["axis"]["values"] == [0, 10, 20]
    assert "[0, 10, 20]" in json.dumps(score)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_compiles_in_both_themes_and_no_placeholder_is_left(theme):
    spec = _figure(theme)
    text = json.dumps(spec)
    assert PAPERS[theme].grade in text
    assert "<" not in text.replace("<=", "").replace("< 24", "").replace("< to_h", "")
    assert vl_convert.vegalite_to_vega(spec, vl_version="6.4")


def test_the_words_say_what_each_scale_says_now_and_its_steps():
    found, *_ = _drawn()
    said = lens_words(found)
    assert said[0].startswith("ASTCT CRS: now 3. ASTCT CRS grade: highest certain grade 3")
    assert said[2].startswith("CTCAE 4.03: now 4.")
    assert "Open for lack of records" in said[1]


def test_a_0_for_want_of_fever_is_told_apart_in_head_words_and_table():
    case = case_of(vitals=[vitals(1, **{**CALM, "vasopressors": LOW})], treatments=[])
    now = at_h(2)
    axis, graded = timeline(case, UTC, now), course(case, at=now)
    part = view("24 h", axis, at_h(0), now)
    rows = side_by_side(assess(case, at=now).grades, case.therapy, None)
    crs, icans = panels(rows, graded, now, axis, part)
    assert crs.now == "now 0, but signs"
    assert icans.now == "not assessed"
    assert "0 (no fever, but signs) from day 0 + 1 h" in lens_words([crs])[0]
    assert [row[-1] for row in lens_table([crs])] == ["0 (no fever, but signs)"]


def test_the_table_holds_every_stretch_and_leaves_inert():
    found, *_ = _drawn()
    text = csv_text(COLUMNS, lens_table(found), ["Patient chart-01"])
    assert text.splitlines()[1] == "scale,from,to,at_least,at_most,grade"
    assert any(
        line.startswith("ctcae-crs-4.03,2026-03-01T14:00:00") and line.endswith(",4,4,4")
        for line in text.splitlines()
    )


def test_a_picture_is_a_png_of_some_size():
    found = lens_png(_figure(), ["Patient chart-01", "Export, not live"])
    assert found.startswith(b"\x89PNG")
    assert len(found) > 10_000
