"""
The way to the database server: with TLS and a checked name wherever it leads over a network.

Where the system has a PostgreSQL that was built with TLS, a real server shows a real certificate:
the right name is let in, and the wrong name, the wrong authority and plain text are refused.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url

from dashboard.store import SettingsRefused, StoreUnreachable, open_store
from dashboard.store.network import guarded, patience, shown

SECRET = "a-word-nobody-may-read"


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("postgresql://u@db.hospital.example/x", "verify-full"),
        ("postgresql://u@10.1.2.3/x", "verify-full"),
        ("postgresql://u@[2001:db8::7]/x", "verify-full"),
        ("postgresql://u@/x?host=db.hospital.example", "verify-full"),
        ("postgresql://u@/x?host=/run/postgresql&host=db2.example", "verify-full"),
        ("postgresql://u@db/x?sslmode=verify-ca", "verify-ca"),
        ("postgresql://u@db/x?sslmode=verify-full&sslrootcert=/etc/ca.pem", "verify-full"),
        ("postgresql://u@localhost/x", None),
        ("postgresql://u@127.0.0.1:5433/x", None),
        ("postgresql://u@[::1]/x", None),
        ("postgresql:///x", None),
        ("postgresql://u@/x?host=/run/postgresql", None),
    ],
)
def test_over_a_network_the_certificate_is_checked(address: str, mode: str | None) -> None:
    assert guarded(make_url(address), {}).query.get("sslmode") == mode


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "nonsense"])
def test_a_mode_that_can_fall_back_to_plain_text_is_refused(mode: str) -> None:
    for url, environment in (
        (f"postgresql://u:{SECRET}@db/x?sslmode={mode}", {}),
        (f"postgresql://u:{SECRET}@db/x", {"PGSSLMODE": mode}),
        (f"postgresql://u:{SECRET}@/x?sslmode={mode}", {"PGHOST": "db"}),
    ):
        with pytest.raises(SettingsRefused, match=f"sslmode={mode} may send") as told:
            guarded(make_url(url), environment)
        assert SECRET not in str(told.value)


def test_a_message_shows_no_way_to_a_password() -> None:
    url = make_url(f"postgresql://u:{SECRET}@db/x?password={SECRET}&sslpassword={SECRET}&port=1")
    assert SECRET not in shown(url)
    assert "port=1" in shown(url)


def test_what_the_address_says_about_waiting_holds() -> None:
    assert (
        patience(make_url("postgresql://u@db/x?connect_timeout=30")).get("connect_timeout") is None
    )
    assert patience(make_url("postgresql://u@db/x"))["connect_timeout"] == 5


# With a real certificate


@dataclass(frozen=True)
class Encrypted:
    port: int
    folder: Path

    def url(self, host: str, **more: str) -> str:
        url = make_url(f"postgresql://ward@{host}:{self.port}/postgres")
        return url.update_query_dict(more).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def encrypted() -> Iterator[Encrypted]:
    """The system's PostgreSQL, with TLS, on a port and with data of our own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    openssl = shutil.which("openssl")
    if not found or openssl is None:
        pytest.skip("no PostgreSQL with TLS on this machine: addresses were checked instead")
    is_root = os.geteuid() == 0
    if is_root and not any(one.pw_name == "postgres" for one in pwd.getpwall()):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="tw-tls-"))
    if is_root:
        shutil.chown(folder, "postgres", "postgres")
    as_user = {"user": "postgres", "group": "postgres"} if is_root else {}

    def run(*words: str) -> None:
        subprocess.run(words, cwd=folder, check=True, capture_output=True, **as_user)

    for name in ("server", "other"):
        run(
            openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", f"{name}.key", "-out", f"{name}.pem",
        )  # fmt: skip
    home = found[-1].parent
    run(str(home / "initdb"), "-D", "data", "-U", "ward", "-A", "trust", "-E", "UTF8", "-k")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "data" / "pg_hba.conf").write_text("hostssl all all all trust\n")
    words = [
        str(home / "postgres"), "-D", "data", "-p", str(port), "-k", "", "-c", "ssl=on",
        "-c", "listen_addresses=127.0.0.1",
        "-c", f"ssl_cert_file={folder}/server.pem", "-c", f"ssl_key_file={folder}/server.key",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, **as_user)
    try:
        until = time.monotonic() + 30
        while not _listens(port) and time.monotonic() < until:
            assert server.poll() is None, (folder / "log").read_text()
            time.sleep(0.1)
        yield Encrypted(port, folder)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_right_name_and_authority_are_let_in(encrypted: Encrypted) -> None:
    url = encrypted.url(
        "localhost", sslmode="verify-full", sslrootcert=f"{encrypted.folder}/server.pem"
    )
    with open_store(url) as store, store._engines.reading() as connection:
        seen = connection.exec_driver_sql(
            "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
        ).scalar()
        assert str(seen).startswith("TLSv1.")
        assert store.ready() == []


@pytest.mark.parametrize(
    ("host", "authority", "mode"),
    [
        ("127.0.0.1", "server.pem", "verify-full"),  # another name than the certificate's
        ("localhost", "other.pem", "verify-full"),  # signed by somebody else
        ("localhost", "missing.pem", "verify-full"),
        ("localhost", "server.pem", "disable"),  # on this machine allowed, by the server refused
    ],
)
def test_everything_else_is_refused_in_words(
    encrypted: Encrypted, host: str, authority: str, mode: str
) -> None:
    url = encrypted.url(host, sslmode=mode, sslrootcert=f"{encrypted.folder}/{authority}")
    with pytest.raises(StoreUnreachable) as told:
        open_store(url)
    assert "the database does not answer" in str(told.value)
    assert "hospital.md" in told.value.cure or "password file" in told.value.cure
