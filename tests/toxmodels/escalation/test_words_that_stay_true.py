"""Flags that must go on telling the truth: doses used up, a rise that falls, a missing weight."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.escalation.situations import (
    HOT,
    LOW,
    PRESSOR,
    case,
    exam,
    said,
    stamp,
    tocilizumab,
    vitals,
    when,
)
from toxmodels import Case, assess
from toxmodels.escalation import Flag

Json = dict[str, Any]


def flag(patient: Case, hours: float, id_: str) -> Flag | None:
    found = assess(patient, at=when(hours), protocol="nccn-2026-2").flags
    return next((one for one in found if one.id == id_), None)


def used_up(*doses: float, change: str = "same", now: Json | None = None) -> Case:
    sets = [vitals(30, **HOT, **PRESSOR), vitals(34, **(PRESSOR if now is None else now))]
    return case(
        vitals=[*sets, *(vitals(hour, **(PRESSOR if now is None else now)) for hour in (46, 54))],
        neuro=[exam(30), exam(42), exam(54)],
        treatments=tocilizumab(*doses),
        events=[said(doses[-1] + 7.5, change)],
    )


def test_no_flag_forbids_the_dose_that_a_day_later_is_allowed() -> None:
    there = used_up(30.2, 38.5, 46.6)
    found = flag(there, 54.15, "t06")
    assert found is not None
    assert "until the limit of a day allows it" in found.action
    assert flag(there, 54.7, "t06") is None, "the first is a day old, and nobody has to look first"
    advice = assess(there, at=when(54.7), protocol="nccn-2026-2").advice
    assert any(one.drug == "tocilizumab" and one.dose_mg == 560.0 for one in advice)


def test_the_last_dose_of_the_course_stays_used_up_while_values_grow_old() -> None:
    there = used_up(20.2, 29.2, 38.3, 46.4)
    for hours in (54, 57.9, 60):
        found = flag(there, hours, "t06")
        assert found is not None, hours
        assert found.action.startswith("No further tocilizumab")


def test_who_improves_needs_no_third_line() -> None:
    there = used_up(20.2, 29.2, 38.3, 46.4, change="improved", now=LOW)
    assert flag(there, 53, "t06") is not None
    assert flag(there, 54, "t06") is None
    worse = used_up(20.2, 29.2, 38.3, 46.4, change="improved", now=LOW)
    raised = worse.model_copy(
        update={"vitals": (*worse.vitals, *case(vitals=[vitals(55, **PRESSOR)]).vitals)}
    )
    assert flag(raised, 55, "t06") is not None, "improved was said before it rose again"


def test_a_rise_that_falls_again_is_not_told_as_a_rise_to_what_is_left() -> None:
    there = case(
        vitals=[vitals(29), vitals(30, **HOT, **PRESSOR), vitals(32, **LOW, **HOT)],
        neuro=[exam(30)],
    )
    told = flag(there, 30, "t26"), flag(there, 32, "t26")
    assert [one and one.says for one in told] == [
        "CRS rose from 0 to 3 within a day",
        "CRS rose from 0 to 3 within a day, now 2",
    ]


@pytest.mark.parametrize(
    ("now", "urgency"),
    [({}, "info"), (HOT, "soon"), (HOT | LOW, "urgent"), (HOT | PRESSOR, "urgent")],
)
@pytest.mark.parametrize("hours", [5, 40])
def test_a_missing_weight_calls_as_loudly_as_the_drug_that_waits_for_it(
    hours: int, now: Json, urgency: str
) -> None:
    there = case(vitals=[vitals(hours, **now)], patient={"weight_kg": None}, neuro=[exam(hours)])
    found = flag(there, hours, "t28")
    if hours < 24 and not now:
        assert found is not None
        assert "weight" in found.says
    else:
        assert found is not None
        assert found.urgency == urgency
        assert found.says.startswith("Weight not recorded")


def test_severe_icans_alone_is_watched_as_in_intensive_care() -> None:
    there = case(
        vitals=[vitals(30), vitals(34)], neuro=[exam(30, 9), exam(31, 9), exam(35, 9), exam(36, 9)]
    )
    found = flag(there, 36.2, "t14")
    assert found is not None
    assert "hourly at ICANS grade 3" in found.says
    milder = case(vitals=[vitals(30), vitals(34)], neuro=[exam(30, 5), exam(34, 5)])
    assert flag(milder, 36.2, "t14") is None


@pytest.mark.parametrize(("hours", "early"), [(2.0, True), (6.0, False)])
def test_a_later_dose_that_brings_crs_back_counts_its_own_hours(hours: float, early: bool) -> None:
    calm = [vitals(hour) for hour in range(14, 74, 4)]
    there = case(
        product="teclistamab",
        therapy={"doses": [{"given_at": stamp(0)}, {"given_at": stamp(72)}]},
        vitals=[vitals(10, **HOT), *calm, vitals(72 + hours, **LOW)],
        neuro=[exam(10), exam(72 + hours)],
        treatments=tocilizumab(11),
    )
    found = assess(there, at=when(72 + hours), protocol="nccn-2026-2")
    assert found.grades["astct-crs-2019"].at_least == 2, "the same episode, fever hidden"
    told = [one.says for one in found.flags if one.id == "t02"]
    assert told == ([f"CRS began {hours:.0f} h after the dose before it: early"] if early else [])


def test_crs_that_came_back_counts_from_its_own_first_tocilizumab() -> None:
    low = [vitals(30, **HOT, **LOW), vitals(36, **LOW)]
    calm = [vitals(hour) for hour in range(40, 240, 8)]
    there = case(
        vitals=[*low, *calm, vitals(240, **HOT, **LOW), vitals(249, **HOT, **LOW)],
        neuro=[exam(hour) for hour in range(30, 250, 12)],
        treatments=tocilizumab(30.3, 240.2),
        events=[said(248.5, "same")],
    )
    assert flag(there, 240.1, "toci-response-due") is None, "that dose was answered by 8 calm days"
    assert flag(there, 249, "t05") is not None
    assert flag(there, 249, "t04") is None, "9 h after the first dose against this CRS"
    advice = assess(there, at=when(249), protocol="nccn-2026-2").advice
    assert not [one.rule for one in advice if "no-improvement" in one.rule]
    later = there.model_copy(
        update={
            "vitals": (*(there.vitals or ()), *(case(vitals=[vitals(265, **LOW)]).vitals or ()))
        }
    )
    found = flag(later, 265, "t04")
    assert found is not None
    assert found.says.startswith("No improvement 25 h")
