"""
What the command line shows to people: tables 80 columns wide, plain text when piped.

Everything from a case file is shown as text, never read as markup, and never as terminal codes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import TextIOWrapper
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dashboard.parts.intended_use import SHORT
from toxmodels import Assessment, Course, Finding, Grade, sources
from toxmodels.casefile import printable
from toxmodels.course import Episode
from toxmodels.escalation import Flag
from toxmodels.findings import Span
from toxmodels.lens import LensRow
from toxmodels.products import Onset, products
from toxmodels.scales import SCALES, STEPPED
from toxmodels.scales.lab_markers import Marker
from toxmodels.sources import Cite

WIDTH: Final = 80
Row = dict[str, str]


def show_assessment(
    result: Assessment,
    beside: Sequence[LensRow] | None = None,
    markers: Sequence[Marker] = (),
) -> None:
    """
    Print grades with their reasons, what is missing, flags, advice, and what this is not.

    ``beside``: every scale in one table instead of one block for each grade, then ``markers``.
    """
    from dashboard import cli_advice, cli_lens  # they draw with what stands below

    out = console()
    write(out, f"{result.patient}, at {at_text(result.at)}", "bold")
    write(out, f"toxwatch {result.rules.package}, {_protocol(result.protocol)}")
    if not result.grades:
        write(out, "\nNo grade: see the flags.")
    if beside is not None:
        cli_lens.show_lens(out, beside, markers)
    else:
        for id_, grade in result.grades.items():
            _grade(out, id_, grade)
    _flags(out, result.flags)
    if result.grades:
        cli_advice.show_advice(out, result)
    write(out, f"\n{SHORT}")


def show_course(result: Course) -> None:
    """Print the episodes, then every assessment time."""
    out = console()
    write(out, f"{result.patient}: {len(result.points)} assessment times", "bold")
    table = wide_table("episode", "onset", "peak*", "state*", "lasted h")
    for episode in result.episodes:
        table.add_row(*map(plain, _episode_cells(episode)))
    if result.episodes:
        out.print(table)
    else:
        write(out, "No episode of CRS or ICANS.")
    for id_ in result.biphasic:
        write(out, f"{SCALES[id_].short} came more than once: biphasic or recurrent.")
    table = wide_table(
        "time", "h since dose 1", *(scale.short for scale in STEPPED.values()), "still to record*"
    )
    for point in result.points:
        hours = point.hours_since_first_dose
        grades = [_grade_words(point.grades[id_]) for id_ in STEPPED]
        gaps = {gap.says for id_ in STEPPED for gap in point.grades[id_].missing}
        since = "" if hours is None else f"{hours:.1f}"
        table.add_row(*map(plain, [at_text(point.at), since, *grades, ", ".join(sorted(gaps))]))
    out.print(table)
    write(out, SHORT)


def show_rows(title: str, rows: Sequence[Row]) -> None:
    """Print one block a row: long text needs the whole width."""
    out = console()
    write(out, title, "bold")
    for row in rows:
        table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
        table.add_column(min_width=12)
        table.add_column(ratio=1)
        for name, value in row.items():
            table.add_row(plain(name.replace("_", " ")), plain(value or "-"))
        out.print(table)
        out.print()


def scale_rows() -> list[Row]:
    """Return every scale, with how far it was verified: its source may hold more than was read."""
    return [
        {
            "id": scale.id,
            "title": scale.title,
            "edition": scale.edition,
            "source": scale.source,
            "verification": scale.verification,
            "read_in": sources()[scale.source].read_in,
        }
        for scale in SCALES.values()
    ]


def source_rows() -> list[Row]:
    """Return the bibliography."""
    return [
        {
            "id": source.id,
            "title": source.title,
            "citation": source.citation,
            "doi": source.doi,
            "verification": source.verification,
            "read_in": source.read_in,
            "reviewed_by": source.reviewed_by or "nobody yet",
        }
        for source in sources().values()
    ]


def product_rows() -> list[Row]:
    """Return every product a case file may name."""
    return [
        {
            "id": one.id,
            "kind": one.kind,
            "target": one.target,
            "also_called": ", ".join(one.also_called),
            "crs_onset": _onset(one.crs_onset),
            "neuro_onset": _onset(one.neuro_onset),
        }
        for one in products().values()
    ]


def _grade(out: Console, id_: str, grade: Grade) -> None:
    scale = SCALES[id_]
    write(out, f"\n{scale.short} {_grade_words(grade)}   ({id_})", "bold")
    reasons = [finding.says for finding in grade.findings if finding.decides]
    if reasons:
        write(out, f"because: {'; '.join(reasons)}")
    if grade.without_attribution is not None:
        counted = _span(grade.without_attribution)
        write(out, f"without the attribution to another cause: {counted}")
    if grade.last_known is not None:
        known = grade.last_known
        before = _span(Span(known.at_least, known.at_most))
        write(out, f"before values grew too old: {before}, at {at_text(known.at)}")
    table = wide_table("", "sign", "counts", "seen*", "limit; source**")
    for finding in grade.findings:
        table.add_row(*map(plain, _finding_cells(finding)))
    out.print(table)
    for gap in grade.missing:
        could = _span(Span(gap.at_least, gap.at_most))
        write(out, f"still to record: {gap.says} ({gap.record}): could be {could}")


def _finding_cells(finding: Finding) -> list[str]:
    seen = finding.says if finding.note is None else f"{finding.says} ({finding.note})"
    limit = "" if finding.limit is None else f"{finding.limit}; "
    return [
        "→" if finding.decides else "",
        finding.sign.replace("_", " "),
        "not counted" if finding.attributed else _span(Span(finding.at_least, finding.at_most)),
        seen,
        f"{limit}{_cite(finding.cite)}",
    ]


def _flags(out: Console, flags: Iterable[Flag]) -> None:
    table = wide_table("urgency", "flag**", "do*", "who")
    for flag in flags:
        says = f"{flag.says} [{flag.id}; {_cite(flag.cite)}]"
        table.add_row(*map(plain, [flag.urgency, says, flag.action, flag.owner]))
    write(out, "\nFlags", "bold")
    if table.row_count:
        out.print(table)
    else:
        write(out, "none")


def _episode_cells(episode: Episode) -> list[str]:
    ended = "" if episode.ended_at is None else f", {at_text(episode.ended_at)}"
    return [
        f"{SCALES[episode.scale].short} {episode.number}",
        at_text(episode.onset_at),
        f"{_span(episode.peak)}, {at_text(episode.peak_at)}",
        f"{episode.status.replace('_', ' ')}{ended}",
        f"{episode.duration_h:.1f}",
    ]


def _grade_words(grade: Grade) -> str:
    """An open grade says so in words: it must never be read as its lower end."""
    if grade.at_least == grade.at_most:
        return str(grade.at_least)
    return f"{_span(grade.span)} (open)"


def _span(span: Span) -> str:
    same = span.at_least == span.at_most
    return str(span.at_least) if same else f"{span.at_least} to {span.at_most}"


def _cite(cite: Cite) -> str:
    return f"{cite.source}, {cite.at} ({cite.verification})"


def _onset(onset: Onset | None) -> str:
    if onset is None:
        return ""
    span = onset.range_day
    between = "" if span is None else f", range {span[0]:g} to {span[1]:g}"
    return f"median day {onset.median_day:g}{between} ({onset.verification}: {onset.read_in})"


def _protocol(id_: str | None) -> str:
    return "no protocol chosen: no drug advice" if id_ is None else f"protocol {id_}"


def at_text(moment: datetime) -> str:
    """Say a time to the minute, with its zone."""
    return f"{moment:%Y-%m-%d %H:%M %Z}"


def wide_table(*headers: str) -> Table:
    """A table of the full width; each star behind a header gives that column more of it."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    for header in headers:
        share = header.count("*")
        table.add_column(header.rstrip("*"), overflow="fold", ratio=share + 1 if share else None)
    return table


def plain(words: str) -> Text:
    """Text of a file as text: no markup, no terminal codes."""
    return Text(printable(words))


def write(out: Console, words: str, style: str = "") -> None:
    """Print lines of such text."""
    out.print(Text("\n".join(map(printable, words.split("\n"))), style=style))


def console() -> Console:
    """Open standard output: 80 columns and no colour where it is piped."""
    # A terminal that cannot show a letter gets a question mark, not a traceback.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    out = Console(highlight=False, markup=False, emoji=False)
    return (
        out
        if out.is_terminal
        else Console(width=WIDTH, highlight=False, markup=False, emoji=False, no_color=True)
    )
