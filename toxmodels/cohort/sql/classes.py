"""
Columns into classes, as SQL: the same cut points as ``coded``, written out as CASE expressions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from toxmodels.cohort import cuts
from toxmodels.cohort.columns import ABOUT, COLUMNS
from toxmodels.cohort.sql.dialects import DIALECTS, LATEST, Dialect
from toxmodels.records import Patient
from toxmodels.scales.branch import CAPD_UP_TO_YEARS, CHILD_BELOW_YEARS, branch
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE
from toxmodels.scales.seizure import PROLONGED_OVER_MIN
from toxmodels.terms import COUNTED_VASOPRESSORS, VASOPRESSIN_LIKE

__all__ = ["BESIDE", "CLASSES", "READ", "classes", "source"]

_KINDS: Final = {
    "text": "text",
    "time": "instant",
    "number": "real",
    "whole number": "real",
    "yes or no": "truth",
    "word": "text",
    "words": "text",
}
# Everything the query reads; what the table does not have is null in every row.
READ: Final = tuple(name for name in COLUMNS if name not in ("patient_id", "taken_at"))
# Columns that grade nothing, and show that a set or an exam was taken.
BESIDE: Final = {
    name: "text" if name in ("temperature_site", "handwriting", "other_signs") else "real"
    for about in ABOUT.values()
    for name in sorted(about)
    if name not in (*COLUMNS, "oxygen", "ice", "capd", "seizure", "rigors", "new_confusion")
} | {"rigors": "truth", "new_confusion": "truth"}


def source(dialect: Dialect, table: str, present: Collection[str]) -> str:
    """The observations with every column there, empty text and NaN read as nobody's record."""
    lines = ["patient_id", "taken_at", f"{dialect.time('taken_at')} AS t"]
    for name in (*READ, *(name for name in BESIDE if name in present)):
        kind = BESIDE.get(name) or _KINDS[COLUMNS[name].holds]
        if name not in present:
            lines.append(f"{dialect.absent(kind)} AS {name}")
        elif kind == "real":
            nan = dialect.is_nan.format(f"CAST({name} AS {dialect.real})")
            lines.append(f"CASE WHEN {nan} THEN NULL ELSE {name} END AS {name}")
        elif kind == "text":
            lines.append(f"NULLIF({name}, '') AS {name}")
        else:
            lines.append(name)
    return f"SELECT\n    {_joined(lines)}\n  FROM {table}"


def classes(dialect: Dialect, present: Collection[str]) -> str:
    """Every input as its class, with the few values the course compares as they are."""
    read = _read(dialect, present)
    lines = ["patient_id", "taken_at", "t", *(f"{text} AS {name}" for name, text in read.items())]
    return f"SELECT\n    {_joined(lines)}\n  FROM source"


def _read(dialect: Dialect, present: Collection[str]) -> dict[str, str]:
    return {
        "heat": _heat(),
        "low": _truth("hypotensive", cuts.TRUTH_UNREADABLE),
        "bolus": _truth("fluid_for_hypotension", cuts.TRUTH_UNREADABLE),
        "judged": _truth("hypoxic", cuts.TRUTH_UNREADABLE),
        "running": _vasopressors(dialect),
        "support": _oxygen_state(),
        "held": _any(["oxygen_device", "oxygen_flow_l_min", "oxygen_reason", "oxygen_fio2"]),
        "ice_place": _score("ice"),
        "capd_place": _score("capd"),
        "ice_least": _bound("ice", "low"),
        "capd_most": _bound("capd", "high"),
        "ice_before": f"COALESCE(baseline_ice, {FULL_SCORE})",
        "capd_before": f"COALESCE(baseline_capd, {POSITIVE_FROM - 1})",
        "capd_usual": f"CASE WHEN baseline_capd >= {_bound('capd', 'high')} THEN 1 ELSE 0 END",
        "awake": _word("consciousness", _places(cuts.AWAKE), cuts.AWAKE_UNREADABLE),
        "motor": _word("motor_weakness", cuts.MOTOR_CLASS, cuts.MOTOR_UNREADABLE),
        "oedema": _word("cerebral_oedema", cuts.OEDEMA_CLASS, cuts.OEDEMA_UNREADABLE),
        "icp": _listed(dialect, "raised_icp", "2", "1", str(cuts.ICP_UNREADABLE)),
        "unable": _listed(dialect, "unable", _UNABLE, "0", "1"),
        "seizure": _word("seizure_kind", _SEIZURES, 3),
        "fit_place": _fit(),
        "branch": _branch(),
        "has_vitals": _taken("vitals", present),
        "has_exam": _taken("neuro", present),
        **{alias: f"COALESCE({_moment(dialect, name)}, 0)" for alias, name in _MOMENTS.items()},
        "listed": _is_true("treatments_recorded"),
        "special": _needs_a_reader(dialect),
    }


