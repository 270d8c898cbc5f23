"""The script of one dialect: its tables, and the view that grades a table of observations."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from toxmodels.casefile import CaseError, Fault
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.cohort.columns import COLUMNS, PATIENT, TIME, TREATMENT_COLUMNS
from toxmodels.cohort.sql.classes import BESIDE, classes, source
from toxmodels.cohort.sql.course import episodes
from toxmodels.cohort.sql.dialects import DIALECTS, Dialect
from toxmodels.cohort.sql.given import drug_tables, given_parts
from toxmodels.cohort.sql.order import rows_in_order
from toxmodels.cohort.sql.signs import findings
from toxmodels.cohort.sql.tables import tables
from toxmodels.version import VERSION, rules_digest

__all__ = ["VIEW", "statements", "table_statements", "to_sql", "view_statement"]

VIEW: Final = "toxwatch_graded"
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII)
_MADE: Final = re.compile(r"^CREATE [A-Z ]+ (\w+) AS$", re.MULTILINE)
_DEEPEST: Final = 3  # catalogue, schema, table
_FROM_TREATMENTS: Final = ("fever_drug_given_at", "fever_hidden_until")


def to_sql(
    dialect: str,
    table: str = "observations",
    columns: Collection[str] | None = None,
    treatments: str | None = None,
) -> str:
    """
    The whole script of one dialect.

    Args:
        dialect: ``postgres``, ``duckdb`` or ``spark``.
        table: the table or view of observations, with its schema where that is needed.
        columns: the columns it has; those of the flat form by default. One that it does not have
            is read as not recorded.
        treatments: a table of treatments, where there is one.

    Raises:
        CaseError: an unknown dialect or column, or a name that is no plain identifier.

    """
    return "\n".join(statements(dialect, table, columns, treatments))


def statements(
    dialect: str,
    table: str = "observations",
    columns: Collection[str] | None = None,
    treatments: str | None = None,
) -> list[str]:
    """The same, one statement a place, each with its comment."""
    made = table_statements(dialect, with_drugs=treatments is not None)
    return [*made, view_statement(dialect, table, columns, treatments)]


def table_statements(dialect: str, *, with_drugs: bool = True) -> list[str]:
    """The tables of the scalar grader; the same for every table of observations."""
    spoken = _spoken(dialect)
    made = [*tables(spoken), *(drug_tables(spoken) if with_drugs else ())]
    if spoken.counted:
        names = ",\n  ".join(_MADE.findall("".join(made)))
        says = "-- without this the planner takes the tables for large and sorts the rows again\n"
        made.append(f"{says}{spoken.counted.format(names)};\n")
    made[0] = _head(dialect) + made[0]
    return made


def view_statement(
    dialect: str,
    table: str = "observations",
    columns: Collection[str] | None = None,
    treatments: str | None = None,
) -> str:
    """The view of grades over one table of observations; it needs the tables."""
    spoken = _spoken(dialect)
    faults = [*_name_faults("table", table)]
    if treatments is not None:
        faults += _name_faults("treatments", treatments)
    present = _default(treatments) if columns is None else frozenset(columns)
    if columns is not None:
        faults += _column_faults(present, treatments)
    if faults:
        raise CaseError(faults)
    return _head(dialect) + _view(spoken, table, present, treatments)


def _spoken(dialect: str) -> Dialect:
    if dialect not in DIALECTS:
        says, cure = f'no dialect "{dialect}"', f"one of {', '.join(DIALECTS)}"
        raise CaseError([Fault(path="dialect", says=says, suggestion=cure)])
    return DIALECTS[dialect]


def _head(dialect: str) -> str:
    return f"-- toxwatch {VERSION}, rules {rules_digest()}, {dialect}\n"


def _default(treatments: str | None) -> frozenset[str]:
    left_out = () if treatments is None else _FROM_TREATMENTS
    return frozenset(name for name in COLUMNS if name not in left_out)


def _name_faults(path: str, name: str) -> Iterable[Fault]:
    """Names go into the text as they are, so they may be nothing but names."""
    parts = name.split(".")
    if len(parts) > _DEEPEST or not all(_PLAIN.fullmatch(part) for part in parts):
        cure = "letters, digits and _ only, with a point after a schema: registry.observations"
        yield Fault(path=path, says="this is no plain name of a table", suggestion=cure)


def _column_faults(present: Collection[str], treatments: str | None) -> Iterable[Fault]:
    known = (*COLUMNS, *BESIDE)
    for name in sorted(present):
        if name not in known:
            says = "no such column is graded"
            yield Fault(path=f"columns: {name!r}", says=says, suggestion=did_you_mean(name, known))
    for name in (PATIENT, TIME):
        if name not in present:
            yield Fault(path="columns", says=f"{name} is missing", suggestion="see docs/cohorts.md")
    twice = [name for name in _FROM_TREATMENTS if name in present and treatments is not None]
    for name in twice:
        cure = "name the column or the table of treatments, not both"
        yield Fault(path=f"columns: {name}", says="the treatments say this", suggestion=cure)


def _view(dialect: Dialect, table: str, present: Collection[str], treatments: str | None) -> str:
    given = [] if treatments is None else given_parts(dialect, treatments, TREATMENT_COLUMNS)
    parts = [
        ("source", "\n  " + source(dialect, table, present)),
        ("classes", "\n  " + classes(dialect, present)),
        *given,
        *rows_in_order(dialect, "observed" if given else "classes"),
        *findings(),
        *episodes(dialect),
    ]
    made = ",\n".join(f"{name} AS ({text}\n)" for name, text in parts)
    return (
        f"-- one row an observation; patients marked one_by_one need toxwatch grade\n"
        f"{dialect.make_view.format(VIEW)}\nWITH {made}\n{_selected(dialect)};\n"
    )


def _selected(dialect: Dialect) -> str:
    lines = ["graded.patient_id", "graded.taken_at", "graded.one_by_one"]
    onsets = {"crs": "certain_onset_at", "icans": "icans_onset"}
    for scale, onset in onsets.items():
        high = dialect.whole_part.format(scale, "8")
        at = f"CASE WHEN {scale}_status <> 'none' THEN {dialect.instant_of(onset)} END"
        lines += [
            f"{_known(f'MOD({scale}, 8)')} AS {scale}_at_least",
            f"{_known(f'MOD({high}, 8)')} AS {scale}_at_most",
            f"{_known(f'{scale}_decided.signs')} AS {scale}_decided_by",
            f"{_known(f'{scale}_missing.signs')} AS {scale}_missing",
            *([f"{_known('waiver = 2')} AS crs_waived"] if scale == "crs" else []),
            f"{_known(f'{scale}_episode')} AS {scale}_episode",
            f"{_known(f'{scale}_status')} AS {scale}_status",
            f"{_known(at)} AS {scale}_onset_at",
        ]
    said = ",\n  ".join([*lines, f"'{rules_digest()}' AS rules"])
    joins = "\n".join(
        f"LEFT JOIN toxwatch_{scale}_signs AS {scale}_{what} ON {scale}_{what}.place"
        f" = MOD({dialect.whole_part.format(scale, str(step))}, 256)"
        for scale in onsets
        for what, step in (("decided", 64), ("missing", 16384))
    )
    return f"SELECT\n  {said}\nFROM graded\n{joins}"


def _known(value: str) -> str:
    return f"CASE WHEN NOT one_by_one THEN {value} END"
