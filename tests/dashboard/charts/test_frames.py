"""Frames hold what was recorded and nothing else; a gap is a gap."""

from datetime import timedelta

import pyarrow as pa
import pytest

from dashboard.charts.frames import COLUMNS, ONLY_EXPORTED, sent
from dashboard.charts.timeline import runs
from tests.dashboard.charts.cases import CALM, at_h, case_of, drawn, rows_of, vitals
from toxmodels.site import site


def test_a_silence_longer_than_the_validity_breaks_the_line():
    hours = site().vitals_valid / timedelta(hours=1)
    times = [at_h(0), at_h(hours), at_h(2 * hours + 0.01), at_h(2 * hours + 1)]
    assert runs(times, site().vitals_valid) == [0, 0, 1, 1]


def test_a_value_nobody_recorded_has_no_row():
    case = case_of(
        vitals=[vitals(1, temperature_c=38.4), vitals(2, heart_rate_bpm=90.0), vitals(3, **CALM)]
    )
    found, _, _ = drawn(case, 4)
    assert [*found["temperature"]["hour"]] == [1, 3]
    assert [*found["heart_rate"]["hour"]] == [2, 3]
    assert len(found["mean"]) == 0


def test_nothing_later_than_the_shown_time_is_drawn():
    case = case_of(
        vitals=[vitals(1, **CALM), vitals(9, **CALM)],
        treatments=[
            {"given_at": at_h(8).isoformat(), "drug": "tocilizumab", "dose_mg": 560.0},
        ],
    )
    found, _, _ = drawn(case, 4)
    assert found["temperature"]["hour"].max() == 1
    assert set(found["lane"]["row"]) == {"tisagenlecleucel"}


def test_an_open_grade_is_a_bar_from_lowest_to_highest():
    hot = {**CALM, "temperature_c": 38.5, "oxygen": {"device": "nasal_cannula"}}
    found, _, _ = drawn(case_of(vitals=[vitals(1, **hot)], treatments=[]), 2)
    (bar,) = found["crs"].to_dict("records")
    assert (bar["at_least"], bar["at_most"], bar["is_open"]) == (2, 3, True)
    assert bar["high"] - bar["low"] > 1
    assert bar["says"] == "2-3"


def test_a_closed_grade_is_flat_and_carries_its_number():
    found, _, _ = drawn(case_of(vitals=[vitals(1, **{**CALM, "temperature_c": 38.5})]), 2)
    (bar,) = found["crs"].to_dict("records")
    assert (bar["at_least"], bar["at_most"], bar["is_open"], bar["says"]) == (1, 1, False, "1")
    assert bar["high"] - bar["low"] < 0.5


def test_a_grade_is_not_drawn_beyond_the_validity_of_its_readings():
    found, _, _ = drawn(case_of(vitals=[vitals(1, **CALM)]), 30)
    (bar,) = found["crs"].to_dict("records")
    assert bar["to_h"] == pytest.approx(1 + site().vitals_valid / timedelta(hours=1))


def test_a_reading_that_ran_out_opens_the_bar_up_to_now():
    on_air = vitals(1, **{**CALM, "temperature_c": 38.5})
    hot = {**CALM, "temperature_c": 38.5}
    del hot["oxygen"], hot["spo2_percent"]
    found, _, _ = drawn(case_of(vitals=[on_air, vitals(4, **hot)], treatments=[]), 6)
    *_, ended, bar = found["crs"].to_dict("records")
    assert (ended["says"], ended["is_open"]) == ("1", False)
    assert (bar["from_h"], bar["to_h"], bar["is_open"]) == (ended["to_h"], 6, True)
    newest = found["newest"].set_index("strip").to_dict("index")
    assert newest["crs"]["says"] == bar["says"] != "1"


def test_nothing_recorded_to_grade_by_is_not_assessed_and_never_0():
    found, _, _ = drawn(case_of(vitals=[vitals(1, **CALM)]), 2)
    (bar,) = found["icans"].to_dict("records")
    assert bar["says"] in {"not assessed", "0-4"}
    assert bar["is_open"]
    assert bar["high"] - bar["low"] > 4


def test_an_exam_that_could_not_be_done_is_a_word_and_no_score():
    exam = {"taken_at": at_h(1).isoformat(), "unable": "sedated", "consciousness": "tactile"}
    found, _, _ = drawn(case_of(neuro=[exam]), 2)
    assert len(found["exam"]) == 0
    assert [*found["unable"]["says"]] == ["not done: sedated"]