_MOMENTS: Final = {
    "first_dose": "first_dose_at",
    "given": "fever_drug_given_at",
    "hidden": "fever_hidden_until",
    "fit_started": "seizure_started_at",
    "since": "crs_since",
    "died": "died_at",
}


def _moment(dialect: Dialect, name: str) -> str:
    return f"CASE WHEN {name} IS NOT NULL THEN {dialect.time(name)} END"


def _joined(lines: Iterable[str]) -> str:
    return ",\n    ".join(lines)


def _case(*whens: tuple[str, str | int], otherwise: str | int) -> str:
    said = " ".join(f"WHEN {when} THEN {then}" for when, then in whens)
    return f"CASE {said} ELSE {otherwise} END"


_COUNTLESS: Final = 1e30  # what has no limit: this far stands for infinite


def _outside(name: str) -> str:
    column = COLUMNS[name]
    parts = [f"{name} < {column.least:g}"] if column.least is not None else []
    parts += [f"{name} > {column.most:g}"] if column.most is not None else []
    if column.most is None:
        parts.append(f"{name} > {_COUNTLESS:g}")
    if column.holds == "whole number":
        parts.append(f"{name} <> FLOOR({name})")
    return " OR ".join(parts) or "FALSE"


def _heat() -> str:
    return _case(
        ("temperature_c IS NULL", 0),
        (_outside("temperature_c"), cuts.TEMPERATURE_UNREADABLE),
        (f"temperature_c >= {cuts.TEMPERATURE[2]}", 2),
        otherwise=1,
    )


def _is_true(name: str) -> str:
    """Written out, because some engines take the number 9 of a register for yes."""
    return f"CASE {name} WHEN TRUE THEN TRUE ELSE FALSE END"


def _truth(name: str, unreadable: int = 0) -> str:
    known = f"CASE {name} WHEN FALSE THEN 1 WHEN TRUE THEN 2 ELSE"
    if unreadable:
        return f"{known} CASE WHEN {name} IS NULL THEN 0 ELSE {unreadable} END END"
    return f"{known} 0 END"


def _places(words: Iterable[str | None]) -> dict[str, int]:
    return {word: place for place, word in enumerate(words) if word is not None}


def _word(name: str, known: dict[str, int], unreadable: int) -> str:
    groups: dict[int, list[str]] = {}
    for word, place in known.items():
        groups.setdefault(place, []).append(f"'{word}'")
    whens = [(f"{name} IN ({', '.join(words)})", place) for place, words in groups.items()]
    return _case((f"{name} IS NULL", 0), *whens, otherwise=unreadable)


_SEIZURES: Final = dict.fromkeys(COLUMNS["seizure_kind"].words, 2) | {"none": 1}


def _cell(name: str) -> str:
    """A cell of several words, each with its own plus on both sides; read only once it matches."""
    return f"CONCAT('+', REPLACE({name}, ' ', ''), '+')"


_UNABLE: Final = f"CASE WHEN {_cell('unable')} LIKE '%+sedated+%' THEN 1 ELSE 2 END"


