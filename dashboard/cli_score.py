"""
The command ``toxwatch score``: one index or point score, with its items and what is missing.

Without a name it lists every score; with a name alone it shows the keys. What is wrong goes to
standard error, one line a fault, exit status 2, and nothing to standard output. An open interval
is an answer and not a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from dashboard.cli_answers import REFUSED, print_json
from dashboard.parts.intended_use import SHORT
from toxmodels.casefile import printable
from toxmodels.indices import INDICES, Index, Key, Score, ScoreError, ScoreFault, index_named
from toxmodels.indices import score as worked_out


def score(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="news2, easix, ...; none lists them all.")
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="The unit is in the key; none shows the keys."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Work out one index or point score: value or interval, items, and what is missing."""
    try:
        content, lines = _answer(name, pairs or [])
    except ScoreError as error:
        for fault in error.faults:
            typer.echo(printable(str(fault)), err=True)
        raise typer.Exit(REFUSED) from None
    if as_json:
        print_json(content)
        return
    for line in lines:
        typer.echo(printable(line))


def _answer(name: str | None, pairs: Sequence[str]) -> tuple[Any, Iterator[str]]:
    if name is None:
        every = list(INDICES.values())
        return [_listed(one) for one in every], (f"{one.name}: {one.paper.title}" for one in every)
    index = index_named(name)
    if not pairs:
        return _listed(index) | {"keys": [_key(key) for key in index.keys]}, _keys(index)
    result = worked_out(index.name, **collected(pairs))
    return result.model_dump(mode="json"), spoken(result)


def collected(pairs: Sequence[str]) -> dict[str, str]:
    """
    Gather the pairs; a key that is typed twice is refused, because one of the two is wrong.

    Raises:
        ScoreError: a pair has no ``=``, or a key stands twice.

    """
    found: dict[str, str] = {}
    faults: list[ScoreFault] = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            cure = "ldh_u_l=300"
            faults.append(ScoreFault(path=pair, says="is no KEY=VALUE", suggestion=cure))
        elif key in found:
            faults.append(ScoreFault(path=key, says="stands twice", suggestion="leave one"))
        else:
            found[key] = value
    if faults:
        raise ScoreError(faults)
    return found


def spoken(result: Score) -> Iterator[str]:
    """The answer line by line, the value first and the source last."""
    yield result.says
    for item in result.items:
        points = "open" if item.points is None else f"{item.points:.6g}"
        yield f"  {item.name}: {points} ({item.value or 'not recorded'}; {item.limit})"
    if result.missing:
        yield f"missing: {', '.join(result.missing)}"
    yield from (f"note: {one}" for one in result.notes)
    yield f"source: {result.cite.source}, {result.cite.at} ({result.verification})"
    yield SHORT


def _listed(index: Index) -> dict[str, Any]:
    paper = index.paper
    return {"name": paper.name, "title": paper.title, "source": paper.cite.source}


def _key(key: Key) -> dict[str, Any]:
    return {
        "key": key.name,
        "or": [*key.units, *key.same],
        "says": key.says,
        "values": list(key.words) or (["true", "false"] if key.kind == "yes_no" else []),
        "needed": key.needed,
    }


def _keys(index: Index) -> Iterator[str]:
    yield f"{index.paper.title}: keys of toxwatch score {index.name}"
    for key in index.keys:
        words = "|".join(key.words) or ("true|false" if key.kind == "yes_no" else "")
        others = "".join(f" | {name}=" for name in (*key.units, *key.same))
        optional = "" if key.needed else " (optional)"
        yield f"  {key.name}={words}{others}  {key.says}{optional}"
    yield f"source: {index.paper.cite.source} ({index.paper.verification})"
