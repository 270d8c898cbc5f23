"""
``assess``: the one call that does everything for one case at one time.

Pure: no clock, no file, no database. ``at`` is an argument, records later than it are invisible,
and the same call on the same records always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from toxmodels.casefile import CaseError, Fault, read_time
from toxmodels.clocks import NO_CLOCKS
from toxmodels.course import Episode, Point, Walk
from toxmodels.crs_steps import CrsStep
from toxmodels.escalation import DueCheck, Flag, standing
from toxmodels.escalation.fever import is_confirmed_crs
from toxmodels.evidence import Evidence
from toxmodels.findings import Grade, LastKnown, Span
from toxmodels.moment import Chart, first_dose_at
from toxmodels.occurrences import fever_times
from toxmodels.protocols import (
    Advice,
    Protocol,
    advise,
    if_confirmed,
    no_protocol,
    protocols,
    until_confirmed,
)
from toxmodels.records import Case
from toxmodels.scales import BESIDE, SCALES, STEPPED
from toxmodels.situation import Situation
from toxmodels.sources import Cite
from toxmodels.version import VERSION, digests

__all__ = [
    "Assessment",
    "Course",
    "CoursePoint",
    "Rules",
    "assess",
    "beside_astct",
    "course",
    "grades_at",
]

_FATAL = ("crs", "icans")
LATE_FEVER = "late-fever"
EVERY = "all"
TO_CONFIRM = "late fever: if a physician confirms CRS, record a CRS grading of 1 or more"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Rules(_Frozen):
    """Which rules decided: the package version and a digest of each rule file."""

    package: str
    digests: dict[str, str]


class Assessment(_Frozen):
    """
    Grades with reasons, flags and advice for one patient at one time.

    ``advice`` follows from what is certain; ``if_confirmed`` is what a missing sign could add.
    ``due`` says which check comes when, and how overdue it is.
    """

    at: datetime
    patient: str
    protocol: str | None
    grades: dict[str, Grade]
    flags: tuple[Flag, ...]
    advice: tuple[Advice, ...]
    if_confirmed: tuple[Advice, ...]
    due: tuple[DueCheck, ...]
    rules: Rules


class CoursePoint(_Frozen):
    """All grades at one assessment time, with time since the first and the last dose."""

    at: datetime
    hours_since_first_dose: float | None
    hours_since_last_dose: float | None
    grades: dict[str, Grade]
    episode: int


class Course(_Frozen):
    """Every assessment time, the episodes they form and the patterns seen in them."""

    patient: str
    points: tuple[CoursePoint, ...]
    episodes: tuple[Episode, ...]
    biphasic: tuple[str, ...]
    rules: Rules


def assess(
    case: Case | Walk,
    at: datetime | str | None = None,
    protocol: str | Protocol | None = None,
    scales: Sequence[str] | None = None,
) -> Assessment:
    """
    Grade, explain and flag one case.

    Args:
        case: everything recorded about one patient; a ``Walk`` of it where it is assessed often.
        at: the time to assess at, aware; by default the last vitals or neuro record, or a later
            death due to CRS or ICANS.
        protocol: the site's chosen protocol, by id or as read from a site's own file; it can
            never change a grade. Without one there is no drug advice.
        scales: ids from ``SCALES``, or ``all``; the stepped ones (ASTCT) by default.

    Raises:
        CaseError: nothing to assess, an unknown scale or protocol, or a time without offset.

    """
    wanted = _wanted(scales)
    chosen = _chosen(protocol)
    chosen_id = None if chosen is None else chosen.id
    clocks = NO_CLOCKS if chosen is None else chosen.clocks
    walk = case.watched(clocks) if isinstance(case, Walk) else Walk(case, clocks)
    case = walk.case
    when = _when(case, at)
    rules = _rules() if chosen is None or chosen.id in protocols() else _rules_with(chosen)
    death = walk.chart.death_by(when)
    if death is not None and death.due_to == "other":
        return Assessment(
            at=when,
            patient=case.patient.id,
            protocol=chosen_id,
            grades={},
            flags=(_deceased(),),
            advice=(),
            if_confirmed=(),
            due=(),
            rules=rules,
        )
    # Whatever is asked for, advice and alarms see every grade.
    steps, grades = _graded(walk, when)
    found = standing(walk, when)
    raised = found.flags
    if death is not None:
        raised = (_deceased(), *raised)
    advice: tuple[Advice, ...] = ()
    possible: tuple[Advice, ...] = ()
    if death is None:
        situation = Situation(case, walk.chart, when, steps, grades)
        advice = no_protocol(situation) if chosen is None else advise(chosen, situation)
        possible = () if chosen is None else if_confirmed(chosen, situation, advice)
        late = any(flag.id == LATE_FEVER for flag in raised)
        plain_steps = walk.unattributed.steps(when)
        if late and situation.crs == 1 and not _is_confirmed(situation, plain_steps):
            advice = until_confirmed(advice, TO_CONFIRM, chosen, situation)
    return Assessment(
        at=when,
        patient=case.patient.id,
        protocol=chosen_id,
        grades=_asked_for(wanted, grades, walk, when),
        flags=(*raised, *_attribution_flag(grades)),
        advice=advice,
        if_confirmed=possible,
        due=found.due,
        rules=rules,
    )


def grades_at(case: Case | Walk, at: datetime) -> dict[str, Grade]:
    """
    The grades alone, as ``assess`` gives them: no flag, no advice, nothing due.

    Empty after a death from another cause.
    """
    walk = case if isinstance(case, Walk) else Walk(case)
    death = walk.chart.death_by(at)
    return {} if death is not None and death.due_to == "other" else _graded(walk, at)[1]


def _graded(walk: Walk, at: datetime) -> tuple[list[CrsStep], dict[str, Grade]]:
    """Every step up to a time, and the grades there."""
    steps, plain = walk.steps(at), walk.unattributed
    grades = {id_: _with_last_known(steps[-1].grade(id_), id_, steps) for id_ in STEPPED}
    if plain is not walk:
        bare = plain.steps(at)[-1]
        grades = {id_: _beside(grade, bare.grade(id_)) for id_, grade in grades.items()}
    return steps, grades


def _asked_for(
    wanted: Sequence[str], stepped: dict[str, Grade], walk: Walk, at: datetime
) -> dict[str, Grade]:
    """The grades asked for; those beside ASTCT are worked out only then."""
    beside = [id_ for id_ in wanted if id_ in BESIDE]
    found = beside_astct(beside, walk, at) if beside else {}
    return {id_: stepped[id_] if id_ in stepped else found[id_] for id_ in wanted}


def beside_astct(scales: Iterable[str], walk: Walk, at: datetime) -> dict[str, Grade]:
    """Scales beside ASTCT, each with its grade without attribution where a sign has one."""
    plain, evidence = walk.unattributed, _evidence(walk, at)
    found = {id_: BESIDE[id_].grade(evidence) for id_ in scales}
    if plain is walk:
        return found
    bare = _evidence(plain, at)
    return {id_: _beside(grade, BESIDE[id_].grade(bare)) for id_, grade in found.items()}


def _evidence(walk: Walk, at: datetime) -> Evidence:
    return Evidence(walk.case, at, walk.chart, walk.steps(at)[-1].waiver)


def course(case: Case | Walk, at: datetime | str | None = None) -> Course:
    """
    Grade every assessment time of a case up to ``at`` (by default all of it).

    Raises:
        CaseError: as ``assess``.

    """
    walk = case if isinstance(case, Walk) else Walk(case)
    case = walk.case
    when = _when(case, at)
    found, episodes = walk.points(_living_times(walk.chart, when))
    starts = sorted(
        {dose.given_at for dose in (case.therapy.doses or ())}
        | {part.started_at for part in (case.therapy.infusions or ())}
        if case.therapy is not None
        else set()
    )
    first = first_dose_at(case.therapy)
    shown = tuple(_course_point(point, first, starts) for point in found)
    counts: dict[str, int] = {}
    for episode in episodes:
        counts[episode.scale] = counts.get(episode.scale, 0) + 1
    return Course(
        patient=case.patient.id,
        points=shown,
        episodes=tuple(episodes),
        biphasic=tuple(scale for scale, number in counts.items() if number > 1),
        rules=_rules(),
    )


def _course_point(point: Point, first: datetime | None, starts: Sequence[datetime]) -> CoursePoint:
    before = [start for start in starts if start <= point.at]
    return CoursePoint(
        at=point.at,
        hours_since_first_dose=_hours(first, point.at),
        hours_since_last_dose=_hours(before[-1] if before else None, point.at),
        grades=point.grades,
        episode=point.crs.episode,
    )


def _hours(since: datetime | None, at: datetime) -> float | None:
    return None if since is None else (at - since).total_seconds() / 3600.0


def _living_times(chart: Chart, until: datetime) -> list[datetime]:
    """Assessment times up to a death from another cause, after which there is no grade."""
    other = [death.at for death in chart.deaths if death.due_to == "other"]
    return [time for time in chart.times(until) if not other or time < min(other)]


def _with_last_known(grade: Grade, scale: str, steps: Sequence[CrsStep]) -> Grade:
    """Keep the grade from before values expired beside the opened one, with its time."""
    if grade.complete or not _is_stale(steps[-1], scale):
        return grade
    for step in reversed(steps[:-1]):
        if not _is_stale(step, scale):
            before = step.grade(scale)
            if before.at_most - before.at_least < grade.at_most - grade.at_least:
                known = LastKnown(step.moment.at, before.at_least, before.at_most)
                return replace(grade, last_known=known)
    return grade


def _is_confirmed(situation: Situation, steps: Sequence[CrsStep]) -> bool:
    """Whether a clinician graded the fever going on as CRS; attribution does not shorten it."""
    fever = fever_times(steps, situation.at)
    return fever is not None and is_confirmed_crs(situation, fever[0])


def _is_stale(step: CrsStep, scale: str) -> bool:
    """Whether a value this scale reads was recorded and is now too old."""
    reads = STEPPED[scale].reads
    return any(stale.field in reads for stale in step.moment.stale)


def _beside(grade: Grade, plain: Grade) -> Grade:
    """Put the grade without attribution beside the grade, wherever a sign was attributed."""
    attributed = plain.span != grade.span or any(sign.attributed for sign in grade.findings)
    return replace(grade, without_attribution=plain.span) if attributed else grade


def _attribution_flag(grades: dict[str, Grade]) -> tuple[Flag, ...]:
    return tuple(
        Flag(
            "attributed-to-another-cause",
            "info",
            f"{SCALES[id_].short} {grade} with a sign attributed to another cause; "
            f"without that {_span_text(grade.without_attribution)}",
            "Attribution holds for one record; a physician reviews it at the next set",
            "physician",
            Cite("site-defaults", "attribution", "house"),
        )
        for id_, grade in grades.items()
        if grade.without_attribution is not None
    )


def _span_text(span: Span) -> str:
    same = span.at_least == span.at_most
    return str(span.at_least) if same else f"{span.at_least}-{span.at_most}"


def _deceased() -> Flag:
    return Flag(
        "deceased",
        "info",
        "A death is recorded",
        "No further observations are due",
        "physician",
        Cite("site-defaults", "after a recorded death", "house"),
    )


def _wanted(scales: Sequence[str] | None) -> list[str]:
    if scales is None:
        return [*STEPPED]
    scales = [scales] if isinstance(scales, str) else scales
    if EVERY in scales:
        return [*SCALES]
    unknown = [id_ for id_ in scales if id_ not in SCALES]
    if unknown:
        cure = f"known scales: {', '.join(SCALES)}, or {EVERY} of them"
        raise CaseError(
            [Fault(path="scales", says=f'unknown "{u}"', suggestion=cure) for u in unknown]
        )
    return [*scales]


@cache
def _rules() -> Rules:
    return Rules(package=VERSION, digests=digests())


def _rules_with(chosen: Protocol) -> Rules:
    """A site's own file is not part of the package: its content is named by itself."""
    content = chosen.model_dump_json().encode()
    own = {f"site-protocols/{chosen.id}": sha256(content).hexdigest()}
    return Rules(package=VERSION, digests=digests() | own)


def _chosen(protocol: str | Protocol | None) -> Protocol | None:
    if protocol is None or isinstance(protocol, Protocol):
        return protocol
    if protocol not in protocols():
        cure = f"known protocols: {', '.join(protocols())}"
        says = f'unknown protocol "{protocol}"'
        raise CaseError([Fault(path="protocol", says=says, suggestion=cure)])
    return protocols()[protocol]


def _when(case: Case, at: datetime | str | None) -> datetime:
    if isinstance(at, str):
        at = read_time(at, "at")
    if at is not None:
        if at.tzinfo is None:
            raise CaseError([Fault(path="at", says="the time has no offset from UTC")])
        return at
    times = [one.taken_at for one in case.vitals or ()] + [one.taken_at for one in case.neuro or ()]
    deaths = [e.at for e in case.events or () if e.kind == "death" and e.due_to in _FATAL]
    if times or deaths:
        return max([*times, *deaths])
    says = "no vital signs and no neurological exam are recorded"
    raise CaseError([Fault(path="$", says=says, suggestion="give a time to assess at")])
