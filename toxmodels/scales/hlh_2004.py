"""
HLH-2004 criteria over a case: how many of eight the newest values fulfil.

The spleen and NK-cell activity stand in no field of the case file and stay open. The highest
temperature of the window counts (the validity of laboratory values; a house rule).

Cites: henter-2007, diagnostic criteria.
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.hlh_2004 import hlh_2004
from toxmodels.scales.by_points import Gathered, Seat, as_grade, highest_temperature, marrow
from toxmodels.scales.scale import BesideScale
from toxmodels.site import site

__all__ = ["SCALE"]

_COUNTS: Final = ("haemoglobin_g_dl", "platelets_10e9_l", "anc_per_ul")
_LIPIDS: Final = ("triglycerides_mmol_l", "fibrinogen_g_l")
SEATS: Final = {
    "fever": Seat("temperature", "vitals", "temperature", ("temperature_c",)),
    "splenomegaly": Seat("organ", "gradings", "size of the spleen, in no field of a case"),
    "2 of 3 cytopenias": Seat("cytopenia", "labs", "haemoglobin, platelets, neutrophils", _COUNTS),
    "triglycerides or fibrinogen": Seat(
        "fibrinogen", "labs", "fibrinogen, fasting triglycerides", _LIPIDS
    ),
    "haemophagocytosis": Seat("haemophagocytosis", "labs", "marrow", ("haemophagocytosis",)),
    "NK activity": Seat("judgement", "labs", "activity of NK cells, in no field of a case"),
    "ferritin": Seat("ferritin", "labs", "ferritin", ("ferritin_ng_ml",)),
    "soluble CD25": Seat("organ", "labs", "soluble CD25", ("scd25_u_ml",)),
}


def _grade(evidence: Evidence) -> Grade:
    gathered = Gathered(evidence)
    highest_temperature(gathered, site().labs_valid)
    for analyte in (*_COUNTS, *_LIPIDS, "scd25_u_ml"):
        gathered.lab(analyte)
    gathered.lab("ferritin_ug_l", "ferritin_ng_ml")
    gathered.put("age_years", evidence.case.patient.age_years, None)
    marrow(gathered)
    return as_grade(hlh_2004(gathered.recorded), SEATS, gathered)


SCALE: Final = BesideScale(
    "hlh-2004",
    "HLH-2004 diagnostic criteria",
    "HLH-2004",
    "iec-hs",
    "2004",
    "henter-2007",
    verification="unverified",
    highest=8,
    traps=(
        "Criteria met, 0 to 8, no grade; five, or a molecular diagnosis, fulfil them.",
        "Ferritin from 500 µg/L: nearly every patient after CAR-T cells meets it.",
        "Triglycerides and fibrinogen are one criterion together.",
        "Reprints differ on equality, and one leaves splenomegaly out.",
        "The spleen, NK-cell activity and gene defects stand in no field of a case, so that it "
        "stays an interval there; `toxwatch score hlh_2004` takes them.",
    ),
    grade=_grade,
)
