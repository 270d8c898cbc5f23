"""
Cytokine release syndrome by CTCAE, editions 4.03, 5.0 and 6.0.

The editions are three scales: any vasopressor is 4 in 4.03, one vasopressor is 3 from 5.0 on, and
6.0 replaced the FiO2 of 5.0 by devices. None of them waives fever, and none counts organ toxicity
by laboratory values. The rows of 4.03 stand in a module of their own.

Cites: ctcae-crs-4.03, ctcae-crs-5.0, ctcae-crs-6.0; site-defaults, inferred rows (house).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, seen, unsure
from toxmodels.records import Oxygen
from toxmodels.scales.astct_crs import LOW_FLOW_L_MIN
from toxmodels.scales.crs_reading import fever, verdict
from toxmodels.scales.ctcae_crs_4_03 import grade_4_03
from toxmodels.scales.oxygen_support import (
    POSITIVE_PRESSURE,
    FractionRows,
    by_fraction,
    hypoxia,
    row,
)
from toxmodels.scales.pressure_support import COUNTS_VASOPRESSIN, Running, hypotension
from toxmodels.scales.scale import BesideScale
from toxmodels.sources import Cite, Verification

__all__ = ["SCALES"]

_TERM: Final = "cytokine release syndrome"
_INFERRED: Final = Cite("site-defaults", "grade 4 of CTCAE, read from what is running", "house")


def _pressors_by_number(cite: Cite, running: Running) -> Finding:
    note = COUNTS_VASOPRESSIN if running.with_vasopressin else None
    if len(running.names) > 1:
        limit = "several vasopressors: read as life-threatening"
        return seen(
            "hypotension", 4, running.says, limit=limit, cite=_INFERRED,
            taken_at=running.taken_at, note=note,
        )  # fmt: skip
    limit = "one vasopressor"
    return seen(
        "hypotension", 3, running.says, limit=limit, cite=cite, taken_at=running.taken_at, note=note
    )


def _device_5(cite: Cite, oxygen: Oxygen, taken_at: datetime) -> Finding:
    if oxygen.device in POSITIVE_PRESSURE:
        limit = "positive pressure: read as life-threatening"
        return row(4, oxygen, taken_at, limit=limit, cite=_INFERRED)
    return by_fraction(FractionRows(2, 3, 4, cite, None), oxygen, taken_at)


def _device_6(cite: Cite, oxygen: Oxygen, taken_at: datetime) -> Finding:
    if oxygen.device in POSITIVE_PRESSURE:
        limit = "positive pressure: read as life-threatening"
        return row(4, oxygen, taken_at, limit=limit, cite=_INFERRED)
    if oxygen.device == "blow_by":
        return row(2, oxygen, taken_at, limit="blow-by oxygen", cite=cite)
    if oxygen.device != "nasal_cannula":
        return row(3, oxygen, taken_at, limit="high-flow cannula or a mask", cite=cite)
    note = f"the edition prints no flow; low flow is read as up to {LOW_FLOW_L_MIN:g} L/min"
    limit = "2 at low flow, 3 above"
    if oxygen.flow_l_min is None:
        shown = row(2, oxygen, taken_at, limit=limit, cite=cite)
        found = unsure(
            "hypoxia", 2, 3, f"{shown.says}, flow not recorded", missing="oxygen flow in L/min",
            cite=cite, value=shown.says, limit=limit, taken_at=taken_at,
        )  # fmt: skip
        return replace(found, note=note)
    grade = 3 if oxygen.flow_l_min > LOW_FLOW_L_MIN else 2
    return row(grade, oxygen, taken_at, limit=limit, cite=cite, note=note)


def _later_edition(
    edition: str, device: Callable[[Cite, Oxygen, datetime], Finding], evidence: Evidence
) -> Grade:
    def at(what: str) -> Cite:
        return Cite(f"ctcae-crs-{edition}", f"{_TERM}, {what}")

    pressors = partial(_pressors_by_number, at("grade 3, vasopressor"))
    oxygen = at("grades 2 and 3, hypoxia")
    found = [
        fever(evidence, at("grade 1")),
        hypotension(evidence, pressors, fluid=2, most=4, cite=at("grades 2 and 3, hypotension")),
        hypoxia(evidence, partial(device, oxygen), lowest=2, most=4, cite=oxygen),
    ]
    return verdict(evidence, found, at("grade 5"))


_NO_WAIVER: Final = "Fever is not required and is never waived."
_TWO: Final = (
    "Several vasopressors or positive pressure are not named in grade 4; they are read as "
    "life-threatening (house reading)."
)
_COUNTED: Final = "Vasopressin is not left out: beside another vasopressor it makes two."


def _scale(
    edition: str,
    grade: Callable[[Evidence], Grade],
    verification: Verification,
    *traps: str,
) -> BesideScale:
    return BesideScale(
        f"ctcae-crs-{edition}",
        f"Cytokine release syndrome, CTCAE {edition}",
        f"CTCAE {edition}",
        "crs",
        edition,
        f"ctcae-crs-{edition}",
        verification=verification,
        traps=traps,
        grade=grade,
    )


SCALES: Final = (
    _scale(
        "4.03",
        grade_4_03,
        "unverified",
        "Any vasopressor is 4 here, 3 in CTCAE 5.0, and 2 on the Lee scale at a low dose.",
        "Grades 2 and 3 differ by prompt response and recurrence, which a clinician judges: the "
        "grade stays open between them.",
        "Grade 1 says that no interruption is indicated; antipyretics alone do not raise it here.",
        "The rows of grades 3 and 4 are from professional knowledge.",
    ),
    _scale(
        "5.0",
        partial(_later_edition, "5.0", _device_5),
        "verified",
        "Oxygen counts by FiO2 as measured or set, never by flow: 6 L/min may be 2 or 3.",
        _TWO,
        _COUNTED,
        _NO_WAIVER,
    ),
    _scale(
        "6.0",
        partial(_later_edition, "6.0", _device_6),
        "verified",
        "Oxygen counts by device and no longer by FiO2: a mask is 3, a low-flow cannula 2.",
        _TWO,
        _COUNTED,
        _NO_WAIVER,
        "The text was read in a copy of the workbook, not at its publisher.",
    ),
)
