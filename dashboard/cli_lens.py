"""
The scale lens on the command line: every scale at one moment in one table, and why they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from dashboard.cli_tables import plain, wide_table, write
from dashboard.parts.grade import NO_FEVER, is_uncounted
from toxmodels.findings import Grade
from toxmodels.lens import GROUPS, LensRow, conflicts
from toxmodels.scales.lab_markers import Marker
from toxmodels.sources import Cite

__all__ = ["lens_cells", "show_lens"]


def show_lens(out: Console, rows: Sequence[LensRow], markers: Sequence[Marker] = ()) -> None:
    """Print one table for each toxicity, the risk markers, and what label or protocol go by."""
    for toxicity, held in groupby(rows, key=lambda row: row.scale.toxicity):
        group = [*held]
        write(out, f"\n{GROUPS[toxicity]}, every scale", "bold")
        table = wide_table("scale*", "grade", "decided by**", "record first*", "source*")
        for row in group:
            table.add_row(*(_lines(cell) for cell in lens_cells(row)))
        out.print(table)
        for row in group:
            if row.why:
                write(out, f"{row.name} {row.standing} from ASTCT: {row.why}")
    if markers:
        _markers(out, markers)
    said = conflicts(rows)
    if said:
        write(out, "\nWhat the rules go by", "bold")
        for line in said:
            write(out, line)


def _markers(out: Console, markers: Sequence[Marker]) -> None:
    write(out, "\nRisk markers, no grades", "bold")
    table = wide_table("when*", "result**", "still to record*", "source*")
    for one in markers:
        source = f"{one.score.cite.source} ({one.score.verification})"
        table.add_row(*map(plain, (one.when, one.says, "; ".join(one.asks), source)))
    out.print(table)


def _lines(cell: str) -> Text:
    """Lines of text as text: a break of ours is kept, one in a record is not."""
    return Text("\n").join(plain(line) for line in cell.split("\n"))


def lens_cells(row: LensRow) -> list[str]:
    """One scale as the cells of its row."""
    marks = [f"« {row.expected_by}"] if row.expected else []
    deciding = "; ".join(f"{one.says}{_mark(one.cite)}" for one in row.deciding)
    nothing = "no sign" if row.grade.at_most == 0 else "nothing for certain"
    gap = row.record_first
    first = "" if gap is None else f"{gap.says}: could be {gap.at_least} to {gap.at_most}"
    scale = row.scale
    return [
        "\n".join([row.name, scale.edition, *marks]),
        _grade(row.grade),
        " ".join(deciding.split("\n")) or nothing,
        first,
        f"{scale.source} ({scale.verification})",
    ]


def _mark(cite: Cite) -> str:
    return "" if cite.verification == "verified" else f" [{cite.verification}]"


def _grade(grade: Grade) -> str:
    low, high = grade.at_least, grade.at_most
    if is_uncounted(grade):
        return f"0 ({NO_FEVER})"
    return str(low) if low == high else f"{low} to {high} (open)"
