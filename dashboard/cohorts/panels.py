"""The rows that a picture of an answer draws: with the words of each mark, and of its tooltip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import polars as pl

from dashboard.charts.cohort import Panel
from dashboard.cohorts.answer import ALL, TOXICITY, Answer, percent

__all__ = ["panels"]

_APART: Final = 0.09  # of the height: labels of two curves that end together would lie on another


def panels(one: Answer) -> list[Panel]:
    """One panel a group, everybody first; none for an answer that has no picture."""
    make = _MAKERS.get(one.id)
    return [] if make is None or one.frame.height == 0 else list(make(one.frame))


def _incidence(frame: pl.DataFrame) -> Iterator[Panel]:
    for (group,), part in frame.group_by("group", maintain_order=True):
        rows = [_bar(row) for row in part.to_dicts() if row["n"]]
        if rows:
            yield Panel(f"{_group(str(group))} (n={part['n'][0]})", tuple(rows))


def _bar(row: dict[str, Any]) -> dict[str, Any]:
    name = f"{TOXICITY[row['toxicity']]} grade {row['grade_at_least']}"
    name += " or more" if row["grade_at_least"] < 5 else ""
    label = str(row["certain"])
    if row["possible"] > row["certain"]:
        label += f" to {row['possible']}"
    return {
        "name": name,
        "certain_share": row["certain_share"],
        "possible_share": row["possible_share"],
        "certain_low": row["certain_low"],
        "certain_high": row["certain_high"],
        "label": label,
        "label_at": max(row["possible_share"], row["certain_high"]),
        "says": f"{name}: certain in {row['certain']} of {row['n']} "
        f"({percent(row['certain_share'])}, {percent(row['certain_low'])} to "
        f"{percent(row['certain_high'])}), possible in {row['possible']}",
    }


def _curves(frame: pl.DataFrame) -> Iterator[Panel]:
    for (group,), part in frame.group_by("group", maintain_order=True):
        rows: list[dict[str, Any]] = []
        ends: list[float] = []
        for (toxicity,), one in part.group_by("toxicity", maintain_order=True):
            rows += _steps(TOXICITY[str(toxicity)], one.to_dicts(), ends)
        counts = {
            TOXICITY[row["toxicity"]]: row["n"] for row in part.to_dicts()
        }  # the n of a curve of episodes differs between the two
        said = ", ".join(f"{name} n={count}" for name, count in counts.items())
        yield Panel(f"{_group(str(group))} ({said})", tuple(rows))


def _steps(name: str, found: list[dict[str, Any]], ends: list[float]) -> list[dict[str, Any]]:
    rows = []
    for place, row in enumerate(found):
        is_last = place == len(found) - 1
        at = row["incidence"]
        if is_last:
            at = max(0.04, min(0.96, at))
            near = [other for other in ends if abs(at - other) < _APART]
            if near:  # there are two curves in a picture at most
                at = near[0] + (_APART if at > near[0] else -_APART)
            ends.append(at)
        rows.append(
            {
                "name": name,
                "day": row["day"],
                "incidence": row["incidence"],
                "low": row["low"],
                "high": row["high"],
                "is_last": is_last,
                "label": f"{name} {percent(row['incidence'])}" if is_last else "",
                "label_at": at,
                "says": f"{name}, day {row['day']:.1f}: {percent(row['incidence'])} "
                f"({percent(row['low'])} to {percent(row['high'])})",
            }
        )
    return rows


def _comparing(frame: pl.DataFrame) -> Iterator[Panel]:
    for (drug,), part in frame.group_by("drug", maintain_order=True):
        rows = [
            {
                "name": row["who"],
                "share": row["share"],
                "low": row["low"],
                "high": row["high"],
                "label": f"{row['n']}",
                "label_at": row["high"],
                "says": f"{drug} proposed by {row['who']}: {row['n']} of {row['of']} "
                f"({percent(row['share'])})",
            }
            for row in part.to_dicts()
            if row["of"]
        ]
        if rows:
            yield Panel(f"{str(drug).capitalize()}, proposed by (n={part['of'][0]})", tuple(rows))


def _group(name: str) -> str:
    return "All patients" if name == ALL else name[0].upper() + name[1:]


_MAKERS: Final[dict[str, Callable[[pl.DataFrame], Iterator[Panel]]]] = {
    "incidence": _incidence,
    "onset": _curves,
    "duration": _curves,
    "comparing": _comparing,
}
