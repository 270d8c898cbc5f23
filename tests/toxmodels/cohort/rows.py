"""
Random rows of a cohort: adversarial times, missing values, every class of every input.

Times stand on limits: 30 minutes, 4, 12 and 24 hours after one another, or a minute to either side.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from toxmodels.cohort.columns import COLUMNS

Row = dict[str, Any]
DOSE = datetime(2026, 3, 1, 10, tzinfo=UTC)
GAPS = (
    1, 10, 29, 30, 31, 59, 60, 61, 120, 239, 240, 241, 360, 361,
    719, 720, 721, 1439, 1440, 1441, 1500, 2880,
)  # fmt: skip
AGENTS = tuple(word for word in COLUMNS["vasopressors"].words)
DEVICES = COLUMNS["oxygen_device"].words
PAIR = "papilloedema+cushing_triad"
SHAPES = {"both": ("ve",), "mixed": ("ve", "v", "v", "e", ""), "apart": ("v", "e")}
DRUGS = ("paracetamol", "tocilizumab", "dexamethasone", "anakinra", "siltuximab", "meropenem")


def _agents(dice: random.Random) -> str | None:
    count = dice.choice((None, 0, 0, 0, 0, 1, 1, 2, 3))
    if count is None:
        return None
    return "+".join(dict.fromkeys(dice.choice(AGENTS) for _ in range(count))) or "none"


def _vitals(dice: random.Random, calm: float) -> Row:
    """A set of vital signs; ``calm`` is how often it is complete and normal."""
    if dice.random() < calm:
        return {
            "temperature_c": dice.choice((36.4, 37.9)),
            "hypotensive": False,
            "vasopressors": "none",
            "oxygen_device": "room_air",
        }
    pick = dice.choice
    return {
        "temperature_c": pick((None, None, 36.4, 37.2, 37.9, 38.0, 38.4, 39.6, float("nan"))),
        "hypotensive": pick((None, True, False, False)),
        "vasopressors": _agents(dice),
        "fluid_for_hypotension": pick((None, None, None, True, False)),
        "oxygen_device": pick((None, "room_air", "room_air", "room_air", *DEVICES)),
        "oxygen_flow_l_min": pick((None, None, 0.5, 2.0, 6.0, 6.1, 15.0)),
        "oxygen_reason": pick((None,) * 6 + COLUMNS["oxygen_reason"].words),
        "hypoxic": pick((None, None, None, None, True, False)),
        "systolic_mmhg": pick((None, None, 88.0, 120.0)),
    }


def _exam(dice: random.Random, calm: float, *, fits: bool) -> Row:
    pick = dice.choice
    if dice.random() < calm:
        return {
            "ice_total": 10,
            "capd_total": 0,
            "consciousness": "alert",
            "seizure_kind": "none",
            "motor_weakness": "none",
            "raised_icp": "none",
            "cerebral_oedema": pick((None, "none")),
        }
    low = pick((None, *range(11)))
    capd = pick((None, 0, 1, 4, 8, 9, 20, 32))
    open_items = pick((0, 0, 0, 1, 2))
    row: Row = {
        "ice_low": low,
        "ice_high": None if low is None else min(10, low + pick((0, 0, 0, 1, 3, 6))),
        "capd_low": capd,
        "capd_high": None if capd is None else capd + 4 * (open_items if capd <= 20 else 0),
        "consciousness": pick((None, "alert", "alert", "alert", *COLUMNS["consciousness"].words)),
        "seizure_kind": pick((None, "none", "none")),
        "motor_weakness": pick((None, "none", "none", "none", "mild", "deep_focal")),
        "raised_icp": pick(
            (None, "none", "none", "none", "papilloedema", "papilloedema+cushing_triad")
        ),
        "cerebral_oedema": pick((None, None, None, *COLUMNS["cerebral_oedema"].words)),
        "unable": pick((None,) * 8 + ("sedated", "asleep", "intubated+sedated", "none")),
    }
    if fits and pick((False, False, True)):
        row |= {
            "seizure_kind": pick(("focal", "generalised", "nonconvulsive_eeg")),
            "seizure_duration_min": pick((None, 0.5, 5.0, 5.1, 12.0)),
            "seizure_resolved": pick((None, True, True, False)),
            "seizure_repetitive": pick((None, None, None, True, False)),
            "seizure_count": pick((None, 1, 2)),
        }
    return row


def _patient(dice: random.Random, name: str) -> Row:
    pick = dice.choice
    usual = pick((None, None, "room_air", "nasal_cannula", *DEVICES))
    return {
        "patient_id": name,
        "age_years": pick((None, 0.5, 6.0, 11.99, 12.0, 21.0, 21.1, 41.0, 60.0)),
        "developmental_delay": pick((None, None, True, False)),
        "first_dose_at": pick((None, DOSE, DOSE, DOSE)),
        "treatments_recorded": pick((None, True, True, False)),
        "baseline_ice": pick((None, None, 7, 10)),
        "baseline_capd": pick((None, None, 0, 4, 10)),
        "baseline_oxygen_device": usual,
        "baseline_oxygen_flow_l_min": pick((None, 1.0, 2.0, 6.0)),
    }


def one_patient(
    dice: random.Random, name: str, *, longest: int = 14
) -> tuple[list[Row], list[Row]]:
    """The rows of one patient in order of time, and the treatments."""
    patient = _patient(dice, name)
    calm, fits = dice.choice((0.0, 0.2, 0.6, 0.9)), dice.random() < 0.3
    shape = dice.choice(("both", "both", "mixed", "apart"))
    at = DOSE + timedelta(minutes=dice.choice((-300, -60, 0, 0, 0, 1, 300)))
    rows = []
    for _ in range(dice.randint(1, longest)):
        kinds = dice.choice(
            {"both": ("ve",), "mixed": ("ve", "v", "v", "e", ""), "apart": ("v", "e")}[shape]
        )
        row = {**patient, "taken_at": at}
        if "v" in kinds:
            row |= _vitals(dice, calm)
        if "e" in kinds:
            row |= _exam(dice, calm, fits=fits)
        rows.append(row)
        at += timedelta(minutes=dice.choice(GAPS))
    given = []
    if patient["treatments_recorded"] is True:
        for _ in range(dice.choice((0, 0, 1, 1, 2, 3))):
            moment = dice.choice(rows)["taken_at"] + timedelta(
                minutes=dice.choice((-600, -1, 0, 0, 1))
            )
            given.append(
                {
                    "patient_id": name,
                    "given_at": moment,
                    "drug": dice.choice(DRUGS),
                    "stopped_at": dice.choice((None, None, None, moment + timedelta(hours=30))),
                    "interval_h": dice.choice((None, None, None, 12.0)),
                }
            )
    return rows, given


KINDS = {"text": pl.String, "word": pl.String, "words": pl.String, "number": pl.Float64}
KINDS |= {"whole number": pl.Int64, "yes or no": pl.Boolean, "time": pl.Datetime("us", "UTC")}
SCHEMA = {name: KINDS[column.holds] for name, column in COLUMNS.items()}
TREATMENTS = {
    "patient_id": pl.String,
    "given_at": pl.Datetime("us", "UTC"),
    "drug": pl.String,
    "stopped_at": pl.Datetime("us", "UTC"),
    "interval_h": pl.Float64,
}


def frame_of(rows: list[Row]) -> pl.DataFrame:
    used = {name for row in rows for name in row}
    schema = {name: kind for name, kind in SCHEMA.items() if name in used}
    if "systolic_mmhg" in used:
        schema["systolic_mmhg"] = pl.Float64
    return pl.DataFrame(rows, schema=schema)


def cohort(seed: int, patients: int, *, longest: int = 14) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Observations sorted by patient and time, and treatments."""
    dice = random.Random(seed)
    made = [one_patient(dice, f"p-{n:06d}", longest=longest) for n in range(patients)]
    rows = [row for one, _ in made for row in one]
    given = [row for _, one in made for row in one]
    return frame_of(rows), pl.DataFrame(given, schema=TREATMENTS)
