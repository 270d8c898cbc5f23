"""
The scale lens: every scale at one moment side by side, and why they differ.

Published comparisons find that the same patients seldom get the same grade in every system, and
treatment follows the grade. The lens says which scale the product's label and the chosen protocol
are written in, which scales disagree with ASTCT for certain and which may once more is recorded,
and names the sign the disagreement hangs on. It decides nothing: grades come from the scales,
expectations from the rule files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from toxmodels.assess import beside_astct
from toxmodels.course import Walk
from toxmodels.findings import Finding, Grade, Missing, Span
from toxmodels.protocols import Protocol, protocols
from toxmodels.records import Therapy
from toxmodels.scales import BESIDE, SCALES, STEPPED, Scale
from toxmodels.scales.scale import Toxicity
from toxmodels.sources import Verification

__all__ = [
    "COMPARED",
    "GROUPS",
    "Expectation",
    "LensRow",
    "beside_at",
    "beside_over_time",
    "conflicts",
    "expected_scales",
    "label_of_product",
    "name_of",
    "side_by_side",
]

# The toxicities in the order in which they are shown, as people name them.
GROUPS: Final[Mapping[Toxicity, str]] = {
    "crs": "Cytokine release syndrome",
    "icans": "Neurotoxicity",
    "iec-hs": "IEC-HS and HLH",
    "cytopenia": "Blood counts",
    "tls": "Tumour lysis",
    "coagulation": "Coagulation",
    "warning": "Early warning",
}
# Scales of the same toxicity are compared with ASTCT; other groups hold different measures.
COMPARED: Final[Mapping[Toxicity, str]] = {one.toxicity: id_ for id_, one in STEPPED.items()}
Standing = Literal["reference", "same", "differs", "may differ", "apart"]
# What a rule file calls a scale and its term, by the ids that compute it. A label names no edition
# of CTCAE: every edition is then what it may mean.
_FAMILIES: Final[Mapping[tuple[str, str | None], str]] = {
    ("ctcae", "crs"): "ctcae-crs-",
    ("ctcae", "neuro"): "ctcae-neuro-",
    ("lee-2014", "crs"): "lee-2014",
    ("penn-2018", "crs"): "penn-2018",
    **{(id_, None): id_ for id_ in STEPPED},
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    A rule file written in this scale.

    ``any_edition``: it names the scale without an edition, so that each one may be meant.
    """

    by: Literal["label", "protocol"]
    id: str
    title: str
    any_edition: bool
    verification: Verification


@dataclass(frozen=True, slots=True)
class LensRow:
    """
    One scale at one moment.

    ``standing`` says how it compares with ASTCT: ``differs`` for certain, ``may differ`` while
    something is open, ``apart`` where it measures something else. ``why`` names the sign.
    """

    scale: Scale
    name: str
    grade: Grade
    expected: tuple[Expectation, ...]
    standing: Standing
    why: str

    @property
    def expected_by(self) -> str:
        """Who goes by this scale: ``label and protocol (edition not named)``; empty for nobody."""
        said = " and ".join(one.by for one in self.expected)
        open_edition = any(one.any_edition for one in self.expected)
        return f"{said} (edition not named)" if open_edition else said

    @property
    def deciding(self) -> tuple[Finding, ...]:
        """The signs that put the grade where it is."""
        return tuple(one for one in self.grade.findings if one.decides)

    @property
    def record_first(self) -> Missing | None:
        """What to record first to close the grade: the cheapest that could still move it."""
        moving = [one for one in self.grade.missing if one.at_most > one.at_least]
        return moving[0] if moving else None


def name_of(scale: Scale) -> str:
    """What a scale is called beside others of its toxicity."""
    return f"ASTCT {scale.short}" if scale.id in STEPPED else scale.short


def label_of_product(therapy: Therapy | None) -> Protocol | None:
    """The label of this product: of the therapy's region where there is one, else of the US."""
    if therapy is None:
        return None
    labels = [one for one in protocols().values() if one.kind == "label"]
    own = [one for one in labels if therapy.product in one.products]
    shared = [one for one in labels if not one.products]
    for wanted in (therapy.region, "us"):
        for one in own or shared:
            if one.region == wanted:
                return one
    return None


def expected_scales(
    therapy: Therapy | None, chosen: Protocol | None
) -> dict[str, tuple[Expectation, ...]]:
    """Which scales the label of the product and the chosen protocol are written in, by scale."""
    found: dict[str, dict[str, Expectation]] = {}
    label = label_of_product(therapy)
    product = None if therapy is None else therapy.product
    asked: list[tuple[Literal["label", "protocol"], Protocol]] = []
    if label is not None:
        asked.append(("label", label))
    if chosen is not None:
        asked.append(("protocol", chosen))
    for by, book in asked:
        for family, verification in _families(book, product, named=by == "label").items():
            ids = [id_ for id_ in SCALES if id_ == family or _is_edition(id_, family)]
            for id_ in ids:
                one = Expectation(by, book.id, book.title, id_ != family, verification)
                found.setdefault(id_, {})[by] = one
    return {id_: tuple(by.values()) for id_, by in found.items()}


