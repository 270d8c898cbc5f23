"""
ISTH score of overt DIC, and the score of sepsis-induced coagulopathy (SIC).

The ISTH score is meant for patients with a disorder known to go with DIC. What is a moderate and
what a strong increase of the fibrin marker is defined by the laboratory. In this population
platelets also show lymphodepletion and disease: read fibrinogen and D-dimer beside the sum.

Cites: Taylor 2001 and its table as reprinted; Iba 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.keys import Given, Key
from toxmodels.indices.ladders import (
    Paper,
    Recorded,
    Rung,
    by_total,
    key_of,
    ladder,
    open_item,
    settled,
    summed,
)
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

PLATELETS: Final = ladder(
    "platelets", "platelets_10e9_l", Rung(2, "<", ("50",)), Rung(1, "<", ("100",)), Rung(0)
)
PROLONGATION: Final = ladder(
    "prothrombin time", "pt_prolongation_s", Rung(0, "<", ("3",)), Rung(1, "<", ("6",)), Rung(2)
)
FIBRINOGEN: Final = ladder(
    "fibrinogen", "fibrinogen_g_l fibrinogen_mg_dl", Rung(1, "<", ("1.0", "100")), Rung(0)
)
FDP: Final = ladder(
    "fibrin marker", "fdp_mg_l", Rung(3, ">", ("25",)), Rung(2, ">=", ("10",)), Rung(0)
)
# Times the laboratory's upper limit.
D_DIMER: Final = ladder(
    "fibrin marker", "d_dimer_x_uln", Rung(3, ">", ("4",)), Rung(2, ">=", ("2",)), Rung(0)
)
MARKERS: Final = {"none": 0, "moderate": 2, "strong": 3}
MARKER_WORDS: Final = {
    "none": "none",
    "no": "none",
    "no_increase": "none",
    "normal": "none",
    "moderate": "moderate",
    "strong": "strong",
}
ISTH: Final = Paper(
    "isth_dic",
    "ISTH score of overt DIC",
    ScoreCite(source="taylor-2001", at="scoring table, as reprinted"),
    "verified",
)
ISTH_NOTES: Final = (
    "only where a disorder known to go with DIC is present",
    "the first edition left equality open: exactly 100, 50, 3 s, 6 s and 1.0 g/L are read as later "
    "tables print them",
    "moderate and strong increase are defined by the laboratory; one published scheme is D-dimer "
    "2 to 4 and above 4 times its upper limit, or FDP 10 to 25 and above 25 mg/L",
)


def isth_dic(recorded: Recorded) -> Score:
    """Sum four items; 5 or more is overt DIC."""
    items = [
        recorded.rung(PLATELETS),
        _fibrin_marker(recorded),
        _prolongation(recorded),
        recorded.rung(FIBRINOGEN),
    ]
    related = recorded["associated_disorder"]
    notes: tuple[str, ...] = ISTH_NOTES
    if related is not None and related.value is False:
        notes = ("NOT APPLICABLE: no disorder known to go with DIC is present", *notes)
    return summed(ISTH, items, by_total((5, "overt DIC; repeat daily"), (0, "no overt DIC")), notes)


def _fibrin_marker(recorded: Recorded) -> ScoreItem:
    told = recorded["fibrin_marker"]
    if told is not None:
        return settled(
            "fibrin marker", MARKERS[str(told.value)], str(told), "none, moderate, strong"
        )
    items = [one for one in (_d_dimer(recorded), _fdp(recorded)) if one is not None]
    if not items:
        return open_item("fibrin marker", 0, 3, "fibrin_marker")
    return max(items, key=lambda one: one.at_least)


def _d_dimer(recorded: Recorded) -> ScoreItem | None:
    value, limit = recorded["d_dimer_mg_l_feu"], recorded["d_dimer_upper_limit_mg_l_feu"]
    if value is None or limit is None or limit.number == 0:
        return None
    item = D_DIMER.item(Given("d_dimer_x_uln", value.number / limit.number))
    return item.model_copy(update={"value": f"D-dimer {value}, upper limit {limit}"})


def _fdp(recorded: Recorded) -> ScoreItem | None:
    given = recorded["fdp_mg_l"]
    return None if given is None else FDP.item(given)


def _prolongation(recorded: Recorded) -> ScoreItem:
    told = recorded["pt_prolongation_s"]
    value, limit = recorded["pt_s"], recorded["pt_upper_limit_s"]
    if told is None and value is not None and limit is not None:
        over = max(Decimal(0), value.number - limit.number)
        item = PROLONGATION.item(Given("pt_prolongation_s", over))
        return item.model_copy(update={"value": f"{value}, upper limit {limit}"})
    return PROLONGATION.item(told)


SIC: Final = Paper(
    "sic",
    "sepsis-induced coagulopathy score",
    ScoreCite(source="iba-2019", at="scoring table, as reprinted"),
    "verified",
)
SIC_PLATELETS: Final = ladder(
    "platelets", "platelets_10e9_l", Rung(2, "<", ("100",)), Rung(1, "<", ("150",)), Rung(0)
)
INR: Final = ladder("INR", "inr", Rung(2, ">", ("1.4",)), Rung(1, ">", ("1.2",)), Rung(0))
SOFA: Final = ladder("SOFA", "sofa_points", Rung(2, ">=", ("2",)), Rung(1, ">=", ("1",)), Rung(0))
SIC_NOTES: Final = (
    "SOFA points of respiration, circulation, liver and kidney; for patients with sepsis",
    "that platelets and INR together need more than 2 points is from professional knowledge, "
    "unverified",
)


def sic(recorded: Recorded) -> Score:
    """Sum three items; 4 or more, of which more than 2 by platelets and INR, is SIC."""
    items = [recorded.rung(row) for row in (SIC_PLATELETS, INR, SOFA)]
    return summed(SIC, items, _is_sic, SIC_NOTES)


def _is_sic(total: int, items: Sequence[int]) -> str:
    return "SIC" if total >= 4 and items[0] + items[1] > 2 else "no SIC"


INDICES: Final = (
    Index(
        ISTH,
        (
            Key(
                "associated_disorder",
                "a disorder known to go with DIC is present",
                kind="yes_no",
                needed=False,
            ),
            key_of(PLATELETS, "platelets"),
            Key(
                "fibrin_marker",
                "increase of D-dimer or FDP, as the laboratory defines it",
                kind="choice",
                same=("d_dimer", "d_dimer_marker", "fibrin_related_marker"),
                choices=MARKER_WORDS,
            ),
            Key("d_dimer_mg_l_feu", "instead of fibrin_marker, with its limit", needed=False),
            Key("d_dimer_upper_limit_mg_l_feu", "upper limit of D-dimer", needed=False),
            Key("fdp_mg_l", "instead of fibrin_marker", needed=False),
            key_of(PROLONGATION, "seconds above the upper limit"),
            Key("pt_s", "instead of pt_prolongation_s, with its limit", needed=False),
            Key("pt_upper_limit_s", "upper limit of the prothrombin time", needed=False),
            key_of(FIBRINOGEN, "fibrinogen"),
        ),
        isth_dic,
    ),
    Index(
        SIC,
        (
            key_of(SIC_PLATELETS, "platelets"),
            key_of(INR, "international normalised ratio", "pt_inr"),
            key_of(SOFA, "SOFA points of four organs"),
        ),
        sic,
    ),
)
