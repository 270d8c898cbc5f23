"""
Where the dialects of SQL differ: times as whole numbers, NaN, types, and tables made of a list.

Times are whole numbers here: microseconds since the year 1, times 64, which leaves room to carry a
class of up to 63 in the same number, and makes 0 a time that nobody can mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["DIALECTS", "LATEST", "STEP", "Dialect", "units"]

STEP: Final = 64  # of a time: one microsecond
_MICROSECOND: Final = timedelta(microseconds=1)
_YEAR_ONE: Final = datetime.min.replace(tzinfo=UTC)
_SINCE_YEAR_ONE: Final = (datetime(1970, 1, 1, tzinfo=UTC) - _YEAR_ONE) // _MICROSECOND
# The year 4500, up to which the numbers fit; later times are cut to it.
LATEST: Final = (datetime(4500, 1, 1, tzinfo=UTC) - _YEAR_ONE) // _MICROSECOND * STEP


def units(span: timedelta) -> int:
    """A span of time in the unit of these numbers."""
    return span // _MICROSECOND * STEP


_WIDTH: Final = 98


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine's way to say what the others say differently; ``{}`` stands for the value."""

    name: str
    microseconds: str
    timestamp: str
    is_nan: str
    matches: str
    latest: str
    whole_part: str
    real: str
    instant: str
    make_table: str
    make_view: str
    listed: str
    text: str = "text"
    counted: str = ""  # how to tell the planner that tables are small, where it does not look

    def time(self, column: str) -> str:
        """A time as a whole number; a time that is missing is taken for the latest."""
        number = f"{self.microseconds.format(column)} + {_SINCE_YEAR_ONE}"
        return f"LEAST({number}, {LATEST // STEP}) * {STEP}"

    def instant_of(self, number: str) -> str:
        """The time that a whole number stands for."""
        whole = self.whole_part.format(number, STEP)
        return self.timestamp.format(f"({whole} - {_SINCE_YEAR_ONE})")

    def absent(self, kind: str) -> str:
        """A column that is not there: null, of the right type."""
        types = {"real": self.real, "instant": self.instant, "text": self.text, "truth": "boolean"}
        return f"CAST(NULL AS {types[kind]})"

    def numbers(self, table: str, column: str, values: Iterable[int], says: str) -> str:
        """A table (place, value) from a list that begins at place 0."""
        text = _wrapped(str(value) for value in values)
        made = self.make_table.format(table)
        return f"-- {says}\n{made}\n{self.listed.format(column=column, text=text)};\n"

    def rows(self, table: str, rows: Iterable[Mapping[str, int | str]], says: str) -> str:
        """A small table written out row by row."""
        rows = list(rows)
        names = ", ".join(rows[0])
        values = ",\n  ".join(f"({', '.join(_literal(v) for v in row.values())})" for row in rows)
        made = self.make_table.format(table)
        return f"-- {says}\n{made}\nSELECT * FROM (VALUES\n  {values}\n) AS listed({names});\n"


def _literal(value: int | str) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _wrapped(words: Iterable[str]) -> str:
    """A list with commas, in lines of a readable length; engines ignore the breaks in it."""
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) + 1 > _WIDTH:
            lines.append(line)
            line = ""
        line += word + ","
    return "\n".join([*lines, line]).rstrip(",")


DIALECTS: Final = {
    one.name: one
    for one in (
        Dialect(
            "postgres",
            microseconds="CAST(EXTRACT(EPOCH FROM {}) * 1000000 AS bigint)",
            timestamp="TIMESTAMP WITH TIME ZONE 'epoch' + {} * INTERVAL '1 microsecond'",
            is_nan="{} = 'NaN'",
            matches="{} ~ '{}'",
            latest="MAX({})",
            counted="ANALYZE {}",
            whole_part="{} / {}",
            real="double precision",
            instant="timestamp with time zone",
            make_table="CREATE TEMPORARY TABLE {} AS",
            make_view="CREATE TEMPORARY VIEW {} AS",
            listed=(
                "SELECT CAST(place - 1 AS integer) AS place, CAST(TRIM(item) AS integer) AS"
                " {column}\nFROM UNNEST(STRING_TO_ARRAY(TRANSLATE('\n{text}\n', E'\\n', ''), ','))"
                " WITH ORDINALITY AS listed(item, place)"
            ),
        ),
        Dialect(
            "duckdb",
            microseconds="EPOCH_US({})",
            timestamp="MAKE_TIMESTAMPTZ({})",
            is_nan="ISNAN({})",
            matches="REGEXP_MATCHES({}, '{}')",
            latest="LAST_VALUE({} IGNORE NULLS)",
            whole_part="{} // {}",
            real="double",
            instant="timestamp with time zone",
            make_table="CREATE OR REPLACE TEMPORARY TABLE {} AS",
            make_view="CREATE OR REPLACE TEMPORARY VIEW {} AS",
            listed=(
                "SELECT CAST(place - 1 AS integer) AS place, CAST(TRIM(item) AS integer) AS"
                " {column}\nFROM UNNEST(STRING_SPLIT(REPLACE('\n{text}\n', CHR(10), ''), ','))"
                " WITH ORDINALITY AS listed(item, place)"
            ),
        ),
        Dialect(
            "spark",
            microseconds="UNIX_MICROS({})",
            timestamp="TIMESTAMP_MICROS({})",
            is_nan="ISNAN({})",
            matches="REGEXP_LIKE({}, '{}')",
            latest="MAX({})",
            whole_part="{} DIV {}",
            real="double",
            instant="timestamp",
            make_table="CREATE OR REPLACE TEMPORARY VIEW {} AS",
            make_view="CREATE OR REPLACE TEMPORARY VIEW {} AS",
            listed=(
                "SELECT place, CAST(TRIM(item) AS integer) AS {column}\nFROM (SELECT"
                " POSEXPLODE(SPLIT(REPLACE('\n{text}\n', '\\n', ''), ',')) AS (place, item))"
            ),
            text="string",
        ),
    )
}
