"""
NEWS2 against a second implementation, written from the chart cell by cell.

Every printed cell of every parameter, over the whole possible range, and the sums of any patient.
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels import score

# The chart as it is printed: first and last value of each cell, in tenths for the temperature.
RESPIRATION = [(0, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, 90, 3)]
SCALE_1 = [(30, 91, 3), (92, 93, 2), (94, 95, 1), (96, 100, 0)]
SCALE_2_AIR = [(30, 83, 3), (84, 85, 2), (86, 87, 1), (88, 100, 0)]
SCALE_2_OXYGEN = [*SCALE_2_AIR[:3], (88, 92, 0), (93, 94, 1), (95, 96, 2), (97, 100, 3)]
SYSTOLIC = [(20, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, 300, 3)]
PULSE = [(15, 40, 3), (41, 50, 1), (51, 90, 0), (91, 110, 1), (111, 130, 2), (131, 300, 3)]
TENTHS = [(250, 350, 3), (351, 360, 1), (361, 380, 0), (381, 390, 1), (391, 450, 2)]
LEVELS = {"alert": 0, "new_confusion": 3, "voice": 3, "pain": 3, "unresponsive": 3}
WELL = {
    "respiratory_rate_bpm": 16,
    "spo2_percent": 97,
    "spo2_scale": 1,
    "on_oxygen": False,
    "systolic_mmhg": 120,
    "heart_rate_bpm": 70,
    "consciousness": "alert",
    "temperature_c": 37.0,
}
KEYS = {
    "respiratory_rate_bpm": RESPIRATION,
    "systolic_mmhg": SYSTOLIC,
    "heart_rate_bpm": PULSE,
}


def cell(cells, value):
    return next(points for first, last, points in cells if first <= value <= last)


def saturation(percent, scale, on_oxygen):
    if scale == 1:
        return cell(SCALE_1, percent)
    return cell(SCALE_2_OXYGEN if on_oxygen else SCALE_2_AIR, percent)


def second(one):
    """The items of a complete set, in the order of the chart."""
    return [
        cell(RESPIRATION, one["respiratory_rate_bpm"]),
        saturation(one["spo2_percent"], one["spo2_scale"], one["on_oxygen"]),
        2 if one["on_oxygen"] else 0,
        cell(SYSTOLIC, one["systolic_mmhg"]),
        cell(PULSE, one["heart_rate_bpm"]),
        LEVELS[one["consciousness"]],
        cell(TENTHS, round(one["temperature_c"] * 10)),
    ]


def risk(items):
    total = sum(items)
    if total >= 7:
        return "high risk"
    if total >= 5:
        return "medium risk"
    return "low-medium risk (a single 3)" if 3 in items else "low risk"


def agree(one):
    found, items = score("news2", **one), second(one)
    assert [item.points for item in found.items] == items, one
    assert (found.value, found.band) == (sum(items), risk(items)), one


@pytest.mark.parametrize("key", KEYS)
def test_every_whole_number_of_a_parameter(key):
    cells = KEYS[key]
    for value in range(cells[0][0], cells[-1][1] + 1):
        agree(WELL | {key: value})


def test_every_saturation_on_both_scales_with_and_without_oxygen():
    for percent, scale, on_oxygen in product(range(30, 101), (1, 2), (False, True)):
        agree(WELL | {"spo2_percent": percent, "spo2_scale": scale, "on_oxygen": on_oxygen})


def test_every_tenth_of_a_degree_and_every_level():
    for tenth in range(250, 451):
        agree(WELL | {"temperature_c": tenth / 10})
    for level in LEVELS:
        agree(WELL | {"consciousness": level})


def whole(cells):
    return st.integers(cells[0][0], cells[-1][1])


SETS = st.fixed_dictionaries(
    {
        "respiratory_rate_bpm": whole(RESPIRATION),
        "spo2_percent": whole(SCALE_1),
        "spo2_scale": st.sampled_from([1, 2]),
        "on_oxygen": st.booleans(),
        "systolic_mmhg": whole(SYSTOLIC),
        "heart_rate_bpm": whole(PULSE),
        "consciousness": st.sampled_from(sorted(LEVELS)),
        "temperature_c": whole(TENTHS).map(lambda tenth: tenth / 10),
    }
)


@given(SETS)
def test_the_sum_of_any_patient(one):
    agree(one)


@given(SETS, st.sets(st.sampled_from(sorted(WELL)), min_size=1))
def test_what_is_missing_leaves_exactly_what_the_chart_still_allows(one, gone):
    gone = gone - {"spo2_scale"}
    found = score("news2", **{key: value for key, value in one.items() if key not in gone})
    assert set(found.missing) <= gone
    low, high = _allowed(one, gone)
    assert (found.at_least, found.at_most) == (low, high)
    assert (found.value is None) == bool(found.missing)


def _allowed(one, gone):
    """Lowest and highest sum over the values that stand in the first number of each cell."""
    choices = {
        "respiratory_rate_bpm": [first for first, _, _ in RESPIRATION],
        "spo2_percent": range(83, 101),
        "on_oxygen": [False, True],
        "systolic_mmhg": [first for first, _, _ in SYSTOLIC],
        "heart_rate_bpm": [first for first, _, _ in PULSE],
        "consciousness": list(LEVELS),
        "temperature_c": [first / 10 for first, _, _ in TENTHS],
    }
    low = high = 0
    # Oxygen decides the cells of the saturation; every other parameter stands alone.
    for keys in (("spo2_percent", "on_oxygen"), *((key,) for key in choices)):
        if keys in {("spo2_percent",), ("on_oxygen",)}:
            continue
        open_keys = [key for key in keys if key in gone]
        sums = [
            sum(_own(keys, one | dict(zip(open_keys, values, strict=True))))
            for values in product(*(choices[key] for key in open_keys))
        ]
        low, high = low + min(sums), high + max(sums)
    return low, high


def _own(keys, filled):
    places = {
        "respiratory_rate_bpm": (0,),
        "spo2_percent": (1,),
        "on_oxygen": (2,),
        "systolic_mmhg": (3,),
        "heart_rate_bpm": (4,),
        "consciousness": (5,),
        "temperature_c": (6,),
    }
    items = second(filled)
    return [items[place] for key in keys for place in places[key]]


@pytest.mark.parametrize(
    ("given", "points", "why"),
    [
        ({"temperature_c": 38.0}, 0, "fever for CRS, nothing here"),
        ({"temperature_c": 38.04}, 0, "the chart prints one decimal: 38.0"),
        ({"temperature_c": 38.05}, 1, "rounded to 38.1"),
        ({"respiratory_rate_bpm": 20.4}, 0, "the chart prints whole numbers: 20"),
        ({"respiratory_rate_bpm": 20.5}, 2, "rounded to 21"),
        ({"spo2_percent": 93, "spo2_scale": None}, 2, "scale 1 unless scale 2 was prescribed"),
        ({"consciousness": "C"}, 3, "the letter of the chart"),
    ],
)
def test_edges_of_the_chart(given, points, why):
    assert score("news2", **WELL | given).value == points, why


def test_an_alert_patient_on_scale_2_with_oxygen_unknown():
    found = score("news2", **WELL | {"spo2_scale": 2, "spo2_percent": 97, "on_oxygen": None})
    assert (found.at_least, found.at_most, found.missing) == (0, 5, ("on_oxygen",))
    found = score("news2", **WELL | {"spo2_scale": 2, "spo2_percent": 90, "on_oxygen": None})
    assert (found.at_least, found.at_most) == (0, 2)
