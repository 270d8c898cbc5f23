"""
``toxwatch grade``: a cohort from files to files, in bounded memory, with its progress.

What could not be read stands in a file of its own beside the result, with line and reason. Exit
status: 0 done, 1 a file failed, 2 what was given cannot be used, 3 done, and something could not be
read; 130, 143 or 129 when it was stopped, as shells count. Nothing is written but with 0 and 3.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from dashboard.cli_answers import FAILED, refusing
from dashboard.cli_stopping import stoppable
from toxmodels.casefile import CaseError, Fault, printable

if TYPE_CHECKING:
    import polars as pl
    from rich.progress import Progress

    from dashboard.cli_grade_files import Out
    from dashboard.cohorts.files import Inputs
    from toxmodels.cohort.grading import History as Depth
    from toxmodels.cohort.running import Asked
    from toxmodels.cohort.running import Per as RowsPer

__all__ = ["UNREADABLE", "grade"]

UNREADABLE: Final = 3
_STOPPED: Final = "stopped: nothing was written"
SORTED_AT_ONCE: Final = 4_000_000
BUCKET_ROWS: Final = 2_000_000
_NAMED: Final = 12


class Per(StrEnum):
    """What one row of the result stands for."""

    OBSERVATION = "observation"
    PATIENT = "patient"
    EPISODE = "episode"


class History(StrEnum):
    """How far back each row looks."""

    CHANGES = "changes"
    EPISODES = "episodes"
    NONE = "none"


def grade(  # noqa: PLR0917 - one parameter an option
    source: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="CSV or Parquet: a file, a folder, a pattern."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUTPUT", help="A .csv or .parquet file, or a folder."
        ),
    ],
    per: Annotated[Per, typer.Option(help="What one row stands for.")] = Per.OBSERVATION,
    scale: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this scale; may be repeated.")
    ] = None,
    treatments: Annotated[
        str | None, typer.Option(metavar="FILE", help="Treatments: patient_id, given_at, drug.")
    ] = None,
    history: Annotated[History, typer.Option(help="How far back to look.")] = History.CHANGES,
) -> None:
    """Grade a cohort: one row a patient's observation, columns as in docs/cohorts.md."""
    with refusing(), stoppable(_STOPPED), _failing(output), ExitStack() as stack:
        from dashboard.cli_grade_files import refuse_place, spare_folder

        refuse_place(output, _side(output), Path(source))
        spare = stack.enter_context(spare_folder(output.absolute()))
        run = _Run(output, _side(output), spare)
        asked, inputs = _opened(source, treatments, spare, (per.value, scale, history.value))
        run.start(inputs, asked)
    if run.lost:
        what = "row or value" if run.lost == 1 else "rows or values"
        typer.echo(f"{run.lost} {what} could not be read: {run.side}", err=True)
        raise typer.Exit(UNREADABLE)


def _side(output: Path) -> Path:
    """The file of what could not be read, beside the result."""
    return output.parent / f"{output.stem}.unreadable.csv"


@contextmanager
def _failing(output: Path) -> Iterator[None]:
    """A file that is damaged, or a disk that takes no more, becomes one line."""
    import polars as pl

    try:
        yield
    except pl.exceptions.PolarsError as error:
        typer.echo(printable(f"cannot be graded: {str(error).splitlines()[0]}"), err=True)
        raise typer.Exit(FAILED) from None
    except OSError as error:
        place = error.filename or output
        says = f"{place}: {error.strerror or error}; nothing was written"
        typer.echo(printable(says), err=True)
        raise typer.Exit(FAILED) from None


def _opened(
    source: str, treatments: str | None, spare: Path, wanted: tuple[str, list[str] | None, str]
) -> tuple[Asked, Inputs]:
    from dashboard.cohorts.files import (
        CASES,
        FILE,
        LINE,
        Inputs,
        found_files,
        inputs_of,
        passed_over,
    )
    from toxmodels.cohort.public import asking

    given = None if treatments is None else _given(treatments, spare)
    if not (Path(source) / CASES).is_file():
        inputs = inputs_of(found_files(source), spare)
        tell_unread(inputs, passed_over(source))
        if given is not None:
            _tell_strangers(inputs.frame, given)
    else:
        import polars as pl

        from toxmodels.cohort.flattening import flat, flat_treatments
        from toxmodels.exchange.csv_files import read_csv_files

        cases = read_csv_files(Path(source))
        rows = flat(cases).with_row_index(LINE, offset=1).with_columns(pl.lit(0).alias(FILE))
        inputs = Inputs(rows.lazy(), [Path(source)], rows.height)
        given = given if given is not None else flat_treatments(cases).lazy()
    per, scales, history = wanted
    return asking(cast("RowsPer", per), scales, given, cast("Depth", history)), inputs


