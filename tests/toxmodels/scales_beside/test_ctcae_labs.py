"""CTCAE laboratory grades: every limit of three editions, units, baselines, and what is missing."""

import csv
import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels.casefile import load_case
from toxmodels.evidence import Evidence
from toxmodels.records import Labs
from toxmodels.scales.ctcae_labs import (
    EDITIONS,
    LabTermError,
    case_lab_grade,
    lab_finding,
    lab_grade,
    terms,
)
from toxmodels.sources import sources

ROWS = list(
    csv.DictReader(
        Path(__file__).with_name("ctcae_labs.csv").read_text(encoding="utf-8").splitlines()
    )
)


def span(grade):
    return (grade.at_least, grade.at_most)


def number(text):
    return float(text) if text else None


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['edition']} {row['term']} {row['why']}"
)
def test_the_printed_rows(row):
    # Grades as a validated open program gives them; open where it says it cannot grade.
    found = lab_grade(
        row["term"],
        float(row["value"]),
        row["edition"],
        unit=row["unit"] or None,
        upper_limit=number(row["upper_limit"]),
        lower_limit=number(row["lower_limit"]),
        baseline=number(row["baseline"]),
        baseline_range=row["baseline_range"] or None,
        anticoagulated=True,
    )
    low, _, high = row["grade"].partition("-")
    assert span(found) == (int(low), int(high or low))


