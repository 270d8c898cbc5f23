"""What a later look could have found, and what would have been worse: one change at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.oracle.course import when
from tests.oracle.strategies import AWAKE, CAPD, ICE, OXYGEN, PRESSORS
from tests.oracle.tables import DEVICE_TIER

Json = dict[str, Any]
Place = tuple[Any, ...]
FILLS: dict[str, dict[str, Any]] = {
    "vitals": {
        "temperature_c": st.sampled_from((36.5, 37.9, 38.0, 39.5)),
        "hypotensive": st.booleans(),
        "vasopressors": st.one_of(st.just([]), PRESSORS),
        "oxygen": OXYGEN,
    },
    "neuro": {
        "ice": ICE,
        "capd": CAPD,
        "consciousness": st.sampled_from(("alert", "drowsy", "voice", "tactile", "unarousable")),
        "motor_weakness": st.sampled_from(("none", "mild", "deep_focal")),
        "raised_icp": st.sampled_from(([], ["papilloedema"])),
        "seizure": st.just({"kind": "none"}),
    },
}


def gaps(case: Json) -> Iterator[tuple[Place, Any]]:
    """
    Every null that a later look could fill, with what it could hold.

    Left out, with vectors of their own: attribution, treatments, times; a value that would
    replace an older one still valid; exams that might clear a seizure; ``hypoxic`` and
    ``fluid_for_hypotension``, which only ever add; imaging without a reason to image.
    """
    fits = any((one["seizure"] or {"kind": "none"})["kind"] != "none" for one in case["neuro"])
    for kind, fields in FILLS.items():
        if kind == "neuro" and fits:
            continue
        for index, record in enumerate(case[kind]):
            for name, values in fields.items():
                if record[name] is None and not _replaces(case[kind], record, name):
                    yield (kind, index, name), values
    for index, record in enumerate(case["vitals"]):
        if record["oxygen"] is not None and record["oxygen"]["flow_l_min"] is None:
            yield ("vitals", index, "oxygen", "flow_l_min"), st.sampled_from((1.0, 6.0, 6.1, 40.0))
    for index, record in enumerate(case["neuro"]):
        ice, fit = record["ice"] or {}, record["seizure"] or {}
        for item in ice:
            if ice[item] is None:
                most = 3 if item == "naming" else 1
                yield ("neuro", index, "ice", item), st.integers(0, most)
        if fit.get("kind", "none") != "none":
            if fit["duration_min"] is None:
                yield ("neuro", index, "seizure", "duration_min"), st.sampled_from((1.0, 5.0, 9.0))
            if fit["resolved"] is None:
                yield ("neuro", index, "seizure", "resolved"), st.booleans()
    if case["patient"]["age_years"] is None:
        yield ("patient", "age_years"), st.sampled_from((3.0, 11.99, 12.0, 30.0))


def _replaces(records: list[Json], record: Json, name: str) -> bool:
    """An older value still counts where this one is missing, and nothing newer hides it."""
    others = [one for one in records if one is not record and one[name] is not None]
    taken = when(record["taken_at"])
    older = any(when(one["taken_at"]) <= taken for one in others)
    newer = any(when(one["taken_at"]) > taken for one in others)
    return (older and not newer) or any(when(one["taken_at"]) == taken for one in others)


def with_value(case: Json, place: Place, value: Any) -> Json:
    changed = copy.deepcopy(case)
    part: Any = changed
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    return changed


# field of a record -> the sign by which a clinician attributes it
_SIGN = {
    "temperature_c": "fever",
    "hypotensive": "hypotension",
    "fluid_for_hypotension": "hypotension",
    "vasopressors": "hypotension",
    "oxygen": "hypoxia",
    "hypoxic": "hypoxia",
    "motor_weakness": "motor",
    "cerebral_oedema": "oedema",
}


def unattributed_there(case: Json, place: Place) -> Json:
    """
    The case without the attribution that covers this place.

    An attribution speaks of a sign that is there: once it is, its record closes what was open, as
    a vasopressor nobody recorded. What a worse sign does is asked of the grade without it.
    """
    section, index, name = place[0], place[1], place[2]
    causes = case[section][index]["other_cause"] or []
    kept = [one for one in causes if one != _SIGN.get(name, name)]
    return case if kept == causes else with_value(case, (section, index, "other_cause"), kept)


def worsenings(case: Json) -> Iterator[tuple[Place, list[Any]]]:
    """Every recorded sign with the values that are worse than the one recorded."""
    for index, record in enumerate(case["vitals"]):
        yield from _worse_vitals(("vitals", index), record)
    for index, record in enumerate(case["neuro"]):
        yield from _worse_exam(("neuro", index), record)


def _worse_vitals(place: Place, record: Json) -> Iterator[tuple[Place, list[Any]]]:
    if record["temperature_c"] is not None:
        warmer = [one for one in (37.9, 38.0, 40.0) if one > record["temperature_c"]]
        if warmer:
            yield (*place, "temperature_c"), warmer
    for name in ("hypotensive", "fluid_for_hypotension", "hypoxic"):
        if record[name] is False:
            yield (*place, name), [True]
    if record["vasopressors"] is not None:
        more = [{"drug": drug} for drug in ("norepinephrine", "epinephrine", "vasopressin")]
        yield (*place, "vasopressors"), [[*record["vasopressors"], one] for one in more]
    if record["oxygen"] is not None:
        tier = DEVICE_TIER[record["oxygen"]["device"]][1]
        devices = [device for device, (low, _) in DEVICE_TIER.items() if low > tier]
        if devices:
            yield (*place, "oxygen", "device"), devices


def _worse_exam(place: Place, record: Json) -> Iterator[tuple[Place, list[Any]]]:
    for item, got in (record["ice"] or {}).items():
        if got:
            yield (*place, "ice", item), list(range(got))
    total = (record["capd"] or {}).get("total")
    if total is not None and total < 32:
        yield (*place, "capd", "total"), [total + 1, 32]
    if record["consciousness"] not in (None, "unarousable"):
        yield (*place, "consciousness"), list(AWAKE[AWAKE.index(record["consciousness"]) + 1 :])
    if record["motor_weakness"] in ("none", "mild"):
        yield (*place, "motor_weakness"), ["deep_focal"]
    if record["raised_icp"] is not None:
        yield (*place, "raised_icp"), [[*record["raised_icp"], "papilloedema"]]
    if record["cerebral_oedema"] in ("none", "focal"):
        yield (*place, "cerebral_oedema"), ["diffuse"]
    fit = record["seizure"]
    if fit is not None and fit["kind"] == "none":
        brief = {"kind": "focal", "duration_min": 1.0, "resolved": True}
        yield (*place, "seizure"), [brief, {**brief, "duration_min": 20.0}]
    elif fit is not None:
        if fit["duration_min"] is not None:
            yield (*place, "seizure", "duration_min"), [fit["duration_min"] + 5.0]
        if fit["resolved"] is True:
            yield (*place, "seizure", "resolved"), [False]
