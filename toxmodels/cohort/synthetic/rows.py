"""
The rows of invented patients in the flat form, all patients of a batch at once.

What a row shows follows how ill its patient is at that hour, with the reading errors, gaps and
values nobody recorded of real charts. No rule of a scale stands here: the tables below say what
somebody that ill looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from toxmodels.cohort.columns import COLUMNS, PATIENT, TIME
from toxmodels.cohort.synthetic.patients import BURDENS, Illness, Patients
from toxmodels.cohort.synthetic.published import published
from toxmodels.drugs import masking_window

__all__ = ["SCHEMA", "observations", "treatments"]

Draw = np.random.Generator
Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Hours = npt.NDArray[np.float32]
Bits = npt.NDArray[np.bool_]

_HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000
_TIME: Final = pl.Datetime("us", "UTC")
_PRESSORS: Final = (
    "none", "norepinephrine", "norepinephrine+vasopressin", "norepinephrine+epinephrine",
)  # fmt: skip
# By how ill: the devices, and the flow in L/min that goes with each (0: none is written down).
_DEVICES: Final = (
    (("room_air", 0.0),),
    (("room_air", 0.0),),
    (("nasal_cannula", 2.0), ("nasal_cannula", 4.0), ("nasal_cannula", 6.0), ("blow_by", 0.0)),
    (("simple_mask", 8.0), ("venturi", 12.0), ("non_rebreather", 15.0),
     ("high_flow_nasal_cannula", 40.0)),
    (("bipap", 0.0), ("ventilator", 0.0), ("cpap", 0.0), ("ventilator", 0.0)),
)  # fmt: skip
_AWAKE: Final = ("alert", "drowsy", "voice", "tactile", "unarousable")
_DEATHS: Final = ("crs", "icans", "other")
_CHILD_YEARS: Final = 12.0
# Lowest and highest score by how ill.
_ICE: Final = ((10, 10), (7, 9), (3, 6), (0, 2), (0, 0))
_CAPD: Final = ((0, 0), (2, 6), (5, 8), (9, 20), (20, 30))
_DOSES: Final = "tocilizumab_doses"
_STEROID: Final = "corticosteroid_given"


def _kind(name: str) -> Any:
    match COLUMNS[name].holds:
        case "time":
            return _TIME
        case "number":
            return pl.Float64
        case "whole number":
            return pl.UInt8
        case "yes or no":
            return pl.Boolean
        case _:
            return pl.String


_FLAT: Final = (
    PATIENT, TIME, "age_years", "developmental_delay", "first_dose_at", "treatments_recorded",
    "baseline_ice", "died_at", "death_due_to", "temperature_c", "hypotensive", "vasopressors",
    "fluid_for_hypotension", "oxygen_device", "oxygen_flow_l_min", "ice_total", "ice_low",
    "ice_high", "capd_total", "consciousness", "seizure_kind", "seizure_duration_min",
    "seizure_resolved", "motor_weakness", "raised_icp", "unable", "fever_drug_given_at",
    "fever_hidden_until",
)  # fmt: skip
# What stands beside the flat form: what a cohort is grouped by, what was given, what this is.
SCHEMA: Final[dict[str, Any]] = {
    **{name: _kind(name) for name in _FLAT},
    "product": pl.String,
    "burden": pl.String,
    "weight_kg": pl.Float64,
    _DOSES: pl.UInt8,
    _STEROID: pl.Boolean,
    "synthetic": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a batch: whose, when, and how ill by each toxicity at that time."""

    of: Ints
    hour: Hours
    crs: Small
    icans: Small
    nth: Ints


