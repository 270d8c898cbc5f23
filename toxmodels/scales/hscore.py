"""
HScore over a case: the highest temperature of the window and the newest laboratory values.

The window is the validity of laboratory values (a house rule). Immunosuppression and the size of
liver and spleen stand in no field of the case file, so that the score stays an interval.

Cites: fardet-2014, score table.
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.hscore import hscore
from toxmodels.scales.by_points import Gathered, Seat, as_grade, highest_temperature, marrow
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site

__all__ = ["SCALE"]

_COUNTS: Final = ("haemoglobin_g_dl", "wbc_10e9_l", "platelets_10e9_l")
SEATS: Final = {
    "immunosuppression": Seat(
        "judgement", "patient", "known immunosuppression, in no field of a case"
    ),
    "temperature": Seat("temperature", "vitals", "temperature", ("temperature_c",)),
    "organomegaly": Seat("organ", "gradings", "size of liver and spleen, in no field of a case"),
    "cytopenias": Seat("cytopenia", "labs", "haemoglobin, white cells, platelets", _COUNTS),
    "ferritin": Seat("ferritin", "labs", "ferritin", ("ferritin_ng_ml",)),
    "triglycerides": Seat("organ", "labs", "fasting triglycerides", ("triglycerides_mmol_l",)),
    "fibrinogen": Seat("fibrinogen", "labs", "fibrinogen", ("fibrinogen_g_l",)),
    "ast": Seat("liver", "labs", "AST", ("ast_u_l",)),
    "haemophagocytosis": Seat("haemophagocytosis", "labs", "marrow", ("haemophagocytosis",)),
}


def _grade(evidence: Evidence) -> Grade:
    gathered = Gathered(evidence)
    highest_temperature(gathered, site().labs_valid)
    for analyte in (*_COUNTS, "triglycerides_mmol_l", "fibrinogen_g_l", "ast_u_l"):
        gathered.lab(analyte)
    gathered.lab("ferritin_ug_l", "ferritin_ng_ml")
    marrow(gathered)
    return as_grade(hscore(gathered.recorded), SEATS, gathered)


SCALE: Final = BesideScale(
    "hscore",
    "HScore for reactive haemophagocytic syndrome",
    "HScore",
    "iec-hs",
    "2014",
    "fardet-2014",
    highest=337,
    traps=(
        "Points from 0 to 337, no grade; published cut-off 169.",
        "Not validated after CAR-T cells: lymphodepletion, CRS and corticosteroids raise it.",
        "One low lineage scores 0; the white cells count, not the neutrophils.",
        "The highest temperature of the window, not the current one; triglycerides fasting.",
        "A marrow nobody looked at is open, not negative.",
        "Immunosuppression and the size of liver and spleen stand in no field of a case, so that "
        "it stays an interval there; `toxwatch score hscore` takes them.",
    ),
    grade=_grade,
)
