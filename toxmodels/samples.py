"""
What the laboratory has told up to one moment: values, limits, and how long a count was low.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from toxmodels.moment import first_dose_at
from toxmodels.once import once
from toxmodels.records import Case
from toxmodels.site import site

__all__ = ["Samples"]


class Samples:
    """The laboratory values of one patient, read when a rule asks; later samples are invisible."""

    def __init__(self, case: Case, at: datetime) -> None:
        self.case, self.at = case, at
        self._values: dict[str, list[tuple[datetime, float]]] = {}

    @once
    def liver_beyond(self) -> tuple[str, ...]:
        """Liver values beyond the label's multiple of the recorded upper limit."""
        triggers, found = site().triggers, []
        for name, short, factor in (
            ("alt_u_l", "ALT", triggers["blina_alt_x_limit"]),
            ("ast_u_l", "AST", triggers["blina_alt_x_limit"]),
            ("bilirubin_umol_l", "bilirubin", triggers["blina_bilirubin_x_limit"]),
        ):
            values, limit = self.labs(name), self.upper_limit(name)
            if values and limit is not None and values[-1][1] > factor * limit:
                found.append(f"{short} {values[-1][1]:g}, above {factor:g} x {limit:g}")
        return tuple(found)

    @once
    def liver_unread(self) -> bool:
        """Whether a liver value stands without the upper limit it would be held against."""
        names = ("alt_u_l", "ast_u_l", "bilirubin_umol_l")
        return any(self.labs(name) and self.upper_limit(name) is None for name in names)

    def count_below(self, name: str, limit: float, *, old: bool = False) -> bool:
        """
        Whether the newest value of a blood count is below a limit, and new enough to use.

        ``old``: below it, and too old to use. Nobody has seen since that it rose.
        """
        values = self.labs(name)
        if not values or (self.at - values[-1][0] > site().counts_valid) is not old:
            return False
        return values[-1][1] < limit

    def hours_below(self, name: str, limit: float, *, old: bool = False) -> float | None:
        """
        From the first to the newest of the last counts that were all below a limit.

        Only counts since the first dose: what was low before is not of this therapy. Two that lie
        further apart than one may be used begin anew: a gap is never read as low, nor is now.
        """
        start, apart = first_dose_at(self.case.therapy), site().counts_valid
        if start is None or not self.count_below(name, limit, old=old):
            return None
        newest = first = self.labs(name)[-1][0]
        for time, value in reversed(self.labs(name)):
            if value >= limit or time < start or first - time > apart:
                break
            first = time
        return None if newest < start else (newest - first) / timedelta(hours=1)

    def labs(self, name: str) -> list[tuple[datetime, float]]:
        """Values of one analyte so far, oldest first; several rules ask for the same ones."""
        if name in self._values:
            return self._values[name]
        found = [
            (one.taken_at, value)
            for one in self.case.labs or ()
            if one.taken_at <= self.at and (value := getattr(one, name)) is not None
        ]
        self._values[name] = sorted(found)
        return self._values[name]

    def upper_limit(self, name: str) -> float | None:
        """The newest upper limit of normal recorded for an analyte."""
        found = [
            (one.taken_at, limit)
            for one in self.case.labs or ()
            if one.taken_at <= self.at
            and one.upper_limits is not None
            and (limit := one.upper_limits.get(name)) is not None
        ]
        return max(found)[1] if found else None
