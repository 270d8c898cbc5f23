"""Every chart in words: lowest, highest, newest, change and gaps."""

from dashboard.charts.summary import summaries
from dashboard.charts.trajectory import STRIPS
from tests.dashboard.charts.cases import CALM, at_h, case_of, rows_of, vitals


def _said(case, now_h=20.0):
    rows, _, part = rows_of(case, now_h)
    return summaries(rows, part, "ice")


def test_readings_in_words():
    case = case_of(
        vitals=[
            vitals(1, temperature_c=37.0),
            vitals(4, temperature_c=39.4),
            vitals(7, temperature_c=38.2),
            vitals(17, temperature_c=37.9),
        ]
    )
    assert _said(case)["temperature"] == (
        "Temperature: 4 times recorded. Lowest 37 °C (day 0 + 1 h, 01-Mar 11:00), "
        "highest 39.4 °C (day 0 + 4 h, 01-Mar 14:00), newest 37.9 °C (day 0 + 17 h, 02-Mar 03:00). "
        "Down 0.3 °C in 10.0 h. 1 gap longer than 4 h, the longest 10.0 h."
    )


def test_what_was_not_recorded_is_said_and_not_counted_as_0():
    said = _said(case_of(vitals=[vitals(1, temperature_c=37.0)]))
    assert said["heart_rate"] == "Heart rate: not recorded in this range."
    assert said["exam"] == "ICE: not recorded in this range."
    assert "Oxygen support: not recorded" in said["saturation"]
    assert set(said) == set(STRIPS)


def test_grades_in_words():
    case = case_of(
        vitals=[
            vitals(1, **{**CALM, "temperature_c": 38.6}),
            vitals(4, **{**CALM, "temperature_c": 38.6, "oxygen": {"device": "nasal_cannula"}}),
        ],
        treatments=[],
    )
    said = _said(case, 5)["crs"]
    assert "highest certain grade 2 (day 0 + 4 h" in said
    assert "1 from day 0 + 1 h, 01-Mar 11:00; 2-3 from day 0 + 4 h, 01-Mar 14:00" in said
    assert "Open for lack of records during 1.0 h." in said


def test_a_gap_between_grades_is_said():
    case = case_of(vitals=[vitals(hour, **CALM) for hour in (1, 11)], treatments=[])
    said = _said(case, 12)["crs"]
    assert "Steps: 0 from day 0 + 1 h, 01-Mar 11:00." in said
    assert said.endswith("Between them nobody knows during 6.0 h.")


def test_a_0_for_want_of_fever_is_not_told_as_a_calm_one():
    low = {**CALM, "vasopressors": [{"drug": "norepinephrine", "rate_ug_min": 5.0}]}
    case = case_of(vitals=[vitals(1, **CALM), vitals(4, **low)], treatments=[])
    said = _said(case, 5)["crs"]
    assert "0 from day 0 + 1 h, 01-Mar 11:00; 0 (no fever, but signs) from day 0 + 4 h" in said


def test_treatments_in_words():
    given = [{"given_at": at_h(2).isoformat(), "drug": "tocilizumab", "dose_mg": 560.0}]
    said = _said(case_of(treatments=given, vitals=[vitals(1, **CALM)]))["lane"]
    assert "tisagenlecleucel: dose at day 0, 01-Mar 10:00" in said
    assert "tocilizumab: 560 mg at day 0 + 2 h, 01-Mar 12:00" in said
