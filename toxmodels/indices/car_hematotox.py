"""
CAR-HEMATOTOX: risk of lasting cytopenia after CAR-T cells, worked out before lymphodepletion.

Cites: Rejeski 2021, score table. Printed editions differ on whether 1200, 9.0 and 3.0 themselves
count; here exactly 1200/µL and 9.0 g/dL are worth nothing and 3.0 mg/dL is worth a point.
"""

from __future__ import annotations

from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.ladders import Paper, Recorded, Rung, by_total, key_of, ladder, summed
from toxmodels.indices.result import Score, ScoreCite

PLATELETS: Final = ladder(
    "platelets",
    "platelets_10e9_l",
    Rung(0, ">", ("175",)),
    Rung(1, ">=", ("75",)),
    Rung(2),
)
NEUTROPHILS: Final = ladder(
    "neutrophils", "anc_per_ul anc_10e9_l", Rung(1, "<", ("1200", "1.2")), Rung(0)
)
HAEMOGLOBIN: Final = ladder(
    "haemoglobin", "haemoglobin_g_dl haemoglobin_g_l", Rung(1, "<", ("9.0", "90")), Rung(0)
)
CRP: Final = ladder("crp", "crp_mg_dl crp_mg_l", Rung(1, ">=", ("3.0", "30")), Rung(0))
FERRITIN: Final = ladder(
    "ferritin",
    "ferritin_ng_ml",
    Rung(0, "<", ("650",)),
    Rung(1, "<=", ("2000",)),
    Rung(2),
)
PAPER: Final = Paper(
    "car_hematotox",
    "CAR-HEMATOTOX",
    ScoreCite(source="rejeski-2021", at="score table"),
    "verified",
)
ROWS: Final = (PLATELETS, NEUTROPHILS, HAEMOGLOBIN, CRP, FERRITIN)
NOTES: Final = (
    "for the days before lymphodepletion; developed in large B-cell lymphoma, not for bispecifics",
    "equality at 1200/µL, 9.0 g/dL and CRP 3.0 mg/dL is read differently in print",
)


def car_hematotox(recorded: Recorded) -> Score:
    """Sum five items; 2 or more is high risk."""
    bands = by_total((2, "high risk"), (0, "low risk"))
    return summed(PAPER, [recorded.rung(row) for row in ROWS], bands, NOTES)


INDICES: Final = (
    Index(
        PAPER,
        (
            key_of(PLATELETS, "platelets"),
            key_of(NEUTROPHILS, "neutrophils"),
            key_of(HAEMOGLOBIN, "haemoglobin", "hemoglobin_g_dl"),
            key_of(CRP, "C-reactive protein"),
            key_of(FERRITIN, "ferritin", "ferritin_ug_l"),
        ),
        car_hematotox,
        before_only=True,
    ),
)
