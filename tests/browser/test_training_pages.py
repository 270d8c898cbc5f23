"""Every page of training can be read by everybody, and what it offers as a file arrives."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.accounts.person import Person
from dashboard.store import open_store
from dashboard.training import doing
from dashboard.training.desk import Desk, current
from dashboard.training.group import right_answer
from dashboard.training.keeping.opening import open_training
from dashboard.training.room import asked
from dashboard.training.shelf import packaged
from tests.browser.bedside import Seat, field, idle
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

STORY = "fever-alone"
FAULTS = {"moderate", "serious", "critical"}


@pytest.fixture(scope="module")
def rooms(ward_server: Server) -> Iterator[dict[str, str]]:
    """A room that waits for its trainer, a case that a nurse has played, and a calibration."""
    folder = Path(ward_server.database.removeprefix("sqlite:///")).parent
    files = packaged().find(STORY).files
    training = open_training(f"sqlite:///{folder / 'training.sqlite3'}")
    with closing(training), open_store(ward_server.database) as ward:

        def desk(name: str, role: str) -> Desk:
            return Desk(training, ward, Person(name, role), datetime.now(UTC))  # type: ignore[arg-type]

        held = doing.open_room(
            desk("TP", "trainer"), id="pages-held", way="together", stories={STORY: files}
        )
        doing.join(desk("GH", "nurse"), id="pages-join", code=held.room.code)
        alone = doing.open_room(
            desk("GH", "nurse"), id="pages-alone", way="alone", stories={STORY: files}
        )
        room = alone.room.id
        while questions := asked(current(training, room), "GH", datetime.now(UTC)).questions:
            one = questions[0]
            doing.answer(
                desk("GH", "nurse"), id=f"pages-{one.id}", room=room, question=one.id,
                given=right_answer(one),
            )  # fmt: skip
        yield {"held": held.room.id, "alone": room}


def _looked_at(page: Page, where: str, artefacts: Path, scheme: str) -> list[str]:
    name = "-".join(word for word in where.replace("?", " ").replace("/", " ").split() if word)
    page.screenshot(path=artefacts / f"axe-training-{name[:40]}-{scheme}.png", full_page=True)
    return [
        f"{where} {scheme}: {one['id']} ({one['impact']}), {one['help']}: "
        + "; ".join(f"{node['html'][:120]} {node['failureSummary']}" for node in one["nodes"])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in FAULTS
    ]


def _begin_a_draft(page: Page) -> None:
    page.get_by_role("radio", name="An empty chart", exact=True).click()
    idle(page)
    field(page, "Title").fill("A case to look at")
    page.keyboard.press("Tab")
    idle(page)
    page.get_by_role("button", name="Begin", exact=True).click()
    idle(page)


def _sign_on_here(seat: Seat) -> None:
    """In a demo a trainer signs on at Training and nowhere else."""
    page = seat.open("/training")
    field(page, "Initials or staff number").fill("TP")
    page.get_by_text("trainer", exact=True).click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Sign on").click()
    page.get_by_role("button", name="TP · trainer").wait_for()
    page.close()


@pytest.mark.nightly
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_no_page_of_training_has_a_fault_of_access(
    scheme: str, rooms: dict[str, str], take_seat, artefacts: Path
) -> None:
    seat = take_seat(color_scheme=scheme)
    _sign_on_here(seat)
    held, alone = rooms["held"], rooms["alone"]
    faults = []
    for path in (
        "", "?view=hold", f"?view=hold&room={held}", f"?view=debrief&room={alone}",
        "?view=calibrate", "?view=verify", "?view=progress", "?view=author",
    ):  # fmt: skip
        page = seat.open(f"/training{path}")
        page.wait_for_timeout(500)
        faults += _looked_at(page, f"training{path}", artefacts, scheme)
        if path == "?view=author":
            _begin_a_draft(page)
            for step in ("Patient", "Timeline", "Pauses and questions", "Branches", "Check",
                         "Preview", "Save and share"):  # fmt: skip
                page.get_by_role("radio", name=step, exact=True).click()
                idle(page)
                faults += _looked_at(page, f"author {step}", artefacts, scheme)
        page.close()
    assert not faults, "\n".join(faults)


@pytest.mark.nightly
def test_the_screens_of_a_trainee_have_no_fault_of_access(
    rooms: dict[str, str], take_seat, artefacts: Path
) -> None:
    seat = take_seat(viewport={"width": 820, "height": 1180})
    seat.sign_on("GH", "nurse")
    page = seat.open(f"/training?view=play&room={rooms['alone']}")
    faults = []
    for screen in ("Ward board", "Work list", "Patient"):
        page.get_by_role("radio", name=screen, exact=True).click()
        idle(page)
        page.wait_for_timeout(300)
        faults += _looked_at(page, f"play {screen}", artefacts, "light")
    assert page.locator(".tw-grade").count() > 0, "the answers are explained: grades are shown"
    waiting = seat.open(f"/training?view=play&room={rooms['held']}")
    faults += _looked_at(waiting, "play waiting", artefacts, "light")
    assert not faults, "\n".join(faults)


def test_certificate_and_tables_arrive_as_files(
    rooms: dict[str, str], take_seat, tmp_path: Path
) -> None:
    seat: Seat = take_seat()
    seat.sign_on("GH", "nurse")
    page = seat.open(f"/training?view=debrief&room={rooms['alone']}")

    def fetched(label: str) -> bytes:
        with page.expect_download() as caught:
            page.get_by_role("button", name=label).click()
        file = tmp_path / caught.value.suggested_filename
        caught.value.save_as(file)
        return file.read_bytes()

    sheet = pypdfium2.PdfDocument(fetched("Certificate of GH"))
    said = "\n".join(one.get_textpage().get_text_range() for one in sheet)
    sheet.close()
    assert "TRAINING CERTIFICATE" in said
    assert "GH, nurse" in said
    table = [*csv.reader(io.StringIO(fetched("Results (CSV").decode("utf-8-sig")))]
    (row,) = [one for one in table if one and one[0] == "GH"]
    code = row[-1]
    assert code, "the certificate that was taken a moment ago"
    assert code in said
    answers = fetched("Answers (CSV").decode("utf-8-sig")
    assert answers.count("\nGH,") == 3
    page.get_by_role("button", name="Verify a certificate").click()
    idle(page)
    field(page, "Verification code").fill(code)
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_text("this certificate was issued here")).to_be_visible()
    assert seat.errors == []
