"""
The pharmacist's working sheet: one line a step, every fact used, every reason that blocks.

A sheet lives inside one calculation and is then read off as a ``DoseResult``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from toxmodels.drugs.facts_read import Confidence, DrugFacts, Mark, Warned
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseCite, DoseResult, Unit
from toxmodels.sources import Verification

BASIS: Final[dict[Verification, str]] = {
    "verified": "published",
    "unverified": "professional knowledge: check the label",
    "house": "site default",
}
_WEAKEST_LAST: Final[tuple[Verification, ...]] = ("verified", "house", "unverified")
_FINEST: Final = Decimal("0.001")


def shown(amount: Decimal) -> str:
    """A number as a prescription writes it: no exponent, no trailing zero."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fine(amount: Decimal) -> Decimal:
    """The amount to a thousandth of its unit: far below what can be measured."""
    with localcontext(prec=400):  # whatever a file may hold has a thousandth
        return amount.quantize(_FINEST, rounding=ROUND_HALF_EVEN)


def hours_shown(hours: Decimal) -> str:
    """Hours to a hundredth, rounded down: a second short of a limit must not read as the limit."""
    return shown(hours.quantize(Decimal("0.01"), rounding=ROUND_DOWN))


@dataclass(slots=True)
class Sheet:
    """What has been worked out so far."""

    drug: str
    unit: Unit
    table: DrugFacts
    inputs: DoseInputs
    note: str = ""
    schedule: str | None = None
    arithmetic: str = ""
    steps: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    confirm: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    contraindications: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    offered: tuple[Decimal, Decimal] | None = None
    earliest_at: datetime | None = None
    doses_given: int | None = None
    doses_left: int | None = None

    def use(self, fact: str) -> Decimal:
        """Take a number that decides the dose: its mark then counts for the whole dose."""
        found = self.table.fact[fact]
        self.cite(found)
        return found.value

    def cite(self, mark: Mark) -> None:
        """Let this mark count for the dose."""
        if mark not in self.marks:
            self.marks.append(mark)

    def block(self, reason: str) -> None:
        """Add a reason against the dose, once."""
        if reason not in self.blocks:
            self.blocks.append(reason)

    def capped(self, amount: Decimal, cap: Decimal, unit: str, line: str) -> Decimal:
        """Write the product and its cap; give back the lower of the two."""
        amount = fine(amount)
        if amount > cap:
            self.step(f"{line} = {shown(amount)} {unit}, capped at {shown(cap)} {unit}")
            return cap
        self.step(f"{line} = {shown(amount)} {unit}")
        self.steps.append(f"cap {shown(cap)} {unit}: not reached")
        return amount

    def choose(self, low: Decimal, high: Decimal, line: str) -> Decimal | None:
        """
        Take the dose that somebody chose within a range; without a choice show both ends and block.

        Whoever calls has held both ends against every limit of the drug.
        """
        low, high, asked = fine(low), fine(high), self.inputs.dose_mg
        ends = f"{shown(low)} to {shown(high)} mg"
        if asked is None:
            self.step(line)
            self.offered = (low, high)
            self.block(f"dose_mg is needed: choose {ends}")
            return None
        if not low <= asked <= high:
            self.block(f"{shown(asked)} mg is outside {ends}")
            return None
        self.step(f"{line}: {shown(asked)} mg chosen")
        return asked

    def step(self, line: str) -> None:
        """Write one line; the first is the arithmetic itself."""
        self.steps.append(line)
        if not self.arithmetic:
            self.arithmetic = line

    def warn(self, drug: str | None = None) -> None:
        """Put the safety card beside the dose; what the patient is known to have comes first."""
        recorded = " | ".join((*self.inputs.conditions, *self.inputs.allergies)).lower()
        for warned, into in (
            *((one, self.contraindications) for one in self.table.contraindication),
            *((one, self.cautions) for one in self.table.caution),
        ):
            if warned.drug is not None and warned.drug != drug:
                continue
            line = self._worded(warned)
            if any(word in recorded for word in warned.recorded):
                into.insert(0, f"recorded in this patient: {line}")
                self.confirm.append(f"recorded in this patient: {warned.says}")
            else:
                into.append(line)

    @staticmethod
    def _worded(warned: Warned) -> str:
        return warned.says if warned.verification == "verified" else f"{warned.says} (unverified)"

    def read(self, dose: Decimal | None) -> DoseResult:
        """Read off the result: the dose only where nothing blocks it."""
        if dose is None and not self.blocks:
            raise ValueError(f"{self.drug}: no dose and no reason")
        allowed = not self.blocks
        low, high = self._open_range()
        verification, confidence = self._weakest()
        cites = tuple(dict.fromkeys((mark.source, mark.at) for mark in self.marks))
        return DoseResult(
            drug=self.drug,
            dose=float(dose) if allowed and dose is not None else None,
            dose_low=low,
            dose_high=high,
            unit=self.unit,
            arithmetic=self.arithmetic or "no dose worked out",
            steps=tuple(self.steps),
            allowed=allowed,
            blocked_by="; ".join(self.blocks) or None,
            earliest_at=self.earliest_at,
            schedule=self.schedule,
            doses_given=self.doses_given,
            doses_left=self.doses_left,
            confirm=tuple(self.confirm),
            cautions=tuple(self.cautions),
            contraindications=tuple(self.contraindications),
            note="; ".join(part for part in (self.table.note, self.note) if part),
            basis=BASIS[verification],
            verification=verification,
            confidence=confidence,
            cite=DoseCite(source=cites[0][0], at=cites[0][1]),
            cites=tuple(DoseCite(source=source, at=at) for source, at in cites),
        )

    def _open_range(self) -> tuple[float, float] | tuple[None, None]:
        """The ends to choose from, only where the choice is all that is missing."""
        if self.offered is None or len(self.blocks) != 1:
            return None, None
        return float(self.offered[0]), float(self.offered[1])

    def _weakest(self) -> tuple[Verification, Confidence | None]:
        """The mark of the least certain fact the dose rests on."""
        weakest = max(self.marks, key=lambda mark: _WEAKEST_LAST.index(mark.verification))
        order: tuple[Confidence, ...] = ("high", "medium", "low")
        held = [mark.confidence for mark in self.marks if mark.confidence is not None]
        return weakest.verification, max(held, key=order.index) if held else None
