"""What is typed for a dose: refused with the cure, never guessed; weights asked about."""

from datetime import UTC, datetime, timedelta

import pytest

from toxmodels.drugs import DoseError, dose

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def weighed(ago, **more):
    """A weight recorded that long before the time asked about."""
    return {"weight_recorded_at": AT - ago, "at": AT, **more}


REFUSED = [
    ({"weigth_kg": 70}, 'weigth_kg: unknown input (did you mean "weight_kg"?)'),
    ({"weight": 70}, 'weight: unknown input (did you mean "weight_kg"?)'),
    ({"weight_lb": 154}, 'weight_lb: unknown input (did you mean "weight_kg"?)'),
    ({"weight_kg": "70kg"}, 'weight_kg: "70kg" carries a unit'),
    ({"weight_kg": "70,5"}, "write a point: weight_kg=70.5"),
    ({"weight_kg": 700}, "700 looks like lb; that is 317.5 kg"),
    ({"weight_kg": 70000}, "70000 looks like g; that is 70.0 kg"),
    ({"weight_kg": 0}, "0 is impossible"),
    ({"weight_kg": -70}, "-70 is impossible"),
    ({"weight_kg": ""}, "is empty"),
    ({"weight_kg": "1e3"}, "weight_kg"),
    ({"weight_kg": True}, "True is not a number"),
    ({"weight_kg": float("nan")}, "nan is not a number"),
    ({"weight_kg": float("inf")}, "inf is not a number"),
    ({"bsa_m2": 19000}, "19000 looks like cm2; that is 1.9 m2"),
    ({"cycle": "1.5"}, "1.5 is not a whole number"),
    ({"cycle": 0}, "0 is impossible"),
    ({"at": "2026-03-10T12:00"}, "is not a time with offset"),
    ({"at": "1761355800"}, "is not a time with offset"),
    ({"at": datetime(2026, 3, 10, 12)}, "has no offset from UTC"),  # noqa: DTZ001
    ({"at": "2026-02-30T12:00:00+00:00"}, "no day and hour of the calendar"),
    ({"given_at": ["2026-03-10T12:00"]}, "given_at:"),
    ({"region": "uk"}, "one of us, eu, jp"),
    ({"indication": "b-all-r"}, 'did you mean "b-all-rr"?'),
    ({"shortage": "maybe"}, "write true or false"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_used_is_refused_with_the_cure(given, says):
    with pytest.raises(DoseError) as refused:
        dose("tocilizumab", **given)
    assert says in str(refused.value)
    assert refused.value.faults[0].path == next(iter(given))


def test_every_fault_is_named_at_once():
    with pytest.raises(DoseError) as refused:
        dose("tocilizumab", weigth_kg=70, region="uk", at="now")
    assert [one.path for one in refused.value.faults] == ["weigth_kg", "region", "at"]


def test_an_unknown_drug_is_refused_with_the_nearest_name():
    with pytest.raises(DoseError, match=r'did you mean "tocilizumab"\?'):
        dose("tocilizumb", weight_kg=70)


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, "weight undated: confirm"),
        (weighed(timedelta(days=7), age_years=40), None),
        (weighed(timedelta(days=7, minutes=1), age_years=40), "7 days old"),
        (weighed(timedelta(days=3), age_years=9), None),
        (weighed(timedelta(days=3, minutes=1), age_years=9), "3 days old"),
        (weighed(timedelta(days=4)), "4 days old"),
        (weighed(-timedelta(days=1)), "recorded after"),
        ({"weight_recorded_at": AT}, "at is not given"),
        ({"previous_weight_kg": 77.8}, "changed from 77.8 to 70"),
        ({"previous_weight_kg": 154.3}, "lb typed as kg?"),
    ],
)
def test_a_doubtful_weight_gives_a_dose_that_must_be_confirmed(given, asks):
    found = dose("tocilizumab", weight_kg=70, **given)
    assert found.dose == 560
    asked = [one for one in found.confirm if "weight" in one]
    assert any(asks in one for one in asked) if asks else asked == []


def test_ten_per_cent_is_the_edge_of_a_changed_weight():
    def asked(before):
        found = dose("tocilizumab", weight_kg=90, previous_weight_kg=before)
        return any("changed" in one for one in found.confirm)

    assert [asked(100), asked("100.1")] == [False, True]


@pytest.mark.parametrize(("weight_kg", "both"), [(28.9, 0), (29, 1), (30, 1), (31, 1), (31.1, 0)])
def test_near_30_kg_both_doses_and_the_weight_are_shown(weight_kg, both):
    found = dose("tocilizumab", weight_kg=weight_kg)
    shown = [line for line in found.cautions if "at 12 mg/kg" in line and "at 8 mg/kg" in line]
    assert len(shown) == both
    if both:
        assert f"weight used {weight_kg:g} kg" in shown[0]


def test_what_the_patient_is_known_to_have_stands_first():
    plain = dose("tocilizumab", weight_kg=70)
    found = dose(
        "tocilizumab",
        weight_kg=70,
        conditions=["Diverticular disease"],
        allergies=["tocilizumab"],
    )
    assert not any("recorded in this patient" in one for one in plain.cautions)
    assert found.cautions[0].startswith("recorded in this patient: diverticular disease")
    assert found.contraindications[0].startswith("recorded in this patient")
    assert any("diverticular" in one for one in found.confirm)
    assert found.allowed, "an unverified contraindication asks; it is no hard stop"


