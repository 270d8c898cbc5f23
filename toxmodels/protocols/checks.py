"""
Checks of a rule file that its schema cannot make: names that exist, rules that can ever hold, and
no amount of a drug in a text.

A rule that can never hold is worse than a missing one: everybody believes that it is there. An
amount in a text reaches a child whose dose the drug's own arithmetic blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from toxmodels.casefile import Fault
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.computed_grades import computed_by
from toxmodels.drugs import DoseError, dose, drug_names
from toxmodels.drugs.inputs import INDICATIONS, REASONS
from toxmodels.products import products
from toxmodels.sources import sources

if TYPE_CHECKING:
    from toxmodels.protocols.rulebook import Protocol, Rule

__all__ = ["amounts_in_texts", "protocol_faults"]

_REASONS: Final = sorted({*REASONS, "toxicity"})
_BELOW: Final = ("onset_hours", "to_settle_hours", "event_rate_ug_day")  # equal limits: no room
_UP_TO: Final = (
    *("interrupted_hours", "tocilizumab", "seizures", "cycle", "infusion_day"),
    "episodes",
)
_OF_AN_EVENT: Final = (
    "event_peak",
    "settled_hours_min",
    "settled_hours_below",
    "to_settle_hours_min",
    "to_settle_hours_max",
    "to_settle_hours_from",
    "event_dose",
    "event_rate_ug_day_min",
    "event_rate_ug_day_max",
)
# Per kg, per m2, per volume of blood and mL/min are no flat doses.
_AMOUNT: Final = re.compile(
    r"\d[\d.,]*[\s-]*(?:[mM][gG]|mcg|[u\u00b5\u03bc]g|g(?!-)|m[lL](?!/min)|(?:milli|micro)?grams?)\b"
    r"(?!\s*(?:/|per\s)\s*(?:kg|m2|m\u00b2|[u\u00b5\u03bcmd]?[lL]\b))"
)
_AGAIN: Final = re.compile(
    r"\b(?:restart|resum(?:e|es|ed|ing)\b|next (?:scheduled |planned )?dose|next cycle|same cycle"
    r"|new cycle|(?:infusion|drug|engager|product) (?:goes on|may continue|continues)"
    r"|continue the (?:infusion|drug|engager|product)|home infusion|full dose"
    r"|premedicate (?:again|the next))",
    re.IGNORECASE,
)
_OWN_SOURCE: Final = 'toxwatch sources lists them; for your own text cite "advice-defaults"'
_NOTHING: Final = "none"
_NEVER: Final = "so that this rule could never apply"
_SPECIMEN: Final[dict[str, Any]] = {"age_years": 40.0, "weight_kg": 70.0, "bsa_m2": 1.8}


def protocol_faults(read: Protocol, name: str) -> Iterator[Fault]:
    """Every name that is not listed, and every rule that could never apply."""
    yield from _choices(read, name)
    yield from _unlisted(read.products, products(), "product", f"{name}, products")
    seen: set[str] = set()
    for rule in read.rules:
        where = f'{name}, rule "{rule.id}"'
        if rule.id in seen:
            cure = "give each its own; an id is never used again"
            yield Fault(path=where, says="this id stands twice", suggestion=cure)
        seen.add(rule.id)
        if not rule.id.startswith(f"{read.id}/"):
            own = f"{read.id}/{rule.id.partition('/')[2]}"
            cure = f'write "{own}"'
            yield Fault(path=where, says=f'does not begin with "{read.id}/"', suggestion=cure)
        yield from _names(rule, where)
        yield from _never(rule, read, where)
        yield from _marks(rule, where)
        yield from _gives(rule, where)
        yield from _dose(rule, where)
        yield from amounts_in_texts(rule, where)


def amounts_in_texts(rule: Rule, where: str) -> Iterator[Fault]:
    """Amounts in what a rule says; only one that asks for adults may hold them."""
    if rule.when.adult is True:
        return
    texts = {"advise": rule.advise}
    texts |= {f"cautions[{number}]": text for number, text in enumerate(rule.cautions)}
    for key, text in texts.items():
        amount = _AMOUNT.search(text)
        if amount is not None:
            says = (
                f'an amount stands in the text ("{amount[0]}"), and a child would be shown it too'
            )
            cure = "write drug and dose, so that it is worked out and blocked for a child; or say"
            cure += " it without the amount, or ask for adult = true in when"
            yield Fault(path=f"{where}, {key}", says=says, suggestion=cure)


def _choices(read: Protocol, name: str) -> Iterator[Fault]:
    """A choice by a word that no rule asks for would silence the rules of every other word."""
    asked: dict[str, set[str]] = {}
    for rule in read.rules:
        for key, word in (rule.when.parameter or {}).items():
            if isinstance(word, str):
                asked.setdefault(key, set()).add(word)
    for key, words in asked.items():
        value = read.parameters.get(key)
        if isinstance(value, str) and value not in words and value != _NOTHING:
            says = f'"{value}" is a choice that no rule asks for'
            cure = did_you_mean(value, words)
            cure = cure or f'known: {", ".join(sorted(words))}, or "{_NOTHING}"'
            yield Fault(path=f"{name}, parameters.{key}", says=says, suggestion=cure)


def _unlisted(words: Iterable[str], known: Iterable[str], what: str, where: str) -> Iterator[Fault]:
    for word in words:
        if word not in known:
            says = f'{what} "{word}" is not listed'
            yield Fault(path=where, says=says, suggestion=_near(word, known))


def _near(word: str, known: Iterable[str]) -> str:
    return did_you_mean(word, known) or f"known: {', '.join(known)}"


def _names(rule: Rule, where: str) -> Iterator[Fault]:
    when = rule.when
    if rule.cite.source not in sources():
        says = f'source "{rule.cite.source}" is not in sources.toml'
        cure = did_you_mean(rule.cite.source, sources()) or _OWN_SOURCE
        yield Fault(path=f"{where}, cite.source", says=says, suggestion=cure)
    yield from _unlisted(when.products or (), products(), "product", f"{where}, when.products")
    others = when.not_products or ()
    yield from _unlisted(others, products(), "product", f"{where}, when.not_products")
    given_for = when.indications or ()
    yield from _unlisted(given_for, INDICATIONS, "indication", f"{where}, when.indications")
    reasons = when.interrupted_for or ()
    yield from _unlisted(reasons, _REASONS, "reason", f"{where}, when.interrupted_for")


def _never(rule: Rule, read: Protocol, where: str) -> Iterator[Fault]:
    """What no patient can satisfy."""
    for key, wanted in rule.when:
        place = f"{where}, when.{key}"
        if isinstance(wanted, tuple | dict) and not wanted:
            cure = "name what is meant, or leave the question out"
            yield Fault(path=place, says=f"is empty, {_NEVER}", suggestion=cure)
        if isinstance(wanted, float | int) and wanted < 0:
            yield Fault(path=place, says=f"{wanted:g} is below 0", suggestion="write 0 or more")
    yield from _alone(rule, where)
    yield from _crossed(rule, where)
    yield from _outside(rule, read, where)
    has_term = rule.term is not None and rule.scale != "none" and not rule.is_computed
    for key in _OF_AN_EVENT:
        if getattr(rule.when, key) is not None and not has_term:
            says = "asks for grades of a clinician, and the rule names no scale and term of them"
            cure = "write scale (ctcae, lee-2014 or penn-2018) and term (crs, neuro or other)"
            yield Fault(path=f"{where}, when.{key}", says=says, suggestion=cure)


def _alone(rule: Rule, where: str) -> Iterator[Fault]:
    """A question that says nothing without another one."""
    when = rule.when
    counts = when.episodes_min is not None or when.episodes_max is not None
    if counts and when.episode_grade is None:
        key = "episodes_max" if when.episodes_min is None else "episodes_min"
        says = "counts episodes, and no grade says which of them"
        cure = "add episode_grade, the grade that they reached"
        yield Fault(path=f"{where}, when.{key}", says=says, suggestion=cure)
    lasted = when.lasted_hours_min is not None
    if lasted and when.episode_grade is None:
        says = "asks how long a grade stood, and nothing says which"
        cure = "add episode_grade, the grade that was reached"
        yield Fault(path=f"{where}, when.lasted_hours_min", says=says, suggestion=cure)
    if lasted and not rule.is_computed and rule.scale != "none":
        says = f"asks for readings, and on {rule.scale} a clinician grades now and then"
        cure = "ask for an event of that scale: to_settle_hours_min"
        yield Fault(path=f"{where}, when.lasted_hours_min", says=says, suggestion=cure)
    above = when.above_hours_min is not None
    if above and (when.episode_grade is None or when.low_grade is None):
        says = "asks how long a grade took to fall, and not from which or to which"
        cure = "add episode_grade and low_grade"
        yield Fault(path=f"{where}, when.above_hours_min", says=says, suggestion=cure)
    if when.episode_grade is not None and not (counts or lasted or above):
        says = "names a grade of episodes, and nothing says how many or how long"
        cure = "add episodes_min, episodes_max or lasted_hours_min"
        yield Fault(path=f"{where}, when.episode_grade", says=says, suggestion=cure)
    if when.episode_grade is not None and rule.scale == "none":
        says = 'asks for episodes, and on scale "none" there are no grades'
        cure = "write the scale that the episodes are graded on"
        yield Fault(path=f"{where}, scale", says=says, suggestion=cure)
    read = None if rule.term is None else computed_by(rule.scale, rule.term)
    if when.shown_peak is not None and read is None:
        says = "asks what the record showed, and nothing is worked out on this scale for this term"
        cure = "write ctcae with crs or neuro, or lee-2014 with crs"
        yield Fault(path=f"{where}, when.shown_peak", says=says, suggestion=cure)
    yield from _low(rule, where)
    counted = (when.anc_below_per_ul, when.anc_old_below_per_ul)
    if when.anc_below_hours_min is not None and counted == (None, None):
        says = "asks how long the count has been low, and nothing says below what"
        cure = "add anc_below_per_ul"
        yield Fault(path=f"{where}, when.anc_below_hours_min", says=says, suggestion=cure)


def _low(rule: Rule, where: str) -> Iterator[Fault]:
    """Questions of the course since the last dose, which only our own scales have."""
    when = rule.when
    of_fall = when.above_hours_min is not None and when.low_hours_below is None
    if (when.low_grade is None) is not (when.low_hours_below is None) and not of_fall:
        key = "low_grade" if when.low_hours_below is None else "low_hours_below"
        says = "asks how long a grade has been low, and half of the question is missing"
        cure = "write low_grade (0 or 1) and low_hours_below"
        yield Fault(path=f"{where}, when.{key}", says=says, suggestion=cure)
    asked = (
        *(when.since_dose_peak, when.stay_after_peak),
        *(when.low_hours_below, when.above_hours_min, when.level_stands),
    )
    if any(one is not None for one in asked) and not rule.is_computed:
        says = "asks for the course of a grade that the package works out itself"
        cure = "write scale astct-crs-2019 or astct-icans-2019"
        yield Fault(path=f"{where}, scale", says=says, suggestion=cure)


def _crossed(rule: Rule, where: str) -> Iterator[Fault]:
    for stem in (*_BELOW, *_UP_TO):
        low = getattr(rule.when, f"{stem}_min")
        high = getattr(rule.when, f"{stem}_max")
        if low is None or high is None:
            continue
        if low > high or (low == high and stem in _BELOW):
            says = f"{low:g} leaves no room below {stem}_max = {high:g}, {_NEVER}"
            place = f"{where}, when.{stem}_min"
            yield Fault(path=place, says=says, suggestion="exchange or correct the two")


def _outside(rule: Rule, read: Protocol, where: str) -> Iterator[Fault]:
    """A grade, product or kind that something else in the file excludes."""
    when, known = rule.when, products()
    own = {"astct-crs-2019": when.crs, "astct-icans-2019": when.icans}.get(rule.scale)
    if own is not None and rule.grades and not {*own} & {*rule.grades}:
        says = f"excludes every grade of the rule, {_NEVER}"
        key = "crs" if rule.scale == "astct-crs-2019" else "icans"
        yield Fault(path=f"{where}, when.{key}", says=says, suggestion="leave it out")
    kinds = {known[id_].kind for id_ in read.products if id_ in known} or {*read.kinds}
    for id_ in when.products or ():
        if id_ in known and (
            known[id_].kind not in kinds or (read.products and id_ not in read.products)
        ):
            says = f"this protocol does not cover {id_}"
            cure = "add it to products or kinds at the head of the file"
            yield Fault(path=f"{where}, when.products", says=says, suggestion=cure)
    if when.kinds and not {*when.kinds} & kinds:
        says = f"this protocol does not cover {' or '.join(when.kinds)}"
        cure = "add it to kinds at the head of the file"
        yield Fault(path=f"{where}, when.kinds", says=says, suggestion=cure)


def _marks(rule: Rule, where: str) -> Iterator[Fault]:
    """What a rule says of itself may not be more than its source holds."""
    source = sources().get(rule.cite.source)
    if rule.verification == "verified" and source is not None:
        if rule.basis == "house":
            says = "a house rule has no source to be verified in"
            cure = 'write verification = "house"'
            yield Fault(path=f"{where}, verification", says=says, suggestion=cure)
        elif source.verification == "unverified":
            says = f'source "{source.id}" is unverified itself'
            cure = 'write verification = "unverified" with a confidence'
            yield Fault(path=f"{where}, verification", says=says, suggestion=cure)


def _gives(rule: Rule, where: str) -> Iterator[Fault]:
    """A text that gives the product on or again must say so, or it stands beside a stop."""
    place, silent = f"{where}, goes_on", rule.step in ("stop", "restart")
    if rule.goes_on is not None and silent:
        says = f'a rule of step "{rule.step}" needs none: the step says it'
        yield Fault(path=place, says=says, suggestion="leave it out")
    if rule.goes_on == "now" and rule.step == "hold":
        says = 'a hold cannot go on "now"'
        yield Fault(path=place, says=says, suggestion='write "later", or another step')
    if rule.goes_on == "barred" and rule.step != "hold":
        says = f'"barred" is for a hold, and the step is "{rule.step}"'
        yield Fault(path=place, says=says, suggestion='write step = "hold", or leave it out')
    words = _AGAIN.search(rule.advise)
    if words is not None and rule.goes_on is None and not silent:
        says = f'the text speaks of giving the product on or again ("{words[0]}")'
        cure = 'write goes_on = "now" (silent under a hold and a stop), "later" (silent under a '
        cure += 'stop), or "never" where it only sounds like it'
        yield Fault(path=place, says=says, suggestion=cure)


def _dose(rule: Rule, where: str) -> Iterator[Fault]:
    if rule.drug is None:
        if rule.dose:
            yield Fault(path=f"{where}, dose", says="a dose needs a drug", suggestion="name it")
        return
    if rule.drug not in drug_names():
        says = f'no dose is worked out for drug "{rule.drug}"'
        yield Fault(path=f"{where}, drug", says=says, suggestion=_near(rule.drug, drug_names()))
        return
    try:
        tried = dose(rule.drug, **(_SPECIMEN | rule.dose))
    except DoseError as error:
        for fault in error.faults:
            path = f"{where}, dose.{fault.path}"
            yield Fault(path=path, says=fault.says, suggestion=fault.suggestion)
        return
    blocked = tried.blocked_by or ""
    if "is not listed" in blocked or "is no listed" in blocked:
        yield Fault(path=f"{where}, dose", says=blocked, suggestion=None)
