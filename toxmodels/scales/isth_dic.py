"""
ISTH score of overt DIC over a case, from the newest coagulation values that still count.

The fibrin marker is D-dimer as a multiple of its own upper limit; without that limit it is open.
FDP alone leave it open as well, so that a later D-dimer can only settle it.

Cites: taylor-2001, scoring table.
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.dic import isth_dic
from toxmodels.scales.by_points import Gathered, Seat, as_grade
from toxmodels.scales.scale import BesideScale

__all__ = ["SCALE"]

SEATS: Final = {
    "platelets": Seat("platelets", "labs", "platelets", ("platelets_10e9_l",)),
    "fibrin marker": Seat(
        "coagulation", "labs", "D-dimer with its upper limit", ("d_dimer_mg_l_feu",)
    ),
    "prothrombin time": Seat(
        "coagulation", "labs", "prothrombin time with its upper limit", ("pt_s",)
    ),
    "fibrinogen": Seat("fibrinogen", "labs", "fibrinogen", ("fibrinogen_g_l",)),
}


def _grade(evidence: Evidence) -> Grade:
    gathered = Gathered(evidence)
    gathered.lab("platelets_10e9_l")
    gathered.lab("fibrinogen_g_l")
    for analyte, upper in (
        ("d_dimer_mg_l_feu", "d_dimer_upper_limit_mg_l_feu"),
        ("pt_s", "pt_upper_limit_s"),
    ):
        found = gathered.lab(analyte)
        if found is not None:
            gathered.put(upper, found.upper_limit, found.taken_at)
    return as_grade(isth_dic(gathered.recorded), SEATS, gathered)


SCALE: Final = BesideScale(
    "isth-dic-2001",
    "Overt DIC, ISTH",
    "DIC (ISTH)",
    "coagulation",
    "2001",
    "taylor-2001",
    highest=8,
    traps=(
        "Points from 0 to 8, no grade; 5 or more is overt DIC.",
        "Only where a disorder known to go with DIC is present.",
        "The first edition left equality open; one reprint gives the marker 1 and 2 points "
        "instead of 2 and 3.",
        "Moderate and strong increase of the marker are defined by the laboratory.",
        "After lymphodepletion platelets are low without DIC: read fibrinogen and D-dimer beside "
        "the sum.",
    ),
    grade=_grade,
)
