"""When it began and how long it lasted: cumulative incidence, with death as a competing risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from dashboard.cohorts.answer import ALL, TOXICITY, Answer, groups, survival
from toxmodels.cohort.columns import PATIENT
from toxmodels.cohort.questions import Study

__all__ = ["duration", "onset"]

_NORMAL_95: Final = 1.959964
_WIDEST: Final = 20.0
_EVENT, _DEATH, _CENSORED = 1, 2, 0
_MOST_POINTS: Final = 240
_SCHEMA: Final = {
    "toxicity": pl.String, "group": pl.String, "day": pl.Float64, "incidence": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "n": pl.Int64, "events": pl.Int64,
    "competing": pl.Int64, "censored": pl.Int64,
}  # fmt: skip
Floats = npt.NDArray[np.float64]


def onset(study: Study, by: str | None = None) -> Answer:
    """Days from the first dose to the first row with a certain grade 1 or more."""
    rows: list[dict[str, Any]] = []
    for toxicity in TOXICITY:
        for name, patients in groups(study, by):
            days, status = _to_onset(patients, toxicity)
            rows += _curve(toxicity, name, days, status)
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    without = study.patients["first_dose_at"].null_count()
    missing = [
        f"{_possible_only(study, one)} patients have a possible {TOXICITY[one]} and no certain "
        "one: they count as free of it."
        for one in TOXICITY
    ]
    if without:
        missing.append(
            f"{without} patients have no first dose: their days count from the first row."
        )
    said = [
        _median(frame, one, "began in half of all patients by day", "began") for one in TOXICITY
    ]
    return Answer("onset", "Onset", frame, " ".join(said), tuple(missing))


def duration(study: Study, by: str | None = None) -> Answer:
    """Days from the onset of each episode until it was over."""
    rows: list[dict[str, Any]] = []
    for toxicity in TOXICITY:
        episodes = study.episodes.filter(pl.col("toxicity") == toxicity)
        for name, patients in groups(study, by):
            joined = episodes.join(
                patients.select(PATIENT, "died_at", "followed_until"), on=PATIENT, how="inner"
            )
            days, status = _to_end(joined)
            rows += _curve(toxicity, name, days, status)
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    still = study.episodes["ended_at"].null_count()
    said = [
        _median(frame, one, "was over in half of the episodes by day", "ended") for one in TOXICITY
    ]
    missing = (
        f"{still} of {study.episodes.height} episodes were not over when the rows end.",
        "A patient may have several episodes; they are counted as if they were independent.",
    )
    return Answer("duration", "Duration", frame, " ".join(said), missing)


def _to_onset(patients: pl.DataFrame, toxicity: str) -> tuple[Floats, npt.NDArray[np.int64]]:
    at = patients[f"{toxicity}_onset_h"].to_numpy() / 24
    death = patients["death_h"].fill_null(np.inf).to_numpy() / 24
    until = patients["followed_h"].to_numpy() / 24
    return _first_of(at, death, until)


def _to_end(episodes: pl.DataFrame) -> tuple[Floats, npt.NDArray[np.int64]]:
    def days(name: str) -> Floats:
        span = (pl.col(name) - pl.col("onset_at")).dt.total_minutes() / 1440.0
        found: Floats = episodes.select(span.cast(pl.Float64))[name].to_numpy()
        return found

    return _first_of(days("ended_at"), days("died_at"), days("followed_until"))


def _first_of(at: Floats, death: Floats, until: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """What came first; an event on the day of death still counts as the event."""
    death = np.where(np.isnan(death), np.inf, death)
    happened = ~np.isnan(at)
    days = np.where(happened, at, np.minimum(death, until))
    status = np.where(happened, _EVENT, np.where(np.isfinite(death), _DEATH, _CENSORED))
    known = np.isfinite(days)
    return np.maximum(days[known], 0.0), status[known].astype(np.int64)


def _curve(
    toxicity: str, name: str, days: Floats, status: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    base = {
        "toxicity": toxicity, "group": name, "n": len(days),
        "events": int((status == _EVENT).sum()), "competing": int((status == _DEATH).sum()),
        "censored": int((status == _CENSORED).sum()),
    }  # fmt: skip
    points = [(0.0, 0.0, 0.0, 0.0)] if len(days) else []
    if base["events"]:
        points += _points(np.round(days * 24) / 24, status)
    keys = ("day", "incidence", "low", "high")
    return [base | dict(zip(keys, one, strict=True)) for one in points]


def _points(days: Floats, status: npt.NDArray[np.int64]) -> list[tuple[float, float, float, float]]:
    """The steps of the curve, with the interval on the log(-log) scale."""
    with np.errstate(divide="ignore", invalid="ignore"):  # where the last one left has the event
        found = survival().CumIncidenceRight(days, status)
    share = np.asarray(found.cinc[0])
    error = _carried(np.asarray(found.cinc_se[0]))
    low, high = _interval(share, error)
    times = np.asarray(found.times)
    step = np.append(True, np.diff(share) > 0)
    step[-1] = True
    kept = np.flatnonzero(step)
    if len(kept) > _MOST_POINTS:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, _MOST_POINTS).astype(int))]
    return [(float(times[at]), float(share[at]), float(low[at]), float(high[at])) for at in kept]


def _carried(error: Floats) -> Floats:
    """Where the last one left has the event there is no error: the one before it stands."""
    known = np.where(np.isfinite(error), np.arange(len(error)), 0)
    found = error[np.maximum.accumulate(known)]
    return np.where(np.isfinite(found), found, 0.0)


def _interval(share: Floats, error: Floats) -> tuple[Floats, Floats]:
    """On the log(-log) scale the interval stays between 0 and 1."""
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    log = np.log(safe)
    spread = _NORMAL_95 * np.where(inside, error, 0.0) / (safe * np.abs(log))
    spread = np.minimum(spread, _WIDEST)  # beyond it both ends are 0 and 1 anyhow
    low = np.where(inside, safe ** np.exp(spread), share)
    high = np.where(inside, safe ** np.exp(-spread), share)
    return low, high


def _possible_only(study: Study, toxicity: str) -> int:
    certain, possible = f"{toxicity}_certain", f"{toxicity}_possible"
    return study.patients.filter((pl.col(certain) < 1) & (pl.col(possible) >= 1)).height


def _median(frame: pl.DataFrame, toxicity: str, says: str, verb: str) -> str:
    """When the curve of everybody reaches a half; else how far it came."""
    curve = frame.filter((pl.col("toxicity") == toxicity) & (pl.col("group") == ALL))
    if curve.height == 0:
        return f"{TOXICITY[toxicity]}: nobody to count."
    first, last = curve.to_dicts()[0], curve.to_dicts()[-1]
    counted = f"(n={first['n']}, {verb} in {first['events']}, died before {first['competing']})"
    reached: Sequence[float] = curve.filter(pl.col("incidence") >= 0.5)["day"].to_list()
    if reached:
        return f"{TOXICITY[toxicity]} {says} {reached[0]:.1f} {counted}."
    share = 100 * last["incidence"]
    return f"{TOXICITY[toxicity]} {verb} in {share:.0f} % by day {last['day']:.1f} {counted}."
