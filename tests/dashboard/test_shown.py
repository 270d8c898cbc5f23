"""What a screen shows is what was graded, and nothing too old counts as current."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from dashboard.parts.forms.sheet import shown_value
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import case, vitals
from tests.sample_data.ward import CASE_TEXTS
from toxmodels import Case, assess, load_case
from toxmodels.course import Walk
from toxmodels.scales.astct_crs import FEVER_C
from toxmodels.site import site

VITAL = ("temperature_c", "hypotensive", "vasopressors", "oxygen", "systolic_mmhg", "spo2_percent")
NEURO = ("ice", "capd", "consciousness")


def test_no_temperature_is_shown_on_the_other_side_of_the_limit(
    report: Callable[..., None],
) -> None:
    """Every hundredth of a degree, as a file may hold it and as the form stores it."""
    tried = wrong = control = 0
    for hundredths in range(3500, 4201):
        typed = hundredths / 100
        control += (float(f"{typed:.1f}") >= FEVER_C) != (typed >= FEVER_C)
        for graded in (typed, shown_value(typed, 1)):
            told = case("p", NOW, sets=[vitals(NOW, temperature_c=graded)], exams=[])
            fever = _fever(load_case(json.dumps(told)))
            shown = re.search(r"\d+(\.\d+)?", fever.value or "")
            assert shown is not None
            tried += 1
            wrong += (float(shown[0]) >= FEVER_C) != (fever.at_least == 1)
    report("P-24", n=tried, bad=wrong, control_bad=control)
    assert wrong == 0
    assert control == 5


def _fever(patient: Case):
    found = assess(patient, at=NOW).grades["astct-crs-2019"].findings
    return next(one for one in found if one.sign == "fever")


def test_nothing_older_than_its_validity_counts(report: Callable[..., None]) -> None:
    chance = random.Random(22)
    counted = late = control = 0
    for text in CASE_TEXTS.values():
        patient = load_case(text)
        walk = Walk(patient)
        first, last = walk.chart.times()[0], walk.chart.times()[-1]
        for _ in range(12):
            at = first + chance.random() * (last + timedelta(days=2) - first)
            moment = walk.steps(at)[-1].moment
            for names, valid in ((VITAL, site().vitals_valid), (NEURO, site().neuro_valid)):
                read = [getattr(moment, name) for name in names]
                counted += sum(one is not None for one in read)
                late += sum(one is not None and at - one.taken_at > valid for one in read)
            control += any(at - one > site().vitals_valid for one in _newest(patient, at))
    report("P-22", n=counted, bad=late, control_bad=control)
    assert late == 0
    assert counted > 800
    assert control > 20, "a program without a validity would have shown these as current"


def _newest(patient: Case, at: datetime) -> Iterator[datetime]:
    """When each vital sign was last recorded, however long ago."""
    for name in VITAL:
        times = [
            one.taken_at
            for one in patient.vitals or ()
            if one.taken_at <= at and getattr(one, name) is not None
        ]
        if times:
            yield max(times)
