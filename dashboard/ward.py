"""
What a screen knows about the patients of a ward at one time.

Everything is read off ``toxmodels``; nothing is judged here. States are kept per patient, journal
position, rules and minute, so that drawing an unchanged board again costs one look at the ward's
version. The memory of the process is bounded and holds no more than the journal does.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep
from typing import Final

import structlog

from dashboard import chosen, glance, observed, said
from dashboard.alerts import alerts_of
from dashboard.as_of import noting
from dashboard.chosen import Chosen
from dashboard.kept import Kept as Kept  # noqa: PLC0414 - the screens keep in one, too
from dashboard.observed import Due as Due  # noqa: PLC0414 - part of a state
from dashboard.observing import figures
from dashboard.session import DATABASE, live_store, now
from dashboard.states import PatientState, TrendPoint, Unreadable
from dashboard.store import Acknowledgement, Entry, StoreError, casefile
from toxmodels import Assessment, Case, Course, assess, course, rules_digest
from toxmodels.clocks import NO_CLOCKS
from toxmodels.course import Walk
from toxmodels.escalation import Look, standing

TREND: Final = timedelta(hours=72)
_MOST_STATES: Final = 600
_MOST_WARDS: Final = 50
_MOST_HOMES: Final = 10_000

_log = structlog.get_logger(__name__)
_drawing = threading.RLock()


_states = Kept(_MOST_STATES)
_cores = Kept(_MOST_STATES)
_cases = Kept(_MOST_STATES)
_newest = Kept(_MOST_STATES)
_walks = Kept(_MOST_STATES)
_courses = Kept(_MOST_STATES)
_wards = Kept(_MOST_WARDS)
_homes = Kept(_MOST_HOMES)
_lists = Kept(_MOST_WARDS)


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    for kept in (_states, _cores, _cases, _newest, _walks, _courses, _wards, _homes, _lists):
        kept.clear()
    chosen.forget()
    said.forget()


def patient_state(patient_id: str, at: datetime | None = None) -> PatientState:
    """
    One patient at ``at``, or as of now when ``at`` is None.

    Raises:
        StoreError: the patient is unknown, or the stored entries do not read as a case.

    """
    ward_id = home_of(patient_id)
    return _state(ward_id, patient_id, _positions(ward_id)[patient_id], at)


def board_rows(ward_id: str, at: datetime | None = None) -> list[PatientState | Unreadable]:
    """Every patient of a ward at ``at`` (now when None), in no particular order."""
    version = glance.version(live_store(), ward_id)
    key = (_database(), ward_id, version, _rules(), *_moment_key(at))
    kept: tuple[PatientState | Unreadable, ...] | None = _wards.get(key)
    if kept is None:
        with _drawing:  # many screens turn with the same minute: one works, the others wait
            kept = _wards.get(key)
            if kept is None:
                lines = _positions(ward_id).items()
                kept = tuple(_state_or_fault(ward_id, *line, at) for line in lines)
                _wards.put(key, kept)
    return list(kept)


def work_out_ahead(ward_id: str, minute: datetime, pause_s: float) -> None:
    """
    Work out every patient for a minute that is about to begin, so that no screen waits for it.

    One at a time, with a pause after each in which the screens go first. A fault is left to the
    screen that meets it.
    """
    for patient_id, position in _positions(ward_id).items():
        with contextlib.suppress(Exception):
            _core(ward_id, patient_id, position, None, clock=minute)
        sleep(pause_s)


def patient_ids(ward_id: str) -> list[str]:
    """The patients of a ward in the order of their ids."""
    return sorted(_positions(ward_id))


def _positions(ward_id: str) -> dict[str, int]:
    """How far each patient's entries have come, asked once for each version of the ward."""
    key = (_database(), ward_id, glance.version(live_store(), ward_id))
    found: dict[str, int] | None = _lists.get(key)
    if found is None:
        found = live_store().positions(ward_id)
        _lists.put(key, found)
    return found


def walk_of(state: PatientState) -> Walk:
    """The records of a state as they were walked for it, with what was worked out on the way."""
    clocks = NO_CLOCKS if state.protocol is None else state.protocol.clocks
    return _read(state.patient_id, state.position).walk.watched(clocks)


def history_of(state: PatientState) -> tuple[Entry, ...]:
    """The entries that a state of now rests on, corrected and withdrawn ones too."""
    return _read(state.patient_id, state.position).history


