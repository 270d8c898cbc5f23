"""
A rule's conditions as one plain sentence, for the command line, the rule book and the screens.

The sentence is made from the rule itself, so it can never say anything else than what is matched.
Every stated condition must hold; what nobody recorded satisfies none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

from toxmodels.computed_grades import computed_by
from toxmodels.protocols.rulebook import CRS_SCALE, Rule
from toxmodels.scales import STEPPED
from toxmodels.site import site

__all__ = [
    "grades_in_words",
    "questions_with_words",
    "said",
    "scale_in_words",
    "when_in_words",
]

Says = Callable[[Any, Rule], str]
_KINDS: Final = {"car-t": "a CAR-T product", "engager": "a bispecific antibody"}
_TERMS: Final = {"crs": "CRS", "neuro": "neurotoxicity", "other": "another adverse event"}
_SCALES: Final = {"ctcae": "CTCAE", "lee-2014": "Lee 2014", "penn-2018": "Penn 2018"}
_INFUSION: Final = {
    "before": "not started yet",
    "running": "running",
    "interrupted": "interrupted",
    "between": "not running, after a dose or a planned end",
}
_REASONS: Final = {"neurotoxicity": "neurotoxicity", "other_ae": "another adverse event"}
_INDICATIONS: Final = {
    "b-all-rr": "relapsed or refractory B-ALL",
    "b-all-mrd": "B-ALL with measurable residual disease",
    "b-all-consolidation": "B-ALL in consolidation",
}
_CLOSED: Final = "every grade known exactly, no low pressure or oxygen outside one"
_LATELY: Final = "the last corticosteroid not more than 48 h ago"
_GIVES: Final[dict[str | None, str]] = {
    "now": "nothing holds or stops the product",
    "later": "nothing stops the product for good",
}
_CRS_ACTIVE: Final = "CRS at least grade 1 for certain"


def when_in_words(rule: Rule) -> str:
    """Say in one sentence when a rule applies."""
    parts = [grades_in_words(rule)] if rule.grades else []
    for name, wanted in rule.when:
        if wanted is not None:
            parts.append(_words(name, wanted, rule))
    if rule.step in ("taper", "restart"):
        parts.append(_CLOSED)
    if rule.step == "taper":
        parts.append(_LATELY)
    if rule.goes_on in _GIVES:
        parts.append(_GIVES[rule.goes_on])
    if rule.drug == "tocilizumab" and not _asks_for_crs(rule):
        parts.append(_CRS_ACTIVE)
    if not parts:
        return "Always."
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def grades_in_words(rule: Rule) -> str:
    """Name the grades a rule answers and the scale they are on."""
    numbers = _numbers(rule.grades)
    if rule.is_computed:
        return f"{STEPPED[rule.scale].short} grade {numbers}"
    term = "" if rule.term is None else f" for {_TERMS[rule.term]}"
    by = ", assigned by a clinician"
    if rule.term is not None and computed_by(rule.scale, rule.term) is not None:
        by += " or else worked out from the record"
    return f"grade {numbers} on {scale_in_words(rule.scale)}{term}{by}"


def scale_in_words(scale: str) -> str:
    """Name a scale as people say it."""
    if scale in STEPPED:
        return STEPPED[scale].short
    return _SCALES.get(scale, scale)


def said(words: Iterable[str], last: str = "or") -> str:
    """Put words into one list with its last joint spelled out."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def questions_with_words() -> set[str]:
    """The questions of ``When`` that have words of their own."""
    return set(_SAYS)


def _words(name: str, wanted: Any, rule: Rule) -> str:
    known = _SAYS.get(name)
    # A question too new to have words is shown as it stands: never left out.
    return f"{name} = {wanted}" if known is None else known(wanted, rule)


def _asks_for_crs(rule: Rule) -> bool:
    if rule.scale == "astct-crs-2019" and rule.grades and 0 not in rule.grades:
        return True
    return rule.when.crs is not None and 0 not in rule.when.crs


def _numbers(grades: Iterable[int]) -> str:
    found = sorted(set(grades))
    if len(found) > 2 and found == [*range(found[0], found[-1] + 1)]:
        return f"{found[0]} to {found[-1]}"
    return said(map(str, found))


