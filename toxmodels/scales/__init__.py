"""
Scales: one published scale a file, and the registry that makes each appear everywhere.

Two kinds. A *stepped* scale (ASTCT) is graded at every step of the course and decides episodes,
flags and advice. A scale *beside* it is graded at one time, for comparison or for a label that is
written in it.

To add a scale beside: write ``scales/<name>.py`` with ``SCALE``, and add one line to ``_BESIDE``.
"""

from __future__ import annotations

from typing import Final

from toxmodels.scales import (
    astct_crs,
    astct_icans,
    cairo_bishop,
    carhlh,
    cartox_cres,
    cartox_crs_2018,
    cn_bnhl_crs_2022,
    ctcae_crs,
    ctcae_neuro,
    hlh_2004,
    howard_tls,
    hscore,
    icaht,
    icaht_late,
    iec_hs,
    isth_dic,
    lee_2014,
    mskcc_2018,
    news2,
    penn_2018,
    sic,
    t_icaht,
)
from toxmodels.scales.scale import BesideScale, Scale, SteppedScale

__all__ = ["BESIDE", "SCALES", "STEPPED", "BesideScale", "Scale", "SteppedScale"]

STEPPED: Final[dict[str, SteppedScale]] = {
    scale.id: scale
    for scale in (
        SteppedScale(
            astct_crs.ID,
            "Cytokine release syndrome, ASTCT consensus",
            "CRS",
            "crs",
            "2019",
            "lee-2019",
            reads=astct_crs.READS,
            grade=astct_crs.grade,
        ),
        SteppedScale(
            astct_icans.ID,
            "Neurotoxicity (ICANS), ASTCT consensus, adults and children",
            "ICANS",
            "icans",
            "2019",
            "lee-2019",
            reads=astct_icans.READS,
            grade=astct_icans.grade,
        ),
    )
}
_BESIDE: Final[tuple[BesideScale, ...]] = (
    lee_2014.SCALE,
    penn_2018.SCALE,
    mskcc_2018.SCALE,
    cartox_crs_2018.SCALE,
    *ctcae_crs.SCALES,
    cn_bnhl_crs_2022.SCALE,
    cartox_cres.SCALE,
    ctcae_neuro.SCALE_5,
    ctcae_neuro.SCALE_6,
    icaht.SCALE,
    icaht_late.SCALE,
    t_icaht.EARLY,
    t_icaht.LATE,
    iec_hs.SCALE,
    carhlh.SCALE,
    news2.SCALE,
    cairo_bishop.SCALE,
    howard_tls.SCALE,
    isth_dic.SCALE,
    sic.SCALE,
    hscore.SCALE,
    hlh_2004.SCALE,
)
BESIDE: Final[dict[str, BesideScale]] = {scale.id: scale for scale in _BESIDE}
SCALES: Final[dict[str, Scale]] = {**STEPPED, **BESIDE}
