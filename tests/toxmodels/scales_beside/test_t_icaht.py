"""T-ICAHT: strict limits, days added up, late rows that need two low counts."""

from __future__ import annotations

import pytest

from tests.toxmodels.scales_beside.daily import counts, flat, grade, patient, sample, span

EARLY, LATE = "t-icaht-early-2025", "t-icaht-late-2025"
WELL = 150
PLATELETS = "platelets_10e9_l"


def ends(text: str) -> str:
    """Those counts in a course that is normal otherwise, to day 30."""
    given = {int(one.split(":")[0]) for one in text.split()}
    return " ".join([text, *(f"{day}:{WELL}" for day in range(31) if day not in given)])


EARLY_ROWS = [
    ("50 is not below 50", ends("3:50"), (0, 0)),
    ("49.9 is", ends("3:49.9"), (1, 1)),
    ("6 days below 50", ends(flat(3, 8, 40)), (1, 1)),
    ("7 days below 50", ends(flat(3, 9, 40)), (2, 2)),
    ("20 is not below 20", ends("3:20"), (1, 1)),
    ("19.9 is", ends("3:19.9"), (3, 3)),
    ("13 days below 20", ends(flat(3, 15, 15)), (3, 3)),
    ("14 days below 20", ends(flat(3, 16, 15)), (4, 4)),
    ("two runs are added up", ends(f"{flat(3, 6, 40)} {flat(15, 17, 40)}"), (2, 2)),
    ("2 days above do not part a run", ends(f"{flat(3, 5, 40)} {flat(8, 9, 40)}"), (2, 2)),
    ("3 days above do", ends(f"{flat(3, 5, 40)} {flat(9, 10, 40)}"), (1, 1)),
    ("8 days without a count", f"{flat(0, 3, WELL)} {flat(12, 30, WELL)}", (0, 3)),
]


@pytest.mark.parametrize(
    ("text", "expected"), [one[1:] for one in EARLY_ROWS], ids=[one[0] for one in EARLY_ROWS]
)
def test_early(text: str, expected: tuple[int, int]) -> None:
    case = patient(*counts(text, PLATELETS))
    assert span(case, EARLY, 30) == expected
    assert bool(grade(case, EARLY, 30).missing) == (expected[0] < expected[1])


LATE_ROWS = [
    ("two counts of 100 are not below", "40:100 42:100", (0, 0)),
    ("two of 99", "40:99 42:99", (1, 1)),
    ("two of 50", "40:50 42:50", (1, 1)),
    ("two of 49", "40:49 42:49", (2, 2)),
    ("two of 20", "40:20 42:20", (2, 2)),
    ("two of 19", "40:19 42:19", (3, 3)),
    ("one low count among others is transient", "40:15 60:150 70:150", (0, 0)),
    ("a single count stands alone", "40:15", (3, 3)),
    ("13 days below 20", "40:15 46:15 52:15 53:150", (3, 3)),
    ("14 days below 20", "40:15 46:15 53:15 54:150", (4, 4)),
    ("two low counts far apart", "40:15 60:15", (3, 4)),
    ("day 30 is early", "30:15 40:150 50:150", (0, 0)),
    ("day 101 is neither", "101:15 102:15", (0, 4)),
    ("no count", "", (0, 4)),
]


@pytest.mark.parametrize(
    ("text", "expected"), [one[1:] for one in LATE_ROWS], ids=[one[0] for one in LATE_ROWS]
)
def test_late(text: str, expected: tuple[int, int]) -> None:
    case = patient(*counts(text, PLATELETS))
    assert span(case, LATE, 110) == expected


def test_a_late_sample_without_platelets_may_have_held_any() -> None:
    low = counts("40:15", PLATELETS)
    assert span(patient(*low, sample(45, crp_mg_l=3.0)), LATE, 110) == (0, 3)
    for value, expected in ((15, (3, 3)), (150, (0, 0))):
        filled = patient(*low, sample(45, crp_mg_l=3.0, platelets_10e9_l=value))
        assert span(filled, LATE, 110) == expected, value


def test_it_says_that_transfusions_are_not_read() -> None:
    found = grade(patient(*counts(ends("3:40"), PLATELETS)), EARLY, 30)
    assert all("transfusion" in (one.note or "") for one in found.findings)
    early = grade(patient(*counts("0:150 1:40 2:150", PLATELETS)), EARLY, 2)
    assert all("provisional: day 2 of 30" in (one.note or "") for one in early.findings)


def test_before_the_first_dose_it_grades_nothing() -> None:
    assert span(patient(*counts("-3:10", PLATELETS)), EARLY, -2) == (0, 0)
