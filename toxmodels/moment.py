"""
Moments: what was known about a patient at one time.

The newest non-null value of each field counts, each keeping its own age, until it is too old; a
value past its validity is named as stale and counts as not recorded. Imaging, fundus, EEG and
motor findings stand until a newer value of the same kind. Where two records of the same minute
disagree the worse value counts, so that the order of entry never matters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from toxmodels.once import once
from toxmodels.records import Case, Event, NeuroExam, Oxygen, Patient, Therapy, Vasopressor, Vitals
from toxmodels.site import site
from toxmodels.terms import COUNTED_VASOPRESSORS, VASOPRESSIN_LIKE

__all__ = [
    "DEVICE_ORDER",
    "NO_WAIVER",
    "Chart",
    "Moment",
    "Reading",
    "Stale",
    "Waiver",
    "exposures",
    "first_dose_at",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One recorded value, when it was taken, and whether a clinician attributed its sign.

    ``others`` are readings of the same minute that say something else, worst first.
    """

    value: Any
    taken_at: datetime
    attributed: bool
    others: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """A value that was recorded but is too old to count."""

    field: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    Whether fever is waived at a moment: ``certain`` on what was recorded, ``possible`` allowing
    for what was not (an unrecorded temperature or an absent list of treatments).
    """

    certain: bool
    possible: bool


NO_WAIVER: Final = Waiver(certain=False, possible=False)

DEVICE_ORDER: Final = (
    "room_air",
    "nasal_cannula",
    "blow_by",
    "high_flow_nasal_cannula",
    "simple_mask",
    "venturi",
    "non_rebreather",
    "tracheostomy_mask",
    "cpap",
    "bipap",
    "ventilator",
    "ecmo",
)
_CONSCIOUSNESS: Final = ("alert", "drowsy", "voice", "tactile", "unarousable")
_SEIZURE: Final = ("none", "focal", "nonconvulsive_eeg", "generalised")
_OEDEMA: Final = ("none", "haemorrhage_related", "focal", "diffuse")
_MOTOR: Final = ("none", "mild", "deep_focal")


def _pressors(agents: tuple[Vasopressor, ...]) -> tuple[int, int, int]:
    drugs = {agent.drug for agent in agents}
    return len(drugs & COUNTED_VASOPRESSORS), len(drugs & VASOPRESSIN_LIKE), len(drugs)


def _support(oxygen: Oxygen) -> tuple[int, float]:
    flow = 0.0 if oxygen.flow_l_min is None else oxygen.flow_l_min
    return -1 if oxygen.device is None else DEVICE_ORDER.index(oxygen.device), flow


# field -> (sign whose attribution removes it, how severe a value is)
_VITAL_FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "temperature_c": ("fever", lambda value: value),
    "hypotensive": ("hypotension", lambda value: value),
    "vasopressors": ("hypotension", _pressors),
    "fluid_for_hypotension": ("hypotension", lambda value: value),
    "fluid_bolus_ml": ("hypotension", lambda value: value),
    "oxygen": ("hypoxia", _support),
    "hypoxic": ("hypoxia", lambda value: value),
    "systolic_mmhg": ("", lambda value: -value),
    "diastolic_mmhg": ("", lambda value: -value),
    "map_mmhg": ("", lambda value: -value),
    "spo2_percent": ("", lambda value: -value),
    "heart_rate_bpm": ("", lambda value: value),
    "respiratory_rate_bpm": ("", lambda value: value),
}
_NEURO_FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "ice": ("ice", lambda ice: -(ice.item_bounds()[0] if ice.total is None else ice.total)),
    "capd": ("capd", lambda capd: capd.bounds()),
    "consciousness": ("consciousness", _CONSCIOUSNESS.index),
}
_STANDING_FIELDS: Final[dict[str, tuple[str, Callable[[Any], Any]]]] = {
    "motor_weakness": ("motor", _MOTOR.index),
    "raised_icp": ("raised_icp", len),
    "cerebral_oedema": ("oedema", _OEDEMA.index),
}
_FIELDS: Final = (*_VITAL_FIELDS, *_NEURO_FIELDS, *_STANDING_FIELDS)


def _worst_of(readings: list[Reading], severity: Callable[[Any], Any]) -> Reading:
    """The worst reading of one minute, with the others that differ from it."""
    if len(readings) == 1:
        return readings[0]
    # The text of a value breaks the last ties, so that the order of entry never shows.
    first, *rest = sorted(
        readings,
        key=lambda one: (not one.attributed, severity(one.value), _text(one.value)),
        reverse=True,
    )
    said = _text(first.value)
    return replace(first, others=tuple(one for one in rest if _text(one.value) != said))


def _text(value: Any) -> str:
    """A value as text; a list says the same in any order."""
    return repr(sorted(map(repr, value)) if isinstance(value, tuple) else value)


class _Track:
    """All readings of one field in time order; equal times keep only the worst."""

    __slots__ = ("readings", "times", "valid")

    def __init__(
        self, readings: list[Reading], valid: timedelta | None, severity: Callable[[Any], Any]
    ) -> None:
        self.valid = valid
        self.readings, self.times = readings, [one.taken_at for one in readings]
        if len(readings) < 2 or len({*self.times}) == len(readings):
            return  # in order already, as the records are, and nothing to choose from
        at_once: dict[datetime, list[Reading]] = {}
        for reading in readings:
            at_once.setdefault(reading.taken_at, []).append(reading)
        self.times = [*at_once]
        self.readings = [_worst_of(found, severity) for found in at_once.values()]

    def newest(self, at: datetime) -> Reading | None:
        place = bisect_right(self.times, at)
        return self.readings[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Moment:
    """
    Everything that counts at one time.

    Readings are ``None`` when nobody recorded the field or its last value is too old; the latter
    are in ``stale``. ``vitals_at`` is the set taken for this moment, if there is one. ``exams`` are
    all exams so far, oldest first, for signs that stand until a later exam clears them; ``fits``
    those of them that saw a seizure, ``asked_at`` when the newest one said whether there was any.
    """

    at: datetime
    patient: Patient
    temperature_c: Reading | None
    hypotensive: Reading | None
    vasopressors: Reading | None
    fluid_for_hypotension: Reading | None
    fluid_bolus_ml: Reading | None
    oxygen: Reading | None
    hypoxic: Reading | None
    systolic_mmhg: Reading | None
    diastolic_mmhg: Reading | None
    map_mmhg: Reading | None
    spo2_percent: Reading | None
    heart_rate_bpm: Reading | None
    respiratory_rate_bpm: Reading | None
    ice: Reading | None
    capd: Reading | None
    consciousness: Reading | None
    motor_weakness: Reading | None
    raised_icp: Reading | None
    cerebral_oedema: Reading | None
    unable: Reading | None
    exams: Sequence[NeuroExam]
    fits: Sequence[NeuroExam]
    asked_at: datetime | None
    first_dose_at: datetime | None
    vitals_at: datetime | None
    new_exam: bool
    death: Event | None
    stale: tuple[Stale, ...]


def exposures(therapy: Therapy | None) -> list[tuple[datetime, datetime | None]]:
    """
    Every dose and infusion segment as (start, end), oldest first.

    The end of a discrete dose is its start unless recorded; an infusion still running has none.
    """
    if therapy is None:
        return []
    spans: list[tuple[datetime, datetime | None]] = []
    if therapy.started_at is not None:
        spans.append((therapy.started_at, therapy.started_at))
    spans += [(dose.given_at, dose.ended_at or dose.given_at) for dose in therapy.doses or ()]
    spans += [(part.started_at, part.stopped_at) for part in therapy.infusions or ()]
    return sorted(spans, key=lambda span: span[0])


def first_dose_at(therapy: Therapy | None) -> datetime | None:
    """When exposure began; CRS cannot be established earlier. ``None`` when nobody recorded it."""
    if therapy is None:
        return None
    starts = [] if therapy.started_at is None else [therapy.started_at]
    starts += [dose.given_at for dose in therapy.doses or ()]
    starts += [part.started_at for part in therapy.infusions or ()]
    return min(starts, default=None)


_Taken = TypeVar("_Taken", Vitals, NeuroExam)


def _in_order(records: Sequence[_Taken]) -> list[_Taken]:
    """By time; records of one minute by content, so that the order of entry never matters."""
    if len(records) < 2:
        return list(records)
    times = Counter(one.taken_at for one in records)
    return sorted(
        records,
        key=lambda one: (
            one.taken_at,
            one.model_dump_json() if times[one.taken_at] > 1 else "",
        ),
    )


class Chart:
    """A case laid out by field and time, so that any moment can be read off quickly."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.vitals: list[Vitals] = _in_order(case.vitals or ())
        self.exams: list[NeuroExam] = _in_order(case.neuro or ())
        rules = site()
        self._tracks = {
            **_tracks(self.vitals, _VITAL_FIELDS, rules.vitals_valid),
            **_tracks(self.exams, _NEURO_FIELDS, rules.neuro_valid),
            **_tracks(self.exams, _STANDING_FIELDS, None),
        }
        self._exam_times = [exam.taken_at for exam in self.exams]
        asked = [
            exam
            for exam in self.exams
            if exam.seizure is not None and exam.seizure.kind is not None
        ]
        self._asked_times = [exam.taken_at for exam in asked]
        self._fits = [exam for exam in asked if exam.seizure and exam.seizure.kind != "none"]
        self._fit_times = [exam.taken_at for exam in self._fits]
        self._vitals_times = sorted({one.taken_at for one in self.vitals})
        self._unable = _Track(
            [
                Reading(reasons, exam.taken_at, False)
                for exam in self.exams
                if (reasons := exam.unable_reasons)
            ],
            rules.neuro_valid,
            lambda reasons: ("sedated" in reasons, len(reasons)),
        )
        self._exams_at = set(self._exam_times)
        self.first_dose_at = first_dose_at(case.therapy)
        deaths = [event for event in case.events or () if event.kind == "death"]
        self.deaths = sorted(deaths, key=lambda event: (event.at, event.due_to or ""))

    def times(self, until: datetime | None = None) -> list[datetime]:
        """
        Every assessment time up to ``until``.

        A vitals set and an exam close together are one assessment at the later of the two; a
        second set of the same kind always begins a new one, so that no reading is passed over.
        """
        if until is None:
            return [*self._every_time]
        return self._times(until)

    @once
    def _every_time(self) -> list[datetime]:
        return self._times(None)

    def _times(self, until: datetime | None) -> list[datetime]:
        near = site().combine_within
        kinds: dict[datetime, set[str]] = {}
        for times, kind in ((self._vitals_times, "vitals"), (self._exams_at, "neuro")):
            for time in times:
                kinds.setdefault(time, set()).add(kind)
        grouped: list[tuple[datetime, datetime, set[str]]] = []
        for time in sorted(kinds):
            if until is not None and time > until:
                break
            if grouped:
                first, _, before = grouped[-1]
                # A set and an exam of one time are one assessment of their own: joining only the
                # exam to an earlier set would put both sets at one time, and pass over the earlier.
                if before.isdisjoint(kinds[time]) and time - first <= near:
                    grouped[-1] = (first, time, before | kinds[time])
                    continue
            grouped.append((time, time, kinds[time]))
        found = [last for _, last, _ in grouped]
        fatal = [d.at for d in self.deaths if until is None or d.at <= until]
        return sorted({*found, *fatal})

    def death_by(self, at: datetime) -> Event | None:
        """The death recorded by ``at``, or ``None``."""
        for event in reversed(self.deaths):
            if event.at <= at:
                return event
        return None

    def moment(self, at: datetime) -> Moment:
        """Read off what counts at ``at``; later records are invisible."""
        values: dict[str, Reading | None] = dict.fromkeys(_FIELDS)
        stale: list[Stale] = []
        for name, track in self._tracks.items():
            reading = track.newest(at)
            if reading is None:
                continue
            if track.valid is not None and at - reading.taken_at > track.valid:
                stale.append(Stale(name, reading.taken_at))
            else:
                values[name] = reading
        seen = bisect_right(self._exam_times, at)
        unable = self._unable.newest(at)
        if unable is not None and at - unable.taken_at > site().neuro_valid:
            unable = None
        last = bisect_right(self._vitals_times, at)
        newest = self._vitals_times[last - 1] if last else None
        near = site().combine_within
        asked = bisect_right(self._asked_times, at)
        return Moment(
            at=at,
            patient=self.case.patient,
            unable=unable,
            exams=self.exams[:seen],
            fits=self._fits[: bisect_right(self._fit_times, at)],
            asked_at=self._asked_times[asked - 1] if asked else None,
            first_dose_at=self.first_dose_at,
            vitals_at=newest if newest is not None and at - newest <= near else None,
            new_exam=at in self._exams_at,
            death=self.death_by(at),
            stale=tuple(stale),
            **values,
        )


def _tracks(
    records: Sequence[Vitals] | Sequence[NeuroExam],
    fields: dict[str, tuple[str, Callable[[Any], Any]]],
    valid: timedelta | None,
) -> dict[str, _Track]:
    """The fields that anybody recorded, each with its readings."""
    found: dict[str, list[Reading]] = {}
    for record in records:
        explained, values = record.other_cause or (), vars(record)
        for name, (sign, _) in fields.items():
            value = values[name]
            if value is not None:
                reading = Reading(value, record.taken_at, sign in explained)
                found.setdefault(name, []).append(reading)
    return {
        name: _Track(found[name], valid, severity)
        for name, (_, severity) in fields.items()
        if name in found
    }
