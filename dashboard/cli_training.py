"""
What ``backup``, ``restore`` and ``verify`` do and say about the training journal.

It is copied and checked with the ward's, so that nobody has to remember a second file. A ward
without training hears nothing of it.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dashboard.training.keeping import copies, verifying

if TYPE_CHECKING:
    from dashboard.training.keeping.copies import Copied, Examined

__all__ = ["back_up", "examine", "plain", "refuse_occupied", "restore", "say"]

_ON_A_SERVER = "training lies on a database server: copy it with the server's own means"


def back_up(
    ward: str | None, ward_copy: Path, key_file: Path | None, *, speaks: bool
) -> dict[str, Any] | None:
    """Copy the training journal beside the ward's copy; what to print as JSON."""
    url = copies.placed(ward)
    if url is None:
        return None
    made = copies.back_up(url, copies.copy_of(ward_copy), key_file=key_file)
    if made is None:
        typer.echo(_ON_A_SERVER, err=True)
        return None
    if speaks:
        typer.echo(f"{made.file}: {made.size_bytes} bytes, training, opened and verified")
        typer.echo(f"head {made.head}")
    return _made(made)


def refuse_occupied(ward: str | None, ward_copy: Path, *, replace: bool) -> None:
    """Before anything is changed: a training journal is not replaced unasked either."""
    if copies.copy_of(ward_copy).is_file():
        copies.refuse_occupied(copies.address(ward), replace=replace)


def restore(
    ward: str | None, ward_copy: Path, key_file: Path | None, now: datetime, *, speaks: bool
) -> dict[str, Any] | None:
    """Put the training journal back where a copy of it lies beside the ward's."""
    copy = copies.copy_of(ward_copy)
    if not copy.is_file():
        if speaks and copies.placed(ward) is not None:
            typer.echo(f"training is as it was: there is no {copy.name} beside the backup")
        return None
    done = copies.restore(copy, copies.address(ward), now=now, key_file=key_file)
    if speaks:
        if done.set_aside is not None:
            typer.echo(f"training that was there is set aside: {done.set_aside}")
        typer.echo(f"{done.file}: training restored and verified, head {done.head}")
    return _made(done)


def examine(ward: str | None, against: str | None) -> Examined | None:
    """
    Look the training journal over, too.

    ``against`` is what was given as the ward's kept head: of a file ``X.head`` the training head
    lies in ``X.training.head`` beside it.
    """
    url = copies.placed(ward)
    return None if url is None else copies.examine(url, _kept_beside(against))


def _kept_beside(against: str | None) -> verifying.TrainingHead | None:
    if against is None or "=" in against or not against.endswith(".head"):
        return None
    file = Path(f"{against.removesuffix('.head')}{copies.END}.head")
    return verifying.read_head(file.read_text("utf-8")) if file.is_file() else None


def plain(found: Examined | None) -> dict[str, Any] | None:
    """The same for machines."""
    if found is None:
        return None
    return {
        "place": found.place,
        "whole": not found.faults,
        "schema": found.schema,
        "head": None if found.head is None else str(found.head),
        "faults": [
            {"position": one.position, "row": one.entry_id, "says": one.says}
            for one in found.faults
        ],
    }


def say(found: Examined | None) -> None:
    """That it is whole, in words."""
    if found is None:
        return
    typer.echo(f"{found.place}: training, every row is where it was written and as it was written")
    if found.head is not None:
        typer.echo(f"head {found.head}")


def _made(one: Copied) -> dict[str, Any]:
    return {
        "file": str(one.file), "head": str(one.head), "bytes": one.size_bytes,
        "set_aside": one.set_aside,
    }  # fmt: skip