def treatments(patients: Patients, names: pl.Series) -> pl.DataFrame:
    """What was given, in the form of a frame of treatments; lists that nobody kept are left out."""
    parts = []
    for one in patients.given:
        who = np.flatnonzero(patients.listed & (one.at_h < _last_h(patients)))
        stops = None if one.stops_h is None else _at(patients, who, one.stops_h[who])
        parts.append(
            pl.DataFrame(
                {
                    PATIENT: names.gather(who),
                    "given_at": _at(patients, who, one.at_h[who]),
                    "drug": pl.repeat(one.drug, len(who), eager=True),
                    "stopped_at": pl.Series([None], dtype=_TIME).new_from_index(0, len(who))
                    if stops is None
                    else stops,
                    "interval_h": pl.repeat(one.interval_h, len(who), dtype=pl.Float64, eager=True),
                }
            )
        )
    return pl.concat(parts).sort(PATIENT, "given_at", maintain_order=True)


def observations(random: Draw, patients: Patients, names: pl.Series) -> pl.DataFrame:
    """The rows of these patients, sorted by patient and time."""
    rows = _times(random, patients)
    minutes = np.rint(rows.hour.astype(np.float64) * 60).astype(np.int64) * _MINUTE_US
    of = rows.of
    columns: dict[str, pl.Series] = {
        PATIENT: names.gather(of),
        TIME: pl.Series(patients.started_us[of] + minutes).cast(_TIME),
    }
    columns |= _who(patients, of)
    columns |= _drugs(patients, rows)
    columns |= _vital_signs(random, patients, rows, columns)
    columns |= _exams(random, patients, rows)
    columns["synthetic"] = pl.repeat(True, len(of), dtype=pl.Boolean, eager=True)
    return pl.DataFrame([columns[name].alias(name).cast(kind) for name, kind in SCHEMA.items()])


def _last_h(patients: Patients) -> npt.NDArray[np.float64]:
    return np.minimum(patients.stay_h, patients.dies_h)


def _at(patients: Patients, who: Ints, hours: npt.NDArray[np.float64]) -> pl.Series:
    """Hours from each patient's first dose as times; none where there is no hour."""
    known = np.isfinite(hours)
    whole = np.rint(np.where(known, hours, 0.0) * 60).astype(np.int64) * _MINUTE_US
    times = pl.Series(patients.started_us[who] + whole).cast(_TIME)
    return times if known.all() else times.set(pl.Series(~known), None)


