"""
The rule book: one edition of one guideline, label or site protocol a TOML file, closed schema.

A rule may ask only what ``When`` lists; a new question is a new field there and one line in
``matching``. Numbers a site may change stand once in ``[parameters]``: a condition or dose names
one as ``"$name"``, a text as ``{name}``. A released file is never edited except to mend a
transcription: a new edition is a new file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from toxmodels.casefile import Fault
from toxmodels.clocks import Clocks, Wait
from toxmodels.protocols.checks import protocol_faults
from toxmodels.protocols.faults import RuleBookError, kept_once, schema_faults
from toxmodels.protocols.parameters import put_parameters, unused_parameters

__all__ = ["Place", "Protocol", "Rule", "RuleBookError", "When", "protocols", "read_protocol"]

Parameter = float | int | bool | str
FEVER_HOURS: Final = "g1_fever_hours_to_toci"
CRS_SCALE: Final = "astct-crs-2019"
Kind = Literal["car-t", "engager"]
Scale = Literal["astct-crs-2019", "astct-icans-2019", "ctcae", "lee-2014", "penn-2018", "none"]
Grades = tuple[Literal[0, 1, 2, 3, 4], ...]
Reached = Literal[1, 2, 3, 4]
DoseLevel = Literal["low", "full", "unknown"]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class When(_Closed):
    """
    What a rule may ask besides its grade; every stated condition must hold.

    What nobody recorded satisfies no condition; only a list of treatments that nobody kept reads
    as none given, and the dose then asks whether there were earlier ones. Grades are the certain
    ones (``at_least``). Hours count to the moment assessed. Doses are those of the present CRS
    episode. ``response``: what a clinician entered after the newest of those doses.
    ``infusion``: where a continuous infusion stands. An event is the newest run of grades above 1
    that clinicians assigned on the rule's scale and term, the worst of its terms at each time; a
    ``stop`` asks every run of every single term. ``event_peak`` its highest grade,
    ``settled_hours_min`` since it fell to 1 or less, ``to_settle_hours_*`` from its beginning to
    there (or to now; above the minimum, at or below the maximum, ``_from`` at or above),
    ``event_rate_ug_day_*`` the rate when it began (above the minimum, at or below the maximum),
    ``event_dose`` whether that was this patient's low or full dose. ``ungraded``: nobody assigned
    a grade on that scale and term since the ASTCT grade rose to what it is (beside ``peak_*``: to
    grade 3 or more), or since the last seizure. ``*_hours_above`` and ``*_hours_below`` leave the
    limit itself out. ``cycle_*``, ``infusion_day_*`` and ``running_dose``: of the infusion's
    clock, days as the region counts. ``restarted*``: the last restart after a toxicity in this
    cycle; ``recurred``: that toxicity was recorded since, by a clinician's CTCAE grade or by the
    ASTCT grade. ``grades_known``: every ASTCT grade is exact, and neither hypotension nor hypoxia
    stands without one. ``crs_known``: the same of CRS alone.
    ``liver_unread``: a liver value stands without its upper limit.
    ``episodes_*``: separate episodes of the rule's own scale that reached ``episode_grade`` since
    the first dose, the present one included; on a scale that a clinician assigns, separate runs
    of the grades assigned on it, whatever the ASTCT course. ``lasted_hours_min``: that grade or
    more stood so long without a break, seen at readings no further apart than one counts.
    ``since_dose_peak``: the highest certain grade on the rule's own scale since the last dose of
    the product. ``low_hours_below``: it was not seen at ``low_grade`` or below for so long since it
    was last above (0: not seen so at all); only grades known exactly show that, from the first to
    the last of them. ``above_hours_min``: after it had reached ``episode_grade`` it was still seen
    above ``low_grade`` more than so many hours later, and not seen so low in between.
    ``stay_after_peak``: the highest certain grade between the last dose of the product and the one
    before it. ``since_dose_hours_below``: that last dose was given less than so long ago.
    ``level_stands``: a higher grade of the rule's own scale still sets the level of care.
    ``attributed``: a sign of the last days was put down to another cause.
    ``flat_barred``: under 18 years or under 40 kg, where no adult flat dose is worked out.
    ``unresolved``: the newest CTCAE grade of CRS or neurotoxicity is above 0.
    ``raised_pressure``: the newest exam that says so found a sign of raised pressure or oedema;
    not looked for reads as none, so its text must ask for it. ``seizure_undergraded``: every grade
    assigned since the last seizure is below 3, and the infusion was not begun again since.
    ``*_below_*``: the newest count, while it may be used; ``*_old_below_*``: too old to use.
    ``anc_below_hours_min``: from the first to the newest of the last counts since the first dose,
    all below, no two too far apart.
    ``shown_peak``: the highest grade that the record showed on the rule's own label scale since the
    first dose, over or not, while no clinician has graded on it since and nothing was restarted;
    not where the ASTCT grade was severe as well, which asks for itself.
    ``parameter``: the rule stands only while the file's parameters have these values.
    """

    crs: Grades | None = None
    icans: Grades | None = None
    kinds: tuple[Kind, ...] | None = None
    products: tuple[str, ...] | None = None
    not_products: tuple[str, ...] | None = None
    indications: tuple[str, ...] | None = None
    episode_grade: Reached | None = None
    episodes_min: int | None = None
    episodes_max: int | None = None
    lasted_hours_min: float | None = None
    since_dose_peak: Grades | None = None
    since_dose_hours_below: float | None = None
    stay_after_peak: Grades | None = None
    level_stands: bool | None = None
    attributed: bool | None = None
    low_grade: Literal[0, 1] | None = None
    low_hours_below: float | None = None
    above_hours_min: float | None = None
    adult: bool | None = None
    flat_barred: bool | None = None
    age_unknown: bool | None = None
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
    seizure_undergraded: bool | None = None
    raised_pressure: bool | None = None
    infusion: tuple[Literal["before", "running", "interrupted", "between"], ...] | None = None
    interrupted_hours_min: float | None = None
    interrupted_hours_max: float | None = None
    interrupted_hours_above: float | None = None
    interrupted_hours_below: float | None = None
    interrupted_for: tuple[str, ...] | None = None
    event_peak: Grades | None = None
    settled_hours_min: float | None = None
    settled_hours_below: float | None = None
    to_settle_hours_min: float | None = None
    to_settle_hours_max: float | None = None
    to_settle_hours_from: float | None = None
    event_rate_ug_day_min: float | None = None
    event_rate_ug_day_max: float | None = None
    event_dose: tuple[DoseLevel, ...] | None = None
    ungraded: bool | None = None
    unresolved: bool | None = None
    high_burden: bool | None = None
    burden_unknown: bool | None = None
    liver_beyond: bool | None = None
    liver_unread: bool | None = None
    cycle_min: int | None = None
    cycle_max: int | None = None
    cycle_unknown: bool | None = None
    infusion_day_min: int | None = None
    infusion_day_max: int | None = None
    running_dose: tuple[DoseLevel, ...] | None = None
    restarted: bool | None = None
    restarted_for: tuple[str, ...] | None = None
    recurred: bool | None = None
    restarted_hours_min: float | None = None
    restarted_hours_below: float | None = None
    anc_below_per_ul: float | None = None
    anc_below_hours_min: float | None = None
    platelets_below_10e9_l: float | None = None
    anc_old_below_per_ul: float | None = None
    platelets_old_below_10e9_l: float | None = None
    grades_known: bool | None = None
    crs_known: bool | None = None
    doses_given: int | None = None
    doses_given_max: int | None = None
    peak_crs: Grades | None = None
    peak_icans: Grades | None = None
    shown_peak: Grades | None = None
    parameter: dict[str, Parameter] | None = None
    _asked: tuple[tuple[str, Any], ...] = PrivateAttr(default=())

    def model_post_init(self, _context: Any) -> None:
        """Keep what is stated: a rule is asked for every patient on a board."""
        self._asked = tuple((name, wanted) for name, wanted in self if wanted is not None)

    @property
    def asked(self) -> tuple[tuple[str, Any], ...]:
        """The stated conditions by name."""
        return self._asked


class Place(_Closed):
    """A source and the place in it."""

    source: str
    at: str = Field(min_length=2)


class Rule(_Closed):
    """
    One proposal: when it applies, what it says, and how far its source was verified.

    ``scale`` and ``grades`` say which grade it answers; an empty ``grades`` asks ``when`` alone.
    A label's scale reads grades a clinician assigned (``term``), else what the record shows on it.
    ``drug`` with ``dose`` asks the drug's own arithmetic for the amount. ``step``: ``stop`` marks
    a label stop that no other protocol softens, ``taper`` and ``restart`` need closed grades,
    ``consult`` shows a drug without ordering it. ``goes_on``: the rule speaks of giving the
    patient's product on (``now``: falls silent while the product is held) or again (``later``); no
    such rule speaks once the product is stopped for good. ``barred``: a hold under which none of
    them speaks either, where the stop itself is unverified. ``never``: it only sounds like one.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*$")
    scale: Scale
    grades: Grades = ()
    term: Literal["crs", "neuro", "other"] | None = None
    when: When = When()
    step: Literal["treat", "care", "hold", "stop", "taper", "restart", "consult"]
    goes_on: Literal["now", "later", "never", "barred"] | None = None
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
            raise ValueError("grades need a scale; write a scale, or leave grades out")
        if self.scale not in ("none",) and not self.is_computed and self.term is None:
            raise ValueError(f"a rule on {self.scale} needs a term; write crs, neuro or other")
        if self.when.ungraded is not None and (self.is_computed or self.scale == "none"):
            raise ValueError("ungraded is for a scale that a clinician assigns; leave it out")
        if (self.confidence is not None) != (self.verification == "unverified"):
            missing = self.confidence is None
            says = (
                "unverified needs a confidence" if missing else "confidence is for the unverified"
            )
            cure = "write high, medium or low" if missing else "leave it out"
            raise ValueError(f"{says}; {cure}")
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

    @property
    def clocks(self) -> Clocks:
        """The hours this protocol sets for alarms: a fever at grade 1, waits for an improvement."""
        found = self.parameters.get(FEVER_HOURS)
        hours = float(found) if isinstance(found, int | float) and found is not True else None
        return Clocks(hours, tuple(self._waits()))

    def _waits(self) -> Iterator[Wait]:
        for rule in self.rules:
            when = rule.when
            chosen = (when.parameter or {}).items()
            holds = all(self.parameters.get(key) == one for key, one in chosen)
            of_crs = rule.scale == CRS_SCALE or rule.term == "crs"
            if not (holds and of_crs and "same" in (when.response or ())):
                continue
            products, kinds = when.products or self.products, when.kinds or self.kinds
            grades = rule.grades if rule.scale == CRS_SCALE else ()
            if when.since_tocilizumab_hours_min is not None:  # whatever the grade: the next tier
                yield Wait("tocilizumab", when.since_tocilizumab_hours_min, products, kinds)
            elif when.since_corticosteroid_hours_min is not None:
                hours = when.since_corticosteroid_hours_min
                yield Wait("corticosteroid", hours, products, kinds, grades)


