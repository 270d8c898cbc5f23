"""
Certificates of a debrief: who has earned one, why another has not, and each as PDF.

A certificate is kept in the journal when it is first taken, under a code that nobody can guess;
taken again it is the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import streamlit as st

from dashboard import session
from dashboard.handover.record import Printed
from dashboard.parts import html
from dashboard.parts.grade import esc
from dashboard.parts.training.acting import Later, later
from dashboard.training import doing
from dashboard.training.certificate import (
    Certified,
    attempt_text,
    certified,
    fingerprint,
    not_earned,
    of_body,
    pass_mark,
)
from dashboard.training.desk import Desk
from dashboard.training.mine import attempt
from dashboard.training.room import Standing
from dashboard.training.scoring import GroupScore, TraineeScore
from toxmodels import rules_digest

__all__ = ["certificate_html", "certificates", "kept_facts"]

_PDF: Final = "application/pdf"
_ALONE: Final = "nobody: played alone"


def certificates(here: Standing, found: GroupScore, *, named: Callable[[str], str]) -> None:
    """A button for each who has earned one, and the reasons of the others."""
    mark = pass_mark()
    html.show(
        f'<p class="tw-faint">Earned from {mark.whole_percent:g} % in all and '
        f"{mark.each_aim_percent:g} % in each aim, by who was asked at least "
        f"{mark.asked_percent:g} % of the way. House figures, not yet reviewed by a clinician.</p>"
    )
    # A file is made when it is fetched, outside of any session: who fetches it is known only here.
    fetcher = later()
    earned = [one for one in found.trainees if not not_earned(here.room.course, one, mark)]
    with st.container(horizontal=True):
        for one in earned:
            st.download_button(
                f"Certificate of {named(one.name)}".replace("*", r"\*"),
                data=partial(_pdf, fetcher, here, one),
                file_name=f"certificate-{here.room.course.id}-{_safe(one.name)}.pdf",
                mime=_PDF,
                on_click="ignore",
                key=f"certificate/{here.room.id}/{one.name}",
            )
    others = [one for one in found.trainees if one not in earned]
    html.show("".join(_why_not(here, one, named(one.name)) for one in others))


def _why_not(here: Standing, one: TraineeScore, name: str) -> str:
    reasons = "".join(
        f"<li>{esc(why)}</li>" for why in not_earned(here.room.course, one, pass_mark())
    )
    return f'<p>No certificate for {esc(name)} yet:</p><ul class="tw-words">{reasons}</ul>'


def _pdf(fetcher: Later, here: Standing, one: TraineeScore) -> bytes:
    """Keep it, then print what was kept; the codes of the journal hold, not ours."""
    from dashboard.training.certificate_pdf import certificate_pdf

    at = fetcher.desk()
    facts = kept_facts(at, here, one)
    person = at.person
    by = "somebody not signed on" if person is None else f"{person.name} ({person.role})"
    return certificate_pdf(facts, Printed(by, at.now, fetcher.zone))


def kept_facts(at: Desk, here: Standing, one: TraineeScore) -> Certified:
    """
    The certificate as the journal keeps it, made and kept if this is the first time.

    Raises:
        NotAllowed, WrongMoment: by name.

    """
    trainee = here.trainee(one.name)
    given = here.given.get(one.name, {})
    made = certified(
        here.room.course,
        one,
        role="unknown" if trainee is None else trainee.role,
        held_by=_ALONE if here.room.way == "alone" else here.room.held_by,
        finished_at=max((said.at for said in given.values()), default=at.now),
        story_digest=here.room.digest,
        rules=rules_digest(),
        mark=pass_mark(),
        attempt=attempt(at.training, one.name, here.room.id),
    )
    kept = doing.certify(at, room=here.room.id, trainee=one.name, result=made.body())
    return of_body(kept.body)


def certificate_html(facts: Certified) -> str:
    """What a certificate certifies, as its sheet says it."""
    aims = "".join(f"<li>{esc(says)}: {percent:g} %</li>" for says, percent in facts.aims)
    rows = (
        ("Name", f"{facts.name}, {facts.role}"),
        ("Case", f"{facts.title} ({facts.level})"),
        ("In all", f"{facts.whole_percent:g} % of {facts.questions} questions"),
        ("Not asked", f"{facts.not_asked}, closed before joining" if facts.not_asked else "none"),
        (
            "Finished",
            f"{session.local(datetime.fromisoformat(facts.finished_at)):%d-%b-%Y %H:%M %Z}",
        ),
        ("Held by", facts.held_by),
        ("Attempt", "not counted" if facts.attempt is None else attempt_text(facts.attempt)),
        ("Fingerprint", fingerprint(facts)),
        ("Case edition", facts.story_digest[:16]),
        ("Rules", facts.rules[:16]),
    )
    pairs = "".join(f"<dt>{esc(label)}</dt><dd>{esc(said)}</dd>" for label, said in rows)
    return (
        f'<section class="tw-certificate"><dl class="tw-answers">{pairs}</dl>'
        f'<ul class="tw-words">{aims}</ul></section>'
    )


def _safe(name: str) -> str:
    return "".join(one if one.isalnum() else "-" for one in name)
