"""Invented cohorts: the same from one seed, true to the published shares, and never unmarked."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from toxmodels.casefile import CaseError
from toxmodels.cohort import check, synthetic
from toxmodels.cohort.columns import COLUMNS, PATIENT, TIME
from toxmodels.cohort.synthetic import writing
from toxmodels.cohort.synthetic.patients import draw
from toxmodels.cohort.synthetic.published import published

FOLDER = Path(synthetic.__file__).parent


@pytest.fixture(scope="module")
def made() -> synthetic.Batch:
    return synthetic.cohort(30_000, 5)


def test_one_seed_gives_one_cohort_and_a_longer_one_begins_with_it(made):
    assert made.rows.height == 30_000
    assert synthetic.cohort(30_000, 5).rows.equals(made.rows)
    assert synthetic.cohort(4_321, 5).rows.equals(made.rows.head(4_321))
    assert not synthetic.cohort(4_321, 6).rows.equals(made.rows.head(4_321))


def test_batches_join_without_a_seam(monkeypatch, made):
    monkeypatch.setattr(synthetic, "BATCH_PATIENTS", 50)
    parts = [*synthetic.batches(9_000, 5)]
    assert len(parts) > 1
    whole = pl.concat([one.rows for one in parts])
    assert whole.height == 9_000
    assert whole[PATIENT].n_unique() == sum(one.rows[PATIENT].n_unique() for one in parts)


def test_it_is_a_cohort_as_the_grader_wants_it(made):
    rows = made.rows
    assert rows.sort(PATIENT, TIME).equals(rows)
    assert rows.select(PATIENT, TIME).is_unique().all()
    found = check(rows)
    assert set(found["column"]) == set(rows.columns) - set(COLUMNS)  # what stands beside the form
    assert (rows["died_at"].is_null() | (rows[TIME] < rows["died_at"])).all()
    unlisted = rows.filter(pl.col("treatments_recorded").is_null())
    assert unlisted.height
    assert unlisted["tocilizumab_doses"].is_null().all()
    assert unlisted["fever_drug_given_at"].is_null().all()
    assert not set(unlisted[PATIENT]) & set(made.treatments[PATIENT])


def test_every_row_and_the_file_say_that_nobody_exists(tmp_path, made):
    assert made.rows["synthetic"].all()
    place = tmp_path / "made.parquet"
    writing.write(place, 2_000, 5, given_to=tmp_path / "given.csv")
    told = pl.read_parquet_metadata(place)
    assert told["toxwatch.synthetic"] == "true"
    assert pl.read_parquet(place).equals(made.rows.head(2_000))
    patients = set(made.rows.head(2_000)[PATIENT])
    assert set(pl.read_csv(tmp_path / "given.csv")[PATIENT]) <= patients


def test_the_shares_are_the_published_ones():
    known, count = published(), 30_000
    patients = draw(np.random.default_rng(1), 1, count)
    for place, name in enumerate(known.products):
        its = patients.product == place
        for illness, told in ((patients.crs, known.crs[name]), (patients.icans, known.icans[name])):
            for grade, share in ((1, told.any.of_all), (3, told.severe.of_all), (4, told.worst)):
                seen = (illness.grade[its] >= grade).mean()
                error = np.sqrt(share * (1 - share) / its.sum())
                assert abs(seen - share) < 4 * error + 1e-9, (name, grade, seen, share)
        ill = its & (patients.crs.grade > 0)
        assert np.median(patients.crs.onset_h[ill]) / 24 == pytest.approx(
            known.crs[name].onset_days[0], rel=0.08
        )


def test_tocilizumab_is_as_common_as_published():
    known = published()
    patients = draw(np.random.default_rng(2), 1, 30_000)
    first = next(one for one in patients.given if one.drug == "tocilizumab")
    given = np.isfinite(first.at_h[patients.crs.grade > 0]).mean()
    assert given == pytest.approx(known.tocilizumab.of_all, abs=0.03)


def test_severe_crs_is_commoner_at_a_high_burden():
    patients = draw(np.random.default_rng(3), 1, 30_000)
    severe = patients.crs.grade >= 3
    assert severe[patients.burden == 1].mean() > 1.8 * severe[patients.burden == 0].mean()


def test_every_number_has_a_source_and_every_source_is_used():
    text = (FOLDER / "published.toml").read_text(encoding="utf-8")
    named = {part.split('"')[1] for part in text.split("source = ")[1:]}
    assert named == set(published().sources)


def test_it_imports_no_grader():
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not any(
                    part in (node.module or "")
                    for part in ("scales", "course", "assess", "moment", "grading", "tables")
                ), (file.name, node.module)


def test_a_stop_leaves_no_half_file_and_nothing_is_written_over(tmp_path):
    place = tmp_path / "made.csv"

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever the engine makes of it
        writing.write(place, 2_000, 1, wrote=stop)
    assert [*tmp_path.iterdir()] == []
    place.write_text("mine", encoding="utf-8")
    with pytest.raises(CaseError, match="exists already"):
        writing.write(place, 10, 1)
    assert place.read_text(encoding="utf-8") == "mine"
    with pytest.raises(CaseError, match="no kind"):
        writing.write(tmp_path / "made.xlsx", 10, 1)
