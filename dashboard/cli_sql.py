"""``toxwatch sql``: the rules as a script for the database in which a cohort lies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli_answers import FAILED, REFUSED, refusing
from toxmodels.casefile import CaseError, Fault

__all__ = ["sql"]


class DialectName(StrEnum):
    """Whose SQL."""

    POSTGRES = "postgres"
    DUCKDB = "duckdb"
    SPARK = "spark"


def sql(
    *,
    dialect: Annotated[DialectName, typer.Option(help="Whose SQL.")],
    table: Annotated[
        str, typer.Option(metavar="NAME", help="The table or view of observations.")
    ] = "observations",
    columns: Annotated[
        str | None,
        typer.Option(metavar="A,B,C", help="The columns it has. Default: all of docs/cohorts.md."),
    ] = None,
    treatments: Annotated[
        str | None, typer.Option(metavar="NAME", help="A table of treatments, if there is one.")
    ] = None,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Only the tables that the query looks into.")
    ] = False,
    query_only: Annotated[
        bool, typer.Option("--query-only", help="Only the view, for tables that are there.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = None,
) -> None:
    """Print SQL that grades a cohort where it lies: see docs/cohort-sql.md."""
    with refusing():
        from toxmodels.cohort.sql import statements, table_statements, view_statement

        if tables_only and query_only:
            says, cure = "these leave nothing to print", "give one of them"
            raise CaseError([Fault(path="--tables-only, --query-only", says=says, suggestion=cure)])
        named = None if columns is None else [name.strip() for name in columns.split(",")]
        view = view_statement(dialect.value, table, named, treatments)
        if query_only:
            made = [view]
        elif tables_only:
            made = table_statements(dialect.value, with_drugs=treatments is not None)
        else:
            made = statements(dialect.value, table, named, treatments)
    text = "\n".join(made)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8", newline="\n") as script:
            script.write(text)
    except FileExistsError:
        typer.echo(f"{output}: exists already (choose another name or remove it)", err=True)
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        typer.echo(f"{output}: {error.strerror}", err=True)
        raise typer.Exit(FAILED) from None
