"""
What the entry forms ask, found by asking the forms themselves.

The forms are drawn on a sheet that writes down every question instead of showing it; each answer
is tried, so that questions which only follow from an answer are found too. A form that changes
changes its paper with it: no field, unit or choice is written here.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from typing import Any, Final, Literal

from dashboard.parts.forms.check import field_text
from dashboard.parts.forms.kinds import FORMS, Around, Form
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.when import ask_clock
from dashboard.parts.forms.words import Words
from toxmodels.records import FORMAT, Case, Patient

__all__ = ["Asked", "Follows", "Page", "pages"]

Kind = Literal["number", "one", "many", "text", "day"]
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)  # a form needs a clock; no answer comes of it
_CHILD_YEARS: Final = 6.0
_ADULT_YEARS: Final = 40.0
_TIMES: Final = ("day", "clock", "fold")
_CLOCK: Final = re.compile(r"^Time of day \(.*\)$")
_CALLS: Final = "streamlit.runtime.scriptrunner_utils.script_run_context"


@dataclass(frozen=True, slots=True)
class Follows:
    """Questions that are asked only after one of these answers."""

    answers: tuple[str, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a form: its name in the form, its label with the unit, and its choices."""

    name: str
    label: str
    kind: Kind
    choices: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    follows: tuple[Follows, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One form on paper: what is asked, in order; ``may_attribute`` adds the physician's part."""

    title: str
    asks_when: str
    asked: tuple[Asked, ...]
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asking(Sheet):
    """A sheet that writes questions down, and answers with what it was given."""

    found: list[Asked] = field(default_factory=list)

    def _put(self, name: str, label: str, kind: Kind, words: Words | None = None) -> Any:
        choices = {} if words is None else words
        self.found.append(
            Asked(name, _label(name, label), kind, tuple(choices.values()), tuple(choices))
        )
        return self.values.get(name)

    def number(
        self, name: str, label: str, *, step: float = 1.0, decimals: int | None = None
    ) -> float | None:
        self._put(name, label, "number")
        return None

    def measured(
        self, name: str, *, step: float = 1.0, decimals: int | None = None
    ) -> float | None:
        return self.number(name, field_text(name))

    def choice(
        self, name: str, label: str, words: Words, *, default: str | None = None
    ) -> str | None:
        answer: str | None = self._put(name, label, "one", words)
        return answer

    def pick(
        self, name: str, label: str, words: Words, *, placeholder: str = "Not recorded"
    ) -> str | None:
        return self.choice(name, label, words)

    def name(self, name: str, label: str, known: Sequence[str], *, placeholder: str) -> str | None:
        self._put(name, label, "text", {one: one for one in known})
        return None

    def several(self, name: str, label: str, words: Words) -> list[str]:
        answer: list[str] | None = self._put(name, label, "many", words)
        return [*(answer or ())]

    def text(self, name: str, label: str, *, placeholder: str = "") -> str | None:
        self._put(name, label, "text")
        return None

    def day(self, name: str, label: str, default: date | None) -> date | None:
        self._put(name, label, "day")
        return None


def _label(name: str, label: str) -> str:
    """A time says whose it is, and no zone: the paper names the ward's clock once."""
    of, _, part = name.rpartition("/")
    if part in _TIMES and of != "when":
        plain = "Time of day" if _CLOCK.match(label) else label
        what = of.replace("_", " ")
        return f"{what[:1].upper()}{what[1:]}: {plain[:1].lower()}{plain[1:]}"
    return "Time of day" if _CLOCK.match(label) else label


_Draw = Callable[[Sheet], object]


def _asked_with(draw: _Draw, values: dict[str, Any]) -> list[Asked]:
    sheet = _Asking("paper", dict(values))
    draw(sheet)
    return sheet.found


def _explored(draw: _Draw, values: dict[str, Any], known: frozenset[str]) -> tuple[Asked, ...]:
    """The questions of a form that are not known yet, each with what follows from its answers."""
    drawn = _asked_with(draw, values)
    here = known | {one.name for one in drawn}
    return tuple(_with_follows(draw, values, one, here) for one in drawn if one.name not in known)


def _with_follows(
    draw: _Draw, values: dict[str, Any], one: Asked, here: frozenset[str]
) -> Asked:  # fmt: skip
    if one.kind not in ("one", "many"):
        return one
    found: list[tuple[str, tuple[Asked, ...]]] = []
    for value, answer in zip(one.values, one.choices, strict=True):
        tried = {**values, one.name: [value] if one.kind == "many" else value}
        if any(more.name not in here for more in _asked_with(draw, tried)):
            more = _explored(draw, tried, here)
            found.append((answer, tuple(_without_answer(each, answer) for each in more)))
    return Asked(one.name, one.label, one.kind, one.choices, one.values, _grouped(found))


def _without_answer(one: Asked, answer: str) -> Asked:
    """``Norepinephrine: rate`` asked for norepinephrine is the rate, as for every other agent."""
    label = one.label.removeprefix(f"{answer}: ")
    return Asked(one.name, label[:1].upper() + label[1:], one.kind, one.choices, one.values,
                 one.follows)  # fmt: skip


def _grouped(found: Sequence[tuple[str, tuple[Asked, ...]]]) -> tuple[Follows, ...]:
    """Answers that lead to the same questions stand together."""
    groups: dict[tuple[tuple[str, Kind, tuple[str, ...]], ...], list[int]] = {}
    for place, (_, asked) in enumerate(found):
        groups.setdefault(tuple((a.label, a.kind, a.choices) for a in asked), []).append(place)
    return tuple(
        Follows(tuple(found[place][0] for place in places), found[places[0]][1])
        for places in groups.values()
    )


@cache
def pages() -> tuple[Page, ...]:
    """Every form in the order of the entry page; the exam twice, for adults and for children."""
    made: list[Page] = []
    # In a thread of its own: the forms then draw on no screen, whoever asked for the paper.
    quiet = _Quiet()
    logger = logging.getLogger(_CALLS)
    logger.addFilter(quiet)
    thread = threading.Thread(target=lambda: made.extend(_pages(quiet)))
    thread.start()
    thread.join()
    logger.removeFilter(quiet)
    if not made:
        raise RuntimeError("downtime sheets: a form could not be drawn; see the log, report this")
    return tuple(made)


class _Quiet(logging.Filter):
    """Drops what Streamlit says about the one thread that draws on no screen."""

    thread: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self.thread


def _pages(quiet: _Quiet) -> list[Page]:
    quiet.thread = threading.get_ident()
    found: list[Page] = []
    for form in FORMS.values():
        for years, who in _people(form):
            case = Case(format=FORMAT, patient=Patient(id="paper", age_years=years))
            around = Around(case, _ANY_TIME, None)
            found.append(
                Page(
                    title=f"{form.title}{who}",
                    asks_when=form.asks_when,
                    asked=(*_when(UTC), *_form(form, around)),
                    attributes=() if form.signs is None else tuple(form.signs.values()),
                )
            )
    return found


def _people(form: Form) -> tuple[tuple[float, str], ...]:
    if form.kind == "neuro":
        adult, child = ": ICE (12 years and over)", ": CAPD (children, or delay)"
        return (_ADULT_YEARS, adult), (_CHILD_YEARS, child)
    return ((_ADULT_YEARS, ""),)


def _when(zone: tzinfo) -> tuple[Asked, ...]:
    found = _asked_with(lambda sheet: ask_clock(sheet, "when", _ANY_TIME, zone), {})
    return tuple(found)


def _form(form: Form, around: Around) -> tuple[Asked, ...]:
    return _explored(lambda sheet: form.draw(sheet, around), {}, frozenset())
