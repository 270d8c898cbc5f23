"""
What a screen knows about the patients of a ward at one time.

Everything is read off ``toxmodels``; nothing is judged here. States are kept per patient, journal
position, rules and minute, so that drawing an unchanged board again costs one look at the ward's
version. The memory of the process is bounded and holds no more than the journal does.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from dashboard import glance
from dashboard.alerts import Alert, alerts_of
from dashboard.session import DATABASE, now, store
from dashboard.store import StoreError
from toxmodels import Assessment, Case, Course, Grade, assess, course, rules_digest
from toxmodels.course import Walk
from toxmodels.moment import exposures, first_dose_at
from toxmodels.site import site

CRS: Final = "astct-crs-2019"
ICANS: Final = "astct-icans-2019"
TREND: Final = timedelta(hours=72)
AHEAD: Final = timedelta(minutes=5)  # a reading stamped this far ahead counts as taken now
_MOST_STATES: Final = 600
_MOST_WARDS: Final = 50
_MOST_HOMES: Final = 10_000

_log = structlog.get_logger(__name__)
_lock = threading.RLock()
_drawing = threading.RLock()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Both grades at one earlier assessment time."""

    at: datetime
    grades: dict[str, Grade]


@dataclass(frozen=True, slots=True)
class Due:
    """When a kind of observation was last made and when the next one is due."""

    last_at: datetime | None
    due_at: datetime | None
    is_expected: bool

    def is_overdue(self, at: datetime) -> bool:
        """Whether somebody should have looked by now; never having looked counts."""
        return self.is_expected and (self.due_at is None or at > self.due_at)

    def overdue_by(self, at: datetime) -> timedelta | None:
        """How long it has been due; ``None`` while it is not, or when nobody ever looked."""
        return at - self.due_at if self.due_at is not None and self.is_overdue(at) else None


@dataclass(frozen=True, slots=True)
class PatientState:
    """
    One patient at one time.

    ``at`` is the time of the assessment. ``trend`` holds the grades of the last three days, oldest
    first. ``alerts`` are open and acknowledged ones, the one to act on first in front.
    ``scored_at`` is the time of the
    last ICE or CAPD score, which an exam that could not be done does not move.
    ``newest_observation`` is the journal position of the newest vital signs
    or exam. ``closed`` says why nothing is due any more (``deceased``).
    """

    patient_id: str
    ward_id: str
    position: int
    at: datetime
    case: Case
    assessment: Assessment
    course: Course | None
    vitals: Due
    neuro: Due
    scored_at: datetime | None
    trend: tuple[TrendPoint, ...]
    alerts: tuple[Alert, ...]
    newest_observation: int
    last_entry_at: datetime
    closed: str | None

    @property
    def crs(self) -> Grade | None:
        """The CRS grade, ``None`` only after a death from another cause."""
        return self.assessment.grades.get(CRS)

    @property
    def icans(self) -> Grade | None:
        """The ICANS grade, ``None`` only after a death from another cause."""
        return self.assessment.grades.get(ICANS)

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """Alerts that somebody still has to look at."""
        return tuple(alert for alert in self.alerts if alert.is_open)

    @property
    def first_dose_at(self) -> datetime | None:
        """When exposure began, if anybody recorded it."""
        return first_dose_at(self.case.therapy)

    @property
    def last_dose_at(self) -> datetime | None:
        """The start of the newest dose or infusion segment up to now."""
        begun = [start for start, _ in exposures(self.case.therapy) if start <= self.at]
        return begun[-1] if begun else None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A patient whose state could not be worked out: shown loudly, never left out."""

    patient_id: str
    ward_id: str
    position: int
    at: datetime
    says: str


class Kept:
    """A bounded memory: the least recently used falls out."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        """What was kept under this key, or ``None``."""
        with _lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep it, and let the oldest go."""
        with _lock:
            self._found[key] = value
            while len(self._found) > self._most:
                self._found.popitem(last=False)

    def clear(self) -> None:
        """Keep nothing any more."""
        with _lock:
            self._found.clear()


