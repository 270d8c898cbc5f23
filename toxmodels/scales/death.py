"""
Grade 5: death due to the toxicity, only where a clinician recorded that cause.

Never inferred from vital signs. A death whose cause nobody recorded leaves the grade open up to 5;
a death from another cause is no grade at all, which the assessment handles before any scale.

Cites: lee-2019, grade 5 row.
"""

from __future__ import annotations

from typing import Literal

from toxmodels.findings import Finding, seen, unsure
from toxmodels.moment import Moment
from toxmodels.sources import Cite

_CITE = Cite("lee-2019", "grade 5: death due to the toxicity with no other principal cause")


def death_finding(moment: Moment, due_to: Literal["crs", "icans"]) -> Finding | None:
    """Read a recorded death: 5 when due to this toxicity, open when its cause is unknown."""
    event = moment.death
    if event is None:
        return None
    if event.due_to == due_to:
        says = f"death due to {due_to.upper()}"
        limit = "recorded by a clinician"
        return seen("death", 5, says, limit=limit, cite=_CITE, taken_at=event.at, record="events")
    if event.due_to is None:
        what = "whether the death was due to CRS, ICANS or another cause"
        says = "death, cause not recorded"
        return unsure(
            "death", 0, 5, says, missing=what, cite=_CITE, record="events", taken_at=event.at
        )
    return None
