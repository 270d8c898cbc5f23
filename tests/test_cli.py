"""The command line: results on standard output, faults on standard error, status 0, 1 or 2."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

import toxmodels
from dashboard.cli import app
from dashboard.parts.intended_use import SHORT
from toxmodels.exchange.csv_files import cases_to_csv

ROOT = Path(__file__).parent.parent
CASE = ROOT / "sample_data" / "demo-01" / "case.json"
BROKEN = ROOT / "tests" / "broken"
HEAVY = ("streamlit", "pandas", "sqlalchemy", "altair", "uvicorn", "rich")


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("TOXWATCH_DATABASE", f"sqlite:///{tmp_path / 'store.sqlite3'}")


def run(*arguments, stdin=None, **environment):
    """Start the command as a user would, with its streams piped."""
    return subprocess.run(
        [sys.executable, "-m", "dashboard.cli", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )


def call(*arguments):
    """Run the command in this process, which is quicker."""
    return CliRunner().invoke(app, [str(word) for word in arguments])


def case_text(id_="a", **rest):
    vitals = [{"taken_at": "2026-03-03T08:00:00+00:00", "temperature_c": 38.6}]
    return json.dumps(
        {"format": "toxwatch-case/1", "patient": {"id": id_}, "vitals": vitals, **rest}
    )


# Streams and status, as a shell sees them


def test_json_is_exactly_the_assessment():
    told = run("assess", CASE, "--json")
    expected = toxmodels.assess(toxmodels.load_case(CASE.read_bytes())).model_dump(mode="json")
    assert (told.returncode, told.stderr) == (0, b"")
    assert json.loads(told.stdout) == expected


def test_a_case_comes_in_through_a_pipe():
    told = run("assess", "-", "--json", stdin=CASE.read_bytes())
    assert json.loads(told.stdout)["patient"] == "demo-01"


@pytest.mark.parametrize("name", ["three_faults", "very_deep_nesting", "picture", "empty_file"])
def test_each_fault_is_a_line_on_standard_error(name):
    path = BROKEN / f"{name}.json"
    told = run("assess", path)
    with pytest.raises(toxmodels.CaseError) as caught:
        toxmodels.load_case(path.read_bytes())
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.decode().splitlines() == [str(fault) for fault in caught.value.faults]


def test_a_piped_table_is_plain_and_80_wide():
    told = run("assess", CASE, COLUMNS="200", FORCE_COLOR="")
    text = told.stdout.decode()
    assert told.returncode == 0
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert "astct-crs-2019" in text


def test_a_terminal_without_our_letters_gets_an_answer_too():
    for words in (["assess", CASE, "--json"], ["sources"]):
        told = run(*words, PYTHONIOENCODING="ascii")
        assert told.returncode == 0, told.stderr


def test_assessing_loads_neither_screen_nor_store():
    code = (
        "import sys; from dashboard.cli import app\n"
        f"try: app(['assess', {str(CASE)!r}, '--json'])\n"
        f"except SystemExit: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False, text=True
    )
    assert told.stderr.strip() == "[]"


# Bad input


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["assess", "nowhere.json"], "nowhere.json: there is no such file (check the name)"),
        (["assess", ROOT], f"{ROOT}: is a folder (name the case file inside it)"),
        (["assess", "a\0b"], r"a\x00b: cannot be read: embedded null byte"),
        (["assess", CASE, "--at", "2026-03-20T08:00"], '--at: "2026-03-20T08:00" has no offset'),
        (["assess", CASE, "--at", "1761355800"], '--at: "1761355800" is not a time'),
        (["assess", CASE, "--scale", "x"], 'scales: unknown "x" (known scales: '),
        (["assess", CASE, "--protocol", "x"], 'protocol: unknown protocol "x"'),
        (["course", "nowhere.json"], "nowhere.json: there is no such file"),
        (["course", CASE, "--at", "yesterday"], '--at: "yesterday" is not a time'),
        (["import", "nowhere.json"], "nowhere.json: there is no such file"),
        (["import", "nowhere.zip"], "nowhere.zip: there is no such file"),
        (["import", BROKEN / "picture.json"], f"{BROKEN / 'picture.json'}: $: not text in UTF-8"),
        (["export", "nobody"], 'patient "nobody": nobody with this id is on record.'),
    ],
)
def test_bad_input_is_one_line_and_status_2(words, line):
    told = call(*words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith(line)
    assert told.stderr.count("\n") == 1


def test_an_unreadable_file_is_refused(tmp_path):
    locked = tmp_path / "case.json"
    locked.symlink_to(locked)
    told = call("assess", locked)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith(f"{locked}: cannot be read: ")


def test_text_from_a_file_cannot_steer_the_terminal(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(case_text(id_="[red]a[/red]"))
    assert "[red]a[/red], at 2026-03-03 08:00 UTC" in call("assess", path).stdout
    path.write_text(case_text(therapy={"product": "\x1b[2J\n$.fake: line"}))
    told = call("assess", path)
    assert "\x1b" not in told.stderr
    assert told.stderr.count("\n") == 1


# What people see


def test_an_open_grade_is_never_shown_as_its_lower_end(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(case_text())
    text = call("assess", path).stdout
    assert "CRS 0 to 4 (open)" in text or "CRS 1 to 4 (open)" in text
    assert "still to record: " in text
    assert "(verified)" in text


def test_every_result_says_what_it_is_not():
    for words in (["assess", CASE], ["course", CASE]):
        assert SHORT in " ".join(call(*words).stdout.split())


def test_a_course_shows_episodes_and_every_time():
    path = CASE.parent.parent / "demo-05" / "case.json"
    result = toxmodels.course(toxmodels.load_case(path.read_bytes()))
    text = call("course", path).stdout
    assert all(f"{point.at:%Y-%m-%d %H:%M}" in text for point in result.points)
    assert "CRS 1" in text
    assert json.loads(call("course", path, "--json").stdout) == result.model_dump(mode="json")


def test_an_earlier_time_shows_an_earlier_grade():
    told = json.loads(call("assess", CASE, "--json", "--at", "2026-03-12T08:00:00+00:00").stdout)
    assert told["at"] == "2026-03-12T08:00:00Z"
    only = json.loads(call("assess", CASE, "--json", "--scale", "astct-crs-2019").stdout)
    assert [*only["grades"]] == ["astct-crs-2019"]


@pytest.mark.parametrize("name", ["scales", "sources", "products"])
def test_what_is_built_in_is_listed(name):
    rows = json.loads(call(name, "--json").stdout)
    text = call(name).stdout
    assert rows
    assert all(row["id"] in text for row in rows)


# The store


def test_what_was_imported_is_exported_equal(tmp_path):
    case = toxmodels.load_case(CASE.read_bytes())
    assert call("import", CASE, "--by", "tester").exit_code == 0
    assert toxmodels.load_case(call("export", "demo-01").stdout) == case
    for name in ("case.json", "case.zip", "case"):
        assert call("export", "demo-01", "-o", tmp_path / name).exit_code == 0
        other = f"sqlite:///{tmp_path / name}.sqlite3"
        assert call("import", tmp_path / name, "--database", other).exit_code == 0
        back = call("export", "demo-01", "--database", other).stdout
        assert toxmodels.load_case(back) == case


def test_a_zip_of_a_folder_is_read_too(tmp_path):
    with zipfile.ZipFile(tmp_path / "cases.zip", "w") as archive:
        for name, text in cases_to_csv([toxmodels.load_case(case_text())]).items():
            archive.writestr(f"cases/{name}", text)
    assert call("import", tmp_path / "cases.zip").stdout.startswith("a: 2 entries stored")


def test_a_damaged_archive_is_one_line(tmp_path):
    text = cases_to_csv([toxmodels.load_case(case_text())])["patient.csv"]
    with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
        archive.writestr("patient.csv", text)
    body = (tmp_path / "good.zip").read_bytes()
    for name, content in {
        "cut.zip": body[: len(body) // 2],
        "changed.zip": body.replace(text.encode(), text.upper().encode()),
        "text.zip": b"patient\na\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        told = call("import", tmp_path / name)
        assert (told.exit_code, told.stdout) == (2, ""), name
        assert told.stderr.count("\n") == 1


def test_an_import_is_whole_or_nothing(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(case_text(id_=name))
    (tmp_path / "bad.json").write_text(case_text(id_="c", therapy={"product": "Kymriah"}))
    told = call("import", tmp_path / "a.json", tmp_path / "bad.json")
    assert told.exit_code == 2
    assert told.stderr.startswith(f"{tmp_path / 'bad.json'}: $.therapy.product: ")
    assert call("import", tmp_path / "a.json").exit_code == 0
    told = call("import", tmp_path / "b.json", tmp_path / "a.json")
    assert told.exit_code == 2
    assert 'patient "a": is on record already; nothing was imported.' in told.stderr
    assert call("export", "b").exit_code == 2
    told = call("import", tmp_path / "b.json", tmp_path / "b.json")
    assert (told.exit_code, told.stdout) == (2, "")


def test_real_patients_never_go_into_a_sample_ward(tmp_path):
    from datetime import UTC, datetime

    from dashboard.store import open_store

    with open_store(os.environ["TOXWATCH_DATABASE"]) as store:
        store.add_ward("sample", "Sample", is_sample=True, now=datetime.now(UTC))
    told = call("import", CASE, "--ward", "sample")
    assert told.exit_code == 2
    assert "invented patients only" in told.stderr
    assert call("import", CASE).exit_code == 0


def test_an_export_overwrites_nothing(tmp_path):
    call("import", CASE)
    (tmp_path / "case.json").write_text("mine")
    told = call("export", "demo-01", "-o", tmp_path / "case.json")
    assert (told.exit_code, told.stdout) == (2, "")
    assert (tmp_path / "case.json").read_text() == "mine"


def test_an_altered_entry_is_found(tmp_path):
    call("import", CASE)
    assert call("verify").exit_code == 0
    with sqlite3.connect(tmp_path / "store.sqlite3") as raw:
        names = raw.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        guards = raw.execute("select sql from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in names:
            raw.execute(f'drop trigger "{name}"')
        raw.execute("update entry set payload = replace(payload, '36.5', '39.5')")
        for (sql,) in guards:
            raw.execute(sql)
    raw.close()
    told = call("verify")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "demo-01" in told.stderr


def test_a_store_that_cannot_be_opened_is_one_line(tmp_path):
    (tmp_path / "store.sqlite3").write_bytes(b"not a database" * 100)
    for words in (["verify"], ["export", "a"], ["serve"]):
        told = call(*words)
        assert (told.exit_code, told.stdout) == (1, ""), words
        assert told.stderr.count("\n") == 1


def test_serve_answers_on_the_port_it_names(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TOXWATCH_SAMPLE_WARD": "no"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            address = server.stdout.readline().decode()
            assert re.search(rf"http://127\.0\.0\.1:{port}\b", address)
            assert SHORT in server.stdout.readline().decode()
            assert _ready(f"http://127.0.0.1:{port}/readyz", server)
        finally:
            server.terminate()
            server.wait(20)


def _ready(url, server):
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["ready"]
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    return False