def _certain(short: str, grades: Iterable[int]) -> str:
    return f"no certain {short}" if [*grades] == [0] else f"{short} grade {_numbers(grades)}"


def _hours(hours: float) -> str:
    return f"{hours / 24:g} days" if hours >= 96 and hours % 24 == 0 else f"{hours:g} h"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _at_least(number: int, thing: str) -> str:
    return f"at least {number} {thing}{'' if number == 1 else 's'}"


def _at_most(number: int, thing: str) -> str:
    return f"no {thing}" if number == 0 else f"at most {number} {thing}{'' if number == 1 else 's'}"


def _either(yes: str, no: str) -> Says:
    return lambda wanted, _: yes if wanted else no


def _event(rule: Rule) -> str:
    term = "event" if rule.term is None else _TERMS[rule.term]
    return f"the {scale_in_words(rule.scale)} run of {term}"


def _episodes(rule: Rule) -> str:
    if rule.is_computed:
        return f"separate episodes of {scale_in_words(rule.scale)}"
    term = "toxicity" if rule.term is None else _TERMS[rule.term]
    return f"separate runs of {term} on {scale_in_words(rule.scale)}, assigned by a clinician,"


def _dose_before(rule: Rule) -> str:
    return "the dose before it" if rule.when.kinds == ("engager",) else "the first dose"


def _to_the_peak(rule: Rule) -> str:
    asks = rule.when.peak_crs is not None or rule.when.peak_icans is not None
    return " to grade 3 or more" if asks else ""


def _nor_shown(rule: Rule) -> str:
    """The record answers a label's scale too, but for a permanent stop and for what is past."""
    if rule.term is None or rule.step == "stop" or _to_the_peak(rule):
        return ""
    by = computed_by(rule.scale, rule.term)
    return "" if by is None else ", and the record does not show it either"


def _until(wanted: tuple[str, ...], rule: Rule) -> str:
    if "improved" in wanted:
        return ", no grade risen since"
    of_crs = rule.scale == CRS_SCALE or rule.term == "crs"
    return ", CRS not gone for a day since" if of_crs else ""


def _speaks() -> str:
    return _hours(site().counts_valid / timedelta(hours=1))


def _reason(word: str) -> str:
    return "CRS" if word == "crs" else _REASONS.get(word, word.replace("_", " "))


def _dose_level(word: str) -> str:
    return "a dose not known" if word == "unknown" else f"the {word} dose"


def _parameters(wanted: dict[str, Any]) -> str:
    return "the site sets " + said((f"{key} = {value}" for key, value in wanted.items()), "and")


