"""
A training patient as a screen knows one: a ``PatientState`` from a case, without a ward's store.

There are two of them. ``blind`` holds what is on record and nothing that was worked out from it:
a grade that is not in the state can be shown by no part of a screen. ``graded`` holds all that a
ward would see at that hour, for after the answers.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Final

from dashboard import observed
from dashboard.alerts import Alert
from dashboard.kept import Kept
from dashboard.states import PatientState, TrendPoint
from dashboard.training.playing import case_at
from dashboard.training.reading import Course
from dashboard.ward import TREND
from toxmodels import Assessment, Case, assess, course, rules_digest
from toxmodels.assess import Rules
from toxmodels.course import Walk
from toxmodels.escalation import URGENCIES
from toxmodels.protocols import Protocol, protocols
from toxmodels.version import VERSION

__all__ = [
    "CASE_ZONE",
    "WARD",
    "blind",
    "graded",
    "hide_scores",
    "newest_score",
    "patient_name",
    "with_seen",
]

# The hours that a story tells are those of its records: shown in another zone they would disagree.
CASE_ZONE: Final[tzinfo] = UTC
WARD: Final = "training"  # no ward of any store has this id: an entry can never land beside it
_LEAD: Final = "TRAIN-"
_SIGNS: Final = 5
_MOST: Final = 300

_A_MOMENT: Final = timedelta(seconds=1)

_worked_out = Kept(_MOST)


def patient_name(room: str) -> str:
    """The id that a training patient carries on every screen; it says nothing of the story."""
    return _LEAD + sha256(room.encode()).hexdigest()[:_SIGNS].upper()


def blind(
    story: Course, branch: str | None, at: datetime, *, room: str, score_since: datetime | None
) -> PatientState:
    """
    What is on record at ``at``, with no grade, flag, advice or course.

    Args:
        story: the story that is played.
        branch: where the answers have led.
        at: the hour of the case.
        room: whose patient this is.
        score_since: later exams lose their score, because it is asked for right now.

    """
    # One state for everybody in a room: what is drawn from it is then drawn once.
    key = (id(story), branch, at, room, score_since)
    held: tuple[Course, PatientState] | None = _worked_out.get(key)
    if held is None:
        held = (story, _blind(story, branch, at, room, score_since))
        _worked_out.put(key, held)
    return held[1]


def _blind(
    story: Course, branch: str | None, at: datetime, room: str, score_since: datetime | None
) -> PatientState:
    case = _named(case_at(story, branch, at), room)
    if score_since is not None:
        case = hide_scores(case, score_since)
    nothing = Assessment(
        at=at,
        patient=case.patient.id,
        protocol=None,
        grades={},
        flags=(),
        advice=(),
        if_confirmed=(),
        due=(),
        rules=Rules(package=VERSION, digests={}),
    )
    return _state(case, at, nothing)


def graded(story: Course, branch: str | None, at: datetime, *, room: str) -> PatientState:
    """Everything a ward would see at ``at``; worked out once for each hour of a room."""
    # The story is kept beside, so that no other object can take its identity meanwhile.
    key = (id(story), branch, at, room, rules_digest())
    held: tuple[Course, PatientState] | None = _worked_out.get(key)
    if held is None:
        held = (story, _worked(story, branch, at, room))
        _worked_out.put(key, held)
    return held[1]


def with_seen(state: PatientState, acknowledged: Set[str]) -> PatientState:
    """The same with these alerts acknowledged; what is a note only asks for nobody anyway."""
    found = [
        Alert(flag, is_open=flag.urgency != "info" and flag.id not in acknowledged)
        for flag in state.assessment.flags
    ]
    found.sort(key=lambda one: (not one.is_open, URGENCIES.index(one.flag.urgency)))
    return replace(state, alerts=tuple(found))


def newest_score(story: Course, branch: str | None, at: datetime) -> datetime:
    """From when on scores are hidden while the newest exam is to be scored."""
    exams = observed.scored_times(story.cases[branch], at)
    return max(exams, default=at) - _A_MOMENT


def hide_scores(case: Case, since: datetime) -> Case:
    """The case with the ICE and CAPD of exams after ``since`` taken out."""
    if case.neuro is None:
        return case
    exams = tuple(
        one.model_copy(update={"ice": None, "capd": None}) if one.taken_at > since else one
        for one in case.neuro
    )
    return case.model_copy(update={"neuro": exams})


def _worked(story: Course, branch: str | None, at: datetime, room: str) -> PatientState:
    walk = Walk(_named(case_at(story, branch, at), room))
    protocol = _protocol(story)
    found = _state(walk.case, at, assess(walk, at=at, protocol=protocol), protocol)
    times = walk.chart.times(at)
    if not times:
        return found
    walked = course(walk, at=times[-1])
    trend = tuple(TrendPoint(one.at, one.grades) for one in walked.points if one.at >= at - TREND)
    return replace(found, course=walked, trend=trend)


def _protocol(story: Course) -> Protocol | None:
    return None if story.story.protocol is None else protocols()[story.story.protocol]


def _named(case: Case, room: str) -> Case:
    patient = case.patient.model_copy(update={"id": patient_name(room)})
    return case.model_copy(update={"patient": patient})


def _state(
    case: Case, at: datetime, assessment: Assessment, protocol: Protocol | None = None
) -> PatientState:
    times = [*observed.vitals_times(case, at), *(one.taken_at for one in case.neuro or ())]
    return PatientState(
        patient_id=case.patient.id,
        ward_id=WARD,
        position=0,
        at=at,
        case=case,
        assessment=assessment,
        course=None,
        vitals=observed.due("vitals", observed.vitals_times(case, at), assessment),
        neuro=observed.due("neuro", observed.exam_times(case, at), assessment),
        scored_at=max(observed.scored_times(case, at), default=None),
        trend=(),
        alerts=(),
        newest_observation=0,
        last_entry_at=max(times, default=at),
        closed="deceased" if observed.has_died(case, at) else None,
        protocol=protocol,
    )
