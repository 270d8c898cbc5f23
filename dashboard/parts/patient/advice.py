"""
What the chosen protocol advises, as markup: the certain part, then what a missing sign could add.

It proposes and never orders. A blocked dose shows no number as a dose; every text passes ``esc``.
Pure: advice, decisions and a clock's zone go in, text comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import urlencode

from dashboard.parts.grade import age_text, esc, missing_text, urgency_html
from dashboard.store import Decision
from toxmodels import Case, Grade, sources
from toxmodels.protocols import Advice, Protocol
from toxmodels.scales import STEPPED

__all__ = [
    "GENERAL",
    "ORDERS_NOTHING",
    "Sheet",
    "advice_html",
    "badge_text",
    "by_place",
    "can_be_decided",
    "confirmed_html",
    "dose_text",
    "given_last",
    "lead_text",
    "newest_decision",
    "still_holds",
    "to_decide",
]

ORDERS_NOTHING: Final = "Decision support: it orders nothing."
GENERAL: Final = "general"
_PRESSING: Final = ("emergency", "urgent")
_ACTS: Final = ("treat", "hold", "stop", "restart")
HOLDS: Final = timedelta(hours=12)  # a shift: whoever comes next looks anew
_UNITS: Final = {"ug/day": "µg/day", "ug": "µg"}
_IF_SO: Final = {
    "emergency": "then at once:",
    "urgent": "then urgent:",
    "soon": "then soon:",
    "info": "then note:",
}
_NO_SUM: Final = "no dose worked out"
_SCALE_NAMES: Final = {"ctcae": "CTCAE", "lee-2014": "Lee 2014", "penn-2018": "Penn 2018"}
_BY_TERM: Final = {"crs": "astct-crs-2019", "neuro": "astct-icans-2019"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a block of advice is drawn with: when, whose decisions, and whether one may decide."""

    at: datetime
    zone: tzinfo
    ref: str
    position: int
    decisions: tuple[Decision, ...]
    given: Mapping[str, datetime]  # drug -> newest dose
    can_decide: bool


def by_place(
    found: Iterable[Advice], books: Mapping[str, Protocol]
) -> dict[str, tuple[Advice, ...]]:
    """Advice by the grade card it stands under; what belongs to neither is ``GENERAL``."""
    kept: dict[str, list[Advice]] = {}
    for one in found:
        kept.setdefault(_place(one, books), []).append(one)
    return {place: tuple(mine) for place, mine in kept.items()}


def _place(one: Advice, books: Mapping[str, Protocol]) -> str:
    if one.scale in STEPPED:
        return one.scale
    # A label's rule answers another scale; its term says which toxicity it speaks of.
    book = books.get(one.protocol)
    terms = {} if book is None else {rule.id: rule.term for rule in book.rules}
    return _BY_TERM.get(terms.get(one.rule) or "", GENERAL)


def advice_html(found: Sequence[Advice], sheet: Sheet) -> str:
    """What holds now, the most urgent first."""
    items = "".join(f"<li>{_one(one, sheet)}</li>" for one in found)
    return f'<ul class="tw-advice">{items}</ul>'


def confirmed_html(found: Sequence[Advice], sheet: Sheet) -> str:
    """What would be added at each higher grade; nothing of it holds yet, and nothing is red."""
    said: list[str] = []
    for supposed in sorted({one.if_grade for one in found if one.if_grade is not None}):
        mine = [one for one in found if one.if_grade == supposed]
        short = STEPPED[mine[0].scale].short if mine[0].scale in STEPPED else "the grade"
        items = "".join(f"<li>{_one(one, sheet)}</li>" for one in mine)
        said.append(f'<p class="tw-if">If {esc(short)} is {supposed}, also:</p>')
        said.append(f'<ul class="tw-advice">{items}</ul>')
    return "".join(said)


def lead_text(grade: Grade | None) -> str:
    """The cheapest missing sign of a grade: ``Record oxygen first: could be 3 or 4``."""
    asked = [] if grade is None else [one for one in grade.missing if one.at_least != one.at_most]
    if not asked:
        return "Nothing missing would change this grade"
    return f"Record first: {missing_text(asked[0])}"