def test_an_incomplete_score_spans_what_it_may_be():
    ice = {"year": 1, "month": 1, "city": 1, "hospital": 1, "naming": 3, "command": 1}
    exam = {"taken_at": at_h(1).isoformat(), "ice": ice, "consciousness": "alert"}
    found, _, _ = drawn(case_of(neuro=[exam]), 2)
    (row,) = found["exam"].to_dict("records")
    assert (row["low"], row["high"]) == (8, 10)
    assert row["says"] == "8 to 10 points"


def test_the_same_device_at_another_flow_is_another_stretch():
    def on(flow: float) -> dict[str, object]:
        return {**CALM, "oxygen": {"device": "nasal_cannula", "flow_l_min": flow}}

    case = case_of(vitals=[vitals(1, **on(2.0)), vitals(2, **on(2.0)), vitals(3, **on(4.0))])
    found, _, _ = drawn(case, 4)
    assert [*found["oxygen"]["says"]] == ["nasal cannula at 2 L/min", "nasal cannula at 4 L/min"]


def test_a_running_infusion_reaches_now_and_a_stopped_one_its_end():
    therapy = {
        "product": "blinatumomab",
        "infusions": [
            {
                "started_at": at_h(0).isoformat(),
                "stopped_at": at_h(5).isoformat(),
                "rate_ug_day": 9.0,
            },
            {"started_at": at_h(6).isoformat(), "rate_ug_day": 28.0},
        ],
    }
    found, _, _ = drawn(case_of(therapy=therapy, vitals=[vitals(1, **CALM)]), 10)
    assert [*zip(found["lane"]["from_h"], found["lane"]["to_h"], strict=True)] == [(0, 5), (6, 10)]


def test_a_case_without_a_dose_says_what_zero_is():
    case = case_of(therapy={"product": "tisagenlecleucel"}, vitals=[vitals(1, **CALM)])
    found, axis, _ = drawn(case, 2)
    assert not axis.zero_is_dose
    assert "not recorded" in axis.title
    assert len(found["window_crs"]) == 0


def test_an_old_value_in_the_gutter_says_that_it_is_too_old():
    found, _, _ = drawn(case_of(vitals=[vitals(1, **CALM)]), 20)
    newest = found["newest"].set_index("strip").to_dict("index")
    assert newest["temperature"]["is_old"]
    assert newest["temperature"]["age"] == "19 h 00 min ago, too old"
    assert newest["ice"]["says"] == "–"
    assert newest["ice"]["age"] == "not recorded"


def test_the_newest_saturation_says_on_what_support():
    hot = {**CALM, "oxygen": {"device": "high_flow_nasal_cannula", "flow_l_min": 40.0}}
    found, _, _ = drawn(case_of(vitals=[vitals(1, **CALM), vitals(3, **hot)]), 4)
    newest = found["newest"].set_index("strip").to_dict("index")
    assert newest["saturation"]["says"] == "97 %, HFNC 40"
    assert [*found["oxygen"]["is_air"]] == [True, False]


def test_every_device_has_letters():
    from typing import get_args

    from dashboard.charts.stretches import short_device
    from toxmodels.records import Oxygen

    (names, _) = get_args(Oxygen.model_fields["device"].annotation)
    devices = get_args(names)
    assert len({short_device(Oxygen(device=one)) for one in devices}) == len(devices) > 10


def test_the_browser_gets_every_row_and_no_time_that_is_only_for_exports():
    hot = {**CALM, "temperature_c": 39.1, "oxygen": {"device": "nasal_cannula", "flow_l_min": 2.0}}
    rows, _, _ = rows_of(case_of(vitals=[vitals(1, **CALM), vitals(3, **hot)], treatments=[]), 4)
    told = {name: pa.ipc.open_stream(stream).read_all() for name, stream in sent(rows).items()}
    assert set(told) == set(COLUMNS)
    for name, columns in COLUMNS.items():
        wanted = [column for column in columns if column not in ONLY_EXPORTED]
        assert told[name].column_names == wanted
        assert told[name].to_pylist() == [
            {column: row.get(column) for column in wanted} for row in rows[name]
        ]
    assert told["temperature"]["value"].to_pylist() == [36.8, 39.1]
    assert told["mean"].num_rows == 0
