"""
Findings as SQL: fever, pressure and oxygen with their dates, and the ICANS grade of every row.

The logic of ``signs_now`` and ``icans_course``, step by step.
"""

from __future__ import annotations

from toxmodels.cohort import cuts
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.icans_tables import EXAM_SHAPE, REST_SHAPE, SEIZURES, icans_tables
from toxmodels.cohort.sql.dialects import units
from toxmodels.site import site

__all__ = ["BEGINS", "findings"]

BEGINS = 1 << 22  # above the two bounds and the two sets of signs of a packed grade


def findings() -> list[tuple[str, str]]:
    """The parts of the query that look findings up: (name, text)."""
    return [
        ("found", _found()),
        ("signs", _signs()),
        ("places", _places()),
        ("neuro", _neuro()),
    ]


def _found() -> str:
    """The findings of fever, pressure and oxygen."""
    per_judged = crs_tables().oxygen.shape[1]
    return f"""
  SELECT carried.*,
    fever_of.finding AS fever, fever_is.low AS fever_low, fever_is.high AS fever_high,
    pressure_of.finding AS pressure, pressure_is.low AS pressure_low,
    pressure_is.high AS pressure_high,
    oxygen_of.finding AS oxygen, oxygen_is.low AS oxygen_low, oxygen_is.high AS oxygen_high,
    CASE pressure_is.dated_by WHEN 1 THEN running_at WHEN 2 THEN low_at WHEN 3 THEN bolus_at
      ELSE carried.t END AS pressure_at,
    CASE oxygen_is.dated_by WHEN 1 THEN air_at WHEN 2 THEN judged_at ELSE carried.t END AS oxygen_at
  FROM carried
  LEFT JOIN toxwatch_fever AS fever_of ON fever_of.place = heat_now + CASE WHEN first_dose > 0
    AND CASE WHEN heat_now <> 0 THEN heat_at ELSE carried.t END < first_dose THEN 4 ELSE 0 END
  LEFT JOIN toxwatch_fever_findings AS fever_is ON fever_is.finding = fever_of.finding
  LEFT JOIN toxwatch_pressure AS pressure_of
    ON pressure_of.place = low_now + 4 * running_now + 32 * bolus_now
  LEFT JOIN toxwatch_pressure_findings AS pressure_is ON pressure_is.finding = pressure_of.finding
  LEFT JOIN toxwatch_oxygen AS oxygen_of ON oxygen_of.place = air_now + {per_judged} * judged_now
  LEFT JOIN toxwatch_oxygen_findings AS oxygen_is ON oxygen_is.finding = oxygen_of.finding"""


def _signs() -> str:
    """What each reading of the records sees, and the oldest reading of a clean set."""
    unread = f"heat_now IN (0, {cuts.TEMPERATURE_UNREADABLE}) OR heat_at < set_at"
    may_be = (
        f"(set_at > 0 AND fever_low = 0 AND ({unread})"
        " AND (first_dose = 0 OR set_at >= first_dose))"
    )
    low, air = (
        f"({sign}_low > 0 OR (set_at > 0 AND {sign}_high > 0))" for sign in ("pressure", "oxygen")
    )
    return f"""
  SELECT found.*,
    CASE WHEN set_at > 0 AND fever_high = 0 AND pressure_high = 0 AND oxygen_high = 0
      AND heat_now NOT IN (0, {cuts.TEMPERATURE_UNREADABLE})
      AND low_now <> 0 AND running_now <> 0 AND air_now <> 0
      THEN LEAST(heat_at, low_at, running_at, air_at) ELSE 0 END AS clean_at,
    fever_low > 0 AS certain_fever,
    CASE WHEN fever_low > 0 THEN heat_at ELSE 0 END AS certain_fever_at,
    pressure_low > 0 OR oxygen_low > 0 AS certain_organ,
    GREATEST(CASE WHEN fever_low > 0 THEN heat_at ELSE 0 END,
      CASE WHEN pressure_low > 0 THEN pressure_at ELSE 0 END,
      CASE WHEN oxygen_low > 0 THEN oxygen_at ELSE 0 END) AS certain_sign_at,
    fever_low > 0 OR {may_be} AS possible_fever,
    CASE WHEN fever_low > 0 THEN heat_at WHEN {may_be} THEN set_at ELSE 0 END AS possible_fever_at,
    {low} OR {air} AS possible_organ,
    GREATEST(
      CASE WHEN fever_low > 0 THEN heat_at WHEN {may_be} THEN set_at ELSE 0 END,
      CASE WHEN {low} THEN pressure_at ELSE 0 END,
      CASE WHEN {air} THEN oxygen_at ELSE 0 END) AS possible_sign_at
  FROM found"""


