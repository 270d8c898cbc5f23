"""
Scored exams as the case file holds them: ICE and CAPD, by item or as a total.

A missing item is never pro-rated: the score is then an interval.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from toxmodels.quantities import Record, refuse

__all__ = ["ICE_POINTS", "Capd", "Ice", "Whole"]


def _whole(value: Any) -> Any:
    """JSON and tables write a whole number as 8 or as 8.0: both are 8. Nothing else is changed."""
    return int(value) if type(value) is float and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
ICE_POINTS: Final[dict[str, int]] = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 1,
    "naming": 3,
    "command": 1,
    "writing": 1,
    "attention": 1,
}


class Ice(Record):
    """Immune effector cell encephalopathy score: items, or a total where only that was kept."""

    year: Annotated[Whole, Field(ge=0, le=1)] | None = None
    month: Annotated[Whole, Field(ge=0, le=1)] | None = None
    city: Annotated[Whole, Field(ge=0, le=1)] | None = None
    hospital: Annotated[Whole, Field(ge=0, le=1)] | None = None
    naming: Annotated[Whole, Field(ge=0, le=3)] | None = None
    command: Annotated[Whole, Field(ge=0, le=1)] | None = None
    writing: Annotated[Whole, Field(ge=0, le=1)] | None = None
    attention: Annotated[Whole, Field(ge=0, le=1)] | None = None
    total: Annotated[Whole, Field(ge=0, le=10)] | None = None

    @model_validator(mode="after")
    def _total_agrees(self) -> Self:
        low, high = self.item_bounds()
        if self.total is not None and not low <= self.total <= high:
            raise refuse(
                "ice_total",
                f"total {self.total} does not fit the items, which allow {low} to {high}",
                "leave the total out, or correct the items",
            )
        return self

    def item_bounds(self) -> tuple[int, int]:
        """Lowest and highest total the recorded items allow."""
        low = high = 0
        recorded = vars(self)
        for name, points in ICE_POINTS.items():
            value = recorded[name]
            low += 0 if value is None else value
            high += points if value is None else value
        return low, high


class Capd(Record):
    """Cornell Assessment of Pediatric Delirium: eight items already in points, or the total."""

    items: (
        Annotated[
            tuple[Annotated[Whole, Field(ge=0, le=4)] | None, ...],
            Field(min_length=8, max_length=8),
        ]
        | None
    ) = None
    total: Annotated[Whole, Field(ge=0, le=32)] | None = None

    @model_validator(mode="after")
    def _total_agrees(self) -> Self:
        low, high = self.item_bounds()
        if self.total is not None and not low <= self.total <= high:
            says = f"total {self.total} does not fit the items, which allow {low} to {high}"
            raise refuse("capd_total", says, "leave the total out, or correct the items")
        return self

    def item_bounds(self) -> tuple[int, int]:
        """Lowest and highest total the recorded items allow; a missing item is never pro-rated."""
        items = (None,) * 8 if self.items is None else self.items
        low = sum(item for item in items if item is not None)
        return low, low + 4 * sum(item is None for item in items)

    def bounds(self) -> tuple[int, int]:
        """Lowest and highest total that what was recorded allows."""
        return self.item_bounds() if self.total is None else (self.total, self.total)