def read_protocol(text: str, name: str) -> Protocol:
    """
    Read one rule file; ``name`` is what messages call it.

    Raises:
        RuleBookError: not TOML, an unknown key, a parameter that is not listed or that no rule
            reads, a source that is not listed, an id used twice, a drug that cannot be dosed, or
            a rule that could never apply.

    """
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        cure = "texts stand in double quotes on one line, lists in square brackets"
        fault = Fault(path=name, says=f"not TOML: {error}", suggestion=cure)
        raise RuleBookError([fault]) from None
    used, faults = put_parameters(raw, name)
    try:
        found = Protocol.model_validate(_tuples(raw))
    except ValidationError as error:
        faults += schema_faults(error, raw, name, _TABLES)
        raise RuleBookError(kept_once(faults)) from None
    faults += [] if faults else unused_parameters(raw, used, name)
    faults += protocol_faults(found, name)
    if faults:
        raise RuleBookError(kept_once(faults))
    return found


def _tuples(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {key: _tuples(value) for key, value in raw.items()}
    return tuple(_tuples(value) for value in raw) if isinstance(raw, list) else raw


_TABLES: Final[dict[str, type[BaseModel]]] = {
    "$": Protocol,
    "rules": Rule,
    "when": When,
    "cite": Place,
}


class _Shelf(Mapping[str, Protocol]):
    """The packaged protocols by id; a file is read when somebody first asks for it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.removesuffix(".toml").replace("_", "-"): name for name in sorted(names)}
        self._read: dict[str, Protocol] = {}

    def __getitem__(self, id_: str) -> Protocol:
        if id_ not in self._read:
            name = self._names[id_]
            text = files("toxmodels.protocols").joinpath(name).read_text(encoding="utf-8")
            read = read_protocol(text, f"protocols/{name}")
            if read.id != id_:
                says = f'the id is "{read.id}", and the name of the file says "{id_}"'
                cure = "name the file after the id, hyphens as underscores"
                raise RuleBookError([Fault(path=f"protocols/{name}", says=says, suggestion=cure)])
            self._read[id_] = read
        return self._read[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def protocols() -> Mapping[str, Protocol]:
    """Every packaged protocol by id, found by listing the folder."""
    found = (file.name for file in files("toxmodels.protocols").iterdir())
    return _Shelf(name for name in found if name.endswith(".toml"))
