"""
A whole case at one time: what still counts, which episode is open, what is waived.

Walks the raw JSON of a case file. Where a temperature was not taken, the set may have been the
one that established CRS: every such possibility is walked and the readings are put together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product

from tests.oracle.moment import (
    Json,
    branches,
    capd_bounds,
    highest,
    hull,
    hypotension,
    hypoxia,
    icans,
    ice_bounds,
    seizure_grade,
)
from tests.oracle.tables import (
    EXAM_VALID,
    FEVER_FROM_C,
    ICE_BAND,
    MASKS_FOR,
    QUIET_BEFORE_END,
    SEIZURE_STANDS,
    VITALS_VALID,
    WAIVES_FEVER,
    Interval,
)

CRS, ICANS = "astct-crs-2019", "astct-icans-2019"
MANY = 8  # past this number of missing temperatures only one at a time is tried


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass
class Episode:
    first_fever: datetime
    last_sign: datetime
    quiet_on_therapy: bool = False
    reopened: bool = False  # a sign came back while an agent still masked fever


def grades(case: Json, at: datetime) -> dict[str, Interval]:
    """Both grades at ``at``; empty after a death from another cause."""
    deaths = [
        event
        for event in case.get("events") or []
        if event["kind"] == "death" and when(event["at"]) <= at
    ]
    causes = {event.get("due_to") for event in deaths}
    if "other" in causes:
        return {}
    found = {CRS: crs_at(case, at), ICANS: icans_at(case, at)}
    if None in causes:
        found = {scale: (low, 5) for scale, (low, _) in found.items()}
    if "crs" in causes:
        found[CRS] = 5, 5
    if "icans" in causes:
        found[ICANS] = 5, 5
    return found


# --- CRS -----------------------------------------------------------------------------------------
def first_dose(case: Json) -> datetime | None:
    therapy = case.get("therapy") or {}
    starts = [therapy.get("started_at")]
    starts += [dose["given_at"] for dose in therapy.get("doses") or []]
    starts += [part["started_at"] for part in therapy.get("infusions") or []]
    known = [when(start) for start in starts if start is not None]
    return min(known) if known else None


def crs_at(case: Json, at: datetime) -> Interval:
    begins = first_dose(case)
    since = (case.get("therapy") or {}).get("crs_since")
    if begins is not None and since is not None:
        begins = min(begins, when(since))
    if begins is not None and at < begins:
        return 0, 0
    sets = sorted(
        (one for one in case.get("vitals") or [] if when(one["taken_at"]) <= at),
        key=lambda one: when(one["taken_at"]),
    )
    now = _current(sets, at)
    early = _taken_before(sets, at, begins)  # such a temperature is no fever of CRS
    tiers = highest([_pressure(now), _oxygen(now, case)])
    silent = [
        when(one["taken_at"])
        for one in sets
        if one.get("temperature_c") is None
        and "fever" not in (one.get("other_cause") or [])
        and when(one["taken_at"]) <= at
        and (begins is None or when(one["taken_at"]) >= begins)
    ]
    readings = []
    for supposed in _suppositions(silent):
        episode = _walk(case, sets, at, begins, supposed)
        readings.append(_graded(now, tiers, _waived(case, episode, at), early=early))
    return hull(readings)


def _taken_before(sets: list[Json], at: datetime, begins: datetime | None) -> bool:
    measured = [
        when(one["taken_at"])
        for one in sets
        if one.get("temperature_c") is not None and at - when(one["taken_at"]) <= VITALS_VALID
    ]
    return begins is not None and bool(measured) and max(measured) < begins


def _suppositions(silent: list[datetime]) -> list[frozenset[datetime]]:
    if len(silent) > MANY:
        return [frozenset(), frozenset(silent), *(frozenset([one]) for one in silent)]
    masks = product((False, True), repeat=len(silent))
    return [frozenset(one for one, on in zip(silent, mask, strict=True) if on) for mask in masks]


def _graded(now: Json, tiers: Interval, waived: bool | None, *, early: bool) -> Interval:
    """``waived``: True, False, or None where nobody kept a record of treatments."""
    afebrile = {True: tiers, False: (0, 0), None: (0, tiers[1])}[waived]
    febrile = highest([(1, 1), tiers])
    temperature_c, attributed = now["temperature_c"]
    if early or "fever" in attributed:
        return afebrile
    if temperature_c is None:
        return hull([afebrile, febrile])
    return febrile if temperature_c >= FEVER_FROM_C else afebrile


def _waived(case: Json, episode: Episode | None, at: datetime) -> bool | None:
    if episode is None:
        return False
    treatments = case.get("treatments")
    if treatments is None:
        return None
    if episode.quiet_on_therapy or episode.reopened:
        return True
    return any(
        dose["drug"] in WAIVES_FEVER and episode.first_fever <= when(dose["given_at"]) <= at
        for dose in treatments
    )


def _masked(case: Json, at: datetime) -> bool:
    if case.get("treatments") is None:
        return True  # cannot be excluded
    return any(
        dose["drug"] in MASKS_FOR
        and when(dose["given_at"]) <= at <= when(dose["given_at"]) + MASKS_FOR[dose["drug"]]
        for dose in case["treatments"]
    )


def _walk(
    case: Json,
    sets: list[Json],
    at: datetime,
    begins: datetime | None,
    supposed: frozenset[datetime],
) -> Episode | None:
    episode: Episode | None = None
    since = (case.get("therapy") or {}).get("crs_since")
    if since is not None and when(since) <= at:
        episode = Episode(when(since), when(since))
    for one in sets:
        taken = when(one["taken_at"])
        if begins is not None and taken < begins:
            continue
        if episode is not None and episode.quiet_on_therapy and not _masked(case, taken):
            episode = None
        episode = _after(case, one, episode, fever_supposed=taken in supposed)
    if episode is not None and episode.quiet_on_therapy and not _masked(case, at):
        return None
    return episode


def _after(
    case: Json, one: Json, episode: Episode | None, *, fever_supposed: bool
) -> Episode | None:
    taken, temperature_c = when(one["taken_at"]), one.get("temperature_c")
    attributed = one.get("other_cause") or []
    fever = fever_supposed or (
        temperature_c is not None and temperature_c >= FEVER_FROM_C and "fever" not in attributed
    )
    alone = {name: (one.get(name), attributed) for name in VITAL_FIELDS}
    tiers = highest([_pressure(alone), _oxygen(alone, case)])
    if episode is None:
        return Episode(taken, taken) if fever else None
    if fever or tiers[0] > 0:
        reopened = episode.reopened or (episode.quiet_on_therapy and not fever)
        return Episode(episode.first_fever, taken, reopened=reopened)
    complete = temperature_c is not None and temperature_c < FEVER_FROM_C and tiers == (0, 0)
    if complete and taken - episode.last_sign >= QUIET_BEFORE_END:
        if not _masked(case, taken):
            return None
        return Episode(
            episode.first_fever,
            episode.last_sign,
            quiet_on_therapy=True,
            reopened=episode.reopened,
        )
    return episode


VITAL_FIELDS = (
    "temperature_c",
    "hypotensive",
    "fluid_for_hypotension",
    "vasopressors",
    "oxygen",
    "hypoxic",
)


def _current(sets: list[Json], at: datetime) -> Json:
    """The newest value of each field that is not too old, with what its record attributed."""
    now: Json = {}
    for name in VITAL_FIELDS:
        now[name] = (None, [])
        for one in sets:
            if one.get(name) is not None and at - when(one["taken_at"]) <= VITALS_VALID:
                now[name] = (one[name], one.get("other_cause") or [])
        if now[name][0] is None and sets and when(sets[-1]["taken_at"]) == at:
            now[name] = (None, sets[-1].get("other_cause") or [])
    return now


def _pressure(now: Json) -> Interval:
    names = ("hypotensive", "fluid_for_hypotension", "vasopressors")
    if any("hypotension" in now[name][1] for name in names):
        return 0, 0
    return hypotension(**{name: now[name][0] for name in names})


def _oxygen(now: Json, case: Json) -> Interval:
    if any("hypoxia" in now[name][1] for name in ("oxygen", "hypoxic")):
        return 0, 0
    return hypoxia(
        oxygen=now["oxygen"][0],
        hypoxic=now["hypoxic"][0],
        usual=case["patient"].get("baseline_oxygen"),
    )


# --- ICANS ---------------------------------------------------------------------------------------
STANDING = ("motor_weakness", "raised_icp", "cerebral_oedema")
EXPIRING = ("ice", "capd", "consciousness")


def icans_at(case: Json, at: datetime) -> Interval:
    exams = sorted(
        (one for one in case.get("neuro") or [] if when(one["taken_at"]) <= at),
        key=lambda one: when(one["taken_at"]),
    )
    now: Json = {"other_cause": [], "unable": []}
    for exam in exams:
        fresh = at - when(exam["taken_at"]) <= EXAM_VALID
        for name in (*STANDING, *(EXPIRING if fresh else ())):
            if exam.get(name) is not None:
                now[name] = exam[name]
    if exams:
        newest = exams[-1]
        now["other_cause"] = newest.get("other_cause") or []
        if at - when(newest["taken_at"]) <= EXAM_VALID:
            unable = newest.get("unable") or []
            now["unable"] = [unable] if isinstance(unable, str) else unable
    return icans(now, case["patient"], _standing_seizure(case, exams, at))


def _standing_seizure(case: Json, exams: list[Json], at: datetime) -> Interval:
    """
    The worst seizure not yet cleared, or what the newest record says where none stands.

    That there was no seizure is an observation like consciousness, and counts as long.
    """
    standing: list[tuple[datetime, Interval]] = []
    newest: Json | None = None
    for exam in exams:
        seizure = exam.get("seizure")
        if seizure is None:
            continue
        newest = exam
        if seizure["kind"] != "none":
            standing.append((when(exam["taken_at"]), seizure_grade(seizure)))
        elif _back_to_baseline(exam, case["patient"]):
            standing = [
                (seen, grade)
                for seen, grade in standing
                if when(exam["taken_at"]) - seen < SEIZURE_STANDS
            ]
    fresh = newest is not None and at - when(newest["taken_at"]) <= EXAM_VALID
    since = (0, 0) if fresh else (0, 4)
    return highest([since, *(grade for _, grade in standing)])


def _back_to_baseline(exam: Json, patient: Json) -> bool:
    """A complete exam with the score of before therapy and nothing else left to grade."""
    complete = not exam.get("unable") and all(
        exam.get(name) is not None for name in ("consciousness", "motor_weakness", "raised_icp")
    )
    usual_ice = patient.get("baseline_ice")
    usual_capd = patient.get("baseline_capd") or 0
    if branches(patient) == ("capd",):
        as_before = exam.get("capd") is not None and capd_bounds(exam["capd"])[1] <= usual_capd
        rest = {**exam, "capd": {"total": 0}}
    else:
        fixed = patient.get("fixed_ice_deficits") or ()
        least = usual_ice if isinstance(usual_ice, int) else max(ICE_BAND)
        as_before = exam.get("ice") is not None and ice_bounds(exam["ice"], fixed)[0] >= least
        rest = {**exam, "ice": {"total": max(ICE_BAND)}}
    return complete and as_before and icans(rest, {**patient, "fixed_ice_deficits": []}) == (0, 0)
