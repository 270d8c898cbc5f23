"""Every drug a dose can be asked for, by name, and the one call that answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from toxmodels.drugs.blinatumomab import dose_blinatumomab
from toxmodels.drugs.burden import dose_prephase
from toxmodels.drugs.corticosteroids import dose_dexamethasone, dose_methylprednisolone
from toxmodels.drugs.faults import DoseError, DoseFault, did_you_mean
from toxmodels.drugs.inputs import DoseInputs, read_inputs
from toxmodels.drugs.obecabtagene import dose_obecabtagene
from toxmodels.drugs.premedication import dose_blinatumomab_crs, dose_premedication
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.step_up import step_up_drugs
from toxmodels.drugs.support import dose_g_csf, dose_gm_csf, dose_levetiracetam
from toxmodels.drugs.tapers import taper_table, tapers
from toxmodels.drugs.third_line import (
    dose_anakinra,
    dose_emapalumab,
    dose_ruxolitinib,
    dose_siltuximab,
    expert_only,
)
from toxmodels.drugs.tocilizumab import dose_tocilizumab

Worked = Callable[[DoseInputs], DoseResult]

_OWN: Final[dict[str, Worked]] = {
    "tocilizumab": dose_tocilizumab,
    "dexamethasone": dose_dexamethasone,
    "methylprednisolone": dose_methylprednisolone,
    "siltuximab": dose_siltuximab,
    "anakinra": dose_anakinra,
    "emapalumab": dose_emapalumab,
    "ruxolitinib": dose_ruxolitinib,
    "levetiracetam": dose_levetiracetam,
    "g-csf": dose_g_csf,
    "gm-csf": dose_gm_csf,
    "blinatumomab": dose_blinatumomab,
    "blinatumomab-prephase": dose_prephase,
    "blinatumomab-crs-dexamethasone": dose_blinatumomab_crs,
    "dexamethasone-premedication": dose_premedication,
    "obecabtagene-autoleucel": dose_obecabtagene,
}
ALSO_CALLED: Final = {"filgrastim": "g-csf", "sargramostim": "gm-csf"}


@cache
def _worked() -> dict[str, Worked]:
    return _OWN | step_up_drugs() | expert_only()


def drug_names() -> tuple[str, ...]:
    """Every name ``dose`` answers to."""
    return tuple(_worked())


def dose(drug: str, **inputs: Any) -> DoseResult:
    """
    Work out one dose, step by step, or say everything that stands against it.

    Inputs are the keys of ``toxwatch dose``: text or numbers, times as aware datetimes or ISO
    text, ``given_at`` as a list. Absent and ``None`` mean that nobody recorded it. No clock is
    read: whatever depends on the present needs ``at``.

    Raises:
        DoseError: the drug or an input is not known, or cannot be what it says.

    """
    name = drug.strip().lower().replace("_", "-")
    if taper_table(name) is not None:
        name, inputs = "methylprednisolone", {"regimen": name} | inputs
    worked = _worked().get(ALSO_CALLED.get(name, name))
    if worked is None:
        cure = did_you_mean(name, (*drug_names(), *ALSO_CALLED, *tapers()))
        raise DoseError([DoseFault(path="drug", says=f'no dose for "{drug}"', suggestion=cure)])
    return worked(read_inputs(inputs))
