"""Write docs/scales.md from the registry: every scale with its edition, source and traps."""

from toxmodels.scales import SCALES, STEPPED, scale
from toxmodels.sources import sources

HEAD = """\
# Scales

Made from the registry by `scripts/make_docs.py`. A scale marked *stepped* is graded at every step
of the course and decides flags and advice; every other one is graded beside it, for comparison or
for a label that is written in it: `toxwatch assess CASE.json --scale all`. Every grade is an
interval; what nobody recorded is named and never read as normal. *Verified* says that the passage
was read in the place the [list of sources](#sources) names; *unverified* is professional knowledge
and shown as such; *house* is a choice of this project. None of this was reviewed by a clinician.

"""
TOXICITIES = {
    "crs": "Cytokine release syndrome",
    "icans": "Neurotoxicity",
    "iec-hs": "Haemophagocytic syndrome (IEC-HS)",
    "cytopenia": "Blood counts",
    "tls": "Tumour lysis",
    "coagulation": "Coagulation",
    "warning": "Early warning",
}


def render() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for toxicity, title in TOXICITIES.items():
        mine = [one for one in SCALES.values() if one.toxicity == toxicity]
        if mine:
            parts += [f"## {title}\n\n", *(_entry(one) for one in mine)]
    used = sorted({one.source for one in SCALES.values()})
    parts.append("## Sources\n\n| source | citation | read in |\n|---|---|---|\n")
    parts += [f"| {id_} | {sources()[id_].citation} | {sources()[id_].read_in} |\n" for id_ in used]
    return "".join(parts)


def _entry(one: scale.Scale) -> str:
    how = "stepped, decides" if one.id in STEPPED else "beside"
    lines = [
        f"### `{one.id}` {one.title}\n\n",
        f"{one.edition}; 0 to {one.highest}; {how}; source {one.source}, {one.verification}.\n\n",
        *(f"- {trap}\n" for trap in one.traps),
    ]
    return "".join(lines) + ("\n" if one.traps else "")
