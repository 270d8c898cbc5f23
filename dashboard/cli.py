"""
The command line: ``toxwatch``.

Results go to standard output. What is wrong goes to standard error, one line a fault, and then
nothing goes to standard output. Exit status: 0 done, 1 the store or the server could not do it,
2 what was given cannot be used.

Only typer and toxmodels are loaded at the start; screen, store and tables come when asked for.
"""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import toxmodels
from dashboard.cli_answers import FAILED, REFUSED, print_json, refusing
from dashboard.cli_as_of import as_of
from dashboard.cli_cohort import add_to as add_cohort
from dashboard.cli_database import app as database_commands
from dashboard.cli_dose import dose
from dashboard.cli_files import cases_in, read, refusal, write_case
from dashboard.cli_handover import downtime_sheet, handover
from dashboard.cli_keeping import add_to as add_keeping
from dashboard.cli_protocols import app as protocols
from dashboard.cli_protocols import protocol_named
from dashboard.cli_questions import add_to as add_questions
from dashboard.cli_score import score
from dashboard.cli_users import app as users
from toxmodels.casefile import printable, read_time
from toxmodels.version import VERSION

if TYPE_CHECKING:
    from dashboard.store import Store
    from toxmodels.records import Case

DATABASE = "TOXWATCH_DATABASE"
ACCOUNTS = "TOXWATCH_ACCOUNTS"
NEW_WARD = "ward"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

app = typer.Typer(
    name="toxwatch",
    help="Grade CRS and ICANS after CAR-T cells and bispecific antibodies, and say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CaseFile = Annotated[str, typer.Argument(metavar="CASE.json", help="A case file; - reads it in.")]
At = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Time to assess at, with offset. Default: the last record."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Database = Annotated[
    str | None,
    typer.Option(
        envvar=DATABASE,
        metavar="URL",
        help="sqlite:///PATH or postgresql://... Default: the embedded store of this user.",
    ),
]


# Deciding


@app.command()
def assess(
    case: CaseFile,
    at: At = None,
    protocol: Annotated[
        str | None,
        typer.Option(metavar="ID|FILE.toml", help="The protocol your site has chosen."),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|all", help="Only this scale, may be repeated; all side by side."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Grade one case at one time: grades with reasons, what is missing, flags and advice."""
    with refusing():
        found = toxmodels.load_case(read(case))
        chosen = None if protocol is None else protocol_named(protocol)
        result = toxmodels.assess(found, _time(at), chosen, scale or None)
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    from dashboard import cli_tables
    from toxmodels.assess import EVERY
    from toxmodels.lens import side_by_side
    from toxmodels.scales.lab_markers import lab_markers

    wants_all = EVERY in (scale or ())
    rows = side_by_side(result.grades, found.therapy, chosen) if wants_all else None
    markers = lab_markers(found, result.at) if wants_all and result.grades else ()
    cli_tables.show_assessment(result, rows, markers)


@app.command()
def course(case: CaseFile, at: At = None, as_json: AsJson = False) -> None:
    """Grade every assessment time of a case, and show the episodes they form."""
    with refusing():
        found = toxmodels.load_case(read(case))
        result = toxmodels.course(found, _time(at))
    if as_json:
        print_json(result.model_dump(mode="json"))
        return
    from dashboard import cli_tables

    cli_tables.show_course(result)


app.command()(dose)
app.command()(score)
app.command()(handover)
app.command("downtime-sheet")(downtime_sheet)
app.command("as-of")(as_of)


# What is built in


@app.command()
def scales(as_json: AsJson = False) -> None:
    """List the scales that grade, with edition and source."""
    from dashboard import cli_tables

    _listing(cli_tables.scale_rows(), "Scales", as_json)


@app.command()
def sources(as_json: AsJson = False) -> None:
    """List the bibliography, with how far each entry was verified."""
    from dashboard import cli_tables

    _listing(cli_tables.source_rows(), "Sources", as_json)


@app.command()
def products(as_json: AsJson = False) -> None:
    """List the products a case file may name, with expected onset."""
    from dashboard import cli_tables

    _listing(cli_tables.product_rows(), "Products", as_json)


app.add_typer(protocols, name="protocols")
app.add_typer(database_commands, name="database")
app.add_typer(users, name="users")


# The dashboard and its store


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    database: Database = None,
    accounts: Annotated[
        bool | None,
        typer.Option(
            "--accounts/--demo",
            help="Ask everybody for a password, or nobody. Default: as soon as there is a ward "
            "that is no sample, or an account.",
        ),
    ] = None,
) -> None:
    """Start the dashboard; the embedded store is made on the first start."""
    from dashboard.accounts.provider_settings import FILE, ProviderRefusedError, provider
    from dashboard.parts.intended_use import SHORT

    try:
        known = provider()
    except ProviderRefusedError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    if known is not None and accounts is False:
        typer.echo(f"--demo: {FILE} is set, so nobody gets in without an account", err=True)
        raise typer.Exit(REFUSED)
    with _store(database):
        pass  # what keeps the store from opening is said in one line, before the server starts
    if database:
        os.environ[DATABASE] = database
    if accounts is not None:
        os.environ[ACCOUNTS] = "required" if accounts else "demo"
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"toxwatch {VERSION} on http://{shown}:{port} (stop with Ctrl+C)")
    typer.echo(SHORT)
    if known is not None:
        typer.echo(f"sign-on: {known.issuer}")
        if known.break_glass:
            typer.echo("break_glass: local accounts may sign on with a password as well", err=True)
    if host not in LOOPBACK:
        warning = "reachable from other machines: put a proxy with TLS and a login in front"
        typer.echo(f"--host {printable(host)}: {warning}", err=True)
    sys.stdout.flush()
    import uvicorn

    # Host and port, not a socket of our own: only then are small messages sent at once.
    # Screens keep streams open: a stop must not wait for them.
    uvicorn.run(
        "dashboard.asgi:app",
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
        # On a ward's own network the processor is the scarce thing, not 40 KB a screen.
        ws_per_message_deflate=False,
    )


