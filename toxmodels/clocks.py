"""
Hours a chosen protocol sets for the alarms: a fever at grade 1, and the wait for an improvement.

They move alarms and no grade. Where a protocol sets none the site's own limits hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from toxmodels.products import Product

__all__ = ["NO_CLOCKS", "Clocks", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait:
    """
    How long after the first dose against CRS a protocol waits before its next step.

    Empty ``products`` or ``kinds`` are for any; ``grades`` are those of CRS by the ASTCT scale,
    empty where the protocol goes by another one.
    """

    after: Literal["tocilizumab", "corticosteroid"]
    hours: float
    products: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    grades: tuple[int, ...] = ()

    def is_for(self, product: Product | None) -> bool:
        """Whether it is meant for this product; one that nobody recorded fits any kind."""
        if self.products:
            return product is not None and product.id in self.products
        return product is None or not self.kinds or product.kind in self.kinds


@dataclass(frozen=True, slots=True)
class Clocks:
    """
    The clocks of one protocol.

    ``fever_hours``: after how long a fever at grade 1 is called persistent; ``None`` for the
    site's own limit. ``waits``: for each step that waits for an improvement.
    """

    fever_hours: float | None = None
    waits: tuple[Wait, ...] = ()


NO_CLOCKS: Final = Clocks()
