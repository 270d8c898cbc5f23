"""
Random case files over the whole format: mostly plausible, partly missing, in any order.

One description, two dice: Hypothesis in the daily run, because it shrinks what fails, and a
seeded generator at night, because it is a hundred times faster.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.oracle.build import DOSE
from tests.oracle.profiles import NIGHTLY
from tests.oracle.tables import (
    CAPD_ITEM_POINTS,
    CAPD_ITEMS,
    COUNTED_VASOPRESSORS,
    DEVICE_TIER,
    ICE_POINTS,
    NOT_VASOPRESSORS,
    VASOPRESSIN_LIKE,
    WAIVES_FEVER,
)

Json = dict[str, Any]
Pick = Callable[[Sequence[Any]], Any]

AGENTS = (*COUNTED_VASOPRESSORS, *VASOPRESSIN_LIKE, *NOT_VASOPRESSORS)
AWAKE = ("alert", "drowsy", "voice", "tactile", "unarousable")
ICP_SIGNS = (
    "papilloedema",
    "sixth_nerve_palsy",
    "cushing_triad",
    "decorticate_posturing",
    "decerebrate_posturing",
)
UNABLE = ("sedated", "asleep", "intubated", "language", "refused", "hearing_or_vision", "other")
OTHER_DRUGS = ("meropenem", "levetiracetam", "ondansetron")
RARELY_TRUE = (None, None, None, None, True, False)
TRUTH = (None, True, False, False)


def at_hour(hours: float) -> str:
    return (DOSE + timedelta(hours=hours)).isoformat()


def _time(pick: Pick, first: int, last: int) -> str:
    """A half hour, or a minute to either side of it: the limits lie there."""
    return at_hour(pick(range(first * 2, last * 2)) / 2 + pick((0, 0, 0, 0, -1, 1)) / 60)


def _agents(pick: Pick) -> list[Json]:
    count = pick((0, 0, 0, 1, 1, 2, 3))
    return [{"drug": drug} for drug in dict.fromkeys(pick(AGENTS) for _ in range(count))]


REASONS = (None, None, None, None, "hypoxia", "airway_protection", "procedure", "baseline")


def _oxygen(pick: Pick, reasons: Sequence[str | None] = (None,)) -> Json:
    return {
        "device": pick(("room_air", "room_air", "room_air", "nasal_cannula", *DEVICE_TIER)),
        "flow_l_min": pick((None, 0.5, 2.0, 6.0, 6.1, 15.0, 40.0)),
        "reason": pick(reasons),
    }


def _attributed(pick: Pick, signs: Sequence[str], *, on: bool) -> list[str]:
    return [pick(signs)] if on and pick(range(6)) == 0 else []


def _vitals(pick: Pick, last: int, *, attribution: bool) -> Json:
    return {
        "taken_at": _time(pick, -4, last),
        "temperature_c": pick((None, None, 36.4, 37.2, 37.9, 38.0, 38.4, 39.6)),
        "hypotensive": pick(TRUTH),
        "vasopressors": _agents(pick) if pick(range(4)) else None,
        "oxygen": _oxygen(pick, REASONS) if pick(range(5)) else None,
        "hypoxic": pick(RARELY_TRUE),
        "fluid_for_hypotension": pick(RARELY_TRUE),
        "systolic_mmhg": pick((None, 70, 88, 120)),
        "spo2_percent": pick((None, 84, 91, 97)),
        "other_cause": _attributed(pick, ("fever", "hypotension", "hypoxia"), on=attribution),
    }


def _ice(pick: Pick) -> Json | None:
    if pick(range(5)) == 0:
        return None
    if pick((True, False)):
        return {"total": pick((10, 10, *range(11)))}
    return {
        item: pick((points, points, points, points, *range(points + 1), None))
        for item, points in ICE_POINTS.items()
    }


def _capd(pick: Pick) -> Json | None:
    if pick(range(4)) == 0:
        return None
    if pick((True, False)):
        return {"total": pick((0, 1, 4, 8, 9, 20, 32))}
    points = (0, 0, 0, 0, *range(CAPD_ITEM_POINTS + 1), None)
    return {"items": [pick(points) for _ in range(CAPD_ITEMS)]}


def _seizure(pick: Pick) -> Json | None:
    what = pick((None, "none", "none", "none", "none", "none", "fit"))
    if what != "fit":
        return None if what is None else {"kind": what}
    return {
        "kind": pick(("focal", "generalised", "nonconvulsive_eeg")),
        "duration_min": pick((None, 0.5, 4.9, 5.0, 5.1, 12.0)),
        "resolved": pick((None, True, True, False)),
        "count": pick((None, 1, 2)),
        "repetitive_without_recovery": pick(RARELY_TRUE),
    }


NEURO_SIGNS = ("ice", "capd", "consciousness", "seizure", "motor", "raised_icp", "oedema")


def _exam(pick: Pick, last: int, *, attribution: bool) -> Json:
    return {
        "taken_at": _time(pick, -4, last),
        "ice": _ice(pick),
        "capd": _capd(pick),
        "consciousness": pick((None, "alert", "alert", "alert", *AWAKE)),
        "seizure": _seizure(pick),
        "motor_weakness": pick((None, "none", "none", "none", "none", "mild", "deep_focal")),
        "raised_icp": [None, [], [], [], [], [], [pick(ICP_SIGNS), pick(ICP_SIGNS)]][
            pick(range(7))
        ],
        "cerebral_oedema": pick(
            (None, None, None, None, "none", "none", "focal", "diffuse", "haemorrhage_related")
        ),
        "unable": pick((None,) * 24 + UNABLE),
        "rass": pick((None, -4, 0, 2)),
        "other_cause": _attributed(pick, NEURO_SIGNS, on=attribution),
    }


def _treatment(pick: Pick, last: int) -> Json:
    return {
        "given_at": _time(pick, -6, last),
        "drug": pick((*WAIVES_FEVER, *OTHER_DRUGS)),
        "purpose": pick((None, "premedication", "crs", "icans", "antipyretic")),
    }


def _patient(pick: Pick) -> Json:
    fixed = pick((None, None, None, None, None, []))
    return {
        "id": "random-01",
        "age_years": pick((None, 0.5, 6.0, 11.99, 12.0, 15.0, 21.0, 22.0, 41.0, 60.0, 71.0)),
        "developmental_delay": pick(RARELY_TRUE),
        "weight_kg": pick((None, 9.0, 29.9, 30.0, 70.0, 140.0)),
        "baseline_ice": pick((None, 7, 9, 10, 10)),
        "baseline_capd": pick((None, 0, 4, 10)),
        "fixed_ice_deficits": fixed if fixed is None else [pick(tuple(ICE_POINTS))],
        "baseline_oxygen": _oxygen(pick) if pick(range(6)) == 0 else None,
    }


def _therapy(pick: Pick) -> Json | None:
    started: Json = {
        "started_at": at_hour(0),
        "doses": [{"given_at": at_hour(0), "label": "first"}],
    }
    infused: Json = {"infusions": [{"started_at": at_hour(0), "rate_ug_day": 9.0, "cycle": 1}]}
    kinds: tuple[Json | None, ...] = (
        {"product": "tisagenlecleucel", **started},
        {"product": "tisagenlecleucel", **started},
        {"product": "teclistamab", **started},
        {"product": "blinatumomab", "indication": "b-all-rr", **infused},
        {"product": "tisagenlecleucel", **started, "crs_since": at_hour(2)},
        None,
    )
    return kinds[pick(range(len(kinds)))]


def _event(pick: Pick, *, deaths: bool) -> Json:
    at = _time(pick, 0, 40)
    if deaths and pick((True, False, False)):
        return {"at": at, "kind": "death", "due_to": pick((None, "crs", "icans", "other"))}
    return {"at": at, "kind": "concern"}


def a_case(pick: Pick, last: int, *, attribution: bool, deaths: bool) -> Json:
    """One whole case, from a few hours before the first dose to ``last`` hours after it."""
    labs = {"crp_mg_l": 180.0, "ferritin_ug_l": 40_000.0}
    given = [_treatment(pick, last) for _ in range(pick((0, 0, 1, 1, 2, 4)))]
    return {
        "format": "toxwatch-case/1",
        "patient": _patient(pick),
        "therapy": _therapy(pick),
        "vitals": [
            _vitals(pick, last, attribution=attribution) for _ in range(pick((0, 1, 1, 2, 3, 6)))
        ],
        "neuro": [_exam(pick, last, attribution=attribution) for _ in range(pick((0, 1, 1, 2, 3)))],
        "labs": [{"taken_at": _time(pick, 0, last), **labs}] if pick((True, False)) else [],
        "treatments": given if pick(range(6)) else None,
        "events": [_event(pick, deaths=deaths)] if pick((True, False, False)) else [],
    }


def cases(
    last: int = 60, *, attribution: bool = True, deaths: bool = True
) -> st.SearchStrategy[Json]:
    if NIGHTLY:
        return st.integers(0, 2**60).map(
            lambda seed: a_case(
                random.Random(seed).choice, last, attribution=attribution, deaths=deaths
            )
        )

    @st.composite
    def drawn(draw: Callable[[Any], Any]) -> Json:
        def pick(options: Sequence[Any]) -> Any:
            return draw(st.sampled_from(options))

        return a_case(pick, last, attribution=attribution, deaths=deaths)

    return drawn()


def asked_at(case: Json, later_h: float = 0.0) -> datetime:
    """The newest record, or some hours after it."""
    times = [one["taken_at"] for kind in ("vitals", "neuro") for one in case[kind]]
    newest = max((datetime.fromisoformat(time) for time in times), default=DOSE)
    return newest + timedelta(hours=later_h)


LATER = st.sampled_from((0.0, 0.0, 0.0, 1.0, 4.0, 4.1, 11.0, 12.0, 12.1))

# What a gap could have held, had somebody looked.
PRESSORS = st.lists(st.sampled_from(AGENTS), max_size=3, unique=True).map(
    lambda drugs: [{"drug": drug} for drug in drugs]
)
OXYGEN = st.fixed_dictionaries(
    {
        "device": st.sampled_from(tuple(DEVICE_TIER)),
        "flow_l_min": st.sampled_from((None, 2.0, 6.0, 6.1, 40.0)),
    }
)
ICE = st.integers(0, 10).map(lambda total: {"total": total})
CAPD = st.integers(0, 32).map(lambda total: {"total": total})
