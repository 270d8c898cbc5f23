"""
The tables of the scalar grader as SQL: each a list that begins at place 0, or a few rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toxmodels.cohort import cuts
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.icans_tables import SEIZURES, icans_tables
from toxmodels.cohort.packed import CRS_SIGNS, ICANS_SIGNS, Signs
from toxmodels.cohort.sign_tables import SignTable
from toxmodels.cohort.sql.dialects import Dialect
from toxmodels.cohort.sql.signs import BEGINS

__all__ = ["tables"]


def tables(dialect: Dialect) -> Iterator[str]:
    """Every table the query looks into, each a statement with a line that says what it is."""
    crs, icans, made = crs_tables(), icans_tables(), dialect.numbers
    yield from _sign(dialect, "fever", crs.fever)
    yield from _sign(dialect, "pressure", crs.pressure)
    yield from _sign(dialect, "oxygen", crs.oxygen)
    says = "oxygen support by device, flow, reason and usual support: its class"
    yield made("toxwatch_support", "class", crs.oxygen_class.tolist(), says)
    says = "CRS by fever, waiver, pressure and oxygen: grade and signs packed into one number"
    yield made("toxwatch_crs", "packed", crs.grades.tolist(), says)
    for exam, most in (("ice", 10), ("capd", 32)):
        says = f"{exam.upper()} by lowest and highest total: its class"
        yield made(f"toxwatch_{exam}", "class", _score_classes(exam, most), says)
    says = "the scored exam by branch, inability, rousable, CAPD and ICE: its finding"
    yield made("toxwatch_exam", "finding", icans.exam.numbers.tolist(), says)
    says = "oedema, pressure, motor, seizure, sedation and consciousness: what they come to"
    yield made("toxwatch_rest", "outcome", icans.rest.tolist(), says)
    says = (
        "ICANS by the two numbers before: grade and signs packed into one number, with "
        f"{BEGINS} more where it is a sign that begins an episode"
    )
    begins = (icans.rest_begins[:, None] | icans.exam_begins[None, :]).ravel()
    yield made("toxwatch_icans", "packed", (icans.grades + BEGINS * begins).tolist(), says)
    bounds = [SEIZURES[fit] for fit in icans.fits.tolist()]
    yield dialect.rows(
        "toxwatch_fits",
        [{"place": n, "low": low, "high": high} for n, (low, high) in enumerate(bounds)],
        "one seizure record by length, recovery, repetition and number: its bounds",
    )
    yield from _names(dialect, "crs", CRS_SIGNS)
    yield from _names(dialect, "icans", ICANS_SIGNS)


def _sign(dialect: Dialect, name: str, table: SignTable) -> Iterator[str]:
    says = f"{name} by the classes of its inputs: the number of its finding"
    yield dialect.numbers(f"toxwatch_{name}", "finding", table.numbers.tolist(), says)
    rows = (
        {"finding": number, "low": one.at_least, "high": one.at_most, "dated_by": source}
        for number, (one, source) in enumerate(zip(table.findings, table.sources, strict=True))
    )
    says = f"each finding of {name}: its bounds, and which reading dates it (0: the row itself)"
    yield dialect.rows(f"toxwatch_{name}_findings", rows, says)


def _score_classes(exam: str, most: int) -> list[int]:
    """The class of each pair of totals; pairs that cannot be are of the unreadable class."""
    pairs = cuts.ICE_PAIRS if exam == "ice" else cuts.CAPD_PAIRS
    row = cuts.ice_row if exam == "ice" else cuts.capd_row
    found = np.full((most + 1, most + 1), len(pairs) + 1)
    for low in range(most + 1):
        for high in range(low, most + 1):
            found[low, high] = pairs.index((row(low), row(high))) + 1
    classes: list[int] = found.ravel().tolist()
    return classes


def _names(dialect: Dialect, scale: str, signs: Signs) -> Iterator[str]:
    rows: list[dict[str, int | str]] = [
        {"place": place, "signs": text} for place, text in enumerate(signs.names)
    ]
    says = f"sets of signs of {scale.upper()}, by the sum of their bits"
    yield dialect.rows(f"toxwatch_{scale}_signs", rows, says)
