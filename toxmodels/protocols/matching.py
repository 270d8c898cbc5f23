"""
Whether a rule applies: one short answer for each question that ``When`` lists.

What nobody recorded is ``None`` and answers every question with no.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from toxmodels.drugs import burden_of
from toxmodels.drugs.facts_read import number
from toxmodels.drugs.steroid_tally import moments_of
from toxmodels.label_grades import PAUSES_FROM, LabelEvent, Term
from toxmodels.protocols.aftermath import (
    episodes_of,
    has_recurred,
    hours_above,
    is_not_low_for,
    is_told,
    last_dose_at,
    lasted_hours,
    peak_before_last_dose,
    peak_since_dose,
    waits_for_a_grade,
    was_attributed,
)
from toxmodels.protocols.exam_signs import has_raised_pressure, seizure_undergraded
from toxmodels.protocols.level_of_care import level_stands
from toxmodels.protocols.rulebook import Protocol, Rule, When, protocols
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.situation import ADULT_FROM_YEARS, Situation

_US: Final = "label-us"
_CTCAE: Final = "ctcae"
_HIGHEST: Final = 4
_AFTER_LAST_DOSE: Final = timedelta(hours=48)  # ICE is watched so long after the last dose
_LABELS: Final = {
    "blinatumomab": {"us": "blinatumomab-us", "eu": "blinatumomab-eu", "jp": "blinatumomab-jp"}
}

__all__ = ["applies", "covers", "gives_product", "grade_for", "is_held", "label_of"]

Ask = Callable[[Situation, Any, Rule], bool]


def _least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def _under(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _most(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit


def _until(event: LabelEvent, s: Situation) -> float:
    return ((event.settled_at or s.at) - event.began_at) / timedelta(hours=1)


_OF_EVENT: Final[dict[str, Callable[[LabelEvent, Situation, Any], bool]]] = {
    "event_peak": lambda event, _, wanted: event.peak in wanted,
    "settled_hours_min": lambda event, s, limit: _least(s.hours_since(event.settled_at), limit),
    "settled_hours_below": lambda event, s, limit: _under(
        s.hours_since(event.settled_at) or 0.0, limit
    ),
    "to_settle_hours_min": lambda event, s, limit: _until(event, s) > limit,
    "to_settle_hours_max": lambda event, s, limit: _until(event, s) <= limit,
    "to_settle_hours_from": lambda event, s, limit: _until(event, s) >= limit,
    "event_rate_ug_day_min": lambda event, s, limit: _above(s.rate_at(event.began_at), limit),
    "event_rate_ug_day_max": lambda event, s, limit: _most(s.rate_at(event.began_at), limit),
    "event_dose": lambda event, s, wanted: s.dose_level_at(event.began_at) in wanted,
}


def _event_fits(s: Situation, rule: Rule) -> bool:
    """Whether one event answers all that a rule asks of events; a stop asks each there ever was."""
    asked = [(name, wanted) for name, wanted in rule.when.asked if name in _OF_EVENT]
    if not asked:
        return True
    if rule.term is None:
        return False
    newest = s.label_event(rule.scale, rule.term)
    events = [] if newest is None else [newest]
    if rule.step == "stop":
        events = [
            *s.label_events(rule.scale, rule.term),
            *_life_threatening(s, rule.scale, rule.term),
        ]
    return any(all(_OF_EVENT[name](event, s, wanted) for name, wanted in asked) for event in events)


def _life_threatening(s: Situation, scale: str, group: Term) -> list[LabelEvent]:
    """
    What the record shows for certain at grade 4, which stops a drug until a physician says less.

    A lower one is held and waits for a clinician's grade: only that counts days and doses. It
    stands when the signs are over: nobody has said less.
    """
    if s.is_worked_out(scale, group) and (s.label_grade(scale, group) or 0) >= _HIGHEST:
        return [LabelEvent(began_at=s.at, peak=_HIGHEST, settled_at=None)]
    shown = s.shown(scale, group, _HIGHEST)
    return [] if shown is None else [LabelEvent(shown.rose_at, shown.peak, None)]


def _ungraded(s: Situation, rule: Rule) -> bool:
    """
    Whether a label's scale has no answer: nobody graded, and the record does not show it either.

    A permanent stop and what was reached before wait for a clinician's own grade.
    """
    if rule.term is None:
        return False
    peak = rule.when.peak_crs is not None or rule.when.peak_icans is not None
    if not s.is_ungraded(rule.scale, rule.term, peak=peak):
        return False
    return peak or rule.step == "stop" or not _shown(s, rule, rule.term)


def _shown(s: Situation, rule: Rule, group: Term) -> bool:
    """
    Whether the record answers: exactly, or as severe for certain where it has to be.

    It has to be severe where ASTCT is, and after a seizure, which a calm exam does not take back.
    """
    found = s.computed(rule.scale, group)
    if found is None:
        return False
    severe = (s.crs if group == "crs" else s.icans) >= PAUSES_FROM
    if severe or rule.when.seizures_min is not None:
        return found.at_least >= PAUSES_FROM
    return found.complete


def _shown_peak(s: Situation, wanted: tuple[int, ...], rule: Rule) -> bool:
    """Where ASTCT was severe as well, and is ungraded, the question for that stands already."""
    if rule.term is None:
        return False
    shown = s.shown(rule.scale, rule.term, min(wanted))
    if shown is None or shown.peak not in wanted:
        return False
    astct = astct_crs.ID if rule.term == "crs" else astct_icans.ID
    asked = s.grade_of.get(astct, 0) < PAUSES_FROM <= s.peak(astct)
    return not (asked and s.is_ungraded(rule.scale, rule.term, peak=True))


def _undergraded(s: Situation, rule: Rule) -> bool:
    return rule.term is not None and seizure_undergraded(s, rule.scale, rule.term)


def _flat_barred(s: Situation) -> bool | None:
    """Whether an adult flat dose is out of the question; unknown where nobody recorded the age."""
    weight_kg = s.case.patient.weight_kg
    if weight_kg is not None and weight_kg < float(number("weight", "flat_from_kg")):
        return True
    return None if s.age_years is None else s.age_years < ADULT_FROM_YEARS


def _unresolved(s: Situation) -> bool:
    groups: tuple[Term, ...] = ("crs", "neuro")
    return any((s.assigned(_CTCAE, group) or 0) > 0 for group in groups)


def _anc_hours(s: Situation, rule: Rule) -> float | None:
    new, old = rule.when.anc_below_per_ul, rule.when.anc_old_below_per_ul
    limit = old if new is None else new
    return None if limit is None else s.hours_below("anc_per_ul", limit, old=new is None)


def _treated_since(s: Situation, rule: Rule) -> datetime | None:
    """The first corticosteroid; ICANS asks since when it has had one itself."""
    if rule.scale == astct_icans.ID:
        return s.icans_treated_since
    return s.corticosteroids[0].given_at if s.corticosteroids else None


def _of_clock(s: Situation, name: str) -> float | None:
    value: float | None = None if s.clock is None else getattr(s.clock, name)
    return value


def _restarted(s: Situation) -> str | None:
    return None if s.clock is None else s.clock.restarted_for


_ASKS: Final[dict[str, Ask]] = {
    "crs": lambda s, wanted, _: s.crs in wanted,
    "icans": lambda s, wanted, _: s.icans in wanted,
    "kinds": lambda s, wanted, _: s.product is not None and s.product.kind in wanted,
    "products": lambda s, wanted, _: s.product is not None and s.product.id in wanted,
    "not_products": lambda s, wanted, _: s.product is not None and s.product.id not in wanted,
    "indications": lambda s, wanted, _: (
        s.case.therapy is not None and s.case.therapy.indication in wanted
    ),
    "episode_grade": lambda s, wanted, rule: True,  # which episodes the next two count
    "episodes_min": lambda s, limit, rule: episodes_of(s, rule) >= limit,
    "episodes_max": lambda s, limit, rule: episodes_of(s, rule) <= limit,
    "lasted_hours_min": lambda s, limit, rule: lasted_hours(s, rule) >= limit,
    "since_dose_peak": lambda s, wanted, rule: (
        rule.is_computed and peak_since_dose(s, rule.scale) in wanted
    ),
    "stay_after_peak": lambda s, wanted, rule: (
        rule.is_computed and peak_before_last_dose(s, rule.scale) in wanted
    ),
    "since_dose_hours_below": lambda s, limit, _: _under(s.hours_since(last_dose_at(s)), limit),
    "level_stands": lambda s, wanted, rule: (level_stands(s, rule.scale) is not None) is wanted,
    "attributed": lambda s, wanted, _: was_attributed(s) is wanted,
    "low_grade": lambda s, wanted, rule: True,  # what the next one counts as low
    "low_hours_below": lambda s, limit, rule: is_not_low_for(s, rule, limit),
    "above_hours_min": lambda s, limit, rule: _above(hours_above(s, rule), limit),
    "flat_barred": lambda s, wanted, _: _flat_barred(s) is wanted,
    "adult": lambda s, wanted, _: (
        s.age_years is not None and (s.age_years >= ADULT_FROM_YEARS) is wanted
    ),
    "age_unknown": lambda s, wanted, _: (s.age_years is None) is wanted,
    "fever_hours_min": lambda s, limit, _: _least(s.fever_hours, limit),
    "onset_hours_max": lambda s, limit, _: s.onset_hours is not None and s.onset_hours < limit,
    "onset_hours_min": lambda s, limit, _: _least(s.onset_hours, limit),
    "tocilizumab_min": lambda s, limit, _: len(s.tocilizumab) >= limit,
    "tocilizumab_max": lambda s, limit, _: len(s.tocilizumab) <= limit,
    "since_tocilizumab_hours_min": lambda s, limit, _: _least(
        s.hours_since(s.tocilizumab_from), limit
    ),
    "corticosteroid_given": lambda s, wanted, _: bool(s.corticosteroids) is wanted,
    "since_corticosteroid_hours_min": lambda s, limit, rule: _least(
        s.hours_since(_treated_since(s, rule)), limit
    ),
    "response": is_told,
    "boluses_min": lambda s, limit, _: s.boluses >= limit,
    "hypotensive": lambda s, wanted, _: s.is_hypotensive is wanted,
    "seizures_min": lambda s, limit, _: s.seizures >= limit,
    "seizures_max": lambda s, limit, _: s.seizures <= limit,
    "seizure_undergraded": lambda s, wanted, rule: _undergraded(s, rule) is wanted,
    "raised_pressure": lambda s, wanted, _: has_raised_pressure(s) is wanted,
    "infusion": lambda s, wanted, _: s.infusion in wanted,
    "interrupted_hours_min": lambda s, limit, _: _least(s.interrupted_hours, limit),
    "interrupted_hours_max": lambda s, limit, _: _most(s.interrupted_hours, limit),
    "interrupted_hours_above": lambda s, limit, _: _above(s.interrupted_hours, limit),
    "interrupted_hours_below": lambda s, limit, _: _under(s.interrupted_hours, limit),
    "interrupted_for": lambda s, wanted, _: s.interrupted_for in wanted,
    "ungraded": lambda s, wanted, rule: _ungraded(s, rule) is wanted,
    "unresolved": lambda s, wanted, _: _unresolved(s) is wanted,
    "doses_given_max": lambda s, limit, _: 0 < s.doses_given <= limit,
    "doses_given": lambda s, wanted, _: s.doses_given == wanted,
    "liver_beyond": lambda s, wanted, _: bool(s.liver_beyond) is wanted,
    "liver_unread": lambda s, wanted, _: s.liver_unread is wanted,
    "anc_below_per_ul": lambda s, limit, _: s.count_below("anc_per_ul", limit),
    "anc_below_hours_min": lambda s, limit, rule: _least(_anc_hours(s, rule), limit),
    "platelets_below_10e9_l": lambda s, limit, _: s.count_below("platelets_10e9_l", limit),
    "anc_old_below_per_ul": lambda s, limit, _: s.count_below("anc_per_ul", limit, old=True),
    "platelets_old_below_10e9_l": lambda s, limit, _: s.count_below(
        "platelets_10e9_l", limit, old=True
    ),
    "cycle_min": lambda s, limit, _: _least(_of_clock(s, "cycle"), limit),
    "cycle_max": lambda s, limit, _: _most(_of_clock(s, "cycle"), limit),
    "cycle_unknown": lambda s, wanted, _: s.clock is not None and (s.clock.cycle is None) is wanted,
    "infusion_day_min": lambda s, limit, _: _least(_of_clock(s, "day"), limit),
    "infusion_day_max": lambda s, limit, _: _most(_of_clock(s, "day"), limit),
    "running_dose": lambda s, wanted, _: s.clock is not None and s.clock.level in wanted,
    "restarted": lambda s, wanted, _: (_restarted(s) is not None) is wanted,
    "restarted_for": lambda s, wanted, _: _restarted(s) in wanted,
    "recurred": lambda s, wanted, _: has_recurred(s) is wanted,
    "restarted_hours_min": lambda s, limit, _: _least(_of_clock(s, "restarted_hours"), limit),
    "restarted_hours_below": lambda s, limit, _: _under(_of_clock(s, "restarted_hours"), limit),
    "grades_known": lambda s, wanted, _: s.is_closed is wanted,
    "crs_known": lambda s, wanted, _: s.is_crs_known is wanted,
    "peak_crs": lambda s, wanted, _: max(s.peak(astct_crs.ID), s.crs) in wanted,
    "shown_peak": _shown_peak,
    "peak_icans": lambda s, wanted, _: max(s.peak(astct_icans.ID), s.icans) in wanted,
}
_AGAINST: Final = ("stop", "hold")
_OF_THE_FILE: Final = {"parameter", "high_burden", "burden_unknown"}
if set(When.model_fields) != {*_ASKS, *_OF_EVENT} | _OF_THE_FILE:
    raise RuntimeError("When and matching must list the same questions")


def grade_for(rule: Rule, situation: Situation) -> int | None:
    """
    The grade a rule answers, on its own scale.

    ASTCT is graded at every step. On a label's scale a clinician's grade counts, else what the
    record shows for certain; that a product goes on or begins again needs it exactly.
    """
    if rule.is_computed:
        return situation.grade_of.get(rule.scale)
    if rule.term is None:
        return None
    found = situation.computed(rule.scale, rule.term)
    if (rule.goes_on == "now" or rule.step == "restart") and found is not None:
        return found.at_least if found.complete and rule.step != "restart" else None
    return situation.label_grade(rule.scale, rule.term)


def applies(rule: Rule, protocol: Protocol, situation: Situation) -> bool:
    """Whether every condition of a rule holds."""
    # A label's own grade is worked out only where everything else holds: it takes the longest.
    if rule.is_computed and rule.grades and grade_for(rule, situation) not in rule.grades:
        return False
    for name, wanted in rule.when.asked:
        if name in _OF_EVENT:
            continue
        if name == "parameter":
            holds = all(protocol.parameters.get(key) == value for key, value in wanted.items())
        elif name in _OF_THE_FILE:
            high = burden_of(situation.case, protocol.region).high
            holds = (high is wanted) if name == "high_burden" else ((high is None) is wanted)
        else:
            holds = _ASKS[name](situation, wanted, rule)
        if not holds:
            return False
    if not rule.is_computed and rule.grades and grade_for(rule, situation) not in rule.grades:
        return False
    if not _event_fits(situation, rule):
        return False
    if rule.step in ("taper", "restart") and not situation.is_closed:
        return False
    if waits_for_a_grade(rule, situation):
        return False
    if rule.step == "taper" and not _still_tapers(situation):
        return False
    if _gives_again(rule) and is_held(protocol, situation):
        return False
    # Whatever a file says: against CRS only, never for ICANS alone.
    return rule.drug != "tocilizumab" or situation.crs >= 1


def _still_tapers(s: Situation) -> bool:
    """Whether a corticosteroid runs, or ended so lately that the watch after it goes on."""
    given = moments_of(s.corticosteroids, s.at)
    return bool(given) and s.at - given[-1] <= _AFTER_LAST_DOSE


def _gives_again(rule: Rule) -> bool:
    return rule.step == "restart" or (rule.drug == "blinatumomab" and rule.step not in _AGAINST)


def gives_product(rule: Rule, situation: Situation) -> bool:
    """Whether a rule speaks of giving the patient's product on or again."""
    if rule.goes_on in ("now", "later") or rule.step == "restart":
        return True
    product = situation.product
    return product is not None and rule.drug == product.id and rule.step != "stop"


def is_held(protocol: Protocol, situation: Situation) -> bool:
    """Whether this protocol, or the product's own label, holds or stops what is infused."""
    label = label_of(situation)
    return any(
        rule.step in _AGAINST and applies(rule, one, situation)
        for one in (protocol, *(() if label is None else (label,)))
        for rule in one.rules
    )


def label_of(situation: Situation) -> Protocol | None:
    """The label of this product: of the therapy's region where there is one, else of the US."""
    therapy = situation.case.therapy
    if therapy is None or situation.product is None:
        return None
    ids = _LABELS.get(therapy.product, {})
    label = protocols()[ids.get(therapy.region or "us", ids.get("us", _US))]
    return label if covers(label, situation) else None


def covers(protocol: Protocol, situation: Situation) -> bool:
    """Whether a protocol is meant for this product; one that nobody recorded fits any kind."""
    found = situation.product
    if protocol.products:
        return found is not None and found.id in protocol.products
    return found is None or found.kind in protocol.kinds
