"""
The commands that keep what was recorded: ``backup``, ``restore``, ``verify``, ``export-patient``.

Exit status: 0 done and found whole; 1 something is wrong or could not be done; 2 what was given
cannot be used.
"""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli_answers import FAILED, REFUSED, print_json
from toxmodels.casefile import printable

__all__ = ["add_to"]

Database = Annotated[
    str | None,
    typer.Option(
        envvar="TOXWATCH_DATABASE",
        metavar="URL",
        help="sqlite:///PATH or postgresql://... Default: the embedded store of this user.",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        envvar="TOXWATCH_BACKUP_KEY_FILE",
        metavar="FILE",
        help="64 hexadecimal digits, for this account only, kept away from the backup.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the program."""
    app.command()(backup)
    app.command()(restore)
    app.command()(verify)
    app.command("export-patient")(export_patient)


def backup(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="A new file. Default: backups/ beside the data."),
    ] = None,
    database: Database = None,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store, and training beside it, while people go on writing; try the copies."""
    from dashboard import cli_training
    from dashboard.store import backing_up

    with _said():
        made = backing_up.back_up(
            database or None, to, now=datetime.now(UTC), who=_who(), key_file=key_file
        )
    if not as_json:
        sealed = "" if key_file is None else ", sealed: keep its key elsewhere"
        typer.echo(f"{made.file}: {made.size_bytes} bytes, opened and verified{sealed}")
        typer.echo(f"head {made.head}")
        typer.echo(f"the same head is in {made.head_file}; keep one outside this machine")
    with _said():  # the ward's copy is made and stays, whatever becomes of this one
        training = cli_training.back_up(database or None, made.file, key_file, speaks=not as_json)
    if as_json:
        print_json(
            {
                "file": str(made.file), "head": str(made.head), "bytes": made.size_bytes,
                "noted": made.noted, "sealed": key_file is not None, "training": training,
            }
        )  # fmt: skip
    if not made.noted:
        typer.echo(
            "the copy is good, but the store could not note it: About will show the one before",
            err=True,
        )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup made.")],
    database: Database = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where there are entries; they are set aside.")
    ] = False,
    key_file: KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in place, bring it to this schema, verify it, and compare its head."""
    from dashboard import cli_training
    from dashboard.store import restoring

    now = datetime.now(UTC)
    with _said():
        cli_training.refuse_occupied(database or None, file, replace=replace)
        done = restoring.restore(
            file, database or None, replace=replace, now=now, who=_who(), key_file=key_file
        )
    shown = {
        "place": done.place,
        "head_of_what_was_there": None if done.was is None else str(done.was),
        "head_kept_with_the_backup": None if done.kept is None else str(done.kept),
        "head_now": str(done.head),
        "schema_of_the_backup": done.schema_before,
        "schema_now": done.schema_after,
        "set_aside": done.set_aside,
    }
    if as_json:
        with _said():
            training = cli_training.restore(database or None, file, key_file, now, speaks=False)
        print_json({**shown, "training": training})
        return
    typer.echo(f"before:  {shown['head_of_what_was_there'] or 'no journal that could be read'}")
    typer.echo(f"backup:  {shown['head_kept_with_the_backup'] or 'no .head file beside it'}")
    typer.echo(f"now:     {shown['head_now']}")
    if done.schema_before != done.schema_after:
        typer.echo(f"schema {done.schema_before} was brought to {done.schema_after}")
    if done.set_aside is not None:
        typer.echo(f"what was there is set aside: {done.set_aside}")
    typer.echo(f"{done.place}: restored and verified; everyone signs on again")
    with _said():
        cli_training.restore(database or None, file, key_file, now, speaks=True)


def verify(
    database: Database = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="HEAD", help="A head kept outside, or the file that it is in."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the journals for entries that were altered, removed, reordered or cut off."""
    from dashboard import cli_training
    from dashboard.store import examining, heads

    with _said():
        kept = None if against is None else heads.read_head(_head_text(against))
        found = examining.examine(database or None, kept)
        training = cli_training.examine(database or None, against)
    head = None if found.head is None else str(found.head)
    if as_json:
        print_json(
            {
                "place": found.place,
                "whole": not found.faults,
                "schema": found.schema,
                "head": head,
                "against": None if kept is None else str(kept),
                "faults": [
                    {
                        "patient": fault.patient_id, "position": fault.position,
                        "entry": fault.entry_id, "says": fault.says,
                    }
                    for fault in found.faults
                ],
                "training": cli_training.plain(training),
            }
        )  # fmt: skip
    else:
        for fault in (*found.faults, *(() if training is None else training.faults)):
            typer.echo(printable(str(fault)), err=True)
    if found.faults or (training is not None and training.faults):
        raise typer.Exit(FAILED)
    if not as_json:
        typer.echo(f"{found.place}: every entry is where it was written and as it was written")
        typer.echo(f"head {head}")
        if kept is None:
            typer.echo(
                "a cut-off end shows only against a head kept outside: verify --against HEAD"
            )
        else:
            typer.echo("it goes on from the head that was kept: nothing was cut off")
        cli_training.say(training)


def export_patient(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Id of the patient.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="A new folder.")],
    database: Database = None,
) -> None:
    """Write everything on record about one patient, corrections included, as JSON and CSV."""
    from dashboard import patient_file
    from dashboard.store import open_store

    with _said(), open_store(database or None) as store:
        files = patient_file.write(store, patient, output, now=datetime.now(UTC), who=_who())
    typer.echo(f"{printable(str(output))}: {len(files)} files; a copy, not live")


def _head_text(given: str) -> str:
    """A head as typed, or the first line of the file of that name."""
    if "=" in given:
        return given
    from dashboard.store import BackupRefused

    try:
        return Path(given).read_text(encoding="utf-8")[:2000]
    except (OSError, ValueError):
        raise BackupRefused(
            printable(given), "is neither a head nor a file that can be read.", "Check the name."
        ) from None


@contextmanager
def _said() -> Iterator[None]:
    """What the store refuses becomes one line and an exit status."""
    from dashboard import store
    from dashboard.store.heads import HeadUnreadable

    theirs = (store.UnknownPatient, HeadUnreadable, store.SubmissionRefused)
    try:
        yield
    except store.StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED if isinstance(error, theirs) else FAILED) from None


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"