# Value, limits and what it is worth, as printed in the rows of the edition.
ELECTROLYTES = [
    ("hyponatraemia", 134.9, {"lower_limit": 135}, ((1, 1), (1, 1), (1, 1)), "below the limit"),
    ("hyponatraemia", 135, {"lower_limit": 135}, ((0, 0), (0, 0), (0, 0)), "on the limit"),
    ("hyponatraemia", 130, {"lower_limit": 135}, ((1, 1), (1, 1), (1, 1)), "130 is grade 1"),
    ("hyponatraemia", 129, {"lower_limit": 135}, ((3, 3), (2, 3), (2, 3)), "symptoms unknown"),
    ("hyponatraemia", 129, {"symptomatic": False}, ((3, 3), (2, 2), (2, 2)), "no symptoms"),
    ("hyponatraemia", 129, {"symptomatic": True}, ((3, 3), (3, 3), (3, 3)), "with symptoms"),
    ("hyponatraemia", 125, {"symptomatic": False}, ((3, 3), (2, 2), (2, 2)), "125 is grade 2"),
    ("hyponatraemia", 124, {"symptomatic": False}, ((3, 3), (3, 3), (3, 3)), "below 125"),
    ("hyponatraemia", 120, {}, ((3, 3), (3, 3), (3, 3)), "120 is grade 3"),
    ("hyponatraemia", 119, {}, ((4, 4), (4, 4), (4, 4)), "below 120"),
    ("hypernatraemia", 150, {"upper_limit": 145}, ((1, 1), (1, 1), (1, 1)), "150 is grade 1"),
    ("hypernatraemia", 150.1, {}, ((2, 2), (2, 2), (2, 2)), "above 150"),
    ("hypernatraemia", 155.1, {}, ((3, 3), (3, 3), (3, 3)), "above 155"),
    ("hypernatraemia", 160, {}, ((3, 3), (3, 3), (3, 3)), "160 is grade 3"),
    ("hypernatraemia", 160.1, {}, ((4, 4), (4, 4), (4, 4)), "above 160"),
    ("hypokalaemia", 3.4, {"lower_limit": 3.5}, ((1, 2), (1, 2), (1, 2)), "symptoms unknown"),
    ("hypokalaemia", 3.0, {"lower_limit": 3.5, "symptomatic": True}, ((2, 2),) * 3, "3.0 is 2"),
    ("hypokalaemia", 2.9, {"lower_limit": 3.5}, ((3, 3),) * 3, "below 3.0"),
    ("hypokalaemia", 2.5, {}, ((3, 3),) * 3, "2.5 is grade 3"),
    ("hypokalaemia", 2.4, {}, ((4, 4),) * 3, "below 2.5"),
    ("hyperkalaemia", 5.5, {"upper_limit": 5.0}, ((1, 1),) * 3, "5.5 is grade 1"),
    ("hyperkalaemia", 5.6, {}, ((2, 2),) * 3, "above 5.5"),
    ("hyperkalaemia", 6.0, {}, ((2, 2),) * 3, "6.0 is grade 2"),
    ("hyperkalaemia", 6.1, {}, ((3, 3),) * 3, "above 6.0"),
    ("hyperkalaemia", 7.0, {}, ((3, 3),) * 3, "7.0 is grade 3"),
    ("hyperkalaemia", 7.1, {}, ((4, 4),) * 3, "above 7.0"),
    ("hypocalcaemia", 2.0, {"lower_limit": 2.1}, ((1, 1),) * 3, "2.0 is grade 1"),
    ("hypocalcaemia", 1.99, {}, ((2, 2),) * 3, "below 2.0"),
    ("hypocalcaemia", 1.75, {}, ((2, 2),) * 3, "1.75 is grade 2"),
    ("hypocalcaemia", 1.74, {}, ((3, 3),) * 3, "below 1.75"),
    ("hypocalcaemia", 1.49, {}, ((4, 4),) * 3, "below 1.5"),
    ("hypercalcaemia", 2.91, {}, ((2, 2),) * 3, "above 2.9"),
    ("hypercalcaemia", 3.1, {}, ((2, 2),) * 3, "3.1 is grade 2"),
    ("hypercalcaemia", 3.11, {}, ((3, 3),) * 3, "above 3.1"),
    ("hypercalcaemia", 3.41, {}, ((4, 4),) * 3, "above 3.4"),
    ("hypocalcaemia_ionised", 0.99, {}, ((2, 2),) * 3, "below 1.0"),
    ("hypocalcaemia_ionised", 0.79, {}, ((4, 4),) * 3, "below 0.8"),
    ("hypophosphataemia", 0.79, {}, ((2, 2), (0, 4), (0, 4)), "only 4.03 grades by a number"),
    ("hypophosphataemia", 0.29, {}, ((4, 4), (0, 4), (0, 4)), "below 0.3"),
    ("hypoglycaemia", 2.9, {}, ((2, 2),) * 3, "below 3.0"),
    ("hypoglycaemia", 1.6, {}, ((4, 4),) * 3, "below 1.7"),
    ("hyperglycaemia", 9, {"upper_limit": 6}, ((0, 2), (0, 4), (0, 2)), "fasting unknown"),
    ("hyperglycaemia", 9, {"fasting": True}, ((2, 2), (0, 4), (2, 2)), "above 8.9, fasting"),
    ("hyperglycaemia", 9, {"fasting": False}, ((0, 0), (0, 4), (0, 0)), "not fasting"),
    ("hyperglycaemia", 14, {}, ((3, 3), (0, 4), (3, 3)), "above 13.9"),
    ("hyperglycaemia", 27.9, {}, ((4, 4), (0, 4), (4, 4)), "above 27.8"),
    ("hypertriglyceridaemia", 1.7, {}, ((0, 0),) * 3, "below 1.71"),
    ("hypertriglyceridaemia", 1.71, {}, ((1, 1),) * 3, "1.71 is grade 1"),
    ("hypertriglyceridaemia", 3.43, {}, ((2, 2),) * 3, "above 3.42"),
    ("hypertriglyceridaemia", 5.8, {}, ((3, 3),) * 3, "above 5.7"),
    ("hypertriglyceridaemia", 11.5, {}, ((4, 4),) * 3, "above 11.4"),
    ("hyperuricaemia", 500, {"upper_limit": 420}, ((1, 3),) * 3, "consequences unknown"),
    (
        "hyperuricaemia",
        591,
        {"upper_limit": 420, "symptomatic": False},
        ((4, 4), (1, 1), (1, 1)),
        "",
    ),
    ("albumin", 30, {"lower_limit": 35}, ((1, 1),) * 3, "30 is grade 1"),
    ("albumin", 29.9, {}, ((2, 2),) * 3, "below 30"),
    ("albumin", 19.9, {}, ((3, 3),) * 3, "below 20"),
]


@pytest.mark.parametrize("row", ELECTROLYTES, ids=lambda row: f"{row[0]} {row[1]} {row[4]}")
def test_electrolytes_and_chemistry(row):
    term, value, more, expected, _ = row
    unit = terms()[term].show
    for edition, wanted in zip(EDITIONS, expected, strict=True):
        assert span(lab_grade(term, value, edition, unit=unit, **more)) == wanted, edition