def badge_text(verification: str, confidence: str | None) -> str:
    """How far something was checked, in capitals: it must not be overlooked."""
    if verification == "unverified":
        sure = "" if confidence is None else f", {confidence} confidence"
        return f"UNVERIFIED{sure}: check the source"
    return {"verified": "VERIFIED", "house": "HOUSE RULE"}[verification]


def _one(one: Advice, sheet: Sheet) -> str:
    possible = one.if_grade is not None
    urgency = f"<b>{_IF_SO[one.urgency]}</b>" if possible else urgency_html(one.urgency)
    lines = [
        f'<p class="tw-adv-says">{urgency} {esc(one.advise)} <em>({esc(one.owner)})</em></p>',
        *_dose(one, sheet),
        *_beside(one),
        _footing(one, sheet),
    ]
    look = "tw-possible" if possible else f"tw-{one.urgency}"
    return f'<div class="tw-adv {look}">{"".join(lines)}</div>'


def dose_text(one: Advice) -> str:
    """Drug, dose, how often: ``tocilizumab 560 mg, over 1 h``; without a number if blocked."""
    if one.drug is None:
        return ""
    sheet = one.worksheet
    drug = one.drug.replace("-", " ")
    amount = ""
    if one.blocked_by is not None and one.dose_range is None:
        return drug  # whatever blocks it, also what only a confirmation would lift
    if sheet is not None and sheet.dose is not None and one.step != "consult":
        amount = f" {sheet.dose:g} {_UNITS.get(sheet.unit, sheet.unit)}"
    elif one.dose_mg is not None:
        amount = f" {one.dose_mg:g} mg"
    elif one.dose_range is not None:
        amount = f" {one.dose_range}"
    often = f", {one.schedule}" if one.schedule is not None and amount else ""
    return f"{drug}{amount}{often}"


def _dose(one: Advice, sheet: Sheet) -> Iterable[str]:
    if one.drug is None:
        return
    worked = ""
    if one.arithmetic not in (None, _NO_SUM):
        stands = one.blocked_by is None or one.dose_range is not None
        before = "" if stands else "worked out, not to be given now: "
        worked = f' <span class="tw-sum">{before}{esc(_sum_text(one))}</span>'
    yield f'<p class="tw-dose"><b>{esc(dose_text(one))}</b>{worked}</p>'
    if one.blocked_by is not None:
        word = "CHOOSE" if one.dose_range is not None else "BLOCKED"
        word = "Not ordered here" if one.step == "consult" else word
        yield f'<p class="tw-blocked"><b>{word}:</b> {esc(one.blocked_by)}</p>'
    if one.earliest_at is not None and one.earliest_at > sheet.at:
        clock = f"{one.earliest_at.astimezone(sheet.zone):%H:%M}"
        wait = age_text(sheet.at - one.earliest_at)
        yield f'<p class="tw-blocked">Earliest next dose <b>{esc(clock)}, {esc(wait)}</b></p>'


def _sum_text(one: Advice) -> str:
    """The sum beside a dose; a fixed dose has none, and says so instead of repeating itself."""
    told = one.arithmetic or ""
    regimen, colon, amount = told.partition(": ")
    if colon and one.drug is not None and dose_text(one).endswith(f" {amount}"):
        return f"fixed dose, regimen {regimen}"
    return told


def _beside(one: Advice) -> Iterable[str]:
    for asked in one.confirm:
        yield f'<p class="tw-confirm"><b>Confirm:</b> {esc(asked)}</p>'
    if one.contraindications:
        listed = "; ".join(one.contraindications)
        yield f'<p class="tw-caution"><b>Not if:</b> {esc(listed)}</p>'
    if one.cautions:
        yield f'<p class="tw-caution"><b>Care:</b> {esc("; ".join(one.cautions))}</p>'


