"""
The debrief: the case replayed pause by pause, and what the group's answers come to.

A trainer sees everybody, with names that can be hidden on a wall; a trainee sees what he himself
answered, once the case is over for him.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dashboard import session, theme
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.permissions import may
from dashboard.accounts.person import Person
from dashboard.charts.confusion import Matrix, confusion_figure, confusion_words
from dashboard.parts import html
from dashboard.parts.forms.plain import as_text
from dashboard.parts.grade import esc
from dashboard.parts.training.acting import desk
from dashboard.parts.training.documents import documents
from dashboard.parts.training.figures import (
    agreement_html,
    missed_html,
    summary_html,
    tables_html,
    trainees_html,
)
from dashboard.parts.training.questions import one_flow
from dashboard.parts.training.replay import replay
from dashboard.parts.training.style_trainer import SHEET
from dashboard.parts.training.turning import room_from_url, turn_to
from dashboard.store import StoreError
from dashboard.training.desk import Desk, current
from dashboard.training.missed import most_missed
from dashboard.training.room import Standing, asked
from dashboard.training.scoring import GroupScore, score
from dashboard.training.showing import CASE_ZONE
from toxmodels.scales import SCALES

__all__ = ["page", "scored"]


def page() -> None:
    """The debrief of the room in the address, as this person may see it."""
    html.show_style(SHEET)
    person = session.signed_on()
    asked_for = room_from_url()
    if person is None or not may(person.role, "learn"):
        st.info("To look back on a case, sign on as a trainer, or as who took part in it.")
        return
    try:
        at = desk(person)
        room = None if asked_for is None else at.training.find_room(asked_for)
        if room is None:
            st.error("No room is behind this address.")
            return
        _room(at, current(at.training, room), person)
    except (StoreError, NotAllowed) as error:
        st.error(as_text(error))


def _room(at: Desk, here: Standing, person: Person) -> None:
    everybody = may(person.role, "train")
    if not everybody and here.trainee(person.name) is None:
        st.info("This debrief is for a trainer and for who took part in the room.")
        return
    if here.room.way == "calibration":
        st.info("A calibration has a page of its own.")
        return
    if not everybody:
        here = only(here, person.name)
        if not asked(here, person.name, at.now).is_over:
            st.info("The debrief opens when the case is over.")
            st.button(
                "Back to the case", key="debrief-back", on_click=turn_to, args=("play",),
                kwargs={"room": here.room.id},
            )  # fmt: skip
            return
    _draw(at, here, everybody=everybody)


def only(here: Standing, name: str) -> Standing:
    """The room as if nobody else had been in it: a trainee sees his own answers alone."""
    return replace(
        here,
        trainees=tuple(one for one in here.trainees if one.name == name),
        given={name: here.given.get(name, {})},
        deeds={name: here.deeds.get(name, ())},
        certified={key: row for key, row in here.certified.items() if key == name},
    )


def scored(at: Desk, here: Standing) -> GroupScore:
    """Everybody's answers marked; what closed without an answer counts, what came before not."""
    stands = {one.name: asked(here, one.name, at.now) for one in here.trainees}
    return score(
        here.room.course,
        {one.name: here.answers(one.name) for one in here.trainees},
        closed={name: one.closed for name, one in stands.items()},
        before={name: one.before for name, one in stands.items()},
    )


def _draw(at: Desk, here: Standing, *, everybody: bool) -> None:
    story = here.room.course.story
    names = _head(at, here, everybody=everybody)
    if not here.trainees:
        st.info("Nobody took part in this room, so there is nothing to look back on.")
        return
    found = scored(at, here)
    _title("The case again")
    replay(here, CASE_ZONE, names=names)
    _title("What it comes to")
    html.show(summary_html(found))
    html.show(missed_html(most_missed(here.room.course, found)))
    _agreement(here, found)
    _title("Aims and questions")
    html.show(tables_html(here.room.course, found))
    if everybody:
        html.show(trainees_html(found, names=names))
    _title("To remember")
    html.show(f'<p class="tw-debrief">{esc(one_flow(story.debrief))}</p>')
    _title("For education records")
    documents(here, found, named=_namer(here, names=names))


def _head(at: Desk, here: Standing, *, everybody: bool) -> bool:
    """Title, state, and whether names are shown; returns that."""
    story = here.room.course.story
    many = len(here.trainees)
    people = "1 trainee" if many == 1 else f"{many} trainees"
    html.show(
        f'<h1 class="tw-head">Debrief: {esc(story.title)} <small>{esc(story.level)}, '
        f"{esc(people)}, {here.room.opened_at:%d-%b-%Y}, held by {esc(here.room.held_by)}"
        "</small></h1>"
    )
    if not all(asked(here, one.name, at.now).is_over for one in here.trainees):
        st.warning("The case is not over for everybody: these figures still change.")
    if not everybody:
        return True
    shown = st.toggle("Show names (off for a wall)", value=True, key="debrief-names")
    return bool(shown)


def _namer(here: Standing, *, names: bool) -> Callable[[str], str]:
    numbers = {one.name: f"Trainee {place}" for place, one in enumerate(here.trainees, start=1)}
    return lambda name: name if names else numbers.get(name, "Trainee")


def _title(text: str) -> None:
    html.show(f'<h2 class="tw-sub">{esc(text)}</h2>')


def _agreement(here: Standing, found: GroupScore) -> None:
    answers = {one.name: here.answers(one.name) for one in here.trainees}
    html.show(agreement_html(here.room.course, answers, found))
    drawn = [
        Matrix(SCALES[one.scale].short, one.labels, tuple(map(tuple, one.rows())))
        for one in found.confusions
    ]
    if not drawn:
        return
    said = " ".join(confusion_words(one) for one in drawn)
    figure = confusion_figure("dark" if theme.is_dark() else "light", drawn)
    st.vega_lite_chart(
        spec=figure,
        theme=None,
        alt=said,
        key=f"confusion/{here.room.id}",
    )
    html.show(f'<p class="tw-faint">{esc(said)}</p>')
