"""
One way to get through a cohort, in a process of its own: ``python cohort_engines.py ENGINE FILE``.

Prints seconds, processor seconds, a checksum of the grades and the peak memory as JSON. The tables
are made and the code is warm before the clock starts.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

PER_PATIENT = 200
PART_ROWS = 1_000_000
MINUTE = 60_000_000
START = int(np.datetime64("2026-03-01T10:00", "us").astype(np.int64))
TIME = pl.Datetime("us", "UTC")
SAMPLE_PATIENTS = 10
PRESSORS = {
    "none": 0.94,
    "norepinephrine": 0.03,
    "norepinephrine+vasopressin": 0.02,
    "norepinephrine+epinephrine": 0.01,
}
AWAKE = {"alert": 0.93, "drowsy": 0.04, "voice": 0.01, "tactile": 0.01, "unarousable": 0.01}
FITS = {"none": 0.9991, "focal": 0.0006, "generalised": 0.0003}
OXYGEN = {
    "room_air": 0.86,
    "nasal_cannula": 0.08,
    "high_flow_nasal_cannula": 0.02,
    "simple_mask": 0.02,
    "bipap": 0.01,
    "ventilator": 0.01,
}
FLOWS = [2.0, 4.0, 6.0, 8.0, 30.0]
SCORES = np.array([10] * 12 + [9, 8, 7, 5, 2, 0], dtype=np.int8)
GRADES = pl.col("^(crs|icans)(_peak)?_at_least$")


def invented(rows: int, seed: int = 1, before: int = 0) -> pl.DataFrame:
    """
    Sorted rows of invented patients, 200 each: two bouts of fever, an exam every fourth row.

    ``before``: how many patients there are already.
    """
    dice = np.random.default_rng(seed)
    patients = rows // PER_PATIENT
    patient, step = (
        np.repeat(np.arange(patients), PER_PATIENT),
        np.tile(np.arange(PER_PATIENT), patients),
    )
    rows = len(patient)
    gaps = dice.choice(np.array([60, 120, 240, 240, 240, 360]), rows) * MINUTE * (step > 0)
    passed = np.cumsum(gaps)
    times = START + passed - np.repeat(passed[step == 0], PER_PATIENT)
    early = (step > 10) & (step < 60) & (patient % 4 > 0)
    ill = early | ((step > 120) & (step < 150) & (patient % 3 == 0))
    hot = ill & (dice.random(rows) < 0.5)
    heat = np.where(hot, 38.0 + 2 * dice.random(rows), 36.0 + 1.9 * dice.random(rows)).round(1)
    no_exam = step % 4 != 0
    given = np.where(ill & (dice.random(rows) < 0.05), np.arange(rows) + 1, 0)
    last = np.maximum.accumulate(given)
    none = last <= patient * PER_PATIENT
    given_at = np.where(none, 0, times[last - 1])

    def left_out(series: pl.Series, where: np.ndarray) -> pl.Series:
        return series.set(pl.Series(where), None)

    def words(name: str, shares: dict[str, float], where: np.ndarray) -> pl.Series:
        places = dice.choice(len(shares), rows, p=list(shares.values())).astype(np.uint8)
        return left_out(pl.Series(name, places).cat.to(pl.Enum([*shares])), where)

    few, ages = dice.random(rows) < 0.02, dice.choice([5.0, 15.0, 40.0, 60.0], patients)
    return pl.DataFrame(
        [
            pl.Series("patient_id", patient + before).cast(pl.String).str.zfill(8),
            pl.Series("taken_at", times).cast(TIME),
            left_out(pl.Series("temperature_c", heat), dice.random(rows) < 0.05),
            left_out(pl.Series("hypotensive", ill & (dice.random(rows) < 0.15)), few),
            words("vasopressors", PRESSORS, few),
            words("oxygen_device", OXYGEN, few),
            left_out(pl.Series("oxygen_flow_l_min", dice.choice(FLOWS, rows)), none),
            left_out(pl.Series("ice_total", dice.choice(SCORES, rows)), no_exam),
            words("consciousness", AWAKE, no_exam),
            words("seizure_kind", FITS, no_exam),
            words("motor_weakness", {"none": 0.98, "mild": 0.015, "deep_focal": 0.005}, no_exam),
            words("raised_icp", {"none": 0.998, "papilloedema": 0.002}, no_exam),
            pl.Series("age_years", np.repeat(ages, PER_PATIENT)),
            pl.Series("first_dose_at", np.full(rows, START)).cast(TIME),
            pl.Series("treatments_recorded", np.ones(rows, dtype=np.bool_)),
            left_out(pl.Series("fever_drug_given_at", given_at).cast(TIME), none),
            left_out(pl.Series("fever_hidden_until", given_at + 480 * MINUTE).cast(TIME), none),
        ]
    )  # fmt: skip


def _make(folder: Path, rows: int) -> None:
    """A folder of Parquet files of a million rows, so that any size can be made."""
    folder.mkdir()
    for part in range(-(-rows // PART_ROWS)):
        size = min(PART_ROWS, rows - part * PART_ROWS)
        made = invented(size, seed=part + 1, before=part * PART_ROWS // PER_PATIENT)
        made.write_parquet(folder / f"{part:04d}.parquet", row_group_size=250_000)


def _scan(path: Path) -> int:
    """Read every value of every column once."""
    frame = pl.scan_parquet(path)
    summed = []
    for name, kind in frame.collect_schema().items():
        column = pl.col(name)
        if kind == pl.String:
            column = column.str.len_bytes()
        elif isinstance(kind, pl.Enum | pl.Datetime):
            column = column.to_physical()
        summed.append(
            column.max() if isinstance(kind, pl.Datetime) else column.cast(pl.Float64).sum()
        )
    frame.select(summed).collect(engine="streaming")
    return 0


def _graded(history: str, per: str) -> Callable[[Path], int]:
    from toxmodels.cohort.public import asking, graded_chunks

    asked = asking(per, None, None, history)

    def run(path: Path) -> int:
        total = 0
        for _, graded in graded_chunks(pl.scan_parquet(path), asked):
            total += sum(graded.select(GRADES.cast(pl.Int64).sum()).row(0))
        return total

    return run


def _one_by_one(path: Path) -> int:
    """Some patients through records and the scalar course, a row at a time."""
    from toxmodels.cohort.cases import case_of
    from toxmodels.course import Walk

    rows = pl.read_parquet(path, n_rows=SAMPLE_PATIENTS * PER_PATIENT)
    total = 0
    for group in rows.partition_by("patient_id"):
        walk = Walk(case_of(group.to_dicts(), []))
        for row in group["taken_at"].to_list():
            step = walk.steps(row)[-1]
            total += sum(step.grade(id_).at_least for id_ in ("astct-crs-2019", "astct-icans-2019"))
    return total


def main() -> None:
    engine, path = sys.argv[1], Path(sys.argv[2])
    if engine == "make":
        _make(path, int(sys.argv[3]))
        return
    engines: dict[str, Callable[[], Callable[[Path], int]]] = {
        "scan": lambda: _scan,
        "rows": lambda: _graded("none", "observation"),
        "episodes": lambda: _graded("episodes", "observation"),
        "all": lambda: _graded("changes", "patient"),
        "one by one": lambda: _one_by_one,
    }
    run = engines[engine]()
    run(path if engine in ("scan", "one by one") else _small(path))
    wall, used = time.perf_counter(), time.process_time()
    total = run(path)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - wall,
                "processor_s": time.process_time() - used,
                "checksum": total,
                "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def _small(path: Path) -> Path:
    small = path.with_name(f"small-{path.name}")
    if not small.exists():
        pl.read_parquet(path, n_rows=2_000).write_parquet(small)
    return small


if __name__ == "__main__":
    main()
