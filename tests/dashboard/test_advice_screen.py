"""Advice on the Patient page and the board: doses, blocks, what is decided, what stays unknown."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import session, ward
from dashboard.live import Tap
from dashboard.parts.board_table import Look, table
from dashboard.parts.patient.advice import HOLDS, dose_text, still_holds
from dashboard.parts.patient.comparing import rows_of
from dashboard.parts.patient.ledger import ledger_html
from dashboard.parts.patient.pathway import pathway_html
from dashboard.store import NewEntry, Store, Submission
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, plain, ran, words
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, vitals
from toxmodels import assess, load_case
from toxmodels.protocols import protocols

PATIENT = "a-01"
TOCI = "asco-2021/crs-3-tocilizumab"
HOSTILE = "<img src=x onerror=alert(1)>"


def _page(role: str, tap: object) -> None:
    """The page as a script; a tap on Decide happened just before it."""
    import streamlit as st

    from dashboard.parts.patient.deciding import open_decision
    from dashboard.session import Person, sign_off, sign_on
    from dashboard.views.patient import page

    if role:
        sign_on(Person("AB", role))  # type: ignore[arg-type]
    else:
        sign_off()
    if tap is not None and "tapped" not in st.session_state:
        st.session_state["tapped"] = True
        open_decision(tap)  # type: ignore[arg-type]
    page()


def _form(role: str, position: int, rule: str) -> None:
    """What the dialog holds, drawn in every run: AppTest closes a dialog with each rerun."""
    from dashboard import ward
    from dashboard.parts.patient.deciding import Opened, advice_of, draw_decision
    from dashboard.session import Person, sign_on

    sign_on(Person("AB", role))  # type: ignore[arg-type]
    opened = Opened("a-01", "asco-2021", rule, position, decision_id="the-dialog")
    state = ward.patient_state("a-01")
    draw_decision(state, advice_of(state, opened), opened)  # type: ignore[arg-type]


def _opened(role: str = "", tap: Tap | None = None, **params: str) -> AppTest:
    at = AppTest.from_function(_page, args=(role, tap), default_timeout=60)
    at.query_params["p"] = session.ref_of(PATIENT)
    for name, value in params.items():
        at.query_params[name] = value
    return ran(at.run())


@pytest.fixture
def opened(fresh_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A ward that follows ASCO for CAR-T; AppTest has no cookie, so the seat is given."""
    monkeypatch.setattr(session, "_seat", lambda: "one-browser")
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    return fresh_store


def _follow(opened: Store, protocol_id: str | None, scope: str = "car-t", n: int = 1) -> None:
    opened.choose_protocol(
        choice_id=f"c-{n}",
        ward_id="w1",
        scope=scope,
        protocol_id=protocol_id,
        reason="agreed by the unit",
        recorded_by="CD",
        role="physician",
        now=NOW,
    )


def _admit(opened: Store, signs: dict[str, Any], **more: Any) -> None:
    gradings = more.pop("gradings", [])
    patient = {
        "id": PATIENT,
        "age_years": 50.0,
        "weight_kg": 70.0,
        "weight_recorded_at": (NOW - timedelta(days=1)).isoformat(),
        **more.pop("patient", {}),
    }
    told = case(
        PATIENT,
        NOW,
        sets=[vitals(NOW - timedelta(minutes=30), **signs)],
        exams=more.pop("exams", [exam(NOW - timedelta(minutes=30))]),
        **more,
    )
    whole = {**told, "patient": patient} | ({"gradings": gradings} if gradings else {})
    opened.import_case(whole, ward_id="w1", recorded_by="file", now=NOW)


def _tap(position: int, rule: str = TOCI) -> Tap:
    ref = session.ref_of(PATIENT)
    return Tap(go="decide", ref=ref, at=None, alert=f"asco-2021 {rule}", position=position)


def _given(hours: float, drug: str = "tocilizumab", dose_mg: float = 560.0) -> dict[str, Any]:
    return {"given_at": (NOW - timedelta(hours=hours)).isoformat(), "drug": drug,
            "dose_mg": dose_mg, "route": "iv"}  # fmt: skip


