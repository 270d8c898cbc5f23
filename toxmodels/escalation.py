"""
Flags: what must be said beside a grade, with one action and one owner each.

A flag never changes a grade. Flags read the records as if nobody had attributed any sign to
another cause, so that an attribution can quieten a grade but not an alarm.

Cites: each flag carries its own place; house rules in site.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from toxmodels.course import CrsStep, is_masked
from toxmodels.findings import Grade
from toxmodels.moment import Chart, Moment, Reading, exposures, first_dose_at
from toxmodels.products import product
from toxmodels.records import Capd, Case, Vasopressor
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.site import site
from toxmodels.sources import Cite

__all__ = ["URGENCIES", "Flag", "Urgency", "flags", "is_engager"]

Urgency = Literal["emergency", "urgent", "soon", "info"]
Owner = Literal["nurse", "physician", "icu"]
URGENCIES: Final[tuple[Urgency, ...]] = ("emergency", "urgent", "soon", "info")
INFANT_BELOW_YEARS: Final = 2.0
PALS_FROM_YEARS, PALS_ADULT_FROM_YEARS = 1.0, 10.0
PALS_BASE_MMHG, PALS_PER_YEAR_MMHG = 70.0, 2.0
DEEP_SEDATION_RASS: Final = -4

_TEXT = Cite("lee-2019-text", "definition: fever at onset", "unverified")
_MASK = Cite("site-defaults", "masking windows", "house")
_HOUSE = Cite("site-defaults", "bedside prompts", "house")
_VALID = Cite("site-defaults", "validity of earlier values", "house")
_WINDOW = Cite("lee-2019-text", "CRS rarely begins later than 14 days", "unverified")
_ICE = Cite("site-defaults", "baseline and fixed deficits", "house")
_CHILD = Cite("site-defaults", "CAPD in an alert child", "house")
_PALS = Cite("pals-systolic", "systolic limit by age", "unverified")


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to say: why (``says``), what to do (``action``), who (``owner``)."""

    id: str
    urgency: Urgency
    says: str
    action: str
    owner: Owner
    cite: Cite


@dataclass(frozen=True, slots=True)
class _View:
    """What the flag rules read: the last step of a course, unattributed, and its grades."""

    case: Case
    chart: Chart
    at: datetime
    step: CrsStep
    grades: dict[str, Grade]

    @property
    def moment(self) -> Moment:
        return self.step.moment


def is_engager(case: Case) -> bool:
    """Whether the therapy is a bispecific T-cell engager."""
    found = None if case.therapy is None else product(case.therapy.product)
    return found is not None and found.kind == "engager"


def _fever_rules(view: _View) -> Iterator[Flag]:
    heat, pressure, oxygen = view.step.signs
    tier = max(pressure.at_least, oxygen.at_least)
    masked = is_masked(view.case.treatments, view.at)
    grave: Urgency = "emergency" if tier > 2 else "urgent"
    if heat.at_least == 0 and tier > 0 and not view.step.waiver.certain:
        yield Flag(
            "no-fever-but-hypotension-or-hypoxia",
            grave,
            f"{_worse(view)} without fever: CRS cannot be graded, and this is not reassuring",
            "See the patient now; look for sepsis, bleeding, cardiac and other causes",
            "physician",
            _TEXT,
        )
        if masked and view.step.episode == 0:
            hold = " and hold the infusion" if is_engager(view.case) else ""
            yield Flag(
                "possible-masked-crs",
                grave,
                "Never febrile, but a drug given earlier may be hiding fever",
                f"Treat as possible masked CRS or sepsis{hold}",
                "physician",
                _MASK,
            )
    if view.step.reopened_masked:
        yield Flag(
            "masked-fever-exclude-sepsis",
            grave,
            f"{_worse(view)} after CRS had settled, while a drug may be hiding fever",
            "Exclude sepsis now; treated as the same CRS episode",
            "physician",
            _MASK,
        )
    no_signs = heat.at_most == 0 and pressure.at_most == 0 and oxygen.at_most == 0
    held = view.step.status == "resolved_on_therapy" or view.step.waiver.certain
    if no_signs and held and heat.taken_at is not None:
        yield Flag(
            "afebrile-on-therapy",
            "info",
            "No sign of CRS now, while treatment may be hiding fever",
            "Keep the observation interval; not yet resolved",
            "nurse",
            _MASK,
        )


