"""
Indices: continuous or point scores that are not grades.

They mark risk or count criteria. None of them decides a CRS or ICANS grade.
"""

from toxmodels.indices.catalogue import INDICES, index_named, score
from toxmodels.indices.easix import easix, m_easix, s_easix
from toxmodels.indices.faults import ScoreError, ScoreFault
from toxmodels.indices.index import Index
from toxmodels.indices.keys import Key
from toxmodels.indices.result import Score, ScoreCite, ScoreItem

__all__ = [
    "INDICES",
    "Index",
    "Key",
    "Score",
    "ScoreCite",
    "ScoreError",
    "ScoreFault",
    "ScoreItem",
    "easix",
    "index_named",
    "m_easix",
    "s_easix",
    "score",
]
