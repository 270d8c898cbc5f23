"""
The course as SQL: episodes of both scales and the fever waiver, as "latest row where ...".

The logic of ``crs_course`` and ``episodes``. CRS is followed in two readings of the records, one
of what is certain and one that allows for what was not recorded; both, and ICANS, advance together,
so that the query has four layers of windows here and no more.
"""

from __future__ import annotations

from typing import Final

from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.sql.dialects import Dialect, units
from toxmodels.cohort.sql.windows import Windows, counted_before, highest_before
from toxmodels.site import site

__all__ = ["episodes"]

# Each reading, and where it takes fever to be hidden by a drug.
_READINGS: Final = {"certain": "masked", "possible": "(masked OR mask_unknown)"}


def episodes(dialect: Dialect) -> list[tuple[str, str]]:
    """The parts of the query that follow the episodes: (name, text)."""
    windows = Windows(dialect)
    return [
        ("signs_before", _signs_before(windows)),
        ("endings", _endings()),
        ("ends_before", _ends_before(windows)),
        ("killings", _killings()),
        ("kills_before", _kills_before(windows)),
        ("moves", _moves()),
        ("marks", _marks(windows)),
        ("standing", _standing()),
        ("graded", _graded()),
    ]


def _part(source: str, *lines: str) -> str:
    return "\n  SELECT " + ",\n    ".join((f"{source}.*", *lines)) + f"\n  FROM {source}"


def _signs_before(windows: Windows) -> str:
    lines = []
    for reading in _READINGS:
        fever, organ, sign_at = (f"{reading}_{one}" for one in ("fever", "organ", "sign_at"))
        lines += [
            f"{windows.before(f'({fever} OR {organ})')} AS {reading}_sign_before",
            f"{highest_before(f'kept AND {sign_at} > 0', sign_at)} AS {reading}_sign_time_before",
            f"{windows.before(fever)} AS {reading}_fever_before",
        ]
    return _part("neuro", *lines, f"{windows.before('neuro_sign')} AS neuro_before")


def _endings() -> str:
    """A complete sign-free set, or a complete clear exam, a day after the latest sign."""
    day, lines = units(site().sign_free), []
    for reading in _READINGS:
        latest = f"GREATEST({reading}_sign_time_before, {reading}_sign_at)"
        lines.append(
            f"clean_at > 0 AND {latest} > 0 AND clean_at - {latest} >= {day} AS {reading}_ends"
        )
    clear = f"neuro_clear AND neuro_before > 0 AND t - neuro_before >= {day} AS neuro_ends"
    return _part("signs_before", *lines, clear)


def _ends_before(windows: Windows) -> str:
    names = ("certain", "possible", "neuro")
    return _part(
        "endings", *(f"{windows.before(f'{name}_ends')} AS {name}_end_before" for name in names)
    )


def _killings() -> str:
    """CRS is over where no drug hides fever; ICANS begins where it was not going on, or ends."""
    lines = [
        f"NOT {masked} AND ({reading}_end_before > {reading}_sign_before OR {reading}_ends)"
        f" AS {reading}_killed"
        for reading, masked in _READINGS.items()
    ]
    going_on = "neuro_before > 0 AND neuro_before > neuro_end_before"
    return _part(
        "ends_before",
        *lines,
        f"neuro_sign AND NOT ({going_on}) AS neuro_begins",
        f"neuro_ends AND {going_on} AS neuro_ended",
    )


def _kills_before(windows: Windows) -> str:
    return _part(
        "killings",
        *(
            f"{windows.before(f'{reading}_killed')} AS {reading}_kill_before"
            for reading in _READINGS
        ),
        f"{windows.before('neuro_begins')} AS neuro_begun_before",
        f"{windows.before('neuro_ended')} AS neuro_over_before",
        f"{counted_before('neuro_begins')} AS neuro_number_before",
    )


