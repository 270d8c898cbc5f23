"""
Whether a rule applies: one short answer for each question that ``When`` lists.

What nobody recorded is ``None`` and answers every question with no.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from toxmodels.drugs import burden_of
from toxmodels.protocols.rulebook import Protocol, Rule, When
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.situation import ADULT_FROM_YEARS, LabelEvent, Situation

__all__ = ["applies", "grade_for"]

Ask = Callable[[Situation, Any, Rule], bool]


def _least(value: float | None, limit: float) -> bool:
    return value is not None and value >= limit


def _most(value: float | None, limit: float) -> bool:
    return value is not None and value <= limit


def _event(s: Situation, rule: Rule) -> LabelEvent | None:
    return None if rule.term is None else s.label_event(rule.scale, rule.term)


def _to_settle(s: Situation, rule: Rule) -> float | None:
    event = _event(s, rule)
    if event is None:
        return None
    return ((event.settled_at or s.at) - event.began_at) / timedelta(hours=1)


def _settled(s: Situation, rule: Rule) -> float | None:
    event = _event(s, rule)
    return None if event is None else s.hours_since(event.settled_at)


def _event_rate(s: Situation, rule: Rule) -> float | None:
    event = _event(s, rule)
    return None if event is None else s.rate_at(event.began_at)


def _ungraded(s: Situation, rule: Rule) -> bool:
    return rule.term is not None and s.assigned(rule.scale, rule.term) is None


def _since_last(s: Situation, given: list[Any]) -> float | None:
    return s.hours_since(given[-1].given_at) if given else None


_ASKS: Final[dict[str, Ask]] = {
    "crs": lambda s, wanted, _: s.crs in wanted,
    "icans": lambda s, wanted, _: s.icans in wanted,
    "kinds": lambda s, wanted, _: s.product is not None and s.product.kind in wanted,
    "products": lambda s, wanted, _: s.product is not None and s.product.id in wanted,
    "not_products": lambda s, wanted, _: s.product is not None and s.product.id not in wanted,
    "indications": lambda s, wanted, _: (
        s.case.therapy is not None and s.case.therapy.indication in wanted
    ),
    "adult": lambda s, wanted, _: (
        s.age_years is not None and (s.age_years >= ADULT_FROM_YEARS) is wanted
    ),
    "fever_hours_min": lambda s, limit, _: _least(s.fever_hours, limit),
    "onset_hours_max": lambda s, limit, _: s.onset_hours is not None and s.onset_hours < limit,
    "onset_hours_min": lambda s, limit, _: _least(s.onset_hours, limit),
    "tocilizumab_min": lambda s, limit, _: len(s.tocilizumab) >= limit,
    "tocilizumab_max": lambda s, limit, _: len(s.tocilizumab) <= limit,
    "since_tocilizumab_hours_min": lambda s, limit, _: _least(
        s.hours_since(s.tocilizumab[0].given_at) if s.tocilizumab else None, limit
    ),
    "corticosteroid_given": lambda s, wanted, _: bool(s.corticosteroids) is wanted,
    "since_corticosteroid_hours_min": lambda s, limit, _: _least(
        s.hours_since(s.corticosteroids[0].given_at) if s.corticosteroids else None, limit
    ),
    "response": lambda s, wanted, _: s.response is not None and s.response.change in wanted,
    "boluses_min": lambda s, limit, _: s.boluses >= limit,
    "hypotensive": lambda s, wanted, _: s.is_hypotensive is wanted,
    "seizures_min": lambda s, limit, _: s.seizures >= limit,
    "seizures_max": lambda s, limit, _: s.seizures <= limit,
    "infusion": lambda s, wanted, _: s.infusion in wanted,
    "interrupted_hours_min": lambda s, limit, _: _least(s.interrupted_hours, limit),
    "interrupted_hours_max": lambda s, limit, _: _most(s.interrupted_hours, limit),
    "interrupted_for": lambda s, wanted, _: s.interrupted_for in wanted,
    "event_peak": lambda s, wanted, rule: (
        (event := _event(s, rule)) is not None and event.peak in wanted
    ),
    "settled_hours_min": lambda s, limit, rule: _least(_settled(s, rule), limit),
    "to_settle_hours_min": lambda s, limit, rule: (
        (hours := _to_settle(s, rule)) is not None and hours > limit
    ),
    "to_settle_hours_max": lambda s, limit, rule: _most(_to_settle(s, rule), limit),
    "event_rate_ug_day_min": lambda s, limit, rule: (
        (rate := _event_rate(s, rule)) is not None and rate > limit
    ),
    "event_rate_ug_day_max": lambda s, limit, rule: _most(_event_rate(s, rule), limit),
    "ungraded": lambda s, wanted, rule: _ungraded(s, rule) is wanted,
    "doses_given": lambda s, wanted, _: s.doses_given == wanted,
    "liver_beyond": lambda s, wanted, _: bool(s.liver_beyond) is wanted,
    "peak_crs": lambda s, wanted, _: s.peak(astct_crs.ID) in wanted,
    "peak_icans": lambda s, wanted, _: s.peak(astct_icans.ID) in wanted,
}
_OF_THE_FILE: Final = {"parameter", "high_burden", "burden_unknown"}
if set(When.model_fields) != set(_ASKS) | _OF_THE_FILE:
    raise RuntimeError("When and matching must list the same questions")


def grade_for(rule: Rule, situation: Situation) -> int | None:
    """The grade a rule answers: ours where we compute it, else the one a clinician assigned."""
    if rule.is_computed:
        return situation.grade_of.get(rule.scale)
    if rule.term is None:
        return None
    return situation.assigned(rule.scale, rule.term)


def applies(rule: Rule, protocol: Protocol, situation: Situation) -> bool:
    """Whether every condition of a rule holds."""
    if rule.grades and grade_for(rule, situation) not in rule.grades:
        return False
    for name, wanted in rule.when:
        if wanted is None:
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
    if rule.step in ("taper", "restart") and not situation.is_closed:
        return False
    # Whatever a file says: against CRS only, never for ICANS alone.
    return rule.drug != "tocilizumab" or situation.crs >= 1
