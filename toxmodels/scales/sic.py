"""
Sepsis-induced coagulopathy over a case; the SOFA points no case file holds stay open.

Cites: iba-2019, scoring table.
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.dic import sic
from toxmodels.scales.by_points import Gathered, Seat, as_grade
from toxmodels.scales.scale import BesideScale

__all__ = ["SCALE"]

SEATS: Final = {
    "platelets": Seat("platelets", "labs", "platelets", ("platelets_10e9_l",)),
    "INR": Seat("coagulation", "labs", "INR", ("inr",)),
    "SOFA": Seat("organ", "gradings", "SOFA points of four organs, in no field of a case"),
}


def _grade(evidence: Evidence) -> Grade:
    gathered = Gathered(evidence)
    gathered.lab("platelets_10e9_l")
    gathered.lab("inr")
    return as_grade(sic(gathered.recorded), SEATS, gathered)


SCALE: Final = BesideScale(
    "sic-2019",
    "Sepsis-induced coagulopathy",
    "SIC",
    "coagulation",
    "2019",
    "iba-2019",
    highest=6,
    traps=(
        "Points from 0 to 6, no grade; 4 or more is SIC.",
        "SOFA points stand in no field of a case, so that it stays an interval there; "
        "`toxwatch score sic` takes them.",
        "That platelets and INR together need more than 2 points was not read in a source.",
    ),
    grade=_grade,
)
