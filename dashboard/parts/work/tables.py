"""
The two tables of the work list as markup: alerts nobody has acknowledged, and checks to do.

Every text is escaped; links and taps are those of the board.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dashboard.chain import Waiting, asked, whom_to_call
from dashboard.need import Tier
from dashboard.parts.grade import age_text, esc, flag_html, span_text, urgency_html
from dashboard.parts.leading import (
    acknowledge_html,
    capital,
    entry_html,
    link_html,
    name_html,
    unled_html,
)
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
    leads: bool = True  # to the pages of the patient; in training there are none


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
    seen_by = ""
    if look.at is None and look.leads:
        seen_by = acknowledge_html(one.patient_id, flag, look.positions[one.patient_id])
    cells = (
        _name(one.patient_id, look),
        flag_html(flag) + again + "".join(_also(other) for other in _unsaid(one, others)),
        _since(one, others, look),
        seen_by,
    )
    return _row(kind, _ALERTS, cells)


def _name(patient_id: str, look: Look) -> str:
    return name_html(patient_id, look.at) if look.leads else unled_html(patient_id)


def _unsaid(one: Waiting, others: Sequence[Waiting]) -> list[Waiting]:
    """Two alerts on one fact, each for its owner, are one line: what differs is in their action."""
    unsaid: dict[str, Waiting] = {}
    for other in others:
        unsaid.setdefault(other.alert.flag.says, other)
    unsaid.pop(one.alert.flag.says, None)
    return [*unsaid.values()]


def _also(one: Waiting) -> str:
    """Another alert of the patient: for how long; whom to call is said once, for all of them."""
    text = f"{one.alert.flag.says}; {asked(one)}"
    urgency = urgency_html(one.alert.flag.urgency)
    return f'<span class="tw-line tw-also">{urgency} {esc(text)}</span>'


def _since(one: Waiting, others: Sequence[Waiting], look: Look) -> str:
    calls = whom_to_call([one, *others])
    lines = [f'<span class="tw-line tw-late">{esc(capital(said_))}</span>' for said_ in calls]
    if one.now is None:
        lines.insert(0, f'<span class="tw-line">{esc(capital(asked(one)))}</span>')
    if one.since is not None:
        since = f"asks since {look.clock(one.since)}"
        lines.append(f'<span class="tw-line tw-faint">{esc(since)}{_or_longer(one)}</span>')
    if one.next is not None:
        when = f"{one.next.whom} at {look.clock(one.next.at)}, {age_text(one.at - one.next.at)}"
        lines.append(f'<span class="tw-line tw-faint">next: {esc(when)}</span>')
    return "".join(lines)


def _or_longer(one: Waiting) -> str:
    return " or longer" if one.or_longer else ""


def _check(one: Task, look: Look) -> str:
    kind = "tw-now" if one.need.tier is Tier.EMERGENCY else _ROWS[one.standing]
    cells = (
        _name(one.patient_id, look) + _need(one),
        _what(one, look),
        _due(one, look),
        esc(one.why),
        _left_out(one, look),
        entry_html(one.patient_id, look.at) if look.leads else "",
    )
    return _row(kind, _CHECKS, cells)


def _left_out(one: Task, look: Look) -> str:
    """Why nobody did it; where nobody said so and it is overdue, the way to say it."""
    if one.not_done is not None:
        return esc(capital(one.not_done.removeprefix("not done: ")))
    if one.what is None or look.at is not None or one.standing not in ("late", "overdue"):
        return ""
    if not look.leads:
        return ""
    aria = f"Say why not: {CHECK_NAMES[one.what]}, patient {one.patient_id}"
    return link_html("patient", one.patient_id, "say why …", at=None, aria=aria)


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
