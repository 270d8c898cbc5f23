"""
The rule book: one edition of one guideline, label or site protocol a TOML file, closed schema.

A rule may ask only what ``When`` lists; a new question is a new field there and one line in
``matching``. Numbers a site may change stand once in ``[parameters]``: a condition or dose names
one as ``"$name"``, a text as ``{name}``. A released file is never edited except to mend a
transcription: a new edition is a new file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from toxmodels.drugs import DoseError, dose, drug_names
from toxmodels.products import products
from toxmodels.sources import sources

__all__ = ["Place", "Protocol", "Rule", "RuleBookError", "When", "protocols", "read_protocol"]

Parameter = float | int | bool | str
Kind = Literal["car-t", "engager"]
Scale = Literal["astct-crs-2019", "astct-icans-2019", "ctcae", "lee-2014", "penn-2018", "none"]
Grades = tuple[Literal[0, 1, 2, 3, 4], ...]
_NAMED: Final = re.compile(r"\{(\w+)\}")
_FRACTIONS: Final = ("event_rate_",)
_NO_DOSE: Final = "no dose is worked out"


class RuleBookError(ValueError):
    """A rule file cannot be used: the message names the file, the rule, the fault and the cure."""


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class When(_Closed):
    """
    What a rule may ask besides its grade; every stated condition must hold.

    What nobody recorded satisfies no condition; only a list of treatments that nobody kept reads
    as none given, and the dose then asks whether there were earlier ones. Grades are the certain
    ones (``at_least``). Hours count to the moment assessed. Doses are those of the present CRS
    episode. ``response``: what a clinician entered after the newest of those doses.
    ``infusion``: where a continuous infusion stands. An event is the newest run of grades above 1
    that clinicians assigned on the rule's scale and term: ``event_peak`` its highest grade,
    ``settled_hours_min`` since it fell to 1 or less, ``to_settle_hours_*`` from its beginning to
    there (or to now; above the minimum, not at it), ``event_rate_ug_day_*`` the rate when it began
    (above the minimum, at or below the maximum). ``ungraded``: nobody assigned a grade on that scale and term.
    ``parameter``: the rule stands only while the file's parameters have these values.
    """

    crs: Grades | None = None
    icans: Grades | None = None
    kinds: tuple[Kind, ...] | None = None
    products: tuple[str, ...] | None = None
    not_products: tuple[str, ...] | None = None
    indications: tuple[str, ...] | None = None
    adult: bool | None = None
    fever_hours_min: float | None = None
    onset_hours_max: float | None = None
    onset_hours_min: float | None = None
    tocilizumab_min: int | None = None
    tocilizumab_max: int | None = None
    since_tocilizumab_hours_min: float | None = None
    corticosteroid_given: bool | None = None
    since_corticosteroid_hours_min: float | None = None
    response: tuple[Literal["improved", "same", "worse"], ...] | None = None
    boluses_min: int | None = None
    hypotensive: bool | None = None
    seizures_min: int | None = None
    seizures_max: int | None = None
    infusion: tuple[Literal["before", "running", "interrupted", "between"], ...] | None = None
    interrupted_hours_min: float | None = None
    interrupted_hours_max: float | None = None
    interrupted_for: tuple[str, ...] | None = None
    event_peak: Grades | None = None
    settled_hours_min: float | None = None
    to_settle_hours_min: float | None = None
    to_settle_hours_max: float | None = None
    event_rate_ug_day_min: float | None = None
    event_rate_ug_day_max: float | None = None
    ungraded: bool | None = None
    high_burden: bool | None = None
    burden_unknown: bool | None = None
    liver_beyond: bool | None = None
    doses_given: int | None = None
    peak_crs: Grades | None = None
    peak_icans: Grades | None = None
    parameter: dict[str, Parameter] | None = None


class Place(_Closed):
    """A source and the place in it."""

    source: str
    at: str = Field(min_length=2)


class Rule(_Closed):
    """
    One proposal: when it applies, what it says, and how far its source was verified.

    ``scale`` and ``grades`` say which grade it answers; an empty ``grades`` asks ``when`` alone.
    A scale that the package does not compute reads grades a clinician assigned (``term``).
    ``drug`` with ``dose`` asks the drug's own arithmetic for the amount. ``step``: ``stop`` marks
    a label stop that no other protocol softens, ``taper`` and ``restart`` need closed grades,
    ``consult`` shows a drug without ordering it.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$")
    scale: Scale
    grades: Grades = ()
    term: Literal["crs", "neuro", "other"] | None = None
    when: When = When()
    step: Literal["treat", "care", "hold", "stop", "taper", "restart", "consult"]
    urgency: Literal["emergency", "urgent", "soon", "info"]
    owner: Literal["nurse", "physician", "icu"] = "physician"
    advise: str = Field(min_length=8, max_length=240)
    drug: str | None = None
    dose: dict[str, Parameter] = Field(default_factory=dict)
    cautions: tuple[str, ...] = ()
    basis: Literal["transcribed", "inferred", "house"]
    verification: Literal["verified", "unverified", "house"]
    confidence: Literal["high", "medium", "low"] | None = None
    cite: Place

    @property
    def is_computed(self) -> bool:
        """Whether the package computes the grade this rule answers."""
        return self.scale.startswith("astct")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.grades and self.scale == "none":
            raise ValueError("grades need a scale; write scale or leave grades out")
        if self.scale not in ("none",) and not self.is_computed and self.term is None:
            raise ValueError(f"a rule on {self.scale} needs a term: crs, neuro or other")
        if self.when.ungraded is not None and (self.is_computed or self.scale == "none"):
            raise ValueError("ungraded is for a scale that a clinician assigns")
        if (self.confidence is not None) != (self.verification == "unverified"):
            raise ValueError("confidence is said exactly for what is unverified")
        return self


