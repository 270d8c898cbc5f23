"""Rates by unit and weight, norepinephrine equivalents, and how long something has held."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.build import DOSE, NOW, vitals
from toxmodels.casefile import load_record
from toxmodels.pressor_dose import (
    held,
    in_hours,
    norepinephrine_equivalent,
    rate_ug_kg_min,
    rate_ug_min,
)
from toxmodels.records import Vasopressor, Vitals
from toxmodels.scales.lee_2014 import is_high_dose

Json = dict[str, Any]


def agent(drug: str, ug_min: float | None = None, ug_kg_min: float | None = None) -> Vasopressor:
    return load_record(
        Vasopressor, {"drug": drug, "rate_ug_min": ug_min, "rate_ug_kg_min": ug_kg_min}
    )


NE, EPI, PHE, DOPA = "norepinephrine", "epinephrine", "phenylephrine", "dopamine"


@pytest.mark.parametrize(
    ("entered", "weight_kg", "ug_min", "ug_kg_min"),
    [
        (agent(NE, 14.0), 70.0, "14", "0.2"),
        (agent(NE, None, 0.2), 70.0, "14", "0.2"),
        (agent(NE, 14.0), None, "14", None),
        (agent(NE, None, 0.2), None, None, "0.2"),
        (agent(NE), 70.0, None, None),
        (agent(NE, 5.0, 0.3), 70.0, "5", "0.3"),
        (agent(NE, 0.0), 70.0, "0", "0"),
    ],
)
def test_a_rate_is_read_as_entered_and_else_by_weight(
    entered: Vasopressor, weight_kg: float | None, ug_min: str | None, ug_kg_min: str | None
) -> None:
    assert rate_ug_min(entered, weight_kg) == (None if ug_min is None else Decimal(ug_min))
    per_kg = None if ug_kg_min is None else Decimal(ug_kg_min)
    assert rate_ug_kg_min(entered, weight_kg) == per_kg


@pytest.mark.parametrize(
    ("agents", "weight_kg", "low", "high"),
    [
        ((agent(NE, 8.0), agent(EPI, 4.0)), None, "12", "12"),
        ((agent(DOPA, None, 10.0), agent(PHE, 100.0)), None, "15", "15"),
        ((agent(DOPA, 700.0),), 70.0, "5", "5"),
        ((agent(DOPA, 700.0),), None, "0", None),
        ((agent(NE, 8.0), agent("vasopressin")), None, "8", "8"),
        ((agent(NE, 8.0), agent("dobutamine", None, 5.0)), None, "8", "8"),
        ((agent(NE, 8.0), agent("metaraminol", 50.0)), 70.0, "8", None),
        ((agent(NE, 8.0), agent(EPI)), 70.0, "8", None),
        ((), 70.0, "0", "0"),
    ],
)
def test_equivalents_add_up_and_stay_open_where_a_rate_is_unknown(
    agents: tuple[Vasopressor, ...], weight_kg: float | None, low: str, high: str | None
) -> None:
    found = norepinephrine_equivalent(agents, weight_kg)
    assert found.at_least_ug_min == Decimal(low)
    assert found.at_most_ug_min == (None if high is None else Decimal(high))


# Limits of the table of high doses (grading facts 4.1): below, on, above, and open.
HIGH = [
    ("norepinephrine alone from 20 µg/min", (agent(NE, 19.9),), False),
    ("norepinephrine alone at 20 µg/min", (agent(NE, 20.0),), True),
    ("norepinephrine alone above 20 µg/min", (agent(NE, 20.1),), True),
    ("norepinephrine at 0.25 µg/kg/min in 80 kg is 20", (agent(NE, None, 0.25),), True),
    ("norepinephrine at 0.249 µg/kg/min in 80 kg is below", (agent(NE, None, 0.249),), False),
    ("norepinephrine from two pumps adds up", (agent(NE, 12.0), agent(NE, 8.0)), True),
    ("norepinephrine from two pumps, one rate unknown", (agent(NE, 12.0), agent(NE)), None),
    ("norepinephrine from two pumps, one alone high", (agent(NE, 21.0), agent(NE)), True),
    ("norepinephrine without a rate", (agent(NE),), None),
    ("epinephrine alone below 10 µg/min", (agent(EPI, 9.9),), False),
    ("epinephrine alone at 10 µg/min", (agent(EPI, 10.0),), True),
    ("phenylephrine alone below 200 µg/min", (agent(PHE, 199.0),), False),
    ("phenylephrine alone at 200 µg/min", (agent(PHE, 200.0),), True),
    ("dopamine alone below 10 µg/kg/min", (agent(DOPA, None, 9.9),), False),
    ("dopamine alone at 10 µg/kg/min", (agent(DOPA, None, 10.0),), True),
    ("dopamine at 800 µg/min in 80 kg is 10 µg/kg/min", (agent(DOPA, 800.0),), True),
    ("with vasopressin below 10", (agent(NE, 9.9), agent("vasopressin")), False),
    ("with vasopressin at 10", (agent(NE, 10.0), agent("vasopressin")), True),
    ("with terlipressin at 10", (agent(NE, 10.0), agent("terlipressin")), True),
    ("vasopressin alone has no equivalent", (agent("vasopressin"),), False),
    ("combined below 20", (agent(NE, 11.0), agent(EPI, 8.9)), False),
    ("combined at 20", (agent(NE, 11.1), agent(EPI, 8.9)), True),
    ("one of them high alone stays high", (agent(EPI, 10.0), agent(NE, 1.0)), True),
    ("metaraminol has no published limit", (agent("metaraminol", 100.0),), None),
    ("an inotrope is no vasopressor", (agent("dobutamine", None, 20.0),), False),
    ("none running", (), False),
]


@pytest.mark.parametrize(("agents", "high"), [row[1:] for row in HIGH], ids=[r[0] for r in HIGH])
def test_a_high_dose_by_the_limits_of_lee(
    agents: tuple[Vasopressor, ...], high: bool | None
) -> None:
    assert is_high_dose(agents, 80.0) is high


def test_a_rate_in_the_unit_of_the_limit_needs_no_weight() -> None:
    assert is_high_dose((agent(NE, 20.0),), None) is True
    assert is_high_dose((agent(DOPA, None, 10.0),), None) is True
    assert is_high_dose((agent(NE, None, 0.4),), None) is None


def sets(*rows: tuple[float, Any], **more: Any) -> list[Vitals]:
    """Hours before now, and the agents of that set (``None``: not recorded)."""
    made = []
    for hours, drugs in rows:
        agents = None if drugs is None else [{"drug": drug} for drug in drugs]
        raw = vitals(NOW - timedelta(hours=hours), vasopressors=agents, **more)
        made.append(load_record(Vitals, raw))
    return sorted(made, key=lambda one: one.taken_at)


def runs(agents: tuple[Vasopressor, ...]) -> bool | None:
    return any(one.drug == NE for one in agents)


HELD = [
    ("never", sets((1.0, [])), (0.0, 0.0)),
    ("nobody recorded any", sets((1.0, None)), (0.0, 0.0)),
    ("from the set that first shows it", sets((4.0, []), (3.0, [NE]), (0.0, [NE])), (3.0, 4.0)),
    ("stopped", sets((3.0, [NE]), (1.0, [])), (0.0, 0.0)),
    ("stopped between", sets((6.0, [NE]), (4.0, []), (1.0, [NE])), (1.0, 4.0)),
    (
        "sets at their validity apart are one run",
        sets((8.0, [NE]), (4.0, [NE]), (0.0, [NE])),
        (8.0, None),
    ),
    (
        "a longer gap breaks what is certain",
        sets((8.0, [NE]), (3.9, [NE]), (0.0, [NE])),
        (3.9, None),
    ),
    (
        "a set that says nothing leaves it open",
        sets((3.0, [NE]), (2.0, None), (1.0, [NE])),
        (1.0, None),
    ),
    ("the newest word stands", sets((3.0, [NE]), (0.0, None)), (3.0, None)),
    ("of one minute the worse", sets((2.0, [NE]), (2.0, []), (0.0, [NE])), (2.0, None)),
]


@pytest.mark.parametrize(("seen", "hours"), [row[1:] for row in HELD], ids=[r[0] for r in HELD])
def test_how_long_it_held(seen: list[Vitals], hours: tuple[float, float | None]) -> None:
    found = held(seen, NOW, runs, since=None)
    at_most = None if hours[1] is None else timedelta(hours=hours[1])
    assert (found.at_least, found.at_most) == (timedelta(hours=hours[0]), at_most)


def test_nothing_from_before_the_first_dose_counts() -> None:
    since = NOW - timedelta(hours=2)
    seen = sets((5.0, [NE]), (3.0, [NE]), (1.0, [NE]))
    found = held(seen, NOW, runs, since=since)
    assert (found.at_least, found.at_most) == (timedelta(hours=1), timedelta(hours=2))
    assert held(seen, NOW, runs, since=DOSE).at_least == timedelta(hours=5)


def test_support_attributed_to_another_cause_counts_as_none() -> None:
    other = sets((2.0, [NE]), other_cause=["hypotension"])
    found = held([*sets((4.0, [NE])), *other, *sets((1.0, [NE]))], NOW, runs, since=None)
    assert (found.at_least, found.at_most) == (timedelta(hours=1), timedelta(hours=2))


def test_later_sets_are_invisible() -> None:
    seen = sets((3.0, [NE]), (-1.0, []))
    assert held(seen, NOW, runs, since=None).at_least == timedelta(hours=3)


@pytest.mark.parametrize(
    ("rows", "since_h", "reached"),
    [
        ([(2.98, [NE]), (0.0, [NE])], 2.99, False),
        ([(3.0, [NE]), (0.0, [NE])], 50.0, True),
        ([(3.1, []), (2.9, [NE]), (0.0, [NE])], 50.0, None),
        ([(3.0, []), (2.9, [NE]), (0.0, [NE])], 50.0, False),
        ([(2.9, [NE]), (0.0, [NE])], 3.0, None),
        ([(2.9, [NE]), (0.0, [NE])], None, None),
        ([(4.0, [NE]), (0.0, [])], None, False),
    ],
)
def test_three_hours_are_reached_or_not_or_open(
    rows: list[tuple[float, Any]], since_h: float | None, reached: bool | None
) -> None:
    since = None if since_h is None else NOW - timedelta(hours=since_h)
    assert held(sets(*rows), NOW, runs, since=since).reaches(timedelta(hours=3)) is reached


def test_hours_are_said_as_a_ward_says_them() -> None:
    assert in_hours(timedelta(hours=3)) == "3 h"
    assert in_hours(timedelta(minutes=90)) == "1.5 h"
    # A limit that is not reached must not be printed as if it were.
    assert in_hours(timedelta(hours=23, minutes=59)) == "23.9 h"
    assert in_hours(timedelta(hours=24)) == "24 h"
