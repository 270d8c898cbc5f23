"""
Which scored exam grades a patient: ICE, or CAPD under 12 years or with developmental delay.

Cites: lee-2019, ICANS table for children; over 21 years with delay it is ICE (house).
"""

from __future__ import annotations

from typing import Final, Literal

from toxmodels.records import Patient

CHILD_BELOW_YEARS: Final = 12.0
CAPD_UP_TO_YEARS: Final = 21.0
Branch = Literal["ice", "capd", "either"]


def branch(patient: Patient) -> Branch:
    """Which scored exam applies; ``either`` while the age is unknown."""
    age = patient.age_years
    if age is None:
        return "either"
    delayed = patient.developmental_delay is True and age <= CAPD_UP_TO_YEARS
    return "capd" if age < CHILD_BELOW_YEARS or delayed else "ice"
