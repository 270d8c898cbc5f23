"""
The commands that ask questions of whole cohorts and that invent them: ``cohort``, ``synthesise``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli_answers import FAILED, print_json, refusing
from dashboard.cli_files import refusal
from dashboard.cli_grade import UNREADABLE, tell_unread
from dashboard.cli_stopping import stoppable
from toxmodels.casefile import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from dashboard.cohorts.answer import Answer

__all__ = ["add_to"]

_SHOWN_ROWS = 40


class By(str, Enum):  # noqa: UP042 - typer reads the values of a plain string enum
    """By what a cohort is divided."""

    product = "product"
    age = "age"
    burden = "burden"


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the program."""
    app.command()(cohort)
    app.command()(synthesise)


def cohort(  # noqa: PLR0917 - one parameter an option
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="CSV or Parquet, a folder or a glob; graded or not."),
    ],
    by: Annotated[By | None, typer.Option(help="Divide the answers by this.")] = None,
    treatments: Annotated[
        str | None, typer.Option(metavar="FILE", help="What was given, CSV or Parquet.")
    ] = None,
    against: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="ID ID", help="Compare scales and two protocols; slow."),
    ] = None,
    patients: Annotated[
        int, typer.Option(min=1, help="How many ill patients the slow questions run at most.")
    ] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Incidence, onset, duration and treatment of a cohort; with --against, protocols compared."""
    from dashboard.cohorts.asking import Slow, quick, slow
    from dashboard.cohorts.files import FILE, LINE, passed_over
    from dashboard.cohorts.heading import ANSWERED, GIVEN
    from dashboard.cohorts.reading import opened
    from toxmodels.cohort.questions import study_of

    with (
        refusing(),
        stoppable("stopped"),
        _reading_faults(file),
        TemporaryDirectory(prefix="toxwatch-") as spare,
        _progress() as progress,
    ):
        inputs = opened(file, Path(spare), ANSWERED)
        tell_unread(inputs, passed_over(file))
        rows = inputs.frame.drop(FILE, LINE)
        given = None
        if treatments is not None:
            given = opened(treatments, Path(spare), GIVEN).frame.drop(FILE, LINE).collect()
        task = progress.add_task("rows", total=inputs.rows)
        study = study_of(rows, given, read=lambda count: progress.advance(task, count))
        answers = quick(study, None if by is None else by.value)
        if against is not None:
            wanted = Slow(against[0], against[1], patients)
            answers += slow(study, wanted, _Told(progress))
    if as_json:
        print_json(
            {
                "patients": study.count,
                "rows": study.row_count,
                "synthetic": study.is_synthetic,
                "by": None if by is None else by.value,
                "answers": [one.as_json() for one in answers],
            }
        )
    else:
        _show(answers, study.count, study.row_count, is_synthetic=study.is_synthetic)
    if study.unreadable or inputs.refused:
        _tell_lost(study.unreadable, len(inputs.refused))
        raise typer.Exit(UNREADABLE)


def _tell_lost(values: int, columns: int) -> None:
    """Say how much could not be read; the answers stand with it left open."""
    told = []
    if values:
        told.append(f"values that could not be read and may be anything: {values}")
    if columns:
        told.append(f"columns that were probably meant to be read: {columns}")
    typer.echo(f"{'; '.join(told)}; toxwatch grade names each", err=True)


def synthesise(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="A new .parquet or .csv file.")
    ],
    rows: Annotated[int, typer.Option(min=1, help="How many observations.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohort.")] = 1,
    treatments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A second new file for what was given.")
    ] = None,
) -> None:
    """Invent a cohort of any size from published distributions; every row says synthetic."""
    from toxmodels.cohort.synthetic.writing import write

    stopping = stoppable("stopped: nothing was written")
    with refusing(), stopping, _reading_faults(output), _progress() as progress:
        task = progress.add_task("rows", total=rows)
        write(
            output,
            rows,
            seed,
            given_to=treatments,
            wrote=lambda count: progress.advance(task, count),
        )
    size_mb = output.stat().st_size / 1e6
    named = printable(str(output))
    typer.echo(f"{named}: {rows} invented observations, {size_mb:.1f} MB, seed {seed}")


class _Told:
    """Passes on how far a slow question is, each as a bar of its own."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, what: str, now: int, of: int) -> None:
        """Hear of one more patient."""
        if what not in self.tasks:
            self.tasks[what] = self.progress.add_task(what, total=of)
        self.progress.update(self.tasks[what], completed=now)


@contextmanager
def _reading_faults(place: Path | str) -> Iterator[None]:
    """What a file cannot do becomes one line: a refusal if it is what was given, else a failure."""
    import polars as pl

    try:
        yield
    except pl.exceptions.PolarsError as error:
        says = f"cannot be read as a cohort: {str(error).splitlines()[0]}"
        raise refusal(str(place), says) from None
    except OSError as error:
        typer.echo(printable(f"{place}: {error.strerror or error}"), err=True)
        raise typer.Exit(FAILED) from None


def _progress() -> Progress:
    """On standard error, and only where somebody looks at it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from dashboard.cli_rate import Rate

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}"),
        Rate(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def _show(answers: list[Answer], patients: int, rows: int, *, is_synthetic: bool) -> None:
    from dashboard import cli_tables
    from dashboard.parts.intended_use import SHORT

    out = cli_tables.console()
    cli_tables.write(out, f"{patients} patients, {rows} rows", "bold")
    if is_synthetic:
        cli_tables.write(out, "SYNTHETIC: invented patients, for trying things out only")
    for one in answers:
        cli_tables.write(out, f"\n{one.title}", "bold")
        cli_tables.write(out, one.says)
        for gap in one.missing:
            cli_tables.write(out, f"note: {gap}")
        _table(out, one)
    cli_tables.write(out, SHORT)


def _table(out: Console, one: Answer) -> None:
    """The frame in short; curves by a few days. The whole is in --json."""
    from dashboard import cli_tables
    from dashboard.cohorts.in_short import in_short

    frame = in_short(one)
    table = cli_tables.wide_table(*frame.columns)
    for row in frame.head(_SHOWN_ROWS).iter_rows():
        table.add_row(*(cli_tables.plain("-" if cell is None else str(cell)) for cell in row))
    out.print(table)
    if frame.height > _SHOWN_ROWS:
        cli_tables.write(out, f"and {frame.height - _SHOWN_ROWS} more lines; all are in --json\n")
