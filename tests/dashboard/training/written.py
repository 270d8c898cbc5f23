"""Stories that the tests of authoring write, and the files of those that are there already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dashboard.training.drafting import Draft, empty, placed, with_head
from dashboard.training.drafting_records import add_branch, put_record
from dashboard.training.story import MAIN
from tests.health.tree import ROOT

FOLDER = ROOT / "sample_data" / "training"
STORIES = sorted(folder.name for folder in FOLDER.iterdir())
EIGHT = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
CHOICE = {
    "kind": "choice", "id": "next", "aim": "notice", "asks": "What now?", "why": "Because.",
    "source": "lee-2019", "place": "CRS table", "topic": "next",
    "choices": [
        {"id": "call", "says": "Call", "right": True, "why": "Yes."},
        {"id": "wait", "says": "Wait", "why": "No."},
    ],
}  # fmt: skip


def files(name: str) -> dict[str, str]:
    return {one.name: one.read_text("utf-8") for one in (FOLDER / name).iterdir()}


def small() -> Draft:
    """A story with one set of vital signs, one pause and one question."""
    draft = empty("night-fever", title="Night fever", starts_at=EIGHT, patient={"age_years": 40.0})
    first = {"taken_at": EIGHT.isoformat(), "temperature_c": 38.6}
    draft = put_record(draft, MAIN, "vitals", first)
    draft = with_head(
        draft, level="ward nurse", audience=["nurse"], shows="A fever.", debrief="It was one.",
        aims=[{"id": "notice", "says": "Notice it"}],
    )  # fmt: skip
    return placed(draft, "pauses", {
        "id": "pause-1", "at": (EIGHT + timedelta(hours=2)).isoformat(), "says": "10:00.",
        "questions": [CHOICE],
    })  # fmt: skip


def asking(draft: Draft) -> Draft:
    """The same with a record after its pause."""
    late = EIGHT + timedelta(hours=5)
    return put_record(draft, MAIN, "vitals", {"taken_at": late.isoformat(), "temperature_c": 37.2})


def branching(*, keeps_later: bool) -> Draft:
    """The same with a branch to which the wrong choice leads."""
    draft = add_branch(
        asking(small()), "waited", "Nobody was called", from_at=EIGHT + timedelta(hours=2),
        keeps_later=keeps_later,
    )  # fmt: skip
    pause = dict(draft.story["pauses"][0])
    right, wrong = CHOICE["choices"]
    pause["questions"] = [{**CHOICE, "choices": [right, {**wrong, "leads_to": "waited"}]}]
    return placed(draft, "pauses", pause, 0)
