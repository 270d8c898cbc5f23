"""
What a state says, as text that is kept and compared: grades, advice with doses, open flags.

The short form decides what a change is; ages and wording move every minute and are no change. The
complete assessment goes along packed, so that a past screen can be drawn as it was.
"""

from __future__ import annotations

import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dashboard.store.canonical import canonical_json
from toxmodels import Assessment
from toxmodels.protocols import Advice

if TYPE_CHECKING:
    from dashboard.states import PatientState

__all__ = ["pack", "said_of", "said_text", "unpack"]

FORMAT: Final = "toxwatch-shown/1"
_NO_RULES: Final = ',"rules":{"package":"","digests":{}}}'  # the row names the rule set


def said_of(state: PatientState) -> dict[str, Any]:
    """The short form."""
    found = state.assessment
    opened = [one.flag for one in state.open_alerts]
    return {
        "format": FORMAT,
        "grades": {
            id_: {
                "at_least": grade.at_least,
                "at_most": grade.at_most,
                "deciding": sorted({one.sign for one in grade.findings if one.decides}),
            }
            for id_, grade in found.grades.items()
        },
        "advice": _advice(found.advice),
        "if_confirmed": _advice(found.if_confirmed),
        "advice_fault": state.advice_fault is not None,
        "flags": [
            {"id": flag.id, "urgency": flag.urgency, "open": flag in opened}
            for flag in sorted(found.flags, key=lambda one: (one.id, one.urgency))
        ],
    }


def _advice(found: Iterable[Advice]) -> list[dict[str, Any]]:
    return [
        {
            "rule": one.rule,
            "protocol": one.protocol,
            "drug": one.drug,
            "dose_mg": one.dose_mg,
            "dose_range": one.dose_range,
            "blocked": one.blocked_by is not None,
            "if_grade": one.if_grade,
        }
        for one in found
    ]


def said_text(said: Mapping[str, Any]) -> str:
    """The one spelling of a short form: equal texts say the same."""
    return canonical_json(said)


def pack(assessment: Assessment) -> str:
    """The complete assessment without its rules, small enough to keep."""
    text = assessment.model_dump_json(exclude={"rules"})
    return b85encode(zlib.compress(text.encode(), 6)).decode("ascii")


def unpack(whole: str) -> Assessment | None:
    """The assessment again; ``None`` where a program of another day wrote it otherwise."""
    try:
        text = zlib.decompress(b85decode(whole)).decode()
        return Assessment.model_validate_json(text[:-1] + _NO_RULES)
    except (ValueError, zlib.error, ValidationError):
        return None
