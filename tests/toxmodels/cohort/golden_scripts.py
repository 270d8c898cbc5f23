"""
The committed scripts, and how to write them anew:

    python3 -m tests.toxmodels.cohort.golden_scripts

Version and digest change with every line of the source and are left out: what remains changes only
when a rule, a limit or the query does.
"""

from __future__ import annotations

from pathlib import Path

from toxmodels.cohort.sql import DIALECTS, to_sql
from toxmodels.version import VERSION, rules_digest

GOLDEN = Path(__file__).parent / "golden"
RENEW = "python3 -m tests.toxmodels.cohort.golden_scripts"


def script(dialect: str) -> str:
    """The script as it is committed."""
    whole = to_sql(dialect, treatments="treatments").replace(rules_digest(), "DIGEST")
    return whole.replace(f"toxwatch {VERSION}", "toxwatch VERSION")


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in DIALECTS:
        (GOLDEN / f"{name}.sql").write_text(script(name), encoding="utf-8", newline="\n")
