"""
Howard's tumour lysis over a case: two abnormal analytes within the same 24 hours.

0 none, 1 laboratory, 2 clinical tumour lysis: no grades of severity. No rule of 25 %; ionised
calcium may stand in for calcium.

Cites: howard-2011, laboratory and clinical definition.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.tls import howard_tls
from toxmodels.scales.by_points import as_grade
from toxmodels.scales.scale import BesideScale
from toxmodels.scales.tls_window import SEATS, Window, closed, gather, no_start, window

__all__ = ["SCALE"]

HIGHEST: Final = 2
SAME_DAY: Final = timedelta(hours=24)
ANALYTES: Final = {
    name: f"baseline_{name}"
    for name in (
        "urate_umol_l",
        "potassium_mmol_l",
        "phosphate_mmol_l",
        "calcium_mmol_l",
        "ionised_calcium_mmol_l",
        "creatinine_umol_l",
    )
}


def _grade(evidence: Evidence) -> Grade:
    days = window(evidence)
    if not isinstance(days, Window):
        return closed(evidence) if days.complete else no_start(evidence, HIGHEST)
    gathered = gather(evidence, days, ANALYTES, SAME_DAY)
    return as_grade(howard_tls(gathered.recorded), SEATS, gathered, is_sum=False)


SCALE: Final = BesideScale(
    "howard-tls-2011",
    "Tumour lysis, Howard",
    "TLS (Howard)",
    "tls",
    "2011",
    "howard-2011",
    highest=HIGHEST,
    traps=(
        "0 none, 1 laboratory, 2 clinical tumour lysis: no grades of severity.",
        "Both abnormalities within the same 24 hours; no rule of 25 %.",
        "One reprint leaves the unit of ionised calcium out: 1.12 is mg/dL, 0.3 mmol/L.",
    ),
    grade=_grade,
)
