"""The description of the charts: current, valid, and drawn with the limits of the grader."""

import json
from typing import Any

import pytest
import vl_convert

from dashboard.charts.authoring import PLACE, written
from dashboard.charts.frames import COLUMNS
from dashboard.charts.paper import PAPERS
from dashboard.charts.picture import png
from dashboard.charts.trajectory import STRIPS, fed, trajectory
from tests.dashboard.charts.cases import CALM, case_of, drawn, vitals
from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site

CASE = case_of(
    vitals=[vitals(1, **CALM), vitals(3, **{**CALM, "temperature_c": 39.2}), vitals(12, **CALM)],
    treatments=[],
)
BOTH = pytest.mark.parametrize("theme", ["light", "dark"])


def _layers(strip: str, theme: Any = "light") -> list[dict[str, Any]]:
    found = trajectory(theme, "ice", strip)["vconcat"][-1]["layer"]
    assert isinstance(found, list)
    return found


def _datums(strip: str) -> set[float]:
    return {
        layer["encoding"]["y"]["datum"]
        for layer in _layers(strip)
        if layer["mark"]["type"] == "rule" and "datum" in layer["encoding"].get("y", {})
    }


def test_the_file_is_what_the_strips_say_today():
    kept, wanted = json.loads(PLACE.read_text(encoding="utf-8")), json.loads(written())
    assert kept == wanted, "run: python -m dashboard.charts.authoring"


@pytest.mark.parametrize("exam", ["ice", "capd"])
@BOTH
def test_every_figure_compiles(theme, exam):
    frames, axis, part = drawn(CASE, 13)
    spec = fed(trajectory(theme, exam), frames, axis, part, rows=1)
    spec["datasets"] = {
        name: json.loads(frame.drop(columns=["taken_at", "from_at", "to_at"], errors="ignore")
                         .to_json(orient="records"))
        for name, frame in frames.items()
    }  # fmt: skip
    compiled = vl_convert.vegalite_to_vega(spec, vl_version="6.4")
    assert len(compiled["marks"]) == len(STRIPS)


def test_the_fever_line_lies_where_the_grader_says():
    assert _datums("temperature") == {FEVER_C}


def test_the_helper_lines_are_those_of_the_site():
    frames, _, _ = drawn(CASE, 13)
    assert [*frames["helper_pressure"]["value"]] == [site().systolic_mmhg]
    assert _datums("saturation") == {site().spo2_percent}


def test_a_line_is_one_per_unbroken_stretch():
    lines = [one for one in _layers("temperature") if one["mark"].get("type") == "line"]
    assert [line["encoding"]["detail"]["field"] for line in lines] == ["run"]


def test_an_open_grade_differs_in_shape_not_only_in_colour():
    (bars,) = [one for one in _layers("crs") if "fillOpacity" in one["encoding"]]
    assert bars["encoding"]["y"]["field"] == "low"
    assert bars["encoding"]["y2"]["field"] == "high"
    assert bars["encoding"]["strokeDash"]["condition"]["test"] == "datum.is_open"
    words = [
        one for one in _layers("crs") if one["encoding"].get("text", {}).get("field") == "says"
    ]
    assert words


def test_every_dataset_that_is_drawn_is_fed_and_every_field_exists():
    for exam in ("ice", "capd"):
        for strip in trajectory("light", exam)["vconcat"]:
            for layer in strip["layer"]:
                columns = COLUMNS[layer["data"]["name"]]
                made = {step.get("as") for step in layer.get("transform", [])}
                for channel in layer["encoding"].values():
                    for one in channel if isinstance(channel, list) else [channel]:
                        if "field" in one:
                            assert one["field"] in {*columns, *made}, (strip, one)


def test_the_axes_are_fixed_so_that_two_patients_compare():
    frames, axis, part = drawn(CASE, 13)
    hot, _, _ = drawn(case_of(vitals=[vitals(1, temperature_c=41.5)]), 13)
    one = fed(trajectory("light", "ice"), frames, axis, part, rows=1)
    other = fed(trajectory("light", "ice"), hot, axis, part, rows=1)
    assert one["vconcat"] == other["vconcat"]


def test_feeding_leaves_the_shared_description_alone():
    before = json.dumps(trajectory("light", "ice"))
    frames, axis, part = drawn(CASE, 13)
    fed(trajectory("light", "ice"), frames, axis, part, rows=7)
    assert json.dumps(trajectory("light", "ice")) == before
    assert trajectory("light", "ice") is trajectory("light", "ice")


@BOTH
def test_no_placeholder_is_left_and_the_renderer_is_pinned(theme):
    described = trajectory(theme, "ice")
    assert "<" not in json.dumps(described).replace("datum.value <", "").replace(
        "datum.low <", ""
    ).replace("step_h <", "")
    assert described["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert described["config"]["background"] == PAPERS[theme].background


def test_a_picture_is_a_png_of_some_size():
    frames, axis, part = drawn(CASE, 13)
    spec = fed(trajectory("light", "ice", "crs"), frames, axis, part, rows=1)
    found = png(spec, frames, ["Patient chart-01: CRS grade", "Export, not live"])
    assert found.startswith(b"\x89PNG")
    assert len(found) > 5_000
