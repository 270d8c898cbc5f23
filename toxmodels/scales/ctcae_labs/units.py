"""Units of laboratory values as wards and laboratories write them."""

from __future__ import annotations

from typing import Final, Literal

from toxmodels.scales.ctcae_labs.rows import Term

_SPELLED: Final = {
    "10^9/l": "10⁹/l",
    "10e9/l": "10⁹/l",
    "x10^9/l": "10⁹/l",
    "10^3/ul": "10⁹/l",
    "10^3/µl": "10⁹/l",
    "10³/µl": "10⁹/l",
    "/ul": "/µl",
    "/mm3": "/µl",
    "/mm³": "/µl",
    "umol/l": "µmol/l",
    "μmol/l": "µmol/l",
    "/μl": "/µl",
}


def place_of_unit(term: Term, unit: str | None) -> int | Literal["unknown"] | None:
    """
    Where a unit stands in the term's list, ``"unknown"`` when it does not, ``None`` when not said.

    Terms that are ratios take any unit, and so does a number that has none.
    """
    if not term.units or term.units == ("",):
        return 0
    if unit is None or not unit.strip():
        return None
    plain = _plain(unit)
    known = [_plain(one) for one in term.units]
    return known.index(plain) if plain in known else "unknown"


def _plain(unit: str) -> str:
    low = unit.strip().replace(" ", "").lower()
    return _SPELLED.get(low, low)
