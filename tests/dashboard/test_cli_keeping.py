"""The commands backup, restore, verify and export-patient, as they are typed."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.store import NewEntry, Store, open_store
from tests.dashboard.store.forms import T0, WARD, admit, at, correction, form, vitals
from tests.dashboard.store.test_guarding import tamper

PATIENT = "ZZCANARY-7"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'ward.sqlite3'}"
    monkeypatch.setenv("TOXWATCH_DATABASE", address)
    return address


@pytest.fixture
def filled(url: str) -> Store:
    with open_store(url) as store:
        store.add_ward(WARD, "Ward One", is_sample=False, now=T0)
        admit(store, PATIENT)
        admit(store, "somebody-else")
        first = store.submit(form(vitals(38.6), patient=PATIENT), now=at(1))
        fixed = correction(first.entries[0].entry_id, 39.1, '=HYPERLINK("http://x")')
        store.submit(form(fixed, patient=PATIENT), now=at(2))
        concern = {"at": T0.isoformat(), "kind": "concern", "why": "+1 looks worse, mother says"}
        store.submit(form(NewEntry(kind="event", payload=concern), patient=PATIENT), now=at(3))
        store.acknowledge(
            acknowledgement_id="a1", ward_id=WARD, patient_id=PATIENT, alert_id="t01",
            grade_seen=None, seen_position=4, reason="@seen", recorded_by="n", role="nurse",
            now=at(3),
        )  # fmt: skip
        store.decide(
            decision_id="d1", ward_id=WARD, patient_id=PATIENT, rule="r", protocol="p",
            advise="give", choice="overridden", dose_mg=560.0, reason="-not now",
            seen_position=4, recorded_by="d", role="physician", now=at(4),
        )  # fmt: skip
        store.audit("view", at=at(5), who="n", role="nurse", ward_id=WARD, patient_id=PATIENT)
        store.save_draft("n", PATIENT, "vitals", {"temperature_c": 40.2}, now=at(6))
        return store


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_backup_verify_and_restore_as_they_are_typed(filled: Store, tmp_path: Path) -> None:
    made = call("backup", "--to", tmp_path / "copy" / "b.sqlite3")
    assert made.exit_code == 0, made.stderr
    head = made.stdout.split("head ")[1].splitlines()[0]
    checked = call("verify", "--against", head, "--json")
    assert checked.exit_code == 0
    found = json.loads(checked.stdout)
    assert (found["whole"], found["faults"], found["against"]) == (True, [], head)
    assert call("verify", "--against", tmp_path / "copy" / "b.sqlite3.head").exit_code == 0
    refused = call("restore", tmp_path / "copy" / "b.sqlite3")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--replace" in refused.stderr
    done = call("restore", tmp_path / "copy" / "b.sqlite3", "--replace", "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["head_now"] == told["head_kept_with_the_backup"] == head
    assert Path(told["set_aside"]).is_file()
    assert (
        "restored and verified"
        in call(
            "restore",
            tmp_path / "copy" / "b.sqlite3",
            "--database",
            f"sqlite:///{tmp_path / 'new'}",
        ).stdout
    )


def test_a_backup_goes_beside_the_database_unless_told_otherwise(
    filled: Store, tmp_path: Path
) -> None:
    made = call("backup", "--json")
    assert made.exit_code == 0
    file = Path(json.loads(made.stdout)["file"])
    assert file.parent == tmp_path / "backups"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_verify_names_what_is_wrong_and_fails(filled: Store, url: str) -> None:
    head = json.loads(call("verify", "--json").stdout)["head"]
    with open_store(url) as store:
        tamper(store, url, f"UPDATE entry SET role = 'x' WHERE patient_id = '{PATIENT}' "
                           "AND position = 3")  # fmt: skip
    plain = call("verify")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert f"patient {PATIENT}, position 3" in plain.stderr
    told = json.loads(call("verify", "--json", "--against", head).stdout)
    assert not told["whole"]
    assert told["faults"][0]["patient"] == PATIENT
    assert told["faults"][0]["position"] == 3


@pytest.mark.parametrize("given", ["entry=1,sha256=00", "no-such-file"])
def test_a_head_that_is_none_is_refused(filled: Store, given: str) -> None:
    told = call("verify", "--against", given)
    assert told.exit_code in (1, 2)
    assert told.stdout == ""
    assert told.stderr.count("\n") == 1


def test_verify_makes_no_database(url: str, tmp_path: Path) -> None:
    told = call("verify")
    assert told.exit_code == 1
    assert "no such database" in told.stderr
    assert list(tmp_path.iterdir()) == []


def rows_of(text: str) -> list[dict[str, str]]:
    lines = list(csv.reader(io.StringIO(text)))
    head = next(number for number, line in enumerate(lines) if len(line) > 1)
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :]]


def test_everything_about_one_patient_and_nobody_else(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    told = call("export-patient", PATIENT, "-o", folder)
    assert told.exit_code == 0, told.stderr
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    record = json.loads((folder / "record.json").read_text())
    assert [(one["kind"], one["state"]) for one in record["entries"]] == [
        ("patient", "counts"), ("vitals", "corrected"), ("vitals", "counts"), ("event", "counts"),
    ]  # fmt: skip
    assert record["acknowledgements"][0]["reason"] == "@seen"
    assert record["decisions"][0]["reason"] == "-not now"
    assert "view" in [one["action"] for one in record["audit"]]
    assert record["drafts"][0]["payload"] == {"temperature_c": 40.2}
    case = json.loads((folder / "case.json").read_text())
    assert [one["temperature_c"] for one in case["vitals"]] == [39.1]
    for file in folder.iterdir():
        assert "somebody-else" not in file.read_text(), file.name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    sets = rows_of((folder / "entries-vitals.csv").read_text())
    assert [(row["temperature_c"], row["state"]) for row in sets] == [
        ("38.6", "corrected"), ("39.1", "counts")
    ]  # fmt: skip
    about = json.loads((folder / "about.json").read_text())
    assert about["rows"]["entries"] == 4
    assert "not live" in about["says"][1]


def test_no_cell_of_the_export_is_a_formula(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert call("export-patient", PATIENT, "-o", folder).exit_code == 0
    cells = 0
    texts = ""
    for file in folder.glob("*.csv"):
        text = file.read_text()
        texts += text
        for line in csv.reader(io.StringIO(text)):
            for cell in line:
                cells += 1
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (file.name, cell)
    assert cells > 50
    for wanted in ("'=HYPERLINK", "'+1 looks worse", "'@seen", "'-not now"):
        assert wanted in texts, f"{wanted}: the hostile text is there, and inert"


def test_an_export_is_on_record_and_overwrites_nothing(filled: Store, url: str, tmp_path) -> None:
    (tmp_path / "out").mkdir()
    told = call("export-patient", PATIENT, "-o", tmp_path / "out")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "exists already" in told.stderr
    assert call("export-patient", PATIENT, "-o", tmp_path / "new").exit_code == 0
    with open_store(url) as store:
        deeds = [one.action for one in store.audit_trail(PATIENT)]
    assert deeds.count("export") == 1


def test_an_unknown_patient_is_one_line(filled: Store, tmp_path: Path) -> None:
    told = call("export-patient", "nobody", "-o", tmp_path / "out")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
