"""Answers about cohorts against numbers worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from dashboard.cohorts.agreeing import agreeing
from dashboard.cohorts.answer import Answer, percent, wilson
from dashboard.cohorts.asking import Slow, quick, slow
from dashboard.cohorts.in_short import in_short
from dashboard.cohorts.incidence import incidence
from dashboard.cohorts.panels import panels
from dashboard.cohorts.reading import sample_study, uploaded
from dashboard.cohorts.timing import duration, onset
from dashboard.cohorts.treating import treating
from toxmodels.casefile import CaseError
from toxmodels.cohort.questions import Study

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
_EPISODES = {
    "patient_id": pl.String, "toxicity": pl.String, "episode": pl.Int64,
    "onset_at": pl.Datetime("us", "UTC"), "ended_at": pl.Datetime("us", "UTC"),
    "peak_at_least": pl.Int64,
}  # fmt: skip


def patient(id_: str, **told: object) -> dict[str, object]:
    days = {name: told.pop(name, None) for name in ("onset_d", "death_d", "followed_d")}
    return {
        "patient_id": id_, "product": "a", "burden": None, "age_band": "18-64",
        "first_dose_at": START, "died_at": None, "followed_until": START + timedelta(days=30),
        "crs_certain": 0, "crs_possible": 0, "icans_certain": 0, "icans_possible": 0,
        "tocilizumab_doses": None, "corticosteroid_given": None,
        "crs_onset_h": None if days["onset_d"] is None else 24.0 * days["onset_d"],  # type: ignore[operator]
        "icans_onset_h": None,
        "death_h": None if days["death_d"] is None else 24.0 * days["death_d"],  # type: ignore[operator]
        "followed_h": 24.0 * (days["followed_d"] or days["death_d"] or 30),  # type: ignore[operator]
        **told,
    }  # fmt: skip


def study(lines: list[dict[str, object]], episodes: list[dict[str, object]] | None = None) -> Study:
    frame = pl.DataFrame(lines, infer_schema_length=None).with_columns(
        pl.col("burden").cast(pl.String),
        pl.col("died_at").cast(pl.Datetime("us", "UTC")),
        pl.col("crs_onset_h", "icans_onset_h", "death_h", "followed_h").cast(pl.Float64),
        pl.col("tocilizumab_doses").cast(pl.Int64),
        pl.col("corticosteroid_given").cast(pl.Boolean),
    )
    found = pl.DataFrame(episodes or [], schema=_EPISODES)
    return Study(pl.DataFrame(), frame, found, None, 10, {"crs": 4, "icans": 0}, False, False)


def test_wilson_against_published_ends():
    assert wilson(0, 0) == (None, None, None)
    share, low, high = wilson(0, 10)
    assert (share, low) == (0.0, 0.0)
    assert high == pytest.approx(0.2775, abs=1e-4)
    assert wilson(15, 148)[1:] == pytest.approx((0.0624, 0.1605), abs=1e-4)  # Newcombe 1998
    assert [percent(one) for one in (None, 0.0, 0.004, 0.126)] == ["-", "0 %", "0.4 %", "13 %"]


def test_incidence_counts_what_is_certain_and_what_is_possible():
    found = incidence(
        study(
            [
                patient("w"),
                patient("o", crs_certain=1, crs_possible=4),
                patient("s", crs_certain=3, crs_possible=3, burden="high"),
                patient("d", crs_certain=5, crs_possible=5, burden="high"),
            ]
        ),
        "burden",
    )
    lines = {
        (one["group"], one["grade_at_least"]): (one["n"], one["certain"], one["possible"])
        for one in found.frame.to_dicts()
        if one["toxicity"] == "crs"
    }
    assert lines["all", 1] == (4, 3, 3)
    assert lines["all", 3] == (4, 2, 3)
    assert lines["all", 5] == (4, 1, 1)
    assert lines["high", 3] == (2, 2, 2)
    assert lines["not recorded", 1] == (2, 1, 1)  # burden of two was not recorded: shown, not lost
    assert "3 of 4 patients for certain (75 %" in found.says
    assert found.missing[0].startswith("CRS: 40 % of 10 rows")


def test_onset_with_a_death_before_it_by_hand():
    """Aalen and Johansen: 1/4 at day 1, then one of two left of a half: 1/4 + 1/2 x 1/2."""
    found = onset(
        study(
            [
                patient("a", onset_d=1, crs_certain=1, crs_possible=1),
                patient("b", death_d=2),
                patient("c", onset_d=3, crs_certain=1, crs_possible=1),
                patient("d", followed_d=10, crs_possible=2),
            ]
        )
    )
    curve = found.frame.filter((pl.col("toxicity") == "crs") & (pl.col("group") == "all"))
    reached = {one["day"]: one["incidence"] for one in curve.to_dicts()}
    assert reached[1.0] == pytest.approx(0.25)
    assert reached[3.0] == pytest.approx(0.5)
    assert curve["incidence"].max() == pytest.approx(0.5)
    assert curve.select("n", "events", "competing", "censored").row(0) == (4, 2, 1, 1)
    assert (curve["low"] <= curve["incidence"]).all()
    assert (curve["incidence"] <= curve["high"]).all()
    assert "day 3.0" in found.says
    assert any(one.startswith("1 patients have a possible CRS") for one in found.missing)


def test_duration_leaves_open_episodes_open():
    def episode(id_: str, days: float | None) -> dict[str, object]:
        end = None if days is None else START + timedelta(days=1 + days)
        return {"patient_id": id_, "toxicity": "crs", "episode": 1, "peak_at_least": 1,
                "onset_at": START + timedelta(days=1), "ended_at": end}  # fmt: skip

    lines = [patient(id_, onset_d=1) for id_ in "abc"]
    found = duration(study(lines, [episode("a", 2), episode("b", 4), episode("c", None)]))
    curve = found.frame.filter((pl.col("toxicity") == "crs") & (pl.col("group") == "all"))
    reached = {one["day"]: one["incidence"] for one in curve.to_dicts()}
    assert reached[2.0] == pytest.approx(1 / 3)
    assert reached[4.0] == pytest.approx(2 / 3)
    assert found.missing[0].startswith("1 of 3 episodes were not over")


def test_patients_without_a_list_are_not_untreated():
    found = treating(
        study(
            [
                patient("a", crs_certain=2, tocilizumab_doses=2, corticosteroid_given=False),
                patient("b", crs_certain=2, tocilizumab_doses=0, corticosteroid_given=True),
                patient("c", crs_certain=2),
            ]
        )
    )
    line = found.frame.filter(
        (pl.col("crs_grade") == "any") & (pl.col("drug") == "tocilizumab")
    ).row(0, named=True)
    assert (line["n"], line["recorded"], line["given"], line["doses_mean"]) == (3, 2, 1, 2.0)
    assert "Of 1 of 3 patients nobody recorded" in found.missing[0]


@pytest.fixture(scope="module")
def invented() -> Study:
    return sample_study(12_000, 3)


def test_every_answer_has_its_n_and_can_be_printed_and_drawn(invented):
    answers = [*quick(invented, "product"), *slow(invented, Slow(most=4))]
    assert [one.id for one in answers] == [
        "incidence", "onset", "duration", "treating", "agreeing", "comparing",
    ]  # fmt: skip
    for one in answers:
        assert any(char.isdigit() for char in one.says), one.id
        assert one.missing
        assert in_short(one).height
        json.dumps(one.as_json(), allow_nan=False)
    drawn = {one.id: panels(one) for one in answers}
    assert len(drawn["incidence"]) == len(drawn["onset"]) > 5
    assert drawn["treating"] == []


def test_agreement_counts_open_grades(invented):
    found = agreeing(invented, most=6)
    line = next(one for one in found.frame.to_dicts() if one["scale"] == "ctcae-crs-5.0")
    assert line["n"] == 6
    assert 0 <= line["same"] <= 6


def test_nobody_is_an_answer_too():
    nobody = sample_study(1, 3)
    for one in quick(nobody, "age"):
        assert isinstance(one, Answer)
        panels(one)


def test_uploads_are_refused_by_size_kind_and_content():
    with pytest.raises(CaseError, match="larger than 5 MB"):
        uploaded("rows.csv", b"x" * (5 * 1024 * 1024 + 1))
    with pytest.raises(CaseError, match="no kind of cohort"):
        uploaded("rows.xlsx", b"x")
    with pytest.raises(CaseError, match="cannot be read as parquet"):
        uploaded("rows.parquet", b"John Doe" * 40)
    with pytest.raises(CaseError, match="patient_id"):
        uploaded("rows.csv", b"name\nJohn\n")
    rows = b"patient_id,taken_at,temperature_c\na,2026-03-01T10:00:00+00:00,38.5\n"
    assert uploaded("rows.csv", rows).count == 1