_states = Kept(_MOST_STATES)
_cores = Kept(_MOST_STATES)
_cases = Kept(_MOST_STATES)
_courses = Kept(_MOST_STATES)
_wards = Kept(_MOST_WARDS)
_homes = Kept(_MOST_HOMES)
_lists = Kept(_MOST_WARDS)


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    for kept in (_states, _cores, _cases, _courses, _wards, _homes, _lists):
        kept.clear()


def patient_state(patient_id: str, at: datetime | None = None) -> PatientState:
    """
    One patient at ``at``, or as of now when ``at`` is None.

    Raises:
        StoreError: the patient is unknown, or the stored entries do not read as a case.

    """
    ward_id = _ward_of(patient_id)
    version = glance.version(store(), ward_id)
    key = (_database(), patient_id, version, rules_digest(), *_moment_key(at))
    found: PatientState | None = _states.get(key)
    if found is None:
        position = store().positions(ward_id)[patient_id]
        found = _with_alerts(_core(ward_id, patient_id, position, at), at)
        _states.put(key, found)
    return found


def board_rows(ward_id: str, at: datetime | None = None) -> list[PatientState | Unreadable]:
    """Every patient of a ward at ``at`` (now when None), in no particular order."""
    version = glance.version(store(), ward_id)
    key = (_database(), ward_id, version, rules_digest(), *_moment_key(at))
    kept: tuple[PatientState | Unreadable, ...] | None = _wards.get(key)
    if kept is None:
        with _drawing:  # many screens turn with the same minute: one works, the others wait
            kept = _wards.get(key)
            if kept is None:
                lines = store().positions(ward_id)
                kept = tuple(_state_or_fault(ward_id, *line, at) for line in lines.items())
                _wards.put(key, kept)
    return list(kept)


def patient_ids(ward_id: str) -> list[str]:
    """The patients of a ward in the order of their ids."""
    key = (_database(), ward_id, glance.version(store(), ward_id))
    found: list[str] | None = _lists.get(key)
    if found is None:
        found = sorted(store().positions(ward_id))
        _lists.put(key, found)
    return [*found]


def _ward_of(patient_id: str) -> str:
    """The ward of a patient; it never changes, so it is looked up once."""
    key = (_database(), patient_id)
    found: str | None = _homes.get(key)
    if found is None:
        found = store().history(patient_id)[-1].ward_id
        _homes.put(key, found)
    return found


def _state_or_fault(
    ward_id: str, patient_id: str, position: int, at: datetime | None
) -> PatientState | Unreadable:
    try:
        return _with_alerts(_core(ward_id, patient_id, position, at), at)
    except StoreError as error:
        says = error.fault
    except Exception as error:  # noqa: BLE001 - one patient's fault must not hide the others
        _log.error("state-failed", fault=type(error).__name__)
        says = f"the grade could not be worked out ({type(error).__name__})"
    return Unreadable(patient_id, ward_id, position, at or now(), says)


def _core(ward_id: str, patient_id: str, position: int, at: datetime | None) -> PatientState:
    """Everything but the alerts, which an acknowledgement can change without an entry."""
    key = (_database(), patient_id, position, rules_digest(), *_moment_key(at))
    found: PatientState | None = _cores.get(key)
    if found is None:
        found = _work_out(ward_id, patient_id, position, at)
        _cores.put(key, found)
    return found


