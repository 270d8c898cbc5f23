"""
What the IEC-HS screen reads: the required ferritin, four findings, and what is often seen beside.

Each is met, not met, or not known. All are from professional knowledge (unverified).

Cites: iec-hs-2023, identification table; ctcae-5.0 for grades of single values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from toxmodels.evidence import Evidence, LabValue
from toxmodels.findings import Sign
from toxmodels.scales.ctcae_labs import LabGrade, case_lab_grade
from toxmodels.site import site

__all__ = ["Item", "ferritin_rule", "most_common", "often_beside"]

FERRITIN_TIMES: Final = 2.0
FIBRINOGEN_G_L: Final = 1.5
TRIGLYCERIDES_MG_DL: Final = 265.0
_MG_DL_PER_MMOL_L: Final = 88.57
_LIVER_FROM: Final = 3  # CTCAE: above 5 x the upper limit, or 5 x a raised baseline
_COUNT_FROM: Final = 4
_FEVER_C: Final = 38.0


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the table; ``is_met`` is ``None`` where what was recorded does not settle it."""

    sign: Sign
    is_met: bool | None
    says: str
    limit: str
    value: str | None = None
    taken_at: datetime | None = None
    missing: str | None = None
    note: str | None = None


def ferritin_rule(evidence: Evidence) -> Item:
    """Ferritin above twice the upper limit, or above twice the baseline."""
    limit = f"above {FERRITIN_TIMES:g} x the upper limit or {FERRITIN_TIMES:g} x the baseline"
    now, before = evidence.lab("ferritin_ug_l"), evidence.baseline("ferritin_ug_l")
    if now is None:
        return Item("ferritin", None, "ferritin not recorded", limit, missing="ferritin")
    by_limit = None if now.upper_limit is None else now.value > FERRITIN_TIMES * now.upper_limit
    by_baseline = None if before is None else now.value > FERRITIN_TIMES * before.value
    lacking = {"its upper limit": by_limit, "its baseline": by_baseline}
    missing = " and ".join(name for name, met in lacking.items() if met is None)
    is_met = True if by_limit or by_baseline else (None if missing else False)
    word = {True: "high", False: "not high", None: "cannot be held against all limits"}[is_met]
    return Item(
        "ferritin",
        is_met,
        f"ferritin {now.value:,.0f} µg/L, {word}{_rise(evidence)}",
        limit,
        f"{now.value:g} µg/L",
        now.taken_at,
        f"ferritin: {missing}" if missing else None,
        "a rapid rise counts as well, in a clinician's judgement",
    )


def _rise(evidence: Evidence) -> str:
    """The slope, shown and never judged."""
    series = evidence.series("ferritin_ug_l")
    if len(series) < 2 or series[-1].value <= series[-2].value:
        return ""
    hours = (series[-1].taken_at - series[-2].taken_at) / timedelta(hours=1)
    return f", from {series[-2].value:,.0f} in {hours:.0f} h"


def most_common(evidence: Evidence) -> tuple[Item, ...]:
    """The four findings that count, in the order of the table."""
    return (_liver(evidence), _fibrinogen(evidence), _tissue(evidence), _cytopenia(evidence))


def _liver(evidence: Evidence) -> Item:
    grades = {name: case_lab_grade(evidence, name.lower(), "5.0") for name in ("ALT", "AST")}
    limit = "ALT or AST above 5 x the upper limit, or 5 x a raised baseline"
    return _worst_of("liver", grades, _LIVER_FROM, limit, "ALT and AST")