def _moves() -> str:
    """Where an episode begins, and where a sign re-opens one that a drug may have hidden."""
    lines = []
    for reading, masked in _READINGS.items():
        fever = f"{reading}_fever"
        ran = f"{reading}_fever_before > 0 AND {reading}_fever_before >= {reading}_kill_before"
        relieved = f"{reading}_end_before > {reading}_sign_before"
        lines += [
            f"{fever} AND NOT ({ran}\n      AND NOT ({relieved} AND NOT {masked}))"
            f" AS {reading}_begins",
            f"{ran} AND {relieved}\n      AND {masked} AND {reading}_organ AND NOT {fever}"
            f" AS {reading}_reopens",
        ]
    return _part("kills_before", *lines)


def _now(where: str, earlier: str, value: str = "t") -> str:
    """The latest time at which it held, this row included, from that before this row."""
    return f"CASE WHEN {where} THEN GREATEST({value}, {earlier}) ELSE {earlier} END"


def _marks(windows: Windows) -> str:
    lines = []
    for reading in _READINGS:
        begins, fever_at = f"{reading}_begins", f"{reading}_fever_at"
        onset = highest_before(f"kept AND {begins}", fever_at)
        reopens, sign = f"{reading}_reopens", f"({reading}_fever OR {reading}_organ)"
        lines += [
            f"{_now(begins, windows.before(begins))} AS {reading}_begun",
            f"{_now(begins, onset, fever_at)} AS {reading}_onset_at",
            f"{_now(reopens, windows.before(reopens))} AS {reading}_reopened_at",
            f"{_now(f'{reading}_fever', f'{reading}_fever_before')} AS {reading}_fever_latest",
            f"{_now(f'{reading}_killed', f'{reading}_kill_before')} AS {reading}_kill_latest",
            f"{_now(f'{reading}_ends', f'{reading}_end_before')} AS {reading}_end_latest",
            f"{_now(sign, f'{reading}_sign_before')} AS {reading}_sign_latest",
        ]
    return _part(
        "moves",
        *lines,
        f"{counted_before('certain_begins')} + CASE WHEN certain_begins THEN 1 ELSE 0 END"
        " AS crs_episode",
        "neuro_number_before + CASE WHEN neuro_begins THEN 1 ELSE 0 END AS icans_episode",
        f"{_now('neuro_begins', 'neuro_begun_before')} AS icans_onset",
        f"{_now('neuro_ended', 'neuro_over_before')} AS neuro_over_latest",
    )


def _standing() -> str:
    """Open, relieved while a drug may hide fever, re-opened; and whether fever is waived."""
    lines = []
    for reading in _READINGS:
        running = f"{reading}_fever_latest > 0 AND {reading}_fever_latest >= {reading}_kill_latest"
        over = f"{reading}_end_latest > {reading}_sign_latest"
        lines += [
            f"{running} AND NOT {over} AS {reading}_open",
            f"{running} AND {over} AS {reading}_relieved",
            f"{reading}_reopened_at > {reading}_begun AS {reading}_reopened",
            f"given > 0 AND given >= {reading}_onset_at AS {reading}_given",
        ]
    return _part("marks", *lines)


def _graded() -> str:
    """The waiver (0 none, 1 perhaps, 2 for certain), and the grade of CRS."""
    of_fever, of_waiver, of_pressure = crs_tables().steps
    waiver = """CASE
      WHEN certain_open AND (certain_reopened OR certain_given) THEN 2
      WHEN possible_relieved OR (possible_open AND (possible_reopened OR possible_given
        OR NOT recorded)) THEN 1
      ELSE 0 END"""
    return f"""
  SELECT waived.*, crs_of.packed AS crs,
    CASE WHEN certain_begun = 0 THEN 'none' WHEN certain_open THEN 'open'
      WHEN certain_relieved THEN 'resolved_on_therapy' ELSE 'resolved' END AS crs_status,
    CASE WHEN icans_onset = 0 THEN 'none' WHEN neuro_over_latest > icans_onset THEN 'resolved'
      ELSE 'open' END AS icans_status
  FROM (SELECT standing.*, {waiver} AS waiver FROM standing) AS waived
  LEFT JOIN toxwatch_crs AS crs_of ON crs_of.place
    = fever * {of_fever} + waiver * {of_waiver} + pressure * {of_pressure} + oxygen"""