def _worse(view: _View) -> str:
    _, pressure, oxygen = view.step.signs
    gravest = max((pressure, oxygen), key=lambda sign: sign.at_least)
    return gravest.says[0].upper() + gravest.says[1:]


def _late_rules(view: _View) -> Iterator[Flag]:
    start, onset = first_dose_at(view.case.therapy), view.step.onset_at
    late = site().late_fever
    if start is not None and onset is not None and onset - start > late:
        yield Flag(
            "onset-after-14-days",
            "info",
            f"CRS began {(onset - start).days} days after the first dose",
            "Look for other causes; late onset is unusual",
            "physician",
            _WINDOW,
        )
    heat = view.step.signs[0]
    ends = [
        end if end is not None else view.at
        for began, end in exposures(view.case.therapy)
        if began <= view.at
    ]
    measured_at = heat.taken_at
    if heat.at_least > 0 and measured_at is not None and ends and measured_at - max(ends) > late:
        yield Flag(
            "late-fever",
            "urgent",
            f"Fever {(measured_at - max(ends)).days} days after the last dose",
            "Look for infection and IEC-HS; no grade 1 treatment before a physician confirms CRS",
            "physician",
            _WINDOW,
        )


def _pressure_rules(view: _View) -> Iterator[Flag]:
    moment = view.moment
    agents: tuple[Vasopressor, ...] = (
        () if moment.vasopressors is None else moment.vasopressors.value
    )
    drugs = {agent.drug for agent in agents}
    counted, like = drugs & astct_crs.COUNTED, drugs & astct_crs.VASOPRESSIN_LIKE
    if like and not counted:
        yield Flag(
            "vasopressin-only",
            "info",
            "Vasopressin or terlipressin is the only agent: the table is silent, graded as 3",
            "Confirm which agents are running",
            "physician",
            Cite("site-defaults", "vasopressor classes", "house"),
        )
    if drugs & astct_crs.INOTROPES and not counted and not like:
        yield Flag(
            "inotrope-shock",
            "emergency",
            "An inotrope is running without a vasopressor",
            "Ask whether this is shock; echocardiogram and intensive care review",
            "icu",
            Cite("site-defaults", "vasopressor classes", "house"),
        )
    is_low = moment.hypotensive is not None and moment.hypotensive.value is True
    low, cite = _low_pressure(moment)
    if low is not None and not is_low and not counted and not like:
        yield Flag(
            "confirm-hypotension",
            "urgent",
            f"{low} and hypotension is not confirmed",
            "Repeat the pressure and state: hypotensive, yes or no",
            "nurse",
            cite,
        )
    bolus, why = moment.fluid_bolus_ml, moment.fluid_for_hypotension
    if bolus is not None and bolus.value > 0 and why is None and not is_low:
        yield Flag(
            "bolus-reason",
            "soon",
            f"A bolus of {bolus.value:g} mL was given; its reason is not recorded",
            "Record whether it was given for hypotension",
            "nurse",
            _HOUSE,
        )


def _low_pressure(moment: Moment) -> tuple[str | None, Cite]:
    """The numeric helper: site limit for adults, limit by age for children."""
    age, systolic, mean = moment.patient.age_years, moment.systolic_mmhg, moment.map_mmhg
    limit, cite = site().systolic_mmhg, _HOUSE
    if age is not None and age < PALS_ADULT_FROM_YEARS:
        if age < PALS_FROM_YEARS:
            return None, _PALS
        limit, cite = PALS_BASE_MMHG + PALS_PER_YEAR_MMHG * age, _PALS
    if systolic is not None and systolic.value < limit:
        return f"Systolic {systolic.value:g} mmHg, below {limit:g}", cite
    grown = age is None or age >= site().map_from_age_years
    if mean is not None and grown and mean.value < site().map_mmhg:
        return f"MAP {mean.value:g} mmHg, below {site().map_mmhg:g}", _HOUSE
    return None, cite