def _standing_fit(mark: str, cleared: str) -> str:
    wait = units(site().seizure_clear)
    return f"({mark} > 0 AND NOT ({cleared} > 0 AND {mark} <= {cleared} - {wait}))"


def _fit_bounds(exam: str) -> tuple[str, str]:
    """The bounds of the seizures that no such exam has cleared so far."""
    cleared, fresh = f"clear_by_{exam}", "seizure_now IN (1, 2)"
    some, long, may_be, unread = (
        _standing_fit(mark, cleared)
        for mark in ("some_fit", "long_fit", "may_be_long_fit", "unread_fit")
    )
    low = f"CASE WHEN {long} THEN 4 WHEN {some} THEN 3 ELSE 0 END"
    high = (
        f"CASE WHEN {unread} THEN 4 WHEN {some} THEN CASE WHEN {may_be} OR NOT {fresh} THEN 4"
        f" ELSE 3 END WHEN {fresh} THEN 0 ELSE 4 END"
    )
    return low, high


def _places() -> str:
    """The bounds of the seizure sign, and what sedation and inability leave of the exam."""
    ice_low, ice_high = _fit_bounds("ice")
    capd_low, capd_high = _fit_bounds("capd")
    return f"""
  SELECT signs.*,
    CASE branch WHEN 0 THEN {ice_low}
      WHEN 1 THEN {capd_low}
      ELSE LEAST({ice_low},
        {capd_low}) END AS fit_at_least,
    CASE branch WHEN 0 THEN {ice_high}
      WHEN 1 THEN {capd_high}
      ELSE GREATEST({ice_high},
        {capd_high}) END AS fit_at_most,
    CASE WHEN unable_now <> 0 AND (capd_now = 0 OR unable_at >= capd_at) THEN 1 ELSE 0 END
      AS no_capd,
    CASE WHEN unable_now <> 0 AND (ice_now = 0 OR unable_at >= ice_at) THEN 1 ELSE 0 END AS no_ice,
    CASE WHEN unable_now = 1 AND (awake_now = 0 OR unable_at >= awake_at) THEN 1 ELSE 0 END
      AS sedated
  FROM signs"""


def _neuro() -> str:
    """
    ICANS: the finding of the scored exam, that of all other signs, and the grade of both.

    The two bounds, packed as low + 8 high, are equal where 9 divides the sum.
    """
    icans = icans_tables()
    _, _, _, waking, capds, ices = EXAM_SHAPE
    _, icps, motors, fits, sedation, awake = REST_SHAPE
    spans = " ".join(
        f"WHEN {10 * low + high} THEN {place}" for place, (low, high) in enumerate(SEIZURES)
    )
    open_fit = SEIZURES.index((0, 4))
    rousable = " ".join(
        f"WHEN {place} THEN {1 if word == 'unarousable' else 2}"
        for place, word in enumerate(cuts.AWAKE)
        if word is not None
    )
    return f"""
  SELECT patient_id, taken_at, t, kept, one_by_one, first_dose, given, masked, mask_unknown,
    recorded, fever, pressure, oxygen, clean_at, certain_fever, certain_fever_at, certain_organ,
    certain_sign_at, possible_fever, possible_fever_at, possible_organ, possible_sign_at,
    icans_of.packed AS icans,
    icans_of.packed >= {BEGINS} AND t >= first_dose AS neuro_sign,
    icans_of.packed < {BEGINS} AND t >= first_dose AND MOD(MOD(icans_of.packed, 64), 9) = 0
      AS neuro_clear
  FROM places
  LEFT JOIN toxwatch_exam AS exam_of ON exam_of.place = (((branch * 4 + no_capd * 2 + no_ice)
    * {waking} + CASE WHEN sedated = 1 THEN 0 ELSE CASE awake_now {rousable} ELSE 0 END END)
    * {capds} + capd_now) * {ices} + ice_now
  LEFT JOIN toxwatch_rest AS rest_of ON rest_of.place = ((((oedema_now * {icps} + icp_now)
    * {motors} + motor_now) * {fits}
    + CASE fit_at_least * 10 + fit_at_most {spans} ELSE {open_fit} END)
    * {sedation} + sedated) * {awake} + awake_now
  LEFT JOIN toxwatch_icans AS icans_of
    ON icans_of.place = rest_of.outcome * {len(icans.exam.findings)} + exam_of.finding"""
