"""
What this software is for and what it is not, in the words every page, print and export carries.
"""

from __future__ import annotations

from typing import Final

SHORT: Final = (
    "Decision support, not an alarm and not a monitor; never the only basis for a decision. "
    "Not yet reviewed by a clinician."
)
REVIEW: Final = "The rules of this version have not yet been reviewed by a clinician."
FULL: Final = (
    "toxwatch works out published toxicity grades from values that a clinician types in, and "
    "shows what it based them on. No authority has cleared, approved, certified or CE- or "
    "UKCA-marked it. It is neither an alarm nor a monitor, and no decision may rest on it "
    "alone. Check each value that went in and the source it cites. Whoever deploys it for "
    "clinical use must first settle its regulatory status, complete a safety case of their "
    "own and accept the risks that remain in the hazard log. Whenever in doubt, or whenever "
    "the board is not live, use the bedside chart."
)
