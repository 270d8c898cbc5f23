"""P-33: no file that leaves the program holds a cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard import patient_file
from dashboard.exports import csv_text
from dashboard.store import NewEntry, Store, Submission, open_store
from tests.security.hostile import FORMULAS
from toxmodels import load_case
from toxmodels.exchange.csv_files import cases_to_csv

NOW = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
STARTS = tuple("=+-@\t\r\n\0")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
LEAST = 200


def runs(cell: str) -> bool:
    """Whether a spreadsheet would take the cell for a formula."""
    return cell.lstrip(" ").startswith(STARTS) and NUMBER.fullmatch(cell) is None


def formulas(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if runs(cell)]


def cells(text: str) -> int:
    return sum(len(row) for row in csv.reader(io.StringIO(text, newline="")))


def submit(store: Store, number: int, *entries: NewEntry, by: str) -> tuple[str, ...]:
    form = Submission(
        submission_id=f"form-{number}", ward_id="w1", patient_id="p1", entries=entries,
        recorded_by=by, role="physician",
    )  # fmt: skip
    return tuple(entry.entry_id for entry in store.submit(form, now=NOW).entries)


def fill(store: Store) -> None:
    """One patient with a formula in every text that a person can type."""
    store.add_ward("w1", "=1+1", is_sample=False, now=NOW)
    words = list(FORMULAS)
    about = {"id": "p1", "conditions": words, "allergies": words}
    submit(store, 0, NewEntry(kind="patient", payload=about), by="=AB")
    for number, text in enumerate(FORMULAS, start=1):
        at = (NOW - timedelta(hours=number)).isoformat()
        first = {
            "taken_at": at, "temperature_c": 38.6, "other_cause": ["fever"],
            "other_cause_reason": text,
        }  # fmt: skip
        (old,) = submit(store, number, NewEntry(kind="vitals", payload=first), by=text.strip())
        again = NewEntry(kind="vitals", payload=first, replaces=old, reason=text.strip())
        submit(store, 100 + number, again, by=text.strip())


def test_no_export_leaves_a_formula(tmp_path: Path, report) -> None:
    with open_store(f"sqlite:///{tmp_path / 'ward.sqlite3'}") as store:
        fill(store)
        written = patient_file.write(store, "p1", tmp_path / "out", now=NOW, who="=AB")
        case = load_case(store.export_case("p1"))
    texts = [path.read_bytes().decode() for path in written if path.suffix == ".csv"]
    texts += cases_to_csv([case]).values()
    texts.append(csv_text(FORMULAS, [FORMULAS], FORMULAS))
    bad = [cell for text in texts for cell in formulas(text)]
    control = io.StringIO(newline="")
    csv.writer(control).writerow(FORMULAS)
    tried, control_bad = sum(map(cells, texts)), len(formulas(control.getvalue()))
    report("P-33", n=tried, bad=len(bad), control_bad=control_bad, files=len(texts))
    assert tried >= LEAST
    assert sum(text.count("HYPERLINK") for text in texts) >= 3  # they are there, and quoted
    assert control_bad >= len(FORMULAS) - 1  # one begins with a quote
    assert bad == []
