"""
A corticosteroid proposed while more of one was given lately.

A corticosteroid goes on until grade 1, and a flare during the taper goes back to the last effective
dose: a smaller dose that a lower grade asks for must not read as a step down.

Cites: asco-2021, flare on rapid taper; the hours are those of the watch after a last dose (house).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from toxmodels.drugs import class_of
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.steroid_tally import moments_of
from toxmodels.drugs.tapers import equivalent_mg
from toxmodels.situation import Situation

__all__ = ["more_lately"]

_LATELY: Final = timedelta(hours=48)
_HOUR: Final = timedelta(hours=1)


def more_lately(s: Situation, drug: str, sheet: DoseResult | None) -> tuple[str, ...]:
    """Say that more was given within two days, and of what; nothing where nothing was."""
    if sheet is None or sheet.dose is None or class_of(drug) != "corticosteroid":
        return ()
    proposed = equivalent_mg(drug, Decimal(repr(sheet.dose)))
    more = None
    for one in s.corticosteroids:
        if one.dose_mg is None or proposed is None:
            continue
        given = equivalent_mg(one.drug, Decimal(repr(one.dose_mg)))
        last = max(moments_of([one], s.at), default=one.given_at)
        if s.at - last <= _LATELY and given is not None and given > proposed:
            more = one, last
    if more is None:
        return ()
    one, last = more
    return (
        f"{one.drug} {one.dose_mg:g} mg, which is more, was given {(s.at - last) // _HOUR} h ago: "
        "no step down before grade 1, and at a flare back to the last effective dose",
    )
