"""Counting over cohorts: intervals are carried, null is missing, chunks change nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from toxmodels import assess
from toxmodels.casefile import CaseError
from toxmodels.cohort import grade, synthetic
from toxmodels.cohort.columns import PATIENT, TIME
from toxmodels.cohort.questions import compare, study, study_of, worst_by_scale
from toxmodels.cohort.questions.records_of import case_from
from toxmodels.cohort.treatments import given
from toxmodels.course import Walk
from toxmodels.protocols import advise, protocols
from toxmodels.situation import Situation

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
CALM = {
    "temperature_c": 36.8, "hypotensive": False, "vasopressors": "none",
    "oxygen_device": "room_air", "ice_total": 10, "consciousness": "alert", "seizure_kind": "none",
    "motor_weakness": "none", "raised_icp": "none", "treatments_recorded": True, "age_years": 41.0,
    "first_dose_at": START, "product": "axicabtagene-ciloleucel", "weight_kg": 70.0,
}  # fmt: skip


def row(patient: str, hours: float, **changed: object) -> dict[str, object]:
    return {PATIENT: patient, TIME: START + timedelta(hours=hours), **CALM, **changed}


@pytest.fixture(scope="module")
def made() -> synthetic.Batch:
    return synthetic.cohort(8_000, 9)


@pytest.mark.parametrize("listed", ["a frame", "columns", "elsewhere"])
def test_a_list_with_nothing_in_it_is_untreated_and_no_list_is_missing(listed):
    rows = pl.DataFrame(
        [row("kept", 1), row("silent", 1, treatments_recorded=None), row("given", 1)]
    )
    told = pl.DataFrame([{PATIENT: "given", "given_at": START, "drug": "tocilizumab"}])
    if listed == "columns":
        last = pl.when(pl.col(PATIENT) == "given").then(pl.lit(START))
        rows = rows.with_columns(fever_drug_given_at=last)
    people = study_of(rows, told if listed == "a frame" else None).patients
    doses = dict(people.select(PATIENT, "tocilizumab_doses").rows())
    expected = {"a frame": (0, 1), "columns": (0, None), "elsewhere": (None, None)}[listed]
    assert doses == {"kept": expected[0], "silent": None, "given": expected[1]}


def test_certain_and_possible_are_both_counted_and_death_of_crs_is_grade_5():
    rows = pl.DataFrame(
        [
            row("well", 4),
            row("open", 4, temperature_c=38.5, vasopressors=None),
            row("sure", 4),
            row("sure", 8, temperature_c=39.0, hypotensive=True, vasopressors="norepinephrine"),
            row("dead", 4, temperature_c=39.0, died_at=START + timedelta(hours=30),
                death_due_to="crs"),
        ],
        infer_schema_length=None,
    )  # fmt: skip
    lines = {one[PATIENT]: one for one in study_of(rows).patients.to_dicts()}
    bounds = {name: (one["crs_certain"], one["crs_possible"]) for name, one in lines.items()}
    assert bounds == {"well": (0, 0), "open": (1, 4), "sure": (3, 3), "dead": (5, 5)}
    assert lines["sure"]["crs_onset_h"] == 8.0
    assert lines["well"]["crs_onset_h"] is None
    assert lines["dead"]["followed_h"] == 30.0
    assert lines["well"]["tocilizumab_doses"] is None  # nobody told: not none
    assert {one["age_band"] for one in lines.values()} == {"18-64"}


def test_what_was_there_before_the_first_dose_is_no_toxicity():
    rows = pl.DataFrame([row("a", -3, ice_total=5), row("a", 5), row("b", -3)])
    lines = {one[PATIENT]: one for one in study_of(rows).patients.to_dicts()}
    assert (lines["a"]["icans_certain"], lines["a"]["icans_onset_h"]) == (0, None)
    assert (lines["b"]["icans_certain"], lines["b"]["icans_possible"]) == (0, 4)  # nobody looked


@pytest.mark.parametrize(
    ("years", "band"),
    [(11.9, "under 12"), (12.0, "12-17"), (18.0, "18-64"), (65.0, "65 and older"), (None, None)],
)
def test_age_bands_begin_where_they_say(years, band):
    rows = pl.DataFrame([row("a", 1, age_years=years)], infer_schema_length=None)
    assert study_of(rows).patients["age_band"].to_list() == [band]


def test_doses_come_from_the_list_and_silence_is_not_none():
    rows = pl.DataFrame([row("a", 4), row("b", 4, treatments_recorded=None)])
    told = pl.DataFrame(
        {
            PATIENT: ["a", "a", "a"],
            "given_at": [START, START + timedelta(hours=9), START],
            "drug": ["tocilizumab", "tocilizumab", "dexamethasone"],
        }
    )
    lines = {one[PATIENT]: one for one in study_of(rows, told).patients.to_dicts()}
    assert lines["a"]["tocilizumab_doses"] == 2
    assert lines["a"]["corticosteroid_given"] is True
    assert lines["b"]["tocilizumab_doses"] is None


def test_graded_files_and_csv_text_give_the_same_patients(made, tmp_path):
    whole = study_of(made.rows, made.treatments)
    graded = grade(
        made.rows.drop("fever_drug_given_at", "fever_hidden_until"), treatments=made.treatments
    )
    beside = made.rows.select(
        "product", "burden", "age_years", "first_dose_at", "died_at", "death_due_to",
        "tocilizumab_doses", "corticosteroid_given", "synthetic",
    )  # fmt: skip
    alone = study_of(graded.hstack(beside))
    assert alone.patients.equals(whole.patients.with_columns(
        alone.patients["tocilizumab_doses"], alone.patients["corticosteroid_given"]
    ))  # fmt: skip
    assert not alone.can_replay
    place = tmp_path / "rows.csv"
    made.rows.write_csv(place, datetime_format="%Y-%m-%dT%H:%M:%S%:z")
    read = study_of(pl.scan_csv(place, infer_schema=False), made.treatments)
    assert read.patients.equals(whole.patients)
    assert read.is_synthetic


def test_episodes_of_graded_rows_begin_as_those_of_the_grader(made):
    rows = made.rows.drop("fever_drug_given_at", "fever_hidden_until")
    whole = study_of(rows, made.treatments).episodes
    alone = study_of(grade(rows, treatments=made.treatments)).episodes
    keys = [PATIENT, "toxicity", "episode", "onset_at"]
    assert alone.sort(keys).select(keys).equals(whole.sort(keys).select(keys))
    both = whole.join(alone, on=keys[:3], suffix="_rows")
    assert (both["ended_at"].is_null() == both["ended_at_rows"].is_null()).mean() > 0.97


def test_chunks_of_whole_patients_change_nothing(made, monkeypatch, tmp_path):
    place = tmp_path / "rows.parquet"
    made.rows.write_parquet(place)
    whole = study_of(made.rows, made.treatments)
    monkeypatch.setattr(study, "CHUNK_ROWS", 700)
    parts: list[int] = []
    read = study_of(pl.scan_parquet(place), made.treatments, read=parts.append)
    assert len(parts) > 5
    assert sum(parts) == made.rows.height == read.row_count
    assert read.patients.equals(whole.patients)
    assert read.episodes.equals(whole.episodes)
    assert read.open_rows == whole.open_rows


def test_of_many_ill_patients_an_even_sample_is_kept(made, monkeypatch):
    monkeypatch.setattr(study, "SAMPLED", 8)
    monkeypatch.setattr(study, "CHUNK_ROWS", 700)
    found = study_of(made.rows.lazy(), made.treatments)
    kept = found.rows[PATIENT].unique(maintain_order=True).to_list()
    assert 8 <= len(kept) <= 16
    ill = found.patients.filter(pl.max_horizontal("crs_certain", "icans_certain") >= 1)
    places = [ill[PATIENT].to_list().index(one) for one in kept]
    steps = {b - a for a, b in pairwise(places)}
    assert len(steps) == 1


def test_with_what_was_really_given_the_proposals_are_those_of_assess(made):
    found, compared = study_of(made.rows, made.treatments), 0
    lists = given(made.treatments)
    for part in found.rows.partition_by(PATIENT)[:12]:
        case, _ = case_from(part.to_dicts(), lists)
        walk = Walk(case)
        for at in part.filter(pl.col("crs_at_least") >= 2)[TIME].to_list()[:2]:
            result = assess(walk, at, "asco-2021")
            if any(flag.id == "late-fever" for flag in result.flags):
                continue
            steps = walk.steps(at)
            grades = {name: steps[-1].grade(name) for name in result.grades}
            situation = Situation(case, walk.chart, at, steps, grades)
            mine = advise(protocols()["asco-2021"], situation)
            assert [one.rule for one in mine] == [one.rule for one in result.advice]
            compared += 1
    assert compared > 3


def test_both_protocols_treat_grade_3_and_nobody_is_run_who_was_well():
    low = {"temperature_c": 39.0, "hypotensive": True, "vasopressors": "norepinephrine"}
    rows = pl.DataFrame(
        [row("ill", 8), *(row("ill", hours, **low) for hours in (12, 16, 24)), row("well", 8)]
    )
    told = pl.DataFrame({PATIENT: ["ill"], "given_at": [START], "drug": ["paracetamol"]})
    found = compare(study_of(rows, told), "asco-2021", "nccn-2026-2")
    assert (found.run, found.ill, found.of_all, found.without_list) == (1, 1, 2, 0)
    line = found.rows.row(0, named=True)
    for which in ("first", "second"):
        assert line[f"{which}_tocilizumab_h"] == 12.0
        assert line[f"{which}_doses_certain"] == 1
        assert line[f"{which}_doses_possible"] >= 2  # again, if it did not help
        assert line[f"{which}_corticosteroid"] is True


def test_what_was_given_in_truth_does_not_count_as_given_by_a_protocol():
    low = {"temperature_c": 39.0, "hypotensive": True, "vasopressors": "norepinephrine"}
    rows = pl.DataFrame([row("ill", 8), row("ill", 12, **low)])
    drugs = ["tocilizumab"] * 4
    told = pl.DataFrame(
        {
            PATIENT: ["ill"] * 4,
            "given_at": [START + timedelta(hours=hours) for hours in (1, 3, 5, 7)],
            "drug": drugs,
        }
    )
    found = compare(study_of(rows, told), "asco-2021", "nccn-2026-2")
    assert found.rows["first_doses_certain"].to_list() == [1]


def test_scales_are_compared_at_the_worst_moment():
    low = {"temperature_c": 39.0, "hypotensive": True, "vasopressors": "norepinephrine"}
    rows = pl.DataFrame([row("ill", 8), row("ill", 12, **low), row("ill", 40)])
    graded = {one["scale"]: one for one in worst_by_scale(study_of(rows)).to_dicts()}
    assert graded["astct-crs-2019"]["at_least"] == 3
    assert {"lee-2014", "penn-2018"} <= set(graded)


def test_refusals_name_the_fault():
    rows = pl.DataFrame([row("a", 4, temperature_c=39.0)])
    with pytest.raises(CaseError, match="unknown protocol"):
        compare(study_of(rows), "asco-1999", "nccn-2026-2")
    with pytest.raises(CaseError, match="patient_id"):
        study_of(pl.DataFrame({"a": [1]}))
    graded = study_of(grade(rows))
    with pytest.raises(CaseError, match="without the observations"):
        compare(graded, "asco-2021", "nccn-2026-2")
    empty = study_of(rows.clear())
    assert empty.count == 0
