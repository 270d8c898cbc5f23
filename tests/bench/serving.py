"""The server that is measured: the product's own, and a way to read what it has used."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.health.tree import ROOT
from tests.serving import Server


@dataclass(frozen=True, slots=True)
class Used:
    """Processor time and memory of the server process, as it says itself."""

    cpu_ms: float
    memory_mib: float


class MeasuredServer(Server):
    """As ``Server``, with the pages to compare with and the routes that say what was used."""

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "uvicorn", "tests.bench.compared:app"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--timeout-graceful-shutdown", "2"]
        command += ["--ws-per-message-deflate", "false"]  # as ``toxwatch serve`` starts it
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def used(self) -> Used:
        """What the process has used so far."""
        return Used(**self._ask("used"))

    def sign_on(self, seat: str) -> None:
        """Give a browser that sends this seat a person."""
        self._ask(f"seat?seat={seat}")

    def new_minute(self) -> float:
        """Work out the whole board as after a turn of the minute; milliseconds of processor."""
        return float(self._ask("minute")["cpu_ms"])

    def _ask(self, what: str) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.address}/bench/{what}", timeout=60) as answer:
            found: dict[str, float] = json.load(answer)
            return found


@contextmanager
def measured(folder: Path, **environment: str) -> Iterator[MeasuredServer]:
    """A server that is ready, and gone afterwards."""
    server = MeasuredServer(folder, **environment)
    try:
        server.wait()
        yield server
    finally:
        server.close()
