"""Results for education records: every cell inert, nothing missing written as 0."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

from dashboard.training.marking import Answer, ChoiceAnswer, DoseAnswer, GradeAnswer, IceAnswer
from dashboard.training.records_csv import Record, answers_csv, records_csv, said_answer
from dashboard.training.scoring import score_of
from tests.dashboard.training.test_scoring import PUMPS, played

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
MADE = {"story_digest": "ab" * 32, "who": "TRN (trainer)", "at": AT}


def record(name: str, answers: dict[str, Answer], **more: object) -> Record:
    times = dict.fromkeys(answers, AT)
    plain = Record(score_of(PUMPS, name, answers), "nurse", AT, AT, None, answers, times)
    return replace(plain, **more)


def table(text: str) -> list[dict[str, str]]:
    lines = [*csv.reader(io.StringIO(text))]
    assert lines[0] == ["Training: invented patient. Results of Two pumps"]
    assert lines[1][0].startswith("Export, not live")
    head, *rows = lines[3:]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_one_row_a_trainee_with_aims_hours_and_certificate() -> None:
    good = record("AB", played(PUMPS), code="CDFH-JKMN-PQRT")
    part = record("CD", {"first-crs": GradeAnswer(at_least=2, at_most=2)}, finished_at=None)
    none = record("EF", {})
    ana, ben, cem = table(records_csv(PUMPS, [good, part, none], **MADE))
    assert (ana["percent"], ana["percent_count"], ana["certificate"]) == (
        "100", "100", "CDFH-JKMN-PQRT",
    )  # fmt: skip
    assert ana["hours_to_tocilizumab"] == "0.33"  # possible from 02:40, given at 03:00
    assert ana["never_tocilizumab"] == "no"
    assert (ana["hours_to_escalate"], ana["never_escalate"]) == ("", "")
    assert (ben["percent"], ben["percent_act"], ben["finished_at"]) == ("0", "", "")
    assert (ben["hours_to_tocilizumab"], ben["never_tocilizumab"]) == ("", "yes")
    assert (cem["percent"], cem["questions_asked"]) == ("", "0")


def test_one_row_an_answer_with_what_was_right_and_who_says_so() -> None:
    answers = played(PUMPS, second_crs=GradeAnswer(at_least=3, at_most=4))
    rows = table(answers_csv(PUMPS, [record("AB", answers)], **MADE))
    assert len(rows) == 7
    row = next(one for one in rows if one["question"] == "second-crs")
    assert (row["right_answer"], row["answer"], row["outcome"]) == ("3", "3 to 4", "left open")
    assert (row["source"], row["place"]) == ("lee-2019", "CRS table, hypotension row")
    assert row["answered_at"] == "2026-11-22T15:00:00+00:00"
    silent = score_of(PUMPS, "Eve", {}, closed=("first-crs",))
    (row,) = table(answers_csv(PUMPS, [record("Eve", {}, score=silent)], **MADE))
    assert (row["answer"], row["outcome"], row["answered_at"]) == ("", "not answered", "")


def test_a_name_that_looks_like_a_formula_stays_text() -> None:
    evil = '=HYPERLINK("http://x","y")'
    for made in (records_csv, answers_csv):
        (row, *_) = table(made(PUMPS, [record(evil, played(PUMPS), role="+nurse")], **MADE))
        assert row["trainee"] == f"'{evil}"
        assert row["role"] == "'+nurse"


def test_every_kind_of_answer_fits_one_cell() -> None:
    assert said_answer(GradeAnswer(at_least=1, at_most=4)) == "1 to 4"
    assert said_answer(DoseAnswer(amount=None)) == "none"
    assert said_answer(DoseAnswer(amount=560.0)) == "560"
    assert said_answer(IceAnswer(items={"year": 1, "naming": 2})) == "naming 2; year 1"
    assert said_answer(ChoiceAnswer(chosen=frozenset({"b", "a"}))) == "a; b"
