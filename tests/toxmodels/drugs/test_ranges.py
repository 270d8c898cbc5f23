"""A dose given as a range: both ends shown, neither chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels.drugs import DoseResult, dose

ADULT = {"age_years": 40, "weight_kg": 70}
RANGES = {
    ("dexamethasone", "dex8-12-x1"): (8, 12),
    ("dexamethasone", "dex4-10"): (4, 10),
    ("dexamethasone", "dex10-20-q6-12"): (10, 20),
    ("dexamethasone", "dex10-20-q8-12"): (10, 20),
    ("ruxolitinib", None): (5, 10),
    ("levetiracetam", None): (500, 750),
}


@pytest.mark.parametrize(("drug", "code"), RANGES)
def test_both_ends_stand_there_and_no_dose(drug, code):
    low, high = RANGES[drug, code]
    found = dose(drug, regimen=code, **ADULT)
    assert (found.dose, found.allowed) == (None, False)
    assert (found.dose_low, found.dose_high) == (low, high)
    assert found.blocked_by == f"dose_mg is needed: choose {low} to {high} mg"
    assert f"{low} to {high} mg" in found.arithmetic


@pytest.mark.parametrize(("drug", "code"), RANGES)
def test_a_choice_is_taken_at_both_ends_and_refused_beyond_them(drug, code):
    low, high = RANGES[drug, code]
    for amount, taken in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
        found = dose(drug, regimen=code, dose_mg=amount, **ADULT)
        assert found.dose == (amount if taken else None)
        assert found.dose_low is found.dose_high is None


@pytest.mark.parametrize(("drug", "code"), RANGES)
@given(age_years=st.none() | st.decimals(0, "17.9", places=1), weight_kg=st.decimals(3, 39))
def test_a_child_sees_neither_end_of_an_adult_range(drug, code, age_years, weight_kg):
    for who in (
        {"age_years": age_years, "weight_kg": 70},
        {"age_years": 40, "weight_kg": weight_kg},
    ):
        found = dose(drug, regimen=code, **who)
        assert found.dose is found.dose_low is found.dose_high is None
        assert found.arithmetic == "no dose worked out"


def test_a_range_per_kg_is_worked_out_at_both_ends():
    found = dose("methylprednisolone", mg_per_kg=1, mg_per_kg_to=2, **ADULT)
    assert found.arithmetic == "70 to 140 mg (1 to 2 mg/kg x 70 kg)"
    assert (found.dose, found.dose_low, found.dose_high) == (None, 70, 140)
    assert found.verification == "unverified", "the less certain end marks the range"
    chosen = dose("methylprednisolone", mg_per_kg=1, mg_per_kg_to=2, dose_mg=100, **ADULT)
    assert (chosen.dose, chosen.dose_low) == (100, None)
    assert (
        dose("methylprednisolone", mg_per_kg=1, mg_per_kg_to=2, dose_mg=141, **ADULT).dose is None
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"mg_per_kg": 1, "mg_per_kg_to": 3}, "3 mg/kg is no listed regimen"),
        ({"mg_per_kg": 2, "mg_per_kg_to": 1}, "the lower end comes first"),
        ({"mg_per_kg": 1, "mg_per_kg_to": 2, "weight_kg": None}, "weight_kg is needed"),
    ],
)
def test_an_end_that_is_not_listed_or_has_no_weight_gives_no_range(more, says):
    found = dose("methylprednisolone", **(ADULT | more))
    assert says in found.blocked_by
    assert found.dose_low is None


def test_a_result_cannot_hold_half_a_range_or_a_range_beside_a_dose():
    found = dose("dexamethasone", regimen="dex8-12-x1", **ADULT).model_dump()
    for wrong in (
        {"dose_high": None},
        {"dose_low": 12, "dose_high": 8},
        {"dose": 8, "allowed": True, "blocked_by": None},
    ):
        with pytest.raises(ValueError, match=r"range|ends"):
            DoseResult.model_validate(found | wrong)
