"""
Seizures as ICANS reads them, over a series of exams.

A seizure grades every moment until a complete exam at least an hour later finds no seizure and the
patient back at baseline: alert, and scored as before therapy. Records of the same seizure (same
start, or close together) are one: the newest statement on duration and recovery counts.

Cites: lee-2019, ICANS table, seizure row; house rules on persistence in site.toml.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from toxmodels.findings import Finding, explained, seen, unsure
from toxmodels.moment import Moment
from toxmodels.records import NeuroExam, Patient, Seizure
from toxmodels.scales.branch import Branch, branch
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE, ice_score
from toxmodels.scored_exams import Ice
from toxmodels.site import site
from toxmodels.sources import Cite

PROLONGED_OVER_MIN: Final = 5.0
_CITE = Cite("lee-2019", "ICANS table, seizure row")


@dataclass(frozen=True, slots=True)
class SeizureEpisode:
    """One seizure as told by one or more records."""

    first_at: datetime
    last_at: datetime
    started_at: datetime | None
    kind: str | None
    duration_min: float | None
    count: int | None
    repetitive: bool | None
    resolved: bool | None
    attributed: bool

    def bounds(self) -> tuple[int, int]:
        """Grade 3 when short and resolved, 4 when prolonged or repetitive, open when unknown."""
        if self.repetitive is True:
            return 4, 4
        if self.duration_min is not None and self.duration_min > PROLONGED_OVER_MIN:
            return 4, 4
        several = self.count is not None and self.count > 1
        unknown = self.duration_min is None or self.resolved is not True
        if unknown or (several and self.repetitive is None):
            return 3, 4
        return 3, 3

    def says(self) -> str:
        """Kind, duration and recovery in a few words."""
        on_eeg = self.kind == "nonconvulsive_eeg"
        name = "non-convulsive seizure on EEG" if on_eeg else f"{self.kind} seizure"
        parts = [name]
        parts.append(
            "duration not recorded" if self.duration_min is None else f"{self.duration_min:g} min"
        )
        if self.repetitive is True:
            parts.append("repeated without recovery")
        elif self.resolved is None:
            parts.append("recovery not recorded")
        else:
            parts.append("resolved" if self.resolved else "not resolved")
        return ", ".join(parts)


def episodes(exams: Sequence[NeuroExam]) -> list[SeizureEpisode]:
    """Gather seizure records into seizures, oldest first."""
    found: list[SeizureEpisode] = []
    for exam in exams:
        fit = exam.seizure
        if fit is None or fit.kind is None or fit.kind == "none":
            continue
        attributed = "seizure" in (exam.other_cause or ())
        if found and _same(found[-1], exam, fit):
            found[-1] = _merged(found[-1], exam, fit, attributed)
        else:
            found.append(_new(exam, fit, attributed))
    return found


def _new(exam: NeuroExam, fit: Seizure, attributed: bool) -> SeizureEpisode:
    return SeizureEpisode(
        first_at=exam.taken_at,
        last_at=exam.taken_at,
        started_at=fit.started_at,
        kind=fit.kind,
        duration_min=fit.duration_min,
        count=fit.count,
        repetitive=fit.repetitive_without_recovery,
        resolved=fit.resolved,
        attributed=attributed,
    )


def _same(held: SeizureEpisode, exam: NeuroExam, fit: Seizure) -> bool:
    if held.started_at is not None and fit.started_at is not None:
        return held.started_at == fit.started_at
    return exam.taken_at - held.last_at < site().same_seizure


def _merged(
    held: SeizureEpisode, exam: NeuroExam, fit: Seizure, attributed: bool
) -> SeizureEpisode:
    tied = exam.taken_at == held.last_at
    durations = [d for d in (held.duration_min, fit.duration_min) if d is not None]
    newest = fit.duration_min if fit.duration_min is not None else held.duration_min
    repetitive = fit.repetitive_without_recovery
    resolved = held.resolved if fit.resolved is None else fit.resolved
    if tied and held.resolved is not None and fit.resolved is not None:
        resolved = held.resolved and fit.resolved
    return SeizureEpisode(
        first_at=held.first_at,
        last_at=exam.taken_at,
        started_at=held.started_at or fit.started_at,
        kind=fit.kind,
        duration_min=max(durations) if tied and durations else newest,
        count=held.count if fit.count is None else max(fit.count, held.count or 0),
        repetitive=held.repetitive if repetitive is None or held.repetitive else repetitive,
        resolved=resolved,
        attributed=attributed and (held.attributed or not tied),
    )


def _scored_as_before(exam: NeuroExam, patient: Patient, which: Branch) -> bool:
    """Whether the scored exam of this branch is back at what was usual before therapy."""
    if exam.ice is not None and which != "capd":
        usual = patient.baseline_ice
        if isinstance(usual, Ice):
            usual = usual.item_bounds()[0] if usual.total is None else usual.total
        score = ice_score(exam.ice, patient.fixed_ice_deficits or ())
        return score.low >= FULL_SCORE if usual is None else score.low >= usual
    if exam.capd is not None and which != "ice":
        highest, usual_capd = exam.capd.bounds()[1], patient.baseline_capd
        return highest < POSITIVE_FROM if usual_capd is None else highest <= usual_capd
    return False


def _is_back(exam: NeuroExam, patient: Patient, which: Branch) -> bool:
    """A complete exam: no seizure, alert, nothing focal, and the scored exam as before therapy."""
    if exam.seizure is None or exam.motor_weakness is None or exam.raised_icp is None:
        return False
    calm = exam.seizure.kind == "none" and exam.consciousness == "alert"
    swollen = exam.cerebral_oedema in ("focal", "diffuse")
    focal = exam.motor_weakness == "deep_focal" or len(exam.raised_icp) > 0 or swollen
    possible = not focal and not exam.unable_reasons
    return calm and possible and _scored_as_before(exam, patient, which)


def is_cleared(fit: SeizureEpisode, exams: Sequence[NeuroExam], patient: Patient) -> bool:
    """
    Whether a complete exam an hour or more later finds the patient back at baseline.

    While the age is unknown it must be so by ICE as well as by CAPD.
    """
    return all(_is_cleared_by(which, fit, exams, patient) for which in _branches(patient))


def _is_cleared_by(
    which: Branch, fit: SeizureEpisode, exams: Sequence[NeuroExam], patient: Patient
) -> bool:
    first = bisect_left(exams, fit.last_at + site().seizure_clear, key=_taken_at)
    return any(_is_back(one, patient, which) for one in exams[first:])


def _taken_at(exam: NeuroExam) -> datetime:
    return exam.taken_at


def _branches(patient: Patient) -> tuple[Branch, ...]:
    which = branch(patient)
    return ("ice", "capd") if which == "either" else (which,)


def is_asked_lately(moment: Moment) -> bool:
    """Whether the newest word on seizures still counts."""
    return moment.asked_at is not None and moment.at - moment.asked_at <= site().neuro_valid


def seizure(moment: Moment) -> Finding:
    """Read the seizures that still count; open where only the age tells whether one does."""
    found = [_by(which, moment) for which in _branches(moment.patient)]
    low, high = min(one.at_least for one in found), max(one.at_most for one in found)
    gravest = max(found, key=lambda one: (one.at_most, one.at_least))
    if (gravest.at_least, gravest.at_most) == (low, high):
        return gravest
    return unsure(
        "seizure",
        low,
        high,
        gravest.says,
        missing="the age: it tells which exam shows the patient back at baseline",
        cite=_CITE,
        record="neuro",
        value=gravest.says,
        limit="counts until a complete exam at baseline",
        taken_at=gravest.taken_at,
    )


def _by(which: Branch, moment: Moment) -> Finding:
    """The seizures that still count, with the exam that this branch asks for."""
    exams, patient = moment.exams, moment.patient
    fits = episodes(moment.fits)
    standing = [fit for fit in fits if not _is_cleared_by(which, fit, exams, patient)]
    counted = [fit for fit in standing if not fit.attributed]
    asked_at, fresh = moment.asked_at, is_asked_lately(moment)
    if counted:
        gravest = max(counted, key=lambda fit: (fit.bounds(), fit.last_at))
        low = max(fit.bounds()[0] for fit in counted)
        # Nobody has asked for long: another, longer seizure cannot be excluded.
        high = max(fit.bounds()[1] for fit in counted) if fresh else 4
        at, says = gravest.last_at, gravest.says()
        if low == high:
            limit = "resolves rapidly" if low == 3 else "over 5 min, or no recovery between"
            return seen("seizure", low, says, limit=limit, cite=_CITE, taken_at=at, record="neuro")
        what = "how long the seizure lasted and whether the patient recovered"
        return unsure(
            "seizure",
            low,
            high,
            says,
            missing=what,
            cite=_CITE,
            record="neuro",
            value=says,
            limit="3 if it resolves rapidly, 4 if over 5 min or without recovery",
            taken_at=at,
        )
    if standing and not (fresh and asked_at is not None and asked_at > standing[-1].last_at):
        last = standing[-1]
        return explained("seizure", last.says(), cite=_CITE, taken_at=last.last_at, record="neuro")
    if asked_at is None or not fresh:
        says, what = "seizure not recorded", "seizure: seen or none"
        return unsure("seizure", 0, 4, says, missing=what, cite=_CITE, record="neuro")
    return seen(
        "seizure", 0, "no seizure", limit="none seen", cite=_CITE, taken_at=asked_at, record="neuro"
    )
