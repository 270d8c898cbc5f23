"""
EASIX, simplified and modified EASIX as scores: products over platelets, without an upper end.

The formulas are those of ``easix``; creatinine and CRP are accepted in two units. Without
platelets, or with none left, nothing is divided and nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import log2
from typing import Final

from toxmodels.indices.easix import CREATININE_UMOL_PER_MG_DL, CRP_MG_L_PER_MG_DL
from toxmodels.indices.index import Index
from toxmodels.indices.keys import Given, Key
from toxmodels.indices.ladders import Paper, Recorded
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

LDH: Final = Key("ldh_u_l", "lactate dehydrogenase")
CREATININE: Final = Key("creatinine_mg_dl", "creatinine", units=("creatinine_umol_l",))
CRP: Final = Key("crp_mg_dl", "C-reactive protein", units=("crp_mg_l",))
PLATELETS: Final = Key("platelets_10e9_l", "platelets, before a transfusion")
HIGH: Final = Decimal("4.67")
PER_MG_DL: Final = {
    "creatinine_umol_l": Decimal(str(CREATININE_UMOL_PER_MG_DL)),
    "crp_mg_l": Decimal(str(CRP_MG_L_PER_MG_DL)),
}
NOTES: Final = (
    "a risk marker without an upper end, usually compared as its logarithm to base 2; no grade",
    "a platelet transfusion makes it look better; methods for LDH differ between laboratories",
)

HIGH_IS_FROM: Final = "the limit 4.67 is of korell-2022, for values before lymphodepletion"


def _score(paper: Paper, over: Sequence[Key], recorded: Recorded) -> Score:
    given = [recorded[key.name] for key in over]
    platelets = recorded[PLATELETS.name]
    items = [
        _item(key, one) for key, one in zip((*over, PLATELETS), (*given, platelets), strict=True)
    ]
    missing = tuple(item.name for item in items if item.value is None)
    factors = [_in_formula(one) for one in given if one is not None]
    none_left = platelets is not None and platelets.number == 0
    value: float | None = None
    at_most: float | None = None
    if not missing and platelets is not None and not none_left:
        product = Decimal(1)
        for factor in factors:
            product *= factor
        value = at_most = float(product / platelets.number)
    elif platelets is not None and not none_left and any(factor == 0 for factor in factors):
        at_most = 0.0
    lowest = 0.0 if value is None else value
    return Score(
        name=paper.name,
        title=paper.title,
        value=value,
        at_least=None if none_left else lowest,
        at_most=at_most,
        items=tuple(items),
        missing=missing,
        says=_says(paper, value, none_left=none_left),
        band=_band(paper, value),
        notes=(*NOTES, HIGH_IS_FROM) if paper.name == "easix" else NOTES,
        verification=paper.verification,
        cite=paper.cite,
    )


def _item(key: Key, given: Given | None) -> ScoreItem:
    if given is None:
        return ScoreItem(
            name=key.name,
            points=None,
            at_least=0,
            at_most=None,
            value=None,
            limit="not recorded",
            missing=(key.name,),
        )
    number = float(_in_formula(given))
    return ScoreItem(
        name=key.name,
        points=number,
        at_least=number,
        at_most=number,
        value=str(given),
        limit="in the unit of the formula",
    )


def _in_formula(given: Given) -> Decimal:
    return given.number / PER_MG_DL.get(given.key, Decimal(1))


def _says(paper: Paper, value: float | None, *, none_left: bool) -> str:
    if none_left:
        return f"{paper.title}: not defined without platelets"
    if value is None:
        return f"{paper.title}: not known"
    base2 = f" (log2 {log2(value):.2f})" if value > 0 else ""
    return f"{paper.title}: {value:.4g}{base2}"


def _band(paper: Paper, value: float | None) -> str | None:
    if value is None or paper.name != "easix":
        return None
    side = "above" if Decimal(str(value)) > HIGH else "not above"
    return f"{side} {HIGH} (before lymphodepletion: risk of CRS or ICANS of grade 3 or more)"


EASIX: Final = Paper(
    "easix", "EASIX", ScoreCite(source="luft-2017", at="LDH x creatinine / platelets"), "verified"
)
M_EASIX: Final = Paper(
    "m_easix",
    "modified EASIX",
    ScoreCite(source="pennisi-2021", at="LDH x CRP / platelets"),
    "verified",
)
S_EASIX: Final = Paper(
    "s_easix",
    "simplified EASIX",
    ScoreCite(source="pennisi-2021", at="LDH / platelets"),
    "verified",
)
INDICES: Final = (
    Index(
        EASIX,
        (LDH, CREATININE, PLATELETS),
        lambda recorded: _score(EASIX, (LDH, CREATININE), recorded),
    ),
    Index(M_EASIX, (LDH, CRP, PLATELETS), lambda recorded: _score(M_EASIX, (LDH, CRP), recorded)),
    Index(S_EASIX, (LDH, PLATELETS), lambda recorded: _score(S_EASIX, (LDH,), recorded)),
)
