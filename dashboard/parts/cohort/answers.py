"""One answer on the page: its sentence, its picture, its table, and the files of both."""

from __future__ import annotations

from typing import Final

import polars as pl
import streamlit as st

from dashboard import session, theme
from dashboard.accounts.allowing import allow, note
from dashboard.charts.cohort import Panel, cohort_figure, cohort_png
from dashboard.cohorts.answer import Answer
from dashboard.cohorts.in_short import in_short
from dashboard.cohorts.panels import panels
from dashboard.exports import csv_text, heading
from dashboard.parts import html
from dashboard.parts.cohort.choosing import Place
from dashboard.parts.grade import esc

__all__ = ["draw_answer", "table_html"]

_MOST_PANELS: Final = 9
_NOBODY: Final = "nobody signed on"


def draw_answer(one: Answer, place: Place) -> None:
    """Draw it."""
    html.show(f'<h2 class="tw-sub">{esc(one.title)}</h2><p>{esc(one.says)}</p>')
    drawn = panels(one)[:_MOST_PANELS]
    if drawn:
        st.vega_lite_chart(
            spec=cohort_figure("dark" if theme.is_dark() else "light", one.id, drawn),
            theme=None,
            alt=f"{one.title}. {one.says}",
            key=f"cohort/picture/{one.id}",
        )
    if one.missing:
        said = "".join(f"<li>{esc(gap)}</li>" for gap in one.missing)
        html.show(f'<ul class="tw-faint">{said}</ul>')
    with st.expander(f"{one.title} as a table"):
        html.show(table_html(in_short(one)))
    _save(one, drawn, place)


def table_html(frame: pl.DataFrame) -> str:
    """The frame as a table; what is not there is a dash, never a zero."""
    head = "".join(f'<th scope="col">{esc(name)}</th>' for name in frame.columns)
    lines = []
    for row in frame.iter_rows():
        first, *rest = ("-" if cell is None else str(cell) for cell in row)
        cells = "".join(f"<td>{esc(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{esc(first)}</th>{cells}</tr>')
    return (
        f'<table class="tw-findings"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _save(one: Answer, drawn: list[Panel], place: Place) -> None:
    person = session.signed_on()  # a copy is made outside the session: nobody is known there
    lines = _lines(one, place, person)
    left, right = st.columns(2)
    left.download_button(
        "CSV",
        data=lambda: _left(person, place, one.id, _csv(one, lines)),
        file_name=f"toxwatch-cohort-{one.id}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"cohort/csv/{one.id}",
    )
    if drawn:
        right.download_button(
            "PNG",
            data=lambda: _left(person, place, one.id, cohort_png(one.id, drawn, lines)),
            file_name=f"toxwatch-cohort-{one.id}.png",
            mime="image/png",
            on_click="ignore",
            key=f"cohort/png/{one.id}",
        )


def _csv(one: Answer, lines: tuple[str, ...]) -> bytes:
    told = (*lines, one.says, *one.missing)
    return csv_text(one.frame.columns, one.frame.iter_rows(), told).encode("utf-8-sig")


def _lines(one: Answer, place: Place, person: session.Person | None) -> tuple[str, ...]:
    now = session.now()
    who = _NOBODY if person is None else f"{person.name} ({person.role})"
    marked = "" if place.is_file else "SYNTHETIC, "
    return heading(f"{marked}{one.title}, cohort: {place.name}", who=who, at=now, shown=now)


def _left(person: session.Person | None, place: Place, what: str, copy: bytes) -> bytes:
    """Counts of a file leave only with those who may export, and on record."""
    if not place.is_file:
        return copy
    now = session.now()
    allow(session.store(), person, "export", now=now)
    note(session.store(), "export", person, now=now, detail={"what": f"cohort {what}"})
    return copy