def _oxygen_rules(view: _View) -> Iterator[Flag]:
    moment = view.moment
    oxygen, judged, spo2 = moment.oxygen, moment.hypoxic, moment.spo2_percent
    is_hypoxic = judged is not None and judged.value is True
    if oxygen is None:
        return
    if oxygen.value.device == "room_air":
        if is_hypoxic:
            yield Flag(
                "hypoxia-without-oxygen",
                "urgent",
                "Hypoxic and no oxygen recorded: at least grade 2 for now",
                "Start oxygen or record the device",
                "nurse",
                _HOUSE,
            )
        elif spo2 is not None and spo2.value < site().spo2_percent:
            yield Flag(
                "confirm-hypoxia",
                "urgent",
                f"SpO2 {spo2.value:g} % on room air and hypoxia is not confirmed",
                "Repeat the reading, start oxygen if confirmed, record the device",
                "nurse",
                _HOUSE,
            )
    age, flow = moment.patient.age_years, oxygen.value.flow_l_min
    is_infant = age is not None and age < INFANT_BELOW_YEARS
    is_low_flow = flow is not None and flow <= astct_crs.LOW_FLOW_L_MIN
    if oxygen.value.device == "high_flow_nasal_cannula" and is_infant and is_low_flow:
        yield Flag(
            "hfnc-infant",
            "soon",
            f"High-flow cannula at {flow:g} L/min in an infant grades 2 by the text; disputed",
            "Physician to judge whether this is high-flow support",
            "physician",
            Cite("site-defaults", "high-flow cannula in infants", "house"),
        )


def _exam_rules(view: _View) -> Iterator[Flag]:
    moment, patient = view.moment, view.case.patient
    which = astct_icans.branch(patient)
    capd, ice = moment.capd, moment.ice
    if which == "capd" and capd is not None:
        yield from _capd_rules(view, capd)
    if which == "capd" and ice is not None:
        yield Flag(
            "ice-not-graded",
            "info",
            "An ICE was recorded; at this age or with this delay the CAPD grades",
            "Record a CAPD",
            "nurse",
            _CHILD,
        )
    if which == "ice" and capd is not None:
        yield Flag(
            "capd-not-graded",
            "info",
            "A CAPD was recorded; this patient is graded by ICE",
            "Record an ICE",
            "nurse",
            _CHILD,
        )
    baseline = patient.baseline_ice
    total = baseline if isinstance(baseline, int) else None
    if baseline is not None and total is None and not isinstance(baseline, int):
        total = baseline.total if baseline.total is not None else baseline.item_bounds()[1]
    if which == "ice" and total is not None and total < 10 and not patient.fixed_ice_deficits:
        yield Flag(
            "baseline-ice-below-10",
            "soon",
            f"Baseline ICE was {total}: no item is marked as fixed, so nothing is corrected",
            "Clinician to mark which item was lost before therapy, if any",
            "physician",
            _ICE,
        )
    if (
        moment.exams
        and moment.exams[-1].rass is not None
        and moment.exams[-1].rass <= DEEP_SEDATION_RASS
        and "sedated" not in moment.exams[-1].unable_reasons
    ):
        yield Flag(
            "deep-rass",
            "urgent",
            f"RASS {moment.exams[-1].rass} and sedation is not recorded",
            "If sedated, record it: the exam is then open; if not, this is coma",
            "nurse",
            _HOUSE,
        )


