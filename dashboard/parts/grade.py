"""
How a grade, a flag and an age look: the one place that turns them into markup.

Everything that goes into markup passes through ``esc``. A grade is number, word and shape before
it is colour; an open grade shows both ends; "not assessed" has a word and a shape of its own and
can never be taken for 0. Red is kept for "act now".
"""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Final

from toxmodels import Grade, Missing
from toxmodels.escalation import Flag, Urgency
from toxmodels.sources import Cite

NOT_ASSESSED: Final = "not assessed"
NO_GRADE: Final = "no grade"
NO_FEVER: Final = "no fever, but signs"
URGENCY_WORDS: Final[dict[Urgency, str]] = {
    "emergency": "ACT NOW",
    "urgent": "URGENT",
    "soon": "SOON",
    "info": "NOTE",
}
_SHAPES: Final[dict[Urgency, str]] = {
    "emergency": "▲",
    "urgent": "◆",
    "soon": "●",
    "info": "○",
}
_MARKS: Final = {
    "verified": "",
    "unverified": "unverified source",
    "house": "house rule",
}


def esc(text: object) -> str:
    """Text as text: no mark-up in it survives."""
    return escape(str(text), quote=True)


def is_assessed(grade: Grade | None) -> bool:
    """Whether anything at all was recorded that this grade could rest on."""
    if grade is None:
        return False
    rests_on = (one for one in grade.findings if one.missing is None and one.taken_at is not None)
    return grade.at_least > 0 or any(rests_on)


def is_uncounted(grade: Grade) -> bool:
    """A 0 for want of fever, with hypotension or hypoxia present: never shown as a calm 0."""
    present = any(sign.at_least > 0 and not sign.attributed for sign in grade.findings)
    return grade.at_most == 0 and present


def grade_text(short: str, grade: Grade | None) -> str:
    """The grade in plain text: ``CRS 2``, ``CRS 2-3``, ``CRS not assessed``."""
    if grade is None:
        return f"{short} {NO_GRADE}"
    if not is_assessed(grade):
        return f"{short} {NOT_ASSESSED}"
    return f"{short} {grade}{f', {NO_FEVER}' if is_uncounted(grade) else ''}"


def grade_word(grade: Grade | None) -> str:
    """What the numbers mean in a word: ``complete``, ``could be 3``, ``nothing recorded``."""
    if grade is None:
        return "after a death from another cause"
    if not is_assessed(grade):
        return f"nothing recent to grade by, could be {grade.at_least} to {grade.at_most}"
    if is_uncounted(grade):
        return "0 only because there is no fever; not sign-free"
    if grade.at_least == grade.at_most:
        return "sign-free" if grade.at_most == 0 else "complete"
    return f"at least {grade.at_least}, could be {grade.at_most}"


def grade_html(short: str, grade: Grade | None) -> str:
    """The grade as a badge: filled when closed, split when open, dashed when not assessed."""
    label = f'<span class="tw-short">{esc(short)}</span>'
    if grade is None:
        return f'<span class="tw-grade tw-none">{label} <b>{NO_GRADE}</b></span>'
    if not is_assessed(grade):
        return f'<span class="tw-grade tw-unknown">{label} <b>{NOT_ASSESSED}</b></span>'
    if is_uncounted(grade):
        return (
            f'<span class="tw-grade tw-open" title="{esc(grade_word(grade))}">{label} '
            f"<b>0</b><i>{NO_FEVER}</i></span>"
        )
    if grade.at_least == grade.at_most:
        shape = "tw-zero" if grade.at_most == 0 else "tw-closed"
        return f'<span class="tw-grade {shape}">{label} <b>{grade.at_least}</b></span>'
    return (
        f'<span class="tw-grade tw-open" title="{esc(grade_word(grade))}">{label} '
        f"<b>{grade.at_least}</b><i>-</i><b>{grade.at_most}</b></span>"
    )


def urgency_html(urgency: Urgency) -> str:
    """The shape and the word of an urgency: ``▲ ACT NOW``."""
    return f"<b>{_SHAPES[urgency]} {URGENCY_WORDS[urgency]}</b>"


def flag_html(flag: Flag, *, with_action: bool = True) -> str:
    """A flag: shape and word of its urgency, what it says, and the action with its owner."""
    action = (
        f' <span class="tw-action">{esc(flag.action)} <em>({esc(flag.owner)})</em></span>'
        if with_action
        else ""
    )
    return (
        f'<span class="tw-flag tw-{flag.urgency}">{urgency_html(flag.urgency)} '
        f"{esc(flag.says)}{mark_html(flag.cite)}</span>{action}"
    )


def mark_html(cite: Cite) -> str:
    """The mark of a citation that nobody has checked, or of a rule of the house."""
    mark = _MARKS[cite.verification]
    return f' <span class="tw-mark">{mark}</span>' if mark else ""


def mark_text(cite: Cite) -> str:
    """The same in plain text: empty for a verified citation."""
    mark = _MARKS[cite.verification]
    return f" [{mark}]" if mark else ""


def missing_text(missing: Missing) -> str:
    """What to record next and what it would decide: ``oxygen not recorded: could be 3 or 4``."""
    if missing.at_least == missing.at_most:
        return f"{missing.says}: would not change the grade"
    if missing.at_most - missing.at_least == 1:
        return f"{missing.says}: could be {missing.at_least} or {missing.at_most}"
    return f"{missing.says}: could be {missing.at_least} to {missing.at_most}"


def span_text(age: timedelta) -> str:
    """A length of time as wards say it: ``25 min``, ``3 h 20 min``, ``2 d 4 h``."""
    minutes = int(abs(age).total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days > 0:
        return f"{days} d {hours} h"
    if hours > 0:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min"


def age_text(age: timedelta) -> str:
    """An age in elapsed time, never as a date: ``25 min ago``, ``3 h 20 min ago``."""
    if abs(age) < timedelta(minutes=1):
        return "just now"
    return f"in {span_text(age)}" if age < timedelta(0) else f"{span_text(age)} ago"
