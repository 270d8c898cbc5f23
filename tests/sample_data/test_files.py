"""The committed files: what the generator writes, whole, small, and with no key nobody reads."""

import importlib.util
import sys
from datetime import datetime, timedelta
from types import ModuleType

import pytest

from tests.sample_data.ward import CASE_TEXTS, RAW, ROOT, SAMPLE_DATA, STORIES

STORY_KEYS = {"title", "shows", "audience", "follows", "late_entries", "show_at", "expect"}
EXPECT_KEYS = {"at", "crs", "icans", "flags", "without_flags", "graded", "why"}
LARGEST_BYTES = 250_000


def _generator() -> ModuleType:
    path = ROOT / "scripts" / "make_sample_data.py"
    spec = importlib.util.spec_from_file_location("make_sample_data", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name while being built
    spec.loader.exec_module(module)
    return module


def test_committed_cases_are_what_the_generator_writes() -> None:
    generator = _generator()
    written = {
        script.id: generator.text_of(generator.case_of(script)) for script in generator.SCRIPTS
    }
    assert set(written) == set(CASE_TEXTS)
    stale = [name for name, text in written.items() if text != CASE_TEXTS[name]]
    assert not stale, f"run scripts/make_sample_data.py: {stale} differ"


def test_generator_knows_no_grader() -> None:
    source = (ROOT / "scripts" / "make_sample_data.py").read_text(encoding="utf-8")
    lines = [line.strip() for line in source.splitlines()]
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports
    assert not [line for line in imports if "toxmodels" in line or "dashboard" in line]


def test_every_case_has_a_story_and_every_story_a_case() -> None:
    assert set(STORIES) == set(CASE_TEXTS)
    assert len(STORIES) >= 13


@pytest.mark.parametrize("name", sorted(STORIES))
def test_story_is_whole_and_holds_no_unknown_key(name: str) -> None:
    story = STORIES[name]
    assert set(story) == STORY_KEYS
    assert set(story["audience"]) <= {"nurse", "physician", "trainer"}
    assert story["follows"]
    assert 5 <= len(story["expect"]) <= 14
    moments = [datetime.fromisoformat(expect["at"]) for expect in story["expect"]]
    assert moments == sorted(set(moments)), "expectations stand in order of time, each once"
    assert all(moment.utcoffset() is not None for moment in moments)
    for expect in story["expect"]:
        assert set(expect) <= EXPECT_KEYS
        assert "crs" in expect or "icans" in expect or expect.get("graded") is False
        assert any(digit in expect["why"] for digit in "0123456789") or "normal" in expect["why"]


@pytest.mark.parametrize("name", sorted(CASE_TEXTS))
def test_case_is_small_and_reads_line_by_line(name: str) -> None:
    text = CASE_TEXTS[name]
    assert RAW[name]["patient"]["id"] == name
    assert len(text.encode()) < LARGEST_BYTES
    records = sum(
        len(RAW[name][kind])
        for kind in ("vitals", "neuro", "labs", "gradings", "treatments", "events")
    )
    assert records < text.count("\n") < records + 30


def test_folders_hold_data_only() -> None:
    # The stories under training/ name their own files; their reader refuses any other.
    paths = (path for path in SAMPLE_DATA.rglob("*") if path.is_file())
    found = {path.name for path in paths if not {"training", "calibration"} & {*path.parts}}
    # reached.json, generated: which patient reaches which rule.
    assert found == {"README.md", "case.json", "story.toml", "reached.json"}


def test_ward_is_shown_at_one_moment_with_every_patient_under_way() -> None:
    shown = {story["show_at"] for story in STORIES.values()}
    assert len(shown) == 1
    moment = datetime.fromisoformat(shown.pop())
    for name, raw in RAW.items():
        begun = datetime.fromisoformat(raw["therapy"]["started_at"])
        assert timedelta(0) < moment - begun < timedelta(days=28), name
