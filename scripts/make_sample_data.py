"""
Write the synthetic patients of sample_data/, the same bytes on every run.

Each patient is one `Script`: what a ward would see, as a few dated anchors (a fever curve, the
oxygen in use, the exam from a given hour on). The generator fills the routine rounds between the
anchors with seeded, plausible values. It writes observations only: it knows no scale, derives no
grade and imports nothing of toxmodels, so that the expected grades in story.toml, which are worked
out by hand, stay an independent check.

Moments are written "3 10:00": day 3 after the first dose, ten o'clock. Every patient is moved in
time so that the day the sample ward shows falls on `SHOWN_ON`.

    python scripts/make_sample_data.py            rewrite sample_data/*/case.json
    python scripts/make_sample_data.py --check    exit 1 if a file would change
"""

import argparse
import json
import math
import random
import sys
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

SAMPLE_DATA = Path(__file__).resolve().parents[1] / "sample_data"
SHOWN_ON = date(2026, 3, 20)
FIRST_DAY, LAST_DAY = -5, 28

Fields = Mapping[str, Any]
Curve = Sequence[tuple[str, float]]
Steps = Sequence[tuple[str, Fields]]
Spans = Sequence[tuple[str, str]]

ROOM_AIR: Fields = {"device": "room_air"}
ICE_POINTS: Mapping[str, int] = {
    "year": 1, "month": 1, "city": 1, "hospital": 1,
    "naming": 3, "command": 1, "writing": 1, "attention": 1,
}  # fmt: skip
CALM: Fields = {
    "consciousness": "alert",
    "seizure": {"kind": "none"},
    "motor_weakness": "none",
    "raised_icp": [],
}


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What this person's numbers look like on a good day."""

    systolic_mmhg: int = 124
    heart_rate_bpm: int = 76
    respiratory_rate_bpm: int = 15
    spo2_percent: int = 97


@dataclass(frozen=True, kw_only=True)
class LabCourse:
    """
    Where the inflammation and the counts go; `onset_day` is when CRP starts to climb.

    `all_limits`: the laboratory printed every limit of normal, so that scales that read organs by
    CTCAE can close. Most print a few.
    """

    onset_day: float = 3.0
    crp_peak_mg_l: float = 12.0
    ferritin_peak_ug_l: float = 700.0
    platelets_nadir_10e9_l: int = 60
    anc_recovery_day: int = 13
    alt_peak_u_l: float = 32.0
    fibrinogen_nadir_g_l: float = 3.2
    creatinine_umol_l: float = 72.0
    all_limits: bool = False


@dataclass(frozen=True, kw_only=True)
class Script:
    """One patient, told in anchors."""

    id: str
    shown_day: int
    patient: Fields
    therapy: Fields
    doses: Sequence[tuple[str, Fields]]
    infusions: Sequence[tuple[str, str | None, Fields]] = ()
    rest: Rest = field(default_factory=Rest)
    begins: str = f"{FIRST_DAY} 06:00"
    ends: str = f"{LAST_DAY} 23:00"
    close_days: Sequence[tuple[int, int]] = ((0, 9),)
    gaps: Spans = ()
    neuro_gaps: Spans = ()
    fever: Curve = ()
    pressure: Curve = ()
    low_pressure: Spans = ()
    saturation: Curve = ()
    oxygen: Steps = ()
    pressors: Sequence[tuple[str, Sequence[Fields]]] = ()
    notes: Mapping[str, Fields] = field(default_factory=dict)
    child: bool = False
    resting_capd: int = 0
    fixed_ice: Sequence[str] = ()
    exam: Steps = ()
    exam_notes: Mapping[str, Fields] = field(default_factory=dict)
    imaging: Sequence[tuple[str, str]] = ()
    labs: LabCourse = field(default_factory=LabCourse)
    treatments: Sequence[tuple[str, Fields]] = ()
    events: Sequence[tuple[str, Fields]] = ()
    gradings: Sequence[tuple[str, Fields]] = ()


# --- words the scripts are written in ---------------------------------------------------------


def ice(**points: int | None) -> dict[str, int | None]:
    """A full ICE with the named items changed: `ice(writing=0)` is 9 of 10."""
    return {**ICE_POINTS, **points}


def capd(total: int) -> dict[str, list[int]]:
    """A CAPD of this total, spread over its eight items, slowness and quietness first."""
    items = [0] * 8
    for point in range(total):
        items[(7, 6, 3, 2, 1, 0, 4, 5)[point % 8]] += 1
    return {"items": items}


def running(drug: str, rate_ug_min: float | None = None, **rate: float) -> dict[str, Any]:
    """A vasopressor or inotrope in use."""
    given = {} if rate_ug_min is None else {"rate_ug_min": rate_ug_min}
    return {"drug": drug, **given, **rate}


def by(device: str, flow_l_min: float | None = None, **more: Any) -> dict[str, Any]:
    """The oxygen in use, flow only where someone wrote it down."""
    given = {} if flow_l_min is None else {"flow_l_min": flow_l_min}
    return {"device": device, **given, **more}


def seizure(kind: str, started_at: str, minutes: float) -> dict[str, Any]:
    """One seizure that stopped, with no second one before recovery."""
    return {
        "kind": kind, "started_at": started_at, "count": 1, "duration_min": minutes,
        "repetitive_without_recovery": False, "resolved": True,
    }  # fmt: skip


def every(
    hours: int, start: str, times: int, drug: str, **fields: Any
) -> list[tuple[str, dict[str, Any]]]:
    """The same dose `times` times, one record a dose as a ward charts it."""
    return [(_later(start, hours * turn), {"drug": drug, **fields}) for turn in range(times)]


def lymphodepletion() -> list[tuple[str, dict[str, Any]]]:
    """Three days of conditioning before the cells; doses are not part of the picture."""
    return [
        (f"{day} {clock}", {"drug": drug, "route": "iv", "purpose": "other"})
        for day in (-5, -4, -3)
        for clock, drug in (("09:00", "fludarabine"), ("10:30", "cyclophosphamide"))
    ]


def tocilizumab(moment: str, dose_mg: float) -> tuple[str, dict[str, Any]]:
    """One infusion against CRS."""
    return moment, {"drug": "tocilizumab", "dose_mg": dose_mg, "route": "iv", "purpose": "crs"}


def dexamethasone(moment: str, dose_mg: float, purpose: str) -> tuple[str, dict[str, Any]]:
    """One intravenous dose."""
    return moment, {"drug": "dexamethasone", "dose_mg": dose_mg, "route": "iv", "purpose": purpose}


def paracetamol(moment: str) -> tuple[str, dict[str, Any]]:
    """One oral dose for fever in an adult."""
    return moment, {
        "drug": "paracetamol", "dose_mg": 650.0, "route": "oral", "purpose": "antipyretic"
    }  # fmt: skip


# --- from anchors to records ------------------------------------------------------------------


def _moment(script: Script, when: str) -> datetime:
    day, clock = when.split(" ")
    hour, minute = clock.split(":")
    midnight = datetime(SHOWN_ON.year, SHOWN_ON.month, SHOWN_ON.day, tzinfo=UTC)
    days = int(day) - script.shown_day
    return midnight + timedelta(days=days, hours=int(hour), minutes=int(minute))


def _minutes(when: str) -> int:
    day, clock = when.split(" ")
    hour, minute = clock.split(":")
    return int(day) * 1440 + int(hour) * 60 + int(minute)


def _later(when: str, hours: int) -> str:
    days, rest = divmod(_minutes(when) + hours * 60, 1440)
    return f"{days} {rest // 60:02d}:{rest % 60:02d}"


def _iso(script: Script, when: str) -> str:
    return _moment(script, when).isoformat()


def _luck(script: Script, *what: str) -> random.Random:
    # A stream per value: editing one anchor never reshuffles the rest of the patient.
    return random.Random("/".join((script.id, *what)))


def _inside(when: str, spans: Spans) -> bool:
    return any(_minutes(start) <= _minutes(when) < _minutes(end) for start, end in spans)


def _along(curve: Curve, when: str) -> float | None:
    """The curve's value at a moment, or None outside it, where the person is at rest."""
    moments = [_minutes(at) for at, _ in curve]
    now = _minutes(when)
    if not moments or not moments[0] <= now <= moments[-1]:
        return None
    after = bisect_right(moments, now)
    if after == len(moments):
        return curve[-1][1]
    (start, low), (end, high) = curve[after - 1], curve[after]
    share = (now - _minutes(start)) / (_minutes(end) - _minutes(start))
    return low + (high - low) * share


def _in_force(steps: Sequence[tuple[str, Any]], when: str, otherwise: Any) -> Any:
    value = otherwise
    for start, step in steps:
        if _minutes(start) <= _minutes(when):
            value = step
    return value


def _hours(script: Script, day: int, *, neuro: bool) -> tuple[int, ...]:
    close = any(first <= day <= last for first, last in script.close_days)
    if close:
        return (8, 14, 20) if neuro else (2, 6, 10, 14, 18, 22)
    if 0 <= day <= 14:
        return (8, 20) if neuro else (0, 6, 12, 18)
    return (9,) if neuro else (6, 14, 22)