def _footing(one: Advice, sheet: Sheet) -> str:
    """The source with its place, how far it was checked, the rule, and what was decided."""
    source = sources().get(one.cite.source)
    whole = "" if source is None else f"{source.title}. {source.citation}"
    scale = _SCALE_NAMES.get(one.scale or "")
    graded = "" if scale is None else f" Answers {scale} as a clinician graded it."
    also = f" Also asked for by {', '.join(one.also)}." if one.also else ""
    decided = ""
    if can_be_decided(one) and one.if_grade is None:
        decided = _decided(one, sheet)
    return (
        f'<div class="tw-last"><p class="tw-foot"><span title="{esc(whole)}">'
        f"{esc(one.cite.source)}: {esc(one.cite.at)}</span>"
        f' <span class="tw-mark">{esc(badge_text(one.verification, one.confidence))}</span> '
        f"{_rule_link(one)}{esc(graded)}{esc(also)}</p>{decided}</div>"
    )


def _rule_link(one: Advice) -> str:
    if "/" not in one.rule or one.rule.endswith("/silent"):
        return ""
    there = f"/rules?{urlencode({'rule': one.rule})}"
    return (
        f'<a class="tw-rule" href="{esc(there)}" target="_self" data-tw-go="rules" '
        f'data-tw-alert="{esc(one.rule)}">{esc(one.rule)}</a>'
    )


# What was decided


def can_be_decided(one: Advice) -> bool:
    """Whether a physician confirms or overrides this: a rule of a protocol, and no mere note."""
    return "/" in one.rule and not one.rule.endswith("/silent") and one.urgency != "info"


def newest_decision(one: Advice, decisions: Iterable[Decision]) -> Decision | None:
    """The last thing a physician decided about this rule of this protocol."""
    mine = [d for d in decisions if (d.rule, d.protocol) == (one.rule, one.protocol)]
    return mine[-1] if mine else None


def to_decide(
    found: Iterable[Advice], decisions: Sequence[Decision], at: datetime, case: Case
) -> tuple[Advice, ...]:
    """What presses and waits for a physician: not blocked, and not decided for what stands here."""
    given = given_last(case, at)
    waiting = []
    for one in found:
        if one.urgency not in _PRESSING or one.step not in _ACTS or one.blocked_by is not None:
            continue
        newest = newest_decision(one, decisions)
        if can_be_decided(one) and (newest is None or not still_holds(one, newest, at, given)):
            waiting.append(one)
    return tuple(waiting)


def given_last(case: Case, at: datetime) -> dict[str, datetime]:
    """The newest recorded dose of each drug up to then: what makes an earlier decision old."""
    found: dict[str, datetime] = {}
    for one in case.treatments or ():
        if one.given_at <= at:
            found[one.drug] = max(found.get(one.drug, one.given_at), one.given_at)
    return found


def still_holds(
    one: Advice, decided: Decision, at: datetime, given: Mapping[str, datetime]
) -> bool:  # fmt: skip
    """
    Whether a decision still answers what is advised now.

    Not when the proposal reads otherwise, when the drug was given since, or after a shift.
    """
    if (decided.advise, decided.dose_mg) != (one.advise, one.dose_mg):
        return False
    last = given.get(one.drug or "")
    if last is not None and last >= decided.recorded_at:
        return False
    return at - decided.recorded_at < HOLDS


def _decided(one: Advice, sheet: Sheet) -> str:
    newest = newest_decision(one, sheet.decisions)
    said = ""
    if newest is not None:
        holds = still_holds(one, newest, sheet.at, sheet.given)
        before = "" if holds else "Before, no longer for what stands here: "
        mark = {"confirmed": "✓ Confirmed", "overridden": "✕ Overridden"}[newest.choice]
        age = age_text(sheet.at - newest.recorded_at)
        why = f": {newest.reason}" if newest.reason else ""
        text = f"{before}{mark} by {newest.recorded_by} ({newest.role}), {age}{why}"
        said = f'<span class="tw-decided{"" if holds else " tw-old"}">{esc(text)}</span> '
    tap = ""
    if sheet.can_decide:
        label = f"Decide: confirm or override, {one.advise}"
        tap = (
            f'<button type="button" class="tw-tap" aria-label="{esc(label)}" '
            f'data-tw-go="decide" data-tw-ref="{esc(sheet.ref)}" '
            f'data-tw-alert="{esc(one.protocol)} {esc(one.rule)}" '
            f'data-tw-position="{sheet.position}">'
            f"{'Decide' if newest is None else 'Decide anew'}</button>"
        )
    return f'<p class="tw-decision">{said}{tap}</p>' if said or tap else ""
