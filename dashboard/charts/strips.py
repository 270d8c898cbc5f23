"""
One function a strip: each takes the paper and returns the layers of one quantity.

Altair is the authoring tool only: this module runs when the description of the charts is written
(``python -m dashboard.charts.authoring``) and in the tests, never in a session. Every strip draws
from named datasets and from a few parameters (the part of the time axis that is shown).
"""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from dashboard.charts.limits import Limit, fever_limit, saturation_limit
from dashboard.charts.paper import AXES, HEIGHT_PX, LANE_STEP_PX, Axis, Paper
from dashboard.charts.scales import on_time, on_value, time_axis, tooltip_of, value_axis

__all__ = [
    "blood_pressure_strip",
    "exam_strip",
    "grade_strip",
    "heart_rate_strip",
    "lane_strip",
    "oxygen_strip",
    "temperature_strip",
]

Drawing = alt.LayerChart | alt.FacetChart  # what altair types a layering as
_FITS: Final = "plot_px >= datum.fits_px"
_NAME_PX: Final = alt.ExprRef("min(150, gutter_px - 8)")


def temperature_strip(paper: Paper) -> Drawing:
    """Draw temperature against the fever line of the grader."""
    limit = _limit(fever_limit(), paper)
    return _strip(["Temperature"], "temperature", paper, *limit, *_line("temperature", paper))


def blood_pressure_strip(paper: Paper) -> Drawing:
    """Draw each pressure as a bar from diastolic to systolic, the mean as a ring."""
    helper = alt.Chart(alt.NamedData("helper_pressure"))
    line = helper.mark_rule(color=paper.limit, strokeDash=[4, 3], strokeOpacity=0.8).encode(
        y=on_value("value", AXES["pressure"])
    )
    said = (
        helper.transform_calculate(left="from_h")
        .mark_text(color=paper.limit, align="left", baseline="bottom", dx=3, dy=-2, fontSize=10)
        .encode(x=on_time("left"), y=on_value("value", AXES["pressure"]), text="says:N")
    )
    bars = (
        alt.Chart(alt.NamedData("pressure"))
        .mark_rule(strokeWidth=3, color=paper.trace, strokeOpacity=0.45, clip=True)
        .encode(x=on_time(), y=on_value("low", AXES["pressure"]), y2="high:Q")
    )
    mean = (
        alt.Chart(alt.NamedData("mean"))
        .mark_point(filled=False, size=34, color=paper.second, strokeWidth=1.8, clip=True)
        .encode(x=on_time(), y=on_value("value", AXES["pressure"]), tooltip=tooltip_of("MAP"))
    )
    title = ["Blood pressure", "ring: MAP"]
    return _strip(title, "pressure", paper, line, said, bars, *_line("pressure", paper), mean)


def heart_rate_strip(paper: Paper) -> Drawing:
    """Draw the heart rate."""
    return _strip(["Heart rate"], "heart_rate", paper, *_line("heart_rate", paper))


def oxygen_strip(paper: Paper) -> Drawing:
    """Draw oxygen saturation above the device and flow it was measured on."""
    helper = _limit(saturation_limit(), paper, dashed=True)
    height = HEIGHT_PX["saturation"]
    support = alt.Chart(alt.NamedData("oxygen"))
    # Room air is a thin foot, any support a full bar: the eye need not read to see the difference.
    bars = [
        support.transform_filter(test)
        .mark_rect(fill=paper.treatment, clip=True, **look)
        .encode(
            x=on_time("from_h"),
            x2="to_h:Q",
            y=alt.value(height - tall),
            y2=alt.value(height),
            tooltip=tooltip_of("Oxygen", "says"),
        )
        for test, tall, look in (
            ("datum.is_air", 3, {"fillOpacity": 0.6}),
            ("!datum.is_air", 16, {"fillOpacity": 0.3, "stroke": paper.ink}),
        )
    ]
    words = (
        support.transform_filter(_FITS)
        .transform_calculate(
            start="max(datum.from_h, from_h)",
            word="plot_px >= datum.whole_px ? datum.says : datum.short",
        )
        .mark_text(align="left", baseline="middle", dx=4, fontSize=10, color=paper.ink, clip=True)
        .encode(x=on_time("start"), y=alt.value(height - 8), text="word:N")
    )
    title = ["SpO₂, with", "device and flow"]
    return _strip(title, "saturation", paper, *helper, *bars, words, *_line("saturation", paper))


