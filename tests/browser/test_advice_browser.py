"""
The physician's walk in two real browsers: choose a protocol, see the dose, override with a reason.

The second browser is never touched; what was decided has to come to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.store import open_store
from tests.browser.bedside import Seat, idle, pick
from tests.dashboard.small_cases import FEVER, PRESSOR, case, exam, quiet_case, vitals
from tests.serving import Server, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PATIENT = "advice-01"
WARD = "w9"
GRAVE = {"serious", "critical"}
# Scripts of our own parts come two seconds after the page, as on a slow line.
LATE = """
const make = URL.createObjectURL.bind(URL);
URL.createObjectURL = (blob) => {
  if (blob.type !== 'text/javascript') return make(blob);
  const late = `await new Promise((done) => setTimeout(done, 2000));
                export {default} from '${make(blob)}';`;
  return make(new Blob([late], {type: 'text/javascript'}));
};
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A ward of its own, so that no other test follows the protocol chosen here."""
    folder, now = tmp_path_factory.mktemp("advice"), datetime.now(UTC)
    url = f"sqlite:///{folder / 'ward.sqlite3'}"
    told = case(
        PATIENT,
        now,
        sets=[vitals(now - timedelta(minutes=20), **FEVER, **PRESSOR)],
        exams=[exam(now - timedelta(minutes=20))],
    )
    told["patient"] |= {
        "weight_kg": 70.0,
        "weight_recorded_at": (now - timedelta(days=1)).isoformat(),
    }
    with open_store(url) as store:
        store.add_ward(WARD, "Ward Nine", is_sample=False, now=now)
        store.import_case(told, ward_id=WARD, recorded_by="file", now=now)
    with serving(folder, TOXWATCH_DATABASE=url, TOXWATCH_ZONE="UTC") as opened:
        yield opened


@pytest.fixture
def sit(browser: Browser, contexts: list[BrowserContext], server: Server):
    """Open another browser at this ward."""

    def take(**how: object) -> Seat:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, **how})
        contexts.append(context)
        return Seat(context, server.address)

    return take


def _to_patient(seat: Seat) -> Page:
    board = seat.open("/")
    href = board.locator("a.tw-who", has_text=PATIENT).get_attribute("href") or ""
    board.close()
    return seat.open(href)


def _admit_another(server: Server) -> int:
    """Another patient comes to the ward; its version afterwards."""
    with open_store(server.database) as store:
        now = datetime.now(UTC)
        told = quiet_case("advice-02", now)
        store.import_case(told, ward_id=WARD, recorded_by="file", now=now)
        return store.version(WARD)


def _faults(page: Page, name: str) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{name}: {one['id']}, {one['help']}: "
        + "; ".join(f"{node['html'][:160]} {node['failureSummary']}" for node in one["nodes"])
        for one in found
        if one["impact"] in GRAVE
    ]


def _choose_protocol(page: Page) -> None:
    page.get_by_role("button", name="Choose a protocol", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="For").wait_for()
    pick(page, "For", "CAR-T products")
    box = dialog.get_by_role("combobox", name="Protocol", exact=True)
    box.click()
    page.keyboard.type("ASCO")
    page.get_by_role("option", name="ASCO").first.wait_for()
    page.keyboard.press("Enter")
    idle(page)
    dialog.get_by_label("Reason").fill("agreed by the unit")
    page.keyboard.press("Tab")
    idle(page)
    dialog.get_by_role("button", name="Store the choice").click()
    expect(page.get_by_text("agreed by the unit").first).to_be_visible()


def test_a_physician_chooses_sees_the_dose_and_overrides_and_the_other_browser_knows(
    sit, server: Server, artefacts: Path
):
    physician, other = sit(), sit(color_scheme="dark")
    physician.sign_on("PH", "physician")
    watching = _to_patient(other)
    watching.evaluate("window.neverReloaded = true")
    expect(watching.get_by_text("No protocol is chosen for this therapy")).to_be_visible()

    page = _to_patient(physician)
    page.get_by_role("link", name="Choose a protocol").click()
    page.get_by_text("Protocols of Ward Nine").wait_for()
    idle(page)
    _choose_protocol(page)
    faults = _faults(page, "rules")
    page.screenshot(path=artefacts / "advice-1-rules.png", full_page=True)
    page.close()

    # The dose comes to the other browser, which nobody touched, as well as to the physician's.
    expect(watching.locator(".tw-dose", has_text="tocilizumab 560 mg").first).to_be_visible()
    faults += _faults(watching, "patient, dark")
    # What hears a tap comes late; the tap is made as soon as there is a button.
    physician.context.add_init_script(LATE)
    page = _to_patient(physician)
    assert not page.evaluate("Boolean(window.__toxwatch)"), "it was not late: nothing is tried"
    proposal = page.locator(".tw-adv", has_text="tocilizumab 560 mg").first
    expect(proposal).to_contain_text("8 mg/kg x 70 kg = 560 mg")
    proposal.get_by_role("button", name="Decide").click()
    dialog = page.get_by_role("dialog")
    reason = dialog.get_by_label("Reason (needed to override)")
    reason.fill("Perforation suspected")
    # An entry elsewhere draws the page again, once nobody types; the dialog stays as it is.
    version = _admit_another(server)
    reason.press("Tab")
    page.wait_for_function("least => window.__toxwatch.page.data.version >= least", arg=version)
    idle(page)
    expect(reason).to_have_value("Perforation suspected")
    reason.focus()
    page.keyboard.press("Control+Enter")  # may store nothing: neither button was pressed
    idle(page)
    expect(dialog.get_by_role("button", name="Override", exact=True)).to_be_visible()
    faults += _faults(page, "dialog")
    page.screenshot(path=artefacts / "advice-2-dialog.png")
    dialog.get_by_role("button", name="Override", exact=True).click()
    told = "Overridden by PH (physician)"
    expect(page.locator(".tw-decided", has_text=told).first).to_contain_text(
        "Perforation suspected"
    )
    expect(dialog).to_have_count(0)

    # The other browser has it too, without a reload; a nurse there may only look.
    expect(watching.locator(".tw-decided", has_text=told).first).to_be_visible()
    assert watching.evaluate("window.neverReloaded === true")
    faults += _faults(page, "patient, light")
    watching.screenshot(path=artefacts / "advice-3-other.png", full_page=True)
    book = other.open("/rules?rule=asco-2021/crs-3-tocilizumab")
    expect(book.get_by_text("1 of ")).to_be_visible()
    faults += _faults(book, "rules, dark")
    other.sign_on("NU", "nurse")
    nurse = _to_patient(other)
    nurse.locator(".tw-adv", has_text="tocilizumab 560 mg").first.get_by_role("button").click()
    expect(nurse.get_by_text("Only a physician confirms or overrides advice")).to_be_visible()

    assert not faults, "\n".join(faults)
    for seat in (physician, other):
        assert seat.errors == []
        assert seat.strangers == []


def test_the_advice_fits_a_phone(sit, artefacts: Path):
    page = _to_patient(sit(viewport={"width": 390, "height": 844}))
    page.locator(".tw-adv").first.wait_for()
    page.screenshot(path=artefacts / "advice-4-phone.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.tw-adv, .tw-led')]"
        ".map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= 390
    assert _faults(page, "phone") == []
