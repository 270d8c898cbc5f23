"""What an answer is: a small frame, a sentence with its n, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

import polars as pl

from toxmodels.cohort.questions import AGE_BANDS, GROUPS, Study

__all__ = ["ALL", "UNKNOWN", "Answer", "framed", "groups", "percent", "survival", "wilson"]

ALL: Final = "all"
UNKNOWN: Final = "not recorded"
_PROPORTION: Final = "statsmodels.stats.proportion"
_SURVIVAL: Final = "statsmodels.duration.survfunc"
_ORDER: Final = {band: place for place, band in enumerate(AGE_BANDS)} | {"low": 0, "high": 1}
TOXICITY: Final = {"crs": "CRS", "icans": "ICANS"}


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One answer.

    ``frame`` is what a CSV holds; ``says`` the sentence beside it; ``missing`` what could not be
    counted, one line each.
    """

    id: str
    title: str
    frame: pl.DataFrame
    says: str
    missing: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """For machines: no NaN, times as text."""
        rows = [{name: _plain(one) for name, one in row.items()} for row in self.frame.to_dicts()]
        return {
            "id": self.id, "title": self.title, "says": self.says,
            "missing": list(self.missing), "rows": rows,
        }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def framed(rows: Sequence[Mapping[str, Any]], *numbers: str) -> pl.DataFrame:
    """Lines as a frame; ``numbers`` stay numbers where no line has one."""
    kinds = dict.fromkeys(numbers, pl.Float64)
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)


def groups(study: Study, by: str | None) -> Iterator[tuple[str, pl.DataFrame]]:
    """Everybody, then the patients of each group; those in no known group come last."""
    yield ALL, study.patients
    if by is None:
        return
    column = GROUPS[by]
    names = study.patients[column].drop_nulls().unique().sort().to_list()
    for name in sorted(names, key=lambda one: _ORDER.get(one, len(_ORDER))):
        yield str(name), study.patients.filter(pl.col(column) == name)
    unknown = study.patients.filter(pl.col(column).is_null())
    if unknown.height:
        yield UNKNOWN, unknown


def wilson(count: int, of: int) -> tuple[float | None, float | None, float | None]:
    """Share, and the ends of its 95 % interval after Wilson; ``None`` where there is nobody."""
    if of == 0:
        return None, None, None
    low, high = import_module(_PROPORTION).proportion_confint(count, of, 0.05, "wilson")
    return count / of, max(0.0, float(low)), min(1.0, float(high))


def survival() -> Any:
    """The survival functions of the library, imported late: they take a second. No types."""
    return import_module(_SURVIVAL)


def percent(share: float | None) -> str:
    """Read as ``12 %``; a share under one in a hundred keeps a decimal."""
    if share is None:
        return "-"
    digits = 1 if 0 < share < 0.01 else 0
    return f"{100 * share:.{digits}f} %"
