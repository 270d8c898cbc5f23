"""The sheets for when the computer is down ask what the entry forms ask, in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.handover import downtime
from dashboard.handover.downtime import Asked, pages
from dashboard.handover.downtime_pdf import ATTRIBUTION, downtime_pdf
from dashboard.handover.record import Printed
from dashboard.parts.forms.kinds import FORMS
from dashboard.parts.intended_use import SHORT

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
_CLOCK = re.compile(r"^time of day \(.*\)$", re.IGNORECASE)


def _form(kind: str, years: float, values: dict) -> None:
    """A form on the screen, with those answers; runs in Streamlit's own scope."""
    from datetime import UTC, datetime

    from dashboard.parts.forms.kinds import FORMS, Around
    from dashboard.parts.forms.sheet import Sheet
    from toxmodels.records import Case, Patient

    case = Case(format="toxwatch-case/1", patient=Patient(id="x", age_years=years))
    sheet = Sheet("t", dict(values))
    FORMS[kind].draw(sheet, Around(case, datetime(2026, 3, 20, 12, 0, tzinfo=UTC), None))


def _on_screen(
    kind: str, years: float, values: dict[str, Any]
) -> list[tuple[str, tuple[str, ...]]]:
    """Every question on the screen in order: its label and its choices."""
    at = AppTest.from_function(_form, args=(kind, years, values), default_timeout=60).run()
    assert not at.exception, at.exception
    return [*_questions(at.main)]


def _questions(node: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    label = getattr(node, "label", None)
    if getattr(node, "type", "") != "button" and isinstance(label, str) and label:
        options = getattr(node, "options", None)
        said = [getattr(one, "content", one) for one in options or ()]
        yield label, tuple(map(str, said))
    children = getattr(node, "children", None)
    if isinstance(children, dict):
        for child in children.values():
            yield from _questions(child)


def _alike(label: str) -> str:
    """A time on paper says whose it is and leaves the zone to the head of the sheet."""
    bare = (
        label.rpartition(": ")[2] if label.lower().endswith((": day", ": time of day")) else label
    )
    return "time of day" if _CLOCK.match(bare) else bare.lower()


def _all(asked: tuple[Asked, ...]) -> Iterator[Asked]:
    for one in asked:
        yield one
        for follows in one.follows:
            yield from _all(follows.asked)


def _cases() -> Iterator[tuple[str, str, float, tuple[Asked, ...]]]:
    for page in pages():
        kind = next(k for k, form in FORMS.items() if page.title.startswith(form.title))
        asked = tuple(one for one in page.asked if not one.name.startswith("when/"))
        yield page.title, kind, 6.0 if "CAPD" in page.title else 40.0, asked


CASES = [*_cases()]


@pytest.mark.parametrize(("title", "kind", "years", "asked"), CASES, ids=[c[0] for c in CASES])
def test_the_paper_asks_what_the_screen_asks_in_the_same_order(title, kind, years, asked):
    tried = 0
    for values, paper in _ways(asked):
        screen = [(_alike(label), options) for label, options in _on_screen(kind, years, values)]
        written = [(_alike(one.label), one) for one in paper]
        assert [label for label, _ in screen] == [label for label, _ in written], values
        for (label, options), (_, one) in zip(screen, written, strict=True):
            if options:
                assert options == one.choices, label
        tried += 1
    assert tried > sum(bool(one.follows) for one in asked)


def _ways(asked: tuple[Asked, ...]) -> Iterator[tuple[dict[str, Any], list[Asked]]]:
    """Nothing answered, then each answer from which more follows; the exam as it starts."""
    start = {one.name: one.values[0] for one in asked if one.name == "how"}
    yield start, [*_with(asked, start)]
    for one in asked:
        for follows in one.follows:
            for answer in {follows.answers[0]: 1, follows.answers[-1]: 1}:
                value = one.values[one.choices.index(answer)]
                values = {**start, one.name: value}
                yield values, [*_with(asked, values)]


def _with(asked: tuple[Asked, ...], values: dict[str, Any]) -> Iterator[Asked]:
    for one in asked:
        yield one
        for follows in one.follows:
            given = values.get(one.name)
            chosen = None if given is None else one.choices[one.values.index(given)]
            if chosen in follows.answers:
                yield from _with(follows.asked, values)


def test_a_question_that_is_added_to_a_form_comes_onto_the_paper(monkeypatch):
    form = FORMS["vitals"]

    def more(sheet, around):
        form.draw(sheet, around)
        if sheet.choice("new", "A new question", {"a": "First", "b": "Second"}) == "b":
            sheet.number("newer", "A newer one (mg)")

    changed = {**FORMS, "vitals": type(form)(*[
        more if name == "draw" else getattr(form, name) for name in form.__dataclass_fields__
    ])}  # fmt: skip
    monkeypatch.setattr(downtime, "FORMS", changed)
    downtime.pages.cache_clear()
    try:
        new = pages()[0].asked[-1]
    finally:
        downtime.pages.cache_clear()
    assert (new.label, new.choices) == ("A new question", ("First", "Second"))
    assert [(f.answers, [x.label for x in f.asked]) for f in new.follows] == [
        (("Second",), ["A newer one (mg)"])
    ]


def test_every_form_and_every_word_is_on_the_printed_sheets():
    made = downtime_pdf(Printed("AB (nurse)", NOW, UTC))
    document = pypdfium2.PdfDocument(made)
    try:
        said = []
        for number in range(len(document)):
            page = document[number]
            words = page.get_textpage()
            said.append(words.get_text_bounded())
            words.close()
            page.close()
    finally:
        document.close()
    for number, text in enumerate(said, 1):
        assert f"page {number} of {len(said)}" in text
        assert SHORT in text
        for asked in ("Patient id", "Second identifier", "Ward"):
            assert asked in text
    whole = _close("".join(said))
    for page in pages():
        assert _close(page.title) in whole
        assert _close(page.asks_when) in whole
        for one in _all(page.asked):
            assert _close(one.label.split(" ")[0]) in whole
            if one.kind != "text":
                for choice in one.choices:
                    assert _close(f"☐{choice}") in whole, (one.label, choice)
    assert whole.count(_close(ATTRIBUTION[0])) == 3  # vitals, and the exam of adults and children
    assert "[U+" not in whole


def _close(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_units_stand_on_the_paper():
    labels = {one.label for page in pages() for one in _all(page.asked)}
    for label in ("Temperature (°C)", "Systolic pressure (mmHg)", "Ferritin (µg/L)"):
        assert label in labels