def test_rounding_is_offered_and_never_passes_the_cap():
    found = dose("tocilizumab", weight_kg=71, round_to_mg=20)
    assert found.dose == 568
    assert any("rounded to 20 mg: 560 mg, within 10 %" in line for line in found.steps)
    top = dose("tocilizumab", weight_kg=110, round_to_mg=300)
    assert any("rounded to 300 mg: 800 mg" in line for line in top.steps)


def test_without_earlier_doses_nothing_is_counted_and_that_is_said():
    unknown = dose("tocilizumab", weight_kg=70)
    none = dose("tocilizumab", weight_kg=70, given_at=[], at=AT)
    assert (unknown.doses_given, unknown.doses_left) == (None, None)
    assert any("earlier doses" in one for one in unknown.confirm)
    assert (none.doses_given, none.doses_left) == (0, 4)


def test_a_unit_typed_wrongly_for_blasts_is_asked_about():
    given = {"bsa_m2": 1.9, "region": "eu"}
    fraction = dose("blinatumomab-prephase", marrow_blasts_percent=0.62, **given)
    billions = dose("blinatumomab-prephase", peripheral_blasts_per_ul=20, **given)
    assert any("62 %" in one for one in fraction.confirm)
    assert any("20000/uL" in one for one in billions.confirm)


def test_crossing_45_kg_within_a_cycle_is_a_question():
    given = {"indication": "b-all-rr", "cycle": 2, "day": 5, "bsa_m2": 1.4}
    found = dose("blinatumomab", weight_kg=46, cycle_start_weight_kg=44, **given)
    assert any("weight crossed 45 kg" in one for one in found.confirm)
    assert found.dose == 21


def test_glofitamabs_own_unverified_window_asks_and_does_not_block():
    times = [AT - timedelta(days=days) for days in (41, 30, 20)]
    found = dose(
        "tocilizumab",
        weight_kg=70,
        given_at=times,
        at=AT,
        product="glofitamab",
        counted_since=AT - timedelta(days=2),
    )
    assert any("3 doses in 42 days" in one for one in found.confirm)
    assert found.allowed


def test_the_earliest_time_waits_for_the_interval_and_for_the_24_hours():
    def earliest(*hours):
        times = [AT - timedelta(hours=one) for one in hours]
        return dose("tocilizumab", weight_kg=70, given_at=times, at=AT).earliest_at

    assert earliest(2) == AT + timedelta(hours=6)
    assert earliest(20, 11, 2) == AT + timedelta(hours=6)
    assert earliest(19, 11, 3) == AT + timedelta(hours=5)
    assert earliest(17, 9, 1) == AT + timedelta(hours=7)
    assert earliest(16.5, 8.5, 0.5) == AT + timedelta(hours=7.5)
    assert earliest(15, 12, 9) == AT + timedelta(hours=9)
    assert earliest(40, 30, 20, 10) is None


BLINATUMOMAB = {"weight_kg": 70, "indication": "b-all-rr", "cycle": 2, "day": 9}
CLEARANCE = "creatinine_clearance_ml_min"
BAND = BLINATUMOMAB | {"cycle_start_weight_kg": 45}
GATE = {"dose_number": 2, "crs_grade": 0, "icans_grade": 0, "marrow_blasts_percent": 5}
EDGES = [
    ("blinatumomab", BLINATUMOMAB, "interruption_h", (3.9, 4), "premedicate again"),
    (
        "blinatumomab",
        BLINATUMOMAB | {"restart_after": "crs", "restart_day": 1},
        "interruption_h",
        (168, 168.1),
        "begin a new cycle",
    ),
    ("levetiracetam", {"age_years": 40, "dose_mg": 500}, CLEARANCE, (80, 79), "less is needed"),
    ("anakinra", {"age_years": 40}, CLEARANCE, (30, 29), "less often"),
    ("obecabtagene-autoleucel", GATE | {"age_years": 40}, "day", (12, 13), "later than planned"),
    ("blinatumomab", BAND, "weight_kg", (45, 44.9), "crossed"),
]


@pytest.mark.parametrize(("drug", "given", "key", "values", "says"), EDGES, ids=lambda _: "")
def test_what_is_asked_begins_exactly_at_its_limit(drug, given, key, values, says):
    def asked(value):
        found = dose(drug, **(given | {key: value}))
        return any(says in one for one in (*found.confirm, *found.cautions))

    assert [asked(value) for value in values] == [False, True]


def test_a_dose_leaves_the_products_window_after_exactly_42_days():
    def asked(days):
        times = [AT - timedelta(days=one) for one in (days, 30, 20)]
        since = AT - timedelta(days=2)
        given = {"given_at": times, "at": AT, "counted_since": since, "product": "glofitamab"}
        return any("42 days" in one for one in dose("tocilizumab", weight_kg=70, **given).confirm)

    assert [asked(41.9), asked(42)] == [True, False]
