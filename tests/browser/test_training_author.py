"""
The authoring round trip in a real browser: make a branching case, save it, download it, read it in
on another server that has never trained anybody, and play it there to its end.

A reload in the middle loses nothing of what was written.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.training.bundling import read_bundle
from dashboard.training.story import ChoiceQuestion, GradeQuestion
from tests.browser.bedside import FOOT, Seat, field, idle, pick, tap
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.nightly, pytest.mark.timeout(600)]

NAME = "fever-at-night"
TOLD = "Day 2, 20:10. A man of 40 years has a fever."


# What an author does


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()
    idle(page)


def step(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()
    idle(page)


def write(page: Page, **texts: str) -> None:
    """Fill in fields by their labels; each counts when the next one is reached."""
    for label, text in texts.items():
        field(page, label).fill(text)
    page.keyboard.press("Tab")
    idle(page)


def sign_on(page: Page, name: str, role: str) -> None:
    field(page, "Initials or staff number").fill(name)
    page.get_by_text(role, exact=True).click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Sign on").click()
    page.get_by_role("button", name=f"{name} · {role}").wait_for()
    idle(page)


def vitals(page: Page, clock: str, temperature: str, *, pressor: str | None = None) -> None:
    step(page, "Vital signs")
    field(page, "Time of day (UTC)").fill(clock)
    field(page, "Temperature (°C)").fill(temperature)
    page.keyboard.press("Tab")
    idle(page)
    pick(page, "Oxygen device", "Room air")
    tap(page, "Hypotensive? (your judgement)", "No" if pressor is None else "Yes")
    tap(page, "Vasopressors", "None running" if pressor is None else "Running")
    if pressor is not None:
        page.get_by_role("combobox", name="Which are running now").click()
        page.keyboard.type(pressor)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        idle(page)
    press(page, "Put on the timeline")


def add_question(page: Page, kind: str, place: str) -> None:
    """Ask for a grade or a choice: why and who says so."""
    press(page, kind)
    last = page.get_by_test_id("stExpander").last
    last.get_by_label("Why it is right", exact=True).fill("The table says so.")
    last.get_by_label("Place in the source", exact=True).fill(place)
    page.keyboard.press("Tab")
    idle(page)
    box = last.get_by_role("combobox", name="Source, from the bibliography", exact=True)
    box.click()
    page.keyboard.type("lee-2019")
    page.get_by_role("option", name="lee-2019").first.wait_for()
    page.keyboard.press("Enter")
    idle(page)


def grade(page: Page, number: str) -> None:
    last = page.get_by_test_id("stExpander").last
    for group in ("Right: at least", "Right: at most"):
        buttons = last.get_by_role("radiogroup", name=group, exact=True)
        buttons.get_by_role("radio", name=number, exact=True).click()
        idle(page)


def begin(page: Page) -> None:
    step(page, "An empty chart")
    write(page, Title="Fever at night")
    press(page, "Begin")
    tap(page, "Level", "Ward nurse")
    pick(page, "For", "Nurse")
    page.keyboard.press("Escape")
    write(page, **{
        "What it shows, in two or three sentences": "A fever and what comes of it.",
        "Debrief: what to take home": "Call early.",
    })  # fmt: skip
    press(page, "Add an aim")
    write(page, **{"Aim 1": "Grade a fever and call early"})


def ask(page: Page) -> None:
    step(page, "Pauses and questions")
    press(page, "Add a pause")
    write(page, **{"What is told before the questions": TOLD})
    add_question(page, "Grade", "CRS table, fever row")
    grade(page, "1")
    expect(page.get_by_text("The program here: 1").first).to_be_visible()
    add_question(page, "Choose", "CRS table, footnotes")
    write(page, **{
        "Choice 1": "Call the physician", "Why choice 1 is right, or why it tempts": "It may rise.",
        "Choice 2": "Wait until morning", "Why choice 2 is right, or why it tempts": "It is late.",
    })  # fmt: skip
    page.get_by_text("Right (1)", exact=True).click()
    idle(page)


def branch(page: Page) -> None:
    """Who waits finds the patient on a vasopressor two hours later."""
    step(page, "Branches")
    write(page, **{
        "Short name of the branch": "waited", "What happens on it": "Nobody was called.",
    })  # fmt: skip
    press(page, "Add the branch")
    step(page, "Pauses and questions")
    page.get_by_text("2. Choose: What now?").click()
    idle(page)
    pick(page, "Leads to (2)", "waited")
    step(page, "Timeline")
    step(page, "Branch waited")
    vitals(page, "23:00", "39.4", pressor="Norepinephrine")
    expect(page.locator("table.tw-records")).to_contain_text("norepinephrine running")
    step(page, "Pauses and questions")
    press(page, "Add a pause")
    field(page, "Time of day (UTC)").fill("23:10")
    field(page, "What is told before the questions").fill("23:10. He needs norepinephrine.")
    page.keyboard.press("Tab")
    idle(page)
    pick(page, "Belongs to", "Branch waited")
    add_question(page, "Grade", "CRS table, hypotension row")
    grade(page, "3")


def make(page: Page) -> None:
    begin(page)
    step(page, "Patient")
    write(page, **{"Age (years; an infant in decimals)": "40"})
    step(page, "Timeline")
    vitals(page, "20:00", "38.6")
    expect(page.locator("table.tw-records")).to_contain_text("38.6 °C, fever")
    ask(page)
    page.reload()
    page.get_by_text(FOOT).wait_for()
    idle(page)
    branch(page)


def share(page: Page, folder: Path) -> Path:
    step(page, "Check")
    expect(page.get_by_text("It can be played: no faults.")).to_be_visible()
    said = page.get_by_test_id("stAlert").all_inner_texts()
    assert len(said) == 1, said
    step(page, "Save and share")
    press(page, "Save for the trainees here")
    expect(page.get_by_text("Saved. It stands in the catalogue")).to_be_visible()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download as one file").click()
    assert caught.value.suggested_filename == f"{NAME}.toxwatch-story"
    file = folder / caught.value.suggested_filename
    caught.value.save_as(file)
    return file


# What happens elsewhere


def read_in(page: Page, file: Path) -> None:
    sign_on(page, "UR", "trainer")
    step(page, "A file made elsewhere")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Fever at night").first.wait_for()
    idle(page)
    press(page, "Save for the trainees here")
    expect(page.get_by_text("Saved. It stands in the catalogue").first).to_be_visible()


def play(page: Page) -> None:
    """The wrong choice, so that the branch is played, too."""
    page.locator(f".st-key-play-{NAME}").get_by_role("button").click()
    expect(page.locator(".tw-told").last).to_contain_text(TOLD)
    idle(page)
    tap(page, "CRS grade", "1")
    press(page, "Answer")
    page.get_by_text("Wait until morning", exact=True).click()
    idle(page)
    press(page, "Answer")
    press(page, "Go on")
    expect(page.locator(".tw-told").last).to_contain_text("He needs norepinephrine")
    idle(page)
    tap(page, "CRS grade", "3")
    press(page, "Answer")
    press(page, "Go on")


def kinds(server: Server) -> dict[str, int]:
    """What the training journal of a server holds, asked without any code of ours."""
    file = Path(server.database.removeprefix("sqlite:///")).with_name("training.sqlite3")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT kind, count(*) FROM noted GROUP BY kind"))


@pytest.fixture
def author(browser: Browser):
    contexts = []

    def sit(server: Server) -> Seat:
        contexts.append(browser.new_context(viewport={"width": 1366, "height": 900}))
        return Seat(contexts[-1], server.address)

    yield sit
    for context in contexts:
        context.close()


def test_a_case_is_made_saved_shared_and_played_elsewhere(
    author, tmp_path: Path, artefacts: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    start = time.monotonic()
    with serving(here, TOXWATCH_ZONE="UTC") as server:
        seat = author(server)
        page = seat.open("/training?view=author")
        sign_on(page, "TR", "trainer")
        make(page)
        file = share(page, tmp_path)
        assert kinds(server) == {"story": 1}
        assert seat.errors == []
        assert seat.strangers == []
    made = read_bundle(file.read_bytes()).course
    asked = [question for _, question in made.story.questions()]
    assert [type(one) for one in asked] == [GradeQuestion, ChoiceQuestion, GradeQuestion]
    assert all(one.verification == "unverified" for one in asked)  # nobody said it was read
    assert [len(one.questions) for one in made.story.pauses] == [2, 1]
    assert set(made.cases) == {None, "waited"}
    with serving(there, TOXWATCH_ZONE="UTC") as server:
        seat = author(server)
        page = seat.open("/training?view=author")
        read_in(page, file)
        assert kinds(server) == {"story": 1}
        seat = author(server)
        page = seat.open("/training")
        sign_on(page, "NN", "nurse")
        play(page)
        expect(page.get_by_text("2 of 3").first).to_be_visible()
        page.screenshot(path=artefacts / "training-author-played.png")
        assert kinds(server)["answered"] == 3
        assert seat.errors == []
    print(f"author round trip: {time.monotonic() - start:.0f} s")
