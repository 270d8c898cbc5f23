"""
The names that stay when a course is de-identified: those of a list, and only as the list has them.

A name stays because a grade, a dose or a lesson hangs on it. A name that is missing here costs the
lesson a word; a text that slipped through could cost somebody their privacy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from toxmodels.drugs import classes, drug_names
from toxmodels.drugs.fever_classes import neighbours
from toxmodels.label_grades import known_terms
from toxmodels.products import products
from toxmodels.scales import SCALES

__all__ = ["IN_PLACE", "KEPT_NAMES"]

# Drugs without a class or a dose here that a course of these patients is hard to read without.
_BESIDE: Final = frozenset(
    {
        "aciclovir", "bendamustine", "cefepime", "ceftazidime", "ceftriaxone", "cyclophosphamide",
        "diazepam", "filgrastim", "fludarabine", "furosemide", "hypertonic saline",
        "lacosamide", "levetiracetam", "linezolid", "lorazepam", "mannitol", "meropenem",
        "midazolam", "ondansetron", "phenobarbital", "phenytoin", "piperacillin-tazobactam",
        "propofol", "teicoplanin", "valproate", "vancomycin",
    }
)  # fmt: skip
_ROUTES: Final = frozenset({"iv", "po", "oral", "sc", "im", "it"})
_INDICATIONS: Final = frozenset(
    {"b-all-rr", "b-all-mrd", "b-all-consolidation", "lbcl", "dlbcl", "fl", "mcl", "rrmm"}
)
_LABEL: Final = re.compile(r"infusion|C\d{1,2}D\d{1,3}|(dose|step-up|treatment) \d{1,2}", re.ASCII)
_GRADED_ON: Final = frozenset({*SCALES, "ctcae-4.03", "ctcae-5.0", "ctcae-6.0"})


def _is_drug(name: str) -> bool:
    return name in classes() or name in drug_names() or name in neighbours() or name in _BESIDE


def _is_term(term: str) -> bool:
    return term in known_terms()


def _is_label(label: str) -> bool:
    return _LABEL.fullmatch(label) is not None


def _is_product(name: str) -> bool:
    return name in products()


# Model.field -> whether a text there is a name of ours
KEPT_NAMES: Final[Mapping[str, Callable[[str], bool]]] = {
    "Treatment.drug": _is_drug,
    "Treatment.route": _ROUTES.__contains__,
    "Event.to": _is_drug,
    "Grading.scale": _GRADED_ON.__contains__,
    "Grading.term": _is_term,
    "Dose.label": _is_label,
    "Therapy.product": _is_product,
    "Therapy.indication": _INDICATIONS.__contains__,
}
# What a record cannot do without, when its own word is withheld.
IN_PLACE: Final[Mapping[str, str]] = {
    "Treatment.drug": "other drug",
    "Grading.scale": "other scale",
}