def _given(treatments: str, spare: Path) -> pl.LazyFrame:
    """The file of treatments; a line of it that cannot be read would change grades in silence."""
    from dashboard.cohorts.files import found_files, inputs_of
    from dashboard.cohorts.heading import GIVEN

    found = inputs_of(found_files(treatments), spare, GIVEN)
    if found.refused:
        says = f"line {found.refused[0].line}: {found.refused[0].why}"
        raise CaseError([Fault(path=treatments, says=says, suggestion="correct the file")])
    return found.frame


def tell_unread(inputs: Inputs, others: Sequence[str]) -> None:
    """Name on standard error the columns and the files that nobody reads."""
    for what, names in (("columns", inputs.unread), ("files", others)):
        if names:
            shown = ", ".join(names[:_NAMED])
            rest = "" if len(names) <= _NAMED else f" and {len(names) - _NAMED} more"
            typer.echo(printable(f"{what} that are not read: {shown}{rest}"), err=True)


def _tell_strangers(rows: pl.LazyFrame, given: pl.LazyFrame) -> None:
    """Say how many of the treated have no row: their names may be written in two ways."""
    import polars as pl

    name = pl.col("patient_id").cast(pl.String)
    treated, seen = (frame.select(name.unique()) for frame in (given, rows))
    count: int = treated.join(seen, on="patient_id", how="anti").select(pl.len()).collect().item()
    if count:
        typer.echo(f"treated patients without any row: {count}; are names written alike?", err=True)


