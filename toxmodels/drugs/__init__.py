"""
Drugs: dose arithmetic with every limit, the count of doses given, and the classes of drugs.

``dose`` works out one dose and says why it is blocked, if it is. ``ledger`` counts what a patient
was given. ``class_of`` and ``masking_window`` serve the grade: which drugs waive or hide fever.
Numbers live in the TOML files of ``facts``; the code does arithmetic only. It orders nothing.
"""

from toxmodels.drugs.catalogue import dose, drug_names
from toxmodels.drugs.faults import DoseError, DoseFault
from toxmodels.drugs.fever_classes import DrugClass, class_of, classes, masking_window
from toxmodels.drugs.for_case import burden_of, dose_for
from toxmodels.drugs.ledger import Ledger, ledger
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.tapers import Taper, taper, tapers

__all__ = [
    "DoseError",
    "DoseFault",
    "DoseResult",
    "DrugClass",
    "Ledger",
    "Taper",
    "burden_of",
    "class_of",
    "classes",
    "dose",
    "dose_for",
    "drug_names",
    "ledger",
    "masking_window",
    "taper",
    "tapers",
]