@app.command("import")
def import_(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Case files, folders or .zip of CSV files; - too."),
    ],
    ward: Annotated[
        str | None,
        typer.Option(help="Id of the ward; added if new. Default: the only ward there is."),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who imports, kept with every entry. Default: you.")
    ] = None,
    database: Database = None,
) -> None:
    """Store whole cases of patients who are not on record yet: all of them or none."""
    with refusing():
        cases = [case for name in files for case in cases_in(name)]
        _refuse_twice(cases)
    with _store(database) as store:
        _refuse_known(store, cases)
        now = datetime.now(UTC)
        with refusing():
            ward_id = _ward(store, ward, now)
        for case in cases:
            text = toxmodels.dump_case(case)
            who = by or getpass.getuser()
            receipt = store.import_case(text, ward_id=ward_id, recorded_by=who, now=now)
            typer.echo(f"{printable(case.patient.id)}: {len(receipt.entries)} entries stored")


@app.command()
def export(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Id of the patient.")],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", help="FILE.json, FILE.zip (CSV) or a new folder (CSV)."),
    ] = None,
    database: Database = None,
) -> None:
    """Write one patient's case file, as it stands now, to a file or to standard output."""
    with _store(database) as store:
        case = store.case(patient)
        who = getpass.getuser()
        store.audit(
            "export", at=datetime.now(UTC), who=who, role="command-line", patient_id=patient
        )
    if output is None:
        typer.echo(toxmodels.dump_case(case), nl=False)
        return
    with refusing():
        write_case(case, Path(output))


add_keeping(app)
add_cohort(app)
add_questions(app)


def _ward(store: Store, wanted: str | None, now: datetime) -> str:
    """Name the ward to import into: never the sample ward, where everything is invented."""
    wards = store.wards()
    samples = [ward.id for ward in wards if ward.is_sample]
    real = [ward.id for ward in wards if not ward.is_sample]
    if wanted in samples:
        raise refusal("--ward", f'"{wanted}" holds invented patients only', "name another ward")
    if wanted is None and len(real) > 1:
        raise refusal("--ward", "there is more than one ward", f"one of {', '.join(real)}")
    chosen = wanted or (real[0] if real else NEW_WARD)
    if chosen not in real:
        store.add_ward(chosen, chosen, is_sample=False, now=now)
    return chosen


# Refusing


def _refuse_twice(cases: Sequence[Case]) -> None:
    ids = [case.patient.id for case in cases]
    twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if twice:
        says = "is named by more than one of these files"
        raise refusal(f'patient "{twice[0]}"', says, "import each patient once")


def _refuse_known(store: Store, cases: Sequence[Case]) -> None:
    """All or nothing: look for every patient before the first one is stored."""
    from dashboard.store import PatientExists

    known = {line.patient_id for one in store.wards() for line in store.patients(one.id)}
    for case in cases:
        if case.patient.id in known:
            raise PatientExists(
                f'patient "{case.patient.id}"',
                "is on record already; nothing was imported.",
                "Enter new observations on the dashboard, or import under another id.",
            )


@contextmanager
def _store(database: str | None) -> Iterator[Store]:
    """Open the store for one command; its refusals become one line and an exit status."""
    from dashboard import store

    theirs = (store.SubmissionRefused, store.PatientExists, store.UnknownPatient, store.UnknownWard)
    try:
        with store.open_store(database or None) as opened:
            yield opened
    except store.StoreError as error:
        typer.echo(printable(str(error)), err=True)
        raise typer.Exit(REFUSED if isinstance(error, theirs) else FAILED) from None


def _time(text: str | None) -> datetime | None:
    return None if text is None else read_time(text, "--at")


# Printing


def _listing(rows: Sequence[dict[str, str]], title: str, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    from dashboard import cli_tables

    cli_tables.show_rows(title, rows)


if __name__ == "__main__":
    app()
