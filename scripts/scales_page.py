"""Write docs/scales.md from the registry: every scale with its edition, source and traps."""

from toxmodels.indices import INDICES, Index, score
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
SCORES = """\
## Scores and risk markers

What `toxwatch score` works out by name. None is a grade. Those made of laboratory values alone also
stand under the scales of a patient, before lymphodepletion and now.

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
    parts += [SCORES, *(_score(one) for one in INDICES.values())]
    cited = {one.paper.cite.source for one in INDICES.values()}
    used = sorted({one.source for one in SCALES.values()} | cited)
    parts.append("## Sources\n\n| source | citation | read in |\n|---|---|---|\n")
    parts += [f"| {id_} | {sources()[id_].citation} | {sources()[id_].read_in} |\n" for id_ in used]
    return "".join(parts)


def _score(index: Index) -> str:
    keys = ", ".join(f"`{'` or `'.join((key.name, *key.units))}`" for key in index.keys)
    paper, empty = index.paper, score(index.name)
    when = "; for the days before lymphodepletion alone" if index.before_only else ""
    lines = [
        f"### `{index.name}` {paper.title}\n\n",
        f"source {paper.cite.source}, {paper.verification}{when}. Keys: {keys}.\n\n",
        *(f"- {note}\n" for note in empty.notes),
    ]
    return "".join(lines) + ("\n" if empty.notes else "")


def _entry(one: scale.Scale) -> str:
    how = "stepped, decides" if one.id in STEPPED else "beside"
    lines = [
        f"### `{one.id}` {one.title}\n\n",
        f"{one.edition}; 0 to {one.highest}; {how}; source {one.source}, {one.verification}.\n\n",
        *(f"- {trap}\n" for trap in one.traps),
    ]
    return "".join(lines) + ("\n" if one.traps else "")
