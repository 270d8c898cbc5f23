"""A handover of every sample patient: one set of facts, three renderings, nobody else's name."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from dashboard import session, ward
from dashboard.handover import gathering
from dashboard.handover.building import handover_of
from dashboard.handover.gathering import CASE_FILE, SHIFT, sheet_of, state_of_case, told
from dashboard.handover.markup import handover_html, rules_html
from dashboard.handover.paper import Paper
from dashboard.handover.pdf import patient_pdf, ward_pdf
from dashboard.handover.record import TITLES, Handover, Printed
from dashboard.handover.text import text_of
from dashboard.parts.intended_use import SHORT
from dashboard.parts.patient.trajectories import drawn_for
from dashboard.sample_ward import stories_folder
from dashboard.store import Store
from toxmodels import load_case, rules_digest

STORIES = sorted(file.parent for file in stories_folder().glob("*/story.toml"))
IDS = [one.name for one in STORIES]
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PRINTED = Printed("AB (nurse)", NOW, BERLIN)
FACTS = Path(__file__).parent / "facts"


@pytest.fixture
def measure() -> Iterator[Paper]:
    paper = Paper(PRINTED, rules="", title="")
    paper.about("x", "y")
    yield paper
    paper.close_fonts()


@pytest.fixture(scope="module")
def ward_of_stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    patch = pytest.MonkeyPatch()
    place = tmp_path_factory.mktemp("ward") / "ward.sqlite3"
    patch.setenv(session.DATABASE, f"sqlite:///{place}")
    patch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    session.close_stores()
    ward.forget()
    opened = session.store()
    opened.add_ward("w1", "Ward One", is_sample=True, now=NOW)
    for story in STORIES:
        text = (story / "case.json").read_text(encoding="utf-8")
        opened.import_case(text, ward_id="w1", recorded_by="file", now=NOW)
    yield opened
    session.close_stores()
    ward.forget()
    patch.undo()


def _shown_at(story: Path) -> datetime:
    told_ = tomllib.loads((story / "story.toml").read_text(encoding="utf-8"))
    return datetime.fromisoformat(told_["show_at"])


_made: dict[str, list[str]] = {}


def _pages_of(story: Path) -> list[str]:
    """The pages of a sample patient, made once for all tests."""
    if story.name not in _made:
        state = ward.patient_state(story.name, _shown_at(story))
        sheet = sheet_of(state, state.at - SHIFT, BERLIN, "Ward One")
        _made[story.name] = _pages(patient_pdf(sheet, PRINTED))
    return _made[story.name]


def _pages(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for number in range(len(document)):
            page = document[number]
            words = page.get_textpage()
            found.append(words.get_text_bounded())
            words.close()
            page.close()
        return found
    finally:
        document.close()


def _close(text: str) -> str:
    """Without spaces: where a line was broken must not matter."""
    return re.sub(r"\s+", "", text)


def _lines(one: Handover):
    return [line for section in one.sections for line in section.lines] + list(one.rules)


# One set of facts


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_text_and_screen_and_paper_hold_the_same_facts(ward_of_stories, measure, story):
    state = ward.patient_state(story.name, _shown_at(story))
    one = told(state, state.at - SHIFT, BERLIN, "Ward One")
    text = text_of(one, PRINTED)
    screen = handover_html(one) + rules_html(one)
    shown = [
        (unescape(re.sub(r"<[^>]+>", "", label)).removeprefix("► "), unescape(says))
        for label, says in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", screen, re.DOTALL)
    ]
    assert shown == [(line.label, line.says) for line in _lines(one)]
    for line in _lines(one):
        assert f"{'!' if line.loud else '-'} {line.label}: {line.says}\n" in text
    paper = _close("".join(_pages_of(story)))
    for line in _lines(one):
        for part in measure.lines(line.says, 142, bold=line.loud):
            assert _close(part) in paper, (line.label, part)
    assert "[U+" not in paper, "a character of a sample patient is not in the font"
    assert len(_lines(one)) > 40


@pytest.mark.parametrize("story", STORIES, ids=IDS)
def test_every_page_says_whose_it_is_and_how_many_there_are(ward_of_stories, story):
    pages = _pages_of(story)
    assert len(pages) >= 2
    for number, page in enumerate(pages, 1):
        assert story.name in page
        assert "Ward One" in page
        assert f"page {number} of {len(pages)}" in page
        assert "Printed by AB (nurse), 01-May-2026 14:00 CEST" in page
        assert rules_digest()[:16] in page
        assert SHORT in page
        assert "not yet reviewed by a clinician" in page.lower()
    others = set(IDS) - {story.name}
    assert not [other for other in others if any(other in page for page in pages)]


def test_no_section_is_empty_and_all_are_there(ward_of_stories):
    for story in STORIES:
        state = ward.patient_state(story.name, _shown_at(story))
        one = told(state, state.at - SHIFT, BERLIN, "Ward One")
        assert [section.key for section in one.sections] == [*TITLES]
        assert all(section.lines for section in one.sections), story.name
        assert all(line.says.strip() for line in _lines(one)), story.name


def test_an_open_grade_and_a_missing_sign_are_loud_and_never_a_plain_zero(ward_of_stories):
    seen = 0
    for story in STORIES:
        state = ward.patient_state(story.name, _shown_at(story))
        one = told(state, state.at - SHIFT, BERLIN, "Ward One")
        for id_, grade in state.assessment.grades.items():
            short = {"astct-crs-2019": "CRS", "astct-icans-2019": "ICANS"}[id_]
            line = next(x for x in one.section("situation").lines if x.label == short)
            if grade.at_most > 0:
                assert line.loud
                assert not re.match(rf"{short} 0 \(", line.says)
                seen += 1
            asked = [x for x in one.section("questions").lines if x.label == f"{short}: record"]
            assert len(asked) == len(grade.missing)
    assert seen > 10


# The ward


def test_the_ward_names_everybody_once_and_keeps_them_apart(ward_of_stories, monkeypatch):
    monkeypatch.setenv(session.FIXED_CLOCK, "2026-03-20T10:30:00+00:00")
    at = datetime(2026, 3, 20, 10, 30, tzinfo=UTC)
    sheets, faults = gathering.ward_sheets("w1", "Ward One", gathering.back_by(SHIFT), BERLIN, at)
    assert faults == []
    pages = _pages(ward_pdf("Ward One", sheets, [("lost-1", "the entries do not read")], PRINTED))
    assert all(re.search(rf"\b{id_}\b", pages[0]) for id_ in IDS)
    assert "CANNOT BE GRADED" in pages[0]
    assert pages[0].index("lost-1") < pages[0].index(sheets[0][0].patient_id)
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in page
        here = {id_ for id_ in IDS if id_ in page}
        assert number == 1 or len(here) == 1, (number, here)
    sheet = re.search(r"(demo-\d\d): sheet (\d) of (\d)", pages[1])
    assert sheet is not None
    assert sheet[2] == "1"
    assert pages[1 + int(sheet[3]) - 1].count(f"{sheet[1]}: sheet {sheet[3]} of {sheet[3]}") == 1


# Snapshots: what must be told of two patients


@pytest.mark.parametrize("name", ["demo-04", "demo-10"])
def test_the_facts_of_two_patients_are_the_ones_on_file(name):
    story = stories_folder() / name
    case = load_case((story / "case.json").read_text(encoding="utf-8"))
    state = state_of_case(case, _shown_at(story))
    one = handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward=CASE_FILE)
    told_ = text_of(one, Printed("AB", NOW, UTC)).partition("\n- Rules:")[0].strip()
    # To renew after a change that is meant: write ``told_`` into the file and read it whole.
    assert told_ == (FACTS / f"{name}.txt").read_text(encoding="utf-8").strip()


def test_the_same_state_always_makes_the_same_handover():
    story = stories_folder() / "demo-04"
    text = (story / "case.json").read_text(encoding="utf-8")
    body = json.loads(text)
    for section in ("vitals", "neuro", "labs", "treatments", "events"):
        body[section] = list(reversed(body.get(section) or []))
    made = []
    for one in (text, json.dumps(body)):
        state = state_of_case(load_case(one), _shown_at(story))
        made.append(handover_of(state, None, since=state.at - SHIFT, zone=UTC, ward="w"))
    assert made[0] == made[1]


def test_an_earlier_beginning_tells_more_and_never_less():
    story = stories_folder() / "demo-04"
    case = load_case((story / "case.json").read_text(encoding="utf-8"))
    state = state_of_case(case, _shown_at(story))
    counts = []
    for hours in (1, 12, 48):
        since = state.at - timedelta(hours=hours)
        one = handover_of(state, None, since=since, zone=UTC, ward="w")
        counts.append(sum(x.label == "Treatment" for x in one.section("changes").lines))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


# Paper


def test_a_letter_the_font_has_not_is_written_as_its_code_and_never_dropped(measure):
    assert measure.clean("床 7") == "[U+5E8A] 7"
    assert measure.clean("µ ≥ 10⁹/L → ✕ ►☐") == "µ ≥ 10⁹/L → ✕ ►☐"


def test_a_long_word_and_a_long_text_are_broken_and_lose_nothing(measure):
    paper = measure
    said = "a" * 300 + " " + "word " * 2000 + "end"
    assert _close("".join(paper.lines(said, 50))) == _close(said)
    paper.pair("Label", said, loud=True)
    pages = _pages(paper.finished())
    assert len(pages) > 1
    body = _close("".join(pages))
    assert body.count("word") == 2000
    assert "end" in body


def test_the_longest_identity_stands_whole_on_every_page(measure):
    longest = "W" * 63 + "7"
    measure.about(longest, "Ward One")
    pages = _pages(measure.finished())
    assert longest in pages[-1]


def test_a_drawn_figure_holds_the_strips_and_the_newest_values(ward_of_stories):
    story = stories_folder() / "demo-04"
    state = ward.patient_state("demo-04", _shown_at(story))
    drawn = drawn_for(state, "72 h", BERLIN)
    page = next(one for one in _pages_of(story) if "Trajectories" in one)
    for title in ("Temperature", "Blood pressure", "ICE", "CRS grade", "ICANS grade"):
        assert title in page
    for row in drawn.listed["newest"]:
        assert _close(str(row["says"])) in _close(page)
