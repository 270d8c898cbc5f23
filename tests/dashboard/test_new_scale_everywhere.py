"""
The law of the registry: a scale that is added to it is seen everywhere, with no other edit.

A scale nobody ever published is put into the registry, and then looked for on the command line, on
the Patient page, in what leaves it, and in the documentation.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from typer.testing import CliRunner

from dashboard import ward
from dashboard.charts.lens import COLUMNS, lens_table
from dashboard.cli import app
from dashboard.exports import csv_text
from dashboard.parts.patient import lens as panel
from tests.dashboard import screen
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import plain
from tests.dashboard.small_cases import case, exam, vitals
from tests.health.tree import ROOT
from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Grade, Missing
from toxmodels.indices import INDICES, Index, Score
from toxmodels.indices.ladders import Recorded
from toxmodels.lens import GROUPS
from toxmodels.scales import BESIDE, SCALES, STEPPED, BesideScale
from toxmodels.scales.scale import Toxicity
from toxmodels.sources import Cite

WHO = "throwaway-01"
ID, SHORT, EDITION = "throwaway-1999", "Throw-away", "1999"
TRAP = "Nobody ever published it."
ASK = "the colour of the moon"


def _grade(evidence: Evidence) -> Grade:
    cite = Cite("lee-2019", "no such table", "unverified")
    says = "moon not looked at"
    finding = Finding("judgement", 1, 3, says, cite, None, "blue: 3", evidence.at, "vitals", ASK)
    return Grade(1, 3, (finding,), (Missing("judgement", "vitals", ASK, 1, 3),), complete=False)


def _scale(toxicity: Toxicity) -> BesideScale:
    return BesideScale(
        ID, "A scale for this test alone", SHORT, toxicity, EDITION, "lee-2019", "unverified",
        traps=(TRAP,), grade=_grade,
    )  # fmt: skip


@pytest.fixture(params=["crs", "warning"])
def added(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BesideScale:
    """What the one line in ``toxmodels.scales`` does: the scale stands in both registries."""
    scale = _scale(request.param)
    monkeypatch.setitem(BESIDE, ID, scale)
    monkeypatch.setitem(SCALES, ID, scale)
    return scale


def _told() -> str:
    now = NOW - timedelta(minutes=20)
    return json.dumps(case(WHO, NOW, sets=[vitals(now, temperature_c=38.6)], exams=[exam(now)]))


@pytest.fixture
def patient(fresh_store):
    fresh_store.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    fresh_store.import_case(_told(), ward_id="w1", recorded_by="file", now=NOW)
    return fresh_store


def _called(*words: str) -> str:
    found = CliRunner().invoke(app, [*words])
    assert found.exit_code == 0, found.output
    return " ".join(found.stdout.split())


def test_the_command_line_lists_and_grades_it(added, tmp_path):
    file = tmp_path / "case.json"
    file.write_text(_told(), encoding="utf-8")
    assert ID in _called("scales")
    listed = next(one for one in json.loads(_called("scales", "--json")) if one["id"] == ID)
    assert listed["verification"] == "unverified"
    beside = _called("assess", str(file), "--scale", "all")
    assert f"{SHORT} 1 to 3 (open)" in beside
    for asked in ("all", ID):
        graded = json.loads(_called("assess", str(file), "--scale", asked, "--json"))["grades"]
        assert (graded[ID]["at_least"], graded[ID]["at_most"]) == (1, 3)
        assert [one["says"] for one in graded[ID]["missing"]] == [ASK]


def test_the_patient_page_shows_it_in_the_table_and_over_time(added, patient):
    fold = {f"lens/{WHO}": True, f"lens-of/{WHO}": added.toxicity}
    said = plain(screen.opened("patient", patient=WHO, state=fold))
    assert f"{SHORT} {EDITION}" in said
    assert f"{ASK}: could be 1 to 3" in said
    assert f"{SHORT}: now 1-3." in said
    # An early warning score is also a line of its own above the grades.
    closed = plain(screen.opened("patient", patient=WHO))
    assert (SHORT in closed) is (added.toxicity == "warning")


def test_what_leaves_the_page_holds_it(added, patient):
    state = ward.patient_state(WHO)
    rows = [row for row in panel.rows_for(state) if row.scale.toxicity == added.toxicity]
    drawn = panel._drawn_for(state, rows, "72 h", UTC)
    file = csv_text(COLUMNS, lens_table(drawn.panels), ["a copy"])
    assert any(line.startswith(f"{ID},") for line in file.splitlines())


def test_the_documentation_describes_it(added, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "scales_page", raising=False)
    import scales_page

    page = scales_page.render()
    assert f"### `{ID}` {added.title}" in page
    assert f"- {TRAP}" in page


# --- an index of laboratory values, which is no grade --------------------------------------------
MARKER, MARKER_TITLE, NOTE = "throwaway_marker", "Throw-away marker", "nobody ever used it"


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Index:
    """What the one line in ``toxmodels.indices.catalogue`` does."""
    made = INDICES["s_easix"]
    paper = replace(made.paper, name=MARKER, title=MARKER_TITLE, verification="unverified")

    def work(recorded: Recorded) -> Score:
        own = {"name": MARKER, "title": MARKER_TITLE, "says": f"{MARKER_TITLE}: as it is"}
        return made.work(recorded).model_copy(
            update={**own, "verification": "unverified", "notes": (NOTE,)}
        )

    index = Index(paper, made.keys, work)
    monkeypatch.setitem(INDICES, MARKER, index)
    return index


def test_an_index_of_laboratory_values_is_seen_everywhere_too(
    marked, patient, tmp_path, monkeypatch
):
    file = tmp_path / "case.json"
    file.write_text(_told(), encoding="utf-8")
    assert f"{MARKER}: {MARKER_TITLE}" in _called("score")
    assert f"{MARKER_TITLE}: as it is" in _called("score", MARKER, "ldh_u_l=300")
    assert MARKER_TITLE in _called("assess", str(file), "--scale", "all")
    said = plain(screen.opened("patient", patient=WHO, state={f"lens/{WHO}": True}))
    assert f"{MARKER_TITLE}: as it is" in said
    assert "lactate dehydrogenase; platelets, before a transfusion" in said
    state = ward.patient_state(WHO)
    drawn = panel._drawn_for(state, panel.rows_for(state), "72 h", UTC)
    out = csv_text(COLUMNS, panel._rows_out(state, drawn), ["a copy"])
    assert any(line.startswith(f"{MARKER},") for line in out.splitlines())
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "scales_page", raising=False)
    import scales_page

    page = scales_page.render()
    assert f"### `{MARKER}` {MARKER_TITLE}" in page
    assert f"- {NOTE}" in page


def test_no_marker_is_among_the_grades(marked, tmp_path):
    file = tmp_path / "case.json"
    file.write_text(_told(), encoding="utf-8")
    grades = json.loads(_called("assess", str(file), "--scale", "all", "--json"))["grades"]
    assert {*grades} == {*SCALES}


def test_every_toxicity_has_a_heading_on_screen_and_in_the_documentation(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "scales_page", raising=False)
    import scales_page

    assert {*scales_page.TOXICITIES} == {*GROUPS}
    page = scales_page.render()
    for one in SCALES.values():
        assert f"### `{one.id}`" in page
        assert one.verification in page.split(f"### `{one.id}`")[1].split("###")[0]


def test_nothing_of_it_stays_behind():
    assert ID not in {*SCALES, *BESIDE, *STEPPED}
