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
_Point = tuple[datetime, Grade]
_Bar = tuple[datetime, datetime, int, int]  # from, to, the lowest and the highest grade possible


def _seen(points: Sequence[TrendPoint], scale: str) -> list[_Point]:
    return [(one.at, one.grades[scale]) for one in points if is_assessed(one.grades.get(scale))]


def _text(seen: list[_Point], at: datetime) -> str:
    """The trend in words: ``0 → 3, 20 h ago``, ``2 for 8 h``, ``no grade in 72 h``."""
    if not seen:
        return f"no grade in {int(TREND / timedelta(hours=1))} h"
    last = seen[-1][1]
    shown = str(last)
    before = next(((time, grade) for time, grade in reversed(seen) if str(grade) != shown), None)
    if before is None:
        return f"{last} for {span_text(at - seen[0][0])}"
    since, earlier = before
    peak = max((grade for _, grade in seen), key=lambda grade: grade.at_least)
    worst = f", worst {peak}" if peak.at_least > max(last.at_least, earlier.at_least) else ""
    return f"{earlier} → {last}, {span_text(at - since)} ago{worst}"


def spark_html(points: Sequence[TrendPoint], at: datetime, ink: str) -> str:
    """
    Both grades over three days as a picture with its text.

    A picture, because the sanitiser of the page lets no drawing through; it cannot inherit the
    ink of the theme, so the ink is an argument.
    """
    height = 2 * _STRIP + _GAP + 4
    words, body = [], []
    for row, (scale, letter, short) in enumerate(_ROWS):
        seen = _seen(points, scale)
        words.append(f"{short} {_text(seen, at)}")
        valid = site().vitals_valid if scale == CRS else site().neuro_valid
        bars = _bars(seen, at, valid)
        body.append(_strip(bars, at, top=2 + row * (_STRIP + _GAP), letter=letter))
    said = esc("; ".join(words))
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" color="{ink}" '
        f'font-family="sans-serif">{"".join(body)}</svg>'
    )
    for letter, quoted in _IN_ADDRESS:  # ten times cheaper than quoting letter by letter
        drawing = drawing.replace(letter, quoted)
    return f'<img class="tw-spark" alt="{said}" title="{said}" src="data:image/svg+xml,{drawing}">'


def _bars(seen: list[_Point], at: datetime, valid: timedelta) -> list[_Bar]:
    """How long each grade held; a set that says the same as the one before makes its bar longer."""
    bars: list[_Bar] = []
    for place, (time, grade) in enumerate(seen):
        following = seen[place + 1][0] if place + 1 < len(seen) else at
        bar = (time, min(following, time + valid, at), grade.at_least, grade.at_most)
        if bars and bars[-1][2:] == bar[2:] and time <= bars[-1][1]:
            bars[-1] = (bars[-1][0], *bar[1:])
        else:
            bars.append(bar)
    return bars


def _strip(bars: list[_Bar], at: datetime, *, top: float, letter: str) -> str:
    start, bottom, room = at - TREND, top + _STRIP, WIDTH - _LABEL

    def x(moment: datetime) -> float:
        return round(_LABEL + room * ((moment - start) / TREND), 1)

    def y(grade: int) -> float:
        return round(top + _STRIP * (1 - grade / _HIGHEST), 1)

    lines, areas = "", ""
    for begin, end, lowest, highest in bars:
        left, low = x(begin), y(lowest)
        right = max(x(end), round(left + 1, 1))
        lines += f"M{left:g} {low:g}H{right:g}"
        if lowest != highest:
            areas += f"M{left:g} {y(highest):g}H{right:g}V{low:g}H{left:g}z"
    return (
        f'<text x="0" y="{bottom - 4}" font-size="11" fill="currentColor">{letter}</text>'
        f'<path d="M{_LABEL} {bottom}H{WIDTH}" stroke="currentColor" stroke-width="0.5" '
        'stroke-dasharray="1 2"/>'
        + (f'<path d="{areas}" fill="currentColor" fill-opacity="0.25"/>' if areas else "")
        + (f'<path d="{lines}" stroke="currentColor" stroke-width="2.4"/>' if lines else "")
    )
