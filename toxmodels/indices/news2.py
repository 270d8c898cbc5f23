"""
NEWS2: the National Early Warning Score, second edition, for adults.

High warns of any deterioration and is never muted by a low CRS grade, nor the other way about:
38.0 °C is fever for CRS and worth nothing here. Scale 2 for saturation is for prescribed targets
of 88 to 92 % only and never taken by default. The chart prints whole numbers and one decimal of
the temperature; what lies between is rounded to what it prints.

Cites: Royal College of Physicians 2017, chart of the score and table of clinical risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.keys import Given, Key
from toxmodels.indices.ladders import (
    Ladder,
    Paper,
    Recorded,
    Rung,
    key_of,
    ladder,
    open_item,
    settled,
    summed,
    yes_no,
)
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

RESPIRATION: Final = ladder(
    "respiration",
    "respiratory_rate_bpm",
    Rung(3, "<=", ("8",)),
    Rung(1, "<=", ("11",)),
    Rung(0, "<=", ("20",)),
    Rung(2, "<=", ("24",)),
    Rung(3),
)
SATURATION_1: Final = ladder(
    "saturation, scale 1",
    "spo2_percent",
    Rung(3, "<=", ("91",)),
    Rung(2, "<=", ("93",)),
    Rung(1, "<=", ("95",)),
    Rung(0),
)
SATURATION_2_AIR: Final = ladder(
    "saturation, scale 2",
    "spo2_percent",
    Rung(3, "<=", ("83",)),
    Rung(2, "<=", ("85",)),
    Rung(1, "<=", ("87",)),
    Rung(0),
)
SATURATION_2_OXYGEN: Final = ladder(
    "saturation, scale 2",
    "spo2_percent",
    Rung(3, "<=", ("83",)),
    Rung(2, "<=", ("85",)),
    Rung(1, "<=", ("87",)),
    Rung(0, "<=", ("92",)),
    Rung(1, "<=", ("94",)),
    Rung(2, "<=", ("96",)),
    Rung(3),
)
SYSTOLIC: Final = ladder(
    "systolic pressure",
    "systolic_mmhg",
    Rung(3, "<=", ("90",)),
    Rung(2, "<=", ("100",)),
    Rung(1, "<=", ("110",)),
    Rung(0, "<=", ("219",)),
    Rung(3),
)
PULSE: Final = ladder(
    "pulse",
    "heart_rate_bpm",
    Rung(3, "<=", ("40",)),
    Rung(1, "<=", ("50",)),
    Rung(0, "<=", ("90",)),
    Rung(1, "<=", ("110",)),
    Rung(2, "<=", ("130",)),
    Rung(3),
)
TEMPERATURE: Final = ladder(
    "temperature",
    "temperature_c",
    Rung(3, "<=", ("35.0",)),
    Rung(1, "<=", ("36.0",)),
    Rung(0, "<=", ("38.0",)),
    Rung(1, "<=", ("39.0",)),
    Rung(2),
)
WORDS: Final = {
    "alert": "alert",
    "a": "alert",
    "new_confusion": "new_confusion",
    "confusion": "new_confusion",
    "confused": "new_confusion",
    "c": "new_confusion",
    "voice": "voice",
    "v": "voice",
    "pain": "pain",
    "p": "pain",
    "unresponsive": "unresponsive",
    "u": "unresponsive",
}
_WHOLE: Final = Decimal(1)
_TENTH: Final = Decimal("0.1")
OXYGEN: Final = 2
ADULT_YEARS: Final = 16
WORST: Final = 3
PAPER: Final = Paper("news2", "NEWS2", ScoreCite(source="news2-2017", at="chart"), "verified")
NOTES: Final = (
    "not for patients under 16 years or in pregnancy",
    "neither a low CRS grade nor a low NEWS2 answers for the other",
)


def news2(recorded: Recorded) -> Score:
    """Sum seven parameters; any single 3 asks for an urgent review on the ward."""
    return summed(
        PAPER,
        [
            _printed(RESPIRATION, recorded),
            *_saturation(recorded),
            _printed(SYSTOLIC, recorded),
            _printed(PULSE, recorded),
            _consciousness(recorded["consciousness"]),
            _printed(TEMPERATURE, recorded),
        ],
        risk,
        NOTES,
    )


@cache
def rows(*, on_oxygen: bool, on_scale_2: bool) -> dict[str, Ladder]:
    """The rows of the chart by primary key; saturation goes by its scale."""
    on_air = SATURATION_2_AIR if on_scale_2 else SATURATION_1
    saturation = SATURATION_2_OXYGEN if on_scale_2 and on_oxygen else on_air
    return {row.keys[0]: row for row in (RESPIRATION, saturation, SYSTOLIC, PULSE, TEMPERATURE)}


@lru_cache(maxsize=4096)
def points(row: Ladder, value: float) -> int:
    """The points of a value, without the words of an item; a ward's values come again."""
    return row.points(rounded(Decimal(str(value)), row))