def exam_strip(paper: Paper, which: str) -> Drawing:
    """Draw the ICE or CAPD score; an incomplete score is a bar, an exam not done is a word."""
    axis = AXES[which]
    open_scores = (
        alt.Chart(alt.NamedData("exam"))
        .transform_filter("datum.low < datum.high")
        .mark_rule(strokeWidth=7, color=paper.trace, strokeOpacity=0.45, clip=True)
        .encode(
            x=on_time(), y=on_value("low", axis), y2="high:Q", tooltip=tooltip_of(which.upper())
        )
    )
    crossed = alt.Chart(alt.NamedData("unable"))
    cross = crossed.mark_text(
        text="×", fontSize=17, fontWeight="bold", color=paper.limit, clip=True
    ).encode(x=on_time(), y=alt.value(HEIGHT_PX["exam"] / 2), tooltip=tooltip_of("Exam", "says"))
    closed = _line("exam", paper, axis=which, only="datum.low == datum.high", name=which.upper())
    title = [which.upper(), "× not done"]
    return _strip(title, which, paper, open_scores, *closed, cross, height=HEIGHT_PX["exam"])


def grade_strip(paper: Paper, short: str, dataset: str) -> Drawing:
    """Draw a grade as steps: a flat bar when closed, a tall pale one from lowest to highest."""
    axis = AXES["grade"]
    window = alt.Chart(alt.NamedData(f"window_{dataset}"))
    shade = window.mark_rect(fill=paper.shade, fillOpacity=0.75, clip=True).encode(
        x=on_time("from_h"), x2="to_h:Q", y=alt.value(0), y2=alt.value(HEIGHT_PX["grade"])
    )
    median = window.mark_rule(color=paper.faint, strokeDash=[1, 3], clip=True).encode(
        x=on_time("median_h")
    )
    note = (
        window.transform_calculate(left="from_h")
        .mark_text(
            align="left",
            baseline="top",
            dx=4,
            dy=2,
            fontSize=10,
            color=paper.faint,
            limit=alt.ExprRef("plot_px - 8"),
        )
        .encode(x=on_time("left"), y=alt.value(0), text="note:N")
    )
    found = alt.Chart(alt.NamedData(dataset))
    box = found.mark_rect(stroke=paper.grade, strokeWidth=1.4, fill=paper.grade, clip=True)
    bars = box.encode(
        x=on_time("from_h"),
        x2="to_h:Q",
        y=on_value("low", axis),
        y2="high:Q",
        fillOpacity=alt.condition("datum.is_open", alt.value(0.14), alt.value(1)),
        strokeDash=alt.condition("datum.is_open", alt.value([3, 2]), alt.value([1, 0])),
        tooltip=tooltip_of(f"{short} grade", "says"),
    )
    words = (
        found.transform_filter(_FITS)
        .transform_calculate(start="max(datum.from_h, from_h)")
        .mark_text(
            align="left",
            baseline="bottom",
            dx=2,
            dy=-2,
            fontSize=12,
            fontWeight="bold",
            color=paper.ink,
            clip=True,
        )
        .encode(x=on_time("start"), y=on_value("high", axis), text="says:N")
    )
    return _strip(
        [f"{short} grade", "tall bar: open"],
        "grade",
        paper,
        *(shade, median, note, bars, words),
        newest=dataset,
    )


