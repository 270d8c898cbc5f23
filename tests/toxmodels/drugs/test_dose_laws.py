"""Laws of dosing that hold for any patient: caps, intervals, counts, children, missing weight."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from toxmodels.drugs import DoseResult, dose, drug_names

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WEIGHTS_KG = st.decimals(min_value="0.5", max_value="400", places=2)
AREAS_M2 = st.decimals(min_value="0.1", max_value="4", places=2)
AGES = st.decimals(min_value=0, max_value=120, places=1)
MINUTES_AGO = st.lists(st.integers(0, 60 * 24 * 5), max_size=6)
PER_KG = ("tocilizumab", "siltuximab", "emapalumab", "g-csf", "blinatumomab")
ADULT_FLAT = {
    "dexamethasone": {"regimen": "dex10-q6"},
    "methylprednisolone": {"regimen": "mp-pulse-a", "day": 1},
    "anakinra": {"regimen": "icans"},
    "ruxolitinib": {"dose_mg": 5},
    "levetiracetam": {"dose_mg": 500},
    "elranatamab": {"step": 1},
    "linvoseltamab": {"step": 1},
    "epcoritamab": {"step": 1, "regimen": "dlbcl"},
    "glofitamab": {"step": 1},
    "mosunetuzumab": {"step": 1},
    "tarlatamab": {"step": 1},
    "obecabtagene-autoleucel": {"dose_number": 1, "marrow_blasts_percent": 10},
}
BLINATUMOMAB = {"indication": "b-all-rr", "cycle": 2, "day": 1}


def hours(count):
    return timedelta(hours=count)


@given(weight_kg=WEIGHTS_KG)
def test_tocilizumab_never_exceeds_its_cap_or_its_rate(weight_kg):
    found = dose("tocilizumab", weight_kg=weight_kg)
    assert 0 < found.dose <= 800
    rate = 12 if weight_kg < 30 else 8
    assert found.dose == min(800.0, float(rate * weight_kg))


@given(one=WEIGHTS_KG, other=WEIGHTS_KG)
def test_tocilizumab_rises_with_weight_on_each_side_of_30_kg(one, other):
    low, high = sorted((one, other))
    assume((low < 30) == (high < 30))
    assert dose("tocilizumab", weight_kg=low).dose <= dose("tocilizumab", weight_kg=high).dose


@given(minutes=MINUTES_AGO, weight_kg=WEIGHTS_KG, shortage=st.booleans())
def test_tocilizumab_is_never_allowed_inside_a_limit(minutes, weight_kg, shortage):
    times = [NOW - timedelta(minutes=one) for one in minutes]
    found = dose("tocilizumab", weight_kg=weight_kg, given_at=times, at=NOW, shortage=shortage)
    too_soon = any(NOW - one < hours(8) for one in times)
    full_day = sum(NOW - one < hours(24) for one in times) >= 3
    exhausted = len(times) >= (2 if shortage else 4)
    assert found.allowed == (not (too_soon or full_day or exhausted))
    for holds, word in ((too_soon, "last dose"), (full_day, "in the last 24 h")):
        assert holds == (word in (found.blocked_by or "")), "every reason is named, and no other"


@given(minutes=MINUTES_AGO)
def test_the_earliest_time_is_allowed_and_a_minute_before_it_is_not(minutes):
    times = [NOW - timedelta(minutes=one) for one in minutes]
    found = dose("tocilizumab", weight_kg=70, given_at=times, at=NOW)
    assert (found.earliest_at is None) == (len(times) in {0} or len(times) >= 4)
    if found.earliest_at is not None and found.earliest_at > NOW:
        earlier = found.earliest_at - timedelta(minutes=1)
        after = dose("tocilizumab", weight_kg=70, given_at=times, at=found.earliest_at)
        before = dose("tocilizumab", weight_kg=70, given_at=times, at=earlier)
        assert (before.allowed, after.allowed) == (False, True)


@given(minutes=MINUTES_AGO, data=st.data())
def test_the_order_of_entry_does_not_matter(minutes, data):
    times = [NOW - timedelta(minutes=one) for one in minutes]
    shuffled = data.draw(st.permutations(times))
    one = dose("tocilizumab", weight_kg=70, given_at=times, at=NOW)
    assert one == dose("tocilizumab", weight_kg=70, given_at=shuffled, at=NOW)


@given(weight_kg=WEIGHTS_KG, bsa_m2=AREAS_M2, day=st.integers(1, 28), cycle=st.integers(1, 9))
def test_blinatumomab_never_exceeds_the_flat_dose(weight_kg, bsa_m2, day, cycle):
    low = cycle == 1 and day < 8
    found = dose(
        "blinatumomab",
        weight_kg=weight_kg,
        bsa_m2=bsa_m2,
        indication="b-all-rr",
        cycle=cycle,
        day=day,
    )
    assert 0 < found.dose <= (9 if low else 28)
    if weight_kg >= 45:
        assert found.dose == (9 if low else 28), "from 45 kg never scaled"


@given(bsa_m2=AREAS_M2, marrow=st.decimals(50, 100, places=1), region=st.sampled_from(["eu", "us"]))
def test_the_prephase_never_exceeds_24_mg_a_day(bsa_m2, marrow, region):
    assume(marrow > 50)
    found = dose(
        "blinatumomab-prephase", bsa_m2=bsa_m2, marrow_blasts_percent=marrow, region=region
    )
    assert found.dose == min(24.0, float(10 * bsa_m2))


@given(bsa_m2=AREAS_M2, age_years=st.decimals(0, "17.9", places=1))
def test_a_childs_premedication_never_exceeds_20_mg(bsa_m2, age_years):
    for region in ("us", "eu"):
        found = dose(
            "dexamethasone-premedication",
            region=region,
            indication="b-all-rr",
            age_years=age_years,
            bsa_m2=bsa_m2,
            cycle=1,
            day=1,
        )
        assert 0 < found.dose <= 20


@pytest.mark.parametrize("drug", PER_KG)
@given(age_years=AGES)
def test_a_missing_weight_is_never_a_dose(drug, age_years):
    more = BLINATUMOMAB if drug == "blinatumomab" else {}
    for weight in ({}, {"weight_kg": None}):
        found = dose(drug, age_years=age_years, **weight, **more)
        assert (found.dose, found.allowed) == (None, False)
        assert "weight_kg is needed" in found.blocked_by


@pytest.mark.parametrize("drug", sorted(ADULT_FLAT))
@given(age_years=st.decimals(0, "17.99", places=2), weight_kg=st.none() | WEIGHTS_KG)
def test_under_18_never_an_adult_flat_dose(drug, age_years, weight_kg):
    more = ADULT_FLAT[drug]
    adult = dose(drug, age_years=40, weight_kg=70, **more)
    assert adult.allowed, "the same question for an adult must have a dose, or this proves nothing"
    child = dose(drug, age_years=age_years, weight_kg=weight_kg, **more)
    assert child.dose is None
    assert child.blocked_by == "adult flat dose: no paediatric dose in this protocol"
    nobody_asked = dose(drug, weight_kg=70, **more)
    assert nobody_asked.dose is None, "an unknown age is not an adult"


@given(drug=st.sampled_from(drug_names()), weight_kg=st.none() | WEIGHTS_KG, age=st.none() | AGES)
def test_every_answer_is_a_dose_or_a_reason_and_survives_json(drug, weight_kg, age):
    found = dose(drug, weight_kg=weight_kg, age_years=age, bsa_m2=1.5)
    assert found.allowed == (found.dose is not None) == (found.blocked_by is None)
    text = json.dumps(found.model_dump(mode="json"), allow_nan=False)
    assert DoseResult.model_validate(json.loads(text)) == found


def test_text_numbers_and_exact_decimals_give_the_same_dose():
    assert dose("tocilizumab", weight_kg="29.9").dose == dose("tocilizumab", weight_kg=29.9).dose
    assert dose("tocilizumab", weight_kg=29.9).dose == 358.8


def test_a_result_cannot_hold_a_dose_that_is_blocked():
    found = dose("tocilizumab", weight_kg=70)
    with pytest.raises(ValueError, match="exactly when it is allowed"):
        DoseResult.model_validate(found.model_dump() | {"blocked_by": "anything"})
    with pytest.raises(ValueError, match="exactly when it is allowed"):
        DoseResult.model_validate(found.model_dump() | {"dose": None})
