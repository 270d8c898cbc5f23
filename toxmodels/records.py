"""
Records: everything written down about one patient, as the case file holds it.

Closed, frozen and strict: an unknown key, a text where a number belongs or a time without an
offset is refused. ``None`` always means "nobody recorded it", never "normal". Units stand in the
names. Reading text into records, with faults that name place and cure, is ``casefile``'s work.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from toxmodels.quantities import (
    Celsius,
    Crp,
    Diastolic,
    Ferritin,
    Flow,
    HeartRate,
    Height,
    Indication,
    MeanPressure,
    Neutrophils,
    NotNegative,
    OxygenFraction,
    Positive,
    Record,
    RespiratoryRate,
    Saturation,
    Systolic,
    Time,
    Weight,
    refuse,
)
from toxmodels.scored_exams import Capd, Ice, Whole
from toxmodels.terms import (
    Consciousness,
    Device,
    EventKind,
    IceItem,
    MotorWeakness,
    NeuroSign,
    Oedema,
    OtherSign,
    OxygenReason,
    PressorDrug,
    Purpose,
    RaisedIcp,
    Region,
    SeizureKind,
    Sex,
    StopReason,
    Unable,
    VitalSign,
)

FORMAT: Final = "toxwatch-case/1"


class Oxygen(Record):
    """The oxygen support a patient has: device, flow and why, never a category."""

    device: Device | None = None
    flow_l_min: Flow | None = None
    fio2: OxygenFraction | None = None
    reason: OxygenReason | None = None


class Vasopressor(Record):
    """One agent running at the time of the record."""

    drug: PressorDrug
    rate_ug_min: NotNegative | None = None
    rate_ug_kg_min: NotNegative | None = None
    rate_units_min: NotNegative | None = None


class Vitals(Record):
    """
    One set of vital signs.

    ``vasopressors``: ``[]`` = looked, none running. ``hypotensive`` and ``hypoxic`` are the
    clinician's own judgement. ``fluid_for_hypotension``: a bolus was given for low pressure since
    the last set. ``other_cause``: signs a physician attributed to something else.
    """

    taken_at: Time
    temperature_c: Celsius | None = None
    temperature_site: (
        Literal["oral", "axillary", "tympanic", "rectal", "temporal", "bladder", "core", "other"]
        | None
    ) = None
    systolic_mmhg: Systolic | None = None
    diastolic_mmhg: Diastolic | None = None
    map_mmhg: MeanPressure | None = None
    heart_rate_bpm: HeartRate | None = None
    respiratory_rate_bpm: RespiratoryRate | None = None
    spo2_percent: Saturation | None = None
    hypotensive: bool | None = None
    hypoxic: bool | None = None
    rigors: bool | None = None
    fluid_bolus_ml: NotNegative | None = None
    fluid_for_hypotension: bool | None = None
    vasopressors: tuple[Vasopressor, ...] | None = None
    oxygen: Oxygen | None = None
    other_cause: tuple[VitalSign, ...] | None = None
    other_cause_reason: str | None = None


class Seizure(Record):
    """A seizure seen or recorded on EEG, or ``kind = "none"`` when looked for and absent."""

    kind: SeizureKind | None = None
    started_at: Time | None = None
    count: Annotated[Whole, Field(ge=0)] | None = None
    duration_min: NotNegative | None = None
    repetitive_without_recovery: bool | None = None
    resolved: bool | None = None


class NeuroExam(Record):
    """
    One neurological exam.

    ``raised_icp``: ``[]`` = looked, none. ``unable``: why the scored exam could not be done; the
    score is then open, never 0. ``other_signs`` are kept and shown and never grade.
    """

    taken_at: Time
    ice: Ice | None = None
    capd: Capd | None = None
    consciousness: Consciousness | None = None
    seizure: Seizure | None = None
    motor_weakness: MotorWeakness | None = None
    raised_icp: tuple[RaisedIcp, ...] | None = None
    cerebral_oedema: Oedema | None = None
    unable: Unable | tuple[Unable, ...] | None = None
    rass: Annotated[Whole, Field(ge=-5, le=4)] | None = None
    new_confusion: bool | None = None
    handwriting: Literal["same", "worse", "not_done"] | None = None
    other_signs: tuple[OtherSign, ...] | None = None
    cartox10_total: Annotated[Whole, Field(ge=0, le=10)] | None = None
    papilloedema_stage: Annotated[Whole, Field(ge=0, le=5)] | None = None
    csf_opening_pressure_mmhg: NotNegative | None = None
    other_cause: tuple[NeuroSign, ...] | None = None
    other_cause_reason: str | None = None

    @property
    def unable_reasons(self) -> tuple[Unable, ...]:
        """The reasons as a tuple, empty when the exam was possible."""
        if self.unable is None:
            return ()
        return self.unable if isinstance(self.unable, tuple) else (self.unable,)


_NO_ANALYTES: Final = {"taken_at", "haemophagocytosis", "upper_limits", "lower_limits"}


class Labs(Record):
    """
    Laboratory values of one sample; limits of normal by the same names.

    ``haemophagocytosis`` is what marrow or another tissue showed; nobody looked is ``None``.
    """

    taken_at: Time
    crp_mg_l: Crp | None = None
    ferritin_ug_l: Ferritin | None = None
    il6_pg_ml: NotNegative | None = None
    anc_per_ul: Neutrophils | None = None
    wbc_10e9_l: NotNegative | None = None
    platelets_10e9_l: NotNegative | None = None
    haemoglobin_g_dl: NotNegative | None = None
    ldh_u_l: NotNegative | None = None
    creatinine_umol_l: NotNegative | None = None
    alt_u_l: NotNegative | None = None
    ast_u_l: NotNegative | None = None
    bilirubin_umol_l: NotNegative | None = None
    fibrinogen_g_l: NotNegative | None = None
    sodium_mmol_l: NotNegative | None = None
    potassium_mmol_l: NotNegative | None = None
    phosphate_mmol_l: NotNegative | None = None
    calcium_mmol_l: NotNegative | None = None
    urate_umol_l: NotNegative | None = None
    triglycerides_mmol_l: NotNegative | None = None
    d_dimer_mg_l_feu: NotNegative | None = None
    inr: NotNegative | None = None
    glucose_mmol_l: NotNegative | None = None
    albumin_g_l: NotNegative | None = None
    ionised_calcium_mmol_l: NotNegative | None = None
    direct_bilirubin_umol_l: NotNegative | None = None
    pt_s: NotNegative | None = None
    aptt_s: NotNegative | None = None
    fdp_mg_l: NotNegative | None = None
    scd25_u_ml: NotNegative | None = None
    haemophagocytosis: bool | None = None
    upper_limits: dict[str, NotNegative | None] | None = None
    lower_limits: dict[str, NotNegative | None] | None = None

    @model_validator(mode="after")
    def _limits_name_analytes(self) -> Self:
        known = set(type(self).model_fields) - _NO_ANALYTES
        for table in (self.upper_limits or {}, self.lower_limits or {}):
            for name in table:
                if name not in known:
                    raise refuse("unknown_analyte", f'"{name}" is not a laboratory field')
        return self


class Treatment(Record):
    """One dose given, or a running drug with ``stopped_at`` open."""

    given_at: Time
    drug: Annotated[str, Field(min_length=2, max_length=80)]
    dose_mg: NotNegative | None = None
    dose_ug: NotNegative | None = None
    route: str | None = None
    interval_h: Positive | None = None
    stopped_at: Time | None = None
    purpose: Purpose | None = None

    @model_validator(mode="after")
    def _stops_after_it_starts(self) -> Self:
        if self.stopped_at is not None and self.stopped_at < self.given_at:
            raise refuse("stops_before_start", "stopped_at lies before given_at")
        return self


class Event(Record):
    """Something that happened and is not a measurement."""

    at: Time
    kind: EventKind
    reason: Literal["crs", "neurotoxicity", "liver", "other_ae", "pump", "planned"] | None = None
    due_to: Literal["crs", "icans", "other"] | None = None
    what: str | None = None
    why: str | None = None
    to: str | None = None
    change: Literal["improved", "same", "worse"] | None = None


class Grading(Record):
    """A grade a clinician assigned on a scale that needs judgement."""

    graded_at: Time
    scale: Annotated[str, Field(min_length=2)]
    term: str | None = None
    grade: Annotated[Whole, Field(ge=0, le=5)]


class Patient(Record):
    """Who the patient is, as far as grading and dosing need it. ``id`` is a study id."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    age_years: Annotated[float, Field(ge=0, le=120)] | None = None
    sex: Sex | None = None
    weight_kg: Weight | None = None
    weight_recorded_at: Time | None = None
    height_cm: Height | None = None
    developmental_delay: bool | None = None
    baseline_ice: Annotated[Whole, Field(ge=0, le=10)] | Ice | None = None
    fixed_ice_deficits: tuple[IceItem, ...] | None = None
    baseline_capd: Annotated[Whole, Field(ge=0, le=32)] | None = None
    baseline_systolic_mmhg: Systolic | None = None
    baseline_oxygen: Oxygen | None = None
    spo2_scale: Annotated[Whole, Field(ge=1, le=2)] | None = None
    baseline_echo_at: Time | None = None
    allergies: tuple[str, ...] | None = None
    conditions: tuple[str, ...] | None = None
    marrow_blasts_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    peripheral_blasts_per_ul: NotNegative | None = None
    extramedullary_disease: bool | None = None


