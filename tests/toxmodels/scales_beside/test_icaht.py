"""ICAHT: each limit below, on and above; gaps, joins and the end of the window."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.toxmodels.scales_beside.daily import (
    START,
    at_day,
    counts,
    flat,
    grade,
    patient,
    sample,
    series,
    span,
)
from toxmodels import assess
from toxmodels.indices.counts_by_day import (
    CountedDays,
    DaySeries,
    Run,
    day_of,
    lowest_of_each_day,
    runs,
)
from toxmodels.indices.icaht import early_days, late_span

EARLY, LATE = "icaht-early-2023", "icaht-late-2023"
WELL = 2000
PATIENTS = Path(__file__).with_name("icaht_patients.csv")


def counted(text: str, today: int, *, is_over: bool = False) -> CountedDays:
    found = lowest_of_each_day(series(text))
    return CountedDays(found, frozenset(found), today, is_over)


def invented() -> list[dict[str, str]]:
    lines = [line for line in PATIENTS.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", invented(), ids=lambda row: row["patient"])
def test_a_whole_course_of_counts(row: dict[str, str]) -> None:
    """Counts as a ward draws them; only a gap longer than is filled leaves the grade open."""
    end = int(row["followed_until_day"])
    one = counted(row["anc"], min(end, 100), is_over=end < 30)
    early = early_days(one)
    assert early.low.at_least == int(row["longest_500"])
    assert early.very_low.at_least == int(row["longest_100"])
    assert early.span.at_least == int(row["early"])
    assert early.span.at_most == int(row["open_to"] or row["early"])
    late = late_span(one)
    expected = (0, 4) if row["late"] == "" else (int(row["late"]), int(row["late"]))
    assert (late.at_least, late.at_most) == expected


# (why, counts, day asked, grade): every limit of the early table below, on and above
ROWS = [
    ("500 counts: the limit is inclusive", f"0:{WELL} 1:500 2:{WELL}", 2, (1, 1)),
    ("501 does not", f"0:{WELL} 1:501 2:{WELL}", 2, (0, 0)),
    ("6 days", f"{flat(0, 1, WELL)} {flat(2, 7, 400)} {flat(8, 30, WELL)}", 30, (1, 1)),
    ("7 days", f"{flat(0, 1, WELL)} {flat(2, 8, 400)} {flat(9, 30, WELL)}", 30, (2, 2)),
    ("13 days", f"{flat(0, 1, WELL)} {flat(2, 14, 400)} {flat(15, 30, WELL)}", 30, (2, 2)),
    ("14 days", f"{flat(0, 1, WELL)} {flat(2, 15, 400)} {flat(16, 30, WELL)}", 30, (3, 3)),
    ("6 days at 100", f"{flat(0, 1, WELL)} {flat(2, 7, 100)} {flat(8, 30, WELL)}", 30, (1, 1)),
    ("7 days at 100", f"{flat(0, 1, WELL)} {flat(2, 8, 100)} {flat(9, 30, WELL)}", 30, (3, 3)),
    ("7 days at 101", f"{flat(0, 1, WELL)} {flat(2, 8, 101)} {flat(9, 30, WELL)}", 30, (2, 2)),
    ("13 days at 100", f"{flat(0, 1, WELL)} {flat(2, 14, 100)} {flat(15, 30, WELL)}", 30, (3, 3)),
    ("14 days at 100", f"{flat(0, 1, WELL)} {flat(2, 15, 100)} {flat(16, 30, WELL)}", 30, (4, 4)),
    ("never above 500", flat(0, 30, 500), 30, (4, 4)),
    ("low from day 3 to 30", f"{flat(0, 2, WELL)} {flat(3, 30, 400)}", 30, (4, 4)),
    ("low from day 4 to 30: by its length", f"{flat(0, 3, WELL)} {flat(4, 30, 400)}", 30, (3, 3)),
    ("the same before day 30 is provisional", flat(0, 20, 400), 20, (3, 3)),
    ("one day above joins", f"{flat(0, 2, 400)} 3:{WELL} {flat(4, 6, 400)} 7:{WELL}", 7, (2, 2)),
    (
        "two days above join",
        f"{flat(0, 1, 400)} {flat(2, 3, WELL)} {flat(4, 6, 400)} 7:{WELL}",
        7,
        (2, 2),
    ),
    (
        "three days above part",
        f"{flat(0, 1, 400)} {flat(2, 4, WELL)} {flat(5, 6, 400)} 7:{WELL}",
        7,
        (1, 1),
    ),
    ("7 days without a count are filled", f"0:{WELL} 1:400 9:400 10:{WELL}", 10, (2, 2)),
    ("8 days without leave it open", f"0:{WELL} 1:400 10:400 11:{WELL}", 11, (1, 3)),
    ("a filled 504 is rounded to 500", "0:508 2:500 3:600", 3, (1, 1)),
    ("a measured 504 is not", "0:600 1:504 2:600", 2, (0, 0)),
    ("the lowest of a day counts", f"0:{WELL} 0:400 1:{WELL}", 1, (1, 1)),
    ("days before the infusion do not", f"-5:100 -1:100 0:{WELL} 1:{WELL}", 1, (0, 0)),
    ("a first count on day 7 is carried back", f"{flat(7, 30, WELL)}", 30, (0, 0)),
    ("one on day 8 leaves 8 days open", f"{flat(8, 30, WELL)}", 30, (0, 3)),
    ("nothing counted yet, day 5", "", 5, (0, 1)),
    ("nothing counted in 14 days", "", 13, (0, 4)),
    ("low, last counted 2 days ago", f"0:{WELL} {flat(1, 5, 400)}", 7, (1, 2)),
    ("well, last counted 7 days ago", f"{flat(0, 5, WELL)}", 12, (0, 0)),
    ("well, last counted 8 days ago", f"{flat(0, 5, WELL)}", 13, (0, 3)),
    ("low to the last laboratory date, day 30 over", flat(0, 16, 400), 40, (4, 4)),
    ("the gap across day 30 is filled", f"{flat(4, 28, WELL)} 29:400 33:400", 40, (1, 1)),
]


@pytest.mark.parametrize(
    ("text", "day", "expected"), [one[1:] for one in ROWS], ids=[one[0] for one in ROWS]
)
def test_early(text: str, day: int, expected: tuple[int, int]) -> None:
    case = patient(*counts(text))
    assert span(case, EARLY, day) == expected
    found = grade(case, EARLY, day)
    assert found.complete == (expected[0] == expected[1])
    assert bool(found.missing) == (expected[0] < expected[1])


def test_missing_days_are_named() -> None:
    case = patient(*counts("0:2000 1:400 10:400 11:2000"))
    assert {one.says for one in grade(case, EARLY, 11).missing} == {"neutrophil count, days 2-9"}


def test_before_day_30_it_says_so_and_after_it_does_not() -> None:
    case = patient(*counts(f"{flat(0, 1, WELL)} {flat(2, 7, 400)} {flat(8, 30, WELL)}"))
    notes = {one.note for one in grade(case, EARLY, 12).findings}
    assert notes == {"provisional: day 12 of 30, it can only rise"}
    assert {one.note for one in grade(case, EARLY, 30).findings} == {None}


def test_a_sample_without_a_count_after_the_last_one_keeps_the_end_open() -> None:
    """The last laboratory date is later than the last count: it may have recovered by then."""
    low = counts(flat(0, 16, 400))
    case = patient(*low, sample(25, crp_mg_l=3.0))
    assert span(case, EARLY, 40) == (3, 4)
    for value, expected in ((3000, (3, 3)), (300, (3, 4))):
        filled = patient(*low, sample(25, crp_mg_l=3.0, anc_per_ul=value))
        assert span(filled, EARLY, 40) == expected, value


def test_death_ends_the_window() -> None:
    death = [{"at": at_day(12).isoformat(), "kind": "death", "due_to": "crs"}]
    low = counts(flat(0, 12, 400))
    assert span(patient(*low, events=death), EARLY, 20) == (4, 4)
    assert span(patient(*low), EARLY, 12) == (2, 2)


def test_without_a_first_dose_no_day_can_be_counted() -> None:
    case = patient(*counts("0:100 1:100"), therapy={"product": "tisagenlecleucel"})
    for scale in (EARLY, LATE, "t-icaht-early-2025", "t-icaht-late-2025"):
        assert span(case, scale, 2) == (0, 4)
        assert grade(case, scale, 2).missing[0].record == "patient"


def test_before_the_first_dose_early_grades_nothing() -> None:
    assert span(patient(*counts("-3:100")), EARLY, -2) == (0, 0)


def test_adding_up_all_low_days_is_the_other_reading() -> None:
    """Two runs of four days apart: the longest is 4 days, all together 8."""
    text = f"{flat(0, 1, WELL)} {flat(2, 5, 400)} {flat(6, 9, WELL)} {flat(10, 13, 400)} 14:{WELL}"
    one = counted(text, 30)
    assert early_days(one, "longest").low.at_least == 4
    assert early_days(one, "cumulative").low.at_least == 8
    assert early_days(one, "cumulative").span.at_least == 2


LATE_ROWS = [
    ("two at 1500", "40:1500 50:1500", (1, 1)),
    ("two at 1501", "40:1501 50:1501", (0, 0)),
    ("nadir 1000", "40:1000 50:1400", (2, 2)),
    ("nadir 1001", "40:1001 50:1400", (1, 1)),
    ("nadir 500", "40:500 50:1400", (3, 3)),
    ("nadir 501", "40:501 50:1400", (2, 2)),
    ("nadir 100", "40:100 50:1400", (4, 4)),
    ("nadir 101", "40:101 50:1400", (3, 3)),
    ("one low count among others is transient", "40:100 50:1501", (0, 0)),
    ("a single count stands alone", "40:900", (2, 2)),
    ("a single normal count", "40:3000", (0, 0)),
    ("day 30 is early", "30:100 40:3000 50:3000", (0, 0)),
    ("day 31 is late", "31:100 40:100", (4, 4)),
    ("day 100 is late", "99:100 100:100", (4, 4)),
    ("day 101 is neither", "101:100 102:100", (0, 4)),
    ("no count at all", "", (0, 4)),
]


@pytest.mark.parametrize(
    ("text", "expected"), [one[1:] for one in LATE_ROWS], ids=[one[0] for one in LATE_ROWS]
)
def test_late(text: str, expected: tuple[int, int]) -> None:
    case = patient(*counts(text))
    assert span(case, LATE, 110) == expected
    assert bool(grade(case, LATE, 110).missing) == (expected[0] < expected[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("40:3000", (0, 0)), ("40:900", (0, 4)), ("40:900 45:900", (2, 4)), ("", (0, 4))],
)
def test_a_late_sample_without_the_count_may_have_held_any(
    text: str, expected: tuple[int, int]
) -> None:
    case = patient(*counts(text), sample(60, crp_mg_l=3.0))
    assert span(case, LATE, 110) == expected


def test_late_is_not_assessable_before_day_31() -> None:
    found = grade(patient(*counts("0:100 10:100")), LATE, 20)
    assert (found.at_least, found.at_most) == (0, 4)
    assert "from day 31" in found.missing[0].says


def test_days_are_counted_around_the_hour_of_the_infusion() -> None:
    hours = {-12: -1, -11.9: 0, 0: 0, 12: 0, 12.1: 1, 36: 1, 36.1: 2}
    for after, day in hours.items():
        assert day_of(at_day(after / 24), START) == day, after


def test_runs_end_with_three_days_above() -> None:
    low = [True, False, False, True, False, False, False, True]
    assert runs(low, 0) == [Run(0, 3), Run(7, 7)]
    assert runs(low, 0, recovery_days=1) == [Run(0, 0), Run(3, 3), Run(7, 7)]


def test_a_series_without_counts_says_nothing() -> None:
    found = DaySeries.of({}, 0, 2)
    assert found.certain == found.likely == (None, None, None)


def test_sums_up_in_every_scale_at_once() -> None:
    found = assess(patient(*counts("0:400 1:400")), at=at_day(1), scales="all")
    assert EARLY in found.grades
    assert found.grades[EARLY].findings[0].cite.source == "icaht-2023"
