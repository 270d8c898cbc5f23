"""The description of the charts: current, valid, and drawn with the limits of the grader."""

import json
import re
from typing import Any

import pytest
import vl_convert

from dashboard.charts import strips
from dashboard.charts.authoring import PLACE, said_once, written
from dashboard.charts.frames import COLUMNS
from dashboard.charts.paper import GUTTER_LEAST_PX, GUTTER_SHARE, PAPERS, TOKENS
from dashboard.charts.picture import png
from dashboard.charts.trajectory import STRIPS, fed, trajectory
from tests.dashboard.charts.cases import CALM, at_h, case_of, drawn, vitals
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


_PARAMS = ("edge_h", "from_h", "gutter_px", "plot_px", "step_h", "to_h", "zero_ms")


def _compiled(strip: dict[str, Any]) -> Any:
    params = [{"name": name, "value": 1} for name in _PARAMS]
    spec = {**strip, "params": params, "datasets": {}}
    return vl_convert.vegalite_to_vega(spec, vl_version="6.4")


@pytest.mark.parametrize(
    "drawing",
    [
        strips.lane_strip(TOKENS),
        strips.blood_pressure_strip(TOKENS),
        strips.oxygen_strip(TOKENS),
        strips.exam_strip(TOKENS, "capd"),
        strips.grade_strip(TOKENS, "CRS", "crs"),
    ],
    ids=["lane", "pressure", "saturation", "capd", "crs"],
)
def test_what_is_said_once_means_what_altair_said_in_every_layer(drawing):
    full = drawing.to_dict(validate=False)
    short = said_once(full)
    assert len(json.dumps(short)) < len(json.dumps(full))
    assert _compiled(short) == _compiled(full)


def test_an_axis_that_layers_do_not_share_stays_with_them():
    scales = [{"domain": [0, 1]}, {"domain": [0, 2]}]
    layers = [
        {"encoding": {"y": {"field": "value", "type": "quantitative", "scale": scale}}}
        for scale in scales
    ]
    short = said_once({"layer": layers})
    assert [one["encoding"]["y"]["scale"] for one in short["layer"]] == scales
    assert short["encoding"] == {"y": {"type": "quantitative"}}


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


LONG = case_of(
    patient={"id": "chart-02", "age_years": 50.0, "developmental_delay": False},
    therapy={
        "product": "brexucabtagene-autoleucel",
        "doses": [{"given_at": at_h(0).isoformat()}],
    },
    vitals=[
        vitals(1, **CALM),
        vitals(12, **{**CALM, "oxygen": {"device": "high_flow_nasal_cannula", "flow_l_min": 40.0}}),
    ],
    treatments=[
        {"given_at": at_h(hour).isoformat(), "drug": "dexamethasone", "dose_mg": 10.0}
        for hour in (8, 9, 11)
    ],
)


def _svg(case: Any, now_h: float, width: int) -> str:
    frames, axis, part = drawn(case, now_h)
    spec = fed(trajectory("light", "ice"), frames, axis, part, rows=2)
    for strip in spec["vconcat"]:
        strip["width"] = width
    spec["datasets"] = {
        name: json.loads(
            frame.drop(columns=["taken_at", "from_at", "to_at"], errors="ignore").to_json(
                orient="records"
            )
        )
        for name, frame in frames.items()
    }
    found: str = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    return found


@pytest.mark.parametrize("width", [340, 736, 1300])
def test_nothing_sticks_out_so_that_now_stays_on_the_paper(width):
    """What sticks out on the left pushes the newest grade off the right of a phone."""
    (drawn_px,) = re.findall(r'<svg[^>]* width="([0-9.]+)"', _svg(LONG, 22, width))
    edge_px = 5  # half a line and the round of a point; a word that sticks out is far more
    assert float(drawn_px) <= width + edge_px


@pytest.mark.parametrize("width", [340, 1300])
def test_the_words_in_the_gutter_end_before_the_numbers_of_the_axis(width):
    """By the width of the letters as the page draws them, 0.56 of their size in the widest word."""
    svg = _svg(LONG, 22, width)
    gutter_px = max(GUTTER_LEAST_PX, GUTTER_SHARE * width)
    numbers_px = 5 + 3 * 7
    for said in ("19 h 00 min ago", "97 %, HFNC 40", "device and flow", "Blood pressure"):
        size = {"19 h 00 min ago": 10, "97 %, HFNC 40": 14}.get(said, 12)
        assert len(said) * size * 0.56 <= gutter_px - numbers_px, said
    assert "97 %, HFNC 40" in svg


def test_an_amount_is_written_only_where_the_plot_has_room_for_it():
    """On a phone three doses within three hours are three marks, not three words in a heap."""
    narrow, wide = _svg(LONG, 22, 340), _svg(LONG, 22, 1300)
    assert narrow.count(">10 mg<") < wide.count(">10 mg<")


def test_a_picture_is_a_png_of_some_size():
    frames, axis, part = drawn(CASE, 13)
    spec = fed(trajectory("light", "ice", "crs"), frames, axis, part, rows=1)
    found = png(spec, frames, ["Patient chart-01: CRS grade", "Export, not live"])
    assert found.startswith(b"\x89PNG")
    assert len(found) > 5_000