@pytest.mark.parametrize(
    ("term", "value", "unit", "grade", "why"),
    [
        ("haemoglobin", 6.2, "mmol/L", (0, 1), "6.2 mmol/L is not below 6.2, though 9.99 g/dL is"),
        ("hypertriglyceridaemia", 150, "mg/dL", (1, 1), "150 mg/dL by its own limit"),
        ("hypocalcaemia", 7.0, "mg/dL", (2, 2), "7.0 mg/dL is 1.747 mmol/L, which would be 3"),
        ("hyperuricaemia", 10, "mg/dL", (0, 3), "10 mg/dL is 594.8 µmol/L, which would be 4"),
        ("platelets", 24999, "/mm3", (4, 4), "counts per cubic millimetre"),
        ("neutrophils", 0.5, "10^3/uL", (3, 3), "500/µL is grade 3"),
        ("fibrinogen", 49, "mg/dL", (4, 4), "below 50 mg/dL"),
    ],
)
def test_a_value_is_compared_in_the_unit_it_was_entered_in(term, value, unit, grade, why):
    assert span(lab_grade(term, value, "4.03", unit=unit, baseline=0.0)) == grade, why


def test_a_limit_is_met_exactly_and_not_by_the_rounding_of_a_product():
    # 3 x 0.7 is 2.0999999999999996 in binary, and 2.1 would be above it.
    assert span(lab_grade("bilirubin", 2.1, "4.03", unit="mg/dL", upper_limit=0.7)) == (2, 2)
    assert span(lab_grade("alt", 2.1, "4.03", unit="µkat/L", upper_limit=0.7)) == (1, 1)


def test_without_a_baseline_an_abnormal_one_stays_possible():
    found = lab_grade("alt", 161, "5.0", unit="U/L", upper_limit=40)
    assert (span(found), found.missing) == ((0, 2), ("baseline",))
    # In 6.0 a baseline just above normal and four times as much now would be grade 4.
    assert span(lab_grade("alt", 161, "6.0", unit="U/L", upper_limit=40)) == (0, 4)
    assert span(lab_grade("alt", 40, "5.0", unit="U/L", upper_limit=40)) == (0, 0)
    found = lab_grade("alt", 161, "5.0", unit="U/L", baseline=30)
    assert (span(found), found.missing) == ((0, 4), ("upper_limit",))


def test_where_the_baseline_lay_may_be_known_in_part():
    def creatinine(lay, **more):
        asked = {"unit": "µmol/L", "upper_limit": 100, "baseline": 50, "baseline_range": lay}
        return span(lab_grade("creatinine", 90, "6.0", **asked | more))

    assert creatinine("low") == (2, 2)
    assert creatinine("not_low") == (0, 0)
    assert creatinine("normal") == (0, 0)
    assert creatinine("not_high") == (0, 2)  # it may have been below normal
    assert creatinine("not_high", lower_limit=60) == (2, 2)
    assert creatinine(None, lower_limit=45) == (0, 0)


def test_nothing_multiplies_up_to_a_value_of_nought():
    found = lab_grade("creatinine", 0, "4.03", unit="µmol/L", upper_limit=100)
    assert (span(found), found.missing) == ((0, 0), ())


def test_what_is_not_recorded_is_open_and_named():
    assert lab_grade("platelets", None, "5.0", unit="10⁹/L").missing == ("value",)
    found = lab_grade("platelets", 20, "5.0", unit=None)
    assert (span(found), found.missing, found.complete) == ((0, 4), ("unit",), False)
    found = lab_grade("inr", 1.3, "5.0", unit=None, baseline=0.8)
    assert (span(found), found.missing) == ((1, 2), ("anticoagulated",))
    found = lab_grade("inr", 1.3, "5.0", unit=None, anticoagulated=True)
    assert (span(found), found.missing) == ((1, 3), ("baseline",))
    assert lab_grade("hypophosphataemia", 0.2, "6.0", unit="mmol/L").missing == ("judgement",)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("platelet", 1, "5.0", "10⁹/L"), 'no laboratory term "platelet"'),
        (("platelets", 1, "7.0", "10⁹/L"), 'no CTCAE edition "7.0"'),
        (("platelets", 1, "5.0", "g/L"), '"g/L" is no unit of it'),
    ],
)
def test_what_does_not_exist_is_refused_by_name(asked, says):
    term, value, edition, unit = asked
    with pytest.raises(LabTermError, match=says):
        lab_grade(term, value, edition, unit=unit)


def test_every_term_is_well_made():
    for term, edition in product(terms().values(), EDITIONS):
        assert term.analyte is None or term.analyte in Labs.model_fields
        found = lab_grade(term.id, None, edition, unit=term.show)
        assert found.cite.source in sources()
        assert found.at_least == 0 < found.at_most <= 4


# -- laws ------------------------------------------------------------------------------------------