def _work_out(ward_id: str, patient_id: str, position: int, at: datetime | None) -> PatientState:
    read = _read(patient_id, position)
    case = read.walk.case
    moment = _counting_from(case, now()) if at is None else at
    closed = "deceased" if _has_died(case, moment) else None
    walked = _course(read.walk, patient_id, position, moment)
    return PatientState(
        patient_id=patient_id,
        ward_id=ward_id,
        position=position,
        at=moment,
        case=case,
        assessment=assess(read.walk, at=moment),
        course=walked,
        vitals=_due(_vitals_times(case, moment), site().vitals_due, closed),
        neuro=_due(_exam_times(case, moment), site().neuro_due, closed),
        scored_at=max(_scored_times(case, moment), default=None),
        trend=_trend(walked, moment),
        alerts=(),
        newest_observation=read.newest_observation,
        last_entry_at=read.last_entry_at,
        closed=closed,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What one look into the journal gave; it holds until the patient's position moves."""

    walk: Walk
    newest_observation: int
    last_entry_at: datetime


def _read(patient_id: str, position: int) -> _Read:
    key = (_database(), patient_id, position)
    found: _Read | None = _cases.get(key)
    if found is None:
        history = store().history(patient_id)
        observed = [one.position for one in history if one.kind in ("vitals", "neuro")]
        found = _Read(
            walk=Walk(store().case(patient_id)),
            newest_observation=max(observed, default=0),
            last_entry_at=history[-1].recorded_at,
        )
        _cases.put(key, found)
    return found


def _with_alerts(state: PatientState, at: datetime | None) -> PatientState:
    if state.closed is not None or not state.assessment.flags:
        return state
    walk = _read(state.patient_id, state.position).walk
    until = state.at

    def raised_since(since: datetime) -> Iterator[frozenset[str]]:
        for time in walk.chart.times(until):
            if since < time < until:
                yield frozenset(flag.id for flag in assess(walk, at=time).flags)

    asks = any(flag.urgency != "info" for flag in state.assessment.flags)
    found = alerts_of(
        state.assessment,
        store().acknowledgements(state.patient_id) if asks else (),
        # The state may be up to a minute old; an acknowledgement made since then counts.
        until=now() if at is None else at,
        newest_observation=state.newest_observation,
        raised_since=raised_since,
    )
    return replace(state, alerts=found)


def _database() -> str:
    return os.environ.get(DATABASE, "")


def _moment_key(at: datetime | None) -> tuple[str, float]:
    """Now counts by the minute; a past time by itself."""
    return ("now", now().timestamp() // 60) if at is None else ("at", at.timestamp())


def _counting_from(case: Case, clock: datetime) -> datetime:
    """
    Now, or a little later: a reading stamped a few minutes ahead must not stay invisible.

    Bedside clocks differ; an entry that is saved and does not show for minutes looks lost.
    """
    near = [one for one in _observed(case) if clock < one <= clock + AHEAD]
    return max(near, default=clock)


def _observed(case: Case) -> Iterable[datetime]:
    yield from (one.taken_at for one in case.vitals or ())
    yield from (one.taken_at for one in case.neuro or ())
    yield from (one.given_at for one in case.treatments or ())
    yield from (one.at for one in case.events or ())


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


def _vitals_times(case: Case, at: datetime) -> list[datetime]:
    return [one.taken_at for one in case.vitals or () if one.taken_at <= at]


def _scored_times(case: Case, at: datetime) -> list[datetime]:
    return [
        one.taken_at
        for one in case.neuro or ()
        if one.taken_at <= at and (one.ice is not None or one.capd is not None)
    ]


def _exam_times(case: Case, at: datetime) -> list[datetime]:
    """Exams that count as done; a patient left asleep was not examined."""
    return [
        one.taken_at
        for one in case.neuro or ()
        if one.taken_at <= at
        and (one.ice is not None or one.capd is not None or set(one.unable_reasons) - {"asleep"})
    ]


def _due(times: list[datetime], every: timedelta, closed: str | None) -> Due:
    last = max(times, default=None)
    return Due(last, None if last is None else last + every, is_expected=closed is None)


def _has_died(case: Case, at: datetime) -> bool:
    """Only a death ends observation: a recorded transfer may be one into this ward."""
    return any(event.kind == "death" and event.at <= at for event in case.events or ())