def rounded(value: Decimal, row: Ladder) -> Decimal:
    """A value rounded to what the chart prints."""
    return value.quantize(_TENTH if row is TEMPERATURE else _WHOLE, ROUND_HALF_UP)


def risk(total: int, items: Sequence[int]) -> str:
    """The published clinical risk of a total, with a single 3 among its items or not."""
    if total >= 7:
        return "high risk"
    if total >= 5:
        return "medium risk"
    return "low-medium risk (a single 3)" if WORST in items else "low risk"


def _saturation(recorded: Recorded) -> tuple[ScoreItem, ScoreItem]:
    """Saturation and oxygen; on scale 2 a high saturation counts only while oxygen is given."""
    oxygen, scale = recorded["on_oxygen"], recorded["spo2_scale"]
    supply = yes_no("oxygen", oxygen, OXYGEN, "on_oxygen")
    if scale is None or scale.value == "1":
        return _printed(SATURATION_1, recorded), supply
    air = _printed(SATURATION_2_AIR, recorded)
    on_oxygen = _printed(SATURATION_2_OXYGEN, recorded)
    if oxygen is not None:
        return (on_oxygen if oxygen.value is True else air), supply
    if air == on_oxygen:
        return air, supply
    low, high = int(air.at_least), int(on_oxygen.at_most or 0)
    return open_item(air.name, low, high, "on_oxygen", value=air.value), supply


def _printed(row: Ladder, recorded: Recorded) -> ScoreItem:
    """The item of a value rounded to what the chart prints."""
    given = recorded[row.keys[0]]
    if given is None:
        return row.item(None)
    whole = rounded(given.number, row)
    item = row.item(Given(given.key, whole))
    return item if whole == given.number else item.model_copy(update={"value": f"{given}"})


def _consciousness(given: Given | None) -> ScoreItem:
    if given is None:
        return open_item("consciousness", 0, WORST, "consciousness")
    points = 0 if given.value == "alert" else WORST
    return settled("consciousness", points, str(given), f"not alert: {WORST}")


INDICES: Final = (
    Index(
        PAPER,
        (
            key_of(RESPIRATION, "breaths a minute"),
            key_of(SATURATION_1, "oxygen saturation"),
            Key(
                "spo2_scale",
                "1, or 2 where a target of 88 to 92 % was prescribed",
                kind="choice",
                choices={"1": "1", "2": "2"},
                needed=False,
            ),
            Key("on_oxygen", "oxygen is given", kind="yes_no"),
            key_of(SYSTOLIC, "systolic pressure"),
            key_of(PULSE, "pulse a minute", "pulse_bpm"),
            Key("consciousness", "alert or worse", kind="choice", choices=WORDS),
            key_of(TEMPERATURE, "temperature"),
        ),
        news2,
    ),
)