def _is_edition(id_: str, family: str) -> bool:
    return family.endswith("-") and id_.startswith(family)


def _families(book: Protocol, product: str | None, *, named: bool) -> dict[str, Verification]:
    """
    The scales its rules for this product answer, each with the best mark among those rules.

    ``named``: only rules that name the product, as a label that holds many products demands.
    """
    found: dict[str, Verification] = {}
    for rule in book.rules:
        family = _FAMILIES.get((rule.scale, rule.term if rule.scale not in STEPPED else None))
        meant = rule.when.products or book.products
        if family is None or (named and product not in meant) or not _may_mean(meant, product):
            continue
        if found.get(family) != "verified":
            found[family] = rule.verification
    return found


def _may_mean(meant: Sequence[str], product: str | None) -> bool:
    return not meant or product is None or product in meant


def side_by_side(
    grades: Mapping[str, Grade], therapy: Therapy | None, chosen: Protocol | None
) -> tuple[LensRow, ...]:
    """Every scale of ``grades`` in the order of ``GROUPS``, the ASTCT scale of a group first."""
    expected = expected_scales(therapy, chosen)
    order = [*GROUPS]
    ids = sorted(
        (id_ for id_ in grades if id_ in SCALES),
        key=lambda id_: (order.index(SCALES[id_].toxicity), id_ not in STEPPED),
    )
    return tuple(_row(SCALES[id_], grades, expected.get(id_, ())) for id_ in ids)


def _row(scale: Scale, grades: Mapping[str, Grade], expected: tuple[Expectation, ...]) -> LensRow:
    grade, name = grades[scale.id], name_of(scale)
    reference = COMPARED.get(scale.toxicity)
    if reference == scale.id:
        return LensRow(scale, name, grade, expected, "reference", "")
    if reference is None or reference not in grades:
        return LensRow(scale, name, grade, expected, "apart", "")
    other = grades[reference]
    theirs = name_of(SCALES[reference])
    if grade.complete and other.complete and grade.span == other.span:
        return LensRow(scale, name, grade, expected, "same", "")
    if grade.at_least > other.at_most:
        why = _because((name, grade), (theirs, other))
    elif other.at_least > grade.at_most:
        why = _because((theirs, other), (name, grade))
    else:
        return LensRow(scale, name, grade, expected, "may differ", _open(grade, other, theirs))
    return LensRow(scale, name, grade, expected, "differs", why)


def _because(higher: tuple[str, Grade], lower: tuple[str, Grade]) -> str:
    """The sign that lifts the one scale, and what the other makes of it."""
    above, below = higher[1], lower[1]
    lifting = next(one for one in above.findings if one.decides)
    met = "" if lifting.limit is None else f" ({lifting.limit})"
    said = f"{lifting.says}: {lifting.at_least} by {higher[0]}{met}"
    same = [one for one in below.findings if one.sign == lifting.sign]
    if not same:
        return f"{said}; {lower[0]} has no row for it"
    there = max(same, key=lambda one: (one.at_least, one.at_most))
    if there.at_least > below.at_most:
        gate = next((one.says for one in below.findings if one.decides), "another rule")
        return f"{said}; {lower[0]} does not count it: {gate}"
    limit = "" if there.limit is None else f" ({there.limit})"
    return f"{said}; {_span(Span(there.at_least, there.at_most))} by {lower[0]}{limit}"


def _open(grade: Grade, other: Grade, theirs: str) -> str:
    gap = next((one.says for one in grade.missing if one.at_most > one.at_least), None)
    if gap is not None:
        return f"open until recorded: {gap}"
    gap = next((one.says for one in other.missing if one.at_most > one.at_least), None)
    return f"{theirs} is open{'' if gap is None else f' until recorded: {gap}'}"


def _span(span: Span) -> str:
    same = span.at_least == span.at_most
    return str(span.at_least) if same else f"{span.at_least} to {span.at_most}"


def conflicts(rows: Iterable[LensRow]) -> tuple[str, ...]:
    """Where the label or the protocol is written in a scale that disagrees with ASTCT."""
    said: list[str] = []
    for row in rows:
        if row.standing not in ("differs", "may differ") or not row.expected:
            continue
        go = "goes by" if len(row.expected) == 1 else "go by"
        verb = "differs from" if row.standing == "differs" else "may differ from"
        scale = f"{row.name} {_span(row.grade.span)}"
        said.append(f"{scale}, which the {row.expected_by} {go}, {verb} ASTCT")
    return tuple(said)


def beside_at(walk: Walk, at: datetime, ids: Iterable[str] = BESIDE) -> dict[str, Grade]:
    """The grades beside ASTCT at one time."""
    return beside_astct(ids, walk, at)


def beside_over_time(
    walk: Walk, times: Iterable[datetime], ids: Sequence[str]
) -> dict[datetime, dict[str, Grade]]:
    """The grades of these scales beside ASTCT at each of these times."""
    return {time: beside_at(walk, time, ids) for time in times}
