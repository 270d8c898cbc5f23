"""The neurological exam as classes: scores as pairs of rows, seizures by what their record says."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded, Whole
from toxmodels.cohort.columns import COLUMNS
from toxmodels.cohort.door import There
from toxmodels.cohort.reading import NEVER, Bits, Classes, measured, moments, through, truths
from toxmodels.cohort.reading import whole as whole_numbers
from toxmodels.scales.seizure import PROLONGED_OVER_MIN

__all__ = ["exam"]


def exam(coded: Coded, there: There) -> None:
    """Read the columns of the exam."""
    _exam_score(coded, there, "ice", cuts.ICE_UNREADABLE)
    _exam_score(coded, there, "capd", cuts.CAPD_UNREADABLE)
    awake: dict[str, int] = {str(name): place for place, name in enumerate(cuts.AWAKE) if name}
    coded.word(there, "consciousness", awake, cuts.AWAKE_UNREADABLE)
    coded.word(there, "motor_weakness", cuts.MOTOR_CLASS, cuts.MOTOR_UNREADABLE)
    coded.word(there, "cerebral_oedema", cuts.OEDEMA_CLASS, cuts.OEDEMA_UNREADABLE)
    coded.listed(there, "raised_icp", lambda found: 2 if found else 1, cuts.ICP_UNREADABLE)
    # Unreadable reasons are reasons: the exam could not be done, perhaps under sedation.
    coded.listed(
        there, "unable", lambda found: 0 if not found else 1 if "sedated" in found else 2, 1
    )
    coded.truth(there, "exam_taken")
    _seizure(coded, there)


def _tried(reasons: frozenset[str]) -> int:
    """0 where there was no reason, 1 under sedation, 2 for any other."""
    return 0 if not reasons else 1 if "sedated" in reasons else 2


def _exam_score(
    coded: Coded,
    there: There,
    exam: str,
    unreadable: int,
) -> None:
    scores = _scores(coded, there, exam)
    if scores is None:
        return
    low, high, bad = scores
    found = _score_classes(exam, low, high)
    if exam == "capd" and "baseline_capd" in there:
        usual, _ = whole_numbers(there["baseline_capd"], COLUMNS["baseline_capd"])
        coded.counts["baseline_capd"] = usual
        found = found + np.uint8(len(cuts.CAPD_PAIRS)) * ((found > 0) & (usual >= high)).view(
            np.uint8
        )
    coded.counts[f"{exam}_low"], coded.counts[f"{exam}_high"] = low, high
    coded.mark(exam, found, bad, unreadable)


def _score_classes(exam: str, low: Whole, high: Whole) -> Classes:
    """The pair of rows that the lowest and the highest total fall into, from 1; 0 for none."""
    table = _score_table(exam)
    if low is high:  # bare totals
        return through(table.diagonal().tobytes().ljust(256, b"\0"), (low + 1).astype(np.uint8))
    side = len(table)
    return np.take(table.ravel(), (low.astype(np.int32) + 1) * side + high + 1, mode="clip")


@cache
def _score_table(exam: str) -> Classes:
    is_ice = exam == "ice"
    row, pairs = (cuts.ice_row, cuts.ICE_PAIRS) if is_ice else (cuts.capd_row, cuts.CAPD_PAIRS)
    most = int(COLUMNS[f"{exam}_total"].most or 0)
    table = np.zeros((most + 3, most + 3), dtype=np.uint8)
    for one in range(most + 1):
        for other in range(one, most + 1):
            table[one + 1, other + 1] = pairs.index((row(one), row(other))) + 1
    return table


def _scores(coded: Coded, there: There, exam: str) -> tuple[Whole, Whole, Bits] | None:
    """Lowest and highest total, -1 where not recorded, and which cannot be read."""
    names = [f"{exam}_{part}" for part in ("total", "low", "high")]
    if not any(name in there for name in names):
        return None
    if names[1] not in there and names[2] not in there:
        total, bad = whole_numbers(there[names[0]], COLUMNS[names[0]])
        return total, total, bad
    none = np.full(coded.rows, -1, dtype=np.int16)
    read = {
        name: whole_numbers(there[name], COLUMNS[name]) if name in there else (none, none > 0)
        for name in names
    }
    (total, bad), (low, bad_low), (high, bad_high) = (read[name] for name in names)
    half = (low < 0) != (high < 0)
    crossed = (low > high) & ~half
    bad = bad | bad_low | bad_high | half | crossed
    return np.where(low < 0, total, low), np.where(high < 0, total, high), bad


def _seizure(coded: Coded, there: There) -> None:
    kinds = dict.fromkeys(COLUMNS["seizure_kind"].words, 2) | {"none": 1}
    coded.word(there, "seizure_kind", kinds, 3)
    kind = coded.classes.get("seizure_kind")
    if kind is None:
        return
    rows = np.flatnonzero(kind == 2)
    place = np.zeros(len(rows), dtype=np.int64)
    if len(rows):
        few = {name: one.gather(rows) for name, one in there.items() if name.startswith("seizure_")}
        place = _fit_place(few, len(rows))
        coded.at["seizure_started_at"] = (
            moments(there["seizure_started_at"])[0]
            if "seizure_started_at" in there
            else np.full(coded.rows, NEVER, dtype=np.int64)
        )
    fits = np.zeros(coded.rows, dtype=np.uint8)
    fits[rows] = place
    coded.classes["fit"] = fits


def _fit_place(few: There, rows: int) -> npt.NDArray[np.int64]:
    """What seizure records say of length, recovery, repetition and number, as one number."""
    zeros = np.zeros(rows, dtype=np.int64)
    length, resolved, repetitive, several = zeros, zeros, zeros, zeros
    if "seizure_duration_min" in few:
        minutes, bad = measured(few["seizure_duration_min"], COLUMNS["seizure_duration_min"])
        known = ~np.isnan(minutes) & ~bad
        length = known.astype(np.int64) + (known & (minutes > PROLONGED_OVER_MIN))
    lost = np.zeros(rows, dtype=np.bool_)
    if "seizure_resolved" in few:
        resolved = truths(few["seizure_resolved"], 0).astype(np.int64)
    if "seizure_repetitive" in few:
        repetitive = truths(few["seizure_repetitive"], 3).astype(np.int64)
        lost |= repetitive == 3
    if "seizure_count" in few:
        count, bad = whole_numbers(few["seizure_count"], COLUMNS["seizure_count"])
        several = (count > 1).astype(np.int64)
        lost |= bad
    # What cannot be read may have made it longer or repeated: open, as an unknown length is.
    length, repetitive = length * ~lost, repetitive * (repetitive != 3)
    _, recovery, again, number = cuts.FIT_SHAPE
    place: npt.NDArray[np.int64] = length * recovery + resolved
    place = (place * again + repetitive) * number + several
    return place