_SAYS: Final[dict[str, Says]] = {
    "crs": lambda wanted, _: _certain("CRS", wanted),
    "icans": lambda wanted, _: _certain("ICANS", wanted),
    "kinds": lambda wanted, _: said(_KINDS[one] for one in wanted),
    "products": lambda wanted, _: f"product {said(wanted)}",
    "not_products": lambda wanted, _: f"a recorded product other than {said(wanted)}",
    "indications": lambda wanted, _: (
        f"given for {said(_INDICATIONS.get(one, one) for one in wanted)}"
    ),
    "episode_grade": lambda grade, rule: f"counting {_episodes(rule)} that reached grade {grade}",
    "episodes_min": lambda number, _: (
        f"{number} or more since the first dose, the present included"
    ),
    "episodes_max": lambda number, _: (
        f"{number} at most since the first dose, the present included"
    ),
    "lasted_hours_min": lambda hours, _: (
        f"that grade stood for {_hours(hours)} or more without a break in the readings"
    ),
    "since_dose_peak": lambda wanted, rule: (
        f"highest {scale_in_words(rule.scale)} grade since the last dose {_numbers(wanted)}"
    ),
    "stay_after_peak": lambda wanted, rule: (
        f"highest {scale_in_words(rule.scale)} grade between the last two doses {_numbers(wanted)}"
    ),
    "since_dose_hours_below": lambda hours, _: f"last dose less than {_hours(hours)} ago",
    "level_stands": _either(
        "a higher grade of the last day still sets the level of care",
        "no higher grade of the last day sets the level of care",
    ),
    "attributed": _either(
        "a sign of the last 3 days put down to another cause",
        "no sign of the last 3 days put down to another cause",
    ),
    "low_grade": lambda grade, _: f"low meaning {'no grade' if grade == 0 else 'grade 1 or less'}",
    "low_hours_below": lambda hours, _: (
        f"not yet seen low{f' for {_hours(hours)}' if hours else ''} since it was higher"
    ),
    "above_hours_min": lambda hours, _: (
        f"still seen above that more than {_hours(hours)} after it had reached that grade"
    ),
    "flat_barred": _either("under 18 years or under 40 kg", "18 years or older and 40 kg or more"),
    "unresolved": _either(
        "a CTCAE grade of CRS or neurotoxicity still above 0",
        "no CTCAE grade of CRS or neurotoxicity above 0",
    ),
    "adult": _either("18 years or older", "under 18 years"),
    "age_unknown": _either("age not recorded", "age recorded"),
    "fever_hours_min": lambda hours, _: f"fever for {_hours(hours)} or more",
    "onset_hours_max": lambda hours, rule: (
        f"CRS began less than {_hours(hours)} after {_dose_before(rule)}"
    ),
    "onset_hours_min": lambda hours, rule: (
        f"CRS began {_hours(hours)} or later after {_dose_before(rule)}"
    ),
    "tocilizumab_min": lambda number, _: f"tocilizumab given at least {_times(number)}",
    "tocilizumab_max": lambda number, _: (
        "no tocilizumab given yet"
        if number == 0
        else f"tocilizumab given not more than {_times(number)}"
    ),
    "since_tocilizumab_hours_min": lambda hours, _: (
        f"first tocilizumab {_hours(hours)} ago or more"
    ),
    "corticosteroid_given": _either("a corticosteroid given", "no corticosteroid given"),
    "since_corticosteroid_hours_min": lambda hours, rule: (
        f"on a corticosteroid for {_hours(hours)} or more since ICANS began"
        if rule.scale == "astct-icans-2019"
        else f"first corticosteroid {_hours(hours)} ago or more"
    ),
    "response": lambda wanted, rule: (
        f"response to treatment entered as {said(wanted)}{_until(wanted, rule)}"
    ),
    "boluses_min": lambda number, _: (
        "a fluid bolus for low pressure"
        if number == 1
        else f"at least {number} fluid boluses for low pressure"
    ),
    "hypotensive": _either("judged hypotensive", "judged not hypotensive"),
    "seizures_min": lambda number, _: f"{_at_least(number, 'seizure')} since the first dose",
    "seizures_max": lambda number, _: f"{_at_most(number, 'seizure')} since the first dose",
    "seizure_undergraded": _either(
        "every grade since the last seizure below 3, and not begun again since",
        "a grade of 3 or more since the last seizure, or begun again since",
    ),
    "raised_pressure": _either(
        "a sign of raised pressure on the newest exam, or oedema on the newest scan",
        "no sign of raised pressure recorded",
    ),
    "infusion": lambda wanted, _: f"infusion {said(_INFUSION[one] for one in wanted)}",
    "interrupted_hours_min": lambda hours, _: f"interrupted for {_hours(hours)} or more",
    "interrupted_hours_max": lambda hours, _: f"interrupted for {_hours(hours)} or less",
    "interrupted_hours_below": lambda hours, _: f"interrupted for less than {_hours(hours)}",
    "interrupted_hours_above": lambda hours, _: f"interrupted for more than {_hours(hours)}",
    "interrupted_for": lambda wanted, _: f"interrupted for {said(map(_reason, wanted))}",
    "event_peak": lambda wanted, rule: f"{_event(rule)} peaked at grade {_numbers(wanted)}",
    "settled_hours_min": lambda hours, _: f"grade 1 or less for {_hours(hours)} or more",
    "settled_hours_below": lambda hours, _: f"grade 1 or less not yet for {_hours(hours)}",
    "to_settle_hours_min": lambda hours, rule: (
        f"{_event(rule)} took more than {_hours(hours)} to fall to grade 1 or less, or still lasts"
    ),
    "to_settle_hours_max": lambda hours, rule: (
        f"{_event(rule)} fell to grade 1 or less within {_hours(hours)}, or began so lately"
    ),
    "to_settle_hours_from": lambda hours, rule: (
        f"{_event(rule)} took {_hours(hours)} or more to fall to grade 1 or less, or still lasts"
    ),
    "event_rate_ug_day_min": lambda rate, _: f"it began at more than {rate:g} ug/day",
    "event_rate_ug_day_max": lambda rate, _: f"it began at {rate:g} ug/day or less",
    "event_dose": lambda wanted, _: f"it began at {said(map(_dose_level, wanted))}",
    "ungraded": lambda wanted, rule: (
        f"{'no' if wanted else 'a'} {scale_in_words(rule.scale)} grade"
        f"{'' if rule.term is None else f' for {_TERMS[rule.term]}'} "
        f"assigned by a clinician since the signs rose{_to_the_peak(rule)}{_nor_shown(rule)}"
    ),
    "shown_peak": lambda wanted, rule: (
        f"the record showed {scale_in_words(rule.scale)} grade {_numbers(wanted)}, over or "
        "not, and neither a clinician's grade nor a restart has answered it"
    ),
    "high_burden": _either("tumour burden high", "tumour burden below the boundaries"),
    "burden_unknown": _either("tumour burden not known", "tumour burden known"),
    "liver_beyond": _either(
        "liver values beyond the label's limit", "no liver value beyond the label's limit"
    ),
    "liver_unread": _either(
        "a liver value without its upper limit", "every liver value with its upper limit"
    ),
    "anc_below_per_ul": lambda limit, _: (
        f"neutrophils below {limit:g}/uL on the newest count, {_speaks()} old at most"
    ),
    "anc_below_hours_min": lambda hours, _: (
        f"so low on every count for {_hours(hours)} or more, none from before the first dose, "
        f"no two more than {_speaks()} apart"
    ),
    "platelets_below_10e9_l": lambda limit, _: (
        f"platelets below {limit:g} x 10^9/L on the newest count, {_speaks()} old at most"
    ),
    "anc_old_below_per_ul": lambda limit, _: (
        f"neutrophils below {limit:g}/uL on the newest count, more than {_speaks()} old"
    ),
    "platelets_old_below_10e9_l": lambda limit, _: (
        f"platelets below {limit:g} x 10^9/L on the newest count, more than {_speaks()} old"
    ),
    "cycle_min": lambda number, _: f"cycle {number} or later",
    "cycle_max": lambda number, _: "cycle 1" if number == 1 else f"cycle 1 to {number}",
    "cycle_unknown": _either("number of the cycle not recorded", "number of the cycle recorded"),
    "infusion_day_min": lambda number, _: f"infusion day {number} or later",
    "infusion_day_max": lambda number, _: f"infusion day {number} or earlier",
    "running_dose": lambda wanted, _: f"running at {said(map(_dose_level, wanted))}",
    "restarted": _either(
        "restarted after a toxicity in this cycle", "not restarted after a toxicity in this cycle"
    ),
    "restarted_for": lambda wanted, _: f"restarted after {said(map(_reason, wanted))}",
    "recurred": _either(
        "that toxicity recorded again since the restart",
        "that toxicity not recorded again since the restart",
    ),
    "restarted_hours_below": lambda hours, _: (
        f"less than {_hours(hours)} infused since the restart"
    ),
    "restarted_hours_min": lambda hours, _: f"{_hours(hours)} or more infused since the restart",
    "grades_known": _either(
        _CLOSED, "a grade not known exactly, or low pressure or oxygen outside one"
    ),
    "crs_known": _either(
        "the CRS grade known exactly, no low pressure or oxygen outside it",
        "the CRS grade not known exactly, or low pressure or oxygen outside it",
    ),
    "doses_given_max": lambda number, _: f"1 to {number} doses given",
    "doses_given": lambda number, _: (
        "no dose given yet" if number == 0 else f"{number} dose{'' if number == 1 else 's'} given"
    ),
    "peak_crs": lambda wanted, _: f"highest CRS grade so far {_numbers(wanted)}",
    "peak_icans": lambda wanted, _: f"highest ICANS grade so far {_numbers(wanted)}",
    "parameter": lambda wanted, _: _parameters(wanted),
}
