"""
Tumour lysis syndrome: Cairo-Bishop 2004 with its clinical grade, and Howard 2011 without one.

Laboratory tumour lysis is two of four analytes out of bounds. Cairo-Bishop also counts a change by
a quarter from baseline, which without a baseline can be neither met nor excluded; Howard does not,
and wants both within the same 24 hours, which whoever gives the values has to see to. Calcium is
corrected for albumin. Rasburicase spoils urate in a sample that was not kept on ice.

Cites: Cairo 2004 and Howard 2011, tables as reprinted.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from toxmodels.indices.index import Index
from toxmodels.indices.keys import Key, shown, unit_of
from toxmodels.indices.ladders import (
    Ladder,
    Paper,
    Recorded,
    Rung,
    key_of,
    ladder,
    open_item,
    settled,
)
from toxmodels.indices.result import Score, ScoreCite, ScoreItem
from toxmodels.indices.tls_clinical import CREATININE_KEYS, SIGN_KEYS, clinical_grade, howard_signs

URATE: Final = ladder("urate", "urate_umol_l urate_mg_dl", Rung(1, ">=", ("476", "8.0")), Rung(0))
POTASSIUM: Final = ladder("potassium", "potassium_mmol_l", Rung(1, ">=", ("6.0",)), Rung(0))
PHOSPHATE: Final = ladder(
    "phosphate", "phosphate_mmol_l phosphate_mg_dl", Rung(1, ">=", ("1.45", "4.5")), Rung(0)
)
PHOSPHATE_CHILD: Final = ladder(
    "phosphate", "phosphate_mmol_l phosphate_mg_dl", Rung(1, ">=", ("2.1", "6.5")), Rung(0)
)
CALCIUM: Final = ladder(
    "calcium", "calcium_mmol_l calcium_mg_dl", Rung(1, "<=", ("1.75", "7.0")), Rung(0)
)
IONISED: Final = ladder(
    "ionised calcium",
    "ionised_calcium_mmol_l ionised_calcium_mg_dl",
    Rung(1, "<=", ("0.3", "1.12")),
    Rung(0),
)
CHANGE: Final = Decimal(25)
ADULT_YEARS: Final = 18
ENOUGH: Final = 2
ANALYTES: Final = (URATE, POTASSIUM, PHOSPHATE, CALCIUM)
CAIRO_BISHOP: Final = Paper(
    "cairo_bishop",
    "Cairo-Bishop tumour lysis",
    ScoreCite(source="cairo-2004", at="laboratory definition and table of clinical grades"),
    "verified",
)
HOWARD: Final = Paper(
    "howard_tls",
    "Howard tumour lysis",
    ScoreCite(source="howard-2011", at="laboratory and clinical definition"),
    "verified",
)
CAIRO_NOTES: Final = (
    "the value is the clinical grade; laboratory tumour lysis alone is grade 0",
    "from 3 days before to 7 days after the start of therapy; calcium corrected for albumin",
    "that creatinine of exactly 1.5 times its upper limit is grade 1 follows the printed grades; "
    "the wording of the rule and the limits of urate in children are unverified",
)
HOWARD_NOTES: Final = (
    "0 none, 1 laboratory, 2 clinical tumour lysis: no grades of severity",
    "two analytes within the same 24 hours, without the rule of 25 %",
    "the printed limit of ionised calcium is far below what the corrected limit corresponds to",
)


def cairo_bishop(recorded: Recorded) -> Score:
    """Work out the clinical grade, 0 to 5, with the laboratory definition as its condition."""
    items = [_either(row, recorded) for row in ANALYTES]
    laboratory = _two_of(items)
    worst = clinical_grade(recorded)
    low = max(int(one.at_least) for one in worst) if laboratory.at_least else 0
    high = max(int(one.at_most or 0) for one in worst) if laboratory.at_most else 0
    return _result(CAIRO_BISHOP, laboratory, tuple(items), worst, (low, high))


def howard_tls(recorded: Recorded) -> Score:
    """Work out none, laboratory or clinical tumour lysis."""
    calcium = recorded.rung(CALCIUM)
    if recorded["ionised_calcium_mmol_l"] is not None:
        calcium = _worse(calcium, recorded.rung(IONISED))
    items = [*(_absolute(row, recorded) for row in ANALYTES[:3]), calcium]
    laboratory, signs = _two_of(items), howard_signs(recorded)
    sure, possible = any(one.at_least for one in signs), any(one.at_most for one in signs)
    low = (2 if sure else 1) if laboratory.at_least else 0
    high = (2 if possible else 1) if laboratory.at_most else 0
    return _result(HOWARD, laboratory, tuple(items), signs, (low, high))


def _result(
    paper: Paper,
    laboratory: ScoreItem,
    analytes: tuple[ScoreItem, ...],
    clinical: tuple[ScoreItem, ...],
    span: tuple[int, int],
) -> Score:
    low, high = span
    # Without the laboratory definition a clinical grade of 0 would read as "no tumour lysis".
    settled_now = low == high and laboratory.points is not None
    band = _band(paper, laboratory, low, high)
    told = str(low) if low == high else f"{low}-{high}"
    # What cannot change the answer any more is not asked for.
    asked = () if settled_now else clinical if laboratory.points == 1 else (*analytes, *clinical)
    return Score(
        name=paper.name,
        title=paper.title,
        value=low if settled_now else None,
        at_least=low,
        at_most=high,
        items=(laboratory, *analytes, *clinical),
        missing=tuple(dict.fromkeys(key for one in asked for key in one.missing)),
        says=f"{paper.title}: {told}, {band or 'tumour lysis not excluded'}",
        band=band,
        notes=CAIRO_NOTES if paper is CAIRO_BISHOP else HOWARD_NOTES,
        verification=paper.verification,
        cite=paper.cite,
    )


def _band(paper: Paper, laboratory: ScoreItem, low: int, high: int) -> str | None:
    if laboratory.points == 0:
        return "no laboratory tumour lysis"
    if laboratory.points is None:
        return None
    clinical_from = 1 if paper is CAIRO_BISHOP else 2
    if high < clinical_from:
        return "laboratory tumour lysis"
    return "clinical tumour lysis" if low >= clinical_from else "laboratory tumour lysis at least"


# -- the laboratory definition ---------------------------------------------------------------------


def _two_of(items: list[ScoreItem]) -> ScoreItem:
    low, high = sum(int(one.at_least) for one in items), sum(int(one.at_most or 0) for one in items)
    at_least, at_most = int(low >= ENOUGH), int(high >= ENOUGH)
    count = str(low) if low == high else f"{low}-{high}"
    if at_least == at_most:
        return settled("laboratory", at_least, f"{count} of 4", "2 of 4")
    missing = [key for one in items for key in one.missing]
    return open_item("laboratory", 0, 1, *missing, value=f"{count} of 4")


def _absolute(row: Ladder, recorded: Recorded) -> ScoreItem:
    """The printed limit, that of phosphate by age."""
    if row is not PHOSPHATE:
        return recorded.rung(row)
    adult, child = recorded.rung(PHOSPHATE), recorded.rung(PHOSPHATE_CHILD)
    age = recorded["age_years"]
    if age is not None:
        return adult if age.number >= ADULT_YEARS else child
    if adult.points == child.points:
        return adult
    return open_item("phosphate", 0, 1, "age_years", value=adult.value)


def _either(row: Ladder, recorded: Recorded) -> ScoreItem:
    """The printed limit, or a change by a quarter from baseline."""
    item = _absolute(row, recorded)
    if item.points == 1 or item.value is None:
        return item
    return _worse(item, _changed(row, recorded))


def _changed(row: Ladder, recorded: Recorded) -> ScoreItem:
    now, name = recorded[row.keys[0]], f"baseline_{row.keys[0]}"
    before = recorded[name]
    value = None if now is None else str(now)
    if now is None or before is None or before.key.removeprefix("baseline_") != now.key:
        return open_item(row.name, 0, 1, name, value=value)
    by = (now.number - before.number) * 100
    if row is CALCIUM:
        by = -by
    met = before.number > 0 and by >= CHANGE * before.number
    from_ = f"{shown(before.number)} {unit_of(before.key)}"
    way = "fall" if row is CALCIUM else "rise"
    return settled(row.name, int(met), f"{now} from {from_}", f"25 % {way}")


def _worse(first: ScoreItem, second: ScoreItem) -> ScoreItem:
    """Two ways to meet one criterion: the one that is met, else the one that is still open."""
    for one in (first, second):
        if one.points == 1:
            return one
    return second if second.points is None else first


def _baselines(*rows: Ladder) -> tuple[Key, ...]:
    return tuple(
        Key(
            f"baseline_{row.keys[0]}",
            f"{row.name} before therapy, in the same unit",
            units=tuple(f"baseline_{key}" for key in row.keys[1:]),
        )
        for row in rows
    )


_ANALYTE_KEYS: Final = (
    key_of(URATE, "urate", "uric_acid_umol_l"),
    key_of(POTASSIUM, "potassium", "potassium_meq_l"),
    key_of(PHOSPHATE, "phosphate"),
    key_of(CALCIUM, "calcium corrected for albumin", "corrected_calcium_mmol_l"),
    Key("age_years", "children have another limit of phosphate", needed=False),
)
INDICES: Final = (
    Index(
        CAIRO_BISHOP,
        (*_ANALYTE_KEYS, *_baselines(*ANALYTES), *CREATININE_KEYS, *SIGN_KEYS),
        cairo_bishop,
    ),
    Index(
        HOWARD,
        (
            *_ANALYTE_KEYS,
            Key(
                "ionised_calcium_mmol_l",
                "instead of calcium",
                units=("ionised_calcium_mg_dl",),
                needed=False,
            ),
            Key("creatinine_umol_l", "creatinine", units=("creatinine_mg_dl",), needed=False),
            Key(
                "baseline_creatinine_umol_l",
                "creatinine before therapy, in the same unit",
                units=("baseline_creatinine_mg_dl",),
                needed=False,
            ),
            Key("urine_ml_kg_h", "urine of the last 6 hours", needed=False),
            *SIGN_KEYS,
        ),
        howard_tls,
    ),
)
