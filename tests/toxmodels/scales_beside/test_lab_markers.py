"""Risk markers over a case: made of laboratory values alone, before lymphodepletion and now."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.oracle.build import DOSE, NOW, case
from toxmodels import load_case
from toxmodels.indices import INDICES, score
from toxmodels.scales.lab_markers import BEFORE, Marker, lab_markers
from toxmodels.scales.lab_markers import NOW as TODAY

BEGAN = DOSE - timedelta(days=5)
BLOODS = {
    "ldh_u_l": 400.0,
    "creatinine_umol_l": 88.4,
    "platelets_10e9_l": 50.0,
    "crp_mg_l": 29.9,
    "anc_per_ul": 1200.0,
    "haemoglobin_g_dl": 9.0,
    "ferritin_ug_l": 650.0,
}


def found(
    labs: list[dict[str, Any]], *, began: Any = BEGAN, at: Any = NOW, therapy: Any = ...
) -> dict[tuple[str, str], Marker]:
    whole = case(labs=labs)
    if therapy is None:
        del whole["therapy"]
    else:
        whole["therapy"]["lymphodepletion_started_at"] = None if began is None else str(began)
    made = load_case(json.dumps(whole))
    return {(one.index.name, one.when): one for one in lab_markers(made, at)}


def sample(hours_before: float, of: Any = NOW, **changed: Any) -> dict[str, Any]:
    taken_at = (of - timedelta(hours=hours_before)).isoformat()
    return {"taken_at": taken_at, **BLOODS, **changed}


def test_each_index_of_laboratory_values_alone_is_there_and_no_other():
    assert [*found([])] == [
        ("easix", BEFORE), ("easix", TODAY),
        ("m_easix", BEFORE), ("m_easix", TODAY),
        ("s_easix", BEFORE), ("s_easix", TODAY),
        ("car_hematotox", BEFORE),
    ]  # fmt: skip
    assert INDICES["car_hematotox"].before_only


@pytest.mark.parametrize(
    ("name", "value"),
    [("easix", 8.0), ("m_easix", 400 * 2.99 / 50), ("s_easix", 8.0), ("car_hematotox", 3)],
)
def test_before_lymphodepletion_in_the_units_of_the_case(name: str, value: float):
    """8, 9: creatinine and CRP are brought to mg/dL; HEMATOTOX is platelets 2, ferritin 1."""
    one = found([sample(2, BEGAN), sample(1, platelets_10e9_l=10.0)])[name, BEFORE]
    assert one.score.value == pytest.approx(value)
    assert one.at == BEGAN
    assert one.asks == ()
    assert one.taken[0] == BEGAN - timedelta(hours=2)


def test_the_cut_off_is_said_before_lymphodepletion_only():
    both = found([sample(2, BEGAN), sample(1)])
    assert "above 4.67" in both["easix", BEFORE].says
    assert "4.67" not in both["easix", TODAY].says
    assert both["easix", TODAY].score.value == pytest.approx(8.0)
    assert both["car_hematotox", BEFORE].says == "CAR-HEMATOTOX: 3, high risk"


def test_what_is_missing_is_named_and_never_a_low_number():
    one = found([sample(1, platelets_10e9_l=None)])["easix", TODAY]
    assert (one.score.value, one.score.at_most) == (None, None)
    assert one.asks == ("platelets, before a transfusion",)
    before = found([sample(2, BEGAN, ferritin_ug_l=None)])["car_hematotox", BEFORE]
    assert (before.score.at_least, before.score.at_most) == (2, 4)
    assert before.asks == ("ferritin",)


def test_no_platelets_left_divide_nothing():
    one = found([sample(1, platelets_10e9_l=0.0)])["s_easix", TODAY]
    assert one.score.value is None
    assert one.says == "simplified EASIX: not defined without platelets"


@pytest.mark.parametrize(
    "more", [{"began": None}, {"therapy": None}, {"at": BEGAN - timedelta(hours=1)}]
)
def test_without_a_begin_of_lymphodepletion_that_is_what_is_asked_for(more: dict[str, Any]):
    one = found([sample(2, BEGAN)], **more)["easix", BEFORE]
    assert (one.at, one.score.value, one.taken) == (None, None, ())
    assert one.asks == ("when lymphodepletion began",)


def test_a_value_after_lymphodepletion_began_or_too_old_does_not_count_before_it():
    for hours in (-1.0, 24.0 * 8):
        assert found([sample(hours, BEGAN)])["s_easix", BEFORE].score.value is None


def test_it_is_the_score_that_the_command_line_gives():
    typed = score("easix", ldh_u_l="400", creatinine_umol_l="88.4", platelets_10e9_l="50")
    assert found([sample(1)])["easix", TODAY].score == typed
