"""
Rows as SQL: what each table says of them, which are assessments, and what still counts of a field.

The logic of ``steps.kept_rows`` and ``lasts.Carried.track``: a record of another kind within half
an hour joins the one before it, in a chain every second one does, and the row of the earlier one
is then no assessment of its own.
"""

from __future__ import annotations

from typing import Final

from toxmodels.cohort import cuts
from toxmodels.cohort.sql.dialects import STEP, Dialect, units
from toxmodels.cohort.sql.windows import PATIENT, SO_FAR, Windows, highest_before, soon_after
from toxmodels.site import site

__all__ = ["rows_in_order"]

VITALS: Final = ("heat", "low", "running", "bolus", "air", "judged")
_NEURO: Final = ("ice", "capd", "awake", "unable", "seizure")
_STANDING: Final = ("oedema", "icp", "motor")
_EXAM, _SET, _BOTH = 1, 2, 3  # the kind of a row; one with both stands by itself


def rows_in_order(dialect: Dialect, source: str) -> list[tuple[str, str]]:
    """The parts of the query up to the values that still count: (name, text)."""
    return [
        ("looked_up", _looked_up(source)),
        ("seen", _seen(Windows(dialect))),
        ("joining", _joining()),
        ("linked", _linked()),
        ("stepped", _stepped()),
        ("carried", _carried()),
    ]


def _looked_up(source: str) -> str:
    """Classes that a small table gives, and which kinds of records a row holds."""
    pairs, unreadable = len(cuts.CAPD_PAIRS), cuts.CAPD_UNREADABLE
    return f"""
  SELECT classes.*,
    CASE WHEN held THEN support_of.class ELSE 0 END AS air,
    CASE ice_place WHEN -1 THEN 0 WHEN -2 THEN {cuts.ICE_UNREADABLE} ELSE ice_of.class END AS ice,
    CASE capd_place WHEN -1 THEN 0 WHEN -2 THEN {unreadable}
      ELSE capd_of.class + {pairs} * capd_usual END AS capd,
    fit_of.low AS fit_low,
    fit_of.high AS fit_high,
    CASE WHEN has_exam THEN {_EXAM} ELSE 0 END + CASE WHEN has_vitals THEN {_SET} ELSE 0 END AS kind
  FROM {source} AS classes
  LEFT JOIN toxwatch_support AS support_of ON support_of.place = classes.support
  LEFT JOIN toxwatch_ice AS ice_of ON ice_of.place = classes.ice_place
  LEFT JOIN toxwatch_capd AS capd_of ON capd_of.place = classes.capd_place
  LEFT JOIN toxwatch_fits AS fit_of ON fit_of.place = classes.fit_place"""


def _seen(windows: Windows) -> str:
    """The newest class of every field, in one number with its time; seizures and their end."""
    alert = cuts.AWAKE.index("alert")
    calm = (
        f"seizure = 1 AND awake = {alert} AND motor = 1 AND icp = 1 AND oedema <= 1 AND unable = 0"
    )
    dated = "t + CASE WHEN fit_started > 0 THEN 1 ELSE 0 END"
    by_ice = f"{calm} AND ice NOT IN (0, {cuts.ICE_UNREADABLE}) AND ice_least >= ice_before"
    by_capd = f"{calm} AND capd NOT IN (0, {cuts.CAPD_UNREADABLE}) AND capd_most <= capd_before"
    fields = ",\n    ".join(
        f"{windows.latest(f'{name} <> 0', f't + {name}')} AS {name}_seen"
        for name in (*VITALS, *_NEURO, *_STANDING)
    )
    return f"""
  SELECT looked_up.*,
    {fields},
    {windows.latest("has_vitals")} AS set_seen,
    {windows.latest("given > 0")} AS given_seen,
    {windows.before_any("kind > 0", "t + kind")} AS record_before,
    SUM(CASE kind WHEN 0 THEN 0 ELSE 1 END) {SO_FAR} AS number,
    {windows.before_any("TRUE")} AS row_before,
    {windows.before_any("seizure = 2", dated)} AS fit_before,
    {highest_before("seizure = 2", "fit_started")} AS fit_started_before,
    {windows.latest("seizure = 2")} AS some_fit,
    {windows.latest("seizure = 2 AND fit_low = 4")} AS long_fit,
    {windows.latest("seizure = 2 AND fit_high = 4")} AS may_be_long_fit,
    {windows.latest("seizure = 3")} AS unread_fit,
    {windows.latest(by_ice)} AS clear_by_ice,
    {windows.latest(by_capd)} AS clear_by_capd
  FROM looked_up"""


def _joining() -> str:
    """
    Whether the first record of a row could join the record before it, and who needs a reader.

    Seizure records that may tell of one seizure are marked a little too often: where the one
    before is dated, also when it began later than this one.
    """
    near = units(site().combine_within)
    return f"""
  SELECT seen.*,
    COALESCE(kind > 0 AND record_before > 0
      AND t - (record_before - MOD(record_before, {STEP})) <= {near}
      AND kind <> {_BOTH} AND MOD(record_before, {STEP}) NOT IN (kind, {_BOTH}), FALSE)
      AS joins,
    CASE WHEN special OR since > 0 OR (died > 0 AND died <= t) OR t = row_before
      OR (seizure = 2 AND fit_before > 0
        AND CASE WHEN fit_started > 0 AND MOD(fit_before, {STEP}) = 1
          THEN fit_started <= fit_started_before
          ELSE t - (fit_before - MOD(fit_before, {STEP})) < {units(site().same_seizure)} END)
      THEN 1 ELSE 0 END AS hard
  FROM seen"""


def _linked() -> str:
    return f"""
  SELECT joining.*,
    MAX(CASE WHEN kind > 0 AND NOT joins THEN number END) {SO_FAR} AS link,
    MAX(hard) {PATIENT} = 1 AS one_by_one
  FROM joining"""


def _stepped() -> str:
    """An assessment is a row with records, unless the next record joins its only one."""
    joined = "t + CASE WHEN joins AND MOD(number - link, 2) = 1 THEN 1 ELSE 0 END"
    follower = soon_after("kind > 0", joined, units(site().combine_within))
    return f"""
  SELECT linked.*,
    kind > 0 AND MOD({follower}, {STEP}) = 0 AS kept
  FROM linked"""


def _carried() -> str:
    """What still counts of each field, and when it was read."""
    lines = []
    for fields, valid in ((VITALS, site().vitals_valid), (_NEURO, site().neuro_valid)):
        for name in fields:
            seen = f"{name}_seen"
            lines += [
                f"CASE WHEN {seen} - MOD({seen}, {STEP}) >= t - {units(valid)} "
                f"THEN MOD({seen}, {STEP}) ELSE 0 END AS {name}_now",
                f"{seen} - MOD({seen}, {STEP}) AS {name}_at",
            ]
    lines += [f"MOD({name}_seen, {STEP}) AS {name}_now" for name in _STANDING]
    said = ",\n    ".join(lines)
    near = units(site().combine_within)
    return f"""
  SELECT patient_id, taken_at, t, kept, one_by_one, branch, first_dose, given,
    some_fit, long_fit, may_be_long_fit, unread_fit, clear_by_ice, clear_by_capd,
    {said},
    CASE WHEN t - set_seen <= {near} THEN set_seen ELSE 0 END AS set_at,
    hidden >= t AS masked,
    NOT (listed OR given_seen > 0) OR (given > 0 AND hidden = 0) AS mask_unknown,
    listed OR given_seen > 0 AS recorded
  FROM stepped"""
