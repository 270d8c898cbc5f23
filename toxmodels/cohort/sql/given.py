"""
Treatments as SQL: which drug that waives fever came last, and until when any may hide it.

As in ``cohort.treatments``, by one window over observations and treatments together. A drug whose
name may be a slip of one that matters cannot be read here, nor can a treatment without its drug or
its time: those patients are marked ``one_by_one``, and ``toxwatch grade`` names what is wrong. A
treatment without a patient may be anybody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final

from toxmodels.casefile import vocabulary
from toxmodels.cohort.sql.classes import CLASSES
from toxmodels.cohort.sql.dialects import LATEST, Dialect, units
from toxmodels.drugs.fever_classes import brand_names, classes, masking_window, neighbours

__all__ = ["drug_tables", "given_parts"]

_REPLACED: Final = ("given", "hidden", "listed", "special")
_KEPT: Final = tuple(name for name in CLASSES if name not in _REPLACED)
_UP_TO: Final = "OVER (PARTITION BY patient_id ORDER BY t, is_row ROWS UNBOUNDED PRECEDING)"
_LONGEST_NAME: Final = 80


def drug_tables(dialect: Dialect) -> Iterator[str]:
    """The drugs that waive or hide fever, for how long, and what a slip of them looks like."""
    minute = timedelta(minutes=1)
    windows = {name: masking_window(name) or timedelta(0) for name in sorted(classes())}
    yield dialect.rows(
        "toxwatch_fever_drugs",
        ({"drug": name, "hides_min": window // minute} for name, window in windows.items()),
        "drugs that waive fever, and how many minutes after the last dose they may hide it",
    )
    yield dialect.rows(
        "toxwatch_other_names",
        (
            {"drug": name, "slip": slip}
            for slip, names in ((1, sorted(brand_names())), (0, sorted(neighbours())))
            for name in names
        ),
        "brand names, which are not read as a drug (1), and near names of other drugs (0)",
    )
    yield dialect.rows(
        "toxwatch_drug_letters",
        (
            {"drug": name, "letter": letter, "times": times}
            for name in windows
            for letter, times in sorted(Counter(name).items())
        ),
        "the letters of each drug that waives fever, to know a slip by",
    )


def given_parts(dialect: Dialect, table: str, columns: Collection[str]) -> list[tuple[str, str]]:
    """The parts of the query between the classes and the look-ups: (name, text)."""
    return [
        ("slips", _slips(table)),
        ("treatments_read", _read(dialect, table, columns)),
        ("timeline", _timeline()),
        ("treated", _treated(table)),
        ("observed", "\n  SELECT * FROM treated WHERE is_row = 1"),
    ]


def _slips(table: str) -> str:
    """
    Names that may be a slip of a drug that matters; a superset of what the case file refuses.

    Letters in common bound from above how alike two names are, whatever their order.
    """
    return f"""
  SELECT DISTINCT given_names.drug
  FROM (
    SELECT named.drug, letters.drug AS known,
      SUM(LEAST(letters.times,
        LENGTH(named.drug) - LENGTH(REPLACE(named.drug, letters.letter, '')))) AS common
    FROM (SELECT DISTINCT drug FROM {table} WHERE drug IS NOT NULL) AS named
    CROSS JOIN toxwatch_drug_letters AS letters
    GROUP BY named.drug, letters.drug) AS given_names
  LEFT JOIN toxwatch_fever_drugs AS known_drugs ON known_drugs.drug = given_names.drug
  LEFT JOIN toxwatch_other_names AS other ON other.drug = LOWER(TRIM(given_names.drug))
  WHERE known_drugs.drug IS NULL
    AND NOT (COALESCE(other.slip, 1) = 0 AND other.drug = given_names.drug)
    AND (given_names.drug <> LOWER(TRIM(given_names.drug))
      OR other.slip = 1
      OR 2 * common >= {vocabulary._NEAR_DRUG} * (LENGTH(given_names.drug) + LENGTH(known))
      OR REPLACE(given_names.drug, known, '') <> given_names.drug
      OR (LENGTH(given_names.drug) >= {vocabulary._SHORTEST_FORM}
        AND SUBSTR(known, 1, LENGTH(given_names.drug)) = given_names.drug)
      OR LENGTH(given_names.drug) NOT BETWEEN 2 AND {_LONGEST_NAME})"""


def _read(dialect: Dialect, table: str, columns: Collection[str]) -> str:
    """Each treatment with what it means for fever; one that is not over hides it for ever."""
    stopped = dialect.time("stopped_at")
    ended = f"CASE WHEN stopped_at IS NOT NULL THEN {stopped} ELSE {dialect.time('given_at')} END"
    source = ", ".join(
        name if name in columns else f"{dialect.absent(kind)} AS {name}"
        for name, kind in (
            ("patient_id", "text"),
            ("given_at", "instant"),
            ("drug", "text"),
            ("stopped_at", "instant"),
            ("interval_h", "real"),
        )
    )
    nan = dialect.is_nan.format(f"CAST(interval_h AS {dialect.real})")
    minute = units(timedelta(minutes=1))
    return f"""
  SELECT /*+ BROADCAST(slips) */ patient_id,
    {dialect.time("given_at")} AS t,
    CASE WHEN known_drugs.drug IS NOT NULL THEN {dialect.time("given_at")} END AS given_at,
    CASE WHEN known_drugs.drug IS NULL THEN NULL
      WHEN stopped_at IS NULL AND interval_h IS NOT NULL AND NOT {nan} THEN {LATEST}
      ELSE LEAST({ended} + hides_min * {minute}, {LATEST}) END AS hidden_until,
    CASE WHEN slips.drug IS NOT NULL OR treatment.drug IS NULL OR given_at IS NULL
      THEN 1 ELSE 0 END AS unread
  FROM (SELECT {source} FROM {table}) AS treatment
  LEFT JOIN toxwatch_fever_drugs AS known_drugs ON known_drugs.drug = treatment.drug
  LEFT JOIN slips ON slips.drug = treatment.drug"""


def _timeline() -> str:
    """Observations and treatments together, the treatments of a time before its observation."""
    names = ", ".join((*_KEPT, "listed", "special"))
    nothing = ", ".join("NULL" for _ in (*_KEPT, "listed", "special"))
    return f"""
  SELECT patient_id, taken_at, t, 1 AS is_row, CAST(NULL AS bigint) AS given_at,
    CAST(NULL AS bigint) AS hidden_until, 0 AS unread, {names}
  FROM classes
  UNION ALL
  SELECT patient_id, NULL, t, 0, given_at, hidden_until, unread,
    {nothing}
  FROM treatments_read"""


def _treated(table: str) -> str:
    kept = ", ".join(_KEPT)
    return f"""
  SELECT patient_id, taken_at, t, is_row, {kept},
    COALESCE(MAX(given_at) {_UP_TO}, 0) AS given,
    COALESCE(MAX(hidden_until) {_UP_TO}, 0) AS hidden,
    listed OR MIN(is_row) OVER (PARTITION BY patient_id) = 0 AS listed,
    special OR MAX(unread) OVER (PARTITION BY patient_id) = 1
      OR (SELECT COUNT(*) FROM {table} WHERE patient_id IS NULL) > 0 AS special
  FROM timeline"""
