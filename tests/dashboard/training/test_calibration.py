"""The twenty vignettes hold the grader, and a calibration finds what people disagree on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import toxmodels
from dashboard.training.calibration import calibrated
from dashboard.training.keeping.rows import Noted
from dashboard.training.marking import Answer, GradeAnswer
from dashboard.training.playing import case_at
from dashboard.training.reading import StoryError
from dashboard.training.story import GradeQuestion
from dashboard.training.vignettes import SET, order_for, packaged_set, read_set
from tests.health.tree import ROOT

FOLDER = ROOT / "sample_data" / "calibration"
FILES = {one.name: one.read_text("utf-8") for one in sorted(FOLDER.iterdir())}
WHOLE = read_set(FILES)
CRS, ICANS = "astct-crs-2019", "astct-icans-2019"


def _truth(ask: str) -> tuple[int, int]:
    story, _, wanted = ask.partition("/")
    question = next(q for _, q in WHOLE.courses[story].story.questions() if q.id == wanted)
    assert isinstance(question, GradeQuestion)
    return question.at_least, question.at_most


def _rater(**differs: tuple[int, int]) -> dict[str, Answer]:
    """Somebody who knows the reference, except where said; ``v01_crs`` is "v01/crs"."""
    other = {name.replace("_", "/"): ends for name, ends in differs.items()}
    ends = {ask: other.get(ask, _truth(ask)) for ask in WHOLE.asks}
    return {ask: GradeAnswer(at_least=low, at_most=high) for ask, (low, high) in ends.items()}


@pytest.mark.parametrize("ask", WHOLE.asks)
def test_the_grader_agrees_with_what_was_worked_out_by_hand(ask: str) -> None:
    course = WHOLE.courses[ask.partition("/")[0]]
    (pause,) = course.story.pauses
    scale = {"crs": CRS, "icans": ICANS}[ask.partition("/")[2]]
    grade = toxmodels.assess(case_at(course, None, pause.at), at=pause.at).grades[scale]
    assert (grade.at_least, grade.at_most) == _truth(ask)


def test_twenty_moments_on_two_scales_with_every_grade_and_open_ones() -> None:
    assert (len(WHOLE.courses), len(WHOLE.asks)) == (20, 40)
    for short in ("crs", "icans"):
        ends = [_truth(ask) for ask in WHOLE.asks if ask.endswith(f"/{short}")]
        closed = Counter(low for low, high in ends if low == high)
        assert {0, 1, 2, 3, 4} <= {*closed}
        assert sum(low < high for low, high in ends) >= 4
    ages = [course.cases[None].patient.age_years for course in WHOLE.courses.values()]
    assert sum(age < 12 for age in ages) >= 3


def test_nothing_in_the_case_is_later_than_its_moment_and_no_title_tells_the_grade() -> None:
    for course in WHOLE.courses.values():
        (pause,) = course.story.pauses
        assert case_at(course, None, pause.at) == course.cases[None]
        assert "rade" not in course.story.title + pause.says
        assert {one.aim for one in pause.questions} == {"crs", "icans"}


def test_the_packaged_set_is_this_one() -> None:
    assert packaged_set().asks == WHOLE.asks
    assert packaged_set().stories == WHOLE.stories


def test_everybody_gets_an_order_of_their_own_that_stays() -> None:
    mine = order_for(WHOLE.asks, "room", "A")
    assert mine == order_for(WHOLE.asks, "room", "A")
    assert sorted(mine) == sorted(WHOLE.asks)
    assert len({mine, order_for(WHOLE.asks, "room", "B"), order_for(WHOLE.asks, "x", "A")}) == 3
    pairs = zip(mine[::2], mine[1::2], strict=True)
    assert all(a.partition("/")[0] == b.partition("/")[0] for a, b in pairs)


def test_what_people_disagree_on_most_comes_first() -> None:
    ratings = {
        "a": _rater(),
        "b": _rater(v05_crs=(3, 3), v02_crs=(3, 3)),
        "c": _rater(v05_crs=(3, 3)),
        "d": _rater(v18_icans=(4, 4)),
    }
    found = calibrated(WHOLE.courses, WHOLE.asks, ratings)
    assert found.raters == ("a", "b", "c", "d")
    # v05: 0, 3, 3, 0: four of the six pairs are 3 apart. v18: 0-4 against 4: three pairs, 2 apart.
    # v02: 2, 3, 2, 2: three pairs, 1 apart.
    assert [(one.ask, one.spread) for one in found.disputed[:4]] == [
        ("v05/crs", 2.0),
        ("v18/icans", 1.0),
        ("v02/crs", 0.5),
        ("v01/crs", 0.0),
    ]
    assert found.disputed[0].given == (((0, 0), 2), ((3, 3), 2))
    assert (found.disputed[0].missed, found.disputed[0].reference) == (2, (0, 0))
    crs, icans = found.scales
    assert (crs.scale, crs.items, crs.same.of) == (CRS, 20, 6 * 20)
    assert crs.same.equal == 120 - 4 - 3
    assert icans.same.equal == 120 - 3
    assert crs.fleiss.value < icans.fleiss.value < 1
    assert crs.between.low < crs.between.value < crs.between.high
    assert [str(one.same) for one in crs.reference] == [
        "100 % (20 of 20)", "90 % (18 of 20)", "95 % (19 of 20)", "100 % (20 of 20)",
    ]  # fmt: skip


def test_who_did_not_finish_is_named_and_not_counted() -> None:
    part = {ask: given for ask, given in _rater().items() if not ask.startswith("v2")}
    found = calibrated(WHOLE.courses, WHOLE.asks, {"a": _rater(), "b": part, "c": {}})
    assert found.raters == ("a",)
    assert found.unfinished == {"b": 2, "c": 40}
    assert found.scales[0].fleiss.value is None
    assert "two people" in found.scales[0].fleiss.why_not
    assert found.scales[0].same.percent is None


def test_nobody_has_finished() -> None:
    found = calibrated(WHOLE.courses, WHOLE.asks, {})
    assert (found.raters, found.unfinished) == ((), {})
    assert found.scales[1].between.value is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.pop(SET), "set.toml: there is no such file"),
        (lambda f: f.pop("v07.json"), "v07.json: there is no such file"),
        (lambda f: f.update({"v21.json": "{}"}), "v21.json: the set does not name this file"),
        (lambda f: f.update({SET: f[SET].replace('id = "v02"', 'id = "v01"')}), "more than once"),
        (lambda f: f.update({SET: f[SET].replace("lee-2019", "lee-2018")}), "bibliography"),
        (lambda f: f.update({SET: f[SET].replace("at_least = 4", "at_least = 9")}), "at_least"),
        (lambda f: f.update({"v03.json": "{"}), 'vignette "v03"'),
        (lambda f: f.update({SET: "["}), "set.toml"),
    ],
)
def test_a_set_that_cannot_be_read_says_what_is_wrong(change, says: str) -> None:
    files = dict(FILES)
    change(files)
    with pytest.raises(StoryError) as caught:
        read_set(files)
    assert says in str(caught.value)


def test_every_source_of_the_set_is_named_with_its_place() -> None:
    assert Path(FOLDER / SET).is_file()
    for course in WHOLE.courses.values():
        for _, question in course.story.questions():
            assert question.place
            assert question.why
            assert (question.source == "site-defaults") == (question.verification == "house")


def test_the_result_says_how_many_gave_what_and_hides_the_names() -> None:
    from dashboard.parts.training.calibrated import result_html
    from dashboard.training.room import standing
    from tests.dashboard.screen import words
    from tests.dashboard.training.played import minutes

    rows: list[Any] = []

    def add(kind: str, key: str, by: str, **body: Any) -> None:
        rows.append(
            Noted(
                position=len(rows) + 1, id=str(len(rows)), room="r", kind=kind, key=key, by=by,
                role="nurse", recorded_at=minutes(len(rows)), body=body,
            )  # type: ignore[arg-type]
        )  # fmt: skip

    stories = {id_: dict(files) for id_, files in WHOLE.stories.items()}
    add("opened", "CODE", "tara", way="calibration", code="CODE", stories=stories,
        first=next(iter(stories)), titles={}, asks=list(WHOLE.asks), digest="d")  # fmt: skip
    wrong = GradeAnswer(at_least=5, at_most=5)
    for name, missed in (("nina", ()), ("dora", ("v01/crs",)), ("emil", ("v01/crs",))):
        add("joined", name, name)
        for ask, given in _rater().items():
            plain = (wrong if ask in missed else given).model_dump(mode="json")
            add("answered", f"{ask}/{name}", name, question=ask, answer=plain)
    add("closed", "closed", "tara")
    here = standing(rows)
    mine = words(result_html(here, "nina", names=False))
    assert "3 people graded everything." in mine
    assert "nina (you)" in mine
    assert "Rater 2" in mine
    assert "dora" not in mine
    assert "emil" not in mine
    assert "5 by 2 people" in mine
    assert " by 1 person" in mine
    assert mine.count("Everything agreed, so the formula gives no interval.") >= 1
    assert "95 % interval 1.00 to 1.00" not in mine
    assert "dora" in words(result_html(here, "tara", names=True))
