"""
Scales: one published scale a file, and the registry that makes each appear everywhere.

To add a scale: write ``scales/<name>.py`` with ``ID`` and ``grade(moment, waiver) -> Grade``, and
add one line to ``SCALES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from toxmodels.findings import Grade
from toxmodels.moment import Moment, Waiver
from toxmodels.scales import astct_crs, astct_icans

__all__ = ["SCALES", "Scale"]


@dataclass(frozen=True, slots=True)
class Scale:
    """
    A published scale: what it grades, its edition, and the function that grades.

    ``reads`` are the fields of a moment that can expire under it.
    """

    id: str
    title: str
    short: str
    toxicity: Literal["crs", "icans"]
    edition: str
    source: str
    grade: Callable[[Moment, Waiver], Grade]
    reads: frozenset[str]


SCALES: Final[dict[str, Scale]] = {
    scale.id: scale
    for scale in (
        Scale(
            astct_crs.ID,
            "Cytokine release syndrome, ASTCT consensus",
            "CRS",
            "crs",
            "2019",
            "lee-2019",
            astct_crs.grade,
            astct_crs.READS,
        ),
        Scale(
            astct_icans.ID,
            "Neurotoxicity (ICANS), ASTCT consensus, adults and children",
            "ICANS",
            "icans",
            "2019",
            "lee-2019",
            astct_icans.grade,
            astct_icans.READS,
        ),
    )
}
