"""What the server hands out and takes in before anybody has signed on: cookie, upload, session."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.serving import Server

STREAM = "/_stcore/stream"
UPLOAD = "/_stcore/upload_file/some-session/some-file"


@pytest.fixture
def server(ward_server: Server) -> Server:
    """The server of the browser tests: one empty ward."""
    return ward_server


def opened(server: Server, **headers: str) -> int:
    """200 when a session is given to somebody with these headers, else the refusal."""
    address = server.address.replace("http", "ws") + STREAM
    origin = headers.pop("Origin", None)
    try:
        with connect(address, origin=origin, additional_headers=headers, open_timeout=20):
            return 200
    except InvalidStatus as refused:
        return refused.response.status_code


def put(server: Server, method: str = "PUT", **headers: str) -> int:
    request = urllib.request.Request(
        server.address + UPLOAD, data=b"{}", method=method, headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_the_cookie_is_closed_to_scripts_and_other_sites(server: Server) -> None:
    with urllib.request.urlopen(server.address, timeout=20) as answer:
        given = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or ()))
        told = answer.headers.get_all("Set-Cookie") or ()
    assert "toxwatch_seat" in given
    for line in told:
        assert "httponly" in line.lower(), line
        assert "samesite=strict" in line.lower(), line
        assert "domain=" not in line.lower(), line


def test_a_foreign_page_gets_no_session_and_no_upload(server: Server) -> None:
    port = server.port
    assert opened(server, Origin=server.address) == 200  # the control: ours is let in
    foreign = [
        {"Origin": "http://stranger.example"},
        {"Origin": f"http://stranger.example:{port}"},
        {"Origin": "null"},
    ]
    assert [opened(server, **headers) for headers in foreign] == [403] * len(foreign)
    refused = [put(server), put(server, **{"X-Xsrftoken": "guessed"}), put(server, "DELETE")]
    assert [status for status in refused if status < 400] == []
    assert refused[0] == 403


def test_no_address_of_the_server_leads_to_its_files(server: Server) -> None:
    tried = (
        "/..%2f..%2fpyproject.toml", "/static/..%2f..%2f..%2fetc/passwd", "/media/../../dev.py",
        "/component/../../../etc/passwd", "/_stcore/upload_file/../../dev.py",
    )  # fmt: skip
    for path in tried:
        try:
            with urllib.request.urlopen(server.address + path, timeout=20) as answer:
                body = answer.read(100_000)
        except urllib.error.HTTPError as refused:
            body = refused.read()
        assert b"root:" not in body, path
        assert b"[project]" not in body, path
        assert b"import hashlib" not in body, path


def test_the_log_of_the_server_names_no_stranger(server: Server) -> None:
    opened(server, Origin="http://ZZCANARY.example")
    put(server, **{"X-Xsrftoken": "ZZCANARY"})
    assert "ZZCANARY" not in Path(server.log).read_text(encoding="utf-8", errors="replace")
