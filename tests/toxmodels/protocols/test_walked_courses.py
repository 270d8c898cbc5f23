"""Courses walked from one hour to the next: what comes back, what goes on, what has grown old."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    HOT,
    LOW,
    PRESSOR,
    case,
    drug,
    exam,
    oxygen,
    said,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.protocols.advice import Advice

Json = dict[str, Any]
GUIDELINES = ("asco-2021", "nccn-2026-2", "ebmt-eha-2022", "sitc-2020", "site-example")
NASAL = {"oxygen": oxygen("nasal_cannula", 4.0)}
WELL = {"other_signs": [], "new_confusion": False, "cerebral_oedema": "none"}
UNGRADED = pytest.mark.parametrize("sign", [PRESSOR, LOW, NASAL])


def exams(*hours: float, lost: int = 0) -> list[Json]:
    return [exam(hour, lost, **WELL) for hour in hours]


def dexamethasone(*hours: float, mg: float = 10.0, purpose: str = "crs") -> list[Json]:
    return [drug(hour, "dexamethasone", dose_mg=mg, route="iv", purpose=purpose) for hour in hours]


def answer(hours: float, change: str) -> Json:
    return said(hours, change) | {"to": "dexamethasone"}


def asked(patient: Case, hours: float, protocol: str) -> tuple[Advice, ...]:
    return assess(patient, at=when(hours), protocol=protocol).advice


def rules(patient: Case, hours: float, protocol: str) -> set[str]:
    found = asked(patient, hours, protocol)
    return {name.partition("/")[2] for one in found for name in (one.rule, *one.also)}


def flags(patient: Case, hours: float, protocol: str | None = None) -> dict[str, str]:
    return {one.id: one.says for one in assess(patient, at=when(hours), protocol=protocol).flags}


# A second grade 3, where tocilizumab hides fever


def twice(product: str, *, doses: tuple[float, ...] = (0, 168), free: bool = True) -> Case:
    """Grade 3, tocilizumab, a stretch without a sign, and grade 3 again at 180 h."""
    between = [vitals(hour) for hour in range(24, 168, 8)] if free else [vitals(24), vitals(30)]
    return case(
        product=product,
        therapy={"doses": [{"given_at": stamp(hour)} for hour in doses]},
        vitals=[vitals(10, **HOT, **PRESSOR), *between, vitals(180, **HOT, **PRESSOR)],
        neuro=exams(10, 180),
        treatments=tocilizumab(11),
    )


@pytest.mark.parametrize(
    ("product", "protocol", "rule", "step"),
    [
        ("tarlatamab", "label-us", "tarlatamab-crs-3-recurrent-stop", "stop"),
        ("tarlatamab", "nccn-2026-2", "tarlatamab-crs-3-recurrent-stop", "stop"),
        ("teclistamab", "label-us", "myeloma-crs-3-recurrent", "hold"),
        ("teclistamab", "nccn-2026-2", "next-dose-crs-3-again", "hold"),
        ("mosunetuzumab", "label-us", "mosunetuzumab-crs-3-recurrent", "hold"),
        ("epcoritamab", "nccn-2026-2", "next-dose-crs-3-again", "hold"),
    ],
)
def test_a_second_grade_3_counts_although_tocilizumab_hides_fever(
    product: str, protocol: str, rule: str, step: str
) -> None:
    found = asked(twice(product), 180, protocol)
    assert [one.step for one in found if one.rule.endswith(f"/{rule}")] == [step]
    for other in (twice(product, doses=(0,)), twice(product, free=False)):
        assert rule not in rules(other, 180, protocol), "without a dose or a free day: the same CRS"


# Hypotension or hypoxia without fever has no grade, and is no ground to do less


def split(**last: Any) -> Case:
    return case(
        product="obecabtagene-autoleucel",
        patient={"marrow_blasts_percent": 30.0, "weight_recorded_at": stamp(0)},
        therapy={"doses": [{"given_at": stamp(0), "dose_cells": 10e6}]},
        vitals=[vitals(210), vitals(216, **last)],
        neuro=exams(210, 216),
    )


@UNGRADED
def test_no_second_dose_of_cells_beside_a_sign_without_a_grade(sign: Json) -> None:
    well = asked(split(), 216, "label-us")
    assert [one.blocked_by for one in well if one.step == "restart"] == [None]
    found = asked(split(**sign), 216, "label-us")
    assert "restart" not in {one.step for one in found}
    (open_,) = [one for one in found if one.rule.endswith("second-open")]
    assert open_.dose_mg is None
    assert open_.blocked_by is not None
    assert open_.worksheet is not None
    assert not open_.worksheet.allowed


@UNGRADED
def test_nobody_is_sent_home_with_an_infusion_beside_a_sign_without_a_grade(sign: Json) -> None:
    def infused(**last: Any) -> Case:
        part = {"started_at": stamp(0), "rate_ug_day": 28.0, "cycle": 1}
        burden = {"marrow_blasts_percent": 10.0, "peripheral_blasts_per_ul": 0}
        return case(
            product="blinatumomab",
            patient=burden | {"extramedullary_disease": False, "height_cm": 172.0},
            therapy={
                "doses": None,
                "infusions": [part],
                "indication": "b-all-rr",
                "region": "us",
            },
            vitals=[vitals(210), vitals(218, **last)],
            neuro=exams(218),
        )

    assert "home-rr-cycle-1" in rules(infused(), 218, "blinatumomab-us")
    assert "home-rr-cycle-1" not in rules(infused(**sign), 218, "blinatumomab-us")


@pytest.mark.parametrize("protocol", GUIDELINES)
def test_crs_is_settling_only_where_somebody_looked_and_nothing_stands_beside_it(
    protocol: str,
) -> None:
    severe = [vitals(38, **HOT), vitals(40, **HOT, **PRESSOR)]
    told = {"neuro": exams(40)}
    over = case(vitals=[*severe, vitals(60)], **told)
    assert "crs-waning-iec-hs" in rules(over, 60, protocol)
    unseen = case(vitals=severe, **told)
    assert "crs-waning-iec-hs" not in rules(unseen, 60, protocol)
    beside = case(vitals=[*severe, vitals(60, **PRESSOR)], **told)
    assert "no-fever-but-hypotension-or-hypoxia" in flags(beside, 60)
    assert "crs-waning-iec-hs" not in rules(beside, 60, protocol)


# A word on the response, and what came after it

TAPERS = {"crs-taper", "corticosteroid-taper"}
FLARE = {
    "product": "axicabtagene-ciloleucel",
    "vitals": [vitals(hour) for hour in range(88, 200, 4)],
    "neuro": [
        *exams(90),
        *exams(96, lost=5),
        *exams(112, lost=2),
        *exams(120, 132),
        *exams(140, lost=2),
        *exams(156),
    ],
    "treatments": [
        *dexamethasone(97, 103, 109, 115, purpose="icans"),
        *dexamethasone(127, 139, mg=4.0, purpose="icans"),
    ],
    "events": [answer(128, "improved")],
}


@pytest.mark.parametrize("protocol", GUIDELINES)
def test_no_taper_is_advised_while_the_flare_asks_for_more(protocol: str) -> None:
    patient = case(**FLARE)
    assert TAPERS & rules(patient, 132, protocol)
    assert "t16" in flags(patient, 140, protocol)
    assert not TAPERS & rules(patient, 140, protocol)
    assert TAPERS & rules(patient, 156, protocol), "it is over again, and nobody took it back"
    again = case(**FLARE | {"events": [answer(128, "improved"), answer(140.5, "improved")]})
    assert TAPERS & rules(again, 141, protocol), "said anew of what is there now"


@pytest.mark.parametrize("protocol", GUIDELINES)
def test_fever_that_comes_back_is_neither_tapered_nor_sent_home(protocol: str) -> None:
    patient = case(
        product="axicabtagene-ciloleucel",
        vitals=[vitals(40, **HOT, **NASAL), vitals(48), vitals(56), vitals(72, **HOT)],
        neuro=exams(40, 48, 56, 72),
        treatments=[*tocilizumab(40.5), *dexamethasone(40.5, 52.5, 64.5)],
        events=[said(48.5, "improved")],
    )
    assert TAPERS & rules(patient, 56, protocol)
    assert not (TAPERS | {"crs-responding-outpatient"}) & rules(patient, 72, protocol)


def test_same_from_before_a_day_without_crs_says_nothing_of_what_came_after() -> None:
    free = [vitals(hour) for hour in (60, 70, 80, 90, 100)]
    ill = [vitals(hour, **HOT, **LOW) for hour in (60, 70, 80, 90, 100)]
    told = {"treatments": tocilizumab(41), "events": [said(50, "same")], "neuro": exams(120)}
    ends = [vitals(40, **HOT, **LOW), vitals(50, **HOT, **LOW)], [vitals(120, **HOT, **LOW)]
    lasting = case(vitals=[*ends[0], *ill, *ends[1]], **told)
    assert "t04" in flags(lasting, 120, "asco-2021")
    assert "crs-2-no-improvement" in rules(lasting, 120, "asco-2021")
    anew = case(vitals=[*ends[0], *free, *ends[1]], **told)
    assert "t04" not in flags(anew, 120, "asco-2021")
    assert "crs-2-no-improvement" not in rules(anew, 120, "asco-2021")
    assert "crs-2-tocilizumab" in rules(anew, 120, "asco-2021")


# Sepsis: a drug that wears off ends nothing while the pressure is low


def shocked(until: float, *after: Json, treatments: list[Json] | None = None) -> Case:
    """Low pressure two hours after dexamethasone, then a vasopressor without fever."""
    first = [vitals(48, **HOT, **LOW), vitals(52, **HOT, **LOW)]
    later = [vitals(hour, **PRESSOR) for hour in range(56, int(until) + 1, 4)]
    return case(
        vitals=[*first, *later, *after],
        neuro=exams(48),
        treatments=[*dexamethasone(46), *(treatments or [])],
    )


def test_the_hour_of_sepsis_does_not_end_because_the_corticosteroid_wore_off() -> None:
    assert "t17" in flags(shocked(92), 92)
    worn_off = flags(shocked(108), 108)
    assert "may have hidden fever when it began" in worn_off["t17"]
    assert "60 h over" in worn_off["t17"] or "59 h over" in worn_off["t17"]
    treated = shocked(108, treatments=[drug(100, "meropenem", route="iv", dose_mg=1000.0)])
    assert "t17" not in flags(treated, 108)
    assert "t17" not in flags(shocked(104, vitals(108)), 108), "nothing hides fever, nothing is low"


def test_the_signs_of_sepsis_are_said_as_they_are_now() -> None:
    told = flags(shocked(56), 56)["t17"]
    assert told.startswith("norepinephrine running; "), "no longer beside the pressure before it"
    later = flags(shocked(56, vitals(60), vitals(68), vitals(76)), 76)["t17"]
    assert later.startswith("norepinephrine running 20 h ago; ")


# A flare is said of a corticosteroid that is reduced, not of one that is raised


@pytest.mark.parametrize(
    ("why", "given", "reduced"),
    [
        ("a dose given early", dexamethasone(97, 103, 105, 111), False),
        (
            "high-dose methylprednisolone in its place",
            [
                *dexamethasone(85, 91, 97, 100),
                *(drug(h, "methylprednisolone", dose_mg=1000.0) for h in (101, 111.5)),
            ],
            False,
        ),
        ("every 12 h after every 6 h", dexamethasone(75, 81, 87, 99, 111), True),
        ("a smaller dose", [*dexamethasone(99, 105), *dexamethasone(111, mg=4.0)], True),
    ],
)
def test_a_fall_on_a_corticosteroid_that_was_raised_is_no_flare_of_a_taper(
    why: str, given: list[Json], reduced: bool
) -> None:
    fall = [*exams(104), *exams(112, lost=4)]
    patient = case(vitals=[vitals(104), vitals(112)], neuro=fall, treatments=given)
    found = flags(patient, 112)
    assert "t08" in found
    assert ("t16" in found) is reduced, why


# CD20 infusions: what fell from grade 3 is not restarted


@pytest.mark.parametrize("protocol", ["nccn-2026-2", "label-us"])
@pytest.mark.parametrize("product", ["glofitamab", "mosunetuzumab"])
@pytest.mark.parametrize("now", [{}, NASAL])
def test_an_infusion_is_not_restarted_after_grade_3_has_fallen(
    product: str, protocol: str, now: Json
) -> None:
    def told(worst: Json) -> tuple[Advice, ...]:
        sets = [vitals(4, **HOT, **worst), vitals(16, **HOT, **now)]
        return asked(case(product=product, vitals=sets, neuro=exams(16)), 16, protocol)

    mild = [one.advise for one in told({}) if one.step == "hold"]
    assert any("rate" in one or "slow" in one for one in mild)
    unseen = case(product=product, vitals=[vitals(-4)], neuro=exams(1))
    maybe = assess(unseen, at=when(1), protocol=protocol).if_confirmed
    assert any(one.if_grade == 1 and "nterrupt the infusion" in one.advise for one in maybe)
    (hold,) = [one for one in told(PRESSOR) if one.step == "hold"]
    assert "restart nothing" in hold.advise
    assert "72 h" in hold.advise


# What was done, and what two rules say of one dose


def test_a_dose_just_given_and_an_order_that_runs_stand_beside_the_advice() -> None:
    def asks(hours: float, *given: Json) -> tuple[str, ...]:
        patient = case(vitals=[vitals(96)], neuro=exams(96, lost=5), treatments=list(given))
        (one,) = [
            one for one in asked(patient, hours, "nccn-2026-2") if one.drug == "dexamethasone"
        ]
        assert one.dose_mg == 10.0
        return one.confirm

    (told,) = asks(97, *dexamethasone(96.5, purpose="icans"))
    assert told == "dexamethasone 10 mg was given 0 h 30 min ago: is another dose meant?"
    assert asks(102.5, *dexamethasone(96.5, purpose="icans")) == ()
    assert asks(97, *dexamethasone(95, purpose="premedication")) == ()
    assert asks(97) == ()
    order = drug(90, "dexamethasone", dose_mg=10.0, interval_h=6.0, purpose="icans")
    (runs,) = asks(103, order)
    assert runs == "dexamethasone 10 mg every 6 h runs: in its place, never beside it"
    assert asks(103, order | {"stopped_at": stamp(97)}) == ()


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        ("asco-2021", "consider a corticosteroid beyond the first dose"),
        ("nccn-2026-2", "repeat only if fluids fail or oxygen need rises"),
    ],
)
def test_one_dose_for_two_toxicities_keeps_what_each_rule_says_of_it(
    protocol: str, says: str
) -> None:
    both = case(vitals=[vitals(40, **HOT, **NASAL)], neuro=exams(40, lost=2))
    (one,) = [one for one in asked(both, 40, protocol) if one.drug == "tocilizumab"]
    assert one.also
    assert any(says in caution for caution in one.cautions)
    alone = case(vitals=[vitals(40, **HOT, **NASAL)], neuro=exams(40))
    (crs,) = [one for one in asked(alone, 40, protocol) if one.drug == "tocilizumab"]
    assert not any(says in caution for caution in crs.cautions)