def _times(random: Draw, patients: Patients) -> _Rows:
    watched = published().watched
    often, later, days = watched["often_h"], watched["later_h"], watched["often_days"]
    dense = int((days * 24 + watched["before_h"]) / often)
    sparse = np.maximum(0, (patients.stay_h - days * 24) // later).astype(np.int64)
    count = dense + sparse
    of = np.repeat(np.arange(len(patients)), count)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    hour = np.minimum(nth, dense) * often + np.maximum(0, nth - dense) * later
    hour = hour - watched["before_h"]
    step = np.where(nth < dense, often, later)
    hour = (hour + random.random(len(of), np.float32) * watched["jitter"] * step).astype(np.float32)
    kept = random.random(len(of), np.float32) >= watched["skipped"]
    kept &= ~((hour > patients.gap_h[of]) & (hour < patients.gap_ends_h[of]))
    kept &= hour < patients.dies_h[of]
    kept |= nth == 0
    of, hour, nth = of[kept], hour[kept], nth[kept]
    return _Rows(of, hour, _now(patients.crs, of, hour), _now(patients.icans, of, hour), nth)


def _now(illness: Illness, of: Ints, hour: Hours) -> Small:
    """How ill at each row: up in steps to the worst, a plateau, and down again."""
    assumed = published().assumed
    peak = illness.grade.astype(np.float32)
    onset, length = illness.onset_h.astype(np.float32), illness.ends_h - illness.onset_h
    done = (hour - onset[of]) / length.astype(np.float32)[of]
    top = peak[of]
    rise = np.floor(done / np.float32(assumed["rises_for"]) * top) + 1
    fall = np.ceil((1 - done) / np.float32(assumed["falls_for"]) * top)
    found = np.minimum(np.minimum(rise, fall), top)
    severity: Small = (np.clip(found, 0, None) * ((done >= 0) & (done < 1))).astype(np.int8)
    return severity


def _who(patients: Patients, of: Ints) -> dict[str, pl.Series]:
    """What is the same in all rows of a patient."""
    known = published()
    everybody = np.arange(len(patients))
    named = {
        "age_years": pl.Series(patients.age_years).fill_nan(None),
        "developmental_delay": pl.Series([False, True, None]).gather(patients.delayed),
        "first_dose_at": _at(patients, everybody, np.zeros(len(patients))),
        "treatments_recorded": pl.Series([None, True]).gather(patients.listed.astype(np.int8)),
        "baseline_ice": pl.Series(patients.usual_ice),
        "died_at": _at(patients, everybody, patients.dies_h),
        "death_due_to": _words(_DEATHS, (patients.dies_of - 1) % 4),
        "product": _words(known.products, patients.product),
        "burden": _words(BURDENS, patients.burden),
        "weight_kg": pl.Series(patients.weight_kg),
    }
    return {name: one.gather(of) for name, one in named.items()}


def _words(words: Sequence[str], places: npt.NDArray[Any]) -> pl.Series:
    """The word of each place; a place behind the last is no word."""
    return pl.Series([*words, None], dtype=pl.String).gather(places)


def _drugs(patients: Patients, rows: _Rows) -> dict[str, pl.Series]:
    """What had been given by each row: the last drug, until when it hides fever, and how many."""
    count = len(rows.of)
    last, hidden = np.full(count, -np.inf, np.float32), np.full(count, -np.inf, np.float32)
    doses, steroid = np.zeros(count, np.int8), np.zeros(count, np.bool_)
    for one in patients.given:
        at = np.where(patients.listed, one.at_h, np.inf).astype(np.float32)[rows.of]
        by_then = at <= rows.hour
        window = masking_window(one.drug)
        hides = 0.0 if window is None else window.total_seconds() / 3600
        ends = one.at_h if one.stops_h is None else one.stops_h
        last = np.where(by_then, np.maximum(last, at), last)
        until = ends.astype(np.float32)[rows.of] + np.float32(hides)
        hidden = np.where(by_then, np.maximum(hidden, until), hidden)
        doses += by_then & (one.drug == "tocilizumab")
        steroid |= by_then & (one.drug == "dexamethasone")
    unlisted = pl.Series(~patients.listed[rows.of])
    return {
        "fever_drug_given_at": _at(patients, rows.of, last.astype(np.float64)),
        "fever_hidden_until": _at(patients, rows.of, hidden.astype(np.float64)),
        _DOSES: pl.Series(doses).set(unlisted, None),
        _STEROID: pl.Series(steroid).set(unlisted, None),
    }


def _lost(random: Draw, what: str, series: pl.Series) -> pl.Series:
    """The same with the values away that nobody recorded."""
    away = random.random(len(series), np.float32) < published().missing[what]
    return series.set(pl.Series(away), None)


def _vital_signs(
    random: Draw, patients: Patients, rows: _Rows, drugs: dict[str, pl.Series]
) -> dict[str, pl.Series]:
    count, crs = len(rows.of), rows.crs
    organ = patients.organ[rows.of]
    low = np.where(organ & 1, crs, np.minimum(crs, 1))
    air = np.where(organ & 2, crs, np.minimum(crs, 1))
    calm = ((drugs[_DOSES] > 0) | drugs[_STEROID]).fill_null(False).to_numpy()
    chance = random.random(count, np.float32)
    hot = (crs > 0) & np.where(calm, chance < 0.12, chance < 0.95)
    spread = np.abs(random.standard_normal(count, np.float32))
    heat = np.where(hot, 38.3 + 0.6 * spread, 36.5 + 0.35 * np.minimum(spread, 3.0))
    both = (chance * 4).astype(np.int8)
    pressors = np.select(
        [low == 4, low == 3], [np.int8(3), 1 + (both == 0).astype(np.int8)], np.int8(0)
    )
    place = air.astype(np.int64) * 4 + (spread * 16).astype(np.int64) % 4
    devices = [device for row in _DEVICES for device, _ in (row * 4)[:4]]
    flows = [flow or None for row in _DEVICES for _, flow in (row * 4)[:4]]
    device = pl.Series(devices, dtype=pl.String).gather(place)
    device = _lost(random, "oxygen", device)
    flow = pl.Series(flows, dtype=pl.Float64).gather(place)
    flow = _lost(random, "oxygen_flow", flow.set(device.is_null(), None))
    return {
        "temperature_c": _lost(
            random, "temperature_c", pl.Series(np.round(heat.astype(np.float64), 1))
        ),
        "hypotensive": _lost(random, "hypotensive", pl.Series(low >= 2)),
        "vasopressors": _lost(random, "vasopressors", _words(_PRESSORS, pressors)),
        "fluid_for_hypotension": pl.Series((low == 2) & (both < 3)),
        "oxygen_device": device,
        "oxygen_flow_l_min": flow,
    }


def _exams(random: Draw, patients: Patients, rows: _Rows) -> dict[str, pl.Series]:
    """Exams at every second set and oftener while there is ICANS; no value in the other rows."""
    watched, missing = published().watched, published().missing
    count, every = len(rows.of), rows.icans
    chance = random.random(count, np.float32)
    done = np.flatnonzero(
        (rows.nth % watched["exam_every"] == 0) | ((every > 0) & (chance < watched["exam_if_ill"]))
    )
    few, ill = len(done), every[done].astype(np.int64)
    within = random.random(few, np.float32)
    child = np.nan_to_num(patients.age_years, nan=40.0)[rows.of[done]] < _CHILD_YEARS
    ice, capd = _score(_ICE, ill, within), _score(_CAPD, ill, within)
    ice = np.minimum(ice, patients.usual_ice[rows.of[done]])
    tube = (rows.crs[done] == 4) & (patients.organ[rows.of[done]] & 2 > 0)
    unable = _words(("intubated", "sedated"), np.where(tube, (chance[done] * 2).astype(int), 2))
    lost = random.random(few, np.float32)
    in_part = (lost < missing["score_in_part"]) & ~tube & ~child
    away = tube | (
        (lost >= missing["score_in_part"]) & (lost < missing["score_in_part"] + missing["score"])
    )
    fit = (ill >= 3) & (within < 0.08)
    seizure = _words(("none", "focal", "generalised"), np.where(fit, 1 + (lost < 0.5), 0))
    found = {
        "ice_total": _but(pl.Series(ice), away | in_part | child),
        "ice_low": _but(pl.Series(np.maximum(ice - 1, 0)), ~in_part),
        "ice_high": _but(pl.Series(np.minimum(ice + 1, 10)), ~in_part),
        "capd_total": _but(pl.Series(capd), away | ~child),
        "consciousness": _lost(random, "consciousness", _words(_AWAKE, ill)),
        "seizure_kind": _lost(random, "seizure", seizure),
        "seizure_duration_min": _but(pl.Series(np.full(few, 2.0)), ~fit),
        "seizure_resolved": _but(pl.Series(fit), ~fit),
        "motor_weakness": _lost(
            random, "motor_weakness", _words(("none", "deep_focal"), (ill == 4) & (within > 0.9))
        ),
        "raised_icp": _lost(random, "raised_icp", _words(("none",), np.zeros(few, np.int8))),
        "unable": unable,
    }
    gone = found["seizure_kind"].is_null()
    for name in ("seizure_duration_min", "seizure_resolved"):
        found[name] = found[name].set(gone, None)
    place = np.full(count, few, dtype=np.int64)
    place[done] = np.arange(few)
    blank = {name: one.extend_constant(None, 1) for name, one in found.items()}
    return {name: one.gather(place) for name, one in blank.items()}


def _but(series: pl.Series, away: Bits) -> pl.Series:
    return series.set(pl.Series(away), None)


def _score(bands: tuple[tuple[int, int], ...], ill: npt.NDArray[Any], within: Hours) -> Small:
    least, most = (np.array(one) for one in zip(*bands, strict=True))
    span = most[ill] - least[ill] + 1
    found: Small = (least[ill] + (within * span).astype(np.int64)).astype(np.int8)
    return found