def _how_many(name: str, words: Iterable[str]) -> str:
    """How many of these words a cell like ``a+b`` holds."""
    found = (
        f"CASE WHEN {_cell(name)} LIKE '%+{word}+%' THEN 1 ELSE 0 END" for word in sorted(words)
    )
    return "(" + "\n      + ".join(found) + ")"


def _is_list(dialect: Dialect, name: str) -> str:
    """Whether a cell holds nothing but words of its column, with ``+`` between them."""
    words = f" *({'|'.join(COLUMNS[name].words)}) *"
    return dialect.matches.format(name, f"^{words}([+]{words})*$")


def _listed(dialect: Dialect, name: str, some: str, none: str, unreadable: str) -> str:
    return _case(
        (f"{name} IS NULL", 0),
        (f"{name} = 'none'", none),
        (_is_list(dialect, name), some),
        otherwise=unreadable,
    )


def _vasopressors(dialect: Dialect) -> str:
    name = "vasopressors"
    return _case(
        (f"{name} IS NULL", 0),
        (f"{name} = 'none'", 1),
        (f"NOT {_is_list(dialect, name)}", cuts.VASOPRESSORS_UNREADABLE),
        (f"{_how_many(name, COUNTED_VASOPRESSORS)} > 1", 5),
        (f"{_how_many(name, COUNTED_VASOPRESSORS)} = 1", 4),
        (f"{_how_many(name, VASOPRESSIN_LIKE)} > 0", 3),
        otherwise=2,
    )


def _oxygen_state() -> str:
    """Device, flow, reason and usual support as one number, as ``cuts.oxygen_code`` has it."""
    device = _word("oxygen_device", _places(cuts.DEVICES), 0)
    reason = _word("oxygen_reason", cuts.REASON_CLASS, 1)
    flow = _case(
        ("oxygen_flow_l_min IS NULL", 0),
        (_outside("oxygen_flow_l_min"), 0),
        (f"oxygen_flow_l_min > {cuts.FLOWS[1]:g}", 2),
        otherwise=1,
    )
    devices, flows, reasons = len(cuts.DEVICES), len(cuts.FLOWS), len(cuts.REASONS)
    step = devices * flows
    return (
        f"{device}\n      + {devices} * {flow}\n      + {step} * {reason}"
        f"\n      + {step * reasons} * {_against_usual()}"
    )


def _against_usual() -> str:
    """How the support stands to the usual one; only where it is said to be the usual one."""
    order = {
        word: cuts.DEVICE_PLACE[place]
        for place, word in enumerate(cuts.DEVICES)
        if word is not None
    }

    def place(name: str) -> str:
        return _case(*((f"{name} = '{word}'", n) for word, n in order.items()), otherwise=-1)

    now, then = place("oxygen_device"), place("baseline_oxygen_device")
    flow, before = _flow("oxygen_flow_l_min"), _flow("baseline_oxygen_flow_l_min")
    same = _case(
        (f"{flow} IS NULL OR {before} IS NULL", 2),
        (f"{flow} > {before}", 3),
        otherwise=4,
    )
    return _case(
        ("oxygen_reason IS NULL OR oxygen_reason <> 'baseline'", 0),
        (f"{now} < 0 OR {then} < 0", 0),
        (f"{now} > {then}", 1),
        (f"{now} < {then}", 5),
        otherwise=same,
    )


def _flow(name: str) -> str:
    return f"CASE WHEN {_outside(name)} THEN NULL ELSE {name} END"


def _any(names: Iterable[str]) -> str:
    return "(" + " OR ".join(f"{name} IS NOT NULL" for name in names) + ")"


def _taken(about: str, present: Collection[str]) -> str:
    """Whether any column of this kind of record holds a value."""
    flag = {"vitals": "vitals_taken", "neuro": "exam_taken"}[about]
    beside = [name for name in BESIDE if name in present and name in ABOUT[about]]
    names = [name for name in READ if name in ABOUT[about] and name != flag]
    return f"({_any([*names, *beside])} OR {_is_true(flag)})"


