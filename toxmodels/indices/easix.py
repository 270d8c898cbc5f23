"""
EASIX: endothelial activation and stress index, and its simplified and modified forms.

Risk markers that run without bound, usually compared on a logarithmic scale; never a grade. Units
of the formula: U/L, mg/dL and 10⁹/L. Without platelets it is undefined, and a transfusion makes it
look better than it is. Methods for LDH differ between laboratories.

Cites: Luft 2017 (EASIX), Pennisi 2021 (simplified and modified forms).
"""

from __future__ import annotations

from typing import Final

CREATININE_UMOL_PER_MG_DL: Final = 88.4
CRP_MG_L_PER_MG_DL: Final = 10.0


def easix(
    ldh_u_l: float | None, creatinine_umol_l: float | None, platelets_10e9_l: float | None
) -> float | None:
    """
    LDH times creatinine over platelets, or ``None`` where a value is missing.

    Also ``None`` without platelets: nothing is divided by nought.
    """
    if creatinine_umol_l is None:
        return None
    return _over_platelets(ldh_u_l, creatinine_umol_l / CREATININE_UMOL_PER_MG_DL, platelets_10e9_l)


def s_easix(ldh_u_l: float | None, platelets_10e9_l: float | None) -> float | None:
    """LDH over platelets: the simplified form."""
    return _over_platelets(ldh_u_l, 1.0, platelets_10e9_l)


def m_easix(
    ldh_u_l: float | None, crp_mg_l: float | None, platelets_10e9_l: float | None
) -> float | None:
    """LDH times CRP over platelets: the modified form, with no limit of its own."""
    if crp_mg_l is None:
        return None
    return _over_platelets(ldh_u_l, crp_mg_l / CRP_MG_L_PER_MG_DL, platelets_10e9_l)


def _over_platelets(
    ldh_u_l: float | None, factor: float, platelets_10e9_l: float | None
) -> float | None:
    if ldh_u_l is None or platelets_10e9_l is None or platelets_10e9_l <= 0:
        return None
    return ldh_u_l * factor / platelets_10e9_l
