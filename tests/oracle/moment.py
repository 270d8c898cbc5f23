"""One moment, graded by looking up the tables: no time, no episodes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.oracle.tables import (
    AWAKENING,
    BRIEF_SEIZURE,
    CAPD_ITEM_POINTS,
    CAPD_ITEMS,
    CAPD_POSITIVE_FROM,
    CAPD_UNDER_YEARS,
    CAPD_WITH_DELAY_TO_YEARS,
    COUNTED_VASOPRESSORS,
    DEVICE_TIER,
    GRAVE_SEIZURE,
    ICE_BAND,
    ICE_POINTS,
    LOW_FLOW_TO_L_MIN,
    MOTOR,
    OEDEMA,
    PROLONGED_OVER_MIN,
    REASONS_THAT_ARE_NOT_HYPOXIA,
    VASOPRESSIN_LIKE,
    Interval,
)

Json = dict[str, Any]


def highest(intervals: Iterable[Interval]) -> Interval:
    """The grade is the worst domain: both ends separately."""
    ends = list(intervals)
    return max(low for low, _ in ends), max(high for _, high in ends)


def hull(intervals: Iterable[Interval]) -> Interval:
    """What is known when it is not known which of several readings holds."""
    ends = list(intervals)
    return min(low for low, _ in ends), max(high for _, high in ends)


def hypotension(
    *, hypotensive: bool | None, fluid_for_hypotension: bool | None, vasopressors: list[Json] | None
) -> Interval:
    low_pressure = hypotensive is True or fluid_for_hypotension is True
    if vasopressors is None:
        return (2, 4) if low_pressure else (0, 4)
    running = {agent["drug"] for agent in vasopressors}
    counted = len(running.intersection(COUNTED_VASOPRESSORS))
    if counted >= 2:
        return 4, 4
    if counted == 1 or running.intersection(VASOPRESSIN_LIKE):
        return 3, 3
    if low_pressure:
        return 2, 2
    return (0, 2) if hypotensive is None else (0, 0)


def device_tier(oxygen: Json) -> Interval:
    low_flow, high_flow = DEVICE_TIER[oxygen["device"]]
    if low_flow == high_flow:
        return low_flow, low_flow
    flow_l_min = oxygen.get("flow_l_min")
    if flow_l_min is None:
        return low_flow, high_flow
    tier = low_flow if flow_l_min <= LOW_FLOW_TO_L_MIN else high_flow
    return tier, tier


def hypoxia(*, oxygen: Json | None, hypoxic: bool | None, usual: Json | None) -> Interval:
    judged = (2, 2) if hypoxic is True else (0, 0)
    if oxygen is None:
        return highest([(0, 4), judged])
    if oxygen.get("reason") in REASONS_THAT_ARE_NOT_HYPOXIA:
        return highest([(0, 4), judged])  # on room air the record contradicts itself: open as well
    if oxygen["device"] == "room_air" and hypoxic is True:
        return judged
    tier = device_tier(oxygen)
    if oxygen.get("reason") == "baseline":
        tier = _beyond(tier, (0, 4) if usual is None else device_tier(usual))
    return highest([tier, judged])


def _beyond(tier: Interval, usual: Interval) -> Interval:
    """What exceeds the support of before therapy counts in full, the rest not at all."""
    now, before = range(tier[0], tier[1] + 1), range(usual[0], usual[1] + 1)
    counted = [one if one > other else 0 for one in now for other in before]
    return min(counted), max(counted)


def ice_bounds(ice: Json, fixed: Iterable[str]) -> Interval:
    """
    Fewest and most points: a missing item may be worth nothing or everything.

    Where only a total was kept, nobody knows whether a fixed item is among the failed ones.
    """
    total = ice.get("total")
    if total is not None and all(ice.get(item) is None for item in ICE_POINTS):
        given = sum(ICE_POINTS[item] for item in set(fixed))
        return max(total, given), min(sum(ICE_POINTS.values()), total + given)
    fewest = most = 0
    for item, points in ICE_POINTS.items():
        got = points if item in fixed else ice.get(item)
        fewest += 0 if got is None else got
        most += points if got is None else got
    return fewest, most


def capd_bounds(capd: Json) -> Interval:
    if capd.get("total") is not None:
        return capd["total"], capd["total"]
    items = capd.get("items")
    if items is None:
        return 0, CAPD_ITEMS * CAPD_ITEM_POINTS
    fewest = sum(item for item in items if item is not None)
    return fewest, fewest + CAPD_ITEM_POINTS * sum(item is None for item in items)


def _capd_band(total: int) -> int:
    if total == 0:
        return 0
    return 1 if total < CAPD_POSITIVE_FROM else 3


def _scored_exam(bounds: Interval | None, band: Any, consciousness: str | None) -> Interval:
    if bounds is not None:
        ends = sorted(band(total) for total in bounds)
        return ends[0], ends[1]
    return exam_not_done(consciousness)


def exam_not_done(consciousness: str | None) -> Interval:
    if consciousness is None:
        return 0, 4
    return (4, 4) if consciousness == "unarousable" else (0, 3)


def exam_impossible(consciousness: str | None) -> Interval:
    """Inability is not a score: never a closed 0, never a closed 4."""
    return (0, 4) if consciousness in (None, "unarousable") else (0, 3)


def seizure_grade(seizure: Json | None) -> Interval:
    if seizure is None:
        return 0, 4
    if seizure["kind"] == "none":
        return 0, 0
    duration_min = seizure.get("duration_min")
    repetitive = seizure.get("repetitive_without_recovery")
    if repetitive is True or (duration_min is not None and duration_min > PROLONGED_OVER_MIN):
        return GRAVE_SEIZURE, GRAVE_SEIZURE
    several = (seizure.get("count") or 0) >= 2
    if duration_min is None or seizure.get("resolved") is not True:
        return BRIEF_SEIZURE, GRAVE_SEIZURE
    if repetitive is None and several:
        return BRIEF_SEIZURE, GRAVE_SEIZURE
    return BRIEF_SEIZURE, BRIEF_SEIZURE


def branches(patient: Json) -> tuple[str, ...]:
    """Which scored exam the age asks for: both when nobody recorded the age."""
    age_years, delay = patient.get("age_years"), patient.get("developmental_delay") is True
    if age_years is None:
        return "capd", "ice"
    if age_years < CAPD_UNDER_YEARS:
        return ("capd",)
    return ("capd",) if delay and age_years <= CAPD_WITH_DELAY_TO_YEARS else ("ice",)


def reason_to_image(exam: Json, seizure: Interval) -> bool:
    return (
        exam.get("consciousness") in ("voice", "tactile", "unarousable")
        or seizure[0] > 0
        or exam.get("motor_weakness") == "deep_focal"
        or bool(exam.get("raised_icp"))
    )


def icans(exam: Json, patient: Json, seizure: Interval | None = None) -> Interval:
    """
    Grade one set of neurological findings.

    ``exam`` holds the value that counts for each field, ``unable`` as a list, and ``other_cause``.
    ``seizure`` replaces the exam's own where an earlier one still stands.
    """
    return hull(_icans(exam, patient, branch, seizure) for branch in branches(patient))


def _icans(exam: Json, patient: Json, branch: str, seizure: Interval | None) -> Interval:
    consciousness = exam.get("consciousness")
    unable = exam.get("unable") or []
    fits = seizure_grade(exam.get("seizure")) if seizure is None else seizure
    if unable:
        scored = exam_impossible(consciousness)
    elif branch == "ice":
        fixed = patient.get("fixed_ice_deficits") or ()
        bounds = None if exam.get("ice") is None else ice_bounds(exam["ice"], fixed)
        scored = _scored_exam(bounds, ICE_BAND.__getitem__, consciousness)
    else:
        bounds = None if exam.get("capd") is None else capd_bounds(exam["capd"])
        scored = _scored_exam(bounds, _capd_band, consciousness)
    awake = None if "sedated" in unable else consciousness
    icp, oedema = exam.get("raised_icp"), exam.get("cerebral_oedema")
    if oedema is None:
        swelling = (0, 4) if reason_to_image(exam, fits) else (0, 0)
    else:
        swelling = (OEDEMA[oedema],) * 2
    domains: dict[str, Interval] = {
        branch: scored,
        "consciousness": (0, 4) if awake is None else (AWAKENING[awake],) * 2,
        "seizure": fits,
        "motor": _looked_up(MOTOR, exam.get("motor_weakness")),
        "raised_icp": (0, 4) if icp is None else ((4, 4) if icp else (0, 0)),
        "oedema": swelling,
    }
    attributed = exam.get("other_cause") or []
    return highest([(0, 0)] + [tier for sign, tier in domains.items() if sign not in attributed])


def _looked_up(table: dict[str, int], value: str | None) -> Interval:
    return (0, 4) if value is None else (table[value], table[value])
