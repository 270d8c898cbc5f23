"""Point scores over a case: which values count, for how long, and what a case leaves open."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.toxmodels.any_case import CASES
from toxmodels import assess, load_case
from toxmodels.evidence import Evidence
from toxmodels.scales import BESIDE
from toxmodels.sources import sources

MINE = (
    "news2-2017",
    "cairo-bishop-2004",
    "howard-tls-2011",
    "isth-dic-2001",
    "sic-2019",
    "hscore",
    "hlh-2004",
)
NOW = datetime.fromisoformat("2026-03-03T08:00:00+00:00")
VITALS = {
    "temperature_c": 37.0,
    "systolic_mmhg": 120.0,
    "heart_rate_bpm": 70.0,
    "respiratory_rate_bpm": 16.0,
    "spo2_percent": 97.0,
    "oxygen": {"device": "room_air"},
}
EXAM = {"consciousness": "alert", "new_confusion": False, "seizure": {"kind": "none"}}
BASELINE = {
    "urate_umol_l": 300.0,
    "potassium_mmol_l": 4.0,
    "phosphate_mmol_l": 1.0,
    "calcium_mmol_l": 2.2,
    "creatinine_umol_l": 90.0,
}
LIMITS = {"creatinine_umol_l": 100.0, "d_dimer_mg_l_feu": 0.5, "pt_s": 13.0}
LYSIS = BASELINE | {"urate_umol_l": 500.0, "potassium_mmol_l": 6.1, "upper_limits": LIMITS}

SOFA = "SOFA points of four organs, in no field of a case"


def at(hours_ago=0.0):
    return (NOW - timedelta(hours=hours_ago)).isoformat()


def rows(key, *records):
    """Records of (hours ago, fields)."""
    return [{key: at(ago)} | fields for ago, fields in records]


def case(**parts):
    """A case whose lists are given as (hours ago, fields)."""
    whole = {
        "format": "toxwatch-case/1",
        "patient": {"id": "A1", "age_years": 50} | parts.get("patient", {}),
        "therapy": {"product": "axicabtagene-ciloleucel", "started_at": at(46)}
        | parts.get("therapy", {}),
        "vitals": rows("taken_at", *parts.get("vitals", ())),
        "neuro": rows("taken_at", *parts.get("neuro", ())),
        "labs": rows("taken_at", *parts.get("labs", ())),
        "gradings": rows("graded_at", *parts.get("gradings", ())),
    }
    if "treatments" in parts:
        whole["treatments"] = rows("given_at", *parts["treatments"])
    return load_case(json.dumps(whole))


def graded(scale, **parts):
    return assess(case(**parts), at=NOW, scales=[scale]).grades[scale]


def span(scale, **parts):
    found = graded(scale, **parts)
    return (found.at_least, found.at_most)


def asked(grade):
    return [gap.says for gap in grade.missing]


# -- NEWS2 -----------------------------------------------------------------------------------------


def news2(vitals=None, exam=None, **more):
    sets = [(0, VITALS | (vitals or {}))]
    return span("news2-2017", vitals=sets, neuro=[(0, EXAM | (exam or {}))], **more)


@pytest.mark.parametrize(
    ("vitals", "exam", "expected", "why"),
    [
        ({}, {}, (0, 0), "every parameter in its middle cell"),
        ({"temperature_c": 38.0}, {}, (0, 0), "38.0 is fever for CRS and nothing here"),
        ({"temperature_c": 38.1}, {}, (1, 1), "temperature row"),
        ({"spo2_percent": 93.0}, {}, (2, 2), "scale 1 by default"),
        ({"oxygen": {"device": "nasal_cannula"}}, {}, (2, 2), "oxygen, whatever the saturation"),
        ({"oxygen": {"flow_l_min": 2.0}}, {}, (2, 2), "a flow without a device is oxygen"),
        ({"oxygen": {"fio2": 0.21}}, {}, (0, 2), "neither device nor flow"),
        ({"oxygen": None}, {}, (0, 2), "oxygen not recorded"),
        ({"systolic_mmhg": 90.0}, {}, (3, 3), "systolic row"),
        ({"heart_rate_bpm": 131.0}, {}, (3, 3), "pulse row"),
        ({"heart_rate_bpm": 40.0}, {}, (3, 3), "pulse row, low"),
        ({"respiratory_rate_bpm": None}, {}, (0, 3), "respiratory rate not recorded"),
        ({}, {"new_confusion": True}, (3, 3), "new confusion in an alert patient"),
        ({}, {"new_confusion": None}, (0, 3), "alert, and nobody asked for confusion"),
        ({}, {"consciousness": None}, (0, 3), "no confusion, and nobody recorded the level"),
        ({}, {"consciousness": None, "new_confusion": True}, (3, 3), "confusion alone"),
        ({}, {"consciousness": "drowsy"}, (3, 3), "drowsy is not alert"),
        ({}, {"consciousness": "voice", "new_confusion": None}, (3, 3), "voice"),
        ({}, {"consciousness": "tactile"}, (3, 3), "pain"),
        ({}, {"consciousness": "unarousable"}, (3, 3), "unresponsive"),
    ],
)
def test_news2_of_a_case(vitals, exam, expected, why):
    assert news2(vitals, exam) == expected, why


@pytest.mark.parametrize(
    ("exam", "asks"),
    [
        ({"new_confusion": None}, "new confusion: yes or no"),
        ({"consciousness": None}, "consciousness and new confusion"),
    ],
)
def test_news2_asks_for_what_is_missing_of_consciousness(exam, asks):
    found = graded("news2-2017", vitals=[(0, VITALS)], neuro=[(0, {**EXAM, **exam})])
    assert [one.says for one in found.missing] == [asks]


def test_scale_2_only_where_it_was_prescribed():
    low = {"spo2_percent": 90.0}
    assert news2(low) == (3, 3)
    assert news2(low, patient={"spo2_scale": 1}) == (3, 3)
    assert news2(low, patient={"spo2_scale": 2}) == (0, 0)
    oxygen = {"spo2_percent": 97.0, "oxygen": {"device": "nasal_cannula"}}
    assert news2(oxygen, patient={"spo2_scale": 2}) == (5, 5)


def test_not_under_16_years():
    found = graded("news2-2017", vitals=[(0, VITALS)], patient={"age_years": 15.9})
    assert (found.at_least, found.at_most, found.complete) == (0, 20, False)
    assert "does not apply" in asked(found)[0]
    assert news2(patient={"age_years": 16}) == (0, 0)
    assert news2(patient={"age_years": None}) == (0, 0)


def test_vital_signs_count_for_four_hours_and_exams_for_twelve():
    old = [(4, VITALS), (0, {})]
    assert span("news2-2017", vitals=old, neuro=[(12, EXAM)]) == (0, 0)
    older = [(4.1, VITALS), (0, {})]
    assert span("news2-2017", vitals=older, neuro=[(12, EXAM)]) == (0, 17)
    assert span("news2-2017", vitals=old, neuro=[(12.1, EXAM)]) == (0, 3)


def test_of_two_values_of_one_minute_the_one_that_scores_worse_counts():
    def both(first, second):
        sets = [(0, VITALS | first), (0, VITALS | second)]
        return span("news2-2017", vitals=sets, neuro=[(0, EXAM)])

    for pair in (
        ({"heart_rate_bpm": 38.0}, {"heart_rate_bpm": 95.0}),
        ({"temperature_c": 34.0}, {"temperature_c": 38.5}),
        ({"systolic_mmhg": 120.0}, {"systolic_mmhg": 230.0}),
    ):
        assert both(*pair) == both(*reversed(pair)) == (3, 3)
    assert both({"temperature_c": 39.5}, {"temperature_c": 37.0}) == (2, 2)
    air, cannula = {"oxygen": {"device": "room_air"}}, {"oxygen": {"device": "nasal_cannula"}}
    assert both(air, cannula) == (2, 2)
    assert both(air, {"oxygen": {"fio2": 0.21}}) == (0, 2)


def test_another_cause_changes_no_warning():
    vitals = {"temperature_c": 39.5, "other_cause": ["fever"], "other_cause_reason": "cold"}
    assert news2(vitals) == (2, 2)


def test_the_total_stands_first_with_its_risk_and_every_item_with_its_value():
    found = graded("news2-2017", vitals=[(0, VITALS | {"systolic_mmhg": 95.0})], neuro=[(0, EXAM)])
    total, *items = found.findings
    assert (total.sign, total.limit) == ("judgement", "low risk")
    pressure = next(item for item in items if item.sign == "hypotension")
    assert (pressure.value, pressure.limit) == ("95 mmHg", "> 90 and <= 100 mmHg")
    assert (pressure.at_least, pressure.decides, pressure.taken_at) == (2, True, NOW)


# -- tumour lysis ----------------------------------------------------------------------------------

QUIET = {"gradings": [(0, {"scale": "cairo-bishop-2004", "term": "arrhythmia", "grade": 0})]}


def lysis(worse=None, **more):
    parts = {
        "labs": [(60, BASELINE), (0, LYSIS | (worse or {}))],
        "neuro": [(0, EXAM)],
        **QUIET,
        **more,
    }
    return span("cairo-bishop-2004", **parts)


@pytest.mark.parametrize(
    ("labs", "expected", "why"),
    [
        ({}, (0, 0), "laboratory tumour lysis, no clinical sign"),
        ({"creatinine_umol_l": 150.0}, (1, 1), "exactly 1.5 times the upper limit"),
        ({"creatinine_umol_l": 301.0}, (3, 3), "above three times"),
        ({"creatinine_umol_l": None}, (0, 0), "the creatinine before therapy, within its 48 h"),
        ({"urate_umol_l": 375.0}, (0, 0), "urate risen by 25 % is an abnormality as well"),
        ({"urate_umol_l": 374.0, "creatinine_umol_l": 301.0}, (0, 0), "one analyte only"),
        ({"urate_umol_l": 375.0, "creatinine_umol_l": 301.0}, (3, 3), "25 % from the baseline"),
    ],
)
def test_cairo_bishop_of_a_case(labs, expected, why):
    first = BASELINE | {"upper_limits": LIMITS}
    assert lysis(labs=[(47, first), (0, LYSIS | labs)]) == expected, why


def test_arrhythmia_and_seizure_as_they_were_recorded():
    assert lysis(gradings=[]) == (0, 5)
    severe = [(0, {"scale": "cairo-bishop-2004", "term": "arrhythmia", "grade": 3})]
    assert lysis(gradings=severe) == (3, 3)
    seizure = QUIET["gradings"][0]
    brief = [seizure, (0, {"scale": "cairo-bishop-2004", "term": "seizure", "grade": 1})]
    assert lysis(gradings=brief) == (2, 2)
    assert lysis(neuro=[]) == (0, 5)
    assert lysis(neuro=[(0, EXAM | {"seizure": {"kind": "generalised"}})]) == (2, 5)
    other = [seizure, (0, {"scale": "ctcae-5.0", "term": "seizure", "grade": 3})]
    assert lysis(gradings=other) == (0, 0)


def test_only_the_days_around_a_start_count():
    worse = {"creatinine_umol_l": 301.0}
    day = 24.0
    assert lysis(worse, therapy={"started_at": at(7 * day)}) == (3, 3)
    assert lysis(worse, therapy={"started_at": at(7.1 * day)}) == (0, 0)
    depleted = {"started_at": at(-5), "lymphodepletion_started_at": at(2 * day)}
    assert lysis(worse, therapy=depleted) == (3, 3)
    late = {"started_at": at(20 * day), "infusions": [{"started_at": at(day)}]}
    assert lysis(worse, therapy=late) == (3, 3)
    prephase = [(day, {"drug": "dexamethasone", "purpose": "prephase"})]
    assert lysis(worse, therapy={"started_at": at(-5)}, treatments=prephase) == (3, 3)
    assert lysis(worse, therapy={"started_at": at(-5)}) == (0, 5)  # nothing has begun
    assert lysis(worse, therapy={"started_at": None}, treatments=[]) == (0, 5)


def test_a_sample_from_before_the_days_does_not_count():
    worse = [(40, LYSIS | {"creatinine_umol_l": 301.0})]
    # Calcium and the rest from 40 hours ago: within 3 days of a start now.
    assert lysis(labs=worse, therapy={"started_at": at(0)}) == (3, 3)
    restart = {"started_at": at(400), "doses": [{"given_at": at(-1)}]}
    assert lysis(labs=worse, therapy=restart) == (0, 0)


def test_howard_wants_both_within_a_day_and_knows_no_baseline():
    def howard(*labs, **more):
        return span("howard-tls-2011", labs=labs, neuro=[(0, EXAM)], **QUIET, **more)

    both = {"urate_umol_l": 500.0, "potassium_mmol_l": 6.1}
    normal = {"phosphate_mmol_l": 1.0, "calcium_mmol_l": 2.2}
    assert howard((0, both | normal)) == (1, 2)  # urine stands in no field
    assert howard((24, both), (0, normal)) == (1, 2)
    assert howard((24.1, both), (0, normal)) == (0, 2)
    assert howard((24.1, both), (0, normal | {"urate_umol_l": 300.0})) == (0, 0)
    assert howard((20, {"potassium_mmol_l": 6.1}), (0, {"urate_umol_l": 500.0})) == (1, 2)
    assert howard((60, BASELINE), (0, both | {"creatinine_umol_l": 116.5})) == (2, 2)
    ionised = {"urate_umol_l": 500.0, "ionised_calcium_mmol_l": 0.3}
    assert howard((0, ionised)) == (1, 2)
    assert howard((0, both), therapy={"started_at": at(400)}) == (0, 0)
    assert howard((0, both), therapy={"started_at": None}) == (0, 2)


# -- coagulation and haemophagocytosis -------------------------------------------------------------

DIC = {
    "platelets_10e9_l": 40.0,
    "d_dimer_mg_l_feu": 3.0,
    "fibrinogen_g_l": 0.9,
    "pt_s": 17.0,
    "upper_limits": LIMITS,
}


def test_isth_dic_of_a_case():
    def dic(**less):
        return span("isth-dic-2001", labs=[(0, DIC | less)])

    assert dic() == (7, 7)
    assert dic(upper_limits=None) == (3, 8)
    assert dic(platelets_10e9_l=None) == (5, 7)
    assert dic(d_dimer_mg_l_feu=None, fdp_mg_l=30.0) == (4, 7)
    assert span("isth-dic-2001", labs=[(48, DIC)]) == (7, 7)
    assert span("isth-dic-2001", labs=[(48.1, DIC)]) == (0, 8)


def test_sic_of_a_case_leaves_the_sofa_points_open():
    found = graded("sic-2019", labs=[(0, {"platelets_10e9_l": 40.0, "inr": 1.5})])
    assert (found.at_least, found.at_most, asked(found)) == (4, 6, [SOFA])


def test_hscore_takes_the_highest_temperature_of_the_window():
    labs = {
        "haemoglobin_g_dl": 8.0,
        "wbc_10e9_l": 1.0,
        "platelets_10e9_l": 20.0,
        "ferritin_ug_l": 7000.0,
        "triglycerides_mmol_l": 2.0,
        "fibrinogen_g_l": 1.0,
        "ast_u_l": 90.0,
        "haemophagocytosis": True,
    }

    def hscore(*vitals, **more):
        return span("hscore", vitals=vitals, labs=[(0, labs | more)])

    # 34 + 50 + 44 + 30 + 19 + 35, and 18 + 38 that no field of a case tells
    assert hscore((48, {"temperature_c": 39.5}), (0, {"temperature_c": 37.0})) == (261, 317)
    assert hscore((48.1, {"temperature_c": 39.5}), (0, {"temperature_c": 37.0})) == (212, 268)
    assert hscore((0, {})) == (212, 317)
    assert hscore((0, {"temperature_c": 37.0}), haemophagocytosis=None) == (177, 268)


def test_haemophagocytosis_once_seen_stands():
    def marrow(*labs):
        return span("hlh-2004", labs=labs)

    assert marrow((0, {})) == (0, 8)
    assert marrow((0, {"haemophagocytosis": False})) == (0, 7)
    seen = (99, {"haemophagocytosis": True})
    assert marrow(seen, (0, {"haemophagocytosis": False})) == (1, 8)


def test_hlh_2004_of_a_case():
    labs = {
        "haemoglobin_g_dl": 8.0,
        "platelets_10e9_l": 20.0,
        "anc_per_ul": 0.0,
        "ferritin_ug_l": 500.0,
        "triglycerides_mmol_l": 1.0,
        "fibrinogen_g_l": 1.5,
        "scd25_u_ml": 2399.0,
        "haemophagocytosis": False,
    }
    found = graded("hlh-2004", vitals=[(0, {"temperature_c": 38.5})], labs=[(0, labs)])
    assert (found.at_least, found.at_most) == (4, 6)
    assert sorted(asked(found)) == [
        "activity of NK cells, in no field of a case",
        "size of the spleen, in no field of a case",
    ]
    assert {gap.at_most for gap in found.missing} == {5}


# -- laws ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", MINE)
def test_an_empty_case_leaves_everything_open(scale):
    found = graded(scale)
    assert found.at_least == 0
    assert found.at_most == BESIDE[scale].highest
    assert found.missing
    assert not found.complete
    assert all(finding.cite.source in sources() for finding in found.findings)
    assert BESIDE[scale].source in sources()


@settings(max_examples=40)
@given(CASES, st.integers(0, 300))
def test_no_case_raises_and_the_order_of_entry_never_matters(any_case, days):
    when = datetime.fromisoformat("2026-01-01T00:00:00+00:00") + timedelta(days=days)
    turned = any_case.model_copy(
        update={
            name: tuple(reversed(getattr(any_case, name) or ()))
            for name in ("vitals", "neuro", "labs", "gradings")
        }
    )
    found, again = Evidence(any_case, when), Evidence(turned, when)
    for scale in MINE:
        one, other = BESIDE[scale].grade(found), BESIDE[scale].grade(again)
        assert 0 <= one.at_least <= one.at_most <= BESIDE[scale].highest
        assert (one.at_least, one.at_most) == (other.at_least, other.at_most)


ANALYTES = sorted({*BASELINE, *DIC, "ferritin_ug_l", "ast_u_l", "inr"} - {"upper_limits"})
FULL = st.fixed_dictionaries(
    {name: st.integers(0, 80).map(lambda number: number * 10 / 8) for name in ANALYTES}
)


def bounds(labs, missing):
    """The bounds of every scale with some fields left out."""

    def kept(record):
        return {name: value for name, value in record.items() if name not in missing}

    made = case(
        vitals=[(0, kept(VITALS))],
        neuro=[(0, kept(EXAM))],
        labs=[(60, kept(BASELINE)), (0, kept(labs) | {"upper_limits": LIMITS})],
    )
    evidence = Evidence(made, NOW)
    return {scale: BESIDE[scale].grade(evidence).span for scale in MINE}


@settings(max_examples=100)
@given(FULL, st.sets(st.sampled_from([*ANALYTES, *VITALS, *EXAM]), max_size=4), st.data())
def test_filling_a_gap_only_narrows(labs, gone, data):
    filled = data.draw(st.sampled_from(sorted(gone))) if gone else None
    wide, narrow = bounds(labs, gone), bounds(labs, gone - {filled})
    for scale in MINE:
        assert wide[scale].at_least <= narrow[scale].at_least
        assert narrow[scale].at_most <= wide[scale].at_most
