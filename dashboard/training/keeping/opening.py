"""
Where the training journal lies, and opening it once a process.

Never in the ward's database: invented patients and exam results have no place beside records.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.exc import ArgumentError

from dashboard.store.errors import GuardMissing, SettingsRefused
from dashboard.store.guards import missing_guards
from dashboard.store.migrating import migrate, newest_schema, schema_of
from dashboard.store.opening import default_file, may_migrate, ready_engines
from dashboard.training.keeping.errors import TrainingNotPlaced
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.keeping.tables import GUARDS_POSTGRESQL, GUARDS_SQLITE

__all__ = [
    "SCRIPTS", "bring_up_to_date", "close_training_stores", "open_training", "training_address",
    "training_store",
]  # fmt: skip

SETTING: Final = "TOXWATCH_TRAINING_DATABASE"
FILE_NAME: Final = "training.sqlite3"
_WARD: Final = "TOXWATCH_DATABASE"
SCRIPTS: Final = Path(__file__).with_name("migrations")
_CURE: Final = f"Set {SETTING} to sqlite:///PATH or postgresql://USER@HOST/NAME, and start again."

_lock = threading.Lock()
_stores: dict[str, TrainingStore] = {}


def training_address(ward: str | None = None) -> str:
    """
    Where training data lie: as told, or in a file beside the embedded store of the ward.

    ``ward`` is the ward's address where it is another one than this process was started with.

    Raises:
        TrainingNotPlaced: the ward is on a server and nobody said where training data lie.

    """
    told = os.environ.get(SETTING) or None
    if told is not None:
        return told
    ward = ward or os.environ.get(_WARD) or None
    try:
        parsed = None if ward is None else make_url(ward)
    except ArgumentError:
        raise TrainingNotPlaced(_WARD, "this is not a database address.", _CURE) from None
    if parsed is None:
        return f"sqlite:///{default_file().with_name(FILE_NAME)}"
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise TrainingNotPlaced(
            "training",
            "the ward's data are on a server; training data need a database of their own.",
            _CURE,
        )
    return f"sqlite:///{Path(parsed.database).with_name(FILE_NAME)}"


def training_store() -> TrainingStore:
    """
    The journal of this process, at ``training_address()``; opened once.

    Raises:
        TrainingNotPlaced: the ward is on a server and nobody said where training data lie.
        StoreError: it cannot be opened; place, fault, cure.

    """
    url = training_address()
    with _lock:
        if url not in _stores:
            _stores[url] = open_training(url)
        return _stores[url]


def open_training(url: str) -> TrainingStore:
    """Open the journal at an address, creating and migrating it as needed."""
    return TrainingStore(ready_engines(url, update=bring_up_to_date, examine=_examine))


def close_training_stores() -> None:
    """Close what ``training_store`` opened: when the server stops, and between tests."""
    with _lock:
        for opened in _stores.values():
            opened.close()
        _stores.clear()


def bring_up_to_date(connection: Connection, place: str) -> None:
    """Bring the schema up to date, unless this is the ward's database or nobody may."""
    if inspect(connection).has_table("entry"):
        raise TrainingNotPlaced(
            place, "this is the ward's database; training data need one of their own.", _CURE
        )
    found, needed = schema_of(connection), newest_schema(scripts=SCRIPTS)
    if connection.dialect.name == "postgresql" and found is None and not may_migrate(connection):
        raise SettingsRefused(
            place,
            f"the schema is not there, this program needs {needed}, and this account may not "
            "make tables.",
            f"Start once with an account in {SETTING} that may, then with this one again.",
        )
    migrate(connection, place, scripts=SCRIPTS)


def _examine(connection: Connection, place: str) -> None:
    gone = missing_guards(connection, sqlite=GUARDS_SQLITE, postgresql=GUARDS_POSTGRESQL)
    if gone:
        raise GuardMissing(
            place,
            f"the database no longer refuses changes to training results ({', '.join(gone)}).",
            "Find out who removed the guards; put a copy of the file from before in its place.",
        )
