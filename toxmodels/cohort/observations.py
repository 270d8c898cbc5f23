"""
What comes out: the columns of an observation and of an episode, put together from lanes.

``rules`` is the digest of everything that takes part in a decision: two rows with the same one were
decided alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.changes import fever_since, ice_fall, rose
from toxmodels.cohort.crs_course import CERTAIN
from toxmodels.cohort.episodes import (
    STATUSES,
    Standing,
    crs_standing,
    episodes_of,
    icans_standing,
)
from toxmodels.cohort.grading import History, Lane
from toxmodels.cohort.packed import CRS_SIGNS, ICANS_SIGNS
from toxmodels.cohort.reading import NEVER
from toxmodels.scales import STEPPED, astct_crs, astct_icans
from toxmodels.version import rules_digest

__all__ = [
    "RULES",
    "TIMES",
    "Columns",
    "assembled",
    "episode_columns",
    "observation_columns",
    "with_rules",
]

RULES: Final = "rules"
TIMES: Final = pl.Datetime("us", "UTC")
_HOUR: Final = 3.6e9  # in microseconds
STATUS: Final = pl.Enum(STATUSES)
_SCALES: Final = pl.Enum([*STEPPED])


def with_rules(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the digest of the rules."""
    digest = pl.Series(RULES, [rules_digest()], dtype=pl.Categorical)
    return frame.with_columns(digest.new_from_index(0, frame.height))


Columns = dict[str, npt.NDArray[Any]]
_IDS: Final = {"crs": astct_crs.ID, "icans": astct_icans.ID}
_SIGNS: Final = {"crs": CRS_SIGNS, "icans": ICANS_SIGNS}


def _bounds(lane: Lane, prefix: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    bounds = lane.packed[prefix].astype(np.uint8)
    return bounds & np.uint8(7), bounds >> np.uint8(3) & np.uint8(7)


def _standings(lane: Lane) -> dict[str, Standing]:
    """The episode at every row, by scale."""
    found: dict[str, Standing] = {}
    if lane.course is not None:
        found["crs"] = crs_standing(lane.rows, lane.course.certain)
    if lane.icans is not None:
        low, high = _bounds(lane, "icans")
        start = lane.coded.at.get("first_dose_at")
        found["icans"] = icans_standing(lane.rows, lane.icans.sign, low == high, start)
    return found


def observation_columns(lane: Lane, history: History) -> Columns:
    """The columns of every row of a lane as numbers, in its order."""
    found: Columns = {}
    held = {} if history == "none" else _standings(lane)
    for prefix, grades in lane.packed.items():
        found |= _SIGNS[prefix].parts(grades, prefix)
        if prefix == "crs" and lane.course is not None:
            found["crs_waived"] = lane.course.waiver == CERTAIN
        if prefix in held:
            standing = held[prefix]
            found[f"{prefix}_episode"] = standing.number.astype(np.uint16)
            found[f"{prefix}_status"] = standing.status
            found[f"{prefix}_onset_at"] = lane.rows.time_of(standing.onset)
        if history == "changes":
            found[f"{prefix}_rose"] = rose(lane.rows, *_bounds(lane, prefix))
    if history == "changes" and lane.signs is not None:
        found["fever_since"] = fever_since(lane.rows, lane.signs)
    if history == "changes" and lane.icans is not None:
        found["ice_fall"] = ice_fall(lane.coded, lane.rows)
    return found


def episode_columns(lane: Lane) -> Columns:
    """One row an episode, of all scales of a lane; ``row`` is one of its patient."""
    found: list[Columns] = []
    for prefix, standing in _standings(lane).items():
        one = episodes_of(lane.rows, standing, *_bounds(lane, prefix))
        until = np.where(one.ended == NEVER, one.last_sign, one.ended)
        scale = np.full(len(one.row), [*STEPPED].index(_IDS[prefix]), dtype=np.uint8)
        found.append(
            {
                "row": one.row - 1,
                "scale": scale,
                "episode": one.number.astype(np.uint16),
                "onset_at": one.onset,
                "last_sign_at": one.last_sign,
                "ended_at": one.ended,
                "status": one.status,
                "peak_at_least": one.low,
                "peak_at_most": one.high,
                "peak_at": one.peak,
                "duration_h": (until - one.onset) / _HOUR,
            }
        )
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def assembled(parts: Sequence[Columns]) -> pl.DataFrame:
    """Put the lanes together and give every column its type."""
    return pl.DataFrame(
        [_typed(name, np.concatenate([one[name] for one in parts])) for name in parts[0]]
    )


def _typed(name: str, values: npt.NDArray[Any]) -> pl.Series:
    if values.dtype == np.int64 and name.endswith(("_at", "_since")):
        times = pl.when(pl.col(name) != NEVER).then(pl.col(name)).cast(TIMES)
        return pl.Series(name, values).to_frame().select(times.alias(name))[name]
    series = pl.Series(name, values)
    if name.endswith(("_decided_by", "_missing")):
        return series.cat.to(_SIGNS[name.partition("_")[0]].kinds)
    if name.endswith("status"):
        return series.cat.to(STATUS)
    return series.cat.to(_SCALES) if name == "scale" else series
