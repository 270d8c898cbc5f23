"""Every index by name, and the one call that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from toxmodels.drugs.faults import did_you_mean
from toxmodels.indices import (
    car_hematotox,
    dic,
    easix_score,
    hlh_2004,
    hscore,
    icaht_score,
    news2,
    tls,
)
from toxmodels.indices.faults import ScoreError, ScoreFault
from toxmodels.indices.index import Index
from toxmodels.indices.keys import read_inputs
from toxmodels.indices.ladders import Recorded
from toxmodels.indices.result import Score

INDICES: Final[Mapping[str, Index]] = {
    one.name: one
    for module in (news2, easix_score, car_hematotox, hscore, hlh_2004, dic, tls, icaht_score)
    for one in module.INDICES
}


def index_named(name: str) -> Index:
    """
    Find an index; case, blanks and hyphens do not matter.

    Raises:
        ScoreError: there is none of this name.

    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    found = INDICES.get(plain)
    if found is None:
        cure = did_you_mean(plain, INDICES) or f"known: {', '.join(INDICES)}"
        raise ScoreError([ScoreFault(path="name", says=f'no score "{name}"', suggestion=cure)])
    return found


def score(name: str, **inputs: Any) -> Score:
    """
    Work out one index from its keys, or the interval that what was given still allows.

    Inputs are the keys of ``toxwatch score``: text or numbers, one unit for each quantity. Absent
    and ``None`` mean that nobody recorded it.

    Raises:
        ScoreError: the index or a key is not known, or a value cannot be what it says.

    """
    index = index_named(name)
    return index.work(Recorded(read_inputs(index.keys, inputs)))
