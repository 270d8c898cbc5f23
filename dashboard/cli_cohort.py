"""The commands over cohorts, hung into the program at one place."""

from __future__ import annotations

import typer

from dashboard.cli_grade import grade
from dashboard.cli_sql import sql

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the program."""
    app.command()(grade)
    app.command()(sql)
