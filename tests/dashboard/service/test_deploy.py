"""
The files for systemd and nginx: checked by the programs themselves where they are installed.

Without them the structure is read: sections, options, braces, and everything that safety needs.
With nginx the whole way is tried: TLS, headers, the websocket, a stream that is not held back,
the limit for uploads, and the standby that takes over.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest

from dashboard.store import open_store
from tests.health.tree import ROOT
from tests.serving import Server

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
SITE = ROOT / "deploy" / "nginx" / "toxwatch.conf"
ENVIRONMENT = ROOT / "deploy" / "toxwatch.env"
NAME = "toxwatch.hospital.example"
FIRM = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "CapabilityBoundingSet": "", "UMask": "0077", "LimitCORE": "0",
}  # fmt: skip


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_is_whole_and_gives_nothing_away(path: Path) -> None:
    found = unit(path)
    assert found["Unit"]["Description"].startswith("toxwatch")
    if path.suffix == ".timer":
        assert found["Timer"]["OnCalendar"]
        assert path.with_suffix(".service").is_file()
        return
    service = found["Service"]
    assert {name: service[name] for name in FIRM} == FIRM
    assert service["User"].startswith("toxwatch")
    command = service["ExecStart"].partition("toxwatch ")[2].split()[0]
    assert command in {"serve", "verify", "backup"}
    assert "password" not in path.read_text(encoding="utf-8").lower()


def test_the_service_starts_again_for_ever_and_listens_on_this_machine_only() -> None:
    found = unit(ROOT / "deploy" / "systemd" / "toxwatch@.service")
    assert found["Service"]["Restart"] == "always"
    assert found["Unit"]["StartLimitIntervalSec"] == "0"
    assert "--host 127.0.0.1 --port %i" in found["Service"]["ExecStart"]


def test_systemd_accepts_the_units_and_finds_them_closed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd on this machine: the structure was read instead")
    for path in UNITS:
        text = path.read_text(encoding="utf-8")
        text = text.replace("/opt/toxwatch/.venv/bin/toxwatch", sys.executable)
        (tmp_path / path.name.replace("@.", "@8501.")).write_text(text)
    names = sorted(one.name for one in tmp_path.iterdir())
    assert len(names) == len(UNITS) >= 5
    told = _run("systemd-analyze", "verify", *(f"./{one}" for one in names), at=tmp_path)
    assert (told.returncode, told.stdout + told.stderr) == (0, "")
    rated = _run(
        "systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager",
        "./toxwatch@8501.service", at=tmp_path,
    )  # fmt: skip
    assert rated.returncode == 0, rated.stdout[-300:]
    worse = tmp_path / "toxwatch@8501.service"
    worse.write_text(
        re.sub(r"^(Protect|Restrict|Private|Cap|System).*\n", "", worse.read_text(), flags=re.M)
    )
    rated = _run(
        "systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager",
        "./toxwatch@8501.service", at=tmp_path,
    )  # fmt: skip
    assert rated.returncode != 0, "the control was found closed too"


def _run(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=at, capture_output=True, text=True, check=False)


def blocks(text: str) -> dict[str, list[str]]:
    """The directives of an nginx file by the block they stand in; a slip in the braces is seen."""
    found: dict[str, list[str]] = {}
    inside = [""]
    for word in _statements(text):
        if word == "}":
            inside.pop()
            assert inside, "a brace too many"
        elif word.endswith("{"):
            inside.append(word[:-1].strip())
        else:
            found.setdefault(" > ".join(inside[1:]), []).append(word)
    assert inside == [""], f"never closed: {inside}"
    return found


def _statements(text: str) -> list[str]:
    bare = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    found = re.findall(r'(?:"[^"]*"|\'[^\']*\'|[^;{}"\'])+[;{]|\}', bare)
    return [" ".join(one.rstrip(";").split()) for one in (piece.strip() for piece in found)]


def test_the_site_says_all_that_safety_needs() -> None:
    found = blocks(SITE.read_text(encoding="utf-8"))
    server = found["server"]
    for wanted in (
        "return 301 https://$host$request_uri",
        "listen 443 ssl http2",
        "ssl_protocols TLSv1.2 TLSv1.3",
        "client_max_body_size 6m",
        "proxy_set_header X-Forwarded-For $remote_addr",
        'proxy_set_header X-Forwarded-User ""',
        "proxy_cookie_flags ~ secure",
    ):
        assert wanted in server, wanted
    assert any(one.startswith("add_header Strict-Transport-Security") for one in server)
    assert "proxy_buffering off" in found["server > location = /api/events"]
    assert "proxy_read_timeout 1h" in found["server > location = /_stcore/stream"]
    for closed in ("= /metrics", "^~ /_stcore/metrics", "^~ /_stcore/agent"):
        assert found[f"server > location {closed}"] == ["return 404"]
    assert "server 127.0.0.1:8502 backup" in found["upstream toxwatch"]


@pytest.mark.parametrize("broken", ["server { listen 1; ", "server { } }"])
def test_a_slip_in_the_braces_is_seen(broken: str) -> None:
    with pytest.raises(AssertionError):
        blocks(broken)


def test_the_environment_holds_no_secret() -> None:
    lines = [one for one in ENVIRONMENT.read_text().splitlines() if one and one[0] != "#"]
    names = dict(one.partition("=")[::2] for one in lines)
    assert "sslmode=verify-full" in names["TOXWATCH_DATABASE"]
    assert not re.search(r"://[^@/]*:[^@/]*@", names["TOXWATCH_DATABASE"])
    assert "TOXWATCH_METRICS_TOKEN" not in names


# With nginx itself


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx with our site in front of two real processes, on free ports."""
    nginx, openssl = shutil.which("nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("no nginx on this machine: the structure was read instead")
    folder = tmp_path_factory.mktemp("front")
    address = f"sqlite:///{folder / 'ward.sqlite3'}"
    with open_store(address) as store:
        store.add_ward("w", "Ward 7", is_sample=False, now=datetime.now(UTC))
    told = {"TOXWATCH_DATABASE": address, "STREAMLIT_SERVER_ALLOWED_HOSTS": f"127.0.0.1,{NAME}"}
    processes = []
    for name in ("first", "standby"):
        (folder / name).mkdir()
        processes.append(Server(folder / name, **told))
    try:
        for one in processes:
            one.wait()
        with _nginx(folder, nginx, openssl, [one.port for one in processes]) as port:
            yield Front(port, folder / "certificate.pem", processes)
    finally:
        for one in processes:
            one.close()


class Front:
    """The way a browser on the ward comes in."""

    def __init__(self, port: int, authority: Path, processes: list[Server]) -> None:
        self.port = port
        self.processes = processes
        self._trust = ssl.create_default_context(cafile=str(authority))

    def socket(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        return self._trust.wrap_socket(plain, server_hostname=NAME)

    @contextmanager
    def ask(self, path: str, body: bytes | None = None, **headers: str) -> Iterator[HTTPResponse]:
        link = HTTPSConnection(NAME, self.port, timeout=15)
        link.sock = self.socket()
        try:
            link.request("GET" if body is None else "POST", path, body=body, headers=headers)
            yield link.getresponse()
        finally:
            link.close()


@contextmanager
def _nginx(folder: Path, nginx: str, openssl: str, ports: list[int]) -> Iterator[int]:
    _run(
        openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
        "-keyout", "key.pem", "-out", "certificate.pem", at=folder,
    )  # fmt: skip
    port, plain = _free_port(), _free_port()
    site = SITE.read_text(encoding="utf-8")
    for before, after in (
        ("listen [::]:80;", ""), ("listen [::]:443 ssl http2;", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("127.0.0.1:8501", f"127.0.0.1:{ports[0]}"), ("127.0.0.1:8502", f"127.0.0.1:{ports[1]}"),
        ("/etc/toxwatch/tls/", f"{folder}/"), ("/var/log/nginx/", f"{folder}/"),
    ):  # fmt: skip
        assert before in site, before
        site = site.replace(before, after)
    (folder / "site.conf").write_text(site)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''}\nevents {{}}\n"
        f"http {{ access_log off; {paths} include {folder}/site.conf; }}\n"
    )
    words = (nginx, "-e", f"{folder}/early.log", "-p", str(folder), "-c", f"{folder}/nginx.conf")
    tested = _run(*words, "-t", at=folder)
    assert tested.returncode == 0, tested.stderr
    running = subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_the_page_comes_over_tls_with_every_header(front: Front) -> None:
    with front.ask("/") as answer:
        assert answer.status == 200
        headers = answer.headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Set-Cookie"].lower().count("secure") == 1
    assert "nginx/" not in (headers["Server"] or "")
    assert "uvicorn" not in str(headers)


def test_a_foreign_name_and_what_only_machines_may_ask_are_closed(front: Front) -> None:
    for path in ("/metrics", "/_stcore/metrics", "/_stcore/agent/openapi.json"):
        with front.ask(path) as answer:
            assert answer.status == 404, path
    with front.ask("/ready") as answer:  # this machine may
        assert answer.status == 200


def test_an_upload_that_is_too_large_stops_at_the_door(front: Front) -> None:
    with front.ask("/_stcore/upload_file/x", body=b"0" * 7_000_000) as answer:
        assert answer.status == 413


def test_the_session_of_a_screen_is_upgraded(front: Front) -> None:
    with front.socket() as link:
        link.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {NAME}\r\nOrigin: https://{NAME}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert link.recv(4096).startswith(b"HTTP/1.1 101")


def test_an_event_is_not_held_back(front: Front) -> None:
    begun = time.monotonic()
    with front.ask("/api/events?ward=w") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.readline() == b"retry: 1000\n"
        assert answer.readline() == b"\n"
        assert answer.readline().startswith((b"data: ", b"event: beat"))
    assert time.monotonic() - begun < 6


def test_the_standby_takes_over_and_hands_back(front: Front) -> None:
    first, standby = front.processes
    first.kill()
    begun = time.monotonic()
    with front.ask("/") as answer:
        assert answer.status == 200
    assert time.monotonic() - begun < 5
    standby.kill()
    with front.ask("/") as answer:
        assert answer.status == 502, "the control: with both down nothing may answer"
    first.restart()
    until = time.monotonic() + 20
    status = 0
    while status != 200 and time.monotonic() < until:
        with front.ask("/") as answer:
            status = answer.status
        time.sleep(0.5)
    assert status == 200
