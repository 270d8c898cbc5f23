"""
Advice as the command line shows it to people: the certain part first, then what could be added.

A blocked dose never shows a number as a dose; every text of a file is shown as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from dashboard.cli_tables import at_text, console, plain, wide_table, write
from toxmodels import Assessment, Grade
from toxmodels.protocols import Advice, Protocol
from toxmodels.protocols.words import scale_in_words
from toxmodels.scales import STEPPED

__all__ = ["show_advice", "show_comparison"]

_HEAD: Final = "Advice by {}: a proposal, it orders nothing"
_WITHOUT: Final = "Advice"
_UNITS: Final = {"ug/day": "µg/day", "ug": "µg"}


def show_advice(out: Console, result: Assessment) -> None:
    """Print what holds now, then what each higher grade would add, led by the sign to record."""
    head = _WITHOUT if result.protocol is None else _HEAD.format(result.protocol)
    write(out, f"\n{head}", "bold")
    if not result.advice:
        write(out, "none now" if result.protocol else "none: no protocol is chosen")
    for one in result.advice:
        _block(out, one)
    for (scale, grade), found in _by_grade(result.if_confirmed).items():
        short = STEPPED[scale].short if scale in STEPPED else scale
        write(out, f"\nIf {short} is {grade}, also", "bold")
        first = _cheapest(result.grades.get(scale))
        if first is not None:
            write(out, f"record first: {first}")
        for one in found:
            _block(out, one)


def show_comparison(
    patient: str, left: tuple[Protocol, Assessment], right: tuple[Protocol, Assessment]
) -> None:
    """Print two protocols side by side: one drug or step of one toxicity on a row."""
    out = console()
    at = at_text(left[1].at)
    write(out, f"{patient}, at {at}: {left[0].id} and {right[0].id}", "bold")
    write(
        out, ", ".join(f"{STEPPED[id_].short} {_span(one)}" for id_, one in left[1].grades.items())
    )
    write(out, "What is certain; toxwatch assess shows what a missing sign could add.")
    mine, theirs = _by_place(left[1].advice), _by_place(right[1].advice)
    shown = wide_table("", f"{left[0].id}*", f"{right[0].id}*")
    for key in _in_order((*mine, *theirs)):
        here, there = mine.get(key, ()), theirs.get(key, ())
        mark = "" if [*map(_amount, here)] == [*map(_amount, there)] else "≠"
        cells = [f"{key[0]} {key[1]} {mark}".strip(), _cell(here), _cell(there)]
        shown.add_row(*map(plain, cells))
    if shown.row_count:
        out.print(shown)
    else:
        write(out, "Neither proposes anything now.")


def _block(out: Console, one: Advice) -> None:
    shown = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    shown.add_column(min_width=11)
    shown.add_column(ratio=1, overflow="fold")
    for name, words in _lines(one):
        shown.add_row(plain(name), plain(words))
    out.print(shown)


def _lines(one: Advice) -> Iterator[tuple[str, str]]:
    yield one.urgency.upper(), f"{one.advise} ({one.owner})"
    if one.drug is not None:
        yield "  dose", dose_words(one)
        if one.blocked_by is not None:
            yield "  blocked", one.blocked_by
        if one.arithmetic:
            stands = one.blocked_by is None or one.dose_range is not None
            before = "" if stands else "not to be given now: "
            yield "  worked out", f"{before}{one.arithmetic}"
        if one.earliest_at is not None:
            yield "  earliest", at_text(one.earliest_at)
    yield from (("  confirm", asked) for asked in one.confirm)
    yield from (("  not if", said) for said in one.contraindications)
    yield from (("  care", said) for said in one.cautions)
    answers = "" if one.scale is None or one.scale in STEPPED else scale_in_words(one.scale)
    if answers:
        yield "  answers", f"{answers}, as a clinician graded it"
    yield "  source", f"{one.cite.source}, {one.cite.at} ({one.cite.verification}, {one.basis})"
    sheet = one.worksheet
    if sheet is not None:
        yield "  dose from", f"{sheet.cite.source}, {sheet.cite.at} ({sheet.verification})"
    also = f"; also {', '.join(one.also)}" if one.also else ""
    yield "  rule", f"{one.rule}{also}"
    yield "  checked", _badge(one)


def dose_words(one: Advice) -> str:
    """Drug, amount and how often; where something stands against it, no amount."""
    sheet = one.worksheet
    name = (one.drug or "").replace("-", " ")
    if one.dose_range is not None:
        return f"{name}: {one.dose_range}, to be chosen"
    if sheet is None or sheet.dose is None or one.blocked_by is not None:
        return f"{name}: NO DOSE"
    often = "" if one.schedule is None else f", {one.schedule}"
    return f"{name} {sheet.dose:,.12g} {_UNITS.get(sheet.unit, sheet.unit)}{often}"


def _badge(one: Advice) -> str:
    if one.verification != "unverified":
        return one.verification.upper()
    sure = "" if one.confidence is None else f", {one.confidence} confidence"
    return f"UNVERIFIED{sure}: check the source"


def _by_grade(found: Iterable[Advice]) -> dict[tuple[str, int], list[Advice]]:
    grouped: dict[tuple[str, int], list[Advice]] = {}
    for one in found:
        if one.if_grade is not None:
            grouped.setdefault((one.scale or "", one.if_grade), []).append(one)
    return grouped


def _cheapest(grade: Grade | None) -> str | None:
    """The first sign to record, which is the cheapest, and what it could make of the grade."""
    if grade is None or not grade.missing:
        return None
    gap = grade.missing[0]
    return f"{gap.says}: could be {gap.at_least} to {gap.at_most}"


def _by_place(found: Iterable[Advice]) -> dict[tuple[str, str], Sequence[Advice]]:
    grouped: dict[tuple[str, str], list[Advice]] = {}
    for one in found:
        place = "" if one.scale is None else scale_in_words(one.scale)
        grouped.setdefault((place, one.drug or one.step), []).append(one)
    return {**grouped}


def _in_order(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every toxicity together, in the order in which the first protocol speaks of it."""
    places = [*dict.fromkeys(place for place, _ in keys)]
    return sorted(dict.fromkeys(keys), key=lambda key: places.index(key[0]))


def _amount(one: Advice) -> tuple[str, str | None, str]:
    words = dose_words(one) if one.drug is not None else one.advise
    return words, one.blocked_by, one.urgency


def _cell(found: Sequence[Advice]) -> str:
    return "\n".join(_said(one) for one in found) or "says nothing"


def _said(one: Advice) -> str:
    drug = "" if one.drug is None else f" [{dose_words(one)}]"
    return f"{one.urgency.upper()}: {one.advise}{drug} ({_badge(one)})"


def _span(grade: Grade) -> str:
    low, high = grade.at_least, grade.at_most
    return str(low) if low == high else f"{low} to {high} (open)"
