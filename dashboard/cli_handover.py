"""
``toxwatch handover`` and ``toxwatch downtime-sheet``: text to paste, and PDF to print.

A print of the store is put on its audit trail; a case file has none.
"""

from __future__ import annotations

import getpass
import os
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dashboard.cli_answers import FAILED, REFUSED, refusing
from dashboard.cli_files import cases_in, refusal
from dashboard.cli_protocols import protocol_named
from toxmodels.casefile import printable, read_time

if TYPE_CHECKING:
    from dashboard.handover.pdf import Sheet
    from dashboard.handover.record import Handover, Printed
    from toxmodels.records import Case

__all__ = ["downtime_sheet", "handover"]

DATABASE: Final = "TOXWATCH_DATABASE"
ZONE: Final = "TOXWATCH_ZONE"
ROLE: Final = "command line"

_Pdf = Annotated[
    str | None, typer.Option("--pdf", metavar="FILE", help="Write a PDF instead of text.")
]
_Zone = Annotated[
    str | None,
    typer.Option(envvar=ZONE, metavar="NAME", help="Clock to write in: Europe/Berlin. Else UTC."),
]
_By = Annotated[str | None, typer.Option(help="Who prints, written on every page. Default: you.")]


def handover(  # noqa: PLR0917 - one parameter for each option
    case: Annotated[
        str | None, typer.Argument(metavar="[CASE.json]", help="A case file; - reads it in.")
    ] = None,
    patient: Annotated[
        str | None, typer.Option(metavar="ID", help="A patient of the store instead of a file.")
    ] = None,
    ward: Annotated[
        str | None, typer.Option(metavar="ID", help="Every patient of a ward of the store.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Tell changes from then. Default: 12 hours before."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="State at that time. Default: now; last record of a file."
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="ID|FILE.toml", help="The protocol your site follows; files only."),
    ] = None,
    pdf: _Pdf = None,
    zone: _Zone = None,
    by: _By = None,
    database: Annotated[
        str | None, typer.Option(envvar=DATABASE, metavar="URL", help="The store, as for serve.")
    ] = None,
) -> None:
    """Hand over one patient or a ward: SBAR with what changed, as text or as PDF."""
    from dashboard.handover.record import Printed

    with refusing():
        where = _zone(zone)
        named = [one for one in (case, patient, ward) if one is not None]
        if len(named) != 1:
            cure = "toxwatch handover CASE.json, or --patient ID, or --ward ID"
            raise refusal("handover", "name one of a case file, a patient or a ward", cure)
        times = _time(since, "--since"), _time(at, "--at")
        _refuse_existing(pdf)
        printed = Printed(by or getpass.getuser(), datetime.now(UTC), where)
        if case is not None:
            found = _of_file(cases_in(case), times, protocol, where)
            _give(found, [], pdf, printed, ward=None)
            return
        if protocol is not None:
            raise refusal("--protocol", "a ward has chosen its own", "leave it out")
    _of_store((patient, ward), times, pdf, printed, database)


def _of_file(
    cases: list[Case],
    times: tuple[datetime | None, datetime | None],
    protocol: str | None,
    zone: tzinfo,
) -> list[Sheet]:
    from dashboard.handover.building import handover_of
    from dashboard.handover.gathering import CASE_FILE, SHIFT, state_of_case
    from dashboard.parts.patient.trajectories import drawn_for

    chosen = None if protocol is None else protocol_named(protocol)
    since, at = times
    sheets: list[Sheet] = []
    for case in cases:
        state = state_of_case(case, at, chosen)
        begin = _begin(since, state.at, state.at - SHIFT)
        told = handover_of(state, None, since=begin, zone=zone, ward=CASE_FILE)
        sheets.append((told, drawn_for(state, "72 h", zone)))
    return sheets