VALUES = st.decimals(0, 2000, places=2).map(float)
KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "upper_limit": VALUES,
        "lower_limit": VALUES,
        "baseline": VALUES,
        "anticoagulated": st.booleans(),
        "symptomatic": st.booleans(),
        "fasting": st.booleans(),
    },
)
TERMS = st.sampled_from(sorted(terms()))


@given(TERMS, VALUES, st.sampled_from(EDITIONS), KNOWN, st.data())
def test_filling_a_gap_only_narrows(term, value, edition, known, data):
    unit = terms()[term].show
    full = lab_grade(term, value, edition, unit=unit, **known)
    assert full.complete or full.missing
    if not known:
        return
    gone = data.draw(st.sampled_from(sorted(known)))
    less = {name: one for name, one in known.items() if name != gone}
    wider = lab_grade(term, value, edition, unit=unit, **less)
    assert wider.at_least <= full.at_least <= full.at_most <= wider.at_most


@given(TERMS, st.lists(VALUES, min_size=2, max_size=2), st.sampled_from(EDITIONS), KNOWN)
def test_a_worse_value_never_lowers_a_bound(term, values, edition, known):
    rule = terms()[term].rules.get(edition)
    if rule is None:
        return
    better, worse = sorted(values, reverse=rule.rows[0].sign == "<")
    unit = terms()[term].show
    first = lab_grade(term, better, edition, unit=unit, **known)
    second = lab_grade(term, worse, edition, unit=unit, **known)
    assert first.at_least <= second.at_least
    assert first.at_most <= second.at_most


# -- over a case -----------------------------------------------------------------------------------

BEFORE = {"taken_at": "2026-02-28T08:00:00Z", "alt_u_l": 45.0, "creatinine_umol_l": 40.0}
NOW = {"taken_at": "2026-03-03T08:00:00Z", "alt_u_l": 161.0, "creatinine_umol_l": 90.0}


def evidence(*labs):
    patient = {"id": "A1"}
    therapy = {"product": "axicabtagene-ciloleucel", "started_at": "2026-03-01T10:00:00Z"}
    case = {"format": "toxwatch-case/1", "patient": patient, "therapy": therapy, "labs": list(labs)}
    read = load_case(json.dumps(case))
    return Evidence(read, max(one.taken_at for one in read.labs or ()))


def test_a_case_gives_value_limits_and_baseline():
    now = NOW | {"upper_limits": {"alt_u_l": 40.0, "creatinine_umol_l": 100.0}}
    seen = evidence(BEFORE, now | {"lower_limits": {"creatinine_umol_l": 45.0}})
    assert span(case_lab_grade(seen, "alt", "5.0")) == (2, 2)  # 3.6 x the abnormal baseline
    assert span(case_lab_grade(seen, "alt", "6.0")) == (3, 3)
    assert span(case_lab_grade(seen, "alt", "4.03")) == (2, 2)
    assert span(case_lab_grade(seen, "creatinine", "6.0")) == (2, 2)
    finding = lab_finding(seen, "alt", "6.0")
    assert (finding.value, finding.limit) == (
        "161 U/L",
        "> 2 x baseline (baseline above normal)",
    )
    assert (finding.taken_at, finding.missing) == (seen.at, None)


def test_the_baseline_lies_in_the_limits_of_its_own_sample():
    wide = BEFORE | {"upper_limits": {"alt_u_l": 50.0, "creatinine_umol_l": 100.0}}
    now = NOW | {"upper_limits": {"alt_u_l": 40.0}}
    assert span(case_lab_grade(evidence(wide, now), "alt", "5.0")) == (2, 2)
    assert span(case_lab_grade(evidence(wide, now), "alt", "6.0")) == (2, 2)
    low = BEFORE | {"lower_limits": {"creatinine_umol_l": 45.0}}
    assert span(case_lab_grade(evidence(low, NOW), "creatinine", "6.0")) == (2, 4)
    normal = BEFORE | {"lower_limits": {"creatinine_umol_l": 35.0}}
    assert span(case_lab_grade(evidence(normal, NOW), "creatinine", "6.0")) == (0, 4)
    both = normal | {"upper_limits": {"creatinine_umol_l": 100.0}}
    assert span(case_lab_grade(evidence(both, NOW), "creatinine", "6.0")) == (0, 0)


def test_a_case_without_the_value_is_open():
    seen = evidence(BEFORE, NOW)
    finding = lab_finding(seen, "platelets", "5.0")
    assert (finding.at_least, finding.at_most, finding.taken_at) == (0, 4, None)
    assert finding.missing is not None
    assert lab_finding(seen, "lymphocytes", "5.0").missing is not None
