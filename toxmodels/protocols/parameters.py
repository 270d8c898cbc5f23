"""Parameters of a rule file: written once, named in conditions, doses and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from toxmodels.casefile import Fault
from toxmodels.casefile.nearest import did_you_mean
from toxmodels.protocols.faults import place_of

__all__ = ["put_parameters", "unused_parameters"]

_NAMED: Final = re.compile(r"\{(\w+)\}")
_FRACTIONS: Final = ("event_rate_",)
_BRACES: Final = "write {name} of a parameter, without blanks, or no braces"
_IN_HEAD: Final = "list it under [parameters]"


class _NotListedError(Exception):
    """A name that the file does not list."""


def put_parameters(raw: Mapping[str, Any], name: str) -> tuple[set[str], list[Fault]]:
    """
    Put the parameters into the rules, in place.

    Returns the names that some rule reads, and what is wrong with the names.
    """
    known = raw.get("parameters", {})
    known = known if isinstance(known, dict) else {}
    used: set[str] = set()
    faults: list[Fault] = []

    def value_of(key: str) -> Any:
        if key not in known:
            raise _NotListedError(key)
        used.add(key)
        return known[key]

    rules = raw.get("rules", [])
    for number, rule in enumerate(rules if isinstance(rules, list) else []):
        if not isinstance(rule, dict):
            continue
        for holder, key, path in _places(rule):
            try:
                holder[key] = _put(holder[key], value_of)
            except _NotListedError as missing:
                place = place_of(name, rules, ("rules", number, *path))
                says = f'parameter "{missing}" is not listed'
                cure = did_you_mean(str(missing), known) or _IN_HEAD
                faults.append(Fault(path=place, says=says, suggestion=cure))
            if isinstance(key, str) and (key.startswith(_FRACTIONS) or "_hours_" in key):
                whole = type(holder[key]) is int  # 24 is as good as 24.0
                holder[key] = float(holder[key]) if whole else holder[key]
        faults += _switches(rule, known, used, place_of(name, rules, ("rules", number)))
        faults += _stray_braces(rule, place_of(name, rules, ("rules", number)))
    return used, faults


def unused_parameters(raw: Mapping[str, Any], used: set[str], name: str) -> Iterator[Fault]:
    """A parameter that no rule reads would be edited in vain."""
    known = raw.get("parameters", {})
    for key in known if isinstance(known, dict) else ():
        if key not in used:
            says = "no rule reads this parameter"
            yield Fault(path=f"{name}, parameters.{key}", says=says, suggestion="remove it")


def _places(rule: dict[str, Any]) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """Every place of a rule that may name a parameter."""
    for part in ("when", "dose"):
        table = rule.get(part)
        if isinstance(table, dict):
            yield from ((table, key, (part, key)) for key in [*table])
    if isinstance(rule.get("advise"), str):
        yield rule, "advise", ("advise",)
    cautions = rule.get("cautions")
    if isinstance(cautions, list):
        yield from ((cautions, index, ("cautions",)) for index in range(len(cautions)))


def _put(value: Any, value_of: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value.startswith("$"):
        return value_of(value[1:])
    return _NAMED.sub(lambda found: _plain(value_of(found[1])), value)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _switches(
    rule: dict[str, Any], known: Mapping[str, Any], used: set[str], where: str
) -> Iterator[Fault]:
    """A rule that stands only while a parameter has one value must be able to stand."""
    when = rule.get("when")
    wanted = when.get("parameter") if isinstance(when, dict) else None
    for key, value in wanted.items() if isinstance(wanted, dict) else ():
        path = f"{where}, when.parameter.{key}"
        if key not in known:
            cure = did_you_mean(key, known) or _IN_HEAD
            yield Fault(path=path, says=f'parameter "{key}" is not listed', suggestion=cure)
            continue
        used.add(key)
        if isinstance(value, str) is not isinstance(known[key], str) or isinstance(
            value, bool
        ) is not isinstance(known[key], bool):
            says = f"{value!r} can never equal the parameter, which is {known[key]!r}"
            yield Fault(path=path, says=says, suggestion="write both in the same way")


def _stray_braces(rule: dict[str, Any], where: str) -> Iterator[Fault]:
    for key in ("advise", "cautions"):
        text = rule.get(key)
        texts = [text] if isinstance(text, str) else text if isinstance(text, list) else []
        if any(isinstance(one, str) and ("{" in one or "}" in one) for one in texts):
            says = "braces are left in the text"
            yield Fault(path=f"{where}, {key}", says=says, suggestion=_BRACES)
