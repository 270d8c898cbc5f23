"""What cannot be read opens a grade, by whichever way the patient is graded; so do odd times."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import toxmodels
from toxmodels import cohort
from toxmodels.casefile import CaseError, read_time
from toxmodels.cohort.written_times import read_times

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
WELL = {
    "age_years": "40", "temperature_c": "38.5", "hypotensive": "false", "vasopressors": "none",
    "oxygen_device": "room_air", "oxygen_flow_l_min": "", "consciousness": "alert",
    "ice_total": "10", "seizure_kind": "none", "motor_weakness": "none", "raised_icp": "none",
}  # fmt: skip
BOUNDS = ("crs_at_least", "crs_at_most", "icans_at_least", "icans_at_most")


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("temperature_c", "hot"), ("temperature_c", "inf"), ("hypotensive", "perhaps"),
        ("vasopressors", "nor"), ("oxygen_device", "mask?"), ("oxygen_flow_l_min", "900"),
        ("oxygen_reason", "x"), ("hypoxic", "x"), ("fluid_for_hypotension", "2"),
        ("ice_total", "11"), ("consciousness", "sleepy"), ("seizure_kind", "maybe"),
        ("motor_weakness", "x"), ("raised_icp", "x"), ("cerebral_oedema", "x"), ("unable", "x"),
    ],
)  # fmt: skip
def test_one_by_one_an_unreadable_cell_opens_as_much_as_by_the_tables(column, written):
    odd = WELL | {column: written}
    if column == "oxygen_flow_l_min":
        odd["oxygen_device"] = "nasal_cannula"
    told = [WELL, odd, {"age_years": "40", "temperature_c": "38.1"}]
    rows = [
        {"patient_id": "a", "taken_at": START + timedelta(hours=at), **row}
        for at, row in enumerate(told)
    ]
    by_tables = pl.DataFrame(rows, infer_schema_length=None)
    one_by_one = pl.concat([by_tables, by_tables.tail(1)])  # two rows at one time
    expected = cohort.grade(by_tables)
    found = cohort.grade(one_by_one).head(3)
    assert found.select(BOUNDS).equals(expected.select(BOUNDS))
    closed = cohort.grade(by_tables.head(1)).select(BOUNDS).row(0)
    assert expected.select(BOUNDS).row(1) != closed


@pytest.mark.parametrize("due_to", ["crs", "icans", "other"])
def test_a_death_after_the_last_row_counts_in_peaks_and_episodes(due_to):
    dead = START + timedelta(hours=30)
    rows = [
        {"patient_id": "a", "taken_at": START + timedelta(hours=at), "died_at": dead,
         "death_due_to": due_to, "first_dose_at": START, **WELL, "vasopressors": "dopamine"}
        for at in range(3)
    ]  # fmt: skip
    frame = pl.DataFrame(rows)
    vitals = {"temperature_c": 38.5, "hypotensive": False, "vasopressors": [{"drug": "dopamine"}],
              "oxygen": {"device": "room_air"}}  # fmt: skip
    exam = {"consciousness": "alert", "ice": {"total": 10}, "seizure": {"kind": "none"},
            "motor_weakness": "none", "raised_icp": []}  # fmt: skip
    times = [(START + timedelta(hours=at)).isoformat() for at in range(3)]
    case = {
        "format": "toxwatch-case/1",
        "patient": {"id": "a", "age_years": 40.0},
        "therapy": {"product": "tisagenlecleucel", "started_at": START.isoformat()},
        "vitals": [{"taken_at": at, **vitals} for at in times],
        "neuro": [{"taken_at": at, **exam} for at in times],
        "events": [{"at": dead.isoformat(), "kind": "death", "due_to": due_to}],
    }
    course = toxmodels.course(toxmodels.load_case(json.dumps(case)))
    expected = [(one.scale, one.peak.at_least, one.peak.at_most) for one in course.episodes]
    found = cohort.grade(frame, per="episode").select("scale", "peak_at_least", "peak_at_most")
    assert sorted(found.cast({"scale": pl.String}).rows()) == sorted(expected)
    person = cohort.grade(frame, per="patient").to_dicts()[0]
    for scale, prefix in (("astct-crs-2019", "crs"), ("astct-icans-2019", "icans")):
        tops = [point.grades[scale].at_least for point in course.points if scale in point.grades]
        assert person[f"{prefix}_peak_at_least"] == max(tops)
        assert (person[f"{prefix}_peak_at"] == dead) == (due_to == prefix)


TIMES = [
    "2026-03-01T09:00:00Z", "2026-03-01 10:30:00+00:00", "2026-03-01T12:00+00:00",
    "2026-03-01T12:00:00.123456+00:00", "2026-03-01T13:00:00-0500", "2026-03-01 10:30:00,25+0100",
    "2026-03-01T13:00:00", "2026-03-01", "01/03/2026", "46082.5", "2026-02-30T10:00:00+00:00",
    "0026-03-01T10:00:00+00:00", "9999-12-31T00:00:00+00:00", "now", "2026-03-01T13:00:00+25:00",
]  # fmt: skip


@pytest.mark.parametrize("text", TIMES)
def test_a_time_of_a_case_file_is_a_time_of_a_cohort(text):
    try:
        expected = read_time(text, "taken_at")
    except CaseError:
        expected = None
    assert read_times(pl.Series("at", [text])).to_list() == [expected]


def test_times_without_a_zone_are_refused_in_treatments_and_questions_too():
    naive = datetime(2026, 3, 1, 10)  # noqa: DTZ001 - without a zone is what is asked about
    frame = pl.DataFrame({"patient_id": ["a"], "taken_at": [START], "temperature_c": [38.5]})
    given = pl.DataFrame({"patient_id": ["a"], "given_at": [naive], "drug": ["tocilizumab"]})
    with pytest.raises(CaseError, match="no zone"):
        cohort.grade(frame, treatments=given)
    from toxmodels.cohort.questions import study_of

    with pytest.raises(CaseError, match="no zone"):
        study_of(frame.with_columns(taken_at=naive))
