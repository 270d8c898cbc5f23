"""
One grade as a card: the interval, its age, what decides it, every finding, and what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from dashboard.parts.grade import (
    age_text,
    esc,
    grade_html,
    grade_word,
    is_assessed,
    mark_html,
    missing_text,
)
from toxmodels import Finding, Grade, sources
from toxmodels.findings import Span
from toxmodels.scales import Scale

__all__ = ["card_html"]

_SIGNS = {"ice": "ICE", "capd": "CAPD", "raised_icp": "raised pressure", "motor": "motor weakness"}


def card_html(
    scale: Scale, grade: Grade | None, at: datetime, zone: tzinfo, *, advice: str = ""
) -> str:
    """
    Everything a grade says, in the order in which it is asked at the bedside.

    ``advice`` is markup: what follows from the grade stands before the table of every sign.
    """
    badge = f'<div class="tw-big">{grade_html(scale.short, grade)}</div>'
    if grade is None:
        return f'<section class="tw-card">{badge}<p>{esc(grade_word(None))}</p></section>'
    lines = [
        f'<p class="tw-word"><b>{esc(_word(grade))}</b>, at {at.astimezone(zone):%H:%M}'
        f"{esc(_newest(grade, at))}</p>",
        f'<p class="tw-because">{_because(grade, at)}</p>',
        *_beside(grade, at, zone),
        _missing(grade),
    ]
    edition = f"{scale.title}, {scale.edition}"
    return (
        f'<section class="tw-card" aria-label="{esc(scale.short)} grade">{badge}'
        f"{''.join(lines)}{advice}{_table(grade, at, zone)}"
        f'<p class="tw-edition">{esc(edition)}</p></section>'
    )


def _word(grade: Grade) -> str:
    word = grade_word(grade)
    return word[0].upper() + word[1:]


def _newest(grade: Grade, at: datetime) -> str:
    """How old the newest reading behind the grade is; a time alone says nothing about that."""
    times = [one.taken_at for one in grade.findings if one.taken_at is not None]
    return f"; newest reading {age_text(at - max(times))}" if times else ""


def _because(grade: Grade, at: datetime) -> str:
    """The deciding sign with its age; for an open grade also what keeps it open."""
    if not is_assessed(grade):
        return "Nothing recorded is recent enough to grade by"
    deciding = [one for one in grade.findings if one.decides]
    said = []
    if deciding:
        said.append(f"Decided by <b>{_named(deciding, at)}</b>")
    if not grade.complete:
        keeping = [
            one
            for one in grade.findings
            if one.missing is not None and one.at_most == grade.at_most
        ]
        if keeping:
            said.append(f"{'kept' if said else 'Kept'} open by <b>{_named(keeping, at)}</b>")
    return "; ".join(said) if said else "No sign of the toxicity in what was recorded"


def _named(findings: Sequence[Finding], at: datetime) -> str:
    return "; ".join(f"{esc(one.says)}{_aged(one, at)}" for one in findings)


def _aged(finding: Finding, at: datetime) -> str:
    return "" if finding.taken_at is None else f", {esc(age_text(at - finding.taken_at))}"


def _beside(grade: Grade, at: datetime, zone: tzinfo) -> list[str]:
    """What must be read with the number: attribution, the last known grade, disputed readings."""
    said = []
    if grade.last_known is not None:
        known = grade.last_known
        span = _span(Span(known.at_least, known.at_most))
        when = f"{known.at.astimezone(zone):%H:%M}, {age_text(at - known.at)}"
        said.append(f"Last known grade <b>{span}</b> at {esc(when)}")
    if grade.without_attribution is not None:
        span = _span(grade.without_attribution)
        said.append(f"Without the attribution to another cause: <b>{span}</b>")
    said += [esc(f"{one.says}: {one.note}") for one in grade.findings if one.note is not None]
    return [f'<p class="tw-beside">{one}</p>' for one in said]


def _span(span: Span) -> str:
    same = span.at_least == span.at_most
    return str(span.at_least) if same else f"{span.at_least}-{span.at_most}"


def _missing(grade: Grade) -> str:
    if not grade.missing:
        return ""
    items = "".join(f"<li>{esc(missing_text(one))}</li>" for one in grade.missing)
    return (
        f'<p class="tw-ask">Still to record, easiest first</p><ol class="tw-missing">{items}</ol>'
    )


def _table(grade: Grade, at: datetime, zone: tzinfo) -> str:
    rows = "".join(_row(one, at, zone) for one in grade.findings)
    return (
        '<table class="tw-findings"><thead><tr><th scope="col">Sign</th>'
        '<th scope="col">Recorded</th><th scope="col">Grade</th><th scope="col">Limit</th>'
        f'<th scope="col">Source</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(finding: Finding, at: datetime, zone: tzinfo) -> str:
    name = _SIGNS.get(finding.sign, finding.sign.replace("_", " "))
    state = "decides" if finding.decides else ("gap" if finding.missing is not None else "")
    value = finding.value if finding.value is not None else finding.says
    grade = _span(Span(finding.at_least, finding.at_most))
    limit = finding.limit if finding.limit is not None else ""
    source = sources().get(finding.cite.source)
    title = "" if source is None else source.citation
    arrow = '<span class="tw-arrow" title="decides the grade">► </span>' if finding.decides else ""
    when = ""
    if finding.taken_at is not None:
        clock = finding.taken_at.astimezone(zone)
        when = f'<small title="{clock:%d-%b %H:%M}">{esc(age_text(at - finding.taken_at))}</small>'
    return (
        f'<tr class="tw-row-{state or "plain"}"><th scope="row">{arrow}{esc(name)}</th>'
        f"<td>{esc(value)} {when}</td><td>{grade}</td><td>{esc(limit)}</td>"
        f'<td><span title="{esc(title)}">{esc(finding.cite.source)}: {esc(finding.cite.at)}</span>'
        f"{mark_html(finding.cite)}</td></tr>"
    )
