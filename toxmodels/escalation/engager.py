"""
Triggers on blinatumomab and split-dose CAR-T: stop, hold and gap clocks by the label's own scale.

A label grade (CTCAE) is a clinician's; an ASTCT grade is never fed into a label rule. Where no
label grade is recorded the rule is not silent: it asks for one and says what to do until then.

Cites: blinatumomab-label-us and obe-cel-label-us (verified where read); house steps marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from toxmodels.escalation.flag import Flag, View
from toxmodels.scales import astct_crs, astct_icans
from toxmodels.scales.seizure import episodes as seizures
from toxmodels.site import site
from toxmodels.situation import Term, assigned
from toxmodels.sources import Cite

_LABEL = Cite("blinatumomab-label-us", "dose modifications, CTCAE")
_ASKS = Cite("escalation-defaults", "a label rule without a label grade", "house")
_OBE = Cite("obe-cel-label-us", "before the second dose")


def _is(view: View, product: str) -> bool:
    return view.case.therapy is not None and view.case.therapy.product == product


def label_grade(view: View, crs: bool) -> int | None:
    """The newest CTCAE grade a clinician recorded for CRS, or for any other term."""
    groups: tuple[Term, ...] = ("crs",) if crs else ("neuro", "other")
    found = [one for group in groups for one in assigned(view.case, view.at, "ctcae", group)]
    return max(found, key=lambda one: one.graded_at).grade if found else None


def blinatumomab_rules(view: View) -> Iterator[Flag]:
    """Severe signs on blinatumomab without a label grade (t23, amendment A-4)."""
    if not _is(view, "blinatumomab"):
        return
    crs, icans = view.grade(astct_crs.ID), view.grade(astct_icans.ID)
    fits = [fit for fit in seizures(view.moment.exams) if not fit.attributed]
    asked_crs = crs >= 3 and label_grade(view, crs=True) is None
    asked_neuro = (icans >= 3 or bool(fits)) and label_grade(view, crs=False) is None
    if asked_crs or asked_neuro:
        worst = max(crs, icans)
        stop = "; permanent stop unless a physician records CTCAE below 4" if worst >= 4 else ""
        yield Flag(
            "t23",
            "emergency",
            f"CRS {crs}, ICANS {icans} on blinatumomab, and no CTCAE grade is recorded",
            f"Interrupt the infusion now; grade by CTCAE before restart or permanent stop{stop}",
            "physician",
            _ASKS,
        )
    if len(fits) > 1:
        yield Flag(
            "t23-seizure",
            "emergency",
            f"{len(fits)} seizures on blinatumomab",
            "Stop blinatumomab permanently",
            "physician",
            _LABEL,
        )
    oxygen = view.moment.oxygen
    if crs == 2 and label_grade(view, crs=True) is None and oxygen is not None:
        fio2, device = oxygen.value.fio2, oxygen.value.device
        high = fio2 is None or fio2 >= site().triggers["fio2_ctcae_3"]
        if device != "room_air" and high:
            yield Flag(
                "t23-ctcae",
                "urgent",
                "CRS 2 on oxygen with FiO2 at or above 0.40, or not recorded: may be CTCAE 3",
                "Grade by CTCAE now",
                "physician",
                _ASKS,
            )
    yield from _liver(view)


def _liver(view: View) -> Iterator[Flag]:
    if view.liver_beyond:
        yield Flag(
            "t23-liver",
            "urgent",
            "; ".join(view.liver_beyond),
            "Interrupt blinatumomab",
            "physician",
            Cite("blinatumomab-label-us", "elevated liver enzymes"),
        )


def gap_rules(view: View) -> Iterator[Flag]:
    """A stopped pump starts a clock: warn at 2 h, supervised restart from 4 h (t23-gap)."""
    stopped = view.interruption if _is(view, "blinatumomab") else None
    if stopped is None or stopped.stopped_at is None:
        return
    gap, triggers = view.since(stopped.stopped_at), site().triggers
    hours = gap / timedelta(hours=1)
    if hours >= triggers["pump_restart_h"]:
        yield Flag(
            "t23-gap",
            "urgent",
            f"Infusion interrupted for {hours:.0f} h",
            "Premedicate again and restart only under supervision; lost time is never made up",
            "physician",
            Cite("blinatumomab-label-us", "interruption of 4 hours or more"),
        )
    elif hours >= triggers["pump_warn_h"]:
        yield Flag(
            "t23-gap",
            "soon",
            f"Infusion interrupted for {hours:.1f} h",
            f"Resume before {triggers['pump_restart_h']:g} h if nothing forbids it",
            "nurse",
            Cite("escalation-defaults", "pump interruption", "house"),
        )


def split_dose_rules(view: View) -> Iterator[Flag]:
    """Before the second dose of obecabtagene autoleucel (t24)."""
    therapy = view.case.therapy
    if therapy is None or not _is(view, "obecabtagene-autoleucel"):
        return
    given = [dose for dose in therapy.doses or () if dose.given_at <= view.at]
    if len(given) != 1:
        return
    crs = max((s.grade(astct_crs.ID).at_least for s in view.steps), default=0)
    if crs >= 3:
        yield Flag(
            "t24",
            "emergency",
            f"CRS reached grade {crs} after the first dose",
            "Do not give the second dose",
            "physician",
            _OBE,
        )
    elif view.grade(astct_crs.ID) == 2:
        yield Flag(
            "t24",
            "urgent",
            "CRS grade 2 before the second dose",
            "Consider postponing the second dose to as late as day 21, until grade 1 or less",
            "physician",
            _OBE,
        )
    icans = view.grade(astct_icans.ID)
    if icans >= 1:
        says = "discontinue" if icans >= 2 else "consider postponing to as late as day 21"
        yield Flag(
            "t24-icans",
            "emergency" if icans >= 2 else "urgent",
            f"ICANS {icans} before the second dose",
            f"Second dose: {says}",
            "physician",
            Cite("obe-cel-label-us", "neurotoxicity before the second dose", "unverified"),
        )