def _rounds(script: Script, notes: Mapping[str, Fields], *, neuro: bool) -> Iterator[str]:
    """The nominal times of the routine rounds and of every noted one, in order."""
    gaps = script.neuro_gaps if neuro else script.gaps
    routine = {
        f"{day} {hour:02d}:00"
        for day in range(FIRST_DAY, LAST_DAY + 1)
        for hour in _hours(script, day, neuro=neuro)
    }
    kept = {when for when in routine if not _inside(when, gaps)} | set(notes)
    lived = (_minutes(script.begins), _minutes(script.ends))
    yield from sorted(
        (when for when in kept if lived[0] <= _minutes(when) < lived[1]), key=_minutes
    )


def _taken_at(script: Script, when: str, kind: str, noted: bool) -> str:
    late_min = 0 if noted else _luck(script, kind, when, "minutes").randint(0, 9)
    return (_moment(script, when) + timedelta(minutes=late_min)).isoformat()


BREATHLESS = {
    "room_air": 0, "nasal_cannula": 4, "blow_by": 4, "simple_mask": 8, "venturi": 8,
    "non_rebreather": 10, "high_flow_nasal_cannula": 10, "cpap": 11, "ventilator": 2,
}  # fmt: skip


def _vitals(script: Script, when: str) -> dict[str, Any]:
    """One set at a nominal time: rest, plus what the anchors and the note for it say."""
    rest, luck, note = script.rest, _luck(script, "vitals", when), script.notes.get(when, {})
    evening = 0.2 if _minutes(when) % 1440 >= 960 else 0.0
    at_fever = _along(script.fever, when)
    temperature_c = 36.5 + evening if at_fever is None else at_fever
    temperature_c = round(temperature_c + luck.choice((-0.1, 0.0, 0.0, 0.1)), 1)
    at_pressure = _along(script.pressure, when)
    systolic = (rest.systolic_mmhg if at_pressure is None else at_pressure) + luck.randint(-4, 4)
    systolic = round(note.get("systolic_mmhg") or systolic)
    heat_c = max(0.0, (note.get("temperature_c") or temperature_c) - 36.8)
    oxygen = _in_force(script.oxygen, when, ROOM_AIR)
    at_saturation = _along(script.saturation, when)
    ease = 0 if oxygen["device"] == "room_air" else -2
    saturation = rest.spo2_percent + ease if at_saturation is None else at_saturation
    pulse = rest.heart_rate_bpm + 11 * heat_c + 0.5 * max(0, rest.systolic_mmhg - systolic)
    record: dict[str, Any] = {
        "taken_at": _taken_at(script, when, "vitals", when in script.notes),
        "temperature_c": temperature_c,
        "temperature_site": "axillary",
        "systolic_mmhg": systolic,
        "diastolic_mmhg": round(systolic * 0.58) + luck.randint(-3, 3),
        "heart_rate_bpm": min(184, round(pulse) + luck.randint(-4, 4)),
        "respiratory_rate_bpm": rest.respiratory_rate_bpm
        + round(1.5 * heat_c)
        + BREATHLESS[oxygen["device"]]
        + luck.randint(-1, 1),
        "spo2_percent": min(100, round(saturation) + luck.randint(-1, 1)),
        "hypotensive": _inside(when, script.low_pressure),
        "vasopressors": list(_in_force(script.pressors, when, ())),
        "oxygen": oxygen,
        **note,
    }
    if when not in script.notes and luck.random() < 0.06:
        record[luck.choice(("respiratory_rate_bpm", "diastolic_mmhg", "heart_rate_bpm"))] = None
    return _written(record)


def _neuro(script: Script, when: str) -> dict[str, Any]:
    """One exam: normal, unless the script says otherwise from this time on or at this time."""
    unscored = dict.fromkeys(script.fixed_ice, 0)
    normal = {"capd": capd(script.resting_capd)} if script.child else {"ice": ice(**unscored)}
    changed = _in_force(script.exam, when, {})
    note = script.exam_notes.get(when, {})
    taken_at = _taken_at(script, when, "neuro", when in script.exam_notes)
    exam = {"taken_at": taken_at, **normal, **CALM, **changed, **note}
    spell = exam.get("seizure")
    if spell is not None and "started_at" in spell:
        exam["seizure"] = {**spell, "started_at": _iso(script, spell["started_at"])}
    return _written(exam)


def _written(record: Fields) -> dict[str, Any]:
    """Leave out what nobody wrote down: an absent key and null mean the same."""
    return {key: value for key, value in record.items() if value is not None}


def _swell(day: float, onset: float, rise_d: float, half_life_d: float) -> float:
    """0 before onset, 1 at the peak, halving after it."""
    if day <= onset:
        return 0.0
    if day < onset + rise_d:
        return (day - onset) / rise_d
    return math.pow(0.5, (day - onset - rise_d) / half_life_d)


def _labs(script: Script, day: int) -> dict[str, Any]:
    """A morning's bloods. Counts fall with conditioning; inflammation follows the illness."""
    course, luck = script.labs, _luck(script, "labs", str(day))
    wobble = luck.uniform(0.93, 1.07)
    ill = _swell(day + 0.25, course.onset_day, 2.5, 1.8)
    ferritin = _swell(day + 0.25, course.onset_day, 4.0, 5.0)
    low = _swell(day, -4.5, 9.0, 9.0)
    empty = 1.0 if 1 <= day < course.anc_recovery_day else 0.0
    anc = 60 if empty else 900 + 110 * max(0, day - course.anc_recovery_day)
    if day < 1:
        anc = round(2600 * math.pow(0.5, max(0, day + 3)))
    panel: dict[str, Any] = {
        "taken_at": _taken_at(script, f"{day} 05:30", "labs", False),
        "crp_mg_l": round(4.0 + (course.crp_peak_mg_l - 4.0) * ill * wobble, 1),
        "ferritin_ug_l": round(420 + (course.ferritin_peak_ug_l - 420) * ferritin * wobble),
        "anc_per_ul": round(anc * wobble),
        "wbc_10e9_l": round((anc * 1.25 + 90) * wobble / 1000, 2),
        "platelets_10e9_l": round(150 - (150 - course.platelets_nadir_10e9_l) * low * wobble),
        "haemoglobin_g_dl": round(10.6 - 2.4 * low * wobble, 1),
        "ldh_u_l": round(240 + 2.1 * course.crp_peak_mg_l * ill * wobble),
        "creatinine_umol_l": round(course.creatinine_umol_l * (1 + 0.35 * ill) * wobble),
        "alt_u_l": round(24 + (course.alt_peak_u_l - 24) * ferritin * wobble),
        "ast_u_l": round(22 + (course.alt_peak_u_l - 20) * 1.1 * ferritin * wobble),
        "bilirubin_umol_l": round(9 + course.alt_peak_u_l * 0.05 * ferritin * wobble),
        "fibrinogen_g_l": round(3.6 - (3.6 - course.fibrinogen_nadir_g_l) * ferritin * wobble, 1),
        "sodium_mmol_l": 139 - round(5 * ill) + luck.randint(-1, 1),
        "potassium_mmol_l": round(4.0 + luck.uniform(-0.3, 0.3), 1),
        "phosphate_mmol_l": round(1.05 - 0.3 * ill + luck.uniform(-0.08, 0.08), 2),
        "upper_limits": {"ferritin_ug_l": 400.0, "alt_u_l": 40.0, "ast_u_l": 40.0},
    }
    if course.all_limits:
        panel["upper_limits"] |= {"creatinine_umol_l": 104.0, "bilirubin_umol_l": 21.0}
        panel["lower_limits"] = {"fibrinogen_g_l": 2.0}
    quiet = day > 14 or not ill
    if quiet and day % 3:  # inflammation markers three times a week once nothing is going on
        panel = {key: panel[key] for key in panel if key not in {"crp_mg_l", "ferritin_ug_l"}}
    elif luck.random() < 0.07:  # the tube that clotted
        panel["fibrinogen_g_l"] = None
    return _written(panel)


def _lab_days(script: Script) -> Iterator[int]:
    first, last = _minutes(script.begins), _minutes(script.ends)
    for day in range(FIRST_DAY, LAST_DAY + 1):
        if first <= _minutes(f"{day} 05:59") < last and (day <= 14 or day % 2 == 0):
            yield day


def _dated(script: Script, rows: Sequence[tuple[str, Fields]], key: str) -> list[dict[str, Any]]:
    dated = []
    for when, fields in sorted(rows, key=lambda row: _minutes(row[0])):
        row = {key: _iso(script, when), **fields}
        if "stopped_at" in row:
            row["stopped_at"] = _iso(script, row["stopped_at"])
        dated.append(row)
    return dated


def _therapy(script: Script) -> dict[str, Any]:
    told = dict(script.therapy)
    for key in ("crs_since", "lymphodepletion_started_at"):
        if key in told:
            told[key] = _iso(script, told[key])
    infusions = [
        {
            "started_at": _iso(script, start),
            "stopped_at": None if stop is None else _iso(script, stop),
            **fields,
        }
        for start, stop, fields in script.infusions
    ]
    started_at = _iso(script, script.doses[0][0])
    doses = _dated(script, script.doses, "given_at")
    return {**told, "started_at": started_at, "doses": doses} | (
        {"infusions": infusions} if infusions else {}
    )