def _capd_rules(view: _View, capd: Reading) -> Iterator[Flag]:
    score: Capd = capd.value
    low, high = score.bounds()
    usual = view.case.patient.baseline_capd
    waking = view.moment.consciousness
    icans = view.grades.get(astct_icans.ID)
    only = icans is not None and (icans.at_least, icans.at_most) == (1, 1)
    alert = waking is not None and waking.value == "alert"
    if only and alert and low >= 1 and high < POSITIVE_FROM:
        is_usual = usual is not None and high <= usual
        yield Flag(
            "capd-only-grade-1",
            "info" if is_usual else "soon",
            f"Grade 1 rests on a CAPD of {low} in an alert child"
            + (f", who usually has {usual}" if is_usual else ""),
            "No escalation while at the usual CAPD"
            if is_usual
            else "Confirm against the child's usual CAPD",
            "physician",
            _CHILD,
        )
    if usual is not None and low >= POSITIVE_FROM and low - usual <= site().capd_near_baseline:
        yield Flag(
            "capd-near-baseline",
            "urgent",
            f"CAPD {low} grades 3 and is close to the usual {usual}",
            "Physician to confirm against baseline today",
            "physician",
            _CHILD,
        )


def _unable_rules(view: _View) -> Iterator[Flag]:
    unable = view.moment.unable
    if unable is None:
        return
    scored_before = any(
        exam.taken_at < unable.taken_at and (exam.ice is not None or exam.capd is not None)
        for exam in view.moment.exams
    )
    if scored_before and {"refused", "language"} & set(unable.value):
        yield Flag(
            "may-be-aphasia",
            "urgent",
            "The exam was scored before and now cannot be done: this may be aphasia",
            "Physician to examine language now",
            "physician",
            _HOUSE,
        )
    if "asleep" in unable.value and view.moment.consciousness is None:
        yield Flag(
            "asleep-not-woken",
            "urgent",
            "Recorded as asleep, level of consciousness not recorded",
            "Try to wake the patient and record the response",
            "nurse",
            _HOUSE,
        )


def _seizure_rules(view: _View) -> Iterator[Flag]:
    fits = seizures(view.moment.exams)
    if len(fits) < 2:
        return
    certain = all(fit.started_at is not None for fit in fits[-2:])
    yield Flag(
        "second-seizure" if certain else "second-seizure-confirm",
        "emergency",
        f"{len(fits)} seizures on record" + ("" if certain else ", start times not recorded"),
        "Physician now" if certain else "Confirm whether these are separate seizures",
        "physician",
        Cite("site-defaults", "when two records are one seizure", "house"),
    )


def _silence_rules(view: _View) -> Iterator[Flag]:
    names = {stale.field: stale.taken_at for stale in view.moment.stale}
    decisive = {
        "temperature_c": "temperature",
        "vasopressors": "vasopressors",
        "hypotensive": "blood pressure judgement",
        "oxygen": "oxygen",
        "ice": "ICE",
        "capd": "CAPD",
        "consciousness": "consciousness",
    }
    unused = {"ice": "capd", "capd": "ice"}.get(astct_icans.branch(view.case.patient))
    old = {decisive[name]: at for name, at in names.items() if name in decisive and name != unused}
    if old:
        oldest = min(old.values())
        yield Flag(
            "stale-observations",
            "urgent",
            f"Too old to count: {', '.join(old)} (since {_ago(view.at - oldest)})",
            "Take a full set now",
            "nurse",
            _VALID,
        )
    concerns = [
        event
        for event in view.case.events or ()
        if event.kind == "concern" and timedelta(0) <= view.at - event.at <= site().neuro_valid
    ]
    if concerns:
        yield Flag(
            "concern-raised",
            "urgent",
            "A nurse or carer is worried about this patient",
            "See the patient",
            "physician",
            _HOUSE,
        )


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02d} min ago"


_RULES: Final[tuple[Callable[[_View], Iterator[Flag]], ...]] = (
    _fever_rules,
    _late_rules,
    _pressure_rules,
    _oxygen_rules,
    _exam_rules,
    _unable_rules,
    _seizure_rules,
    _silence_rules,
)


def flags(
    case: Case, chart: Chart, at: datetime, step: CrsStep, grades: dict[str, Grade]
) -> tuple[Flag, ...]:
    """Every flag at one moment, most urgent first; equal urgency keeps the order of the rules."""
    view = _View(case, chart, at, step, grades)
    raised = [flag for rule in _RULES for flag in rule(view)]
    return tuple(sorted(raised, key=lambda flag: URGENCIES.index(flag.urgency)))
