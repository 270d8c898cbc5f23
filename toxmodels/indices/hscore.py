"""
HScore: how likely reactive haemophagocytic syndrome is, from nine items.

Not validated after CAR-T cells: lymphodepletion, the fever of CRS and corticosteroids alone may
carry it above its cut-off. The temperature is the highest of the window, triglycerides fasting.
Cites: Fardet 2014, score table and table of probabilities.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.keys import Key
from toxmodels.indices.ladders import (
    Ladder,
    Paper,
    Recorded,
    Rung,
    by_total,
    key_of,
    ladder,
    open_item,
    settled,
    summed,
    yes_no,
)
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

TEMPERATURE: Final = ladder(
    "temperature",
    "temperature_c",
    Rung(49, ">", ("39.4",)),
    Rung(33, ">=", ("38.4",)),
    Rung(0),
)
FERRITIN: Final = ladder(
    "ferritin",
    "ferritin_ng_ml",
    Rung(50, ">", ("6000",)),
    Rung(35, ">=", ("2000",)),
    Rung(0),
)
# The paper prints mmol/L; in mg/dL the limits are those numbers times 88.57.
TRIGLYCERIDES: Final = ladder(
    "triglycerides",
    "triglycerides_mmol_l triglycerides_mg_dl",
    Rung(64, ">", ("4", "354.28")),
    Rung(44, ">=", ("1.5", "132.855")),
    Rung(0),
)
FIBRINOGEN: Final = ladder(
    "fibrinogen", "fibrinogen_g_l fibrinogen_mg_dl", Rung(30, "<=", ("2.5", "250")), Rung(0)
)
AST: Final = ladder("ast", "ast_u_l", Rung(19, ">=", ("30",)), Rung(0))
# One lineage is worth one here; how many lineages are worth how many points stands below.
HAEMOGLOBIN: Final = ladder(
    "haemoglobin", "haemoglobin_g_dl haemoglobin_g_l", Rung(1, "<=", ("9.2", "92")), Rung(0)
)
LEUKOCYTES: Final = ladder("leukocytes", "wbc_10e9_l", Rung(1, "<=", ("5.0",)), Rung(0))
PLATELETS: Final = ladder("platelets", "platelets_10e9_l", Rung(1, "<=", ("110",)), Rung(0))
LINEAGES: Final[tuple[Ladder, ...]] = (HAEMOGLOBIN, LEUKOCYTES, PLATELETS)
BY_LINEAGES: Final = (0, 0, 24, 34)
ORGANS: Final = {"none": 0, "liver_or_spleen": 23, "both": 38}
ORGAN_WORDS: Final = {
    "none": "none",
    "no": "none",
    "liver_or_spleen": "liver_or_spleen",
    "liver": "liver_or_spleen",
    "spleen": "liver_or_spleen",
    "one": "liver_or_spleen",
    "hepatomegaly": "liver_or_spleen",
    "splenomegaly": "liver_or_spleen",
    "both": "both",
    "liver_and_spleen": "both",
    "hepatosplenomegaly": "both",
}
CUT_OFF: Final = 169
PROBABILITY: Final = (
    (100, 1),
    (110, 3),
    (120, 5),
    (130, 9),
    (140, 16),
    (150, 25),
    (160, 40),
    (170, 54),
    (180, 70),
    (190, 80),
    (200, 88),
    (210, 93),
    (220, 96),
    (230, 98),
    (240, 99),
)
SURE: Final = 250  # printed as above 99 %
PAPER: Final = Paper(
    "hscore", "HScore", ScoreCite(source="fardet-2014", at="score table"), "verified"
)
NOTES: Final = (
    "not validated after CAR-T cells: lymphodepletion, CRS and corticosteroids raise it by "
    "themselves",
    "the highest temperature of the window, fasting triglycerides; white cells, not neutrophils",
)


def hscore(recorded: Recorded) -> Score:
    """Sum nine items; above the published cut-off of 169 the syndrome is likely."""
    items = [
        yes_no("immunosuppression", recorded["immunosuppression"], 18, "immunosuppression"),
        recorded.rung(TEMPERATURE),
        _organs(recorded),
        _cytopenias(recorded),
        recorded.rung(FERRITIN),
        recorded.rung(TRIGLYCERIDES),
        recorded.rung(FIBRINOGEN),
        recorded.rung(AST),
        yes_no("haemophagocytosis", recorded["haemophagocytosis"], 35, "haemophagocytosis"),
    ]
    bands = by_total((CUT_OFF + 1, f"above the cut-off of {CUT_OFF}"), (0, "not above the cut-off"))
    result = summed(PAPER, items, bands, NOTES)
    low, high = probability(int(result.at_least or 0)), probability(int(result.at_most or 0))
    chance = low if low == high else f"{low} to {high}"
    return result.model_copy(update={"says": f"{result.says}; probability {chance}"})


def probability(points: int) -> str:
    """The published probability, straight between the points of its table."""
    if points < PROBABILITY[0][0]:
        return "below 1 %"
    if points >= SURE:
        return "above 99 %"
    for (start, low), (end, high) in pairwise(PROBABILITY):
        if points <= end:
            share = Decimal(points - start) / (end - start)
            return f"about {low + share * (high - low):.0f} %"
    return f"about {PROBABILITY[-1][1]} %"


def _organs(recorded: Recorded) -> ScoreItem:
    given = recorded["organomegaly"]
    if given is None:
        return open_item("organomegaly", 0, 38, "organomegaly")
    return settled("organomegaly", ORGANS[str(given.value)], str(given), "liver, spleen or both")


def _cytopenias(recorded: Recorded) -> ScoreItem:
    told = recorded["cytopenic_lineages"]
    if told is not None:
        points = BY_LINEAGES[min(3, int(told.number))]
        return settled("cytopenias", points, f"{told.number} lineages", "2: 24, 3: 34")
    rows = [recorded.rung(row) for row in LINEAGES]
    low, high = sum(int(row.at_least) for row in rows), sum(int(row.at_most or 0) for row in rows)
    value = "; ".join(f"{row.name} {row.value}" for row in rows if row.value is not None)
    missing = [key for row in rows for key in row.missing]
    if BY_LINEAGES[low] == BY_LINEAGES[high]:
        return settled("cytopenias", BY_LINEAGES[low], value, f"{low} lineages low; 1 scores 0")
    return open_item(
        "cytopenias", BY_LINEAGES[low], BY_LINEAGES[high], *missing, value=value or None
    )


INDICES: Final = (
    Index(
        PAPER,
        (
            Key("immunosuppression", "HIV or long-term immunosuppressive therapy", kind="yes_no"),
            key_of(TEMPERATURE, "highest temperature of the window", "max_temperature_c"),
            Key(
                "organomegaly",
                "enlarged liver, spleen or both",
                kind="choice",
                choices=ORGAN_WORDS,
            ),
            key_of(HAEMOGLOBIN, "haemoglobin", "hemoglobin_g_dl"),
            key_of(LEUKOCYTES, "white cells"),
            key_of(PLATELETS, "platelets"),
            Key("cytopenic_lineages", "0 to 3, instead of the three counts", needed=False),
            key_of(FERRITIN, "ferritin", "ferritin_ug_l"),
            key_of(TRIGLYCERIDES, "fasting triglycerides"),
            key_of(FIBRINOGEN, "fibrinogen"),
            key_of(AST, "AST"),
            Key("haemophagocytosis", "seen in marrow", kind="yes_no", same=("hemophagocytosis",)),
        ),
        hscore,
    ),
)
