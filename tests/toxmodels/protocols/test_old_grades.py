"""A clinician's grade that the signs left behind, a toxicity that came back, a peak graded once."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from tests.toxmodels.escalation.situations import case, drug, exam, stamp, vitals, when
from toxmodels import Assessment, Case, assess
from toxmodels.protocols import read_protocol

HOT: dict[str, Any] = {"temperature_c": 38.8}
SHOCK = HOT | {"hypotensive": True, "vasopressors": [{"drug": "norepinephrine"}]}


def graded(hours: float, grade: int, scale: str = "lee-2014", term: str = "crs") -> dict[str, Any]:
    return {"graded_at": stamp(hours), "scale": scale, "term": term, "grade": grade}


def label(*gradings: dict[str, Any], calm: float, at: float) -> Assessment:
    """CRS 3 at 36 to 40 h, then nothing for so many hours, read every 4 h."""
    later = [vitals(44 + 4.0 * one) for one in range(int(calm // 4) + 1)]
    told = case(
        product="axicabtagene-ciloleucel",
        vitals=[vitals(36, **SHOCK), vitals(40, **SHOCK), *later],
        neuro=[exam(36), exam(at)],
        treatments=[drug(41, "tocilizumab", dose_mg=560.0)],
        gradings=[*gradings],
    )
    return assess(told, at=when(at), protocol="label-us")


def dosed(found: Assessment) -> list[str]:
    return [one.rule for one in found.advice if one.dose_mg is not None]


def test_a_grade_that_the_signs_left_behind_asks_for_a_new_one_instead_of_a_drug() -> None:
    assert dosed(label(graded(40, 3), calm=20, at=64)), "not yet seen gone for a day"
    found = label(graded(40, 3), calm=24, at=68)
    assert dosed(found) == []
    (one,) = [one for one in found.advice if one.rule == "grade-again"]
    assert "Lee 2014 grade 3 for CRS was given 28 h ago" in one.advise
    assert one.also == ("label-us/axicabtagene-crs-3-dexamethasone",)
    assert not any(one.urgency == "emergency" for one in found.advice)


@pytest.mark.parametrize(
    ("gradings", "at"),
    [
        ((graded(60, 3),), 68),  # given when the signs were gone: somebody knows why
        ((graded(40, 3),), 74),  # the vital signs are too old to say that it is gone
    ],
)
def test_it_stands_where_the_signs_do_not_speak_against_it(
    gradings: tuple[dict[str, Any], ...], at: float
) -> None:
    assert dosed(label(*gradings, calm=24, at=at)) == ["label-us/axicabtagene-crs-3-dexamethasone"]


# Blinatumomab


def blina(*sets: dict[str, Any], at: float, back: float | None = None, **more: Any) -> Case:
    """Off at 200 h for CRS of CTCAE grade 3, restarted low at ``back``."""
    parts: list[dict[str, Any]] = [
        {"started_at": stamp(0), "rate_ug_day": 28.0, "cycle": 2, "stopped_at": stamp(200)}
        | {"stop_reason": "toxicity"}
    ]
    if back is not None:
        parts.append({"started_at": stamp(back), "rate_ug_day": 9.0, "cycle": 2})
    therapy = {"doses": None, "infusions": parts, "region": "us", "indication": "b-all-rr"}
    ill = [vitals(198, **SHOCK), *(vitals(202 + 4.0 * one) for one in range(10)), *sets]
    paused = {"at": stamp(200), "kind": "infusion_paused", "reason": "crs"}
    return case(
        product="blinatumomab",
        therapy=therapy,
        vitals=[*ill, vitals(at)],
        neuro=[exam(198), exam(at)],
        events=[paused],
        **more,
    )


CRS3 = graded(199, 3, "ctcae-5.0", "cytokine release syndrome")
OVER = graded(240, 0, "ctcae-5.0", "cytokine release syndrome")


def rules(found: Assessment) -> set[str]:
    return {name.partition("/")[2] for one in found.advice for name in (one.rule, *one.also)}


def asked(told: Case, at: float) -> set[str]:
    return rules(assess(told, at=when(at), protocol="blinatumomab-us"))


@pytest.mark.parametrize(
    ("sets", "gradings"),
    [
        ((), [graded(400, 2, "ctcae-5.0", "cytokine release syndrome")]),
        ((), [graded(400, 1, "ctcae-5.0", "cytokine release syndrome")]),
        ((vitals(300, **HOT),), []),
    ],
)
def test_no_rise_of_the_dose_after_the_toxicity_came_back(
    sets: tuple[dict[str, Any], ...], gradings: list[dict[str, Any]]
) -> None:
    calm = asked(blina(at=420, back=245, gradings=[CRS3, OVER]), 420)
    assert "restarted-crs-raise" in calm
    assert "restarted-recurred" not in calm
    again = blina(*sets, at=420, back=245, gradings=[CRS3, OVER, *gradings])
    assert "restarted-recurred" in asked(again, 420)
    assert "restarted-crs-raise" not in asked(again, 420)


def test_another_toxicity_since_the_restart_is_no_recurrence() -> None:
    other = graded(400, 2, "ctcae-5.0", "headache")
    assert "restarted-crs-raise" in asked(
        blina(at=420, back=245, gradings=[CRS3, OVER, other]), 420
    )


def test_a_new_rise_does_not_ungrade_the_peak_that_was_graded() -> None:
    fever = vitals(290, **HOT)
    told = blina(fever, at=291, back=245, gradings=[CRS3, OVER])
    assert "crs-ungraded-peak" not in asked(told, 290)
    assert "crs-1-2" in asked(told, 290), "of the new rise the record itself shows grade 1"
    assert "crs-ungraded-peak" in asked(blina(fever, at=291, back=245), 290), "the control"
    early = graded(100, 1, "ctcae-5.0", "cytokine release syndrome")
    told = blina(fever, at=291, back=245, gradings=[early])
    assert "crs-ungraded-peak" in asked(told, 290), "graded before the peak"


def test_dexamethasone_against_crs_ends_after_three_days_in_a_taper() -> None:
    given = [drug(199 + 8.0 * one, "dexamethasone", dose_mg=8.0, purpose="crs") for one in range(9)]
    ill = [vitals(202 + 4.0 * one, **SHOCK) for one in range(30)]
    told = blina(*ill, at=322, gradings=[CRS3], treatments=given)
    for hours, stands in ((199 + 71.9, True), (199 + 72, False)):
        found = assess(told, at=when(hours), protocol="blinatumomab-us")
        (one,) = [one for one in found.advice if one.rule.endswith("crs-3-dexamethasone")]
        assert (one.dose_mg is not None) is stands, hours
    assert one.blocked_by is not None
    assert "up to 3 days, then a taper over 4 days" in one.blocked_by


def test_a_course_once_begun_is_not_broken_off_by_a_falling_grade() -> None:
    given = [drug(199 + 8.0 * one, "dexamethasone", dose_mg=8.0, purpose="crs") for one in range(5)]
    found = assess(
        blina(at=236, gradings=[CRS3], treatments=given), at=when(236), protocol="blinatumomab-us"
    )
    assert "crs-3-dexamethasone" in {r.partition("/")[2] for r in dosed(found)}
    never = assess(blina(at=236, gradings=[CRS3]), at=when(236), protocol="blinatumomab-us")
    assert "grade-again" in {one.rule for one in never.advice}


# One line for two toxicities, and a late fever


def test_a_late_fever_does_not_take_the_corticosteroid_of_icans_with_it() -> None:
    text = files("toxmodels.protocols").joinpath("nccn_2026_2.toml").read_text(encoding="utf-8")
    text = text.replace('"nccn-2026-2/', '"our-ward/').replace(
        'id = "nccn-2026-2"', 'id = "our-ward"'
    )
    ours = text.replace('"dex10-q24"', '"dex10-x1"').replace("onset_hours_max", "onset_hours_min")
    site = read_protocol(ours, "our_ward.toml")
    told = case(vitals=[vitals(400, **HOT)], neuro=[exam(390), exam(400, lost=2)])
    found = {one.rule: one for one in assess(told, at=when(400), protocol=site).advice}
    assert found["our-ward/crs-1-early-dexamethasone"].dose_mg is None
    assert found["our-ward/icans-1-dexamethasone"].dose_mg == 10.0