@dataclass(slots=True)
class _Run:
    """One run: where its results go, and what it could not read."""

    output: Path
    side: Path
    spare: Path
    lost: int = 0
    twice: int = 0
    _refused: list[pl.DataFrame] = field(default_factory=list)

    def start(self, inputs: Inputs, asked: Asked) -> None:
        from dashboard.cli_grade_files import Out
        from dashboard.cohorts.files import FILE, LINE
        from toxmodels.cohort.public import grade_chunk
        from toxmodels.cohort.running import Noticed

        noticed = Noticed((FILE, LINE))
        with ExitStack() as undo:
            undo.callback(self.side.unlink, missing_ok=True)
            with Out(self.output) as out, Out(self.side) as aside, _progress() as progress:
                bar = progress.add_task("grading", total=inputs.rows)
                self._aside(aside, _refusals(inputs), inputs)
                for chunk in self._chunks(inputs):
                    nameless, named = _divided(chunk)
                    self.twice += _twice(named)
                    self._aside(aside, nameless, inputs)
                    out.write(grade_chunk(named, asked, noticed))
                    for cells in noticed.cells:
                        self._aside(aside, _explained(cells), inputs)
                    noticed.cells.clear()
                    progress.advance(bar, chunk.height)
            if self.lost:
                undo.pop_all()
        self._tell(len(noticed.one_by_one))

    def _tell(self, one_by_one: int) -> None:
        """Say on standard error what else was noticed."""
        if one_by_one:
            says = f"{_count(one_by_one, 'patient')} graded one by one; why: docs/cohorts.md"
            typer.echo(says, err=True)
        if self.twice:
            says = "of a patient and time that stand in another row too; the worse value counts"
            typer.echo(f"{_count(self.twice, 'row')} {says}", err=True)

    def _aside(self, aside: Out, rows: pl.DataFrame, inputs: Inputs) -> None:
        """Write rows that could not be read, with the name of their file."""
        import polars as pl

        from dashboard.cohorts.files import FILE, LINE

        names = {place: path.name for place, path in enumerate(inputs.files)}
        name = pl.col(FILE).replace_strict(names, return_dtype=pl.String)
        places = [name.alias("file"), pl.col(LINE).alias("line")]
        columns = ["patient_id", "column", "value", "reason"]
        if rows.height or not self._refused:
            aside.write(rows.select(*places, *columns).cast(pl.String))
            self._refused.append(rows.clear())
        self.lost += rows.height

    def _chunks(self, inputs: Inputs) -> Iterator[pl.DataFrame]:
        """Whole patients in order; sorted in buckets where the rows are not and are many."""
        import polars as pl

        from dashboard.cli_grade_files import in_buckets
        from toxmodels.cohort.order import batches, is_sorted, rows_at_once, whole_patients
        from toxmodels.cohort.public import CHUNK_ROWS

        frame = _readable(inputs.frame)
        named = frame.filter(pl.col("patient_id").is_not_null() & pl.col("taken_at").is_not_null())
        order = ["patient_id", "taken_at"]
        if is_sorted(named):
            rows = rows_at_once(inputs.frame, CHUNK_ROWS)
            parts = (_readable(part.lazy()).collect() for part in batches(inputs.frame, rows))
            yield from whole_patients(parts, rows)
            if inputs.rows == 0:
                yield frame.collect()
        elif inputs.rows <= SORTED_AT_ONCE:
            yield frame.sort(order, maintain_order=True).collect()
        else:
            count = -(-inputs.rows // BUCKET_ROWS)
            yield from in_buckets(frame, "patient_id", order, count, self.spare)


_WRITTEN: Final = "taken_at as written"


def _readable(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Times as times, beside what was written where one should be, to say so if it is none."""
    import polars as pl

    from toxmodels.cohort.frames import readable

    names = frame.collect_schema().names()
    if "taken_at" not in names:
        return readable(frame)
    blank = [pl.col("patient_id").replace("", None)] if "patient_id" in names else []
    written = pl.col("taken_at").cast(pl.String).alias(_WRITTEN)
    return readable(frame.with_columns(*blank, written))


def _divided(chunk: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without patient or time, with the reason; and all others."""
    import polars as pl

    lost = pl.col("patient_id").is_null() | pl.col("taken_at").is_null()
    nobody = pl.col("patient_id").is_null()
    when = pl.col(_WRITTEN).map_elements(_no_time, pl.String, skip_nulls=False)
    reason = pl.when(nobody).then(pl.lit("no patient")).otherwise(when)
    column = pl.when(nobody).then(pl.lit("patient_id")).otherwise(pl.lit("taken_at"))
    value = pl.when(nobody).then(pl.lit(None)).otherwise(pl.col(_WRITTEN))
    nameless = chunk.filter(lost).with_columns(
        column.alias("column"), value.alias("value"), reason.alias("reason")
    )
    return nameless, chunk.filter(~lost).drop(_WRITTEN)


def _no_time(written: str | None) -> str:
    """Why something is no time, and what to write."""
    from toxmodels.cohort.checking import cure

    said = "" if written is None else f": {cure('taken_at', written)}"
    return f"no time that can be read{said}"


def _twice(rows: pl.DataFrame) -> int:
    """How many rows have the patient and the time of the row before."""
    import polars as pl

    names = ("patient_id", "taken_at")
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in names)
    return int(rows.select(same.sum()).item() or 0)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _explained(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells that could not be read, with what they may hold; their rows are graded as open."""
    import polars as pl

    from toxmodels.cohort.checking import cure

    reasons = [
        f"graded as if it could be anything; {cure(name, value)}"
        for name, value in cells.select("column", "value").iter_rows()
    ]
    return cells.with_columns(pl.Series("reason", reasons, dtype=pl.String))


def _refusals(inputs: Inputs) -> pl.DataFrame:
    """Lines that no row could be made of, and columns that were probably meant to be read."""
    import polars as pl

    from dashboard.cohorts.files import FILE, LINE

    schema = {FILE: pl.UInt32, LINE: pl.UInt32, "column": pl.String, "reason": pl.String}
    rows = [(one.file, one.line, one.column, one.why) for one in inputs.refused]
    empty = [pl.lit(None, pl.String).alias(name) for name in ("patient_id", "value")]
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(empty)


def _progress() -> Progress:
    """Rows, rows a second and the time that is left, on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    rate = TextColumn("{task.speed:,.0f} rows/s" if sys.stderr.isatty() else "")
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate,
        TimeRemainingColumn(), console=Console(stderr=True), transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
