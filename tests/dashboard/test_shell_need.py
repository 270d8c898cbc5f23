"""Who stands where on the board: the rule as a table, from a real store and the real grader."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import ward
from dashboard.alerts import Alert
from dashboard.need import Tier, in_order, need_of, rises
from dashboard.states import Unreadable
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, quiet_case, vitals
from toxmodels.escalation import Flag
from toxmodels.sources import Cite


def _h(hours: float):
    return NOW - timedelta(hours=hours)


def _death():
    return [{"at": _h(1).isoformat(), "kind": "death", "due_to": "other"}]


def _alerts(*urgencies, is_open=True):
    cite = Cite("site-defaults", "test", "house")
    return tuple(
        Alert(Flag(f"f-{word}", word, "says", "action", "nurse", cite), is_open)
        for word in urgencies
    )


QUIET = {"sets": [vitals(_h(1))], "exams": [exam(_h(1))]}
STEADY = (24, 20, 16, 12, 8, 4, 1)
# why, records, open alerts, where the patient stands
ROWS = [
    ("an emergency alert", QUIET, _alerts("urgent", "emergency"), Tier.EMERGENCY),
    ("an urgent alert", QUIET, _alerts("urgent", "soon"), Tier.URGENT),
    (
        "CRS from 1 to 2 within the last hours",
        {"sets": [vitals(_h(5), **FEVER), vitals(_h(1), **FEVER, **LOW)], "exams": [exam(_h(1))]},
        _alerts("soon"),
        Tier.WORSE_OR_SEVERE,
    ),
    (
        "CRS 3, unchanged for a day",
        {"sets": [vitals(_h(h), **FEVER, **PRESSOR) for h in STEADY], "exams": [exam(_h(1))]},
        (),
        Tier.WORSE_OR_SEVERE,
    ),
    (
        "fever, oxygen not recorded: could be 4",
        {"sets": [vitals(_h(1), **FEVER, oxygen=None)], "exams": [exam(_h(1))]},
        (),
        Tier.COULD_BE_SEVERE,
    ),
    ("nothing was ever recorded", {"sets": [], "exams": []}, (), Tier.COULD_BE_SEVERE),
    (
        "CRS 1 all along, nothing overdue",
        {"sets": [vitals(_h(h), **FEVER) for h in STEADY], "exams": [exam(_h(1))]},
        (),
        Tier.BY_GRADE,
    ),
    ("only a note", QUIET, _alerts("info", is_open=False), Tier.BY_GRADE),
    ("acknowledged", QUIET, _alerts("emergency", "urgent", is_open=False), Tier.BY_GRADE),
    (
        "deceased, whatever was open",
        {"sets": [vitals(_h(30), **FEVER)], "exams": [exam(_h(30))], "events": _death()},
        _alerts("emergency"),
        Tier.QUIET,
    ),
]


def _stands(store, patient_id, given, alerts):
    store.import_case(case(patient_id, NOW, **given), ward_id="w", recorded_by="t", now=NOW)
    return replace(ward.patient_state(patient_id), alerts=alerts)


@pytest.mark.parametrize(("why", "given", "alerts", "tier"), ROWS, ids=[row[0] for row in ROWS])
def test_each_patient_stands_in_the_tier_of_the_table(fresh_store, why, given, alerts, tier):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    state = _stands(fresh_store, "p-1", given, alerts)
    assert need_of(state).tier is tier, (why, need_of(state))


def test_the_order_of_a_ward(fresh_store):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    states = [
        _stands(fresh_store, f"p-{place}", given, alerts)
        for place, (_, given, alerts, _) in enumerate(reversed(ROWS))
    ]
    ordered = in_order(states)
    tiers = [need_of(row).tier for row in ordered]
    assert tiers == sorted(tiers)
    assert len(ordered) == len(ROWS), "nobody disappears"
    assert ordered[-1].closed == "deceased"
    by_grade = [row for row in ordered if need_of(row).tier is Tier.BY_GRADE]
    assert [row.crs.at_least for row in by_grade] == [1, 0, 0], "the higher grade first"


def test_overdue_stands_before_a_quiet_patient(fresh_store):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    state = _stands(fresh_store, "p-1", QUIET, ())
    late = replace(state, vitals=replace(state.vitals, due_at=_h(2), overdue=timedelta(hours=2)))
    assert need_of(late).tier is Tier.OVERDUE
    assert need_of(late).says == "vital signs overdue by 2 h 00 min"
    assert in_order([state, late])[0] is late


def test_a_patient_who_cannot_be_graded_stands_first():
    lost = Unreadable("p-9", "w", 3, NOW, "the stored entries do not read as a case")
    assert need_of(lost).tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("sets", "risen"),
    [
        ([vitals(_h(5)), vitals(_h(1), **FEVER)], True),
        ([vitals(_h(5), **FEVER), vitals(_h(1))], False),
        ([vitals(_h(5), **FEVER), vitals(_h(1), **FEVER)], False),
        ([vitals(_h(15)), vitals(_h(1), **FEVER)], True),
        ([vitals(_h(5), oxygen=None, **FEVER), vitals(_h(1), **FEVER, **LOW)], False),
        ([vitals(_h(9), **FEVER), vitals(_h(5), **FEVER, **PRESSOR), vitals(_h(1), **FEVER, **LOW)],
         False),
    ],
    ids=[
        "from 0 to 1",
        "from 1 to 0",
        "1 all along",
        "the last grade before the window is its beginning",
        "an earlier grade that was open proves no rise",
        "1, then 3, now 2: coming down",
    ],
)  # fmt: skip
def test_a_rise_is_certain_or_it_is_none(fresh_store, sets, risen):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    made = case("p-1", NOW, sets=sets, exams=[exam(_h(1))])
    fresh_store.import_case(made, ward_id="w", recorded_by="t", now=NOW)
    state = ward.patient_state("p-1")
    found = rises(state.assessment.grades, state.trend, state.at)
    assert bool(found) is risen


def test_a_reading_stamped_a_minute_ahead_shows_at_once(fresh_store):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    made = quiet_case("p-1", NOW)
    made["vitals"].append(vitals(NOW + timedelta(minutes=2), **FEVER))
    fresh_store.import_case(made, ward_id="w", recorded_by="t", now=NOW)
    assert ward.patient_state("p-1").crs.at_least == 1
    assert ward.patient_state("p-1", NOW).crs.at_least == 0, "a view of a past time is exact"


def test_overdue_starts_when_a_quarter_of_the_interval_has_passed(fresh_store, monkeypatch):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    fresh_store.import_case(quiet_case("p-1", NOW), ward_id="w", recorded_by="t", now=NOW)
    state = ward.patient_state("p-1")
    check = next(one for one in state.assessment.due if one.what == "vitals")
    assert (state.vitals.due_at, state.vitals.is_overdue) == (check.due_at, False)
    grace = timedelta(minutes=check.every_minutes / 4)
    on_time, late = check.due_at + grace, check.due_at + grace + timedelta(minutes=1)
    assert not ward.patient_state("p-1", on_time).vitals.is_overdue
    assert ward.patient_state("p-1", late).vitals.overdue == late - check.due_at


def test_a_fault_in_one_patient_does_not_hide_the_others(fresh_store, monkeypatch):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    for name in ("p-1", "p-2"):
        fresh_store.import_case(quiet_case(name, NOW), ward_id="w", recorded_by="t", now=NOW)
    right = ward.assess

    def broken(case_, **more):
        if case_.patient.id == "p-1":
            raise ZeroDivisionError("a rule failed")
        return right(case_, **more)

    monkeypatch.setattr(ward, "assess", broken)
    first, second = in_order(ward.board_rows("w"))
    assert isinstance(first, Unreadable)
    assert first.patient_id == "p-1"
    assert "a rule failed" not in first.says, "an error's own text may carry a name"
    assert second.patient_id == "p-2"


def test_an_unchanged_board_asks_the_store_only_for_the_version(fresh_store, monkeypatch):
    fresh_store.add_ward("w", "Ward", is_sample=False, now=NOW)
    fresh_store.import_case(quiet_case("p-1", NOW), ward_id="w", recorded_by="t", now=NOW)
    ward.board_rows("w")
    for name in ("history", "history_to", "case", "positions", "patients", "acknowledgements"):
        monkeypatch.setattr(type(fresh_store), name, None)
    assert [row.patient_id for row in ward.board_rows("w")] == ["p-1"]
