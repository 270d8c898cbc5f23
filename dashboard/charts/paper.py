"""
The paper the charts are drawn on: sizes, fixed axes and the colours of both themes.

The axes are fixed so that two patients compare at a glance. They are only where the paper ends,
not limits: a value beyond an axis is drawn at its edge with an arrow and its number. Clinical
limits are never written here; strips take them from ``toxmodels``. No colour carries a meaning
alone, and red is left to "act now".
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

__all__ = [
    "AXES",
    "GUTTER_LEAST_PX",
    "GUTTER_SHARE",
    "HEIGHT_PX",
    "LANE_STEP_PX",
    "PAPERS",
    "SPACING_PX",
    "TOKENS",
    "Axis",
    "Paper",
    "Theme",
]

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Axis:
    """Where the paper of one strip begins and ends, and the values written beside it."""

    low: float
    high: float
    marks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The colours of one theme."""

    background: str
    ink: str
    faint: str
    grid: str
    trace: str
    second: str
    limit: str
    shade: str
    dose: str
    treatment: str
    grade: str


AXES: Final[dict[str, Axis]] = {
    "temperature": Axis(35.0, 42.0, (36.0, 38.0, 40.0, 42.0)),
    "pressure": Axis(30.0, 190.0, (40.0, 80.0, 120.0, 160.0)),
    "heart_rate": Axis(30.0, 190.0, (40.0, 80.0, 120.0, 160.0)),
    "saturation": Axis(62.0, 101.0, (70.0, 80.0, 90.0, 100.0)),
    "ice": Axis(-0.6, 10.6, (0.0, 5.0, 10.0)),
    "capd": Axis(-1.5, 33.5, (0.0, 8.0, 16.0, 24.0, 32.0)),
    "grade": Axis(-0.6, 6.0, (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)),
}

HEIGHT_PX: Final[dict[str, int]] = {
    "temperature": 84,
    "pressure": 92,
    "heart_rate": 72,
    "saturation": 92,
    "exam": 72,
    "grade": 96,
}
LANE_STEP_PX: Final = 16
# What the left of the figure needs for names and newest values: a share of the width, but on a
# phone no less than the longest of them takes. Only the browser knows the width: it reckons there.
GUTTER_SHARE: Final = 0.16
GUTTER_LEAST_PX: Final = 136
SPACING_PX: Final = 7

PAPERS: Final[dict[Theme, Paper]] = {
    "light": Paper(
        background="#FFFFFF",
        ink="#0A0F14",
        faint="#55616D",
        grid="#E3E8ED",
        trace="#0B5C8A",
        second="#6D3BB0",
        limit="#7F3A00",
        shade="#E1F0F9",
        dose="#0A0F14",
        treatment="#7D8B98",
        grade="#0A4A75",
    ),
    "dark": Paper(
        background="#030405",
        ink="#F1F5F8",
        faint="#A9B4BE",
        grid="#1C252E",
        trace="#7CC4F0",
        second="#C3A3F5",
        limit="#FFBE85",
        shade="#10324A",
        dose="#F1F5F8",
        treatment="#75838F",
        grade="#9BD3F5",
    ),
}

# The charts are described in these placeholders; the colours of a theme are filled in later.
TOKENS: Final = Paper(**{field.name: f"<{field.name}>" for field in fields(Paper)})