def lane_strip(paper: Paper) -> Drawing:
    """Draw the therapy and every treatment, a row each, with the labels of the time axis above."""
    given = alt.Chart(alt.NamedData("lane"))
    colour = alt.condition("datum.kind == 'dose'", alt.value(paper.dose), alt.value(paper.trace))
    row = alt.Y("row:N").sort(None).axis(None)
    tooltip = [alt.Tooltip("row:N").title("Given"), *tooltip_of("", "says")]
    lasting = given.transform_filter("datum.to_h > datum.from_h").mark_rule(
        strokeWidth=8, strokeOpacity=0.35, clip=True
    )
    marks = given.mark_point(filled=True, opacity=1, size=46, clip=True)
    shape = alt.condition("datum.kind == 'dose'", alt.value("diamond"), alt.value("triangle-down"))
    time = on_time("from_h")
    frame = alt.Chart(alt.NamedData("now")).mark_rule(opacity=0)
    names = (
        alt.Chart(alt.NamedData("names"))
        .transform_calculate(left="from_h")
        .mark_text(align="right", dx=-6, fontSize=11, color=paper.ink, limit=_NAME_PX)
        .encode(x=on_time("left"), y=row, text="row:N")
    )
    amounts = (
        given.transform_filter(_FITS)
        .transform_calculate(start="max(datum.from_h, from_h)")
        .mark_text(align="left", dx=7, fontSize=10, color=paper.ink, clip=True)
        .encode(x=on_time("start"), y=row, text="says:N")
    )
    return alt.layer(
        frame.encode(x=time_axis("now_h", top=True)),
        _rules(paper),
        # The marks come first: they hold every row, and so the order of the rows.
        marks.encode(x=time, y=row, color=colour, shape=shape, tooltip=tooltip),
        lasting.encode(x=time, x2="to_h:Q", y=row, color=colour, tooltip=tooltip),
        amounts,
        _now(paper),
        _cover(paper).encode(x=on_time("edge"), x2="from_h:Q"),
        names,
        height=LANE_STEP_PX,
    )


def _strip(
    title: list[str],
    axis: str,
    paper: Paper,
    *layers: Any,
    height: int | None = None,
    newest: str | None = None,
) -> Drawing:
    """Put the layers of a quantity between the marks of treatments and the line of now."""
    paper_axis = AXES[axis]
    frame = (
        alt.Chart(alt.NamedData("now"))
        .mark_rule(opacity=0)
        .encode(x=time_axis("now_h"), y=value_axis("none", paper_axis))
    )
    tall = height if height is not None else HEIGHT_PX[axis]
    return alt.layer(
        frame,
        _rules(paper),
        *layers,
        _now(paper),
        *_gutter(title, paper_axis, tall, paper),
        *_newest(axis if newest is None else newest, tall, paper),
        height=tall,
    )


def _gutter(title: list[str], axis: Axis, tall: int, paper: Paper) -> list[alt.Chart]:
    """Clean paper on the left of the view, with the name of the strip and the axis values."""
    now = alt.Chart(alt.NamedData("now"))
    cover = _cover(paper).encode(
        x=on_time("edge"), x2="from_h:Q", y=alt.value(-1), y2=alt.value(tall + 1)
    )
    edge = now.mark_rule(color=paper.grid).encode(x=on_time("from_h"))
    name = now.mark_text(
        text=title, align="left", baseline="top", fontSize=12, fontWeight="bold", color=paper.ink
    ).encode(x=alt.value(0), y=alt.value(0))
    marks = "[" + ", ".join(f"{mark:g}" for mark in axis.marks) + "]"
    numbers = (
        now.transform_calculate(mark=marks)
        .transform_flatten(["mark"])
        .mark_text(align="right", dx=-5, fontSize=11, color=paper.ink)
        .encode(x=on_time("from_h"), y=on_value("mark", axis), text="mark:Q")
    )
    return [cover, edge, name, numbers]


def _cover(paper: Paper) -> alt.Chart:
    """Clean paper over the gutter, so that no trace runs under a name."""
    found: alt.Chart = (
        alt.Chart(alt.NamedData("now"))
        .transform_calculate(edge="edge_h")
        .mark_rect(fill=paper.background, opacity=1)
    )
    return found


def _newest(strip: str, tall: int, paper: Paper) -> list[alt.Chart]:
    """The newest value and its age, in the gutter under the name of the strip."""
    base = alt.Chart(alt.NamedData("newest")).transform_filter(f"datum.strip == '{strip}'")
    x = alt.value(0)
    value = base.mark_text(align="left", baseline="bottom", fontSize=14, fontWeight="bold")
    age = base.mark_text(align="left", baseline="bottom", fontSize=10, color=paper.faint)
    colour = alt.condition("datum.is_old", alt.value(paper.faint), alt.value(paper.ink))
    return [
        value.encode(x=x, y=alt.value(tall - 13), text="says:N", color=colour),
        age.encode(x=x, y=alt.value(tall), text="age:N"),
    ]


