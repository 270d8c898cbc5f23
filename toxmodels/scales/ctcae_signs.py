"""
What one neurological exam says on the terms of CTCAE.

Where the record decides, a term gets its grade: how the patient wakes, seizures, in version 6 ICE
or CAPD. Where only presence is known (tremor, headache, word finding, hallucinations, a lost point
of ICE in version 5) a term is open over all grades it has: how far it limits daily life is the
clinician's to say. A list of other signs that was recorded was looked through, also where it is
empty; one that nobody recorded is open.

Cites: ctcae-neuro-5 and ctcae-neuro-6; the readings of fields as terms are house readings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from toxmodels.evidence import Evidence
from toxmodels.findings import Finding, Sign, explained, gravest, seen, unsure
from toxmodels.moment import Reading
from toxmodels.scales.ctcae_icans import icans_term
from toxmodels.scales.ctcae_seizure import seizure_term
from toxmodels.scales.ctcae_terms import TERMS, Edition
from toxmodels.scales.neuro_signs import cited, newest
from toxmodels.site import site
from toxmodels.sources import Cite
from toxmodels.terms import OtherSign

__all__ = ["NO_FIELD", "OTHER_SIGNS", "shown_terms"]

# A sign of the exam and the term it is read as; what names no term here may be any of several.
OTHER_SIGNS: Final[Mapping[OtherSign, str]] = {
    "tremor": "tremor",
    "myoclonus": "movements involuntary",
    "headache": "headache",
    "hallucination": "hallucinations",
    "agitation": "delirium",
    "word_finding": "dysphasia",
    "facial_palsy": "facial nerve disorder",
    "parkinsonism": "extrapyramidal disorder",
    "gait_change": "ataxia",
}
# Terms that no field of an exam asks for: they count only where a clinician graded them.
NO_FIELD: Final = ("somnolence", "cognitive disturbance", "concentration impairment",
                   "memory impairment", "dizziness", "dysarthria")  # fmt: skip
ELSEWHERE: Final = "other signs"  # where no term is named: nothing seen, or nobody looked
_MAY_BE: Final = frozenset({"agitation"})
_HOW_BAD: Final = "how far it limits daily life, or a clinician's grade"
_BY_LIFE: Final = "by how far it limits daily life"
_READ_AS: Final = Cite("site-defaults", "exam fields read as terms of CTCAE", "house")
_LEVELS: Final = {
    "alert": (0, "alert"),
    "drowsy": (1, "decreased alertness"),
    "voice": (2, "sedation, slow to respond"),
    "tactile": (3, "difficult to arouse"),
}
# The exam puts stupor and coma together; only one of the two stops a drug for good.
_STUPOR: Final = "3 while difficult to arouse (stupor), 4 life-threatening (coma)"


def shown_terms(
    evidence: Evidence, read: Mapping[Sign, Finding], edition: Edition
) -> dict[str, Finding]:
    """What the record shows, by term; ``ELSEWHERE`` where of the other signs none is named."""
    found = {
        "depressed level of consciousness": _waking(evidence, read["consciousness"], edition),
        "seizure": seizure_term(evidence, read["seizure"], edition),
        "edema cerebral": _oedema(evidence, read["oedema"], edition),
        "confusion": _confusion(evidence, edition),
        "motor weakness": _weakness(evidence, read["motor"], edition),
        "signs of raised pressure": _present(
            evidence.moment.raised_icp, read["raised_icp"], "signs of raised pressure", edition
        ),
    }
    scan = evidence.moment.cerebral_oedema
    if scan is not None and scan.value == "haemorrhage_related" and not scan.attributed:
        found["intracranial hemorrhage"] = _open_term(
            "intracranial hemorrhage", "oedema", "oedema around a haemorrhage", scan, edition
        )
    scored = read.get("ice") or read["capd"]
    if edition == "6.0":
        found["icans"] = icans_term(evidence, read)
    else:
        name = "encephalopathy" if scored.sign == "ice" else "delirium"
        found[name] = _impaired(name, scored, edition)
    for name, one in _others(evidence, edition).items():
        found[name] = gravest([found[name], one]) if name in found else one
    return found


def _open_term(
    name: str, sign: Sign, says: str, reading: Reading, edition: Edition, *, sure: bool = True
) -> Finding:
    term = TERMS[name]
    low, high = term.bounds(edition)
    return unsure(
        sign, low if sure else 0, high, f"{term.name}: {says}", missing=f"{term.name}: {_HOW_BAD}",
        cite=term.cite(edition), record="neuro", value=says, limit=_BY_LIFE,
        taken_at=reading.taken_at,
    )  # fmt: skip


def _waking(evidence: Evidence, base: Finding, edition: Edition) -> Finding:
    term, reading = TERMS["depressed level of consciousness"], evidence.moment.consciousness
    if base.missing is not None or base.attributed or reading is None:
        return cited(base, term.cite(edition), term.name)
    if reading.value not in _LEVELS:
        return unsure(
            "consciousness", 3, 4, f"{term.name}: {base.says}",
            missing="stupor or coma: a clinician's CTCAE grade", cite=term.cite(edition),
            record="gradings", value=base.value, limit=_STUPOR, taken_at=reading.taken_at,
        )  # fmt: skip
    grade, limit = _LEVELS[reading.value]
    return seen(
        "consciousness", grade, f"{term.name}: {base.says}", limit=limit,
        cite=term.cite(edition), taken_at=reading.taken_at, value=base.value, record="neuro",
    )  # fmt: skip


def _oedema(evidence: Evidence, base: Finding, edition: Edition) -> Finding:
    term, reading = TERMS["edema cerebral"], evidence.moment.cerebral_oedema
    if reading is None or reading.value == "none" or base.attributed:
        return cited(base, term.cite(edition), term.name)
    if reading.attributed:
        cite = term.cite(edition)
        return explained("oedema", base.says, cite=cite, taken_at=reading.taken_at, record="neuro")
    low, high = term.bounds(edition)
    return unsure(
        "oedema", low, high, f"{term.name}: {base.says}",
        missing="whether the oedema threatens life, or a clinician's grade",
        cite=term.cite(edition), record="neuro", value=base.says,
        limit=f"{low} on imaging, 4 where it threatens life", taken_at=reading.taken_at,
    )  # fmt: skip


def _confusion(evidence: Evidence, edition: Edition) -> Finding:
    term = TERMS["confusion"]
    reading = newest(evidence, "new_confusion", "", severity=int, within=site().neuro_valid)
    if reading is None:
        return unsure(
            "term", 0, term.bounds(edition)[1], f"{term.name}: not recorded",
            missing="new confusion: yes or no", cite=term.cite(edition), record="neuro",
        )  # fmt: skip
    if reading.value is True:
        return _open_term("confusion", "term", "new confusion", reading, edition)
    says, at = f"{term.name}: no new confusion", reading.taken_at
    return seen(
        "term", 0, says, limit="none seen", cite=term.cite(edition), taken_at=at, record="neuro"
    )


def _weakness(evidence: Evidence, base: Finding, edition: Edition) -> Finding:
    reading = evidence.moment.motor_weakness
    return _present(reading, base, "motor weakness", edition, calm="none")


def _present(
    reading: Reading | None, base: Finding, name: str, edition: Edition, *, calm: str = ""
) -> Finding:
    """A sign for which labels have terms whose rows were not read."""
    term = TERMS[name]
    if reading is None or not reading.value or reading.value == calm:
        return cited(replace(base, limit="none seen"), term.cite(edition), term.name)
    if reading.attributed:
        says, cite = f"{term.name}: {base.value}", term.cite(edition)
        return explained(base.sign, says, cite=cite, taken_at=reading.taken_at, record="neuro")
    return _open_term(name, base.sign, base.value or base.says, reading, edition)


def _impaired(name: str, scored: Finding, edition: Edition) -> Finding:
    """
    The scored exam in version 5, which has no term for it.

    Points lost on ICE are at least a mild encephalopathy; a CAPD below 9 is that of many a healthy
    toddler and leaves the term open from 0.
    """
    term = TERMS[name]
    kept = cited(scored, _READ_AS, term.name)
    if scored.attributed or scored.is_usual or scored.at_most == 0:
        return replace(kept, at_least=0, at_most=0, missing=None)
    surely = 1 if scored.sign == "ice" else 2
    low, high = int(scored.at_least >= surely), term.bounds(edition)[1]
    if scored.value is None:  # not done, or not recorded
        return replace(kept, at_least=low, at_most=high)
    missing = scored.missing or f"{term.name}: {_HOW_BAD}"
    note = "which term the lost points belong to is the clinician's to say"
    return replace(kept, at_least=low, at_most=high, missing=missing, limit=_BY_LIFE, note=note)


def _others(evidence: Evidence, edition: Edition) -> dict[str, Finding]:
    """Signs beside ICANS: each a term, none of them, or not recorded."""
    kept = site().neuro_valid
    listed = [one for one in evidence.exams if one.other_signs is not None]
    last = listed[-1].taken_at if listed else None
    if last is None or evidence.at - last > kept:
        says = "Other signs: not recorded" + ("" if last is None else " lately")
        names = ", ".join(sign.replace("_", " ") for sign in OTHER_SIGNS)
        return {
            ELSEWHERE: unsure(
                "term", 0, 4, says, missing=f"other signs, or none: {names}", cite=_READ_AS,
                record="neuro",
            )
        }  # fmt: skip
    present = {sign for one in listed if one.taken_at == last for sign in one.other_signs or ()}
    if not present:
        says, limit = "Other signs: looked for, none", "none seen"
        return {
            ELSEWHERE: seen(
                "term", 0, says, limit=limit, cite=_READ_AS, taken_at=last, record="neuro"
            )
        }
    reading = Reading(present, last, attributed=False)
    return {
        OTHER_SIGNS[sign]: _open_term(
            OTHER_SIGNS[sign], "term", sign.replace("_", " "), reading, edition,
            sure=sign not in _MAY_BE,
        )
        for sign in sorted(present)
    }  # fmt: skip