def case_of(script: Script) -> dict[str, Any]:
    """Everything recorded about this patient, as a toxwatch-case/1 object."""
    imaged = [
        {"taken_at": _iso(script, when), "cerebral_oedema": seen} for when, seen in script.imaging
    ]
    exams = [_neuro(script, when) for when in _rounds(script, script.exam_notes, neuro=True)]
    patient: dict[str, Any] = {"id": script.id, **script.patient}
    if "weight_recorded_at" not in patient:
        patient["weight_recorded_at"] = _iso(script, f"{script.begins.split(' ')[0]} 08:00")
    return {
        "format": "toxwatch-case/1",
        "patient": patient,
        "therapy": _therapy(script),
        "vitals": [_vitals(script, when) for when in _rounds(script, script.notes, neuro=False)],
        "neuro": sorted(exams + imaged, key=lambda exam: str(exam["taken_at"])),
        "labs": [_labs(script, day) for day in _lab_days(script)],
        "gradings": _dated(script, script.gradings, "graded_at"),
        "treatments": _dated(script, script.treatments, "given_at"),
        "events": _dated(script, script.events, "at"),
    }


def text_of(case: Fields) -> str:
    """The case as text: one record a line, so that a change reads well in a diff."""
    parts = []
    for key, value in case.items():
        if isinstance(value, list) and value:
            rows = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in value)
            parts.append(f" {json.dumps(key)}: [\n{rows}\n ]")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


# --- the patients -----------------------------------------------------------------------------

LYMPHOMA = "lbcl"
MYELOMA = "rrmm"
LEUKAEMIA = "b-all-rr"


def _adult(age_years: float, sex: str, weight_kg: float, height_cm: float, **more: Any) -> Fields:
    return {
        "age_years": age_years, "sex": sex, "weight_kg": weight_kg, "height_cm": height_cm,
        "developmental_delay": False, "baseline_ice": 10, "conditions": [], **more,
    }  # fmt: skip


def _cells(product: str, indication: str, **more: Any) -> Fields:
    return {
        "product": product, "indication": indication,
        "lymphodepletion_started_at": "-5 09:00", **more,
    }  # fmt: skip


ONE_INFUSION: Sequence[tuple[str, Fields]] = (
    ("0 10:00", {"label": "infusion", "cycle": 1, "day": 1}),
)

QUIET = Script(
    id="demo-01",
    shown_day=5,
    patient=_adult(66.0, "female", 64.0, 163.0),
    therapy=_cells("lisocabtagene-maraleucel", LYMPHOMA),
    doses=ONE_INFUSION,
    gaps=(("9 14:00", "9 23:00"),),
    exam_notes={
        "11 20:00": {"ice": None, "unable": "asleep"},
    },
    labs=LabCourse(onset_day=4.0, crp_peak_mg_l=14.0, platelets_nadir_10e9_l=70, all_limits=True),
    treatments=lymphodepletion(),
    events=(("9 20:10", {"kind": "not_done", "what": "vitals", "why": "monitor being exchanged"}),),
)

