"""The lens: which scale the rules go by, which scales disagree with ASTCT, and on which sign."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.oracle.build import NOW, case, exam, vitals
from toxmodels import assess, load_case
from toxmodels.course import Walk
from toxmodels.lens import (
    GROUPS,
    LensRow,
    beside_over_time,
    conflicts,
    expected_scales,
    label_of_product,
    name_of,
    side_by_side,
)
from toxmodels.protocols import protocols
from toxmodels.records import Therapy
from toxmodels.scales import BESIDE, SCALES, STEPPED

CRS, ICANS = "astct-crs-2019", "astct-icans-2019"
LOW = {"drug": "norepinephrine", "rate_ug_min": 5.0}


def rows_of(
    product: str = "tisagenlecleucel", protocol: str | None = None, **now: Any
) -> dict[str, LensRow]:
    whole = case(vitals=[vitals(NOW, **now)], neuro=[exam(NOW)])
    whole["therapy"]["product"] = product
    made = load_case(json.dumps(whole))
    grades = assess(made, at=NOW, scales="all").grades
    chosen = None if protocol is None else protocols()[protocol]
    return {row.scale.id: row for row in side_by_side(grades, made.therapy, chosen)}


def test_every_scale_of_the_registry_is_there_in_order_with_a_group_for_its_toxicity() -> None:
    rows = rows_of(temperature_c=38.6)
    assert {*rows} == {*SCALES}
    places = [[*GROUPS].index(row.scale.toxicity) for row in rows.values()]
    assert places == sorted(places)
    assert next(iter(rows)) == CRS
    assert len({name_of(one) for one in SCALES.values()}) == len(SCALES), "two share a name"


def test_a_certain_disagreement_names_the_sign_and_what_each_scale_makes_of_it() -> None:
    rows = rows_of(temperature_c=38.6, vasopressors=[LOW])
    assert (rows[CRS].grade.at_least, rows[CRS].standing) == (3, "reference")
    old = rows["ctcae-crs-4.03"]
    assert old.grade.at_least == 4
    assert old.standing == "differs"
    assert "norepinephrine" in old.why
    assert "4 by CTCAE 4.03" in old.why
    assert "3 by ASTCT CRS (one vasopressor, with or without vasopressin)" in old.why
    assert rows["ctcae-crs-5.0"].standing == "same"
    assert rows["ctcae-crs-5.0"].why == ""


def test_a_sign_that_astct_does_not_count_without_fever_says_so() -> None:
    row = rows_of(temperature_c=36.8, vasopressors=[LOW])["ctcae-crs-5.0"]
    assert row.standing == "differs"
    assert "ASTCT CRS does not count it: 36.8 °C, no fever" in row.why


def test_an_open_grade_may_differ_and_names_what_closes_it() -> None:
    rows = rows_of(temperature_c=38.6, vasopressors=[LOW])
    lee = rows["lee-2014"]
    assert lee.standing == "may differ"
    assert lee.why.startswith("open until recorded: ")
    assert lee.record_first is not None
    assert lee.record_first.says in lee.why
    blind = rows_of(temperature_c=38.6, oxygen=None)
    assert blind[CRS].record_first is not None
    assert blind["ctcae-crs-5.0"].standing == "may differ"


def test_a_closed_grade_beside_an_open_reference_says_what_the_reference_waits_for() -> None:
    given = {"graded_at": NOW.isoformat(), "scale": "ctcae-5.0", "term": "icans", "grade": 2}
    whole = case(neuro=[exam(NOW - timedelta(hours=1), motor_weakness=None)], gradings=[given])
    made = load_case(json.dumps(whole))
    grades = assess(made, at=NOW, scales="all").grades
    row = next(one for one in side_by_side(grades, None, None) if one.scale.id == "ctcae-neuro-5.0")
    assert row.grade.complete
    assert row.why == "ASTCT ICANS is open until recorded: motor weakness"


def test_groups_without_an_astct_scale_are_not_compared() -> None:
    apart = {row.scale.toxicity for row in rows_of().values() if row.standing == "apart"}
    assert apart == {*GROUPS} & {one.toxicity for one in SCALES.values()} - {"crs", "icans"}
    alone = side_by_side({"lee-2014": rows_of()["lee-2014"].grade}, None, None)
    assert [one.standing for one in alone] == ["apart"]


@pytest.mark.parametrize(
    ("product", "expected", "why"),
    [
        ("tisagenlecleucel", {"penn-2018"}, "tiers of its label, read as Penn grades"),
        ("axicabtagene-ciloleucel", {"lee-2014", "ctcae-neuro-5.0", "ctcae-neuro-6.0"}, "label"),
        ("ciltacabtagene-autoleucel", {CRS}, "label written in ASTCT"),
        ("lisocabtagene-maraleucel", {CRS, ICANS}, "label written in ASTCT"),
        (
            "blinatumomab",
            {
                "ctcae-crs-4.03",
                "ctcae-crs-5.0",
                "ctcae-crs-6.0",
                "ctcae-neuro-5.0",
                "ctcae-neuro-6.0",
            },
            "CTCAE, and no edition named",
        ),
    ],
)
def test_which_scale_a_label_is_written_in(product: str, expected: set[str], why: str) -> None:
    found = expected_scales(Therapy(product=product), None)
    assert {id_ for id_, by in found.items() if any(one.by == "label" for one in by)} == expected
    for id_, by in found.items():
        assert by[0].any_edition is id_.startswith("ctcae"), why


def test_the_label_of_the_region_and_the_chosen_protocol_are_both_asked() -> None:
    label = label_of_product(Therapy(product="blinatumomab", region="jp"))
    assert label is not None
    assert label.id == "blinatumomab-jp"
    elsewhere = label_of_product(Therapy(product="blinatumomab", region="cn"))
    assert elsewhere is not None
    assert elsewhere.id == "blinatumomab-us"
    assert label_of_product(None) is None
    found = expected_scales(Therapy(product="blinatumomab"), protocols()["nccn-2026-2"])
    assert [(one.by, one.id) for one in found[CRS]] == [("protocol", "nccn-2026-2")]
    assert [one.by for one in found["ctcae-crs-5.0"]] == ["label"]
    twice = expected_scales(Therapy(product="blinatumomab"), protocols()["blinatumomab-us"])
    assert [one.by for one in twice["ctcae-crs-5.0"]] == ["label", "protocol"]
    assert {*expected_scales(None, protocols()["asco-2021"])} == {CRS, ICANS}


def test_what_the_rules_go_by_is_said_where_it_disagrees_and_only_there() -> None:
    rows = rows_of("blinatumomab", temperature_c=38.6, vasopressors=[LOW])
    said = conflicts(rows.values())
    assert any(
        one == "CTCAE 4.03 4, which the label (edition not named) goes by, differs from ASTCT"
        for one in said
    )
    assert not any(one.startswith("CTCAE 5.0 3") for one in said)
    twice = rows_of("blinatumomab", "blinatumomab-us", temperature_c=38.6, vasopressors=[LOW])
    assert twice["ctcae-crs-4.03"].expected_by == "label and protocol (edition not named)"
    assert "which the label and protocol (edition not named) go by" in conflicts(twice.values())[0]
    astct = rows_of("ciltacabtagene-autoleucel", temperature_c=38.6)
    assert conflicts(astct.values()) == ()


def test_over_time_gives_every_scale_at_every_time() -> None:
    made = load_case(json.dumps(case(vitals=[vitals(NOW, temperature_c=38.6)])))
    times = [NOW - timedelta(hours=1), NOW]
    found = beside_over_time(Walk(made), times, [*BESIDE])
    assert [*found] == times
    assert {*found[NOW]} == {*SCALES} - {*STEPPED}
    assert found[times[0]]["ctcae-crs-5.0"].at_least == 0
    assert found[NOW]["ctcae-crs-5.0"].at_least == 1