def _bound(exam: str, end: str) -> str:
    return f"COALESCE({exam}_{end}, {exam}_total)"


def _score(exam: str) -> str:
    """Lowest and highest total as one place, -1 where not recorded, -2 where not readable."""
    low, high = _bound(exam, "low"), _bound(exam, "high")
    most = int(COLUMNS[f"{exam}_total"].most or 0)
    bad = [_outside(f"{exam}_{part}") for part in ("total", "low", "high")]
    half = f"({exam}_low IS NULL) <> ({exam}_high IS NULL)"
    return _case(
        (" OR ".join([*bad, half, f"{exam}_low > {exam}_high"]), -2),
        (f"{low} IS NULL", -1),
        otherwise=f"CAST({low} * {most + 1} + {high} AS integer)",
    )


def _fit() -> str:
    """What a seizure record says of length, recovery, repetition and number, as one number."""
    _, recovery, again, number = cuts.FIT_SHAPE
    bad_count = _outside("seizure_count")
    length = _case(
        ("seizure_duration_min IS NULL", 0),
        (f"{_outside('seizure_duration_min')} OR (seizure_count IS NOT NULL AND ({bad_count}))", 0),
        (f"seizure_duration_min > {PROLONGED_OVER_MIN:g}", 2),
        otherwise=1,
    )
    several = _case((bad_count, 0), ("seizure_count > 1", 1), otherwise=0)
    return (
        f"{length} * {recovery * again * number}"
        f"\n      + {_truth('seizure_resolved')} * {again * number}"
        f"\n      + {_truth('seizure_repetitive')} * {number}\n      + {several}"
    )


def _branch() -> str:
    """0 ICE grades, 1 CAPD grades, 2 either might: by the scalar rule on one age of each class."""
    age = _case(
        ("age_years IS NULL", 0),
        (_outside("age_years"), 0),
        (f"age_years < {CHILD_BELOW_YEARS:g}", 1),
        (f"age_years <= {CAPD_UP_TO_YEARS:g}", 2),
        otherwise=3,
    )
    ages = (None, CHILD_BELOW_YEARS - 1.0, CHILD_BELOW_YEARS, CAPD_UP_TO_YEARS + 1.0)
    place = f"{age} + 4 * {_truth('developmental_delay')}"
    whens = " ".join(
        f"WHEN {4 * truth + n} THEN {_BRANCHES[branch(_aged(years, delay))]}"
        for truth, delay in enumerate((None, False, True))
        for n, years in enumerate(ages)
    )
    return f"CASE {place} {whens} END"


_BRANCHES: Final = {"ice": 0, "capd": 1, "either": 2}


def _aged(years: float | None, delay: bool | None) -> Patient:
    return Patient(id="cohort", age_years=years, developmental_delay=delay)


def _needs_a_reader(dialect: Dialect) -> str:
    """Rows that only the scalar grader can read; their whole patient goes there."""
    lists = [name for name, column in COLUMNS.items() if column.holds == "words"]
    parts = [
        f"t <= 0 OR t >= {LATEST} OR patient_id IS NULL",
        *(f"{name} <> 'none'" for name in ("other_cause", "fixed_ice_deficits")),
        *(_outside(name) for name in ("baseline_ice", "baseline_capd")),
        "seizure_count > 1000",
        f"{_truth('seizure_repetitive', 3)} = 3",
        # A list as JSON, or blanks that are no spaces.
        *(f"NOT {dialect.matches.format(name, _PLAIN)}" for name in lists),
    ]
    return "COALESCE(\n      " + "\n      OR ".join(f"({part})" for part in parts) + ", FALSE)"


_PLAIN: Final = "^[a-zA-Z0-9_+ .,;:()/-]*$"
CLASSES: Final = tuple(name for name in _read(DIALECTS["postgres"], ()))
