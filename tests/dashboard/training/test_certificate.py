"""A certificate says what was reached, only when it was, and a changed one is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from dashboard.handover.record import Printed
from dashboard.training.certificate import (
    Certified,
    PassMark,
    certified,
    fingerprint,
    not_earned,
    of_body,
    pass_mark,
)
from dashboard.training.certificate_pdf import certificate_pdf
from dashboard.training.reading import Course, read_story
from dashboard.training.scoring import Scored, TraineeScore, score_of
from tests.health.tree import ROOT

FOLDER = ROOT / "sample_data" / "training" / "vasopressin"
COURSE: Course = read_story(
    "vasopressin", {one.name: one.read_text("utf-8") for one in FOLDER.iterdir()}
)
WHEN = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
MARK = PassMark(80.0, 50.0, 75.0)
PRINTED = Printed("TRN (trainer)", WHEN, ZoneInfo("Europe/Berlin"))


def scored(count: float, tocilizumab: float, act: float, *, asked: int = 7) -> TraineeScore:
    """A trainee on the main way, whose seven questions serve three aims: five, one and one."""
    worths = [count] * 5 + [tocilizumab, act]
    aims = ["count"] * 5 + ["tocilizumab", "act"]
    rows = [
        Scored(f"q{number}", aim, worth, "right")
        for number, (aim, worth) in enumerate(zip(aims, worths, strict=True))
    ]
    kept = tuple(rows[-asked:])
    by_aim = {aim: next(one.worth for one in kept if one.aim == aim) for aim in dict.fromkeys(aims)}
    worth = sum(one.worth for one in kept) / asked
    return TraineeScore("NRS 12", None, kept, worth, by_aim, {}, ())


def made(one: TraineeScore) -> Certified:
    return certified(
        COURSE, one, role="nurse", held_by="TRN", finished_at=WHEN,
        story_digest="ab" * 32, rules="cd" * 32, mark=MARK,
    )  # fmt: skip


def kept(facts: Certified, **more: object) -> Certified:
    """As it comes back from the journal: through JSON, with a code and what else stands there."""
    return of_body(json.loads(json.dumps({**facts.body(), "code": "CDFH-JKMN-PQRT", **more})))


def text_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    return pages


def test_the_marks_are_data_and_of_the_house() -> None:
    assert pass_mark() == MARK
    text = (ROOT / "dashboard" / "training" / "pass_mark.toml").read_text(encoding="utf-8")
    assert 'basis = "house"' in text


@pytest.mark.parametrize(
    ("one", "reasons"),
    [
        (scored(1, 1, 1), []),
        (scored(0.72, 1, 1), []),  # exactly 80 %
        (scored(0.71, 1, 1), ["79.2 % in all; 80 % are needed."]),
        (scored(1, 1, 0), ['0 % for "Choose the treatment']),
        (scored(1, 0.5, 1), []),
        (scored(1, 0.4999, 1), ['49.9 % for "Say when']),
        (scored(1, 1, 1, asked=6), []),
        (scored(1, 1, 1, asked=5), ["5 of 7 questions of this way were asked; 75 % are needed."]),
        (scored(0, 0, 0), ["0 % in all", '0 % for "Count', '0 % for "Say', '0 % for "Choose']),
        (score_of(COURSE, "NRS 12", {}), ["Nothing was asked yet."]),
    ],
)
def test_it_is_earned_from_the_mark_on_and_every_reason_against_it_is_said(one, reasons) -> None:
    found = not_earned(COURSE, one, MARK)
    assert len(found) == len(reasons)
    assert all(said.startswith(begins) for said, begins in zip(found, reasons, strict=True))
    if reasons:
        with pytest.raises(ValueError, match="NRS 12 has not earned it"):
            made(one)
    else:
        assert made(one).name == "NRS 12"


def test_the_facts_come_back_from_the_journal_as_they_went_in() -> None:
    facts = made(scored(0.9, 1, 1))
    back = kept(facts, trainee="NRS 12", digest="x", up_to=12)
    assert back == replace(facts, code="CDFH-JKMN-PQRT")
    assert kept(back) == back
    assert facts.aims[0] == (COURSE.story.aims[0].says, 90.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "NRS 13"},
        {"role": "physician"},
        {"whole_percent": 93.0},
        {"code": "CDFH-JKMN-PQRW"},
        {"finished_at": "2026-11-22T23:30:01+00:00"},
        {"rules": "ce" * 32},
        {"not_asked": 1},
        {"aims": ()},
        {"mark": PassMark(70.0, 50.0, 75.0)},
    ],
)
def test_any_changed_fact_changes_the_fingerprint(changed) -> None:
    facts = kept(made(scored(0.9, 1, 1)))
    assert len(fingerprint(facts)) == 12
    assert fingerprint(facts) == fingerprint(kept(made(scored(0.9, 1, 1))))
    assert fingerprint(replace(facts, **changed)) != fingerprint(facts)


def test_the_paper_says_who_what_when_by_which_rules_and_that_nobody_has_reviewed_it() -> None:
    facts = replace(kept(made(scored(0.9, 1, 1))), not_asked=1)
    (text,) = text_of(certificate_pdf(facts, PRINTED))
    for said in (
        "NRS 12, nurse",
        "Two pumps",
        "92.8 % of 7 questions",
        "1 question had closed before the person joined",
        "80 % in all, 50 % for each aim",
        "23-Nov-2026 00:30 CET",
        "Count vasopressors: which ones",
        "digest cdcdcdcdcdcdcdcd",
        "CDFH-JKMN-PQRT",
        fingerprint(facts),
        "have not yet been reviewed by a clinician",
        "Invented patient",
        "page 1 of 1",
        "Printed by TRN (trainer)",
    ):
        assert said in text, said


def test_many_aims_take_more_pages_each_with_name_number_and_code() -> None:
    aims = tuple((f"Aim {number}: {'read the chart ' * 20}", 80.0) for number in range(40))
    facts = replace(kept(made(scored(0.9, 1, 1))), aims=aims)
    pages = text_of(certificate_pdf(facts, PRINTED))
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert f"page {number} of {len(pages)}" in text
        assert "NRS 12" in text
        assert "CDFH-JKMN-PQRT" in text
        assert fingerprint(facts) in text


def test_without_a_code_there_is_no_paper() -> None:
    with pytest.raises(ValueError, match="keep it in the journal first"):
        certificate_pdf(made(scored(1, 1, 1)), PRINTED)
