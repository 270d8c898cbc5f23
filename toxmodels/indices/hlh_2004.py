"""
HLH-2004: a molecular diagnosis, or five of eight criteria.

Nearly every patient after CAR-T cells meets its ferritin criterion: it is no screen for IEC-HS.
Triglycerides and fibrinogen are one criterion together. Printed editions differ on which limits
include equality; the inclusive reading is taken, of fever, triglycerides, fibrinogen and ferritin.

Cites: Henter 2007, table of diagnostic criteria.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.keys import Key
from toxmodels.indices.ladders import (
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

FEVER: Final = ladder("fever", "temperature_c", Rung(1, ">=", ("38.5",)), Rung(0))
HAEMOGLOBIN: Final = ladder(
    "haemoglobin", "haemoglobin_g_dl haemoglobin_g_l", Rung(1, "<", ("9.0", "90")), Rung(0)
)
HAEMOGLOBIN_NEWBORN: Final = ladder(
    "haemoglobin", "haemoglobin_g_dl haemoglobin_g_l", Rung(1, "<", ("10.0", "100")), Rung(0)
)
PLATELETS: Final = ladder("platelets", "platelets_10e9_l", Rung(1, "<", ("100",)), Rung(0))
NEUTROPHILS: Final = ladder(
    "neutrophils", "anc_per_ul anc_10e9_l", Rung(1, "<", ("1000", "1.0")), Rung(0)
)
TRIGLYCERIDES: Final = ladder(
    "triglycerides",
    "triglycerides_mmol_l triglycerides_mg_dl",
    Rung(1, ">=", ("3.0", "265")),
    Rung(0),
)
FIBRINOGEN: Final = ladder(
    "fibrinogen", "fibrinogen_g_l fibrinogen_mg_dl", Rung(1, "<=", ("1.5", "150")), Rung(0)
)
FERRITIN: Final = ladder("ferritin", "ferritin_ng_ml", Rung(1, ">=", ("500",)), Rung(0))
RECEPTOR: Final = ladder("soluble CD25", "scd25_u_ml", Rung(1, ">=", ("2400",)), Rung(0))
NEWBORN_YEARS: Final = Decimal(28) / Decimal("365.25")
ENOUGH: Final = 5
PAPER: Final = Paper(
    "hlh_2004",
    "HLH-2004 criteria",
    ScoreCite(source="henter-2007", at="diagnostic criteria"),
    "unverified",
)
NOTES: Final = (
    "nearly every patient after CAR-T cells meets the ferritin criterion; no screen for IEC-HS",
    "reprints differ on equality, and one leaves out splenomegaly; eight criteria, limits included",
)


def hlh_2004(recorded: Recorded) -> Score:
    """Count eight criteria; five, or a molecular diagnosis, fulfil them."""
    items = [
        recorded.rung(FEVER),
        yes_no("splenomegaly", recorded["splenomegaly"], 1, "splenomegaly"),
        _cytopenias(recorded),
        _fat_or_fibrinogen(recorded),
        yes_no("haemophagocytosis", recorded["haemophagocytosis"], 1, "haemophagocytosis"),
        yes_no("NK activity", recorded["nk_activity_low"], 1, "nk_activity_low"),
        recorded.rung(FERRITIN),
        recorded.rung(RECEPTOR),
    ]
    known = recorded["molecular_diagnosis"]
    if known is not None and known.value is True:
        return summed(PAPER, items, _by_genes, NOTES)
    return summed(PAPER, items, _by_count, NOTES)


def _by_genes(_total: int, _items: Sequence[int]) -> str:
    return "fulfilled by the molecular diagnosis"


def _by_count(total: int, _items: Sequence[int]) -> str:
    return f"{ENOUGH} of 8 fulfilled" if total >= ENOUGH else f"fewer than {ENOUGH} of 8"


def _cytopenias(recorded: Recorded) -> ScoreItem:
    rows = [_haemoglobin(recorded), recorded.rung(PLATELETS), recorded.rung(NEUTROPHILS)]
    return _counted("2 of 3 cytopenias", rows, 2)


def _haemoglobin(recorded: Recorded) -> ScoreItem:
    age = recorded["age_years"]
    if age is not None:
        newborn = age.number < NEWBORN_YEARS
        return recorded.rung(HAEMOGLOBIN_NEWBORN if newborn else HAEMOGLOBIN)
    usual, newborn_item = recorded.rung(HAEMOGLOBIN), recorded.rung(HAEMOGLOBIN_NEWBORN)
    if usual.points == newborn_item.points:
        return usual
    return open_item("haemoglobin", 0, 1, "age_years", value=usual.value)


def _fat_or_fibrinogen(recorded: Recorded) -> ScoreItem:
    rows = [recorded.rung(row) for row in (TRIGLYCERIDES, FIBRINOGEN)]
    return _counted("triglycerides or fibrinogen", rows, 1)


def _counted(name: str, rows: Sequence[ScoreItem], enough: int) -> ScoreItem:
    """One criterion out of several rows: met when enough of them are."""
    low, high = sum(int(row.at_least) for row in rows), sum(int(row.at_most or 0) for row in rows)
    value = "; ".join(f"{row.name} {row.value}" for row in rows if row.value is not None)
    if low >= enough or high < enough:
        return settled(name, int(low >= enough), value, f"{enough} of {len(rows)}")
    missing = [key for row in rows for key in row.missing]
    return open_item(name, 0, 1, *missing, value=value or None)


INDICES: Final = (
    Index(
        PAPER,
        (
            Key("molecular_diagnosis", "a known gene defect", kind="yes_no", needed=False),
            key_of(FEVER, "highest temperature of the window", "max_temperature_c"),
            Key("splenomegaly", "enlarged spleen", kind="yes_no"),
            key_of(HAEMOGLOBIN, "haemoglobin", "hemoglobin_g_dl"),
            key_of(PLATELETS, "platelets"),
            key_of(NEUTROPHILS, "neutrophils"),
            Key("age_years", "newborns of under 4 weeks have another limit", needed=False),
            key_of(TRIGLYCERIDES, "fasting triglycerides"),
            key_of(FIBRINOGEN, "fibrinogen"),
            Key(
                "haemophagocytosis",
                "in marrow, spleen or lymph node",
                kind="yes_no",
                same=("hemophagocytosis",),
            ),
            Key("nk_activity_low", "low or absent NK-cell activity", kind="yes_no"),
            key_of(FERRITIN, "ferritin", "ferritin_ug_l"),
            key_of(RECEPTOR, "soluble interleukin-2 receptor", "sil2r_u_ml"),
        ),
        hlh_2004,
    ),
)
