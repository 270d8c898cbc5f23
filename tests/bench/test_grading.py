"""Grading against merely reading the same records: bare validation by pydantic is one unit."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import pytest

from tests.bench.report import Figures
from tests.sample_data.ward import CASE_TEXTS
from toxmodels import Case, assess, course, load_case
from toxmodels.course import Walk
from toxmodels.scales import STEPPED

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 15
SHORT_ROUNDS = 61  # of a few milliseconds each: the pace of a shared machine changes within seconds
AIM = 10.0
# A stay of four weeks with all kinds of records, and the one moment of it that is graded below.
STAY = "demo-10"
ADVICE_AIM = 5.0
EXPLAINED_AIM_US = 25.0
UNIT = "the two grades"


def _one_moment(case: Case) -> str:
    """The patient, the therapy, and the newest set of vital signs and exam alone."""
    told = json.loads(CASE_TEXTS[STAY])
    small: dict[str, Any] = {key: told[key] for key in ("format", "patient", "therapy")}
    for section in ("vitals", "neuro"):
        small[section] = [max(told[section], key=lambda one: one["taken_at"])]
        small[section][0]["taken_at"] = max(one.taken_at for one in case.vitals or ()).isoformat()
    small["treatments"] = []
    return json.dumps(small)


def _cpu_us(work: Callable[[], object], times: int) -> float:
    began = time.thread_time_ns()
    for _ in range(times):
        work()
    return (time.thread_time_ns() - began) / 1e3 / times


def _interleaved(
    works: Mapping[str, Callable[[], object]], times: Mapping[str, int], rounds: int = ROUNDS
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()  # the rule files are read once
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(_cpu_us(work, times[name]))
    return found


def _compare(
    figures: Figures, group: str, found: dict[str, list[float]], aims: Mapping[str, float]
) -> None:
    unit = found["bare validation"]
    figures.add(group, "bare validation", [one / 1e3 for one in unit], "ms")
    for name, values in found.items():
        if name == "bare validation":
            continue
        ratios = [value / base for value, base in zip(values, unit, strict=True)]
        figures.add(
            group, f"{name} ({median(values) / 1e3:.2f} ms)", ratios, "times bare", aims.get(name)
        )


def test_advice_against_the_grade_alone(figures: Figures):
    case = load_case(CASE_TEXTS[STAY])
    at = max(one.taken_at for one in (*(case.vitals or ()), *(case.neuro or ())))

    def grade_only() -> None:
        last = Walk(case).steps(at)[-1]
        for scale in STEPPED:
            last.grade(scale)

    works: dict[str, Callable[[], object]] = {
        UNIT: grade_only,
        "flags and what is due": lambda: assess(case, at=at),
    }
    works |= {
        f"with advice by {one}": lambda one=one: assess(case, at=at, protocol=one)
        for one in ("blinatumomab-us", "nccn-2026-2")
    }
    found = _interleaved(works, dict.fromkeys(works, 3))
    unit = found[UNIT]
    figures.add(
        "28-day case, against its grades alone", UNIT, [one / 1e3 for one in found.pop(UNIT)], "ms"
    )
    for name, values in found.items():
        ratios = [value / base for value, base in zip(values, unit, strict=True)]
        label = f"{name} ({median(values) / 1e3:.2f} ms)"
        aim = ADVICE_AIM if "advice" in name else None
        figures.add("28-day case, against its grades alone", label, ratios, "times", aim)


def test_one_time_point(figures: Figures):
    text = _one_moment(load_case(CASE_TEXTS[STAY]))
    case = load_case(text)
    works = {
        "bare validation": lambda: Case.model_validate_json(text),
        "assess": lambda: assess(case),
        "load_case": lambda: load_case(text),
    }
    times = {"bare validation": 40, "assess": 8, "load_case": 8}
    found = _interleaved(works, times, SHORT_ROUNDS)
    _compare(figures, "one time point", found, {"assess": AIM})


def test_a_stay_of_28_days(figures: Figures):
    text = CASE_TEXTS[STAY]
    case = load_case(text)
    works = {
        "bare validation": lambda: Case.model_validate_json(text),
        "assess at its end": lambda: assess(case),
        "course of all its points": lambda: course(case),
        "load_case": lambda: load_case(text),
    }
    times = dict.fromkeys(works, 1) | {"bare validation": 4, "assess at its end": 2}
    found = _interleaved(works, times)
    points = len(course(case).points)
    found[f"course, for each of {points} points"] = [
        value / points for value in found["course of all its points"]
    ]
    _compare(figures, "28-day case", found, {"assess at its end": AIM})
    each = [
        (read + graded) / points / len(STEPPED)
        for read, graded in zip(
            found["bare validation"], found["course of all its points"], strict=True
        )
    ]
    what = "one grade: its records validated, explained, in its course"
    figures.add("28-day case", what, each, "µs", EXPLAINED_AIM_US)