MASKED = Script(
    id="demo-02",
    shown_day=3,
    patient=_adult(58.0, "male", 82.0, 178.0),
    therapy=_cells("axicabtagene-ciloleucel", LYMPHOMA),
    doses=ONE_INFUSION,
    fever=(
        ("2 02:00", 36.9), ("2 06:00", 37.2), ("2 10:00", 38.6), ("2 22:00", 39.1),
        ("3 10:00", 39.3), ("3 14:00", 38.6), ("3 18:00", 37.7), ("3 22:00", 37.0),
        ("4 06:00", 36.8),
    ),
    pressure=(
        ("2 14:00", 116), ("2 22:00", 86), ("3 06:00", 92), ("3 10:00", 90), ("3 22:00", 88),
        ("4 10:00", 88), ("4 14:00", 104), ("4 22:00", 120),
    ),
    low_pressure=(("2 22:00", "4 13:00"),),
    saturation=(("2 18:00", 95), ("3 01:00", 90), ("3 02:00", 91), ("3 10:00", 92),
                ("4 06:00", 95)),
    oxygen=(
        ("3 02:00", by("nasal_cannula", 2.0)), ("3 06:00", by("nasal_cannula", 6.0)),
        ("3 10:00", by("nasal_cannula", 7.0)), ("3 18:00", by("nasal_cannula", 5.0)),
        ("3 22:00", by("nasal_cannula", 4.0)), ("4 06:00", by("nasal_cannula", 2.0)),
        ("4 10:00", ROOM_AIR),
    ),
    notes={
        "2 10:00": {"temperature_c": 38.6, "rigors": True},
        "2 22:00": {"systolic_mmhg": 86, "fluid_bolus_ml": 500, "fluid_for_hypotension": True},
        "3 10:00": {"temperature_c": 39.3},
        "3 22:00": {"temperature_c": 37.0, "fluid_bolus_ml": 500, "fluid_for_hypotension": True},
        "4 10:00": {"temperature_c": 36.8, "systolic_mmhg": 87},
        "4 18:00": {"temperature_c": 36.7, "systolic_mmhg": 112},
    },
    exam=(
        ("4 20:00", {"ice": ice(writing=0, attention=0), "handwriting": "worse"}),
        ("5 08:00", {"ice": ice(writing=0, attention=0, naming=1, command=0),
                     "consciousness": "drowsy", "handwriting": "worse"}),
        ("5 14:00", {"ice": ice(writing=0, attention=0, naming=1, command=0, hospital=0),
                     "consciousness": "voice", "handwriting": "not_done"}),
        ("6 08:00", {"ice": ice(writing=0, attention=0, naming=2), "consciousness": "drowsy"}),
        ("7 08:00", {"ice": ice(attention=0)}),
        ("8 08:00", {}),
    ),
    imaging=(("5 17:30", "none"),),
    labs=LabCourse(
        all_limits=True,
        onset_day=1.6, crp_peak_mg_l=142.0, ferritin_peak_ug_l=3900.0, platelets_nadir_10e9_l=38,
    ),
    treatments=[
        *lymphodepletion(),
        tocilizumab("3 11:15", 656.0),
        dexamethasone("3 11:30", 10.0, "crs"),
        *every(6, "5 09:00", 8, "dexamethasone", dose_mg=10.0, route="iv", purpose="icans"),
    ],
    events=(
        ("2 10:20", {"kind": "cultures"}),
        ("2 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("3 19:15", {"kind": "response", "to": "tocilizumab", "change": "improved"}),
        ("5 17:30", {"kind": "imaging"}),
    ),
)  # fmt: skip

CHILD = Script(
    id="demo-03",
    shown_day=5,
    patient={
        "age_years": 7.4, "sex": "male", "weight_kg": 23.0, "height_cm": 122.0,
        "developmental_delay": False, "baseline_capd": 0, "conditions": [],
        "marrow_blasts_percent": 71.0,
    },
    therapy=_cells("tisagenlecleucel", LEUKAEMIA),
    doses=ONE_INFUSION,
    rest=Rest(systolic_mmhg=104, heart_rate_bpm=94, respiratory_rate_bpm=22, spo2_percent=98),
    close_days=((0, 12),),
    fever=(
        ("3 02:00", 36.9), ("3 06:00", 38.8), ("3 22:00", 39.6), ("4 14:00", 40.1),
        ("5 02:00", 38.9), ("5 10:00", 38.6), ("5 22:00", 38.7), ("6 10:00", 38.5),
        ("6 18:00", 37.6), ("7 06:00", 36.9),
    ),
    pressure=(
        ("4 06:00", 98), ("4 10:00", 74), ("4 22:00", 76), ("5 02:00", 82), ("5 10:00", 92),
        ("5 18:00", 80), ("6 02:00", 92), ("7 06:00", 96), ("8 10:00", 102),
    ),
    low_pressure=(("4 10:00", "5 09:00"), ("5 17:00", "6 01:00")),
    saturation=(
        ("4 06:00", 94), ("4 09:00", 90), ("4 10:00", 92), ("5 14:00", 90), ("5 18:00", 91),
        ("6 18:00", 94), ("7 18:00", 96), ("8 10:00", 97),
    ),
    oxygen=(
        ("4 10:00", by("blow_by", 6.0)),
        ("5 18:00", by("high_flow_nasal_cannula", 20.0, fio2=0.5)),
        ("6 18:00", by("high_flow_nasal_cannula", 12.0, fio2=0.35)),
        ("7 06:00", by("nasal_cannula", 2.0)), ("8 06:00", ROOM_AIR),
    ),
    pressors=(
        ("5 02:00", (running("norepinephrine", rate_ug_kg_min=0.1),)),
        ("5 10:00", (running("norepinephrine", rate_ug_kg_min=0.2), running("vasopressin"))),
        ("5 18:00", (running("norepinephrine", rate_ug_kg_min=0.3), running("vasopressin"),
                     running("epinephrine", rate_ug_kg_min=0.05))),
        ("6 14:00", (running("norepinephrine", rate_ug_kg_min=0.15),)),
        ("7 06:00", ()),
    ),
    notes={
        "4 10:00": {"temperature_c": 39.8, "fluid_bolus_ml": 460, "fluid_for_hypotension": True},
        "5 10:00": {"temperature_c": 38.6},
        "7 06:00": {"temperature_c": 36.9},
    },
    child=True,
    exam=(
        ("4 08:00", {"capd": capd(6)}),
        ("5 08:00", {"capd": capd(12), "consciousness": "drowsy"}),
        ("6 08:00", {"capd": capd(17), "consciousness": "tactile"}),
        ("7 08:00", {"capd": capd(8), "consciousness": "voice"}),
        ("8 08:00", {"capd": capd(4)}),
        ("9 08:00", {}),
    ),
    imaging=(("6 07:10", "none"),),
    labs=LabCourse(
        onset_day=2.5, crp_peak_mg_l=236.0, ferritin_peak_ug_l=26400.0,
        platelets_nadir_10e9_l=14, anc_recovery_day=17, alt_peak_u_l=148.0,
        fibrinogen_nadir_g_l=0.9, creatinine_umol_l=38.0,
    ),
    treatments=[
        *lymphodepletion(),
        ("3 06:30", {"drug": "paracetamol", "route": "oral", "purpose": "antipyretic"}),
        tocilizumab("4 18:00", 276.0),
        tocilizumab("5 04:00", 276.0),
        *every(12, "5 06:00", 5, "methylprednisolone", dose_mg=23.0, route="iv", purpose="crs"),
    ],
    events=(
        ("3 06:40", {"kind": "cultures"}),
        ("3 07:05", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("4 09:30", {"kind": "concern"}),
        ("5 02:00", {"kind": "response", "to": "tocilizumab", "change": "worse"}),
        ("6 07:10", {"kind": "imaging"}),
    ),
)  # fmt: skip

SEIZURE_LONG = Script(
    id="demo-04",
    shown_day=10,
    patient=_adult(34.0, "female", 59.0, 167.0, marrow_blasts_percent=44.0),
    therapy=_cells("brexucabtagene-autoleucel", LEUKAEMIA),
    doses=ONE_INFUSION,
    close_days=((0, 14),),
    fever=(
        ("5 06:00", 37.1), ("5 10:00", 38.4), ("6 10:00", 39.2), ("7 10:00", 39.0),
        ("7 18:00", 38.0), ("7 22:00", 37.3), ("8 10:00", 37.1), ("8 22:00", 36.8),
    ),
    pressure=(
        ("6 22:00", 112), ("7 06:00", 84), ("7 18:00", 86), ("7 22:00", 102), ("8 18:00", 108),
        ("9 06:00", 118),
    ),
    low_pressure=(("7 06:00", "7 21:00"),),
    oxygen=(
        ("10 08:00", by("ventilator", fio2=0.3, reason="airway_protection")),
        ("12 10:00", ROOM_AIR),
    ),
    pressors=(("7 22:00", (running("norepinephrine", 6.0),)), ("8 18:00", ())),
    notes={
        "5 10:00": {"temperature_c": 38.4},
        "7 06:00": {"temperature_c": 39.0, "fluid_bolus_ml": 1000, "fluid_for_hypotension": True},
        "8 10:00": {"temperature_c": 37.1},
        "10 10:00": {"temperature_c": 36.9},
        "10 14:00": {"temperature_c": 36.7, "other_cause": ["hypoxia"],
                        "other_cause_reason": "tube protects the airway, gas exchange normal"},
    },
    exam=(
        ("9 08:00", {"ice": ice(writing=0, attention=0), "handwriting": "worse"}),
        ("9 20:00", {"ice": ice(writing=0, attention=0, naming=1, command=0, hospital=0),
                     "consciousness": "drowsy", "other_signs": ["tremor", "word_finding"]}),
        ("10 08:00", {"ice": None, "consciousness": None, "motor_weakness": None,
                      "unable": ["sedated", "intubated"]}),
        ("12 14:00", {"ice": ice(writing=0, attention=0, naming=1), "consciousness": "drowsy"}),
        ("13 08:00", {"ice": ice(writing=0, attention=0)}),
        ("14 08:00", {}),
    ),
    exam_notes={
        "10 06:45": {
            "ice": None, "consciousness": "tactile",
            "seizure": seizure("generalised", "10 06:30", 8.0),
        },
    },
    imaging=(("10 09:20", "none"),),
    labs=LabCourse(
        onset_day=4.5, crp_peak_mg_l=168.0, ferritin_peak_ug_l=8800.0, platelets_nadir_10e9_l=16,
        anc_recovery_day=18, alt_peak_u_l=92.0, fibrinogen_nadir_g_l=1.6,
    ),
    treatments=[
        *lymphodepletion(),
        ("0 08:00", {"drug": "levetiracetam", "dose_mg": 750.0, "route": "oral", "interval_h": 12,
                     "purpose": "prophylaxis"}),
        tocilizumab("7 12:00", 472.0),
        *every(12, "7 12:15", 3, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs"),
        *every(6, "9 21:00", 16, "dexamethasone", dose_mg=10.0, route="iv", purpose="icans"),
        ("10 06:36", {"drug": "lorazepam", "dose_mg": 2.0, "route": "iv", "purpose": "icans"}),
        ("10 07:30", {"drug": "propofol", "route": "iv", "stopped_at": "12 08:00",
                      "purpose": "other"}),
    ],
    events=(
        ("5 10:30", {"kind": "cultures"}),
        ("5 10:55", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("7 20:00", {"kind": "response", "to": "tocilizumab", "change": "improved"}),
        ("10 09:20", {"kind": "imaging"}),
    ),
)  # fmt: skip

OEDEMA = Script(
    id="demo-05",
    shown_day=8,
    patient=_adult(63.0, "male", 77.0, 175.0),
    therapy=_cells("brexucabtagene-autoleucel", "mcl"),
    doses=ONE_INFUSION,
    ends="12 04:00",
    close_days=((0, 12),),
    fever=(
        ("5 06:00", 37.2), ("5 10:00", 38.7), ("5 22:00", 39.0), ("6 10:00", 39.1),
        ("6 18:00", 37.4), ("7 02:00", 36.9),
    ),
    pressure=(("6 02:00", 108), ("6 10:00", 86), ("6 18:00", 96), ("7 02:00", 114)),
    low_pressure=(("6 10:00", "6 21:00"),),
    oxygen=(("10 22:00", by("ventilator", fio2=0.35, reason="airway_protection")),),
    notes={
        "5 10:00": {"temperature_c": 38.7},
        "6 10:00": {"temperature_c": 39.1, "fluid_bolus_ml": 1000, "fluid_for_hypotension": True},
        "7 10:00": {"temperature_c": 36.7},
    },
    exam=(
        ("7 08:00", {"ice": ice(attention=0), "other_signs": ["tremor"]}),
        ("8 08:00", {"ice": ice(attention=0, writing=0, naming=1, command=0),
                     "consciousness": "drowsy", "handwriting": "worse"}),
        ("9 08:00", {"ice": ice(attention=0, writing=0, naming=0, command=0, hospital=0, city=0,
                                month=0, year=1), "consciousness": "voice"}),
        ("9 20:00", {"ice": ice(**dict.fromkeys(ICE_POINTS, 0)), "consciousness": "voice"}),
        ("10 08:00", {"ice": ice(**dict.fromkeys(ICE_POINTS, 0)), "consciousness": "tactile",
                      "raised_icp": ["sixth_nerve_palsy", "papilloedema"]}),
        ("10 14:00", {"ice": ice(**dict.fromkeys(ICE_POINTS, 0)), "consciousness": "unarousable",
                      "raised_icp": ["sixth_nerve_palsy", "papilloedema",
                                     "decerebrate_posturing"]}),
        ("11 08:00", {"ice": None, "consciousness": None, "motor_weakness": None,
                      "raised_icp": ["papilloedema"], "unable": ["sedated", "intubated"]}),
    ),
    imaging=(("9 12:30", "focal"), ("10 13:20", "diffuse")),
    labs=LabCourse(
        onset_day=4.5, crp_peak_mg_l=120.0, ferritin_peak_ug_l=7400.0, platelets_nadir_10e9_l=22,
        anc_recovery_day=15, fibrinogen_nadir_g_l=1.8,
    ),
    treatments=[
        *lymphodepletion(),
        tocilizumab("6 11:00", 616.0),
        *every(12, "6 11:30", 3, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs"),
        *every(6, "8 11:00", 8, "dexamethasone", dose_mg=10.0, route="iv", purpose="icans"),
        *every(24, "10 09:00", 2, "methylprednisolone", dose_mg=1000.0, route="iv",
               purpose="icans"),
        ("10 14:30", {"drug": "mannitol", "route": "iv", "purpose": "icans"}),
    ],
    events=(
        ("5 10:15", {"kind": "cultures"}),
        ("5 10:40", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("8 07:40", {"kind": "concern"}),
        ("9 12:30", {"kind": "imaging"}),
        ("10 13:20", {"kind": "imaging"}),
        ("12 04:20", {"kind": "death", "due_to": "icans"}),
    ),
)  # fmt: skip

SHOCK = Script(
    id="demo-06",
    shown_day=7,
    patient=_adult(74.0, "male", 70.0, 171.0, conditions=["coronary disease"]),
    therapy=_cells("brexucabtagene-autoleucel", "mcl"),
    doses=ONE_INFUSION,
    ends="8 05:00",
    fever=(
        ("3 10:00", 37.3), ("3 14:00", 39.0), ("4 14:00", 39.6), ("5 10:00", 38.9),
        ("6 10:00", 39.4), ("7 06:00", 38.6), ("7 18:00", 37.6), ("8 02:00", 36.2),
    ),
    pressure=(
        ("4 18:00", 112), ("5 06:00", 84), ("5 10:00", 96), ("6 06:00", 84), ("6 10:00", 92),
        ("7 10:00", 88), ("8 02:00", 66),
    ),
    low_pressure=(("5 06:00", "5 09:00"), ("6 02:00", "8 05:00")),
    saturation=(
        ("4 06:00", 95), ("4 13:00", 89), ("4 14:00", 92), ("5 09:00", 88), ("5 10:00", 92),
        ("6 09:00", 88), ("6 10:00", 91), ("6 21:00", 85), ("6 22:00", 92), ("8 02:00", 82),
    ),
    oxygen=(
        ("4 14:00", by("nasal_cannula", 4.0)), ("5 10:00", by("simple_mask", 8.0)),
        ("6 10:00", by("high_flow_nasal_cannula", 45.0, fio2=0.6)),
        ("6 22:00", by("ventilator", fio2=0.7, reason="hypoxia")),
        ("7 18:00", by("ventilator", fio2=0.9, reason="hypoxia")),
    ),
    pressors=(
        ("5 10:00", (running("norepinephrine", 8.0),)),
        ("6 10:00", (running("norepinephrine", 24.0), running("epinephrine", 4.0))),
        ("7 14:00", (running("norepinephrine", 45.0), running("epinephrine", 12.0),
                     running("vasopressin"), running("dobutamine"))),
    ),
    notes={
        "3 14:00": {"temperature_c": 39.0, "rigors": True},
        "4 14:00": {"temperature_c": 39.6},
        "5 10:00": {"temperature_c": 38.9},
        "6 10:00": {"temperature_c": 39.4},
        "7 10:00": {"temperature_c": 38.3},
    },
    exam=(
        ("7 08:00", {"ice": None, "consciousness": None, "motor_weakness": None,
                     "unable": "sedated", "rass": -4}),
    ),
    labs=LabCourse(
        onset_day=2.6, crp_peak_mg_l=318.0, ferritin_peak_ug_l=41000.0, platelets_nadir_10e9_l=11,
        anc_recovery_day=20, alt_peak_u_l=260.0, fibrinogen_nadir_g_l=0.8,
        creatinine_umol_l=96.0,
    ),
    treatments=[
        *lymphodepletion(),
        tocilizumab("4 15:00", 560.0),
        tocilizumab("5 10:30", 560.0),
        *every(6, "5 10:45", 5, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs"),
        tocilizumab("6 11:00", 560.0),
        *every(24, "6 11:15", 2, "methylprednisolone", dose_mg=1000.0, route="iv", purpose="crs"),
        ("3 15:00", {"drug": "meropenem", "route": "iv", "interval_h": 8, "purpose": "other"}),
        ("7 09:00", {"drug": "anakinra", "dose_mg": 200.0, "route": "iv", "purpose": "crs"}),
        ("6 21:45", {"drug": "propofol", "route": "iv", "purpose": "other"}),
    ],
    events=(
        ("3 14:20", {"kind": "cultures"}),
        ("3 15:00", {"kind": "antibiotics", "what": "meropenem iv"}),
        ("4 23:00", {"kind": "response", "to": "tocilizumab", "change": "same"}),
        ("6 19:00", {"kind": "response", "to": "tocilizumab", "change": "worse"}),
        ("8 05:40", {"kind": "death", "due_to": "crs"}),
    ),
)  # fmt: skip

MASK = Script(
    id="demo-07",
    shown_day=9,
    patient=_adult(63.0, "female", 68.0, 160.0, conditions=["old wrist fracture"],
                   baseline_ice=9, fixed_ice_deficits=["writing"]),
    therapy=_cells("ciltacabtagene-autoleucel", MYELOMA),
    doses=ONE_INFUSION,
    close_days=((0, 12), (17, 17)),
    fever=(
        ("7 06:00", 37.2), ("7 10:00", 38.3), ("8 10:00", 38.9), ("8 22:00", 39.2),
        ("9 06:00", 38.4), ("9 10:00", 37.9), ("9 18:00", 37.1), ("10 06:00", 36.7),
    ),
    saturation=(
        ("8 02:00", 95), ("8 09:00", 90), ("8 10:00", 92), ("8 21:00", 89), ("8 22:00", 93),
        ("9 18:00", 94), ("10 06:00", 95),
    ),
    oxygen=(
        ("8 10:00", by("nasal_cannula", 3.0)), ("8 22:00", by("simple_mask", 5.0)),
        ("9 18:00", by("nasal_cannula", 2.0)), ("10 06:00", ROOM_AIR),
    ),
    notes={
        "7 10:00": {"temperature_c": 38.3},
        "8 10:00": {"temperature_c": 38.9},
        "9 10:00": {"temperature_c": 37.8},
        "9 18:00": {"temperature_c": 37.1},
        "10 18:00": {"temperature_c": 36.8},
    },
    fixed_ice=("writing",),
    exam=(
        ("8 08:00", {"other_signs": ["headache", "tremor"]}),
        ("10 08:00", {}),
        ("17 08:00", {"other_signs": ["facial_palsy", "parkinsonism", "gait_change"]}),
    ),
    labs=LabCourse(
        onset_day=6.5, crp_peak_mg_l=88.0, ferritin_peak_ug_l=2600.0, platelets_nadir_10e9_l=41,
    ),
    treatments=[
        *lymphodepletion(),
        paracetamol("7 10:30"),
        paracetamol("8 10:30"),
        tocilizumab("9 00:30", 544.0),
    ],
    events=(
        ("7 10:20", {"kind": "cultures"}),
        ("7 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("9 08:30", {"kind": "response", "to": "tocilizumab", "change": "improved"}),
    ),
)  # fmt: skip

BIPHASIC = Script(
    id="demo-08",
    shown_day=6,
    patient=_adult(60.0, "male", 88.0, 181.0),
    therapy=_cells("idecabtagene-vicleucel", MYELOMA),
    doses=ONE_INFUSION,
    close_days=((0, 12),),
    fever=(
        ("0 22:00", 37.0), ("1 02:00", 37.8), ("1 06:00", 38.1), ("1 10:00", 38.8),
        ("2 02:00", 38.4), ("2 06:00", 38.3), ("2 10:00", 37.6), ("2 18:00", 36.9),
        ("8 10:00", 37.0), ("8 14:00", 38.5), ("9 02:00", 39.2), ("9 06:00", 38.6),
        ("9 14:00", 37.4), ("9 22:00", 36.8),
    ),
    pressure=(("8 22:00", 112), ("9 02:00", 84), ("9 10:00", 94), ("9 22:00", 118)),
    low_pressure=(("9 02:00", "9 09:00"),),
    saturation=(("8 18:00", 95), ("9 01:00", 90), ("9 02:00", 92), ("9 18:00", 95)),
    oxygen=(("9 02:00", by("nasal_cannula", 3.0)), ("9 18:00", ROOM_AIR)),
    notes={
        "1 02:00": {"temperature_c": 37.9},
        "1 06:00": {"temperature_c": 38.0},
        "1 10:00": {"temperature_c": 38.8},
        "2 02:00": {"temperature_c": 38.4},
        "2 06:00": {"temperature_c": 38.3},
        "2 10:00": {"temperature_c": 37.6},
        "2 14:00": {"temperature_c": 37.2},
        "8 14:00": {"temperature_c": 38.5},
        "9 02:00": {"temperature_c": 39.2, "fluid_bolus_ml": 500, "fluid_for_hypotension": True},
    },
    exam=(("3 08:00", {"ice": ice(attention=0)}), ("4 08:00", {})),
    labs=LabCourse(onset_day=0.8, crp_peak_mg_l=64.0, ferritin_peak_ug_l=1800.0),
    treatments=[
        *lymphodepletion(),
        paracetamol("1 10:30"),
        paracetamol("1 18:30"),
        paracetamol("2 06:30"),
        tocilizumab("9 03:00", 704.0),
    ],
    events=(
        ("1 06:20", {"kind": "cultures"}),
        ("1 06:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("8 14:20", {"kind": "cultures"}),
        ("8 14:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("9 11:00", {"kind": "response", "to": "tocilizumab", "change": "improved"}),
    ),
)  # fmt: skip

NEURO_ONLY = Script(
    id="demo-09",
    shown_day=13,
    patient=_adult(45.0, "female", 66.0, 169.0, marrow_blasts_percent=12.0),
    therapy=_cells("obecabtagene-autoleucel", LEUKAEMIA),
    doses=(
        ("0 10:00", {"label": "dose 1", "cycle": 1, "day": 1, "dose_cells": 100000000.0}),
        ("9 10:00", {"label": "dose 2", "cycle": 1, "day": 10, "dose_cells": 310000000.0}),
    ),
    close_days=((0, 18),),
    fever=(("9 22:00", 37.0), ("10 10:00", 37.4), ("10 22:00", 36.9)),
    exam=(
        ("11 08:00", {"ice": ice(attention=0), "handwriting": "same"}),
        ("12 08:00", {"ice": ice(attention=0, writing=0, naming=2), "handwriting": "worse"}),
        ("12 20:00", {"ice": ice(attention=0, writing=0, naming=2, command=0),
                      "consciousness": "drowsy", "handwriting": "worse"}),
        ("13 08:00", {"ice": ice(attention=0, writing=0, naming=0, command=0, hospital=0),
                      "consciousness": "drowsy", "handwriting": "worse"}),
        ("13 20:00", {"ice": ice(attention=0, writing=0, naming=0, command=0, hospital=0, city=0,
                                 month=0), "consciousness": "drowsy"}),
        ("14 08:00", {"ice": ice(**dict.fromkeys(ICE_POINTS, 0)),
                      "other_signs": ["word_finding"]}),
        ("15 08:00", {"ice": ice(attention=0, writing=0, naming=1, command=0)}),
        ("16 08:00", {"ice": ice(attention=0, writing=0)}),
        ("18 08:00", {}),
    ),
    imaging=(("13 17:00", "none"),),
    labs=LabCourse(
        onset_day=9.5, crp_peak_mg_l=22.0, ferritin_peak_ug_l=1200.0, platelets_nadir_10e9_l=28,
        anc_recovery_day=20,
    ),
    treatments=[
        *lymphodepletion(),
        *every(6, "13 10:45", 12, "dexamethasone", dose_mg=10.0, route="iv", purpose="icans"),
    ],
    events=(
        ("12 19:30", {"kind": "concern"}),
        ("13 17:00", {"kind": "imaging"}),
    ),
)  # fmt: skip

PAUSED = Script(
    id="demo-10",
    shown_day=10,
    patient=_adult(41.0, "female", 70.0, 172.0, marrow_blasts_percent=62.0,
                   peripheral_blasts_per_ul=8000, extramedullary_disease=False),
    therapy={"product": "blinatumomab", "indication": LEUKAEMIA, "region": "us"},
    doses=(
        ("0 10:00", {"label": "C1D1", "cycle": 1, "day": 1}),
        ("7 10:00", {"label": "C1D8", "cycle": 1, "day": 8}),
    ),
    infusions=(
        ("0 10:00", "7 10:00", {"rate_ug_day": 9.0, "cycle": 1, "stop_reason": "planned"}),
        ("7 10:00", "9 15:55", {"rate_ug_day": 28.0, "cycle": 1, "stop_reason": "toxicity"}),
        ("14 10:00", "21 10:00", {"rate_ug_day": 9.0, "cycle": 1, "stop_reason": "planned"}),
        ("21 10:00", None, {"rate_ug_day": 28.0, "cycle": 1}),
    ),
    close_days=((0, 16),),
    fever=(
        ("1 18:00", 37.2), ("1 22:00", 38.4), ("2 02:00", 38.7), ("2 10:00", 38.1),
        ("2 14:00", 37.3), ("2 22:00", 36.8),
    ),
    pressure=(("1 22:00", 112), ("2 02:00", 86), ("2 06:00", 98), ("2 14:00", 116)),
    low_pressure=(("2 02:00", "2 05:00"),),
    notes={
        "1 22:00": {"temperature_c": 38.4},
        "2 02:00": {"temperature_c": 38.7, "fluid_bolus_ml": 500, "fluid_for_hypotension": True},
        "2 18:00": {"temperature_c": 37.0},
        "10 10:00": {},
    },
    exam=(
        ("8 08:00", {"ice": ice(attention=0), "other_signs": ["tremor"]}),
        ("10 08:00", {}),
    ),
    exam_notes={
        "9 16:00": {
            "ice": ice(attention=0, writing=0, naming=1), "consciousness": "drowsy",
            "seizure": seizure("focal", "9 15:45", 5.0),
        },
    },
    imaging=(("9 16:40", "none"),),
    labs=LabCourse(onset_day=1.5, crp_peak_mg_l=58.0, ferritin_peak_ug_l=1500.0,
                   anc_recovery_day=10),
    treatments=[
        *every(24, "-5 08:00", 4, "dexamethasone", dose_mg=18.0, route="iv", purpose="prephase"),
        dexamethasone("0 09:00", 20.0, "premedication"),
        dexamethasone("2 03:00", 8.0, "crs"),
        dexamethasone("7 09:00", 20.0, "premedication"),
        *every(8, "9 17:00", 9, "dexamethasone", dose_mg=8.0, route="iv", purpose="icans"),
        ("9 16:30", {"drug": "levetiracetam", "dose_mg": 750.0, "route": "iv", "interval_h": 12,
                     "purpose": "icans"}),
        dexamethasone("14 09:00", 20.0, "premedication"),
    ],
    events=(
        ("1 22:20", {"kind": "cultures"}),
        ("1 22:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("9 15:55", {"kind": "infusion_paused", "reason": "neurotoxicity"}),
        ("9 16:40", {"kind": "imaging"}),
        ("14 10:00", {"kind": "infusion_restarted"}),
    ),
    gradings=(
        ("9 16:20", {"scale": "ctcae-5.0", "term": "seizure", "grade": 3}),
        ("10 08:30", {"scale": "ctcae-5.0", "term": "seizure", "grade": 0}),
    ),
)  # fmt: skip

CAPD_ONLY = Script(
    id="demo-11",
    shown_day=4,
    patient={
        "age_years": 9.1, "sex": "female", "weight_kg": 27.0, "height_cm": 131.0,
        "developmental_delay": False, "baseline_capd": 3, "conditions": [],
        "marrow_blasts_percent": 22.0, "peripheral_blasts_per_ul": 600,
        "extramedullary_disease": False,
    },
    therapy={"product": "blinatumomab", "indication": LEUKAEMIA, "region": "us"},
    doses=(
        ("0 10:00", {"label": "C1D1", "cycle": 1, "day": 1}),
        ("7 10:00", {"label": "C1D8", "cycle": 1, "day": 8}),
    ),
    infusions=(
        ("0 10:00", "5 02:05", {"rate_ug_day": 5.0, "cycle": 1, "stop_reason": "line"}),
        ("5 03:15", "7 11:10", {"rate_ug_day": 5.0, "cycle": 1, "stop_reason": "planned"}),
        ("7 11:10", "28 11:10", {"rate_ug_day": 14.9, "cycle": 1, "stop_reason": "planned"}),
    ),
    rest=Rest(systolic_mmhg=106, heart_rate_bpm=90, respiratory_rate_bpm=20, spo2_percent=98),
    fever=(
        ("2 06:00", 37.0), ("2 10:00", 38.5), ("2 18:00", 38.3), ("2 22:00", 37.4),
        ("3 06:00", 36.8),
    ),
    notes={"2 10:00": {"temperature_c": 38.5}, "3 10:00": {"temperature_c": 36.7}},
    child=True,
    resting_capd=3,
    exam=(
        ("4 08:00", {"capd": capd(5)}),
        ("6 08:00", {"capd": capd(8), "consciousness": "voice"}),
        ("6 20:00", {"capd": capd(7)}),
        ("8 08:00", {}),
    ),
    exam_notes={"7 08:00": {"capd": {"items": [2, 1, 1, None, 2, 1, 1, 0]}}},
    imaging=(("6 12:40", "none"),),
    labs=LabCourse(onset_day=1.8, crp_peak_mg_l=38.0, ferritin_peak_ug_l=1100.0,
                   anc_recovery_day=8, creatinine_umol_l=40.0),
    treatments=[
        dexamethasone("0 09:30", 5.0, "premedication"),
        ("2 10:30", {"drug": "paracetamol", "route": "oral", "purpose": "antipyretic"}),
        dexamethasone("7 10:30", 5.0, "premedication"),
    ],
    events=(
        ("2 10:20", {"kind": "cultures"}),
        ("2 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("5 02:05", {"kind": "infusion_paused", "reason": "pump"}),
        ("5 03:15", {"kind": "infusion_restarted"}),
        ("6 07:30", {"kind": "concern"}),
        ("6 12:40", {"kind": "imaging"}),
    ),
)  # fmt: skip

STEP_UP = Script(
    id="demo-12",
    shown_day=5,
    patient=_adult(72.0, "female", 61.0, 158.0),
    therapy={"product": "teclistamab", "indication": MYELOMA, "region": "us"},
    doses=(
        ("0 10:00", {"label": "step-up 1", "cycle": 1, "day": 1, "dose_mg": 3.66}),
        ("3 10:00", {"label": "step-up 2", "cycle": 1, "day": 4, "dose_mg": 18.3}),
        ("8 10:00", {"label": "treatment 1", "cycle": 1, "day": 9, "dose_mg": 91.5}),
        ("15 10:00", {"label": "treatment 2", "cycle": 1, "day": 16, "dose_mg": 91.5}),
        ("22 10:00", {"label": "treatment 3", "cycle": 1, "day": 23, "dose_mg": 91.5}),
    ),
    rest=Rest(systolic_mmhg=132, heart_rate_bpm=72),
    fever=(
        ("1 14:00", 37.1), ("1 18:00", 38.3), ("1 22:00", 38.3), ("2 02:00", 37.6),
        ("2 06:00", 36.9), ("4 18:00", 37.0), ("4 22:00", 38.7), ("5 10:00", 38.3),
        ("5 14:00", 37.4), ("5 22:00", 36.7),
    ),
    saturation=(("4 22:00", 94), ("5 05:00", 90), ("5 06:00", 93), ("5 14:00", 95)),
    oxygen=(("5 06:00", by("nasal_cannula", 2.0)), ("5 18:00", ROOM_AIR)),
    notes={
        "1 18:00": {"temperature_c": 38.3},
        "4 22:00": {"temperature_c": 38.7},
        "5 10:00": {"temperature_c": 38.2},
        "6 10:00": {"temperature_c": 36.6},
    },
    exam=(("5 08:00", {"other_signs": ["headache"]}), ("6 08:00", {})),
    labs=LabCourse(onset_day=1.0, crp_peak_mg_l=41.0, ferritin_peak_ug_l=900.0,
                   anc_recovery_day=1, platelets_nadir_10e9_l=95),
    treatments=[
        dexamethasone("0 08:00", 16.0, "premedication"),
        ("0 08:00", {"drug": "paracetamol", "dose_mg": 650.0, "route": "oral",
                     "purpose": "premedication"}),
        paracetamol("1 18:30"),
        dexamethasone("3 08:00", 16.0, "premedication"),
        ("3 08:00", {"drug": "paracetamol", "dose_mg": 650.0, "route": "oral",
                     "purpose": "premedication"}),
        paracetamol("4 22:30"),
        dexamethasone("5 11:00", 10.0, "crs"),
        dexamethasone("8 08:00", 16.0, "premedication"),
    ],
    events=(
        ("1 18:20", {"kind": "cultures"}),
        ("1 18:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("4 22:20", {"kind": "cultures"}),
        ("4 22:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("6 09:00", {"kind": "not_done", "what": "treatment dose", "why": "CRS not yet gone 24 h"}),
    ),
)  # fmt: skip

NO_FEVER = Script(
    id="demo-13",
    shown_day=4,
    patient=_adult(69.0, "male", 91.0, 176.0, conditions=["hypertension"]),
    therapy=_cells("tisagenlecleucel", "dlbcl"),
    doses=ONE_INFUSION,
    rest=Rest(systolic_mmhg=138, heart_rate_bpm=74),
    pressure=(
        ("3 18:00", 124), ("4 02:00", 84), ("4 06:00", 92), ("4 10:00", 96), ("5 18:00", 108),
        ("6 10:00", 126),
    ),
    low_pressure=(("4 02:00", "4 05:00"),),
    saturation=(("4 02:00", 95), ("4 09:00", 90), ("4 10:00", 93), ("5 06:00", 95)),
    oxygen=(("4 10:00", by("nasal_cannula", 2.0)), ("5 02:00", ROOM_AIR)),
    pressors=(("4 06:00", (running("norepinephrine", 7.0),)), ("5 22:00", ())),
    notes={
        "4 02:00": {"temperature_c": 36.9, "fluid_bolus_ml": 1000, "fluid_for_hypotension": True,
                    "rigors": True},
        "4 06:00": {"temperature_c": 36.2},
        "4 10:00": {"temperature_c": 36.4},
        "5 06:00": {"temperature_c": None},
    },
    labs=LabCourse(onset_day=3.6, crp_peak_mg_l=192.0, ferritin_peak_ug_l=1300.0,
                   platelets_nadir_10e9_l=33, anc_recovery_day=12, creatinine_umol_l=98.0),
    treatments=[
        *lymphodepletion(),
        ("4 02:50", {"drug": "meropenem", "route": "iv", "interval_h": 8, "purpose": "other"}),
    ],
    events=(
        ("4 02:30", {"kind": "cultures"}),
        ("4 02:50", {"kind": "antibiotics", "what": "meropenem iv"}),
    ),
)  # fmt: skip

INFECTION = Script(
    id="demo-14",
    shown_day=17,
    patient=_adult(55.0, "female", 73.0, 166.0),
    therapy=_cells("axicabtagene-ciloleucel", LYMPHOMA),
    doses=ONE_INFUSION,
    close_days=((0, 9), (16, 19)),
    fever=(
        ("2 10:00", 37.2), ("2 14:00", 38.8), ("3 10:00", 39.0), ("4 06:00", 38.6),
        ("4 14:00", 38.4), ("4 22:00", 37.4), ("5 06:00", 36.8), ("16 18:00", 37.2),
        ("16 22:00", 38.4), ("17 06:00", 38.9), ("17 14:00", 38.6), ("18 02:00", 37.5),
        ("18 10:00", 36.8),
    ),
    pressure=(
        ("3 10:00", 116), ("3 18:00", 88), ("3 22:00", 86), ("4 06:00", 104), ("4 18:00", 118),
    ),
    low_pressure=(("3 18:00", "4 01:00"),),
    notes={
        "2 14:00": {"temperature_c": 38.8, "rigors": True},
        "3 18:00": {"temperature_c": 38.9, "systolic_mmhg": 88, "fluid_bolus_ml": 500,
                    "fluid_for_hypotension": True, "other_cause": ["hypotension"],
                        "other_cause_reason": "line sepsis, pus at the exit site"},
        "3 22:00": {"temperature_c": 38.7, "systolic_mmhg": 86},
        "4 10:00": {"temperature_c": 38.4, "other_cause": ["fever"],
                    "other_cause_reason": "line sepsis, culture positive"},
        "4 14:00": {"temperature_c": 38.3},
        "16 22:00": {"temperature_c": 38.4},
        "17 10:00": {"temperature_c": 38.7},
        "17 14:00": {"temperature_c": 38.6, "other_cause": ["fever"],
                     "other_cause_reason": "pneumonia on imaging"},
    },
    exam=(("5 08:00", {"ice": ice(writing=0, attention=0)}), ("6 08:00", {})),
    labs=LabCourse(onset_day=1.8, crp_peak_mg_l=204.0, ferritin_peak_ug_l=3100.0,
                   platelets_nadir_10e9_l=24, anc_recovery_day=21),
    treatments=[
        *lymphodepletion(),
        paracetamol("2 14:30"),
        paracetamol("3 14:30"),
        ("3 18:30", {"drug": "meropenem", "route": "iv", "interval_h": 8, "purpose": "other",
                     "stopped_at": "10 18:30"}),
        ("16 22:40", {"drug": "piperacillin-tazobactam", "route": "iv", "interval_h": 6,
                      "purpose": "other"}),
    ],
    events=(
        ("2 14:20", {"kind": "cultures"}),
        ("3 18:30", {"kind": "antibiotics", "what": "meropenem iv"}),
        ("16 22:20", {"kind": "cultures"}),
        ("16 22:40", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
    ),
)  # fmt: skip

DELAY = Script(
    id="demo-15",
    shown_day=4,
    patient={
        "age_years": 15.3, "sex": "male", "weight_kg": 48.0, "height_cm": 158.0,
        "developmental_delay": True, "baseline_capd": 7, "conditions": ["developmental delay"],
        "marrow_blasts_percent": 38.0,
    },
    therapy=_cells("tisagenlecleucel", LEUKAEMIA),
    doses=ONE_INFUSION,
    rest=Rest(systolic_mmhg=114, heart_rate_bpm=82, respiratory_rate_bpm=17, spo2_percent=98),
    fever=(
        ("2 18:00", 37.1), ("2 22:00", 39.0), ("3 10:00", 39.4), ("3 22:00", 38.2),
        ("4 10:00", 37.2), ("4 22:00", 36.8),
    ),
    saturation=(
        ("3 02:00", 95), ("3 09:00", 89), ("3 10:00", 92), ("3 21:00", 88), ("3 22:00", 92),
        ("5 10:00", 94), ("6 10:00", 97),
    ),
    oxygen=(
        ("3 10:00", by("nasal_cannula", 6.0)),
        ("3 22:00", by("high_flow_nasal_cannula", 25.0, fio2=0.45)),
        ("5 02:00", by("high_flow_nasal_cannula", 12.0, fio2=0.35)),
        ("5 10:00", by("high_flow_nasal_cannula", 6.0, fio2=0.3)),
        ("5 22:00", by("nasal_cannula", 2.0)), ("6 06:00", ROOM_AIR),
    ),
    notes={
        "2 22:00": {"temperature_c": 39.0},
        "3 10:00": {"temperature_c": 39.4},
        "4 10:00": {"temperature_c": 37.2},
        "5 10:00": {"temperature_c": 36.8},
    },
    child=True,
    resting_capd=7,
    exam=(
        ("4 08:00", {"capd": capd(9)}),
        ("5 20:00", {"capd": capd(8)}),
        ("7 08:00", {}),
    ),
    exam_notes={"3 08:00": {"ice": {"total": 4}}},
    labs=LabCourse(onset_day=2.0, crp_peak_mg_l=154.0, ferritin_peak_ug_l=9600.0,
                   platelets_nadir_10e9_l=19, anc_recovery_day=15, fibrinogen_nadir_g_l=1.5,
                   creatinine_umol_l=52.0),
    treatments=[*lymphodepletion(), tocilizumab("3 11:00", 384.0)],
    events=(
        ("2 22:20", {"kind": "cultures"}),
        ("2 22:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("3 19:00", {"kind": "response", "to": "tocilizumab", "change": "same"}),
    ),
)  # fmt: skip

TRANSFER = Script(
    id="demo-16",
    shown_day=4,
    patient=_adult(52.0, "male", 70.0, 170.0, weight_recorded_at=None),
    therapy=_cells("relmacabtagene-autoleucel", LYMPHOMA, region="cn", crs_since="2 09:00"),
    doses=ONE_INFUSION,
    begins="3 18:00",
    neuro_gaps=(("3 18:00", "4 07:00"),),
    fever=(("3 18:00", 37.2), ("5 10:00", 36.8)),
    pressure=(("3 18:00", 98), ("4 18:00", 104), ("5 22:00", 116)),
    oxygen=(
        ("3 18:00", by("nasal_cannula", 4.0)), ("4 14:00", by("nasal_cannula")),
        ("4 18:00", by("nasal_cannula", 2.0)), ("5 06:00", ROOM_AIR),
        ("5 10:00", by("nasal_cannula")), ("5 14:00", by("nasal_cannula", 1.0)),
        ("5 22:00", ROOM_AIR),
    ),
    saturation=(("5 05:00", 96), ("5 09:00", 92), ("5 10:00", 93), ("5 22:00", 95)),
    pressors=(
        ("3 18:00", (running("norepinephrine", 8.0),)),
        ("4 14:00", (running("norepinephrine", 4.0),)),
        ("4 22:00", ()),
    ),
    notes={
        "3 19:00": {"temperature_c": 37.2},
        "4 10:00": {"temperature_c": 37.1, "oxygen": None, "spo2_percent": None},
        "4 14:00": {"temperature_c": 37.0},
        "4 22:00": {"temperature_c": 36.9, "vasopressors": None},
        "5 06:00": {"temperature_c": 36.7, "hypotensive": None},
        "5 10:00": {"temperature_c": 36.8},
    },
    exam_notes={
        "4 08:00": {"seizure": None},
        "4 20:00": {"ice": ice(attention=None)},
    },
    labs=LabCourse(onset_day=1.8, crp_peak_mg_l=210.0, ferritin_peak_ug_l=5200.0,
                   platelets_nadir_10e9_l=31),
    treatments=[*lymphodepletion(), tocilizumab("3 08:00", 560.0)],
    events=(("3 18:30", {"kind": "transfer"}),),
)  # fmt: skip

WEAK_ARM = Script(
    id="demo-17",
    shown_day=9,
    patient=_adult(62.0, "male", 79.0, 174.0),
    therapy=_cells("axicabtagene-ciloleucel", LYMPHOMA),
    doses=ONE_INFUSION,
    close_days=((0, 11),),
    gaps=(("8 22:00", "9 15:00"),),
    neuro_gaps=(("9 00:00", "9 19:00"),),
    fever=(
        ("2 06:00", 37.1), ("2 10:00", 38.6), ("3 10:00", 38.9), ("4 06:00", 38.4),
        ("4 10:00", 37.6), ("4 18:00", 36.8),
    ),
    notes={"2 10:00": {"temperature_c": 38.6}, "4 06:00": {"temperature_c": 38.4}},
    exam=(
        ("8 20:00", {"motor_weakness": "deep_focal"}),
        ("9 20:00", {"motor_weakness": "mild"}),
        ("10 20:00", {}),
    ),
    imaging=(("8 21:40", "none"),),
    labs=LabCourse(onset_day=1.8, crp_peak_mg_l=84.0, ferritin_peak_ug_l=2100.0),
    treatments=[
        *lymphodepletion(),
        paracetamol("2 10:30"),
        paracetamol("3 10:30"),
        *every(6, "8 21:00", 8, "dexamethasone", dose_mg=10.0, route="iv", purpose="icans"),
    ],
    events=(
        ("2 10:20", {"kind": "cultures"}),
        ("2 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("8 19:50", {"kind": "concern"}),
        ("8 21:40", {"kind": "imaging"}),
    ),
)  # fmt: skip

LONE_VASOPRESSIN = Script(
    id="demo-18",
    shown_day=20,
    patient=_adult(28.0, "female", 55.0, 162.0, marrow_blasts_percent=57.0),
    therapy=_cells("inaticabtagene-autoleucel", LEUKAEMIA, region="cn"),
    doses=ONE_INFUSION,
    gaps=(("19 22:00", "20 13:00"),),
    neuro_gaps=(("20 00:00", "20 13:00"),),
    fever=(
        ("4 06:00", 37.2), ("4 10:00", 39.4), ("5 10:00", 39.2), ("5 22:00", 37.8),
        ("6 06:00", 37.0), ("7 06:00", 36.8),
    ),
    pressure=(("5 02:00", 108), ("5 08:00", 82), ("5 10:00", 92), ("6 22:00", 102),
              ("7 22:00", 108), ("8 22:00", 118)),
    low_pressure=(("5 06:00", "5 09:00"),),
    saturation=(
        ("5 10:00", 94), ("6 01:00", 86), ("6 02:00", 92), ("6 22:00", 94), ("7 10:00", 95),
        ("8 02:00", 96),
    ),
    oxygen=(
        ("5 14:00", by("nasal_cannula", 5.0)), ("5 22:00", by("non_rebreather", 12.0)),
        ("6 02:00", by("cpap", fio2=0.5)), ("6 22:00", by("venturi", 8.0, fio2=0.4)),
        ("7 10:00", by("nasal_cannula", 3.0)), ("8 02:00", ROOM_AIR),
    ),
    pressors=(
        ("5 10:00", (running("vasopressin"),)), ("7 06:00", ()),
        ("7 22:00", (running("dobutamine"),)), ("8 14:00", ()),
    ),
    notes={
        "4 10:00": {"temperature_c": 39.4},
        "5 10:00": {"temperature_c": 39.2},
        "6 10:00": {"temperature_c": 37.0},
        "8 10:00": {"temperature_c": 36.7},
    },
    labs=LabCourse(onset_day=3.6, crp_peak_mg_l=176.0, ferritin_peak_ug_l=14800.0,
                   platelets_nadir_10e9_l=17, anc_recovery_day=16, alt_peak_u_l=110.0,
                   fibrinogen_nadir_g_l=1.2),
    treatments=[
        *lymphodepletion(),
        tocilizumab("5 10:40", 440.0),
        tocilizumab("6 02:30", 440.0),
        *every(6, "6 02:45", 6, "dexamethasone", dose_mg=10.0, route="iv", purpose="crs"),
    ],
    events=(
        ("4 10:20", {"kind": "cultures"}),
        ("4 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("5 18:40", {"kind": "response", "to": "tocilizumab", "change": "same"}),
        ("6 10:30", {"kind": "response", "to": "tocilizumab", "change": "improved"}),
    ),
)  # fmt: skip

BLEED = Script(
    id="demo-19",
    shown_day=24,
    patient=_adult(67.0, "female", 58.0, 156.0),
    therapy=_cells("tisagenlecleucel", "dlbcl"),
    doses=ONE_INFUSION,
    ends="26 02:00",
    close_days=((0, 9), (25, 26)),
    fever=(
        ("3 06:00", 37.0), ("3 10:00", 38.4), ("4 10:00", 38.8), ("5 06:00", 38.1),
        ("5 14:00", 37.2), ("5 22:00", 36.7),
    ),
    notes={
        "3 10:00": {"temperature_c": 38.4},
        "24 10:00": {"temperature_c": 36.7},
        "25 03:30": {"temperature_c": 36.8, "systolic_mmhg": 168},
        "25 05:00": {"temperature_c": 36.8, "systolic_mmhg": 158},
    },
    exam=(
        ("25 06:00", {"ice": None, "consciousness": "unarousable",
                      "motor_weakness": "deep_focal", "unable": "intubated",
                      "other_cause": ["ice", "consciousness", "motor"],
                      "other_cause_reason": "intracerebral haemorrhage on imaging"}),
    ),
    exam_notes={
        "25 03:30": {"ice": ice(attention=0, writing=0, naming=0, command=0, hospital=0),
                     "consciousness": "voice", "motor_weakness": "deep_focal",
                     "other_signs": ["headache"]},
        "25 05:00": {"ice": ice(attention=0, writing=0, naming=0, command=0, hospital=0, city=0),
                     "consciousness": "voice", "motor_weakness": "deep_focal",
                     "cerebral_oedema": "haemorrhage_related",
                     "other_cause": ["ice", "consciousness", "motor"],
                      "other_cause_reason": "intracerebral haemorrhage on imaging"},
    },
    oxygen=(("25 06:00", by("ventilator", fio2=0.3, reason="airway_protection")),),
    labs=LabCourse(onset_day=2.8, crp_peak_mg_l=66.0, ferritin_peak_ug_l=1700.0,
                   platelets_nadir_10e9_l=6, anc_recovery_day=19),
    treatments=[*lymphodepletion(), paracetamol("3 10:30"), paracetamol("4 10:30")],
    events=(
        ("3 10:20", {"kind": "cultures"}),
        ("3 10:45", {"kind": "antibiotics", "what": "piperacillin-tazobactam iv"}),
        ("25 03:20", {"kind": "concern"}),
        ("25 04:40", {"kind": "imaging"}),
        ("26 02:10", {"kind": "death", "due_to": "other"}),
    ),
)  # fmt: skip

SCRIPTS: Sequence[Script] = (
    QUIET, MASKED, CHILD, SEIZURE_LONG, OEDEMA, SHOCK, MASK, BIPHASIC, NEURO_ONLY, PAUSED,
    CAPD_ONLY, STEP_UP, NO_FEVER, INFECTION, DELAY, TRANSFER, WEAK_ARM, LONE_VASOPRESSIN, BLEED,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the cases, or with --check say which of them are out of date."""
    parser = argparse.ArgumentParser(description="Write the synthetic patients of sample_data/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on a change")
    check = parser.parse_args(arguments).check
    changed = []
    for script in SCRIPTS:
        path, text = SAMPLE_DATA / script.id / "case.json", text_of(case_of(script))
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        changed.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in changed:
        verb = "is out of date: run scripts/make_sample_data.py" if check else "written"
        sys.stdout.write(f"{path.relative_to(SAMPLE_DATA.parent)} {verb}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
