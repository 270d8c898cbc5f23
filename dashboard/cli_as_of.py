"""
``toxwatch as-of``: a patient or a ward as known at a past time, and what today's rules say of it.

It prints what the replay of the screens shows. Exit status: 0 shown; 1 a kept result could not be
reproduced or somebody could not be shown; 2 what was given cannot be used.
"""

from __future__ import annotations

import dataclasses
import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard.cli_answers import FAILED, REFUSED, print_json, refusing
from dashboard.cli_files import refusal
from toxmodels.casefile import printable, read_time

if TYPE_CHECKING:
    from dashboard.as_of.asked import Replay
    from dashboard.as_of.replaying import Replayed
    from dashboard.store import Store

__all__ = ["as_of"]

ROLE = "command line"


def as_of(  # noqa: PLR0917 - one parameter for each option
    time: Annotated[str, typer.Argument(metavar="TIME", help="A past time with offset.")],
    patient: Annotated[
        str | None, typer.Option(metavar="ID", help="One patient. Default: the whole ward.")
    ] = None,
    ward: Annotated[
        str | None, typer.Option(metavar="ID", help="Id of the ward. Default: the only one.")
    ] = None,
    rules: Annotated[
        str, typer.Option(metavar="then|today", help="By the rules of that day, or of today.")
    ] = "then",
    database: Annotated[
        str | None,
        typer.Option(
            envvar="TOXWATCH_DATABASE",
            metavar="URL",
            help="sqlite:///PATH or postgresql://... Default: the embedded store of this user.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show what was known, what was said, and what today's rules would say otherwise."""
    from dashboard import session
    from dashboard.as_of.asked import Replay

    if database:
        os.environ["TOXWATCH_DATABASE"] = database
    with refusing():
        moment = read_time(time, "TIME")
        if moment > session.now():
            raise refusal("TIME", "lies ahead", "name a past time")
        if rules not in ("then", "today"):
            raise refusal("--rules", f'"{rules}" is neither', "then or today")
    asked = Replay(moment, "today" if rules == "today" else "then")
    with _store() as opened:
        found = _found(opened, asked, ward, patient)
        _note(opened, asked, found)
        told = [_told(opened, one) for one in found]
    if as_json:
        print_json({**_head(asked), "patients": told})
    else:
        for line in _lines(asked, found):
            typer.echo(printable(line))
    if any(one.verdict in ("not-reproduced", "unreadable") for one in found):
        raise typer.Exit(FAILED)


def _found(
    opened: Store, asked: Replay, ward: str | None, patient: str | None
) -> Sequence[Replayed]:
    from dashboard import ward as wards
    from dashboard.as_of.replaying import known_patient, known_ward

    if patient is not None:
        return (known_patient(wards.home_of(patient), patient, asked),)
    known = [one.id for one in opened.wards()]
    if ward is None and len(known) != 1:
        with refusing():
            raise refusal("--ward", "there is not exactly one ward", f"one of {', '.join(known)}")
    return known_ward(ward or known[0], asked)


def _note(opened: Store, asked: Replay, found: Sequence[Replayed]) -> None:
    """Who looked at whom, as of when, is on record, as for every view."""
    for one in found:
        opened.audit(
            "view", at=datetime.now(UTC), who=getpass.getuser(), role=ROLE,
            ward_id=one.row.ward_id, patient_id=one.row.patient_id, detail=asked.parameters,
        )  # fmt: skip


def _head(asked: Replay) -> dict[str, Any]:
    from dashboard.as_of.rule_set import rule_set

    return {
        "as_of": asked.moment.isoformat(),
        "rules": asked.rules,
        "rules_of_today": rule_set().digest,
    }


def _told(opened: Store, one: Replayed) -> dict[str, Any]:
    """One patient for machines."""
    from dashboard.as_of.differences import file_changes
    from dashboard.as_of.rule_set import rule_set
    from dashboard.states import PatientState

    kept = one.kept
    changes = file_changes(opened, kept.rules, rule_set().files) if kept and one.differs else ()
    shown = None
    if isinstance(one.row, PatientState):
        shown = one.row.assessment.model_dump(mode="json", exclude={"rules"})
    return {
        "patient": one.row.patient_id,
        "verdict": one.verdict,
        "fault": None if isinstance(one.row, PatientState) else one.row.says,
        "kept": None
        if kept is None
        else {
            "at": kept.at.isoformat(),
            "assessed_at": kept.assessed_at.isoformat(),
            "entry_position": kept.entry_position,
            "acknowledged": kept.acknowledged,
            "program": kept.program,
            "rules": kept.rules,
            "protocol": kept.protocol,
        },
        "said_then": one.then,
        "said_by_todays_rules": one.today,
        "shown": shown,
        "differences": [dataclasses.asdict(each) for each in one.differs],
        "not_reproduced": [dataclasses.asdict(each) for each in one.broken],
        "not_kept_by_then": [dataclasses.asdict(each) for each in one.gap],
        "rule_files": None if changes is None else [dataclasses.asdict(each) for each in changes],
    }


def _lines(asked: Replay, found: Sequence[Replayed]) -> Iterator[str]:
    """The same for people."""
    from dashboard.parts.grade import grade_text
    from dashboard.states import PatientState
    from toxmodels.scales import STEPPED

    yield f"AS KNOWN AT {asked.moment.isoformat()}, rules: {asked.rules}. NOT NOW."
    for one in found:
        if isinstance(one.row, PatientState):
            grades = ", ".join(
                grade_text(scale.short, one.row.assessment.grades.get(id_))
                for id_, scale in STEPPED.items()
            )
            yield f"{one.row.patient_id}: {grades} ({one.verdict})"
        else:
            yield f"{one.row.patient_id}: {one.row.says} ({one.verdict})"
        for each in one.broken:
            yield f"  NOT REPRODUCED {each.what} {each.name}: kept {each.then}; now {each.today}"
        for each in one.gap:
            yield f"  not kept by then: {each.what} {each.name}: {each.then} -> {each.today}"
        for each in one.differs:
            yield f"  {each.what} {each.name}: then {each.then}; today {each.today}"


@contextmanager
def _store() -> Iterator[Store]:
    """The store of this command; its refusals become one line and an exit status."""
    from dashboard import session, store

    theirs = (store.UnknownPatient, store.UnknownWard)
    try:
        yield session.live_store()
    except store.StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED if isinstance(error, theirs) else FAILED) from None
    finally:
        session.close_stores()
