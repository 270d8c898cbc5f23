"""The nearest right answer to a name that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel

from toxmodels import records
from toxmodels.limits import limits
from toxmodels.scored_exams import Ice

# What wards and other systems call things; offered back, never read silently.
_FIELD_WORDS: Final = {
    "bp": "systolic_mmhg",
    "sbp": "systolic_mmhg",
    "dbp": "diastolic_mmhg",
    "hr": "heart_rate_bpm",
    "pulse": "heart_rate_bpm",
    "rr": "respiratory_rate_bpm",
    "o2": "oxygen",
    "pressors": "vasopressors",
    "loc": "consciousness",
    "edema": "cerebral_oedema",
    "cerebral_edema": "cerebral_oedema",
}
_VALUE_WORDS: Final = {
    "noradrenaline": "norepinephrine",
    "adrenaline": "epinephrine",
    "hfnc": "high_flow_nasal_cannula",
    "mech_vent": "ventilator",
    "papilledema": "papilloedema",
    "died": "death",
    "generalized": "generalised",
    "hemorrhage_related": "haemorrhage_related",
}
_SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("patient", records.Patient),
    ("therapy", records.Therapy),
    ("vitals", records.Vitals),
    ("oxygen", records.Oxygen),
    ("neuro", records.NeuroExam),
    ("ice", Ice),
    ("labs", records.Labs),
    ("treatments", records.Treatment),
    ("events", records.Event),
    ("doses", records.Dose),
    ("infusions", records.Infusion),
    ("gradings", records.Grading),
)
_QUOTED = re.compile(r'"([^"]*)"')


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The closest known name, or the first that begins with the word."""
    names = [*known]
    match = get_close_matches(word, names, n=1, cutoff=cutoff)
    if match:
        return match[0]
    begins = [name for name in names if len(word) > 2 and name.startswith(word)]
    return begins[0] if begins else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The cure for an unknown name, if a known one is near."""
    match = nearest(word, known)
    return None if match is None else f'did you mean "{match}"?'


def key_cure(name: str, model: type[BaseModel] | None) -> str | None:
    """Offer the right key of this record, its unit, or the record the key belongs to."""
    fields = [] if model is None else [*model.model_fields]
    word = name.strip().lower().replace(" ", "_").replace("-", "_")
    found = word if word in fields else _FIELD_WORDS.get(word)
    if found not in fields:
        elsewhere = [part for part, other in _SECTIONS if word in other.model_fields]
        if elsewhere:
            return f'it belongs in "{elsewhere[0]}"'
        found = nearest(word, fields)
    if found is None:
        return None
    limit = limits().get(found)
    unit = "" if limit is None else f" in {limit.unit}"
    return f'did you mean "{found}"{unit}?'


def value_cure(value: Any, expected: str) -> str | None:
    """Offer the nearest of the listed words."""
    if not isinstance(value, str):
        return None
    known = _QUOTED.findall(expected)
    word = value.strip().lower().replace(" ", "_").replace("-", "_")
    found = word if word in known else _VALUE_WORDS.get(word)
    if found not in known:
        found = nearest(word, known)
    return None if found is None else f'did you mean "{found}"?'
