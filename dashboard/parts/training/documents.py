"""
What leaves a debrief for education records: two tables as CSV, and the certificates.

The tables carry names, whatever the wall shows: they are files for a record, not for a projector.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import streamlit as st

from dashboard.parts.training.acting import Later, later
from dashboard.parts.training.certifying import certificates
from dashboard.parts.training.turning import turn_to
from dashboard.training.room import Standing
from dashboard.training.scoring import GroupScore, TraineeScore

__all__ = ["documents"]

_CSV: Final = "text/csv"
_TABLES: Final[dict[Literal["results", "answers"], str]] = {
    "results": "Results (CSV, a trainee a row)",
    "answers": "Answers (CSV, an answer a row)",
}


def documents(here: Standing, found: GroupScore, *, named: Callable[[str], str]) -> None:
    """The buttons; each file is made when it is asked for."""
    fetcher = later()
    with st.container(horizontal=True):
        for which, label in _TABLES.items():
            st.download_button(
                label,
                data=partial(_table, which, fetcher, here, found),
                file_name=f"training-{which}-{here.room.course.id}-{here.room.opened_at:%Y%m%d}.csv",
                mime=_CSV,
                on_click="ignore",
                key=f"debrief-csv/{which}/{here.room.id}",
            )
        st.button("Verify a certificate", key="to-verify", on_click=turn_to, args=("verify",))
    certificates(here, found, named=named)


def _table(
    which: Literal["results", "answers"], fetcher: Later, here: Standing, found: GroupScore
) -> bytes:  # fmt: skip
    from dashboard.training.desk import current
    from dashboard.training.records_csv import Record, answers_csv, records_csv

    at = fetcher.desk()
    person = at.may("learn")
    kept = current(at.training, here.room.id).certified  # also one that was taken a moment ago

    def record(one: TraineeScore) -> Record:
        trainee, given = here.trainee(one.name), here.given.get(one.name, {})
        row = kept.get(one.name)
        return Record(
            score=one,
            role="unknown" if trainee is None else trainee.role,
            joined_at=here.room.opened_at if trainee is None else trainee.joined_at,
            finished_at=max((said.at for said in given.values()), default=None),
            code=None if row is None else str(row.body["code"]),
            answers=here.answers(one.name),
            times={key: said.at for key, said in given.items()},
        )

    made = records_csv if which == "results" else answers_csv
    text = made(
        here.room.course,
        [record(one) for one in found.trainees],
        story_digest=here.room.digest,
        who=f"{person.name} ({person.role})",
        at=at.now,
    )
    return text.encode()
