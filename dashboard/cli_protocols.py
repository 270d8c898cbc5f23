"""
The commands ``toxwatch protocols``: list, show one in words, copy one, check a file, compare two.

A protocol is named by its id, or by the path of a site's own file, which ends in ``.toml``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

import toxmodels
from dashboard.cli_answers import print_json, refusing
from dashboard.cli_files import read, refusal
from toxmodels.casefile import CaseError, printable, read_time
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.course import Walk
from toxmodels.protocols import Protocol, RuleBookError, protocols
from toxmodels.protocols.site_file import (
    overstated,
    read_site_protocol,
    site_copy,
)
from toxmodels.protocols.words import when_in_words

__all__ = ["app", "protocol_named"]

MARKS: Final = ("verified", "unverified", "house")
UNSIGNED: Final = "not yet reviewed by a clinician"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Named = Annotated[str, typer.Argument(metavar="ID|FILE.toml", help="An id, or a site's own file.")]


class _ShowsById(TyperGroup):
    """Read a first word that is no command as the protocol to show."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_ShowsById,
    help="List the protocols; ID shows one in words.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def every(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List every packaged protocol; name one to see its rules in words."""
    ctx.obj = as_json
    if ctx.invoked_subcommand is not None:
        return
    rows = [_row(one) for one in protocols().values()]
    if as_json:
        print_json(rows)
        return
    from dashboard import cli_tables

    cli_tables.show_rows("Protocols", [_spoken(row) for row in rows])


@app.command()
def show(ctx: typer.Context, protocol: Named, as_json: AsJson = False) -> None:
    """Show one protocol: every rule with its conditions in words, its source and its mark."""
    with refusing():
        found = protocol_named(protocol)
    if as_json or ctx.obj:
        content = found.model_dump(mode="json")
        for shown, rule in zip(content["rules"], found.rules, strict=True):
            shown["when_in_words"] = when_in_words(rule)
        print_json(content)
        return
    from dashboard import cli_tables

    cli_tables.show_rows(f"{found.title}, {found.edition}", [_spoken(_row(found))])
    if found.parameters:
        rows = {name: str(value) for name, value in found.parameters.items()}
        cli_tables.show_rows("Parameters", [rows])
    cli_tables.show_rows("Rules", [*_rule_rows(found)])


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE.toml", help="A site's own protocol.")],
) -> None:
    """Check a site's own protocol: every fault with its cure, or ok."""
    with refusing():
        found = site_file(file)
    for fault in overstated(found, file):
        typer.echo(f"note: {printable(str(fault))}", err=True)
    typer.echo(f"{printable(file)}: ok, {found.id} with {_count(len(found.rules), 'rule')}")


@app.command()
def copy(
    protocol: Annotated[str, typer.Argument(metavar="ID", help="The packaged protocol.")],
    own_id: Annotated[str, typer.Argument(metavar="OWN-ID", help="The id of yours.")],
) -> None:
    """Print a packaged protocol as a file of your own, to be edited and checked."""
    with refusing():
        if protocol not in protocols():
            raise _unknown(protocol)
        try:
            text = site_copy(protocols()[protocol], own_id)
        except RuleBookError as error:
            raise CaseError([*error.faults]) from None
    typer.echo(text, nl=False)


@app.command()
def compare(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="An id, or a site's own file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    case: Annotated[str, typer.Argument(metavar="CASE.json", help="A case file; - reads it in.")],
    *,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="With offset. Default: the last record.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare what two protocols advise for one patient at one time."""
    with refusing():
        chosen = protocol_named(first), protocol_named(second)
        walk = Walk(toxmodels.load_case(read(case)))
        when = None if at is None else read_time(at, "--at")
        found = [toxmodels.assess(walk, when, one) for one in chosen]
    if as_json or ctx.obj:
        print_json([one.model_dump(mode="json") for one in found])
        return
    from dashboard import cli_advice

    pair = [*zip(chosen, found, strict=True)]
    cli_advice.show_comparison(found[0].patient, pair[0], pair[1])


def protocol_named(word: str) -> Protocol:
    """
    Find a packaged protocol by its id, or read a site's own file.

    Raises:
        CaseError: there is no such protocol or file, or the file has faults.

    """
    if word in protocols():
        return protocols()[word]
    if word.lower().endswith(".toml"):
        return site_file(word)
    raise _unknown(word)


def _unknown(word: str) -> CaseError:
    near = did_you_mean(word, protocols())
    cure = near or f"known: {', '.join(protocols())}; a site's own file ends in .toml"
    return refusal("protocol", f'unknown protocol "{word}"', cure)


def site_file(name: str) -> Protocol:
    """Read a site's own protocol; its faults come as lines, as those of a case file do."""
    try:
        text = read(name).decode("utf-8")
    except UnicodeDecodeError:
        raise refusal(name, "is not UTF-8 text", "save it again as UTF-8") from None
    try:
        return read_site_protocol(text, name)
    except RuleBookError as error:
        raise CaseError([*error.faults]) from None


def _row(one: Protocol) -> dict[str, Any]:
    marks = Counter(rule.verification for rule in one.rules)
    return {
        "id": one.id,
        "title": one.title,
        "edition": one.edition,
        "kind": one.kind,
        "scale": one.scale,
        "for": [*one.products] or [*one.kinds],
        "region": one.region,
        "rules": len(one.rules),
        "verification": one.verification,
        "by_verification": {mark: marks[mark] for mark in MARKS},
        "read_in": one.read_in,
        "reviewed_by": one.reviewed_by,
    }


def _spoken(row: dict[str, Any]) -> dict[str, str]:
    marks = ", ".join(f"{number} {mark}" for mark, number in row["by_verification"].items())
    return {
        "id": row["id"],
        "title": row["title"],
        "edition": row["edition"],
        "kind": row["kind"],
        "scale": row["scale"],
        "for": ", ".join(row["for"]),
        "region": row["region"] or "any",
        "rules": f"{row['rules']}: {marks}",
        "verification": row["verification"],
        "read_in": row["read_in"],
        "reviewed_by": row["reviewed_by"] or UNSIGNED,
    }


def _rule_rows(found: Protocol) -> Iterator[dict[str, str]]:
    for rule in found.rules:
        sure = "" if rule.confidence is None else f", {rule.confidence} confidence"
        row = {
            "rule": rule.id,
            "when": when_in_words(rule),
            "says": f"{rule.urgency.upper()}, {rule.owner}: {rule.advise}",
        }
        if rule.drug is not None:
            keys = ", ".join(f"{key} {value}" for key, value in rule.dose.items())
            row["drug"] = f"{rule.drug}, {keys}" if keys else rule.drug
        if rule.cautions:
            row["care"] = "; ".join(rule.cautions)
        row["source"] = f"{rule.cite.source}, {rule.cite.at}"
        row["checked"] = f"{rule.verification}{sure} ({rule.basis})"
        yield row


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
