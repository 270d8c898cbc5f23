"""
Grade one laboratory value by one edition of CTCAE.

Every number is compared as the decimal that was entered: 2.1 against 3 x 0.7 is exactly on the
limit. Rows are tried under what is known; a row that hangs on something unrecorded is neither met
nor excluded, and the grade stays open by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from toxmodels.scales.ctcae_labs.meeting import (
    BaselineRange,
    Known,
    exact,
    exact_or_none,
    is_met,
)
from toxmodels.scales.ctcae_labs.rows import Edition, Row, Rule, Term, terms
from toxmodels.scales.ctcae_labs.units import place_of_unit
from toxmodels.sources import Cite

EDITIONS: Final[tuple[Edition, ...]] = ("4.03", "5.0", "6.0")
HIGHEST: Final = 4
BY_JUDGEMENT: Final = "this edition grades it by the treatment it needs, not by a number"


class LabTermError(ValueError):
    """No such laboratory term, edition or unit; the message lists the known ones."""


@dataclass(frozen=True, slots=True)
class LabGrade:
    """
    A laboratory grade from ``at_least`` to ``at_most``.

    ``limit`` is the row that gave ``at_least``; ``missing`` names what would narrow an open grade
    (``value``, ``unit``, ``upper_limit``, ``lower_limit``, ``baseline``, ``anticoagulated``,
    ``symptomatic``, ``fasting``, ``judgement``). Words of CTCAE that no number shows (admission,
    bleeding, danger to life) are not part of it.
    """

    term: str
    title: str
    edition: Edition
    at_least: int
    at_most: int
    value: str | None
    limit: str
    missing: tuple[str, ...]
    note: str | None
    cite: Cite

    @property
    def complete(self) -> bool:
        """Whether nothing is left open."""
        return self.at_least == self.at_most


@dataclass(frozen=True, slots=True)
class _Asked:
    term: Term
    edition: Edition
    rule: Rule | None
    value: str | None
    unit: str


def lab_grade(
    term: str,
    value: float | None,
    edition: Edition,
    *,
    unit: str | None,
    upper_limit: float | None = None,
    lower_limit: float | None = None,
    baseline: float | None = None,
    baseline_range: BaselineRange | None = None,
    anticoagulated: bool | None = None,
    symptomatic: bool | None = None,
    fasting: bool | None = None,
) -> LabGrade:
    """
    Grade one value; limits and baseline are in the unit of the value.

    ``unit`` is one of the term's units; ``None`` where nobody recorded it, which leaves terms with
    absolute limits open. ``baseline_range`` says where the baseline lay in its own limits of
    normal; without it the limits given here decide.

    Raises:
        LabTermError: the term, the edition or the unit is not known.

    """
    asked, place = _asked(term, value, edition, unit)
    if asked.rule is None:
        return _open(asked, "judgement")
    if value is None:
        return _open(asked, "value")
    if place is None:
        return _open(asked, "unit")
    known = Known(
        exact(value),
        place,
        exact_or_none(upper_limit),
        exact_or_none(lower_limit),
        exact_or_none(baseline),
        baseline_range,
        {"anticoagulated": anticoagulated, "symptomatic": symptomatic, "fasting": fasting},
    )
    return _by_rows(asked, asked.rule, known)


def _asked(
    id_: str, value: float | None, edition: Edition, unit: str | None
) -> tuple[_Asked, int | None]:
    term = terms().get(id_)
    if term is None:
        raise LabTermError(f'no laboratory term "{id_}" (known: {", ".join(terms())})')
    if edition not in EDITIONS:
        raise LabTermError(f'no CTCAE edition "{edition}" (known: {", ".join(EDITIONS)})')
    place = place_of_unit(term, unit)
    if place == "unknown":
        raise LabTermError(f'{id_}: "{unit}" is no unit of it (known: {", ".join(term.units)})')
    shown = None if value is None else f"{value:.12g} {unit or ''}".rstrip()
    return _Asked(term, edition, term.rules.get(edition), shown, unit or ""), place


def _by_rows(asked: _Asked, rule: Rule, known: Known) -> LabGrade:
    met: Row | None = None
    unanswered: list[tuple[Row, set[str]]] = []
    for row in rule.rows:
        missing: set[str] = set()
        answer = is_met(row, known, missing)
        if answer is None:
            unanswered.append((row, missing))
        elif answer and (met is None or row.grade > met.grade):
            met = row
    at_least = 0 if met is None else met.grade
    above = [(row, missing) for row, missing in unanswered if row.grade > at_least]
    at_most = max([at_least, *(row.grade for row, _ in above)])
    limit = "no row met" if met is None else met.says(asked.unit, known.place)
    names = tuple(sorted({name for _, missing in above for name in missing}))
    return _grade(asked, (at_least, at_most), limit, names)


def _open(asked: _Asked, missing: str) -> LabGrade:
    highest = HIGHEST if asked.rule is None else asked.rule.highest
    return _grade(asked, (0, highest), "not known", (missing,))


def _grade(asked: _Asked, span: tuple[int, int], limit: str, missing: tuple[str, ...]) -> LabGrade:
    term = asked.term
    return LabGrade(
        term.id,
        term.title,
        asked.edition,
        *span,
        asked.value,
        limit,
        missing,
        BY_JUDGEMENT if asked.rule is None else asked.rule.note,
        Cite(f"ctcae-{asked.edition}", f"laboratory terms, {term.title}"),
    )