def _of_store(
    whom: tuple[str | None, str | None],
    times: tuple[datetime | None, datetime | None],
    pdf: str | None,
    printed: Printed,
    database: str | None,
) -> None:
    from dashboard import session, store
    from dashboard import ward as wards
    from dashboard.handover.gathering import SHIFT, back_by, sheet_of, ward_sheets
    from dashboard.states import PatientState

    if database:
        os.environ[DATABASE] = database
    (patient, ward_id), (since, at) = whom, times
    refused = (store.UnknownPatient, store.UnknownWard)
    try:
        names = {one.id: one.name for one in session.store().wards()}
        faults: list[tuple[str, str]] = []
        if patient is not None:
            state: PatientState = wards.patient_state(patient, at)
            with refusing():
                begin = _begin(since, state.at, state.at - SHIFT)
            ward_id = state.ward_id
            sheets = [sheet_of(state, begin, printed.zone, names[ward_id])]
        else:
            if ward_id is None or ward_id not in names:
                known = ", ".join(names) or "none"
                raise store.UnknownWard(f'ward "{ward_id}"', "does not exist.", f"Wards: {known}.")
            begin_at = back_by(SHIFT)
            if since is not None:
                with refusing():
                    _begin(since, session.now() if at is None else at, since)
                begin_at = partial(_always, since)
            sheets, faults = ward_sheets(ward_id, names[ward_id], begin_at, printed.zone, at)
        session.store().audit(
            "print",
            at=printed.at,
            who=printed.by,
            role=ROLE,
            ward_id=ward_id,
            patient_id=patient,
            detail={"what": "handover", "as": "pdf" if pdf else "text"},
        )
    except store.StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED if isinstance(error, refused) else FAILED) from None
    finally:
        session.close_stores()
    with refusing():
        _give(sheets, faults, pdf, printed, ward=None if patient is not None else names[ward_id])


def _give(
    sheets: list[Sheet],
    faults: list[tuple[str, str]],
    pdf: str | None,
    printed: Printed,
    ward: str | None,
) -> None:
    """Write the file, or print the text; nothing that lies there is written over."""
    from dashboard.handover.pdf import patient_pdf, ward_pdf
    from dashboard.handover.text import texts_of

    if pdf is None:
        for patient_id, says in faults:
            typer.echo(printable(f"{patient_id}: cannot be graded: {says}"), err=True)
        told: list[Handover] = [one for one, _ in sheets]
        typer.echo(texts_of(told, printed), nl=False)
        return
    if ward is None and len(sheets) == 1:
        body = patient_pdf(sheets[0], printed)
    else:
        body = ward_pdf(ward or "case files", sheets, faults, printed)
    _write(pdf, body)


def downtime_sheet(
    pdf: Annotated[str, typer.Option("--pdf", metavar="FILE", help="Where to write the PDF.")],
    zone: _Zone = None,
    by: _By = None,
) -> None:
    """Print the entry forms for when the computer is down: the same fields, units and choices."""
    from dashboard.handover.downtime_pdf import downtime_pdf
    from dashboard.handover.record import Printed

    with refusing():
        where = _zone(zone)
        _refuse_existing(pdf)
        printed = Printed(by or getpass.getuser(), datetime.now(UTC), where)
        _write(pdf, downtime_pdf(printed))


def _always(since: datetime, _: datetime) -> datetime:
    return since


def _begin(since: datetime | None, at: datetime, otherwise: datetime) -> datetime:
    if since is not None and since >= at:
        raise refusal("--since", "lies after the time of the handover", "give an earlier time")
    return otherwise if since is None else since


def _time(text: str | None, option: str) -> datetime | None:
    return None if text is None else read_time(text, option)


def _zone(name: str | None) -> tzinfo:
    try:
        return UTC if not name else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise refusal("--zone", f'"{name}" is no time zone', "such as Europe/Berlin") from None


def _refuse_existing(pdf: str | None) -> None:
    if pdf is not None and Path(pdf).exists():
        raise refusal(pdf, "exists already", "choose another name")


def _write(name: str, body: bytes) -> None:
    try:
        with Path(name).open("xb") as file:
            file.write(body)
    except OSError as error:
        raise refusal(name, f"cannot be written: {error.strerror or error}") from None
