"""
Cases as rows of a cohort: what any case file, or a folder of CSV files of cases, amounts to.

A set of vital signs and an exam of the same time share a row. ICE and CAPD come as the bounds that
their items allow, ICE with the items counted as passed that were fixed before therapy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from toxmodels.cohort.columns import COLUMNS, NONE_FOUND, PATIENT, TIME, TREATMENT_COLUMNS
from toxmodels.moment import first_dose_at
from toxmodels.records import Case, NeuroExam, Vitals
from toxmodels.scales.ice import ice_score
from toxmodels.scored_exams import Ice

__all__ = ["flat", "flat_treatments"]

Row = dict[str, Any]
_KINDS: Final = {
    "text": pl.String,
    "word": pl.String,
    "words": pl.String,
    "number": pl.Float64,
    "whole number": pl.Int64,
    "yes or no": pl.Boolean,
    "time": pl.Datetime("us", "UTC"),
}
_MEASURED: Final = ("systolic_mmhg", "diastolic_mmhg", "map_mmhg", "spo2_percent")


def flat(cases: Iterable[Case]) -> pl.DataFrame:
    """The observations of cases as rows, in order of patient and time."""
    rows = [row for case in cases for row in _rows(case)]
    schema: dict[str, Any] = {name: _KINDS[one.holds] for name, one in COLUMNS.items()}
    schema |= dict.fromkeys(_MEASURED, pl.Float64)
    del schema["fever_drug_given_at"], schema["fever_hidden_until"]
    return pl.DataFrame(rows, schema=schema).sort(PATIENT, TIME, maintain_order=True)


def flat_treatments(cases: Iterable[Case]) -> pl.DataFrame:
    """The treatments of cases as rows."""
    rows = [
        {PATIENT: case.patient.id, **{name: getattr(one, name) for name in TREATMENT_COLUMNS[1:]}}
        for case in cases
        for one in case.treatments or ()
    ]
    times = pl.Datetime("us", "UTC")
    kinds = (pl.String, times, pl.String, times, pl.Float64)
    return pl.DataFrame(rows, schema=dict(zip(TREATMENT_COLUMNS, kinds, strict=True)))


def _rows(case: Case) -> list[Row]:
    patient = _patient(case)
    rows: dict[tuple[datetime, int], Row] = {}

    def place(at: datetime, kind: str) -> Row:
        number = 0
        while kind in rows.get((at, number), {}).get("kinds", ()):
            number += 1
        row = rows.setdefault((at, number), {**patient, TIME: at, "kinds": []})
        row["kinds"].append(kind)
        return row

    for vitals in case.vitals or ():
        _add(place(vitals.taken_at, "vitals"), _vitals(vitals))
    for exam in case.neuro or ():
        _add(place(exam.taken_at, "neuro"), _exam(exam, case))
    died_at = patient["died_at"]
    if died_at is not None and patient["death_due_to"] in ("crs", "icans"):
        rows.setdefault((died_at, 0), {**patient, TIME: died_at})
    for row in rows.values():
        row.pop("kinds", None)
    return [row for _, row in sorted(rows.items(), key=lambda one: one[0])]


def _add(row: Row, more: Row) -> None:
    causes = [one for one in (row.get("other_cause"), more.pop("other_cause")) if one]
    row.update(more)
    row["other_cause"] = "+".join(causes) or None


def _patient(case: Case) -> Row:
    person, usual = case.patient, case.patient.baseline_oxygen
    ice = person.baseline_ice
    if isinstance(ice, Ice):
        ice = ice.item_bounds()[0] if ice.total is None else ice.total
    deaths = sorted(
        (one for one in case.events or () if one.kind == "death"), key=lambda one: one.at
    )
    return {
        PATIENT: person.id,
        "age_years": person.age_years,
        "developmental_delay": person.developmental_delay,
        "first_dose_at": first_dose_at(case.therapy),
        "treatments_recorded": case.treatments is not None,
        "baseline_ice": ice,
        "baseline_capd": person.baseline_capd,
        "baseline_oxygen_device": None if usual is None else usual.device,
        "baseline_oxygen_flow_l_min": None if usual is None else usual.flow_l_min,
        "crs_since": None if case.therapy is None else case.therapy.crs_since,
        "died_at": deaths[-1].at if deaths else None,
        "death_due_to": deaths[-1].due_to if deaths else None,
    }


def _listed(words: Sequence[str] | None) -> str | None:
    return None if words is None else "+".join(words) or NONE_FOUND


def _vitals(one: Vitals) -> Row:
    names = ("temperature_c", "hypotensive", "fluid_for_hypotension", "hypoxic", *_MEASURED)
    oxygen = one.oxygen
    running = None if one.vasopressors is None else [agent.drug for agent in one.vasopressors]
    return {
        **{name: getattr(one, name) for name in names},
        "vitals_taken": True,
        "vasopressors": _listed(running),
        "oxygen_device": None if oxygen is None else oxygen.device,
        "oxygen_flow_l_min": None if oxygen is None else oxygen.flow_l_min,
        "oxygen_fio2": None if oxygen is None else oxygen.fio2,
        "oxygen_reason": None if oxygen is None else oxygen.reason,
        "other_cause": "+".join(one.other_cause or ()) or None,
    }


def _exam(one: NeuroExam, case: Case) -> Row:
    names = ("consciousness", "motor_weakness", "cerebral_oedema")
    ice = None if one.ice is None else ice_score(one.ice, case.patient.fixed_ice_deficits or ())
    capd = (None, None) if one.capd is None else one.capd.bounds()
    fit = one.seizure
    return {
        **{name: getattr(one, name) for name in names},
        "exam_taken": True,
        "ice_low": None if ice is None else ice.low,
        "ice_high": None if ice is None else ice.high,
        "capd_low": capd[0],
        "capd_high": capd[1],
        "raised_icp": _listed(one.raised_icp),
        "unable": "+".join(one.unable_reasons) or None,
        "seizure_kind": None if fit is None else fit.kind,
        "seizure_duration_min": None if fit is None else fit.duration_min,
        "seizure_resolved": None if fit is None else fit.resolved,
        "seizure_repetitive": None if fit is None else fit.repetitive_without_recovery,
        "seizure_count": None if fit is None else fit.count,
        "seizure_started_at": None if fit is None else fit.started_at,
        "other_cause": "+".join(one.other_cause or ()) or None,
    }
