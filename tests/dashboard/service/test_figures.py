"""The figures and the readiness of the service, asked over a real socket; and who may ask."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.accounts.allowing import allow
from dashboard.accounts.authorise import NotAllowed
from dashboard.accounts.person import Person
from dashboard.observing import figures
from dashboard.observing.routes import TOKEN, TOKEN_FILE, TokenRefusedError, token
from dashboard.store import StoreError, open_store
from tests.dashboard.small_cases import FEVER, case, quiet_case, vitals
from tests.dashboard.store.forms import form
from tests.serving import Server, serving

SECRET = "not-so-secret-here-0123456789"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("figures")
    address = f"sqlite:///{folder / 'ward.sqlite3'}"
    now = datetime.now(UTC)
    with open_store(address) as opened:
        opened.add_ward("w1", "Ward 7", is_sample=False, now=now)
        opened.import_case(quiet_case("p1", now), ward_id="w1", recorded_by="t", now=now)
    with serving(folder, TOXWATCH_DATABASE=address) as running:
        yield running


def ask(server: Server, path: str, **headers: str) -> tuple[int, str]:
    link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        link.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = link.getresponse()
        return answer.status, answer.read().decode()
    finally:
        link.close()


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in\n{text}"
    return float(found.group(1))


def test_what_was_stored_anywhere_is_counted(server: Server) -> None:
    before = ask(server, "/metrics")[1]
    with open_store(server.database) as store:
        store.submit(form(vitals_entry(38.6)), now=datetime.now(UTC))
    after = ask(server, "/metrics")[1]
    for name, more in (
        ('toxwatch_entries_total{kind="vitals",origin="entered"}', 1),
        ('toxwatch_entries_total{kind="vitals",origin="imported"}', 0),
    ):
        was = figure(before, name) if name in before else 0
        assert figure(after, name) - was == more, name
    assert figure(after, "toxwatch_self_test_passed") == 1
    assert figure(after, "toxwatch_store_answers") == 1
    assert figure(after, 'toxwatch_grades_worked_out_total{scale="astct-crs-2019"}') >= 1
    assert figure(after, 'toxwatch_request_seconds_count{status="2xx"}') >= 1


def vitals_entry(temperature_c: float):
    from dashboard.store import NewEntry

    now = datetime.now(UTC)
    return NewEntry(kind="vitals", payload=vitals(now, temperature_c=temperature_c))


def test_no_label_can_hold_a_patient_a_person_or_a_ward(server: Server) -> None:
    text = ask(server, "/metrics")[1]
    labels = set(re.findall(r'[{,]([a-z_]+)="', text))
    assert labels == {"kind", "origin", "scale", "status", "urgency", "le"} | (
        labels & {"fault", "choice", "page"}
    )
    for word in ("p1", "Ward 7", "nurse-1", str(Path(server.log).parent)):
        assert word not in text


@pytest.mark.parametrize("header", ["X_Forwarded_For", "X_Real_IP", "Forwarded"])
def test_through_a_proxy_there_are_no_figures_without_a_token(server: Server, header: str) -> None:
    assert ask(server, "/metrics", **{header: "10.1.2.3"})[0] == 404
    assert ask(server, "/metrics", **{header: "127.0.0.1"})[0] == 404
    assert ask(server, "/metrics")[0] == 200


def test_ready_says_what_a_person_on_call_wants_to_know(server: Server) -> None:
    import json

    status, body = ask(server, "/ready")
    told = json.loads(body)
    assert status == 200
    assert set(told) == {"ready", "says", "faults", "version", "rules", "schema", "self_test"}
    assert told["self_test"]["tried"] >= 40
    assert ask(server, "/_stcore/health")[0] == 200


def test_with_a_token_nobody_gets_in_without_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    address = f"sqlite:///{tmp_path / 'ward.sqlite3'}"
    with open_store(address) as opened:
        opened.add_ward("w1", "Ward 7", is_sample=False, now=datetime.now(UTC))
    with serving(tmp_path, TOXWATCH_DATABASE=address, TOXWATCH_METRICS_TOKEN_FILE=str(file)) as one:
        assert ask(one, "/metrics")[0] == 404
        assert ask(one, "/metrics", Authorization="Bearer wrong")[0] == 404
        right = {"Authorization": f"Bearer {SECRET}"}
        assert ask(one, "/metrics", **right)[0] == 200
        assert ask(one, "/metrics", X_Forwarded_For="10.1.2.3", **right)[0] == 200
        assert SECRET not in one.log.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_token_that_others_may_read_is_refused(monkeypatch, tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text(SECRET)
    file.chmod(mode)
    monkeypatch.setenv(TOKEN_FILE, str(file))
    with pytest.raises(TokenRefusedError, match="chmod 600"):
        token()
    file.chmod(0o600)
    assert token() == SECRET
    file.unlink()
    with pytest.raises(TokenRefusedError, match="Name a file"):
        token()


def test_a_short_token_is_refused(monkeypatch) -> None:
    monkeypatch.delenv(TOKEN_FILE, raising=False)
    monkeypatch.setenv(TOKEN, "short")
    with pytest.raises(TokenRefusedError, match="shorter"):
        token()
    monkeypatch.setenv(TOKEN, "")
    assert token() is None


def test_refusals_are_counted_by_their_kind(fresh_store) -> None:
    def counted(kind: str) -> float:
        return figures.REGISTRY.get_sample_value("toxwatch_refused_total", {"fault": kind}) or 0.0

    before = {kind: counted(kind) for kind in ("UnknownPatient", "SubmissionRefused")}
    fresh_store.add_ward("w1", "Ward 7", is_sample=False, now=datetime.now(UTC))
    with pytest.raises(StoreError):
        fresh_store.submit(form(vitals_entry(38.6)), now=datetime.now(UTC))
    with pytest.raises(StoreError):
        fresh_store.submit(form(vitals_entry(386.0)), now=datetime.now(UTC))
    assert {kind: counted(kind) - was for kind, was in before.items()} == {
        "UnknownPatient": 1, "SubmissionRefused": 1,
    }  # fmt: skip


def test_an_alert_is_counted_when_it_begins_to_ask_and_not_again() -> None:
    def opened(urgency: str) -> float:
        return figures.REGISTRY.get_sample_value(
            "toxwatch_alerts_opened_total", {"urgency": urgency}
        ) or 0.0  # fmt: skip

    figures.from_now_on()
    was = opened("urgent"), opened("emergency")
    figures.alerts("x1", {"a": "urgent"})
    figures.alerts("x1", {"a": "urgent"})
    figures.alerts("x1", {"a": "urgent", "b": "emergency"})
    figures.alerts("x1", {"b": "emergency"})
    figures.alerts("x1", {"a": "urgent", "b": "emergency"})
    assert (opened("urgent") - was[0], opened("emergency") - was[1]) == (2, 1)
    figures.count_asking()
    asking = figures.REGISTRY.get_sample_value("toxwatch_alerts_asking", {"urgency": "emergency"})
    assert asking is not None
    assert asking >= 1
    figures.alerts("x1", {})


def test_the_board_itself_feeds_the_figures(fresh_store) -> None:
    from dashboard import ward
    from tests.dashboard.conftest import NOW

    fresh_store.add_ward("w1", "Ward 7", is_sample=False, now=NOW)
    figures.from_now_on()
    name = "toxwatch_alerts_opened_total"
    before = sum(s.value for m in figures.REGISTRY.collect() for s in m.samples if s.name == name)
    hot = case("p-figures", NOW, sets=[vitals(NOW, **FEVER)], exams=[])
    fresh_store.import_case(hot, ward_id="w1", recorded_by="t", now=NOW)
    (row,) = ward.board_rows("w1")
    after = sum(s.value for m in figures.REGISTRY.collect() for s in m.samples if s.name == name)
    assert after - before == len({one.flag.id for one in row.open_alerts}) > 0


def test_what_a_role_may_not_do_is_counted(fresh_store) -> None:
    def count() -> float:
        return figures.REGISTRY.get_sample_value(
            "toxwatch_refused_total", {"fault": "NotAllowed"}
        ) or 0.0  # fmt: skip

    before, now = count(), datetime.now(UTC)
    allow(fresh_store, Person("ab", "nurse"), "enter", now=now)
    assert count() == before
    for role in ("nurse", "observer"):
        with pytest.raises(NotAllowed):
            allow(fresh_store, Person("ab", role), "decide", now=now)
    assert count() == before + 2