def home_of(patient_id: str) -> str:
    """The ward of a patient; it never changes, so it is looked up once."""
    key = (_database(), patient_id)
    found: str | None = _homes.get(key)
    if found is None:
        found = live_store().history(patient_id)[-1].ward_id
        _homes.put(key, found)
    return found


def _state_or_fault(
    ward_id: str, patient_id: str, position: int, at: datetime | None
) -> PatientState | Unreadable:
    try:
        return _state(ward_id, patient_id, position, at)
    except StoreError as error:
        says = error.fault
    except Exception as error:  # noqa: BLE001 - one patient's fault must not hide the others
        _log.error("state-failed", fault=type(error).__name__)
        says = f"the grade could not be worked out ({type(error).__name__})"
    return Unreadable(patient_id, ward_id, position, at or now(), says)


def _state(ward_id: str, patient_id: str, position: int, at: datetime | None) -> PatientState:
    """The same object until something is said about this patient, or a minute has passed."""
    seen = said.acknowledgements(ward_id, patient_id)
    made = said.decisions(ward_id, patient_id)
    core = _core(ward_id, patient_id, position, at)
    key = (id(core), len(seen), len(made), *_moment_key(at))
    found: tuple[PatientState, PatientState] | None = _states.get(key)
    if found is None:
        # The core is kept with it, so that no other object can have its identity meanwhile.
        found = (core, _whole(core, at))
        _states.put(key, found)
    return found[1]


def as_known(
    ward_id: str,
    patient_id: str,
    position: int,
    follow: Callable[[Case], Chosen],
    *,
    clock: datetime,
    at: datetime | None = None,
    acknowledged: int | None = None,
) -> PatientState:
    """
    One patient as a screen would have shown it at ``clock`` from the entries up to a position.

    ``follow`` says which protocol was followed; ``at`` is the time of the assessment, by default
    what a screen of that moment would count from; ``acknowledged`` says how many acknowledgements
    were known.

    Raises:
        StoreError: those entries do not read as a case.

    """
    case = _read(patient_id, position).walk.case
    moment = observed.counting_from(case, clock) if at is None else at
    core = _core(ward_id, patient_id, position, moment, follow(case))
    return _whole(core, clock, acknowledged)


def _core(
    ward_id: str,
    patient_id: str,
    position: int,
    at: datetime | None,
    follows: Chosen | None = None,
    *,
    clock: datetime | None = None,
) -> PatientState:
    """
    Everything but what somebody can say about it without an entry: alerts and decisions.

    ``clock`` is what counts as now, where that is not the present minute.
    """
    clock = now() if clock is None else clock
    if follows is None:
        follows = chosen.chosen_for(ward_id, _read(patient_id, position).walk.case)
    when = _moment_key(at, clock)
    key = (_database(), patient_id, position, rules_digest(), follows.key, *when)
    found: PatientState | None = _cores.get(key)
    if found is None:
        case = _read(patient_id, position).walk.case
        moment = observed.counting_from(case, clock) if at is None else at
        found = _work_out(ward_id, patient_id, position, moment, follows)
        _cores.put(key, found)
    return found


def _work_out(
    ward_id: str, patient_id: str, position: int, moment: datetime, follows: Chosen
) -> PatientState:
    read = _read(patient_id, position)
    case = read.walk.case
    closed = "deceased" if observed.has_died(case, moment) else None
    walked = _course(read.walk, patient_id, position, moment)
    assessment, fault = _assessed(read.walk, moment, follows)
    figures.grades(assessment.grades)
    return PatientState(
        patient_id=patient_id,
        ward_id=ward_id,
        position=position,
        at=moment,
        case=case,
        assessment=assessment,
        course=walked,
        vitals=observed.due("vitals", observed.vitals_times(case, moment), assessment),
        neuro=observed.due("neuro", observed.exam_times(case, moment), assessment),
        scored_at=max(observed.scored_times(case, moment), default=None),
        trend=_trend(walked, moment),
        alerts=(),
        newest_observation=read.newest_observation,
        last_entry_at=read.last_entry_at,
        closed=closed,
        protocol=follows.protocol,
        advice_fault=fault,
    )


