"""How many reached which grade: certain, and at most."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from dashboard.cohorts.answer import ALL, TOXICITY, Answer, framed, groups, percent, wilson
from toxmodels.cohort.questions import Study

__all__ = ["GRADES", "incidence"]

GRADES: Final = (1, 2, 3, 4, 5)
_COLUMNS: Final = ("share", "low", "high")
_NUMBERS: Final = tuple(f"{which}_{one}" for which in ("certain", "possible") for one in _COLUMNS)


def incidence(study: Study, by: str | None = None) -> Answer:
    """
    Patients whose highest grade was at least 1, 2, 3, 4 and 5, with Wilson intervals.

    ``certain`` counts lower bounds, ``possible`` upper bounds: the truth lies between the two.
    """
    rows: list[dict[str, Any]] = []
    for toxicity in TOXICITY:
        for name, patients in groups(study, by):
            rows += [_line(toxicity, name, patients, grade) for grade in GRADES]
    frame = framed(rows, *_NUMBERS)
    everybody = frame.filter(pl.col("group") == ALL)
    return Answer(
        "incidence",
        "Incidence by grade",
        frame,
        " ".join(_sentence(everybody, one, study.count) for one in TOXICITY),
        tuple(_open(study, one) for one in TOXICITY),
    )


def _line(toxicity: str, name: str, patients: pl.DataFrame, grade: int) -> dict[str, Any]:
    line: dict[str, Any] = {
        "toxicity": toxicity, "group": name, "grade_at_least": grade, "n": patients.height,
    }  # fmt: skip
    for which in ("certain", "possible"):
        count = int((patients[f"{toxicity}_{which}"] >= grade).sum())
        found = wilson(count, patients.height)
        line[which] = count
        line |= {f"{which}_{key}": one for key, one in zip(_COLUMNS, found, strict=True)}
    return line


def _sentence(everybody: pl.DataFrame, toxicity: str, count: int) -> str:
    lines = {
        row["grade_at_least"]: row for row in everybody.to_dicts() if row["toxicity"] == toxicity
    }
    one, three = lines[1], lines[3]
    return (
        f"{TOXICITY[toxicity]} of any grade in {one['certain']} of {count} patients for certain "
        f"({percent(one['certain_share'])}, 95 % interval {percent(one['certain_low'])} to "
        f"{percent(one['certain_high'])}), grade 3 or more in {three['certain']} "
        f"({percent(three['certain_share'])}); what was not recorded leaves room for "
        f"{one['possible']} and {three['possible']}."
    )


def _open(study: Study, toxicity: str) -> str:
    wide = study.patients.filter(pl.col(f"{toxicity}_certain") < pl.col(f"{toxicity}_possible"))
    rows = study.row_count
    share = None if rows == 0 else study.open_rows[toxicity] / rows
    return (
        f"{TOXICITY[toxicity]}: {percent(share)} of {rows} rows are graded as an interval; "
        f"the highest grade of {wide.height} of {study.count} patients is open."
    )
