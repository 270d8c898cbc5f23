"""
Protocols: rule files of guidelines, labels and sites, and the advice they give for a situation.

A grade is decided before any protocol is asked, and no protocol can change it.
"""

from toxmodels.protocols.advice import (
    Advice,
    advise,
    if_confirmed,
    no_protocol,
    until_confirmed,
)
from toxmodels.protocols.rulebook import (
    Place,
    Protocol,
    Rule,
    RuleBookError,
    When,
    protocols,
    read_protocol,
)

__all__ = [
    "Advice",
    "Place",
    "Protocol",
    "Rule",
    "RuleBookError",
    "When",
    "advise",
    "if_confirmed",
    "no_protocol",
    "protocols",
    "read_protocol",
    "until_confirmed",
]
