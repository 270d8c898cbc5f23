"""
The command ``toxwatch dose``: one dose worked out step by step, or everything against it.

``KEY=VALUE`` pairs are handed on as text; ``given_at`` may be repeated, any other key stands once.
What is wrong goes to standard error, one line a fault, exit status 2. A blocked dose is an answer
and not a fault: exit status 0, with the reason.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import typer

from dashboard.parts.intended_use import SHORT
from toxmodels.casefile import printable
from toxmodels.drugs import DoseError, DoseFault, DoseResult, drug_names
from toxmodels.drugs import dose as worked_out

REFUSED: Final = 2
REPEATED: Final = ("given_at", "conditions", "allergies")


def dose(
    drug: Annotated[str, typer.Argument(metavar="DRUG", help="A generic name, or list.")],
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="weight_kg=70, at=TIME, given_at=TIME, ..."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Work out one dose: every step, every limit, and what stands against it."""
    if drug == "list" and pairs is None:
        for name in drug_names():
            typer.echo(name)
        return
    try:
        result = worked_out(drug, **collected(pairs or []))
    except DoseError as error:
        for fault in error.faults:
            typer.echo(printable(str(fault)), err=True)
        raise typer.Exit(REFUSED) from None
    if as_json:
        is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
        content = result.model_dump(mode="json")
        typer.echo(json.dumps(content, indent=1, ensure_ascii=not is_unicode, allow_nan=False))
        return
    for line in spoken(result):
        typer.echo(printable(line))


def collected(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    """
    Gather the pairs; a key that is typed twice is refused, because one of the two is wrong.

    Raises:
        DoseError: a pair has no ``=``, or a key stands twice.

    """
    found: dict[str, str | list[str]] = {}
    faults: list[DoseFault] = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            faults.append(DoseFault(path=pair, says="is no KEY=VALUE", suggestion="weight_kg=70"))
        elif key in REPEATED:
            held = found.setdefault(key, [])
            if isinstance(held, list):
                held.append(value)
        elif key in found:
            faults.append(DoseFault(path=key, says="stands twice", suggestion="leave one"))
        else:
            found[key] = value
    if faults:
        raise DoseError(faults)
    return found


def spoken(result: DoseResult) -> Iterator[str]:
    """The answer line by line, the dose or the reason first."""
    if result.dose is None:
        yield f"{result.drug}: NO DOSE"
        yield f"blocked by: {result.blocked_by}"
    else:
        yield f"{result.drug}: {result.dose:,.12g} {result.unit}"
    if result.schedule is not None:
        yield f"schedule: {result.schedule}"
    yield from (f"  {step}" for step in result.steps)
    if result.doses_given is not None:
        yield f"given: {result.doses_given}, left: {result.doses_left}"
    if result.earliest_at is not None:
        yield f"earliest next: {result.earliest_at.isoformat()}"
    yield from (f"confirm: {one}" for one in result.confirm)
    yield from (f"contraindication: {one}" for one in result.contraindications)
    yield from (f"caution: {one}" for one in result.cautions)
    if result.note:
        yield f"note: {result.note}"
    mark = result.verification + (f", {result.confidence}" if result.confidence else "")
    yield f"source: {result.cite.source}, {result.cite.at} ({mark}: {result.basis})"
    yield SHORT
