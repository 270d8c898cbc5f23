"""The small trend of the board: what it draws, and that a long stay stays small."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from dashboard.parts.spark import spark_html
from dashboard.states import CRS, ICANS, TrendPoint
from toxmodels import Grade

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BAR = re.compile(r"M([\d.]+) ([\d.]+)H([\d.]+)")


def _grade(lowest: int, highest: int) -> Grade:
    return Grade(lowest, highest, (), (), complete=lowest == highest)


def _drawn(*points: tuple[float, int, int]) -> tuple[str, str]:
    """The lines and the areas of CRS; each point is hours ago, lowest and highest grade."""
    trend = [
        TrendPoint(AT - timedelta(hours=ago), {CRS: _grade(low, high)}) for ago, low, high in points
    ]
    picture = unquote(spark_html(trend, AT, "#000"))
    paths = re.findall(r"<path d='([^']*)' (?:stroke|fill)='currentColor' ([^/]*)/>", picture)
    lines = "".join(path for path, rest in paths if "2.4" in rest)
    return lines, "".join(path for path, rest in paths if "opacity" in rest)


def test_sets_that_say_the_same_are_one_bar():
    lines, areas = _drawn((6, 2, 2), (4, 2, 2), (2, 2, 2))
    ((begin, _, end),) = BAR.findall(lines)
    assert float(end) - float(begin) > 136 * 5.9 / 72
    assert areas == ""


def test_a_gap_in_the_care_is_a_gap_in_the_drawing():
    lines, _ = _drawn((60, 2, 2), (2, 2, 2))
    first, second = BAR.findall(lines)
    assert float(first[2]) < float(second[0]) - 50


def test_another_grade_begins_another_bar_higher_up():
    lines, _ = _drawn((4, 1, 1), (2, 3, 3))
    first, second = BAR.findall(lines)
    assert float(first[2]) == float(second[0])
    assert float(second[1]) < float(first[1])


def test_an_open_grade_is_an_area_from_its_lowest_to_its_highest():
    lines, areas = _drawn((2, 1, 3))
    ((_, low, _),) = BAR.findall(lines)
    high = re.findall(r"M[\d.]+ ([\d.]+)H", areas)[0]
    assert f"V{low}H" in areas
    assert float(high) < float(low)


def test_three_days_of_hourly_sets_stay_small():
    trend = [
        TrendPoint(AT - timedelta(hours=ago), {CRS: _grade(2, 2), ICANS: _grade(1, 1)})
        for ago in range(72, 0, -1)
    ]
    assert len(spark_html(trend, AT, "#000")) < 1200
