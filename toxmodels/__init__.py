"""
toxmodels decides: it grades CRS and ICANS from recorded observations and says why.

Pure and typed; importable without a screen, a database or pandas. It reads no clock and no file
but its own packaged data. Decision support that shows its basis: it orders nothing.
"""

from toxmodels.assess import Assessment, Course, assess, course
from toxmodels.casefile import CaseError, Fault, dump_case, load_case
from toxmodels.drugs import DoseError, DoseResult, dose
from toxmodels.findings import Finding, Grade, Missing
from toxmodels.indices import INDICES, Score, ScoreError, score
from toxmodels.protocols import Advice, Protocol, RuleBookError, read_protocol
from toxmodels.protocols import protocols as _protocols
from toxmodels.records import Case
from toxmodels.scales import SCALES
from toxmodels.sources import sources
from toxmodels.version import VERSION, rules_digest

PROTOCOLS = _protocols()

__all__ = [
    "INDICES",
    "PROTOCOLS",
    "SCALES",
    "VERSION",
    "Advice",
    "Assessment",
    "Case",
    "CaseError",
    "Course",
    "DoseError",
    "DoseResult",
    "Fault",
    "Finding",
    "Grade",
    "Missing",
    "Protocol",
    "RuleBookError",
    "Score",
    "ScoreError",
    "assess",
    "course",
    "dose",
    "dump_case",
    "load_case",
    "read_protocol",
    "rules_digest",
    "score",
    "sources",
]
