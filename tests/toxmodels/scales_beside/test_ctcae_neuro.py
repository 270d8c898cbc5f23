"""CTCAE neurological terms: what the record decides, what it leaves open, what a clinician says."""

from __future__ import annotations

import pytest

from tests.oracle.build import NOW
from tests.toxmodels.scales_beside.neuro_patients import (
    ADULT,
    BRIEF,
    CHILD,
    FIVE,
    SIX,
    bounds,
    graded,
    graded_by,
    look,
    says,
)
from toxmodels.label_grades import group_of_term, known_terms
from toxmodels.scales.ctcae_terms import OF_ALL, edition_of, named

BEFORE = {**ADULT, "conditions": ["hypertension", "epilepsy"]}
UNKNOWN = {key: value for key, value in ADULT.items() if key != "conditions"}
FIT = {**BRIEF, "kind": "generalised"}


def both(*exams, patient=None, **more) -> list[tuple[int, int]]:
    return [bounds(graded(scale, *exams, patient=patient, **more)) for scale in (FIVE, SIX)]


def test_an_exam_that_looked_for_everything_and_found_nothing_is_0_on_both_editions() -> None:
    assert both(look()) == [(0, 0), (0, 0)]
    assert "Not asked for by any exam field: somnolence" in says(graded(FIVE, look()))


@pytest.mark.parametrize(
    ("waking", "grade", "why"),
    [
        ("drowsy", (1, 1), "4.7, decreased alertness"),
        ("voice", (2, 2), "4.7, sedation, slow to respond"),
        ("tactile", (3, 3), "4.7, difficult to arouse"),
    ],
)
def test_waking(waking: str, grade: tuple[int, int], why: str) -> None:
    for found in both(look(consciousness=waking)):
        assert found == grade, why


def test_stupor_and_coma_are_one_answer_of_the_exam_and_two_grades() -> None:
    five, six = both(look(consciousness="unarousable"))
    assert five == (3, 4), "4.7: difficult to arouse 3, coma 4; the exam does not tell them apart"
    assert six == (4, 4), "4.7, the term ICANS of version 6: life-threatening"


@pytest.mark.parametrize(
    ("fit", "patient", "expected", "why"),
    [
        (BRIEF, ADULT, [(3, 3)] * 2, "4.7, trap: a first seizure is new onset however brief"),
        (FIT, ADULT, [(3, 3)] * 2, "4.7, trap: new onset, partial or generalised"),
        ({**BRIEF, "kind": "nonconvulsive_eeg"}, ADULT, [(3, 3)] * 2, "new onset"),
        (BRIEF, BEFORE, [(1, 1)] * 2, "4.7, brief partial without loss of consciousness"),
        (FIT, BEFORE, [(2, 2)] * 2, "4.7, brief generalised"),
        ({**BRIEF, "kind": "nonconvulsive_eeg"}, BEFORE, [(1, 2)] * 2, "neither row names it"),
        (BRIEF, UNKNOWN, [(1, 3)] * 2, "whether it is the first is not known"),
        (FIT, UNKNOWN, [(2, 3)] * 2, "whether it is the first is not known"),
        ({**FIT, "duration_min": 5.0}, BEFORE, [(2, 2)] * 2, "five minutes are brief (house)"),
        ({**FIT, "duration_min": 5.1}, BEFORE, [(3, 4)] * 2, "prolonged, not known repetitive"),
        ({**FIT, "duration_min": None}, BEFORE, [(2, 4)] * 2, "length not recorded"),
        ({**FIT, "duration_min": None}, ADULT, [(3, 4)] * 2, "length not recorded"),
        ({**FIT, "count": 3, "repetitive_without_recovery": False}, BEFORE, [(2, 3)] * 2,
         "4.7, multiple, whether despite treatment is not recorded"),
        ({**FIT, "repetitive_without_recovery": True}, BEFORE, [(4, 4)] * 2,
         "4.7, prolonged repetitive"),
        ({**BRIEF, "repetitive_without_recovery": True}, BEFORE, [(4, 4), (3, 4)],
         "4.7, version 6 says generalised"),
    ],
)  # fmt: skip
def test_seizures(fit: dict, patient: dict, expected: list, why: str) -> None:
    assert both(look(seizure=fit), patient=patient) == expected, why


