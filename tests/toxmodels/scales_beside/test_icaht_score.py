"""``toxwatch score icaht_early anc=0:2100,1:1800``: the same grades from a typed series."""

from __future__ import annotations

from typing import Any

import pytest

from tests.toxmodels.scales_beside.test_icaht import invented
from toxmodels.indices import ScoreError, score


def typed(text: str) -> str:
    return text.strip().replace(" ", ",")


@pytest.mark.parametrize("row", invented(), ids=lambda row: row["patient"])
def test_a_whole_course_typed_as_text(row: dict[str, str]) -> None:
    ended = int(row["followed_until_day"]) < 30
    early = score("icaht_early", anc=typed(row["anc"]), ended=ended)
    assert early.at_least == int(row["early"])
    assert early.at_most == int(row["open_to"] or row["early"])
    assert (early.value is None) == bool(row["open_to"])
    assert early.missing == (("anc",) if row["open_to"] else ())
    late = score("icaht-late", anc=typed(row["anc"]))
    assert late.value == (None if row["late"] == "" else int(row["late"]))


@pytest.mark.parametrize(
    ("why", "inputs", "expected"),
    [
        ("nothing typed", {}, (0, 4)),
        ("one day", {"anc": "0:500"}, (1, 1)),
        ("blanks and semicolons", {"anc": "0:400; 1:400 2:600.5"}, (1, 1)),
        ("today is later than the last count", {"anc": "0:400,1:400", "day": 6}, (1, 2)),
        ("counts after today are not read", {"anc": "0:600,1:600,2:100", "day": 1}, (0, 0)),
        ("the end of follow-up", {"anc": "0:400,1:400", "ended": "true"}, (4, 4)),
        ("no count and a day", {"day": 3}, (0, 1)),
        (
            "added up",
            {"anc": "0:400,1:900,2:900,3:900,4:400,5:400,6:900", "method": "cumulative"},
            (1, 1),
        ),
    ],
)
def test_early(why: str, inputs: dict[str, Any], expected: tuple[int, int]) -> None:
    found = score("icaht_early", **inputs)
    assert (found.at_least, found.at_most) == expected, why


def test_provisional_is_said_and_so_is_a_single_late_count() -> None:
    assert "provisional: day 1 of 30" in score("icaht_early", anc="0:400,1:400").says
    assert "provisional" not in score("icaht_early", anc="0:900,30:900").says
    assert "stands alone" in score("icaht_late", anc="40:900").says
    assert score("icaht_late", anc="40:900,50:2000").value == 0
    for inputs in ({}, {"anc": "5:100"}):
        assert "not assessable" in score("icaht_late", **inputs).says


@pytest.mark.parametrize("text", ["5", "0:abc", "0:-5", "x:5", "0:1e9", "0=5"])
def test_what_is_no_series_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ScoreError, match="0:2100,1:1800"):
        score("icaht_early", anc=text)
