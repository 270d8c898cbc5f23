"""
The small trend of both grades on the board: a drawing, and the same in words.

Time runs over three days; a bar spans from the lowest to the highest grade still possible, so an
open grade is a tall bar and a certain one a line. A gap in the care is a gap in the drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dashboard.parts.grade import esc, is_assessed, span_text
from dashboard.states import CRS, ICANS, TrendPoint
from dashboard.ward import TREND
from toxmodels import Grade
from toxmodels.site import site

WIDTH: Final = 150
_STRIP: Final = 20
_GAP: Final = 8
_LABEL: Final = 14
_HIGHEST: Final = 5
# What an address inside an attribute cannot carry; the drawing has no other than plain letters.
_IN_ADDRESS: Final = (("%", "%25"), ("#", "%23"), ("<", "%3C"), (">", "%3E"), ('"', "'"))
_ROWS: Final = ((CRS, "C", "CRS"), (ICANS, "N", "ICANS"))


def _seen(points: Sequence[TrendPoint], scale: str) -> list[tuple[datetime, Grade]]:
    return [(one.at, one.grades[scale]) for one in points if is_assessed(one.grades.get(scale))]


def trend_text(points: Sequence[TrendPoint], scale: str, at: datetime) -> str:
    """The trend in words: ``0 → 3 in 20 h``, ``2 for 8 h``, ``no grade in 72 h``."""
    seen = _seen(points, scale)
    if not seen:
        return f"no grade in {int(TREND / timedelta(hours=1))} h"
    last = seen[-1][1]
    earlier = [(time, grade) for time, grade in seen if str(grade) != str(last)]
    if not earlier:
        return f"{last} for {span_text(at - seen[0][0])}"
    peak = max((grade for _, grade in seen), key=lambda grade: grade.at_least)
    worst = f", worst {peak}" if peak.at_least > max(last.at_least, earlier[-1][1].at_least) else ""
    return f"{earlier[-1][1]} → {last}, {span_text(at - earlier[-1][0])} ago{worst}"


def spark_html(points: Sequence[TrendPoint], at: datetime, ink: str) -> str:
    """
    Both grades over three days as a picture with its text.

    A picture, because the sanitiser of the page lets no drawing through; it cannot inherit the
    ink of the theme, so the ink is an argument.
    """
    words = "; ".join(f"{short} {trend_text(points, scale, at)}" for scale, _, short in _ROWS)
    height = 2 * _STRIP + _GAP + 4
    body = "".join(
        _strip(_seen(points, scale), at, top=2 + row * (_STRIP + _GAP), letter=letter, scale=scale)
        for row, (scale, letter, _) in enumerate(_ROWS)
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" color="{ink}" '
        f'font-family="sans-serif">{body}</svg>'
    )
    for letter, said in _IN_ADDRESS:  # ten times cheaper than quoting letter by letter
        drawing = drawing.replace(letter, said)
    return (
        f'<img class="tw-spark" alt="{esc(words)}" title="{esc(words)}" '
        f'src="data:image/svg+xml,{drawing}">'
    )


def _strip(
    seen: list[tuple[datetime, Grade]], at: datetime, *, top: float, letter: str, scale: str
) -> str:
    start = at - TREND
    valid = site().vitals_valid if scale == CRS else site().neuro_valid
    room = WIDTH - _LABEL

    def x(moment: datetime) -> float:
        return round(_LABEL + room * ((moment - start) / TREND), 1)

    def y(grade: int) -> float:
        return round(top + _STRIP * (1 - grade / _HIGHEST), 1)

    bottom = top + _STRIP
    parts = [
        f'<text x="0" y="{bottom - 4}" font-size="11" fill="currentColor">{letter}</text>',
        f'<line x1="{_LABEL}" x2="{WIDTH}" y1="{bottom}" y2="{bottom}" '
        'stroke="currentColor" stroke-width="0.5" stroke-dasharray="1 2"/>',
    ]
    for place, (time, grade) in enumerate(seen):
        following = seen[place + 1][0] if place + 1 < len(seen) else at
        end = min(following, time + valid, at)
        left, wide = x(time), max(x(end) - x(time), 1.0)
        low, high = y(grade.at_least), y(grade.at_most)
        if grade.at_least != grade.at_most:
            parts.append(
                f'<rect x="{left}" y="{high}" width="{wide:.1f}" height="{low - high:.1f}" '
                'fill="currentColor" fill-opacity="0.25"/>'
            )
        parts.append(
            f'<rect x="{left}" y="{low - 1.2:.1f}" width="{wide:.1f}" height="2.4" '
            'fill="currentColor"/>'
        )
    return "".join(parts)
