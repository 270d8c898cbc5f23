"""
The flat columns of a cohort: one row is one observation time of one patient.

A column is named like the field of the record it comes from, with ``_`` where the CSV files of
cases have a point. An absent column, null and NaN all mean that nobody recorded it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from toxmodels.limits import limits
from toxmodels.records import NeuroExam, Vitals
from toxmodels.terms import (
    Consciousness,
    Device,
    IceItem,
    MotorWeakness,
    NeuroSign,
    Oedema,
    OxygenReason,
    PressorDrug,
    RaisedIcp,
    SeizureKind,
    Unable,
    VitalSign,
)

__all__ = ["ABOUT", "COLUMNS", "NONE_FOUND", "PATIENT", "TIME", "TREATMENT_COLUMNS", "Column"]

PATIENT: Final = "patient_id"
TIME: Final = "taken_at"
NONE_FOUND: Final = "none"  # in a column of several words: somebody looked, and found none

Holds = Literal["text", "time", "number", "whole number", "yes or no", "word", "words"]
About = Literal["key", "patient", "vitals", "neuro", "both"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, which record it belongs to, and what its values may be."""

    name: str
    holds: Holds
    about: About
    words: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    says: str = ""


def _measured(name: str, about: About, quantity: str, says: str = "") -> Column:
    bounds = limits()[quantity]
    low, high = bounds.impossible_below, bounds.impossible_above
    return Column(name, "number", about, (), low, high, says or bounds.unit)


def _word(name: str, about: About, terms: object, says: str = "") -> Column:
    return Column(name, "word", about, get_args(terms), says=says)


def _words(name: str, about: About, terms: object, says: str = "") -> Column:
    return Column(name, "words", about, get_args(terms), says=says)


def _count(name: str, about: About, most: float | None = None, says: str = "") -> Column:
    return Column(name, "whole number", about, (), 0, most, says)


def _truth(name: str, about: About, says: str = "") -> Column:
    return Column(name, "yes or no", about, says=says)


_ALL: Final = (
    Column(PATIENT, "text", "key", says="study id"),
    Column(TIME, "time", "key", says="time of the observation, with its zone"),
    # the patient: the same in every row
    Column("age_years", "number", "patient", (), 0, 120),
    _truth("developmental_delay", "patient"),
    Column("first_dose_at", "time", "patient", says="when exposure to the therapy began"),
    _truth("treatments_recorded", "patient", "somebody kept a list of treatments"),
    _count("baseline_ice", "patient", 10),
    _count("baseline_capd", "patient", 32),
    _words("fixed_ice_deficits", "patient", IceItem, "only beside ice_total"),
    _word("baseline_oxygen_device", "patient", Device),
    _measured("baseline_oxygen_flow_l_min", "patient", "flow_l_min"),
    Column("crs_since", "time", "patient", says="CRS established before the rows begin"),
    Column("died_at", "time", "patient"),
    Column("death_due_to", "word", "patient", ("crs", "icans", "other")),
    # vital signs
    _measured("temperature_c", "vitals", "temperature_c"),
    _truth("hypotensive", "vitals", "the clinician's own judgement"),
    _words("vasopressors", "vitals", PressorDrug, "running at this time"),
    _truth("fluid_for_hypotension", "vitals"),
    _word("oxygen_device", "vitals", Device),
    _measured("oxygen_flow_l_min", "vitals", "flow_l_min"),
    _measured("oxygen_fio2", "vitals", "fio2"),
    _word("oxygen_reason", "vitals", OxygenReason),
    _truth("hypoxic", "vitals", "judged before oxygen was started"),
    _truth("vitals_taken", "vitals", "a set was taken, whatever it recorded"),
    # the neurological exam
    _count("ice_total", "neuro", 10),
    _count("ice_low", "neuro", 10, "where items were left out: the least the rest allows"),
    _count("ice_high", "neuro", 10, "and the most"),
    _count("capd_total", "neuro", 32),
    _count("capd_low", "neuro", 32, "where items were left out: the least the rest allows"),
    _count("capd_high", "neuro", 32, "and the most"),
    _word("consciousness", "neuro", Consciousness),
    _word("seizure_kind", "neuro", SeizureKind),
    Column("seizure_duration_min", "number", "neuro", (), 0),
    _truth("seizure_resolved", "neuro"),
    _truth("seizure_repetitive", "neuro", "repetitive without recovery between"),
    _count("seizure_count", "neuro"),
    Column("seizure_started_at", "time", "neuro"),
    _word("motor_weakness", "neuro", MotorWeakness),
    _words("raised_icp", "neuro", RaisedIcp),
    _word("cerebral_oedema", "neuro", Oedema),
    _words("unable", "neuro", Unable, "why the scored exam could not be done"),
    _truth("exam_taken", "neuro", "an exam was made, whatever it recorded"),
    Column("other_cause", "words", "both", (*get_args(VitalSign), *get_args(NeuroSign))),
    # treatments, where they come as columns instead of as a second frame
    Column("fever_drug_given_at", "time", "key", says="the last drug that waives fever, by then"),
    Column("fever_hidden_until", "time", "key", says="how long what was given may hide fever"),
)
COLUMNS: Final = {column.name: column for column in _ALL}
TREATMENT_COLUMNS: Final = (PATIENT, "given_at", "drug", "stopped_at", "interval_h")


def _flat(record: type[Vitals] | type[NeuroExam]) -> frozenset[str]:
    skipped = {TIME, "other_cause", "other_cause_reason"}
    return frozenset(name for name in record.model_fields if name not in skipped)


# A value in any of these columns says that a set or an exam was made at that time.
ABOUT: Final[dict[str, frozenset[str]]] = {
    about: frozenset(name for name, column in COLUMNS.items() if column.about == about)
    | _flat(record)
    for about, record in (("vitals", Vitals), ("neuro", NeuroExam))
}
