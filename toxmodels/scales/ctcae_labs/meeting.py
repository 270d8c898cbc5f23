"""
Whether one row is met: yes, no, or not known for want of something nobody recorded.

Numbers are compared as the decimals that were entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from toxmodels.scales.ctcae_labs.rows import Row

BaselineRange = Literal["low", "normal", "high", "not_low", "not_high"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one value; ``None`` is what nobody recorded."""

    value: Decimal
    place: int
    upper_limit: Decimal | None
    lower_limit: Decimal | None
    baseline: Decimal | None
    baseline_range: BaselineRange | None
    stated: dict[str, bool | None]


def is_met(row: Row, known: Known, missing: set[str]) -> bool | None:
    """Whether a row is met; ``None`` (and the names in ``missing``) where that hangs on a gap."""
    state = _state(row, known, missing)
    if state is False:
        return False
    compared = _compared(row, known, missing)
    if compared is False or state is None:
        return compared and None
    return compared


def _state(row: Row, known: Known, missing: set[str]) -> bool | None:
    match row.when:
        case None:
            return True
        case "value_low":
            if known.lower_limit is None:
                missing.add("lower_limit")
                return None
            return known.value < known.lower_limit
        case "baseline_high" | "baseline_not_high":
            high = _baseline_is("high", known, missing)
            return high if row.when == "baseline_high" or high is None else not high
        case "baseline_low" | "baseline_not_low":
            low = _baseline_is("low", known, missing)
            return low if row.when == "baseline_low" or low is None else not low
        case stated:
            answer = known.stated[stated]
            if answer is None:
                missing.add(stated)
            return answer


def _baseline_is(side: Literal["low", "high"], known: Known, missing: set[str]) -> bool | None:
    """Whether the baseline lay above, or below, its limits of normal."""
    lay = known.baseline_range
    if lay in {"low", "normal", "high"}:
        return lay == side
    if lay == f"not_{side}":
        return False
    name = "upper_limit" if side == "high" else "lower_limit"
    limit = known.upper_limit if side == "high" else known.lower_limit
    missing.update(_absent(baseline=known.baseline, **{name: limit}))
    if known.baseline is None or limit is None:
        return None
    return known.baseline > limit if side == "high" else known.baseline < limit


def _absent(**values: Decimal | None) -> Iterator[str]:
    return (name for name, value in values.items() if value is None)


def _compared(row: Row, known: Known, missing: set[str]) -> bool | None:
    if row.fall is not None:
        return _fallen(row, row.fall, known, missing)
    if row.of is None:
        return _is(row.sign, known.value, row.at[known.place])
    limit: Decimal | None = getattr(known, row.of)
    if limit is not None:
        return _is(row.sign, known.value, row.times * limit)
    # An unrecorded baseline that counts only when raised lies above the upper limit.
    if row.when == "baseline_high" and known.upper_limit is not None:
        if known.value <= row.times * known.upper_limit:
            return False
    elif row.sign != "<" and known.value <= 0:
        return False
    missing.add(row.of)
    return None


def _fallen(row: Row, percent: Decimal, known: Known, missing: set[str]) -> bool | None:
    if known.baseline is None:
        missing.add("baseline")
        return None
    fall = (known.baseline - known.value) * 100
    return _is(row.sign, fall, percent * known.baseline)


def _is(sign: Literal[">", ">=", "<"], left: Decimal, right: Decimal) -> bool:
    if sign == "<":
        return left < right
    return left >= right if sign == ">=" else left > right


def exact(value: float) -> Decimal:
    """The decimal that was entered, not the binary number next to it."""
    return Decimal(str(value))


def exact_or_none(value: float | None) -> Decimal | None:
    """The same, where there may be no value."""
    return None if value is None else exact(value)