class Protocol(_Closed):
    """One edition of one protocol."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    edition: str
    kind: Literal["guideline", "label", "site"]
    scale: str
    products: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ("car-t", "engager")
    region: Literal["us", "eu", "jp", "cn"] | None = None
    read_in: str
    verification: Literal["verified", "unverified", "house"]
    reviewed_by: str = Field(max_length=0)
    reviewed_on: str = Field(max_length=0)
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(min_length=1)


def read_protocol(text: str, name: str) -> Protocol:
    """
    Read one rule file; ``name`` is what messages call it.

    Raises:
        RuleBookError: not TOML, an unknown key, a parameter that is not listed or that no rule
            reads, a source that is not listed, an id used twice, or a drug that cannot be dosed.

    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleBookError(f"{name}: not TOML: {error}") from None
    read = _used_parameters(raw, name)
    try:
        found = Protocol.model_validate(_tuples(raw))
    except ValidationError as error:
        raise RuleBookError(_first_fault(error, raw, name)) from None
    for rule in found.rules:
        read |= set(rule.when.parameter or ())
    for parameter in found.parameters:
        if parameter not in read:
            raise RuleBookError(f'{name}: no rule reads parameter "{parameter}"; remove it')
    _check(found, name)
    return found


def _used_parameters(raw: dict[str, Any], name: str) -> set[str]:
    """Put the parameters into the rules, in place; return the names that some rule reads."""
    parameters, used = raw.get("parameters", {}), set()
    for rule in raw.get("rules", []):
        if not isinstance(rule, dict):
            continue
        where = f'{name}, rule "{rule.get("id", "?")}"'

        def value_of(key: str, where: str = where) -> Any:
            if key not in parameters:
                near = _nearest(key, parameters)
                raise RuleBookError(f'{where}: parameter "{key}" is not listed.{near}')
            used.add(key)
            return parameters[key]

        for part in ("when", "dose"):
            table = rule.get(part)
            if not isinstance(table, dict):
                continue
            for key, value in table.items():
                if isinstance(value, str) and value.startswith("$"):
                    table[key] = value_of(value[1:])
                if key.startswith(_FRACTIONS) or "_hours_" in key:  # 24 is as good as 24.0
                    table[key] = float(table[key]) if type(table[key]) is int else table[key]
            for key in table.get("parameter", ()):
                value_of(key)
        if isinstance(rule.get("advise"), str):
            rule["advise"] = _NAMED.sub(lambda m: _plain(value_of(m[1])), rule["advise"])
    return used


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tuples(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {key: _tuples(value) for key, value in raw.items()}
    return tuple(_tuples(value) for value in raw) if isinstance(raw, list) else raw


def _first_fault(error: ValidationError, raw: dict[str, Any], name: str) -> str:
    one = error.errors(include_url=False, include_input=False)[0]
    loc = one["loc"]
    place = ".".join(str(step) for step in loc)
    if len(loc) > 1 and loc[0] == "rules" and isinstance(loc[1], int):
        rule = raw["rules"][loc[1]]
        named = rule.get("id", "?") if isinstance(rule, dict) else "?"
        place = f'rule "{named}"' + "".join(f", {step}" for step in loc[2:])
    if one["type"] == "extra_forbidden":
        model = When if "when" in loc else Rule if "rules" in loc else Protocol
        return f"{name}: {place}: unknown key.{_nearest(str(loc[-1]), model.model_fields)}"
    return f"{name}: {place}: {one['msg'].removeprefix('Value error, ')}"


def _nearest(word: str, known: Iterable[str]) -> str:
    match = get_close_matches(word, [*known], n=1)
    return f' Did you mean "{match[0]}"?' if match else ""


def _check(read: Protocol, name: str) -> None:
    seen: set[str] = set()
    for rule in read.rules:
        where = f'{name}, rule "{rule.id}"'
        if rule.id in seen:
            raise RuleBookError(f"{where}: this id stands twice; ids are never reused")
        seen.add(rule.id)
        if not rule.id.startswith(f"{read.id}/"):
            raise RuleBookError(f'{where}: the id must begin with "{read.id}/"')
        if rule.cite.source not in sources():
            near = _nearest(rule.cite.source, sources())
            raise RuleBookError(
                f'{where} cites "{rule.cite.source}", which is not in sources.toml.{near}'
            )
        for product in (*(rule.when.products or ()), *(rule.when.not_products or ())):
            if product not in products():
                near = _nearest(product, products())
                raise RuleBookError(f'{where}: product "{product}" is not listed.{near}')
        _check_dose(rule, where)


def _check_dose(rule: Rule, where: str) -> None:
    if rule.drug is None:
        if rule.dose:
            raise RuleBookError(f"{where}: a dose needs a drug")
        return
    if rule.drug not in drug_names():
        near = _nearest(rule.drug, drug_names())
        raise RuleBookError(f'{where}: {_NO_DOSE} for drug "{rule.drug}".{near}')
    try:
        tried = dose(rule.drug, age_years=40.0, weight_kg=70.0, bsa_m2=1.8, **rule.dose)
    except DoseError as error:
        raise RuleBookError(f"{where}: dose: {error}") from None
    if "is not listed" in (tried.blocked_by or "") or "is no listed" in (tried.blocked_by or ""):
        raise RuleBookError(f"{where}: dose: {tried.blocked_by}")


@cache
def protocols() -> dict[str, Protocol]:
    """Every packaged protocol by id, found by listing the folder."""
    found: dict[str, Protocol] = {}
    for file in sorted(files("toxmodels.protocols").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            read = read_protocol(file.read_text(encoding="utf-8"), f"protocols/{file.name}")
            found[read.id] = read
    return found
