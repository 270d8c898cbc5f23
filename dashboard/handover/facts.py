"""
Situation, background and assessment: what stands at the time of the handover.

Pure: from the state of a patient to lines. What nobody recorded is said to be not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from dashboard.handover.record import Clock, Line
from dashboard.need import need_of
from dashboard.parts.grade import (
    age_text,
    grade_text,
    grade_word,
    is_assessed,
    mark_text,
    span_text,
)
from dashboard.parts.patient.banner import day_text
from dashboard.parts.patient.entry_words import entry_text
from dashboard.parts.patient.episodes import biphasic_text
from dashboard.parts.patient.headline import headline, infection_line, is_febrile, masking_text
from dashboard.states import PatientState
from toxmodels import Finding, Grade
from toxmodels.course import Episode
from toxmodels.products import product
from toxmodels.records import Dose, Infusion, NeuroExam, Patient, Therapy, Vitals
from toxmodels.scales import STEPPED
from toxmodels.scored_exams import Capd, Ice

__all__ = ["NOT_RECORDED", "assessment", "background", "situation"]

NOT_RECORDED: Final = "not recorded"
_SIGNS: Final = {"ice": "ICE", "capd": "CAPD", "raised_icp": "raised pressure", "motor": "weakness"}
_STATES: Final = {
    "open": "open",
    "resolved_on_therapy": "settled, treatment may hide fever",
    "resolved": "resolved",
}


def situation(state: PatientState, clock: Clock, ward: str) -> Iterator[Line]:
    """Who, since when, which grades decided by what, and what is open."""
    yield Line("Patient", f"{state.patient_id}, {ward}")
    if state.closed is not None:
        yield Line("State", state.closed.upper(), loud=True)
    yield Line("As of", clock.full(state.at))
    yield Line("Therapy", _therapy(state.case.therapy))
    yield Line("Since first dose", _since(state))
    for id_, scale in STEPPED.items():
        grade = state.assessment.grades.get(id_)
        yield Line(scale.short, _grade_now(scale.short, grade, state), loud=_is_grave(grade))
    need = need_of(state).says
    yield Line("Open alerts", _open(state), loud=bool(state.open_alerts))
    yield Line("On the board for", need or "grade only")
    yield Line("Read first", "; ".join(headline(state)))


def _grade_now(short: str, grade: Grade | None, state: PatientState) -> str:
    if grade is None:
        return f"{grade_text(short, None)}: {grade_word(None)}"
    said = f"{grade_text(short, grade)} ({grade_word(grade)})"
    deciding = [one for one in grade.findings if one.decides]
    if deciding:
        said += "; decided by " + "; ".join(_aged(one, state) for one in deciding)
    return said


def _is_grave(grade: Grade | None) -> bool:
    """Loud unless it is certain that nothing is there: an open grade is not a calm one."""
    return grade is not None and (grade.at_most > 0 or not is_assessed(grade))


def _open(state: PatientState) -> str:
    found = state.open_alerts
    if not found:
        return "none"
    first = found[0].flag
    return f"{len(found)}; first: {first.says}: {first.action} ({first.owner})"


def _therapy(therapy: Therapy | None) -> str:
    if therapy is None:
        return NOT_RECORDED
    known = product(therapy.product)
    kind = "" if known is None else f" ({_kind(known.kind)}, {known.target})"
    for_what = "" if therapy.indication is None else f", for {therapy.indication}"
    return f"{therapy.product}{kind}{for_what}"


def _kind(kind: str) -> str:
    return "CAR-T" if kind == "car-t" else "bispecific"


def _since(state: PatientState) -> str:
    first, last = state.first_dose_at, state.last_dose_at
    if first is None:
        return f"first dose {NOT_RECORDED}"
    said = day_text(first, state.at)
    if last is not None and last != first:
        said += f"; {day_text(last, state.at)} since the last dose or rate"
    return said


# Background


def background(state: PatientState, clock: Clock) -> Iterator[Line]:
    """The person, what was given, and every episode with its peak."""
    patient, therapy = state.case.patient, state.case.therapy
    yield Line("Age", _or_not(patient.age_years, "{:g} years"))
    yield Line("Sex", NOT_RECORDED if patient.sex is None else patient.sex)
    yield Line("Weight", _weight(patient, clock))
    yield Line("Allergies", _listed(patient.allergies))
    yield Line("Conditions", _listed(patient.conditions))
    yield Line("Baseline ICE", _baseline(patient))
    yield from _doses(therapy, clock)
    if therapy is not None and therapy.lymphodepletion_started_at is not None:
        yield Line("Lymphodepletion from", clock.time(therapy.lymphodepletion_started_at))
    if therapy is not None and therapy.crs_since is not None:
        yield Line("CRS before transfer", f"since {clock.time(therapy.crs_since)}")
    earlier = None if therapy is None else therapy.previous_therapies
    yield Line("Earlier therapies", _listed(earlier))
    episodes = () if state.course is None else state.course.episodes
    for one in episodes:
        yield Line(f"{STEPPED[one.scale].short} episode {one.number}", _episode(one, clock))
    if not episodes:
        yield Line("Episodes", "none of CRS or ICANS on record")
    recurred = biphasic_text(state)
    if recurred is not None:
        yield Line("Course", recurred)


def _or_not(value: float | None, form: str) -> str:
    return NOT_RECORDED if value is None else form.format(value)


def _weight(patient: Patient, clock: Clock) -> str:
    if patient.weight_kg is None:
        return NOT_RECORDED
    dated = patient.weight_recorded_at
    day = "date not recorded" if dated is None else f"{dated.astimezone(clock.zone):%d-%b-%Y}"
    return f"{patient.weight_kg:g} kg, {day}"


def _listed(values: tuple[str, ...] | None) -> str:
    if values is None:
        return NOT_RECORDED
    return ", ".join(values) if values else "looked, none"


def _baseline(patient: Patient) -> str:
    usual = patient.baseline_ice
    if usual is None:
        return NOT_RECORDED
    text = _score("ICE", usual) if isinstance(usual, Ice) else f"ICE {usual}"
    fixed = patient.fixed_ice_deficits
    return f"{text}; never scored: {', '.join(fixed)}" if fixed else text


def _doses(therapy: Therapy | None, clock: Clock) -> Iterator[Line]:
    if therapy is None:
        return
    for dose in sorted(therapy.doses or (), key=lambda one: one.given_at):
        if dose.given_at <= clock.at:
            yield Line("Dose given", dose_text(dose, clock))
    for part in sorted(therapy.infusions or (), key=lambda one: one.started_at):
        if part.started_at <= clock.at:
            yield Line("Infusion", infusion_line(part, clock))
    if not therapy.doses and not therapy.infusions:
        begun = therapy.started_at
        said = NOT_RECORDED if begun is None else f"{clock.time(begun)}, amount not recorded"
        yield Line("Dose given", said)


def dose_text(dose: Dose, clock: Clock) -> str:
    """One dose of the therapy: when, and as much as was recorded of it."""
    payload = dose.model_dump(mode="json", exclude_none=True)
    payload.pop("given_at")
    said = entry_text("dose", payload, clock.zone)
    return f"{clock.time(dose.given_at)}{f'; {said}' if said else ''}"


def infusion_line(part: Infusion, clock: Clock) -> str:
    """One segment of an infusion, running or with its end."""
    payload = part.model_dump(mode="json", exclude_none=True)
    started, stopped = part.started_at, part.stopped_at
    for name in ("started_at", "stopped_at"):
        payload.pop(name, None)
    if stopped is None or stopped > clock.at:
        payload.pop("stop_reason", None)
        until = "running"
    else:
        until = f"to {clock.time(stopped)}"
    said = entry_text("infusion", payload, clock.zone)
    return f"from {clock.time(started)}, {until}{f'; {said}' if said else ''}"


def _episode(one: Episode, clock: Clock) -> str:
    low, high = one.peak.at_least, one.peak.at_most
    peak = str(low) if low == high else f"{low}-{high}"
    lasted = span_text(timedelta(hours=one.duration_h))
    lasted += " so far" if one.status == "open" else ""
    return (
        f"onset {clock.time(one.onset_at)}, peak {peak} at {clock.time(one.peak_at)}, "
        f"lasted {lasted}, {_STATES[one.status]}"
    )


# Assessment


def assessment(state: PatientState, clock: Clock) -> Iterator[Line]:
    """Each grade with every sign that counts, and how old its readings are."""
    for id_, grade in state.assessment.grades.items():
        yield from _graded(STEPPED[id_].short, grade, state, clock)
    if not state.assessment.grades:
        yield Line("Grades", grade_word(None))
    masked = masking_text(state.case, state.at)
    if masked is not None:
        yield Line("Masking", masked, loud=state.case.treatments is None)
    if is_febrile(state):
        yield Line("Infection", infection_line(state.case, state.at))
    yield Line("Last vital signs", _last_vitals(state, clock), loud=state.vitals.is_overdue)
    yield Line("Last neuro record", _last_exam(state, clock), loud=state.neuro.is_overdue)
    yield Line("Last ICE or CAPD", _last_score(state, clock))


def _graded(short: str, grade: Grade, state: PatientState, clock: Clock) -> Iterator[Line]:
    yield Line(short, f"{grade_text(short, grade)}: {grade_word(grade)}", loud=_is_grave(grade))
    for one in grade.findings:
        if one.decides:
            yield Line(f"{short} decided by", _finding(one, state))
        elif one.at_least > 0 or one.attributed:
            yield Line(f"{short} also", _finding(one, state))
    gaps = [one.says for one in grade.missing]
    yield Line(f"{short} missing", "; ".join(gaps) if gaps else "nothing")
    if grade.last_known is not None:
        known = grade.last_known
        span = _span(known.at_least, known.at_most)
        yield Line(f"{short} last known", f"{span} at {clock.time(known.at)}")
    if grade.without_attribution is not None:
        plain = grade.without_attribution
        yield Line(f"{short} without attribution", _span(plain.at_least, plain.at_most))
    for one in grade.findings:
        if one.note is not None:
            yield Line(f"{short} note", f"{one.says}: {one.note}")


def _finding(one: Finding, state: PatientState) -> str:
    name = _SIGNS.get(one.sign, one.sign.replace("_", " "))
    limit = "" if one.limit is None else f" [{one.limit}]"
    cite = f"{one.cite.source}: {one.cite.at}{mark_text(one.cite)}"
    span = _span(one.at_least, one.at_most)
    return f"{name}: {_aged(one, state)}; grade {span}{limit} ({cite})"


def _aged(one: Finding, state: PatientState) -> str:
    return one.says if one.taken_at is None else f"{one.says}, {age_text(state.at - one.taken_at)}"


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _last_vitals(state: PatientState, clock: Clock) -> str:
    return _newest(state.case.vitals or (), "vitals", state, clock)


def _last_exam(state: PatientState, clock: Clock) -> str:
    return _newest(state.case.neuro or (), "neuro", state, clock)


def _newest(
    records: Iterable[Vitals] | Iterable[NeuroExam], kind: str, state: PatientState, clock: Clock
) -> str:
    known = [one for one in records if one.taken_at <= state.at]
    if not known:
        return NOT_RECORDED
    last = max(one.taken_at for one in known)
    said = [
        entry_text(kind, one.model_dump(mode="json", exclude_none=True), clock.zone)
        for one in known
        if one.taken_at == last
    ]
    return f"{clock.time(last)}, {age_text(state.at - last)}: {' / '.join(said)}"


def _last_score(state: PatientState, clock: Clock) -> str:
    scored = [
        (one.taken_at, name, score)
        for one in state.case.neuro or ()
        for name, score in (("ICE", one.ice), ("CAPD", one.capd))
        if score is not None and one.taken_at <= state.at
    ]
    if not scored:
        return NOT_RECORDED
    last = max(time for time, _, _ in scored)
    said = " / ".join(_score(name, score) for time, name, score in scored if time == last)
    return f"{said}, {clock.time(last)}, {age_text(state.at - last)}"


def _score(name: str, score: Ice | Capd) -> str:
    low, high = score.item_bounds()
    if score.total is not None:
        low = high = score.total
    return f"{name} {low}" if low == high else f"{name} {low} to {high}, not all items recorded"
