"""Who was given tocilizumab and corticosteroids, by the highest certain CRS grade."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from dashboard.cohorts.answer import ALL, Answer, framed, groups, percent, wilson
from toxmodels.cohort.questions import Study

__all__ = ["treating"]

_DOSES: Final = "tocilizumab_doses"
_STEROID: Final = "corticosteroid_given"
_ANY: Final = "any"


def treating(study: Study, by: str | None = None) -> Answer:
    """Shares of the patients of whom somebody kept a list; the others are named as missing."""
    rows: list[dict[str, Any]] = []
    for name, patients in groups(study, by):
        rows += _lines(name, patients)
    frame = framed(rows, "share", "low", "high", "doses_mean")
    everybody = frame.filter((pl.col("group") == ALL) & (pl.col("crs_grade") == _ANY)).to_dicts()
    silent = study.patients[_DOSES].null_count()
    steroids = study.patients[_STEROID].null_count()
    return Answer(
        "treating",
        "Tocilizumab and corticosteroids",
        frame,
        " ".join(_sentence(row) for row in everybody),
        (
            f"Of {silent} of {study.count} patients nobody recorded whether tocilizumab was given, "
            f"of {steroids} whether a corticosteroid was: they are not counted as untreated.",
        ),
    )


def _lines(name: str, patients: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for label, part in (
        (_ANY, patients.filter(pl.col("crs_certain") >= 1)),
        *((str(grade), patients.filter(pl.col("crs_certain") == grade)) for grade in range(5)),
    ):
        doses = part[_DOSES].drop_nulls()
        steroid = part[_STEROID].drop_nulls()
        for drug, known, given in (
            ("tocilizumab", len(doses), int((doses > 0).sum())),
            ("corticosteroid", len(steroid), int(steroid.sum())),
        ):
            share, low, high = wilson(given, known)
            mean = doses.filter(doses > 0).mean() if drug == "tocilizumab" else None
            found.append(
                {
                    "group": name, "crs_grade": label, "drug": drug, "n": part.height,
                    "recorded": known, "given": given, "share": share, "low": low, "high": high,
                    "doses_mean": mean,
                }
            )  # fmt: skip
    return found


def _sentence(row: dict[str, Any]) -> str:
    doses = f", on average {row['doses_mean']:.1f} doses" if row["doses_mean"] is not None else ""
    return (
        f"{row['drug'].capitalize()} in {row['given']} of {row['recorded']} patients with a "
        f"certain CRS ({percent(row['share'])}, {percent(row['low'])} to "
        f"{percent(row['high'])}{doses})."
    )