class Dose(Record):
    """One discrete dose or step of the therapy."""

    given_at: Time
    ended_at: Time | None = None
    label: str | None = None
    cycle: Annotated[Whole, Field(ge=1)] | None = None
    day: Annotated[Whole, Field(ge=0)] | None = None
    dose_mg: NotNegative | None = None
    dose_ug: NotNegative | None = None
    dose_cells: NotNegative | None = None


class Infusion(Record):
    """One segment of a continuous infusion at one rate."""

    started_at: Time
    stopped_at: Time | None = None
    rate_ug_day: NotNegative | None = None
    cycle: Annotated[Whole, Field(ge=1)] | None = None
    stop_reason: StopReason | None = None


class Therapy(Record):
    """
    The CAR-T product or bispecific antibody, and when it was given.

    ``tocilizumab_doses_ready``: doses at hand for this patient before the infusion.
    """

    product: Annotated[str, Field(min_length=2)]
    indication: Indication | None = None
    region: Region | None = None
    started_at: Time | None = None
    crs_since: Time | None = None
    lymphodepletion_started_at: Time | None = None
    tocilizumab_doses_ready: Annotated[int, Field(ge=0)] | None = None
    previous_therapies: tuple[str, ...] | None = None
    doses: tuple[Dose, ...] | None = None
    infusions: tuple[Infusion, ...] | None = None


class Case(Record):
    """
    Everything recorded about one patient.

    ``treatments`` is the one list where absent and empty differ in a grade: absent means that
    nobody kept a record of treatments, so that a waived fever can be neither assumed nor excluded.
    """

    format: Literal["toxwatch-case/1"]
    patient: Patient
    therapy: Therapy | None = None
    vitals: tuple[Vitals, ...] | None = None
    neuro: tuple[NeuroExam, ...] | None = None
    labs: tuple[Labs, ...] | None = None
    gradings: tuple[Grading, ...] | None = None
    treatments: tuple[Treatment, ...] | None = None
    events: tuple[Event, ...] | None = None