def test_a_partial_seizure_with_consciousness_lost_is_not_brief_partial_for_certain() -> None:
    grade = graded(FIVE, look(seizure=BRIEF, consciousness="drowsy"), patient=BEFORE)
    fit = next(one for one in grade.findings if one.sign == "seizure")
    assert (fit.at_least, fit.at_most) == (1, 2)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["Seizure disorder"], (1, 1)),
        (["febrile convulsions as a child"], (1, 1)),
        (["no seizures", "diabetes"], (3, 3)),
        (["never had epilepsy"], (3, 3)),
    ],
)
def test_which_conditions_speak_of_earlier_seizures(conditions: list, expected: tuple) -> None:
    who = {**ADULT, "conditions": conditions}
    assert bounds(graded(FIVE, look(seizure=BRIEF), patient=who)) == expected


def test_a_seizure_before_the_first_dose_is_an_earlier_one() -> None:
    early = look(80, seizure=BRIEF)  # the dose was 70 h before NOW
    assert bounds(graded(FIVE, early, look(60), look(seizure=BRIEF), patient=UNKNOWN)) == (1, 1)


def test_two_seizures_that_stand_may_be_multiple_despite_treatment() -> None:
    fits = look(2, seizure=FIT), look(0, seizure=FIT)
    assert bounds(graded(FIVE, *fits, patient=BEFORE)) == (2, 3)


def test_seizures_are_open_where_nobody_asked_and_where_only_the_age_tells() -> None:
    assert bounds(graded(FIVE, look(seizure=None))) == (0, 4)
    assert bounds(graded(FIVE, look(13, seizure=BRIEF), look(seizure=None))) == (3, 4)
    no_age = {key: value for key, value in ADULT.items() if key != "age_years"}
    first = look(3, seizure=FIT, ice=None)
    found = graded(SIX, first, look(ice=None, capd={"total": 4}), patient=no_age)
    fit = next(one for one in found.findings if one.sign == "seizure")
    assert (fit.at_least, fit.at_most) == (0, 3)


@pytest.mark.parametrize(
    ("sign", "term", "expected"),
    [
        ("tremor", "Tremor", [(1, 3)] * 2),
        ("myoclonus", "Movements involuntary", [(1, 3)] * 2),
        ("headache", "Headache", [(1, 3)] * 2),
        ("hallucination", "Hallucinations", [(1, 4)] * 2),
        ("agitation", "Delirium", [(0, 4)] * 2),
        ("word_finding", "Dysphasia", [(1, 3), (1, 4)]),  # 4.7: version 6 adds grade 4
        ("facial_palsy", "Facial nerve disorder", [(1, 4)] * 2),
        ("parkinsonism", "Extrapyramidal disorder", [(1, 4)] * 2),
        ("gait_change", "Ataxia", [(1, 3)] * 2),
    ],
)
def test_a_sign_that_is_only_known_to_be_there_is_open_over_its_term(
    sign: str, term: str, expected: list
) -> None:
    assert both(look(other_signs=[sign])) == expected
    assert f"{term}: {sign.replace('_', ' ')}" in says(graded(FIVE, look(other_signs=[sign])))


def test_signs_nobody_looked_for_are_open_and_a_list_looked_through_is_not() -> None:
    assert both(look(other_signs=None)) == [(0, 4)] * 2
    assert "other signs, or none" in graded(FIVE, look(other_signs=None)).missing[0].says
    assert both(look(12), look(other_signs=None)) == [(0, 0)] * 2
    assert both(look(12.1), look(other_signs=None)) == [(0, 4)] * 2
    two = look(other_signs=["tremor"]), look(other_signs=["hallucination"])
    assert both(*two) == both(*two[::-1]) == [(1, 4)] * 2


@pytest.mark.parametrize(
    ("changed", "expected", "why"),
    [
        ({"new_confusion": True}, [(1, 4)] * 2, "4.7, confusion; how bad is not recorded"),
        ({"new_confusion": None}, [(0, 4)] * 2, "nobody asked"),
        ({"cerebral_oedema": "focal"}, [(3, 4), (1, 4)], "4.7, version 6 adds grade 1"),
        ({"cerebral_oedema": "haemorrhage_related"}, [(3, 4), (1, 4)], "with its haemorrhage"),
        ({"motor_weakness": "mild"}, [(1, 4)] * 2, "a term whose row was not read"),
        ({"motor_weakness": None}, [(0, 4)] * 2, "nobody looked"),
        ({"raised_icp": ["sixth_nerve_palsy"]}, [(1, 4)] * 2, "a term whose row was not read"),
        ({"ice": {"total": 9}}, [(1, 4), (1, 1)], "version 5 has no ICANS term"),
        ({"ice": {"total": 7}}, [(1, 4), (1, 1)], "4.7, version 6, ICE 7 to 9"),
        ({"ice": {"total": 6}}, [(1, 4), (2, 2)], "4.7, version 6, ICE 3 to 6"),
        ({"ice": {"total": 3}}, [(1, 4), (2, 2)], "4.7, version 6, ICE 3 to 6"),
        ({"ice": {"total": 2}}, [(1, 4), (3, 3)], "4.7, version 6, ICE 0 to 2"),
        ({"ice": None}, [(0, 4), (0, 3)], "not asked, and awake"),
    ],
)
def test_other_terms(changed: dict, expected: list, why: str) -> None:
    assert both(look(**changed)) == expected, why


