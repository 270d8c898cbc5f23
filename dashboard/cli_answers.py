"""How every command answers: JSON on standard output, faults on standard error with status 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

from toxmodels.casefile import CaseError, printable

__all__ = ["FAILED", "REFUSED", "print_json", "refusing"]

FAILED: Final = 1
REFUSED: Final = 2


@contextmanager
def refusing() -> Iterator[None]:
    """Turn faults of what was given into one line each and exit status 2."""
    try:
        yield
    except CaseError as error:
        for fault in error.faults:
            typer.echo(printable(str(fault)), err=True)
        raise typer.Exit(REFUSED) from None


def print_json(content: Any) -> None:
    """Print for machines; a terminal that knows no Unicode gets escapes."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    typer.echo(json.dumps(content, indent=1, ensure_ascii=not is_unicode, allow_nan=False))
