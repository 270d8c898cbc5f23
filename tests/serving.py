"""A real server for tests: uvicorn in a process of its own, on a free port, with its own store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.health.tree import ROOT

START_S = 60


class Server:
    """One running server; ``stop`` and ``go_on`` freeze and thaw it, ``kill`` ends it at once."""

    def __init__(self, folder: Path, port: int | None = None, **environment: str) -> None:
        self.port = port if port is not None else _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.database = environment.pop("TOXWATCH_DATABASE", f"sqlite:///{folder / 'ward.sqlite3'}")
        self._environment = {**os.environ, "TOXWATCH_DATABASE": self.database, **environment}
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "uvicorn", "dashboard.asgi:app"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--timeout-graceful-shutdown", "2"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def wait(self) -> None:
        """Until the server says it is ready to take an entry."""
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log.read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise RuntimeError(f"not ready in {START_S} s: {self.log.read_text()[-2000:]}")

    def freeze(self) -> None:
        """Let it hang, its connections open."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        """Start again on the same port and store."""
        self.process = self._start()
        self.wait()

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.thaw()
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    """A server that is ready, and gone afterwards."""
    server = Server(folder, **environment)
    try:
        server.wait()
        yield server
    finally:
        server.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