def _line(
    dataset: str,
    paper: Paper,
    *,
    axis: str | None = None,
    only: str | None = None,
    name: str | None = None,
) -> list[alt.Chart]:
    """A trace, broken where nobody measured for longer than a value stays valid."""
    drawn = AXES[axis if axis is not None else dataset]
    base = alt.Chart(alt.NamedData(dataset))
    if only is not None:
        base = base.transform_filter(only)
    called = name if name is not None else dataset.replace("_", " ").capitalize()
    x, y = on_time(), on_value("value", drawn)
    line = base.mark_line(color=paper.trace, strokeWidth=1.4, clip=True).encode(
        x=x, y=y, detail="run:N"
    )
    points = base.mark_point(filled=True, opacity=1, size=22, color=paper.trace, clip=True).encode(
        x=x, y=y, tooltip=tooltip_of(called)
    )
    return [line, points, *_beyond(base, drawn, paper)]


def _beyond(base: alt.Chart, axis: Axis, paper: Paper) -> list[alt.Chart]:
    """An arrow and the number for a value that lies outside the paper."""
    too_low = f"datum.value < {axis.low}"
    outside = base.transform_filter(f"{too_low} || datum.value > {axis.high}").transform_calculate(
        edge=f"{too_low} ? {axis.low} : {axis.high}"
    )
    shape = alt.condition(too_low, alt.value("triangle-down"), alt.value("triangle-up"))
    arrow = outside.mark_point(filled=True, opacity=1, size=70, color=paper.limit)
    # Near the right end the number stands left of its arrow: there it has room.
    is_last = "datum.hour > to_h - 0.15 * (to_h - from_h)"
    said = outside.mark_text(
        align=alt.ExprRef(f"{is_last} ? 'right' : 'left'"),
        dx=alt.ExprRef(f"{is_last} ? -7 : 7"),
        fontSize=10,
        color=paper.limit,
    )
    y = on_value("edge", axis)
    return [
        arrow.encode(x=on_time(), y=y, shape=shape),
        said.encode(x=on_time(), y=y, text="says:N"),
    ]


def _limit(limit: Limit, paper: Paper, *, dashed: bool = False) -> list[alt.Chart]:
    """A line at a limit of the grader, or (dashed) at a helper of the site."""
    at = alt.Y(datum=limit.value)
    rule = alt.Chart(alt.NamedData("now")).mark_rule(
        color=paper.limit, strokeWidth=1.2, strokeDash=[4, 3] if dashed else [1, 0]
    )
    words = [
        alt.Chart(alt.NamedData("now")).mark_text(
            align="left", baseline="bottom", dx=3, dy=-2, fontSize=10, **look
        )
        # The words stand on a halo of paper, because the trace may run through them.
        for look in ({"stroke": paper.background, "strokeWidth": 4}, {"color": paper.limit})
    ]
    return [
        rule.encode(y=at),
        *(one.encode(x=on_time("from_h"), y=at, text=alt.value(limit.says)) for one in words),
    ]


def _rules(paper: Paper) -> alt.Chart:
    """One thin line for each dose and treatment, across the strip."""
    found: alt.Chart = (
        alt.Chart(alt.NamedData("rules"))
        .mark_rule(clip=True)
        .encode(
            x=on_time(),
            color=alt.condition(
                "datum.kind == 'dose'", alt.value(paper.dose), alt.value(paper.treatment)
            ),
            strokeWidth=alt.condition("datum.kind == 'dose'", alt.value(1.4), alt.value(0.7)),
            strokeDash=alt.condition("datum.kind == 'dose'", alt.value([1, 0]), alt.value([2, 3])),
        )
    )
    return found


def _now(paper: Paper) -> alt.Chart:
    """The moment the page shows; what lies right of it has not happened."""
    found: alt.Chart = (
        alt.Chart(alt.NamedData("now"))
        .mark_rule(color=paper.ink, strokeWidth=1, strokeOpacity=0.65, clip=True)
        .encode(x=on_time("now_h"))
    )
    return found