def _assessed(walk: Walk, at: datetime, follows: Chosen) -> tuple[Assessment, str | None]:
    """The assessment with the ward's protocol; a rule that fails must not take the grades along."""
    if follows.protocol is None:
        return _graded_only(walk, at, follows.fault)
    try:
        return assess(walk, at=at, protocol=follows.protocol), None
    except Exception as error:  # noqa: BLE001 - whatever it is, the grades still have to show
        _log.error("advice-failed", protocol=follows.protocol.id, fault=type(error).__name__)
        says = (
            f"The advice of {follows.protocol.id} could not be worked out "
            f"({type(error).__name__}): read the protocol itself, and report this"
        )
        return _graded_only(walk, at, says)


def _graded_only(walk: Walk, at: datetime, fault: str | None) -> tuple[Assessment, str | None]:
    """Grades and flags; beside a fault, "choose a protocol" would send people the wrong way."""
    found = assess(walk, at=at)
    return found if fault is None else found.model_copy(update={"advice": ()}), fault


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the journal gave; it holds until the patient's position moves."""

    walk: Walk
    history: tuple[Entry, ...]
    newest_observation: int
    last_entry_at: datetime


def _read(patient_id: str, position: int) -> _Read:
    key = (_database(), patient_id, position)
    found: _Read | None = _cases.get(key)
    if found is None:
        history = _history_to(patient_id, position)
        observed = [one.position for one in history if one.kind in ("vitals", "neuro")]
        before = _walks.get(key[:2])
        walk = Walk(casefile.validated(casefile.case_of(history), patient_id), after=before)
        _walks.put(key[:2], walk)
        found = _Read(
            walk=walk,
            history=history,
            newest_observation=max(observed, default=0),
            last_entry_at=history[-1].recorded_at,
        )
        _cases.put(key, found)
    return found


def _history_to(patient_id: str, position: int) -> tuple[Entry, ...]:
    """Entries are only ever added: those read before are not read again after each new one."""
    key = (_database(), patient_id)
    known: tuple[Entry, ...] = _newest.get(key) or ()
    if known and known[-1].position > position:
        return live_store().history_to(patient_id, position)  # a look back
    found = live_store().history_to(patient_id, position, known)
    _newest.put(key, found)
    return found


def _whole(
    state: PatientState, at: datetime | None, acknowledged: int | None = None
) -> PatientState:
    """With what people have said about it: alerts that somebody saw, proposals decided."""
    # The state may be up to a minute old; an acknowledgement made since then counts.
    clock = now() if at is None else at
    seen = said.acknowledgements(state.ward_id, state.patient_id)[:acknowledged]
    made = said.decisions(state.ward_id, state.patient_id)
    if at is not None:
        made = tuple(one for one in made if one.recorded_at <= at)
    found = replace(_with_alerts(state, seen, clock), decisions=made)
    if at is None:
        asking = {one.flag.id: one.flag.urgency for one in found.open_alerts}
        figures.alerts(state.patient_id, asking)
        noting.note(found, clock, len(seen))
    return found


def _with_alerts(
    state: PatientState, seen: Sequence[Acknowledgement], clock: datetime
) -> PatientState:
    if state.closed is not None or not state.assessment.flags:
        return state
    walk, until = walk_of(state), state.at

    def looks_since(since: datetime) -> Iterator[Look]:
        for time in walk.chart.times(until):
            if since < time < until:
                yield Look(time, standing(walk, time).flags)

    found = alerts_of(
        state.assessment,
        seen,
        until=clock,
        newest_observation=state.newest_observation,
        looks_since=looks_since,
    )
    return replace(state, alerts=found)


def _database() -> str:
    return os.environ.get(DATABASE, "")


def _rules() -> str:
    """What decides besides the records: the package, and the rule files of this site."""
    return f"{rules_digest()}:{chosen.rule_books().digest}"


def _moment_key(at: datetime | None, clock: datetime | None = None) -> tuple[str, float]:
    """Now counts by the minute; a past time by itself."""
    if at is not None:
        return "at", at.timestamp()
    return "now", (now() if clock is None else clock).timestamp() // 60


def _course(walk: Walk, patient_id: str, position: int, at: datetime) -> Course | None:
    """The course up to ``at``; worked out again only when another record has come into view."""
    times = walk.chart.times(at)
    if not times:
        return None
    key = (_database(), patient_id, position, rules_digest(), times[-1])
    found: Course | None = _courses.get(key)
    if found is None:
        found = course(walk, at=times[-1])
        _courses.put(key, found)
    return found


def _trend(walked: Course | None, at: datetime) -> tuple[TrendPoint, ...]:
    if walked is None:
        return ()
    since = at - TREND
    return tuple(TrendPoint(one.at, one.grades) for one in walked.points if one.at >= since)
