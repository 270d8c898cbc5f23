"""
The two tables of the work list as markup: alerts nobody has acknowledged, and checks to do.

Every text is escaped; links and taps are those of the board.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard import session
from dashboard.chain import Waiting, said
from dashboard.need import Tier
from dashboard.parts.grade import age_text, esc, flag_html, span_text, urgency_html
from dashboard.parts.patient.left_out import CHECK_NAMES
from dashboard.tasks import Standing, Task

__all__ = ["Look", "alerts_table", "checks_table"]

_ALERTS: Final = ("Patient", "Alert, and what to do", "Since when, and whom to call", "Seen")
_CHECKS: Final = ("Patient", "Check", "Due", "Why that often", "Not done because", "Entry")
_ROWS: Final[dict[Standing, str]] = {
    "late": "tw-press",
    "overdue": "tw-calm",
    "due": "tw-calm",
    "soon": "tw-quiet",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one screen shows the tables: a past time or now, the clock, each patient's position."""

    at: datetime | None
    clock: Callable[[datetime], str]
    positions: Mapping[str, int]


def alerts_table(found: Sequence[Waiting], look: Look) -> str:
    """Every alert that asks, in the order given: of one patient the first, the others under it."""
    mine: dict[str, list[Waiting]] = {}
    for one in found:
        mine.setdefault(one.patient_id, []).append(one)
    rows = "".join(_alert(first, others, look) for first, *others in mine.values())
    return _table("tw-asking", _ALERTS, rows)


def checks_table(found: Sequence[Task], look: Look) -> str:
    """Every check, in the order given."""
    return _table("tw-checks", _CHECKS, "".join(_check(one, look) for one in found))


def _table(name: str, titles: Sequence[str], body: str) -> str:
    heads = "".join(f'<th scope="col">{esc(title)}</th>' for title in titles)
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<table class="tw-work {name}">{head}<tbody>{body}</tbody></table>'


def _row(kind: str, titles: Sequence[str], cells: Sequence[str]) -> str:
    columns = "".join(
        f'<td data-tw-label="{esc(title)}">{cell}</td>'
        for title, cell in zip(titles, cells, strict=True)
    )
    return f'<tr class="{kind}">{columns}</tr>'


def _alert(one: Waiting, others: Sequence[Waiting], look: Look) -> str:
    flag = one.alert.flag
    kind = {"emergency": "tw-now", "urgent": "tw-press"}.get(flag.urgency, "tw-calm")
    seen = one.alert.acknowledged
    again = ""
    if seen is not None and one.alert.again is not None:
        text = (
            f"asks again, {one.alert.again}; before: {seen.reason}, {seen.recorded_by} "
            f"({seen.role}), {age_text(one.at - seen.recorded_at)}"
        )
        again = f'<span class="tw-line tw-faint">{esc(text)}</span>'
    cells = (
        _name(one.patient_id, look.at),
        flag_html(flag) + again + "".join(_also(other) for other in others),
        _since(one, look),
        _acknowledge(one, look),
    )
    return _row(kind, _ALERTS, cells)


def _also(one: Waiting) -> str:
    flag = one.alert.flag
    text = f"{flag.says}; {said(one)}"
    return f'<span class="tw-line tw-also">{urgency_html(flag.urgency)} {esc(text)}</span>'


def _since(one: Waiting, look: Look) -> str:
    loud = "tw-late" if one.now is not None else "tw-line"
    lines = [f'<span class="tw-line {loud}">{esc(_capital(said(one)))}</span>']
    if one.since is not None:
        asked = f"asks since {look.clock(one.since)}"
        lines.append(f'<span class="tw-line tw-faint">{esc(asked)}{_or_longer(one)}</span>')
    if one.next is not None:
        when = f"{one.next.whom} at {look.clock(one.next.at)}, {age_text(one.at - one.next.at)}"
        lines.append(f'<span class="tw-line tw-faint">next: {esc(when)}</span>')
    return "".join(lines)


def _or_longer(one: Waiting) -> str:
    return " or longer" if one.or_longer else ""


def _acknowledge(one: Waiting, look: Look) -> str:
    if look.at is not None:
        return ""
    flag = one.alert.flag
    label = f"Acknowledge {flag.says}, patient {one.patient_id}"
    return (
        f'<button type="button" class="tw-tap" aria-label="{esc(label)}" '
        f'data-tw-go="acknowledge" data-tw-ref="{esc(session.ref_of(one.patient_id))}" '
        f'data-tw-alert="{esc(flag.id)}" data-tw-position="{look.positions[one.patient_id]}">'
        "Acknowledge</button>"
    )


def _check(one: Task, look: Look) -> str:
    kind = "tw-now" if one.need.tier is Tier.EMERGENCY else _ROWS[one.standing]
    cells = (
        _name(one.patient_id, look.at) + _need(one),
        _what(one, look),
        _due(one, look),
        esc(one.why),
        esc(_capital(one.not_done.removeprefix("not done: "))) if one.not_done else "",
        _entry(one, look),
    )
    return _row(kind, _CHECKS, cells)


def _need(one: Task) -> str:
    says = one.need.says
    if not says or one.need.tier is Tier.OVERDUE:  # that is what the next cells say
        return ""
    return f'<span class="tw-line tw-faint">{esc(says)}</span>'


def _what(one: Task, look: Look) -> str:
    if one.what is None:
        return "<b>Bedside chart</b>"
    last = "never recorded"
    if one.last_at is not None:
        last = f"last {look.clock(one.last_at)}, {age_text(one.at - one.last_at)}"
    if one.lags is not None:
        last += f"; left out since: {one.lags}"
    return f'<b>{esc(CHECK_NAMES[one.what])}</b><span class="tw-line tw-faint">{esc(last)}</span>'


def _due(one: Task, look: Look) -> str:
    if one.what is None:
        return '<span class="tw-line tw-late">now</span>'
    when = f"due {look.clock(one.due_at)}"
    match one.standing:
        case "late":
            text, loud = f"overdue by {span_text(one.beyond)}, a whole interval", "tw-late"
        case "overdue":
            text, loud = f"overdue by {span_text(one.beyond)}", "tw-late"
        case "due":
            text, loud = f"for {span_text(one.beyond)}", "tw-plain"
        case _:
            text, loud = age_text(one.beyond), "tw-plain"
    return (
        f'<span class="tw-line">{esc(when)}</span><span class="tw-line {loud}">{esc(text)}</span>'
    )


def _entry(one: Task, look: Look) -> str:
    page: session.PageName = "enter" if look.at is None else "patient"
    label = "Enter" if look.at is None else "Patient"
    return (
        f'<a class="tw-tap" href="{esc(session.link(page, one.patient_id, look.at))}" '
        f'target="_self" {_goes(page, one.patient_id, look.at)} '
        f'aria-label="{label} {esc(one.patient_id)}">{label}</a>'
    )


def _name(patient_id: str, at: datetime | None) -> str:
    return (
        f'<a class="tw-who" href="{esc(session.link("patient", patient_id, at))}" target="_self" '
        f"{_goes('patient', patient_id, at)}>{esc(patient_id)}</a>"
    )


def _goes(page: str, patient_id: str, at: datetime | None) -> str:
    stamp = "" if at is None else f' data-tw-at="{esc(at.isoformat())}"'
    return f'data-tw-go="{page}" data-tw-ref="{esc(session.ref_of(patient_id))}"{stamp}'


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
