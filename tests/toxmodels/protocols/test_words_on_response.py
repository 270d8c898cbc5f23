"""A clinician's word on the response: how long it stands, and what of ICANS it speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    agents,
    case,
    drug,
    exam,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Assessment, Case, assess

HOT = {"temperature_c": 38.6}
LOW = vitals(40, **HOT, hypotensive=True)


def sets(*hours: float, **more: Any) -> list[dict[str, Any]]:
    return [vitals(hour, **(HOT | {"hypotensive": True} | more)) for hour in hours]


def dexamethasone(*hours: float, mg: float = 10.0, **more: Any) -> list[dict[str, Any]]:
    return [drug(hour, "dexamethasone", dose_mg=mg, purpose="crs", **more) for hour in hours]


def said(hours: float, change: str, to: str = "dexamethasone") -> dict[str, Any]:
    return {"at": stamp(hours), "kind": "response", "to": to, "change": change}


def rules(patient: Case, hours: float, protocol: str) -> set[str]:
    found = assess(patient, at=when(hours), protocol=protocol)
    return {name.partition("/")[2] for one in found.advice for name in (one.rule, *one.also)}


@pytest.mark.parametrize(
    ("why", "later", "stands"),
    [
        ("the next dose of the same course", dexamethasone(52), True),
        ("a smaller one", dexamethasone(52, mg=8.0), True),
        ("more of it asks anew", dexamethasone(52, mg=20.0), False),
        ("another drug asks anew", [drug(52, "methylprednisolone", dose_mg=60.0)], False),
        ("tocilizumab asks anew", tocilizumab(52), False),
    ],
)
def test_doses_charted_one_by_one_take_no_word_back(why: str, later: list, stands: bool) -> None:
    ill = {"vitals": sets(40, 46, 53), "neuro": [exam(53)], "events": [said(51, "same")]}
    patient = case(**ill, treatments=[*dexamethasone(40), *later])
    found = {"crs-2-toci-second"} & rules(patient, 53, "site-example")
    assert bool(found) is stands, why


def test_a_break_asks_anew_and_an_order_that_runs_on_is_no_break() -> None:
    ill = {"vitals": sets(40, 70, 92), "neuro": [exam(92)], "events": [said(51, "same")]}
    paused = case(**ill, treatments=[*dexamethasone(40), *dexamethasone(91)])
    assert "crs-2-toci-second" not in rules(paused, 92, "site-example")
    order = [*dexamethasone(40, interval_h=12.0), *dexamethasone(91, interval_h=12.0)]
    assert "crs-2-toci-second" in rules(case(**ill, treatments=order), 92, "site-example")
    denser = [*dexamethasone(40, interval_h=12.0), *dexamethasone(52, interval_h=6.0)]
    assert "crs-2-toci-second" not in rules(case(**ill, treatments=denser), 92, "site-example")


# ICANS


def icans(*treatments: dict[str, Any], at: float, began: float = 140, **more: Any) -> Case:
    """ICANS 3 from ``began`` on, examined every 12 h, without CRS."""
    hours = [began + 6.0 * one for one in range(int((at - began) // 6) + 1)]
    return case(
        vitals=[vitals(hour) for hour in (began, at)],
        neuro=[exam(began - 6), *(exam(hour, lost=8) for hour in hours)],
        treatments=list(treatments),
        **more,
    )


def flags(patient: Case, hours: float, protocol: str | None = None) -> Assessment:
    return assess(patient, at=when(hours), protocol=protocol)


def asked(patient: Case, hours: float) -> str | None:
    found = {one.id: one.says for one in flags(patient, hours).flags}
    return found.get("icans-response-due")


ORDER = drug(140, "dexamethasone", dose_mg=10.0, interval_h=6.0, purpose="icans")


def test_a_day_of_corticosteroid_against_icans_asks_how_it_went_whatever_the_protocol() -> None:
    assert asked(icans(ORDER, at=163.9), 163.9) is None
    told = asked(icans(ORDER, at=164), 164)
    assert told == "Response of ICANS not recorded, 24 h on a corticosteroid"
    for protocol in ("asco-2021", "nccn-2026-2", "label-us"):
        found = flags(icans(ORDER, at=164), 164, protocol).flags
        assert "icans-response-due" in {one.id for one in found}
    answered = icans(ORDER, at=164, events=[said(163, "improved")])
    assert asked(answered, 164) is None
    about_crs = icans(ORDER, at=164, events=[said(163, "same", "tocilizumab")])
    assert asked(about_crs, 164) is not None


def test_not_better_is_asked_about_again_a_day_later() -> None:
    told = [said(164, "same")]
    assert asked(icans(ORDER, at=187, events=told), 187) is None
    again = asked(icans(ORDER, at=188, events=told), 188)
    assert again == "Response of ICANS not recorded, 24 h after the last word"


def test_it_is_asked_while_the_corticosteroid_goes_on_so_that_it_can_be_tapered() -> None:
    over = icans(ORDER, at=170)
    exams = [*over.neuro, *case(neuro=[exam(176), exam(182)]).neuro]
    running = over.model_copy(update={"neuro": tuple(exams)})
    assert asked(running, 182) is not None
    stopped = ORDER | {"stopped_at": stamp(150)}
    ended = icans(stopped, at=170).model_copy(update={"neuro": tuple(exams)})
    assert asked(ended, 182) is None


def test_nobody_is_asked_without_a_corticosteroid_or_without_icans() -> None:
    assert asked(icans(at=170), 170) is None
    well = case(vitals=[vitals(170)], neuro=[exam(140), exam(170)], treatments=[ORDER])
    assert asked(well, 170) is None


@pytest.mark.parametrize("protocol", ["site-example", "asco-2021", "ebmt-eha-2022"])
def test_a_corticosteroid_of_days_before_does_not_make_icans_refractory(protocol: str) -> None:
    """The clock is that of ICANS: what was given and said for CRS before says nothing of it."""
    crs = sets(40, 46, vasopressors=agents("norepinephrine"))
    given = dexamethasone(40, interval_h=6.0)
    word = [said(60, "same")]
    early = icans(*given, at=146, events=word)
    early = early.model_copy(update={"vitals": (*case(vitals=crs).vitals, *early.vitals)})
    consulted = {"icans-refractory", "icans-refractory-anakinra"}
    assert not consulted & rules(early, 146, protocol)
    late = icans(*given, at=164, events=[*word, said(163, "same")])
    assert consulted & rules(late, 164, protocol)