def test_a_haemorrhage_is_a_term_of_its_own() -> None:
    assert "Intracranial hemorrhage" in says(
        graded(FIVE, look(cerebral_oedema="haemorrhage_related"))
    )


@pytest.mark.parametrize(
    ("capd", "waking", "five", "six", "why"),
    [
        (0, "alert", (0, 0), (0, 0), "4.7, no row"),
        (8, "alert", (0, 4), (1, 1), "4.7, CAPD 1 to 8 and wakes spontaneously"),
        (8, "voice", (2, 4), (2, 2), "4.7, CAPD 1 to 8 and wakes to voice"),
        (8, "tactile", (3, 4), (3, 3), "no row has both; the waking term is 3"),
        (9, "alert", (1, 4), (1, 3), "4.7, DIFF: 9 or more AND touch alone"),
        (9, "tactile", (3, 4), (3, 3), "4.7, CAPD 9 or more and wakes to touch alone"),
        (0, "voice", (2, 2), (2, 2), "no row has both; the waking term is 2"),
        (9, "unarousable", (3, 4), (4, 4), "4.7, life-threatening"),
    ],
)
def test_children(capd: int, waking: str, five: tuple, six: tuple, why: str) -> None:
    child = look(ice=None, capd={"total": capd}, consciousness=waking)
    assert both(child, patient=CHILD) == [five, six], why


def test_a_child_whose_capd_or_waking_was_not_recorded_is_open() -> None:
    assert both(look(ice=None), patient=CHILD)[1] == (0, 3)
    blind = look(ice=None, capd={"total": 4}, consciousness=None)
    assert both(blind, patient=CHILD)[1] == (1, 4)
    asleep = look(ice=None, capd={"total": 4}, consciousness="voice", other_cause=["consciousness"])
    assert both(asleep, patient=CHILD)[1] == (1, 1)
    other = look(ice=None, capd={"total": 12}, other_cause=["capd"])
    assert both(other, patient=CHILD) == [(0, 0), (0, 0)]
    usual = {**CHILD, "baseline_capd": 6}
    assert both(look(ice=None, capd={"total": 6}), patient=usual)[0] == (0, 0)


def test_an_unknown_age_is_open_over_both_exams() -> None:
    no_age = {key: value for key, value in ADULT.items() if key != "age_years"}
    assert both(look(ice={"total": 8}), patient=no_age)[1] == (0, 3)
    assert both(look(ice=None, capd={"total": 4}), patient=no_age)[1] == (0, 3)
    assert "age in years" in str(graded(SIX, look(), patient=no_age).missing)


@pytest.mark.parametrize(
    ("changed", "sign"),
    [
        ({"consciousness": "tactile"}, "consciousness"),
        ({"seizure": FIT}, "seizure"),
        ({"ice": {"total": 4}}, "ice"),
        ({"cerebral_oedema": "focal"}, "oedema"),
        ({"cerebral_oedema": "haemorrhage_related"}, "oedema"),
        ({"motor_weakness": "mild"}, "motor"),
        ({"raised_icp": ["papilloedema"]}, "raised_icp"),
    ],
)
def test_a_sign_attributed_to_another_cause_does_not_count(changed: dict, sign: str) -> None:
    assert both(look(**changed, other_cause=[sign])) == [(0, 0)] * 2


# --- a clinician's own grade --------------------------------------------------------------------
def test_a_clinicians_grade_wins_for_its_term() -> None:
    shaky = look(1, other_signs=["tremor"])
    assert both(shaky, gradings=[graded_by("tremor", 2, scale="ctcae")]) == [(2, 2)] * 2
    given = [graded_by("Tremor", 2)]
    assert bounds(graded(FIVE, shaky, gradings=given)) == (2, 2)
    assert bounds(graded(FIVE, look(1), gradings=[graded_by("dizziness", 3)])) == (3, 3)
    assert bounds(graded(FIVE, shaky, gradings=[graded_by("tremor", 0)])) == (0, 0)
    same = [graded_by("tremor", 1), graded_by("tremor", 3)]
    assert bounds(graded(FIVE, shaky, gradings=same)) == (3, 3)