def _worst_of(sign: Sign, grades: dict[str, LabGrade], least: int, limit: str, wanted: str) -> Item:
    """One of several values reaches a grade for certain, may reach it, or none can."""
    known = {name: one for name, one in grades.items() if one.value is not None}
    shown = ", ".join(f"{name} {one.value}" for name, one in known.items())
    says = shown or f"{wanted} not recorded"
    if any(one.at_least >= least for one in known.values()):
        return Item(sign, True, says, limit, shown)
    open_ = {name: one for name, one in grades.items() if one.at_most >= least}
    if not open_:
        return Item(sign, False, says, limit, shown)
    lacking = "; ".join(
        f"{name}: {', '.join(part.replace('_', ' ') for part in one.missing)}"
        for name, one in open_.items()
    )
    return Item(sign, None, says, limit, shown or None, missing=lacking)


def _fibrinogen(evidence: Evidence) -> Item:
    now = evidence.lab("fibrinogen_g_l")
    limit = f"below {FIBRINOGEN_G_L:g} g/L or below the lower limit"
    if now is None:
        return Item("fibrinogen", None, "fibrinogen not recorded", limit, missing="fibrinogen")
    value = f"{now.value:g} g/L"
    low = now.value < FIBRINOGEN_G_L
    lower = now.lower_limit
    missing = None if low or lower is not None else "fibrinogen: its lower limit"
    is_met = low or (None if lower is None else now.value < lower)
    return Item("fibrinogen", is_met, f"fibrinogen {value}", limit, value, now.taken_at, missing)


def _tissue(evidence: Evidence) -> Item:
    """Haemophagocytosis stands once it was seen; a later look that finds none does not undo it."""
    seen = [one for one in evidence.labs if one.haemophagocytosis is not None]
    start = evidence.first_dose_at
    seen = [one for one in seen if start is None or one.taken_at >= start]
    limit = "in marrow or another tissue"
    if not seen:
        says = "tissue not examined for haemophagocytosis"
        return Item("haemophagocytosis", None, says, limit, missing="haemophagocytosis in tissue")
    found = [one for one in seen if one.haemophagocytosis]
    newest = (found or seen)[-1]
    word = "haemophagocytosis" if found else "no haemophagocytosis"
    return Item("haemophagocytosis", bool(found), word, limit, word, newest.taken_at)


def _cytopenia(evidence: Evidence) -> Item:
    """Platelets of grade 4; neutrophils of grade 4 only once lymphodepletion explains them less."""
    names = {"platelets": "platelets"}
    if not _is_expected(evidence):
        names["neutrophils"] = "neutrophils"
    grades = {name: case_lab_grade(evidence, term, "5.0") for name, term in names.items()}
    days = site().triggers["neutropenia_until_day"]
    limit = f"a lineage of grade 4 (CTCAE 5.0); neutrophils only after day {days:g}"
    return _worst_of("cytopenia", grades, _COUNT_FROM, limit, "platelets")


def _is_expected(evidence: Evidence) -> bool:
    """Whether lymphodepletion explains low neutrophils: an unknown start explains nothing away."""
    start = evidence.first_dose_at
    until = timedelta(days=site().triggers["neutropenia_until_day"])
    return start is not None and evidence.at - start <= until


def often_beside(evidence: Evidence) -> list[str]:
    """What is often seen beside, where it was recorded; none of it counts."""
    found = []
    for name, short, unit in (
        ("ldh_u_l", "LDH", "U/L"),
        ("direct_bilirubin_umol_l", "direct bilirubin", "µmol/L"),
        ("pt_s", "PT", "s"),
        ("aptt_s", "aPTT", "s"),
    ):
        now = evidence.lab(name)
        if now is not None and now.upper_limit is not None and now.value > now.upper_limit:
            found.append(f"{short} {now.value:g} {unit}")
    fat = evidence.lab("triglycerides_mmol_l")
    if fat is not None and _is_fat(fat):
        found.append(f"triglycerides {fat.value:g} mmol/L")
    heat = evidence.moment.temperature_c
    if heat is not None and heat.value >= _FEVER_C:
        found.append(f"{heat.value:g} °C")
    return found


def _is_fat(value: LabValue) -> bool:
    return value.value * _MG_DL_PER_MMOL_L > TRIGLYCERIDES_MG_DL
