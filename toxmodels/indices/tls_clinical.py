"""The clinical columns of tumour lysis: creatinine, arrhythmia and seizure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from toxmodels.indices.keys import Given, Key
from toxmodels.indices.ladders import Comparison, Recorded, holds, open_item, settled
from toxmodels.indices.result import ScoreItem

WORST: Final = 5
# Times the upper limit of normal, worst first; exactly 1.5 is still grade 1.
CREATININE: Final[tuple[tuple[int, Comparison, str], ...]] = (
    (4, ">", "6"),
    (3, ">", "3"),
    (2, ">", "1.5"),
    (1, ">=", "1.5"),
)
ARRHYTHMIA: Final = {
    "none": 0,
    "no_intervention": 1,
    "non_urgent_intervention": 2,
    "symptomatic": 3,
    "life_threatening": 4,
    "death": 5,
}
SEIZURE: Final = {
    "none": 0,
    "brief_or_controlled": 2,
    "poorly_controlled": 3,
    "status": 4,
    "death": 5,
}
SEEN: Final = "seen"  # it happened, and nobody said what it needed or how it went
RISE_UMOL_L: Final = "26.5"
RISE_MG_DL: Final = "0.3"
OLIGURIA_ML_KG_H: Final = "0.5"


def _words(grades: dict[str, int], **synonyms: str) -> dict[str, str]:
    return {**{word: word for word in grades}, "no": "none", SEEN: SEEN, "yes": SEEN, **synonyms}


CREATININE_KEYS: Final = (
    Key("creatinine_umol_l", "creatinine", units=("creatinine_mg_dl",)),
    Key(
        "creatinine_upper_limit_umol_l",
        "its upper limit for this age, in the same unit",
        units=("creatinine_upper_limit_mg_dl",),
    ),
    Key("creatinine_x_uln", "instead of both: creatinine over its upper limit", needed=False),
    Key(
        "creatinine_due_to_drug",
        "the rise is explained by a drug, so that it does not count",
        kind="yes_no",
        needed=False,
    ),
)
SIGN_KEYS: Final = (
    Key(
        "arrhythmia",
        "arrhythmia or sudden death, by what it needed",
        kind="choice",
        choices=_words(ARRHYTHMIA, sudden_death="death", non_urgent="non_urgent_intervention"),
    ),
    Key(
        "seizure",
        "seizure, by its course",
        kind="choice",
        choices=_words(SEIZURE, brief="brief_or_controlled", status_epilepticus="status"),
    ),
)


def clinical_grade(recorded: Recorded) -> tuple[ScoreItem, ...]:
    """The three columns of Cairo-Bishop, each from 0 to its worst."""
    return (
        _creatinine(recorded),
        _column("arrhythmia", recorded, ARRHYTHMIA),
        _column("seizure", recorded, SEIZURE),
    )


def howard_signs(recorded: Recorded) -> tuple[ScoreItem, ...]:
    """The clinical signs of Howard, each there or not."""
    return (
        _injury(recorded),
        *(
            _column(name, recorded, {word: min(1, grade) for word, grade in grades.items()})
            for name, grades in (("arrhythmia", ARRHYTHMIA), ("seizure", SEIZURE))
        ),
    )


def _creatinine(recorded: Recorded) -> ScoreItem:
    drug = recorded["creatinine_due_to_drug"]
    if drug is not None and drug.value is True:
        return settled("creatinine", 0, "explained by a drug", "not counted")
    ratio = recorded["creatinine_x_uln"]
    if ratio is not None:
        return _by_ratio(str(ratio), ratio.number, Decimal(1))
    value, upper = recorded["creatinine_umol_l"], recorded["creatinine_upper_limit_umol_l"]
    if value is None:
        return open_item("creatinine", 0, 4, "creatinine_umol_l")
    if upper is None or _unit(upper) != _unit(value) or upper.number == 0:
        missing = "creatinine_upper_limit_umol_l"
        return open_item("creatinine", 0, 4, missing, value=str(value))
    return _by_ratio(f"{value}, upper limit {upper}", value.number, upper.number)


def _unit(given: Given) -> str:
    return given.key.removeprefix("baseline_").replace("upper_limit_", "")


def _by_ratio(says: str, now: Decimal, limit: Decimal) -> ScoreItem:
    for grade, sign, times in CREATININE:
        if holds(now, sign, Decimal(times) * limit):
            return settled("creatinine", grade, says, f"{sign} {times} x upper limit")
    return settled("creatinine", 0, says, "< 1.5 x upper limit")


def _column(name: str, recorded: Recorded, grades: dict[str, int]) -> ScoreItem:
    given = recorded[name]
    if given is None:
        return open_item(name, 0, max(grades.values()), name)
    if given.value == SEEN:
        least = min(grade for grade in grades.values() if grade > 0)
        return open_item(name, least, max(least, *grades.values()), name, value=SEEN)
    return settled(name, grades[str(given.value)], str(given), f"column of {name}")


def _injury(recorded: Recorded) -> ScoreItem:
    """Kidney injury: a rise of creatinine, or little urine for six hours."""
    urine = recorded["urine_ml_kg_h"]
    if urine is not None and urine.number < Decimal(OLIGURIA_ML_KG_H):
        return settled("kidney", 1, str(urine), f"< {OLIGURIA_ML_KG_H} mL/kg/h")
    now, before = recorded["creatinine_umol_l"], recorded["baseline_creatinine_umol_l"]
    if now is None or before is None or _unit(now) != _unit(before):
        missing = "creatinine_umol_l" if now is None else "baseline_creatinine_umol_l"
        return open_item("kidney", 0, 1, missing, value=None if now is None else str(now))
    rise = Decimal(RISE_MG_DL if now.key.endswith("mg_dl") else RISE_UMOL_L)
    if now.number - before.number >= rise:
        return settled("kidney", 1, f"{now} from {before}", f"rise >= {rise}")
    if urine is None:
        return open_item("kidney", 0, 1, "urine_ml_kg_h", value=str(now))
    return settled("kidney", 0, f"{now} from {before}", f"rise < {rise}")