def test_it_stands_while_newer_findings_fit_it_and_not_longer() -> None:
    given = [graded_by("tremor", 2, 5)]
    assert bounds(graded(FIVE, look(other_signs=["tremor"]), gradings=given)) == (2, 2)
    first = [graded_by("seizure", 1, 5)]
    worse = graded(FIVE, look(seizure=FIT), gradings=first)
    assert bounds(worse) == (3, 3)
    assert any(one.note and "graded 1 before" in one.note for one in worse.findings)
    milder = graded(FIVE, look(), gradings=[graded_by("depressed level of consciousness", 3, 5)])
    assert bounds(milder) == (0, 3)
    assert "the grade it has now" in milder.missing[0].says
    just_before = [graded_by("depressed level of consciousness", 3, 1)]
    assert bounds(graded(FIVE, look(), gradings=just_before)) == (3, 3)


def test_a_grade_of_everything_together_stands_for_every_term() -> None:
    shaky = look(1, other_signs=["tremor"], ice={"total": 8})
    given = [graded_by("tremor", 3, 2), graded_by("neurotoxicity", 1)]
    assert bounds(graded(FIVE, shaky, gradings=given)) == (1, 1)
    assert bounds(graded(FIVE, shaky, gradings=[graded_by("icans", 2)])) == (2, 2)
    later = [graded_by("neurotoxicity", 1, 2), graded_by("tremor", 3)]
    assert bounds(graded(FIVE, shaky, gradings=later)) == (3, 3)
    earlier = [graded_by("neurotoxicity", 1, 5)]
    assert bounds(graded(FIVE, look(consciousness="tactile"), gradings=earlier)) == (3, 3)


def test_icans_is_a_term_of_version_6_alone() -> None:
    dull = look(1, ice={"total": 8})
    given = [graded_by("immune effector cell-associated neurotoxicity syndrome", 4, scale="ctcae")]
    assert both(dull, gradings=given) == [(4, 4)] * 2
    assert "ICANS: graded 4" in says(graded(SIX, dull, gradings=given))
    assert "as a whole: graded 4" in says(graded(FIVE, dull, gradings=given))


def test_a_grade_of_another_edition_says_only_that_the_term_was_there() -> None:
    given = [graded_by("dizziness", 3, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(1), gradings=given)) == (1, 3)
    assert "not on this edition" in says(graded(FIVE, look(1), gradings=given))
    gone = [graded_by("dizziness", 0, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(1), gradings=gone)) == (0, 0)
    known = [graded_by("depressed level of consciousness", 3, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(), gradings=known)) == (0, 0)
    older = [graded_by("tremor", 3, 5, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(other_signs=["tremor"]), gradings=older)) == (1, 3)
    newer = [graded_by("tremor", 3, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(1, other_signs=["tremor"]), gradings=newer)) == (1, 3)
    whole = [graded_by("neurotoxicity", 3, scale="ctcae-4.03")]
    assert bounds(graded(FIVE, look(1), gradings=whole)) == (0, 0)


def test_grades_of_other_scales_and_other_terms_are_not_read() -> None:
    given = [
        graded_by("icans", 3, scale="astct-icans-2019"),
        graded_by("anaemia", 4),
        {"graded_at": NOW.isoformat(), "scale": "ctcae-5.0", "grade": 4},
    ]
    assert both(look(), gradings=given) == [(0, 0)] * 2


def test_a_grade_the_edition_does_not_have_is_kept_and_said() -> None:
    found = graded(FIVE, look(1), gradings=[graded_by("tremor", 4)])
    assert bounds(found) == (4, 4)
    assert any(one.note == "this edition has no grade 4 of the term" for one in found.findings)


def test_death() -> None:
    assert bounds(graded(FIVE, look(1), gradings=[graded_by("encephalopathy", 5)])) == (5, 5)
    death = {"at": NOW.isoformat(), "kind": "death", "due_to": "icans"}
    assert both(look(1), events=[death]) == [(5, 5)] * 2


def test_every_term_that_labels_read_as_neurological_is_known_here() -> None:
    terms = [one for one in known_terms() if group_of_term(one) == "neuro"]
    assert [one for one in terms if named(one) is None] == []
    assert named("Oedema cerebral") == "edema cerebral"
    assert named(None) is None
    assert {named(one) for one in OF_ALL} == OF_ALL


@pytest.mark.parametrize(
    ("scale", "edition"),
    [("ctcae-5.0", "5.0"), ("ctcae-neuro-6.0", "6.0"), ("CTCAE v5", "5.0"), ("ctcae", ""),
     ("ctcae-4.03", "4.03"), ("lee-2014", None)],
)  # fmt: skip
def test_the_edition_a_grade_names(scale: str, edition: str | None) -> None:
    assert edition_of(scale) == edition
