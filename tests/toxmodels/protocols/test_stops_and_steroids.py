"""What was stopped stays stopped once its signs are over; ICANS is never left without a drug."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    exam,
    oxygen,
    said,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.protocols import protocols
from toxmodels.protocols.advice import Advice
from toxmodels.protocols.checks import protocol_faults
from toxmodels.protocols.rulebook import Rule

ENGAGERS = ("teclistamab", "epcoritamab", "glofitamab", "mosunetuzumab", "tarlatamab")
HOT = {"temperature_c": 38.5}
SUPPORT: dict[int, dict[str, Any]] = {
    1: {},
    2: {"oxygen": oxygen("nasal_cannula", 2.0)},
    3: {"hypotensive": True, "vasopressors": agents("norepinephrine")},
    4: {"oxygen": oxygen("ventilator", fio2=0.6)},
}
FITS = {"kind": "generalised", "started_at": stamp(29.8), "duration_min": 6.0, "resolved": True}
AGAIN = re.compile(r"\bresume|next dose|\brestart|until CRS has|\bmay continue", re.IGNORECASE)


def crs(hours: float, grade: int) -> dict[str, Any]:
    return vitals(hours, **HOT, **SUPPORT[grade])


def engager(product: str, *, doses: tuple[float, ...] = (0,), **parts: Any) -> Case:
    therapy = {"doses": [{"given_at": stamp(hours)} for hours in doses]}
    return case(product=product, therapy=therapy, **parts)


def asked(patient: Case, hours: float, protocol: str) -> tuple[Advice, ...]:
    return assess(patient, at=when(hours), protocol=protocol).advice


def steps(found: tuple[Advice, ...]) -> set[str]:
    return {one.step for one in found}


def gives_on(found: tuple[Advice, ...]) -> list[str]:
    on = [one for one in found if one.step != "stop" and AGAIN.search(one.advise)]
    return [one.rule for one in on if "permanently" not in one.advise]


@pytest.mark.parametrize("protocol", ["nccn-2026-2", "label-us"])
@pytest.mark.parametrize("product", ENGAGERS)
@pytest.mark.parametrize("sign", [{"ice": None, "consciousness": "unarousable"}, {"seizure": FITS}])
def test_icans_4_stops_an_engager_for_good_also_when_it_is_over(
    product: str, protocol: str, sign: dict
) -> None:
    worst = exam(30, **sign)
    sets = [vitals(30), crs(60, 1)]
    ill = engager(product, vitals=sets, neuro=[worst, exam(40), exam(60)])
    found = asked(ill, 60, protocol)
    assert "stop" in steps(found)
    assert gives_on(found) == []
    lower = exam(30, lost=5)
    mild = engager(product, vitals=sets, neuro=[lower, exam(40), exam(60)])
    assert "stop" not in steps(asked(mild, 60, protocol))
    assert gives_on(asked(mild, 60, protocol)), "the control: it does speak of giving it on"


def test_while_icans_4_lasts_a_label_that_is_silent_on_it_gives_nothing_on() -> None:
    both = {"vitals": [crs(30, 1)], "neuro": [exam(30, ice=None, consciousness="unarousable")]}
    found = asked(engager("mosunetuzumab", **both), 30, "label-us")
    assert "stop" in steps(found)
    assert gives_on(found) == []
    assert any("silent on ICANS grade 4" in one.advise for one in found)


def test_blinatumomab_goes_by_its_own_scale() -> None:
    therapy = {"doses": None, "infusions": [{"started_at": stamp(0), "rate_ug_day": 28.0}]}
    lower = {"graded_at": stamp(31), "scale": "ctcae-5.0", "term": "encephalopathy", "grade": 2}
    over = {"neuro": [exam(30, ice=None, consciousness="unarousable"), exam(60)]}
    told = case(
        product="blinatumomab", therapy=therapy, vitals=[vitals(60)], gradings=[lower], **over
    )
    assert "stop" not in steps(asked(told, 60, "nccn-2026-2"))


def test_tebentafusp_is_stopped_for_good_after_crs_4() -> None:
    sets = [crs(10, 4), vitals(30), vitals(60), crs(170, 2)]
    ill = engager("tebentafusp", doses=(0, 168), vitals=sets, neuro=[exam(170)])
    found = asked(ill, 170, "nccn-2026-2")
    assert "stop" in steps(found)
    assert gives_on(found) == []


@pytest.mark.parametrize("protocol", ["nccn-2026-2", "label-us"])
@pytest.mark.parametrize("product", ["teclistamab", "epcoritamab", "glofitamab", "mosunetuzumab"])
@pytest.mark.parametrize("now", [1, 3])
def test_no_next_dose_is_spoken_of_while_a_second_grade_3_bars_it(
    product: str, protocol: str, now: int
) -> None:
    calm = [vitals(30), vitals(60), vitals(100)]
    sets = [crs(10, 3), *calm, crs(175, 3), vitals(200), vitals(230), crs(340, now)]
    ill = engager(product, doses=(0, 168, 336), vitals=sets, neuro=[exam(340)])
    found = asked(ill, 340, protocol)
    assert any("give no dose before the label was opened" in one.advise for one in found)
    assert gives_on(found) == []
    once = engager(product, vitals=[crs(10, now)], neuro=[exam(10)])
    assert gives_on(asked(once, 10, protocol))


def test_only_a_hold_can_bar() -> None:
    book = protocols()["nccn-2026-2"]
    (hold,) = [one for one in book.rules if one.id.endswith("next-dose-crs-3-again")]
    assert hold.goes_on == "barred"
    care = Rule.model_validate(hold.model_dump() | {"step": "care"})
    faults = [*protocol_faults(book.model_copy(update={"rules": (care,)}), "x")]
    assert [one.says for one in faults] == ['"barred" is for a hold, and the step is "care"']


# ICANS beside CRS, where tocilizumab comes first

LIMIT = {"treatments": tocilizumab(50, 59, 68, 77)}
SEVERE = {"vitals": [crs(48, 1), crs(90, 1)], "neuro": [exam(84), exam(90, lost=8)]}


def corticosteroids(found: tuple[Advice, ...]) -> list[Advice]:
    names = ("dexamethasone", "methylprednisolone")
    return [one for one in found if one.drug in names and one.dose_mg is not None]


@pytest.mark.parametrize(
    ("why", "parts"),
    [
        ("the limit is reached", LIMIT),
        ("nobody weighed the patient", {"patient": {"weight_kg": None}}),
        (
            "CRS improved, ICANS did not",
            {
                "treatments": tocilizumab(70),
                "events": [said(89, "improved")],
                "vitals": [crs(68, 2), crs(88.5, 1), crs(90, 1)],
            },
        ),
        (
            "it improved at a time when the set had grown old",
            {
                "treatments": tocilizumab(70),
                "events": [said(89, "improved")],
                "vitals": [crs(68, 2), crs(90, 1)],
            },
        ),
    ],
)
def test_severe_icans_gets_its_corticosteroid_where_tocilizumab_cannot_be_given(
    why: str, parts: dict
) -> None:
    found = asked(case(**SEVERE | parts), 90, "asco-2021")
    assert all(one.dose_mg is None for one in found if one.drug == "tocilizumab"), why
    (one,) = corticosteroids(found)
    assert (one.drug, one.dose_mg, one.verification) == ("dexamethasone", 10.0, "house")
    assert "cannot be given" in one.cautions[0]


def test_where_tocilizumab_can_be_given_or_only_waits_the_protocol_is_followed() -> None:
    first = asked(case(**SEVERE), 90, "asco-2021")
    assert any(one.drug == "tocilizumab" and one.dose_mg == 560 for one in first)
    assert corticosteroids(first) == []
    waits = asked(case(**SEVERE, treatments=tocilizumab(87)), 90, "asco-2021")
    assert corticosteroids(waits) == []
    mild = SEVERE | {"neuro": [exam(84), exam(90, lost=2)]}
    assert corticosteroids(asked(case(**mild | LIMIT), 90, "asco-2021")) == []


def test_a_child_gets_the_amount_per_kg_and_no_flat_one() -> None:
    child = {"age_years": 13.0, "weight_kg": 30.0}
    found = asked(case(**SEVERE | LIMIT, patient=child), 90, "asco-2021")
    (one,) = corticosteroids(found)
    assert (one.drug, one.dose_mg) == ("methylprednisolone", 30.0)


def test_a_late_fever_holds_back_no_drug_against_icans() -> None:
    late = {"vitals": [vitals(399, **HOT)], "neuro": [exam(390), exam(399, lost=8)]}
    found = asked(case(**late), 399, "asco-2021")
    (held,) = [one for one in found if one.drug == "tocilizumab"]
    assert held.dose_mg is None
    assert "late fever" in held.blocked_by
    (one,) = corticosteroids(found)
    assert (one.drug, one.dose_mg, one.scale) == ("dexamethasone", 10.0, "astct-icans-2019")
    alone = asked(case(**late | {"neuro": [exam(390), exam(399)]}), 399, "asco-2021")
    assert corticosteroids(alone) == [], "grade 1 CRS alone still waits for a physician"


@pytest.mark.parametrize(
    "protocol", ["blinatumomab-us", "blinatumomab-eu", "blinatumomab-jp", "nccn-2026-2"]
)
@pytest.mark.parametrize("running", [True, False])
def test_an_interrupted_infusion_does_not_go_on(protocol: str, running: bool) -> None:
    segment = {"started_at": stamp(0), "rate_ug_day": 9.0}
    stopped = {} if running else {"stopped_at": stamp(20), "stop_reason": "toxicity"}
    patient = case(
        product="blinatumomab",
        therapy={"infusions": [{**segment, **stopped}], "indication": "b-all-rr", "doses": None},
        vitals=[crs(30, 1)],
        neuro=[exam(30, lost=2)],
        gradings=[
            {"graded_at": stamp(30), "scale": "ctcae-5.0", "term": term, "grade": 1}
            for term in ("neurotoxicity", "cytokine release syndrome")
        ],
    )
    goes_on = re.compile(
        "the infusion goes on|continue the infusion|not interrupt the", re.IGNORECASE
    )
    found = [one.rule for one in asked(patient, 30, protocol) if goes_on.search(one.advise)]
    assert bool(found) is running, found


@pytest.mark.parametrize(
    ("events", "tapers"),
    [
        ([], True),
        ([("Sedated", 33)], False),
        ([("Intubated", 33)], False),
        ([("Away", 33)], True),
        ([("Sedated", 29)], True),  # examined since
    ],
)
def test_no_taper_once_somebody_said_that_sedation_prevents_the_exam(
    events: list[tuple[str, float]], tapers: bool
) -> None:
    told = [
        {"at": stamp(hours), "kind": "not_done", "what": "neuro", "why": why}
        for why, hours in events
    ]
    dexamethasone = {"given_at": stamp(20), "drug": "dexamethasone", "dose_mg": 10.0}
    patient = case(
        vitals=[vitals(34)],
        neuro=[exam(19, lost=5), exam(30)],
        treatments=[{**dexamethasone, "interval_h": 6.0, "purpose": "icans"}],
        events=[
            *told,
            {"at": stamp(31), "kind": "response", "to": "dexamethasone", "change": "improved"},
        ],
    )
    found = {one for id_ in protocols() for one in steps(asked(patient, 34, id_))}
    assert ("taper" in found) is tapers
