"""
Cells as hospitals send them: words nobody knows, blanks, doubled words, numbers out of reach.

Laid over the rows of ``rows``. Each kind of awkwardness lies on few patients, so that most of a
cohort stays gradable by SQL and what is wrong with one kind shows.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import polars as pl

from tests.toxmodels.cohort.rows import DOSE, SCHEMA, Row

# By column: values that a database may hold there.
CELLS: dict[str, tuple[Any, ...]] = {
    "temperature_c": (float("nan"), float("inf"), -4.0, 99.1, 38.0, 37.99999, 45.0, 25.0),
    "oxygen_flow_l_min": (float("nan"), float("inf"), -1.0, 6.000001, 6.0, 0.0),
    "oxygen_fio2": (float("nan"), 0.21, 0.4),
    "seizure_duration_min": (float("nan"), float("inf"), -1.0, 5.0, 5.0000001),
    "age_years": (float("nan"), -1.0, 121.0, 12.0, 11.999, 21.0, 21.001),
    "ice_total": (-1, 0, 7, 9, 10, 11),
    "ice_low": (-1, 3, 11),
    "ice_high": (2, 10, 12),
    "capd_total": (-1, 0, 8, 9, 32, 33),
    "capd_low": (-1, 4, 33),
    "capd_high": (3, 9, 40),
    "baseline_ice": (0, 9, 10, 11, -2),
    "baseline_capd": (0, 8, 9, 32, 33, -2),
    "seizure_count": (-1, 0, 1, 2, 1500),
    "consciousness": (" alert", "Alert", "alert ", "sleepy", "unarousable", ""),
    "motor_weakness": ("none", "some", "", "deep_focal "),
    "cerebral_oedema": ("none", "haemorrhage_related", "?", "diffuse"),
    "seizure_kind": ("absence?", "", "NONE"),
    "oxygen_device": ("nasal cannula", "", "bipap", "room_air"),
    "oxygen_reason": ("baseline", "comfort", "unknown", "procedure"),
    "vasopressors": (
        "norepinephrine + vasopressin", " norepinephrine", "norepinephrine+norepinephrine",
        "Norepinephrine", "none ", "none+norepinephrine", "+", " ", "", "levophed",
        "norepinephrine+epinephrine+dobutamine", '["norepinephrine", "epinephrine"]',
        "norepinephrine\t+ epinephrine", "dobutamine", "vasopressin+terlipressin", "[]",
    ),
    "raised_icp": ("papilloedema + cushing_triad", "none", "perhaps", "", '["papilloedema"]'),
    "unable": ("sedated + asleep", "asleep+asleep", "tired", "none", " sedated", "", "[]"),
    "other_cause": ("fever", "none", "none", ""),
    "fixed_ice_deficits": ("writing", "none", ""),
    "death_due_to": ("crs", "other"),
}  # fmt: skip


def _spoiled(dice: random.Random, rows: list[Row]) -> None:
    """Spoil a few cells of one patient, always of the same one or two columns."""
    for name in dice.sample(sorted(CELLS), dice.choice((1, 1, 2))):
        for row in rows:
            if dice.random() < 0.4:
                row[name] = dice.choice(CELLS[name])


def _timed(dice: random.Random, rows: list[Row]) -> None:
    """What only a reader can tell apart: deaths, CRS from elsewhere, rows at one time, seizures."""
    kind = dice.choice(("death", "late death", "since", "tie", "fits", "later"))
    last = rows[-1]["taken_at"]
    match kind:
        case "death" | "late death":
            late = timedelta(days=1) if kind == "late death" else timedelta(0)
            for row in rows:
                row |= {"died_at": last + late, "death_due_to": dice.choice(("crs", "other"))}
        case "since":
            for row in rows:
                row["crs_since"] = DOSE - timedelta(days=1)
        case "tie" if len(rows) > 1:
            rows[-1]["taken_at"] = rows[-2]["taken_at"]
        case "fits":
            for row in rows:
                if dice.random() < 0.6:
                    ago = timedelta(minutes=dice.choice((0, 5, 20, 600)))
                    start = dice.choice((None, row["taken_at"] - ago, DOSE))
                    row |= {"seizure_kind": "focal", "seizure_started_at": start}
        case _:
            for row in rows:
                row["taken_at"] += timedelta(days=365 * 150)


def awkward(frame: pl.DataFrame, seed: int, *, spoiled: bool = True) -> pl.DataFrame:
    """
    The same cohort with a third of its patients made awkward and its rows in no order.

    ``spoiled=False``: only by what happens to a patient, with every cell readable.
    """
    dice = random.Random(seed)
    patients: dict[str, list[Row]] = {}
    for row in frame.to_dicts():
        patients.setdefault(row["patient_id"], []).append(row)
    for rows in patients.values():
        what = dice.random()
        if what < 0.25 and spoiled:
            _spoiled(dice, rows)
        elif what < 0.33:
            _timed(dice, rows)
    every = [row for rows in patients.values() for row in rows]
    dice.shuffle(every)
    used = {name for row in every for name in row}
    schema = {name: kind for name, kind in SCHEMA.items() if name in used}
    return pl.DataFrame(every, schema=schema | {"systolic_mmhg": pl.Float64})
