"""A story with a fault is refused with its place, and nothing of it is half-read."""

from __future__ import annotations

import pytest

from dashboard.training.reading import StoryError, read_story
from tests.health.tree import ROOT

GOOD = {
    one.name: one.read_text("utf-8")
    for one in (ROOT / "sample_data" / "training" / "fever-alone").iterdir()
}


def faults(**changed: str | None) -> list[str]:
    files = {**GOOD, **{name.replace("_", "."): text for name, text in changed.items()}}
    with pytest.raises(StoryError) as caught:
        read_story("x", {name: text for name, text in files.items() if text is not None})
    return [str(one) for one in caught.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'aim = "grade-one"',
            'aim = "grade-on"',
            'question "night-crs": there is no aim "grade-on"',
        ),
        ('aim = "grade-one"', 'aim = "grade-on"', 'aim "grade-one": no question serves it'),
        ("right = true\n", "", 'question "night-next": 0 of its choices are right'),
        ('id = "night"', 'id = "evening"', 'pause "evening": this id stands 2 times'),
        (
            '"lee-2019"',
            '"lee-2018"',
            'question "evening-crs": "lee-2018" is not in the bibliography',
        ),
        ("at_most = 1", "at_most = 6", "story.toml: $.pauses[1].questions[0].at_most: "),
        ("asco-2021", "asco-2020", 'story.toml: protocol: unknown protocol "asco-2020"'),
        ('level = "first day"', "level = 'expert'", "story.toml: $.level: "),
        ("minutes = 10", "minuts = 10", "story.toml: $.minuts: unknown"),
        (
            '\nat = "2026-03-12T02',
            '\nat = "2026-03-11T19',
            "pauses: the pauses do not follow each other in time",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(old: str, new: str, says: str) -> None:
    assert old in GOOD["story.toml"]
    found = faults(story_toml=GOOD["story.toml"].replace(old, new, 1))
    assert any(one.startswith(says) for one in found), found


def test_a_file_that_is_missing_spare_or_no_case_is_named() -> None:
    assert faults(case_json=None) == ["case.json: there is no such file"]
    assert faults(other_json="{}") == ["other.json: the story does not name this file"]
    assert faults(case_json="{}")[0].startswith("case.json: $.format: is required")
    assert faults(story_toml=None) == ["story.toml: there is no such file"]
    assert faults(story_toml="a = ")[0].startswith("story.toml: ")
