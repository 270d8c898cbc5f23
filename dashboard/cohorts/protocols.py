"""What two protocols would have proposed for the same patients: who, when, how many doses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import polars as pl

from dashboard.cohorts.answer import Answer, framed, percent, wilson
from toxmodels.cohort.questions import DIFFERENCES, Compared, Study, compare
from toxmodels.protocols import protocols

__all__ = ["DRUGS", "comparing", "summed_up"]

DRUGS: Final = ("tocilizumab", "corticosteroid")


def comparing(
    study: Study,
    first: str,
    second: str,
    *,
    most: int = 100,
    done: Callable[[int, int], None] | None = None,
) -> Answer:
    """
    Run both over the ill patients of a cohort and sum up.

    Raises:
        CaseError: as ``compare``.

    """
    return summed_up(compare(study, first, second, most=most, done=done))


def summed_up(found: Compared) -> Answer:
    """Who would have been treated by both, by one of them or by none; and when, and how often."""
    rows = [_line(found, drug, who) for drug in DRUGS for who in DIFFERENCES]
    names = {one: protocols()[one].title for one in (found.first, found.second)}
    return Answer(
        "comparing",
        f"{found.first} against {found.second}",
        framed(rows, "share", "low", "high", "first_median_h", "second_median_h"),
        " ".join(_sentence(found, drug) for drug in DRUGS),
        (
            f"{found.run} of {found.ill} patients with a certain grade were run ({found.of_all} in "
            f"the cohort): {names[found.first]} against {names[found.second]}.",
            f"Of {found.without_list} of them there is no list of treatments: whether a drug hid "
            "their fever is open.",
            "The grades are those that were recorded. What the other protocol would have made of "
            "the patient is not known.",
            "A protocol proposes nothing for a product that it does not cover.",
            "A repeated dose counts as possible, not certain, where a clinician would first have "
            "to say that the last one did not help.",
        ),
    )


def _treated(drug: str, which: str) -> pl.Expr:
    if drug == "tocilizumab":
        return pl.col(f"{which}_doses_possible") > 0
    return pl.col(f"{which}_corticosteroid")


def _line(found: Compared, drug: str, who: str) -> dict[str, Any]:
    one, other = _treated(drug, "first"), _treated(drug, "second")
    chosen = {
        "both": one & other,
        "only the first": one & ~other,
        "only the second": ~one & other,
        "neither": ~one & ~other,
    }[who]
    part = found.rows.filter(chosen)
    share, low, high = wilson(part.height, found.run)
    line: dict[str, Any] = {
        "drug": drug, "who": _named(found, who), "n": part.height, "of": found.run,
        "share": share, "low": low, "high": high,
        "first_median_h": part[f"first_{drug}_h"].median(),
        "second_median_h": part[f"second_{drug}_h"].median(),
    }  # fmt: skip
    for which in ("first", "second"):
        for kind in ("certain", "possible"):
            doses = int(part[f"{which}_doses_{kind}"].sum()) if drug == "tocilizumab" else None
            line[f"{which}_doses_{kind}"] = doses
    return line


def _named(found: Compared, who: str) -> str:
    return {"only the first": f"only {found.first}", "only the second": f"only {found.second}"}.get(
        who, who
    )


def _sentence(found: Compared, drug: str) -> str:
    if found.run == 0:
        return f"{drug.capitalize()}: nobody to run."
    said = []
    for which, id_ in (("first", found.first), ("second", found.second)):
        treated = found.rows.filter(_treated(drug, which))
        share, low, high = wilson(treated.height, found.run)
        one = (
            f"{id_} would have proposed it in {treated.height} of {found.run} patients "
            f"({percent(share)}, {percent(low)} to {percent(high)})"
        )
        hours = treated[f"{which}_{drug}_h"].median()
        if isinstance(hours, int | float):
            one += f", first at a median of day {hours / 24:.1f}"
        if drug == "tocilizumab":
            least = int(treated[f"{which}_doses_certain"].sum())
            most = int(treated[f"{which}_doses_possible"].sum())
            one += f", {least} to {most} doses in all"
        said.append(one)
    return f"{drug.capitalize()}: {said[0]}; {said[1]}."
