"""
A site's own protocol: read like a packaged one, but never mistaken for it.

A site copies a file, gives it its own id and edits it. What it changed is its own decision, and
a mark that was earned by the published text does not go with the change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from toxmodels.casefile import Fault
from toxmodels.protocols.faults import RuleBookError
from toxmodels.protocols.rulebook import Protocol, Rule, protocols, read_protocol

__all__ = ["overstated", "read_site_protocol", "site_copy"]

_DECIDES: Final = ("scale", "grades", "term", "when", "step", "advise", "drug", "dose", "cautions")


def read_site_protocol(text: str, name: str) -> Protocol:
    """
    Read a site's own rule file; ``name`` is what messages call it.

    Raises:
        RuleBookError: as ``read_protocol``, and where it could be taken for a packaged protocol.

    """
    found = read_protocol(text, name)
    faults: list[Fault] = []
    if found.id in protocols():
        says = f'"{found.id}" is a packaged protocol'
        cure = f'give yours its own, as "our-{found.id}", and begin the id of each rule with it'
        faults.append(Fault(path=f"{name}, id", says=says, suggestion=cure))
    if found.kind != "site":
        says = f'"{found.kind}" is for published texts'
        faults.append(Fault(path=f"{name}, kind", says=says, suggestion='write "site"'))
    if faults:
        raise RuleBookError(faults)
    return found


def site_copy(packaged: Protocol, id_: str) -> str:
    """
    The file of a packaged protocol as a site's own, under its own id.

    Raises:
        RuleBookError: the id cannot be used.

    """
    name = f"{packaged.id.replace('-', '_')}.toml"
    text = files("toxmodels.protocols").joinpath(name).read_text(encoding="utf-8")
    text = re.sub(
        rf'^(id\s*=\s*"){re.escape(packaged.id)}(?=["/])', rf"\g<1>{id_}", text, flags=re.M
    )
    text = re.sub(r'^kind\s*=\s*"\w+"', 'kind = "site"', text, count=1, flags=re.M)
    read_site_protocol(text, id_)
    return text


def overstated(found: Protocol, name: str) -> Iterator[Fault]:
    """Rules that were changed from the packaged ones and still carry the mark of the source."""
    for rule in found.rules:
        if rule.verification == "house":
            continue
        origins = [
            one
            for packaged in protocols().values()
            for one in packaged.rules
            if (_tail(one), one.cite) == (_tail(rule), rule.cite)
        ]
        changes = [_changed(rule, one) for one in origins]
        if origins and all(changes):
            says = f"differs from {origins[0].id} in {', '.join(changes[0])} and is still marked"
            says += f" as {rule.verification}, as its source is"
            cure = 'write basis = "house", verification = "house" and no confidence'
            yield Fault(path=f'{name}, rule "{rule.id}"', says=says, suggestion=cure)


def _tail(rule: Rule) -> str:
    return rule.id.partition("/")[2]


def _changed(rule: Rule, origin: Rule) -> list[str]:
    return [key for key in _DECIDES if getattr(rule, key) != getattr(origin, key)]
