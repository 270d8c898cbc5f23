"""
What one sign contributes, for every combination of the classes of its inputs.

Each combination is graded once, by the scalar reader of that sign, on a representative moment.
Combinations that come to the same share one *finding*; a table then holds only its number. Where a
value was recorded but cannot be read, the finding is as wide as all that it might have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from toxmodels.findings import Finding, unsure
from toxmodels.moment import Chart, Moment, Reading
from toxmodels.records import FORMAT, Case, Patient

__all__ = [
    "AT",
    "DATED_BY",
    "MAY_BE_SIGN",
    "SIGN",
    "Bytes",
    "SignTable",
    "blank",
    "read_at",
    "widest",
    "with_readings",
]

Bytes = npt.NDArray[np.uint8]
# A table is made for one moment. Readings a minute apart show which of them dates a finding.
AT: Final = datetime(2000, 1, 2, tzinfo=UTC)


def blank(patient: Patient) -> Moment:
    """A moment at which nothing was recorded."""
    return Chart(Case(format=FORMAT, patient=patient)).moment(AT)


def read_at(value: Any, minutes_ago: int) -> Reading | None:
    """A reading this many minutes old; ``None`` where nobody recorded it."""
    if value is None:
        return None
    return Reading(value, AT - timedelta(minutes=minutes_ago), attributed=False)


def widest(findings: Sequence[Finding]) -> Finding:
    """As wide as all of these: the value that decides between them cannot be read."""
    first = findings[0]
    return unsure(
        first.sign,
        min(one.at_least for one in findings),
        max(one.at_most for one in findings),
        "recorded, and cannot be read",
        missing=first.missing or first.sign,
        cite=first.cite,
        record=first.record,
    )


# The bits of ``SignTable.marks``: a sign for certain, perhaps one, and from here on its source.
SIGN: Final = 1
MAY_BE_SIGN: Final = 2
DATED_BY: Final = 2
Key = tuple[Any, ...]


@dataclass
class SignTable:
    """
    The findings of one sign, and their numbers by the classes of the inputs.

    ``dated``: findings that differ only in the reading that dates them are kept apart.
    """

    shape: tuple[int, ...]
    dated: bool = True
    findings: list[Finding] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    _keys: dict[Key, int] = field(default_factory=dict)
    _numbers: dict[tuple[int, ...], int] = field(default_factory=dict)

    def add(self, place: tuple[int, ...], finding: Finding) -> None:
        """Note the finding of one combination."""
        source = minutes_ago(finding.taken_at) if self.dated else 0
        key = (
            finding.sign,
            finding.at_least,
            finding.at_most,
            finding.missing is None,
            finding.is_usual,
            source,
        )
        if key not in self._keys:
            self._keys[key] = len(self.findings)
            self.findings.append(finding)
            self.sources.append(source)
        self._numbers[place] = self._keys[key]

    def at(self, place: tuple[int, ...]) -> Finding:
        """The finding of one combination."""
        return self.findings[self._numbers[place]]

    def widen(self, axis: int, unreadable: int) -> None:
        """Add the class of unreadable values to one input."""
        groups: dict[tuple[int, ...], list[Finding]] = {}
        for place in self._numbers:
            groups.setdefault((*place[:axis], unreadable, *place[axis + 1 :]), []).append(
                self.at(place)
            )
        for place, findings in groups.items():
            self.add(place, widest(findings))

    @cached_property
    def numbers(self) -> Bytes:
        """The number of the finding by combination, as one flat array, last input fastest."""
        flat = np.zeros(self.shape, dtype=np.uint8)
        for place, number in self._numbers.items():
            flat[place] = number
        return flat.ravel()

    @cached_property
    def marks(self) -> Bytes:
        """What the course asks of each finding: ``SIGN``, ``MAY_BE_SIGN``, what dates it."""
        return _bytes(
            SIGN * (one.at_least > 0) + MAY_BE_SIGN * (one.at_most > 0) + (source << DATED_BY)
            for one, source in zip(self.findings, self.sources, strict=True)
        )


def _bytes(values: Iterable[int]) -> Bytes:
    return np.fromiter(values, dtype=np.uint8)


def minutes_ago(taken_at: datetime | None) -> int:
    """Which of the readings of a representative moment this is; 0 where none."""
    return 0 if taken_at is None else round((AT - taken_at) / timedelta(minutes=1))


def with_readings(moment: Moment, **values: Any) -> Moment:
    """The moment with these readings, one minute apart in the order given."""
    readings: dict[str, Any] = {
        name: read_at(value, n) for n, (name, value) in enumerate(values.items(), start=1)
    }
    return replace(moment, **readings)