def test_the_dose_stands_with_arithmetic_source_mark_and_rule(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    said = plain(_opened())
    assert "tocilizumab 560 mg" in said
    assert "8 mg/kg x 70 kg = 560 mg" in said
    assert "Not if: known hypersensitivity to tocilizumab" in said
    assert f"VERIFIED {TOCI}" in said
    assert "Decision support: it orders nothing." in said
    assert said.index("ACT NOW") < said.index("SOON Work-up")


def test_without_a_protocol_no_drug_is_proposed_and_the_choice_is_one_tap_away(opened):
    _admit(opened, FEVER | PRESSOR)
    at = _opened()
    assert "No protocol is chosen for this therapy" in plain(at)
    assert "tocilizumab 560" not in plain(at)
    assert 'href="/rules"' in markup_of(at)
    assert plain(at).count("Choose a protocol") == 1


def test_a_protocol_that_cannot_be_read_is_said_and_not_passed_over(opened):
    _follow(opened, "our-own")
    _admit(opened, FEVER | PRESSOR)
    said = plain(_opened())
    assert "No advice here: The protocol &quot;our-own&quot;, chosen for car-t" in said
    assert "tocilizumab 560" not in said


def test_a_blocked_dose_shows_when_and_never_a_number_as_a_dose(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR, treatments=[_given(5)])
    said = plain(_opened())
    assert "BLOCKED: last dose 5 h ago" in said
    assert "Earliest next dose 15:00, in 3 h 00 min" in said
    assert "tocilizumab 560 mg" not in said
    assert "tocilizumab 1 of 4, next from 15:00" in said  # in the line above all advice
    assert "1 of 4 given since the first infusion, 3 left" in said


def test_a_child_never_sees_an_adult_flat_dose(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR, patient={"age_years": 9.0, "weight_kg": 28.0})
    said = plain(_opened())
    assert "BLOCKED: adult flat dose: no paediatric dose in this protocol" in said
    assert "dexamethasone 10 mg" not in said
    assert "12 mg/kg x 28 kg = 336 mg" in said


def test_without_a_weight_there_is_no_dose(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR, patient={"weight_kg": None, "weight_recorded_at": None})
    said = plain(_opened())
    assert "BLOCKED" in said
    assert re.search(r"tocilizumab \d", said.split("Doses given")[0]) is None


def test_what_a_missing_sign_could_add_is_folded_and_led_by_the_cheapest(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | LOW | {"oxygen": {"device": "nasal_cannula"}})
    at = _opened()
    titles = [one.label for one in at.expander]
    led = next(one for one in titles if one.startswith("If confirmed"))
    assert "oxygen flow in L" in led.replace("\\", "")
    assert "If CRS is 3, also:" in plain(at)


def test_an_unverified_rule_says_so_with_its_confidence(opened):
    _follow(opened, "asco-2021")
    signs = FEVER | LOW | {"fluid_bolus_ml": 500, "fluid_for_hypotension": True}
    sets = [vitals(NOW - timedelta(minutes=30 + 60 * n), **signs) for n in range(3)]
    told = case(PATIENT, NOW, sets=sets, exams=[], treatments=[_given(9)])
    opened.import_case(told, ward_id="w1", recorded_by="file", now=NOW)
    assert "UNVERIFIED, high confidence: check the source" in plain(_opened())


# Deciding


def _decide(role: str, button: str, reason: str, position: int) -> AppTest:
    at = AppTest.from_function(_form, args=(role, position, TOCI), default_timeout=60).run()
    at.text_area[0].set_value(reason)
    next(one for one in at.button if one.label == button).click().run()
    assert not at.exception, at.exception
    return at


def test_an_override_is_stored_once_with_its_reason_and_shown(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    position = ward.patient_state(PATIENT).position
    _decide("physician", "Override", "Active diverticulitis", position)
    (stored,) = opened.decisions(PATIENT)
    assert (stored.rule, stored.choice, stored.dose_mg) == (TOCI, "overridden", 560.0)
    assert (stored.reason, stored.role) == ("Active diverticulitis", "physician")
    said = plain(_opened())
    assert "Overridden by AB (physician), just now: Active diverticulitis" in said


def test_a_decision_stays_on_the_page_when_its_advice_is_gone(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    _decide("physician", "Override", "Active diverticulitis", ward.patient_state(PATIENT).position)
    _follow(opened, None, n=2)
    at = _opened()
    assert TOCI not in [one.rule for one in ward.patient_state(PATIENT).assessment.advice]
    assert "Decisions on record: 1" in [one.label for one in at.expander]
    assert "560 mg. Reason: Active diverticulitis" in plain(at)


def test_an_override_without_a_reason_is_not_stored(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _decide("physician", "Override", " ", ward.patient_state(PATIENT).position)
    assert "needs a reason" in at.error[0].value
    assert opened.decisions(PATIENT) == ()


def test_a_confirmation_needs_no_reason_and_the_same_dialog_stores_once(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    position = ward.patient_state(PATIENT).position
    for _ in range(2):
        _decide("physician", "Confirm", "", position)
    assert [one.choice for one in opened.decisions(PATIENT)] == ["confirmed"]


def test_the_tap_opens_the_dialog_with_the_dose(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _opened("physician", _tap(ward.patient_state(PATIENT).position))
    assert [one.label for one in at.text_area] == ["Reason (needed to override)"]
    assert "sent nowhere" in at.caption[-1].value


def test_the_dialog_stays_through_a_redraw_until_something_comes_in_for_the_patient(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _opened("physician", _tap(ward.patient_state(PATIENT).position))
    at.text_area[0].set_value("perforation suspected")
    ran(at.run())
    assert [one.value for one in at.text_area] == ["perforation suspected"]
    entry = NewEntry(kind="vitals", payload=vitals(NOW - timedelta(minutes=5), heart_rate_bpm=90))
    opened.submit(
        Submission(
            submission_id="s-1", ward_id="w1", patient_id=PATIENT, entries=(entry,),
            recorded_by="CD", role="nurse",
        ),
        now=NOW,
    )  # fmt: skip
    ran(at.run())
    assert "Something new has come in" in at.toast[0].value
    assert not at.text_area
    ran(at.run())
    assert not at.toast


def test_a_stale_form_is_refused_by_the_store(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _decide("physician", "Confirm", "", ward.patient_state(PATIENT).position - 1)
    assert at.error
    assert opened.decisions(PATIENT) == ()


@pytest.mark.parametrize("role", ["nurse", "observer"])
def test_only_a_physician_decides(opened, role):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _opened(role, _tap(ward.patient_state(PATIENT).position))
    assert "Only a physician confirms or overrides advice" in at.info[0].value
    assert not [one for one in at.button if one.label in ("Confirm", "Override")]


def test_a_dialog_overtaken_by_an_entry_is_not_opened(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _opened("physician", _tap(ward.patient_state(PATIENT).position - 1))
    assert "Something new has come in" in at.toast[0].value
    assert not at.text_area


def test_nothing_is_decided_in_a_view_of_the_past(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    past = (NOW - timedelta(minutes=10)).isoformat()
    at = _opened("physician", _tap(ward.patient_state(PATIENT).position), at=past)
    assert not at.text_area
    assert 'data-tw-go="decide"' not in markup_of(at)
    assert "the protocol of today" in plain(at)


# The board


def _board() -> str:
    rows = ward.board_rows("w1")
    return words(
        table(rows, Look(at=None, clock=lambda time: f"{time:%H:%M}", ink="#000", zone="UTC"))
    )


def test_the_board_marks_advice_that_waits_until_it_is_decided(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    assert "Advice to decide: tocilizumab, dexamethasone" in _board()
    _decide("physician", "Confirm", "", ward.patient_state(PATIENT).position)
    ward.forget()
    assert "Advice to decide: dexamethasone" in _board()
    assert "tocilizumab" not in _board()


def test_a_decision_holds_for_a_shift_and_only_for_what_was_decided(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    _decide("physician", "Confirm", "", ward.patient_state(PATIENT).position)
    ward.forget()
    state = ward.patient_state(PATIENT)
    one = next(one for one in state.assessment.advice if one.rule == TOCI)
    (made,) = state.decisions
    minute = timedelta(minutes=1)
    assert still_holds(one, made, NOW + HOLDS - minute, {})
    assert not still_holds(one, made, NOW + HOLDS, {})
    assert not still_holds(one, made, NOW + minute, {"tocilizumab": NOW + minute})
    assert still_holds(one, made, NOW + minute, {"tocilizumab": NOW - minute})
    assert not still_holds(one.model_copy(update={"dose_mg": 544.0}), made, NOW, {})


def test_the_board_counts_down_a_blocked_dose(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR, treatments=[_given(5)])
    assert "tocilizumab again in 3 h 00 min" in _board()
    assert "decide: tocilizumab" not in _board()


def test_a_calm_patient_has_no_such_line(opened):
    _follow(opened, "asco-2021")
    _admit(opened, {})
    assert "to decide" not in _board()
    assert "again in" not in _board()


# The ledger, the comparison, the pathway


def test_treatments_nobody_kept_are_unknown_and_not_none(opened):
    _admit(opened, FEVER, treatments=None)
    said = words(ledger_html(ward.patient_state(PATIENT), session.zone()))
    assert "Tocilizumab not known: nobody kept a list" in said
    assert "0 of 4" not in said


def test_corticosteroids_are_added_up_as_dexamethasone(opened):
    given = [_given(hours, "dexamethasone", 10.0) for hours in (1, 7, 13)]
    _admit(opened, FEVER, treatments=given)
    said = words(ledger_html(ward.patient_state(PATIENT), session.zone()))
    assert "30 mg as dexamethasone; 3 recorded" in said


def test_two_protocols_stand_on_one_row_by_drug_and_differences_are_marked(opened):
    _admit(opened, FEVER | PRESSOR)
    state = ward.patient_state(PATIENT)
    asco, nccn = (assess(state.case, state.at, one).advice for one in ("asco-2021", "nccn-2026-2"))
    rows = rows_of(asco, nccn, protocols())
    toci = next(row for row in rows if row.what == "Tocilizumab" and row.place == "CRS")
    assert toci.left
    assert toci.right
    same = rows_of(asco, asco, protocols())
    assert same
    assert {row.difference for row in same} == {""}


def test_the_comparison_is_one_choice_away(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR)
    at = _opened()
    at.selectbox(key=f"compare-right/{PATIENT}").set_value("nccn-2026-2").run()
    assert not at.exception
    assert "tw-compare" in markup_of(at)


def _blinatumomab(opened: Store, **patient: Any) -> str:
    infused = (NOW - timedelta(hours=50)).isoformat()
    therapy = {"product": "blinatumomab", "indication": "b-all-rr", "region": "eu"}
    if patient.pop("started", True):
        therapy["infusions"] = [{"started_at": infused, "rate_ug_day": 9.0, "cycle": 1}]
    gradings = patient.pop("gradings", [])
    _admit(opened, {}, therapy=therapy, patient=patient, gradings=gradings)
    return words(pathway_html(ward.patient_state(PATIENT), session.zone()))


def test_the_pathway_before_the_start_asks_for_what_is_not_recorded(opened):
    said = _blinatumomab(opened, started=False)
    assert "Tumour burden NOT KNOWN" in said
    assert "marrow blasts (%) not recorded" in said
    assert "Prephase No dose: burden not known" in said


def test_a_high_burden_gives_the_prephase_with_its_arithmetic(opened):
    said = _blinatumomab(opened, started=False, marrow_blasts_percent=62.0, height_cm=170.0)
    assert "Tumour burden HIGH" in said
    assert "mg/day" in said.split("Prephase")[1]
    assert "10 mg/m2/day x" in said or "mg/m2/day x" in said


def test_the_clock_runs_by_both_ways_of_counting(opened):
    said = _blinatumomab(opened, marrow_blasts_percent=10.0, peripheral_blasts_per_ul=100)
    assert "day 3 of 28 by infusion (50.0 of 672 h), day 3 by the calendar" in said
    assert "RUNNING, 9 µg/day (low dose)" in said


def test_after_a_permanent_stop_the_pathway_offers_no_restart(opened):
    four = {"graded_at": NOW.isoformat(), "scale": "ctcae-5.0", "term": "neurotoxicity", "grade": 4}
    said = _blinatumomab(opened, gradings=[four])
    assert "Restart None: " in said
    assert "by infusion" not in said
    assert "Premedication before a restart" not in said


def test_no_other_product_has_the_pathway(opened):
    _admit(opened, FEVER)
    assert "Blinatumomab pathway" not in plain(_opened())


def test_patient_and_decision_text_stays_text(opened):
    _follow(opened, "asco-2021")
    _admit(opened, FEVER | PRESSOR, treatments=[_given(30, HOSTILE, 1.0)])
    state = ward.patient_state(PATIENT)
    opened.decide(
        decision_id="d-1", ward_id="w1", patient_id=PATIENT, rule=TOCI, protocol="asco-2021",
        choice="overridden", advise="x", dose_mg=None, reason=HOSTILE,
        seen_position=state.position, recorded_by="AB", role="physician", now=NOW,
    )  # fmt: skip
    markup = markup_of(_opened())
    assert "<img" not in markup
    assert "&lt;img" in markup


# Checks that are due


def test_the_board_says_which_check_comes_next(opened):
    _admit(opened, {})
    state = ward.patient_state(PATIENT)
    first = min((one for one in state.assessment.due if one.what != "labs"), key=lambda o: o.due_at)
    assert first.due_at > state.at
    assert f"Next {first.what} {first.due_at:%H:%M}, in " in _board()


def test_an_overdue_check_says_by_how_long_and_why_it_was_due(opened):
    _follow(opened, "asco-2021")
    half = {"year": 0, "month": 0, "city": 0, "hospital": 0, "naming": 3, "command": 1,
            "writing": 1, "attention": 1}  # fmt: skip
    exams = [exam(NOW - timedelta(hours=6)), exam(NOW - timedelta(hours=3), ice=half)]
    _admit(opened, {}, exams=exams)
    late = next(one for one in ward.patient_state(PATIENT).assessment.due if one.what == "neuro")
    assert late.overdue_minutes is not None
    said = plain(_opened())
    assert f"Neurological exam due {late.due_at:%H:%M}, overdue by" in said
    assert late.why in said
    hours, minutes = divmod(late.overdue_minutes, 60)
    assert f"overdue by {hours} h {minutes:02} min" in _board()


def test_a_dose_held_back_until_something_is_confirmed_shows_no_number() -> None:
    told = case(PATIENT, NOW, sets=[vitals(NOW, **{**FEVER, **LOW, **PRESSOR})], exams=[])
    told["patient"] |= {
        "weight_kg": 70.0,
        "weight_recorded_at": (NOW - timedelta(days=1)).isoformat(),
    }
    found = assess(load_case(json.dumps(told)), at=NOW, protocol="asco-2021").advice
    doses = [one for one in found if any(part.isdigit() for part in dose_text(one))]
    assert doses
    held = [one.model_copy(update={"blocked_by": "first confirm"}) for one in doses]
    assert not [one for one in held if any(part.isdigit() for part in dose_text(one))]


def test_a_sum_is_shown_and_a_fixed_dose_does_not_repeat_itself(opened):
    _follow(opened, "asco-2021")
    _admit(opened, {**FEVER, **LOW, **PRESSOR})
    said = plain(_opened())
    assert "tocilizumab 560 mg 8 mg/kg x 70 kg = 560 mg" in said
    assert "dexamethasone 10 mg, every 6 h fixed dose, regimen dex10-q6" in said
    assert said.count("10 mg, every 6 h") == 1


def test_no_emergency_is_folded_away_beside_another(opened):
    fit = {"kind": "generalised", "duration_min": 8.0, "resolved": True}
    exams = [exam(NOW - timedelta(minutes=5), consciousness="tactile", seizure=fit)]
    _admit(opened, {}, exams=exams)
    found = ward.patient_state(PATIENT).alerts
    pressing = [one for one in found if one.is_open and one.flag.urgency == "emergency"]
    assert len(pressing) > 1
    page = _opened()
    folded = words("".join(one.proto.body for fold in page.expander for one in fold.get("html")))
    assert all(one.flag.says not in folded for one in pressing)
    assert all(one.flag.says in plain(page) for one in pressing)
