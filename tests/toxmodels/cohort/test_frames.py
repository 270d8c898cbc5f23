"""Frames in and out: every kind, any order, streamed or not; what is refused and what is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import polars as pl
import pytest

from tests.toxmodels.cohort.rows import cohort
from toxmodels import cohort as cohorts
from toxmodels.casefile import CaseError
from toxmodels.cohort.public import asking, graded_chunks
from toxmodels.version import rules_digest

FRAME, GIVEN = cohort(1, 120)
SHUFFLED = FRAME.sample(fraction=1.0, shuffle=True, seed=4)
AT = datetime(2026, 3, 1, tzinfo=UTC)
CALM = {"hypotensive": False, "vasopressors": "none", "oxygen_device": "room_air"}


def one(**values: object) -> pl.DataFrame:
    return pl.DataFrame(
        [{"patient_id": "a", "taken_at": AT, "temperature_c": 38.5, **CALM, **values}]
    )


def bounds(frame: pl.DataFrame, scale: str = "crs") -> tuple[int, int]:
    return cohorts.grade(frame).select(f"{scale}_at_least", f"{scale}_at_most").row(0)


def test_the_kind_that_comes_in_goes_out() -> None:
    expected = cohorts.grade(SHUFFLED, treatments=GIVEN)
    as_pandas = cohorts.grade(SHUFFLED.to_pandas(), treatments=GIVEN.to_pandas())
    assert isinstance(as_pandas, pd.DataFrame)
    labelled = SHUFFLED.to_pandas().set_axis(range(1000, 1000 + SHUFFLED.height))
    assert cohorts.grade(labelled, treatments=GIVEN).index.tolist() == labelled.index.tolist()
    as_arrow = cohorts.grade(SHUFFLED.to_arrow(), treatments=GIVEN.to_arrow())
    assert type(as_arrow).__module__ == "pyarrow.lib"
    assert pl.DataFrame(as_arrow).equals(expected)
    kept = ["crs_at_least", "crs_at_most", "icans_at_least", "icans_at_most", "crs_episode"]
    assert pl.from_pandas(as_pandas[kept]).equals(expected.select(kept))


def test_rows_keep_their_order_and_order_changes_nothing() -> None:
    ordered, mixed = (cohorts.grade(one, treatments=GIVEN) for one in (FRAME, SHUFFLED))
    assert mixed["taken_at"].equals(SHUFFLED["taken_at"])
    assert mixed.sort("patient_id", "taken_at").equals(ordered.sort("patient_id", "taken_at"))


@pytest.mark.parametrize("per", ["observation", "patient", "episode"])
def test_a_stream_says_the_same(per) -> None:
    whole = cohorts.grade(FRAME, treatments=GIVEN, per=per)
    lazy = cohorts.grade(SHUFFLED.lazy(), treatments=GIVEN, per=per)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect_schema() == whole.schema
    order = [name for name in ("patient_id", "scale", "episode", "taken_at") if name in whole]
    assert lazy.collect().sort(order).equals(whole.sort(order))
    asked = asking(per, None, GIVEN)
    parts = [graded for _, graded in graded_chunks(FRAME.lazy(), asked, rows=100)]
    assert len(parts) > 3
    assert pl.concat(parts).sort(order).equals(whole.sort(order))


@pytest.mark.parametrize("history", ["none", "episodes"])
def test_a_stream_reads_no_column_that_no_grade_needs(history) -> None:
    more = FRAME.with_columns(pl.lit("x" * 40).alias("remark"), pl.lit(1.5).alias("lactate"))
    expected = cohorts.grade(more, history=history)
    read = [chunk.columns for chunk, _ in graded_chunks(more.lazy(), asking(history=history))]
    assert not {"remark", "lactate"} & {name for names in read for name in names}
    listed = history != "none"  # what was given says nothing of a row by itself
    assert all(("treatments_recorded" in names) is listed for names in read)
    lazy = cohorts.grade(more.lazy(), history=history, assume_sorted=True).collect()
    assert lazy.equals(expected)


def test_every_result_carries_the_rules() -> None:
    for per in ("observation", "patient", "episode"):
        found = cohorts.grade(FRAME, treatments=GIVEN, per=per)["rules"].cast(pl.String)
        assert found.unique().to_list() == [rules_digest()]


def test_a_patient_is_summed_up() -> None:
    graded = cohorts.grade(FRAME, treatments=GIVEN)
    summed = cohorts.summarise(graded)
    assert summed.equals(cohorts.grade(FRAME, treatments=GIVEN, per="patient"))
    for row in summed.to_dicts():
        own = graded.filter(pl.col("patient_id") == row["patient_id"])
        assert row["observations"] == own.height
        assert row["crs_peak_at_least"] == own["crs_at_least"].max()
        assert row["icans_peak_at_most"] == own["icans_at_most"].max()
        assert row["crs_episodes"] == own["crs_episode"].max()


def test_only_the_scale_that_was_asked_for() -> None:
    found = cohorts.grade(FRAME, scales=["astct-crs-2019"])
    assert not [name for name in found.columns if name.startswith("icans")]
    with pytest.raises(CaseError, match="no scale"):
        cohorts.grade(FRAME, scales=["ctcae-5.0"])


@pytest.mark.parametrize(
    "kind", [pl.String, pl.Categorical, pl.Enum(["none", "norepinephrine+vasopressin"])]
)
def test_text_in_any_dress(kind) -> None:
    frame = one(vasopressors="norepinephrine+vasopressin").cast({"vasopressors": kind})
    assert bounds(frame) == (3, 3)
    listed = one().with_columns(vasopressors=pl.Series([["norepinephrine", "epinephrine"]]))
    assert bounds(listed) == (4, 4)
    assert bounds(one().with_columns(vasopressors=pl.lit('["norepinephrine"]'))) == (3, 3)


def test_nan_is_not_recorded_and_never_a_fever() -> None:
    low, high = bounds(one(temperature_c=float("nan")))
    assert (low, high) == (0, 1)
    assert bounds(one(ice_total=None).with_columns(ice_total=pl.lit(float("nan"))), "icans")[1] == 4


@pytest.mark.parametrize(
    ("column", "written", "readable"),
    [
        ("temperature_c", 101.3, [36.0, 39.0]),
        ("temperature_c", "38,5", [36.0, 39.0]),
        ("vasopressors", "norepinefrine", ["none", "norepinephrine", "norepinephrine+dopamine"]),
        ("oxygen_device", "mask", ["room_air", "venturi", "bipap", "nasal_cannula"]),
        ("hypotensive", "maybe", [True, False, None]),
        ("hypoxic", "?", [True, False, None]),
        ("fluid_for_hypotension", "?", [True, False, None]),
        ("consciousness", "sleepy", ["alert", "drowsy", "voice", "tactile", "unarousable"]),
        ("ice_total", 12, [0, 5, 10]),
        ("seizure_kind", "fit", ["none", "focal"]),
        ("motor_weakness", "some", ["none", "deep_focal"]),
        ("raised_icp", "perhaps", ["none", "papilloedema"]),
        ("cerebral_oedema", "?", ["none", "focal", "diffuse"]),
        ("developmental_delay", "tru", [True, False]),
    ],
)
def test_what_cannot_be_read_may_be_anything(column, written, readable) -> None:
    exam = {"age_years": 15.0, "ice_total": 9, "consciousness": "alert", "capd_total": 12}
    spoiled = one(**{**exam, column: written})
    row = cohorts.grade(spoiled).row(0, named=True)
    for value in readable:
        sound = cohorts.grade(one(**{**exam, column: value})).row(0, named=True)
        for scale in ("crs", "icans"):
            assert row[f"{scale}_at_least"] <= sound[f"{scale}_at_least"], value
            assert row[f"{scale}_at_most"] >= sound[f"{scale}_at_most"], value
    named = cohorts.check(spoiled).filter(pl.col("violation") == "unreadable")
    assert named["column"].to_list() == [column]
    assert named["value"].to_list() == [str(written)]


KINDS = {
    pl.Int8: (-128, -2, -1, 0, 7, 10, 11, 127),
    pl.UInt8: (0, 7, 10, 11, 255),
    pl.Int16: (-32768, -2000, -2, -1, 0, 7, 10, 11, 32767),
    pl.UInt16: (0, 7, 10, 11, 65535),
    pl.Int64: (-(2**62), -2000, -2, -1, 0, 7, 10, 11, 2**32, 2**62),
    pl.Float64: (-2000.0, -1.0, 0.0, 7.0, 10.0, 11.0, 1e12),
    pl.String: ("-2000", "-1", "0", "7", "10", "11", "999999"),
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_whole_number_is_read_alike_in_any_width(kind: type[pl.DataType]) -> None:
    for value in (*KINDS[kind], None):
        frame = one().with_columns(pl.lit(value, kind).alias("ice_total"))
        number = None if value is None else int(value)
        possible = number is not None and 0 <= number <= 10
        plain = one(ice_total=number) if possible else one()
        graded = bounds(frame, "icans")
        unread = [row for row in cohorts.check(frame).to_dicts() if row["column"] == "ice_total"]
        assert bool(unread) == (number is not None and not possible), value
        if number is None or possible:
            assert graded == bounds(plain, "icans"), value
        else:  # what was recorded may have been anything
            assert graded == bounds(one(ice_total="eight"), "icans"), value


def test_what_cannot_be_read_hides_the_value_before_it() -> None:
    """An earlier reading says nothing about one that was taken and cannot be read."""
    later = one(temperature_c=36.5, vasopressors="norepinefrine")
    later = later.with_columns(
        taken_at=pl.lit(AT + timedelta(hours=1)).cast(later["taken_at"].dtype)
    )
    first = one().with_columns(vasopressors=pl.lit("none"))
    found = cohorts.grade(pl.concat([first, later]).with_columns(treatments_recorded=pl.lit(False)))
    assert found["crs_at_most"].to_list()[1] == 4


def test_a_frame_is_refused_with_its_cure() -> None:
    with pytest.raises(CaseError, match="no zone"):
        cohorts.grade(one().with_columns(taken_at=pl.lit(AT.replace(tzinfo=None))))
    with pytest.raises(CaseError, match="no such column"):
        cohorts.grade(one().drop("patient_id"))
    with pytest.raises(CaseError, match="no patient or no time"):
        cohorts.grade(one().with_columns(patient_id=pl.lit(None, pl.String)))
    with pytest.raises(CaseError, match="is no frame"):
        cohorts.grade([1, 2])
    near = pl.DataFrame({"patient_id": ["a"], "given_at": [AT], "drug": ["tocilizumb"]})
    with pytest.raises(CaseError, match="tocilizumab"):
        cohorts.grade(one(), treatments=near)


def test_violations_are_named() -> None:
    found = cohorts.check(SHUFFLED.with_columns(temprature_c=pl.lit(1.0)))
    names = found["violation"].to_list()
    assert "not-sorted" in names
    row = found.filter(pl.col("violation") == "unknown-column").row(0, named=True)
    assert row["says"] == 'did you mean "temperature_c"?'
    changed = pl.concat([one(age_years=40.0), one(age_years=41.0)]).with_columns(
        taken_at=pl.Series([AT, AT + timedelta(hours=5)])
    )
    assert cohorts.check(changed)["violation"].to_list() == ["changes-within-patient"]
    assert cohorts.check(FRAME).filter(pl.col("violation") != "one-by-one").height == 0


def test_treatments_as_columns_say_the_same() -> None:
    """The last drug that waives fever and how long fever may be hidden, instead of a list."""
    calm = FRAME.filter(pl.col("treatments_recorded").fill_null(False))
    graded = cohorts.grade(calm, treatments=GIVEN)
    waived = graded["crs_waived"].sum()
    assert waived > 0
    from toxmodels.cohort.treatments import given

    told = given(GIVEN).joined_to(calm).drop("given_at")
    assert cohorts.grade(told).drop("rules").equals(graded.drop("rules"))


def test_no_list_of_treatments_leaves_the_waiver_open() -> None:
    rows = pl.concat([one(), one(temperature_c=36.5, hypotensive=True)]).with_columns(
        taken_at=pl.Series([AT, AT + timedelta(hours=2)])
    )
    assert cohorts.grade(rows)["crs_at_most"].to_list() == [1, 2]
    assert cohorts.grade(rows)["crs_missing"].cast(pl.String).to_list() == ["", "treatments"]
    known = rows.with_columns(treatments_recorded=pl.lit(True))
    assert cohorts.grade(known)["crs_at_most"].to_list() == [1, 0]


def test_a_row_by_itself_leaves_the_waiver_open() -> None:
    alone = cohorts.grade(one(temperature_c=36.5, hypotensive=True), history="none")
    assert alone.select("crs_at_least", "crs_at_most").row(0) == (0, 2)
    with pytest.raises(CaseError, match="no episodes"):
        cohorts.grade(one(), per="episode", history="none")


def test_nothing_comes_of_nothing() -> None:
    for per in ("observation", "patient", "episode"):
        assert cohorts.grade(FRAME.clear(), per=per).height == 0
