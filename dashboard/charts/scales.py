"""
The two axes every strip shares: time across, value up, and the words at a mark.
"""

from __future__ import annotations

from typing import Final

import altair as alt

from dashboard.charts.paper import Axis

__all__ = ["TIME_LABELS", "on_time", "on_value", "time_axis", "tooltip_of", "value_axis"]

_DAY: Final = "datum.value % 24 == 0 ? 'day ' + datum.value / 24"
_HOUR: Final = "'+' + (((datum.value % 24) + 24) % 24) + ' h'"
_CLOCK: Final = "utcFormat(zero_ms + datum.value * 3600000, '%H:%M')"
_HAS_ROOM: Final = "step_h < 24 && plot_px > 500"
TIME_LABELS: Final = f"({_DAY} : {_HOUR}) + ({_HAS_ROOM} ? ', ' + {_CLOCK} : '')"
_TICKS: Final = "sequence(ceil(from_h / step_h) * step_h, to_h + 0.001, step_h)"


def on_time(field: str = "hour") -> alt.X:
    """A place on the shared time axis."""
    domain = [alt.ExprRef("edge_h"), alt.ExprRef("to_h")]
    return alt.X(f"{field}:Q").scale(domain=domain, nice=False, zero=False)


def time_axis(field: str, *, top: bool = False) -> alt.X:
    """The same with its lines; only the first and the last strip write the labels."""
    axis = alt.Axis(
        values=alt.ExprRef(_TICKS),
        labels=top,
        ticks=top,
        domain=False,
        orient="top" if top else "bottom",
        labelExpr=TIME_LABELS,
        labelOverlap="greedy",
        labelFlush=30,
    )
    return on_time(field).axis(axis).title(None)


def on_value(field: str, axis: Axis) -> alt.Y:
    """A place on the fixed value axis of a strip."""
    scale = alt.Scale(domain=[axis.low, axis.high], nice=False, zero=False, clamp=True)
    return alt.Y(f"{field}:Q").scale(scale)


def value_axis(field: str, axis: Axis) -> alt.Y:
    """The same with its lines; the numbers stand in the gutter."""
    drawn = alt.Axis(values=list(axis.marks), labels=False, domain=False, ticks=False)
    return on_value(field, axis).axis(drawn).title(None)


def tooltip_of(name: str, field: str = "says") -> list[alt.Tooltip]:
    """Words at a mark, and its time."""
    return [
        alt.Tooltip(f"{field}:N").title(name if name else "Amount"),
        alt.Tooltip("when:N").title("At"),
    ]
