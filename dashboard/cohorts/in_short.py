"""An answer in a table narrow enough for a terminal and a screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from dashboard.cohorts.answer import ALL, TOXICITY, Answer

__all__ = ["in_short"]

_DAYS: Final = (3, 7, 14, 28)


def in_short(one: Answer) -> pl.DataFrame:
    """The few columns and rows that say it; the whole frame is for files."""
    short = _SHORT.get(one.id)
    return one.frame if short is None or one.frame.height == 0 else short(one.frame)


def _percent(name: str) -> pl.Expr:
    return (100 * pl.col(name)).round(1)


def _span(low: str, high: str) -> pl.Expr:
    return pl.format("{} to {}", _percent(low), _percent(high)).alias("95 %")


def _toxicity() -> pl.Expr:
    return pl.col("toxicity").replace(TOXICITY)


def _incidence(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        _toxicity(),
        "group",
        pl.format("≥{}", "grade_at_least").alias("grade"),
        "n",
        "certain",
        _percent("certain_share").alias("%"),
        _span("certain_low", "certain_high"),
        "possible",
    )


def _curve(frame: pl.DataFrame) -> pl.DataFrame:
    """What the curve had reached by some days; nothing behind the last row anybody had."""
    parts = []
    for (toxicity, group), part in frame.group_by("toxicity", "group", maintain_order=True):
        first = part.row(0, named=True)
        line = {"toxicity": TOXICITY[str(toxicity)], "group": group, "n": first["n"],
                "events": first["events"], "died": first["competing"]}  # fmt: skip
        last = float(part["day"].max() or 0.0)  # type: ignore[arg-type]
        for day in _DAYS:
            reached = part.filter(pl.col("day") <= day)["incidence"]
            known = len(reached) > 0 and (day <= last or first["censored"] == 0)
            line[f"day {day}, %"] = round(100 * float(reached[-1]), 1) if known else None
        parts.append(line)
    return pl.DataFrame(parts)


def _treating(frame: pl.DataFrame) -> pl.DataFrame:
    """Both drugs in one line; the groups of a division without their grades."""
    shown = frame.filter((pl.col("group") == ALL) | (pl.col("crs_grade") == "any"))
    sides = []
    for drug, short in (("tocilizumab", "toci"), ("corticosteroid", "steroid")):
        sides.append(
            shown.filter(pl.col("drug") == drug).select(
                "group",
                pl.col("crs_grade").alias("CRS"),
                pl.format("{} of {}", "given", "recorded").alias(short),
                _percent("share").alias(f"{short}, %"),
                _span("low", "high").alias(f"{short}, 95 %"),
                pl.col("doses_mean").round(2).alias("doses"),
            )
        )
    return sides[0].join(
        sides[1].drop("doses"), on=["group", "CRS"], how="left", maintain_order="left"
    )


def _agreeing(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "name", "n", "same", "open", pl.col("kappa").round(2),
        pl.format("{} to {}", *(pl.col(f"kappa_{end}").round(2) for end in ("low", "high"))).alias(
            "95 %"
        ),
        pl.col("why_not").alias("why no kappa"),
    )  # fmt: skip


def _comparing(frame: pl.DataFrame) -> pl.DataFrame:
    def day(which: str) -> pl.Expr:
        return (pl.col(f"{which}_median_h") / 24).round(1).alias(f"day, {which}")

    def doses(which: str) -> pl.Expr:
        ends = (f"{which}_doses_certain", f"{which}_doses_possible")
        return pl.format("{}-{}", *ends).alias(f"doses, {which}")

    return frame.select(
        "drug", pl.col("who").alias("proposed by"), "n", _percent("share").alias("%"),
        day("first"), day("second"), doses("first"), doses("second"),
    )  # fmt: skip


_SHORT: Final[dict[str, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "incidence": _incidence,
    "onset": _curve,
    "duration": _curve,
    "treating": _treating,
    "agreeing": _agreeing,
    "comparing": _comparing,
}
