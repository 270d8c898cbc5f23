"""
Cairo-Bishop tumour lysis over a case: two of four analytes in the days around a start of therapy.

The newest values that still count, each inside the open days; the baseline is the last value
before the start. Calcium is taken as it was entered.

Cites: cairo-2004, laboratory definition and table of clinical grades.
"""

from __future__ import annotations

from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.tls import cairo_bishop
from toxmodels.scales.by_points import as_grade
from toxmodels.scales.scale import BesideScale
from toxmodels.scales.tls_window import SEATS, gather, window

__all__ = ["SCALE"]

ANALYTES: Final = {
    name: f"baseline_{name}"
    for name in (
        "urate_umol_l",
        "potassium_mmol_l",
        "phosphate_mmol_l",
        "calcium_mmol_l",
        "creatinine_umol_l",
    )
}


def _grade(evidence: Evidence) -> Grade:
    days = window(evidence)
    if isinstance(days, Grade):
        return days
    gathered = gather(evidence, days, ANALYTES, None)
    return as_grade(cairo_bishop(gathered.recorded), SEATS, gathered, is_sum=False)


SCALE: Final = BesideScale(
    "cairo-bishop-2004",
    "Tumour lysis, Cairo and Bishop",
    "TLS (C-B)",
    "tls",
    "2004",
    "cairo-2004",
    traps=(
        "The number is the clinical grade; laboratory tumour lysis alone is grade 0.",
        "Without a baseline the rule of 25 % can be neither met nor excluded.",
        "Calcium falls by 25 %, the other three rise; calcium is corrected for albumin.",
        "Creatinine of exactly 1.5 times its upper limit is grade 1.",
        "Rasburicase spoils urate in a sample that was not kept on ice; haemolysis raises "
        "potassium.",
    ),
    grade=_grade,
)
