"""Every action by every role, in the own ward, in another and in all: by direct service call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from dashboard import session, ward
from dashboard.accounts import administering
from dashboard.accounts.authorise import NotAllowed, authorise
from dashboard.accounts.permissions import ACTIONS, ROLES, may
from dashboard.accounts.person import Person
from dashboard.parts import choosing
from dashboard.parts.forms import importing
from dashboard.parts.forms.saving import Sending, save
from dashboard.parts.patient import deciding, trajectories
from dashboard.store import Store
from dashboard.views import board
from tests.dashboard.conftest import NOW
from tests.dashboard.small_cases import FEVER, LOW, PRESSOR, case, exam, quiet_case, vitals

WARD, OTHER = "w1", "w2"
# By hand, not from the code: N nurse, P physician, T trainer, A administrator, O observer.
TABLE = {
    "view": "NPTAO",
    "enter": "NP",
    "correct": "NP",
    "attribute": "P",
    "acknowledge": "NP",
    "decide": "P",
    "choose-protocol": "P",
    "handover": "NP",
    "export": "PA",
    "print": "NP",
    "backup": "A",
    "administer": "A",
    "train": "T",
    "learn": "NPTAO",
    "deidentify": "T",
}
KEPT = ("entry", "acknowledgement", "decision", "protocol_choice", "account", "seat", "draft")
WARDS = {"own": frozenset({WARD}), "other": frozenset({OTHER}), "every": None}


def test_the_table_is_the_one_that_was_agreed() -> None:
    assert set(TABLE) == set(ACTIONS)
    wrong = [
        (role, action)
        for role in ROLES
        for action, letters in TABLE.items()
        if may(role, action) != (role[0].upper() in letters)
    ]
    assert wrong == []
    assert not any(may(role, "view") for role in ("", "Nurse", "king", "nurse "))
    assert not any(may(role, action) for role in ROLES for action in ("", "delete", "View"))


@pytest.fixture
def opened(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store as the screens open it, with a sick patient, an alert and advice."""
    monkeypatch.setenv(session.DATABASE, url)
    monkeypatch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    monkeypatch.setenv(session.ACCOUNTS, session.REQUIRED)
    session.close_stores()
    ward.forget()
    store = session.store()
    store.add_ward(WARD, "Ward One", is_sample=False, now=NOW)
    store.add_ward(OTHER, "Ward Two", is_sample=False, now=NOW)
    sick = {**FEVER, **LOW, **PRESSOR}
    told = case("p1", NOW, sets=[vitals(NOW, **sick)], exams=[exam(NOW)])
    store.import_case(told, ward_id=WARD, recorded_by="file", now=NOW)
    store.choose_protocol(
        choice_id="c", ward_id=WARD, scope="car-t", protocol_id="asco-2021", reason="agreed",
        recorded_by="CD", role="physician", now=NOW,
    )  # fmt: skip
    founder = Person("root", "administrator")
    administering.add(store, founder, "boss", "administrator", "green lamp over river", now=NOW)
    yield store
    session.close_stores()
    ward.forget()


def _save(person: Person | None, payload: dict[str, Any], replaces: str | None = None) -> None:
    sending = Sending(
        token=str(uuid.uuid4()), ward_id=WARD, patient_id="p1", entries=[("vitals", payload)],
        replaces=replaces, reason=None if replaces is None else "misread",
    )  # fmt: skip
    save(session.store(), person, sending, now=NOW)


def _enter(person: Person | None) -> None:
    _save(person, vitals(NOW, **FEVER))


def _correct(person: Person | None) -> None:
    live = [one for one in session.store().history("p1") if one.kind == "vitals" and one.is_live]
    _save(person, vitals(NOW), replaces=live[-1].entry_id)


def _attribute(person: Person | None) -> None:
    _save(person, vitals(NOW, **FEVER, other_cause=["fever"], other_cause_reason="infection"))


def _admit(person: Person | None) -> None:
    id_ = uuid.uuid4().hex[:8]
    sending = Sending(
        token=str(uuid.uuid4()), ward_id=WARD, patient_id=id_,
        entries=[("patient", {"id": id_, "age_years": 40.0})],
    )  # fmt: skip
    save(session.store(), person, sending, now=NOW)


def _import(person: Person | None) -> None:
    content = json.dumps(quiet_case(uuid.uuid4().hex[:8], NOW)).encode()
    here = next(one for one in session.store().wards() if one.id == WARD)
    _or_raise(importing._store(content, person, here))  # type: ignore[arg-type]


def _acknowledge(person: Person | None) -> None:
    state = ward.patient_state("p1")
    fault = board.acknowledge(
        state, state.alerts[0], reason=board.REASONS[0], person=person, token=str(uuid.uuid4())
    )  # type: ignore[arg-type]
    _or_raise(fault)


def _decide(person: Person | None) -> None:
    state = ward.patient_state("p1")
    one = state.assessment.advice[0]
    asked = deciding.Opened("p1", one.protocol, one.rule, state.position, str(uuid.uuid4()))
    _or_raise(deciding.decide(state, one, asked, choice="confirmed", reason="", person=person))  # type: ignore[arg-type]


def _choose(person: Person | None) -> None:
    here = next(one for one in session.store().wards() if one.id == WARD)
    fault = choosing._store(
        here, str(uuid.uuid4()), scope="car-t", chosen="asco-2021", reason="agreed", who=person
    )  # type: ignore[arg-type]
    _or_raise(fault)


def _print(person: Person | None) -> None:
    assert trajectories.left_the_page(person, ward.patient_state("p1"), "crs", b"copy") == b"copy"


def _administer(person: Person | None) -> None:
    name = uuid.uuid4().hex[:8]
    administering.add(
        session.store(), person, name, "nurse", "green lamp over river", now=NOW
    )  # fmt: skip


class RefusedInWordsError(Exception):
    """What a service that answers in words said."""


def _or_raise(fault: str | None) -> None:
    if fault is not None:
        raise RefusedInWordsError(fault)


DEEDS: dict[str, tuple[str, Callable[[Person | None], None]]] = {
    "enter": ("enter", _enter),
    "correct": ("correct", _correct),
    "attribute": ("attribute", _attribute),
    "admit": ("enter", _admit),
    "import": ("enter", _import),
    "acknowledge": ("acknowledge", _acknowledge),
    "decide": ("decide", _decide),
    "choose-protocol": ("choose-protocol", _choose),
    "print": ("print", _print),
    "administer": ("administer", _administer),
}


def _counts(store: Store) -> dict[str, int]:
    with store._engines.reading() as connection:
        return {
            table: int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)
            for table in KEPT
        }


def _people() -> Iterator[tuple[Person | None, str]]:
    yield None, "every"
    for role in ROLES:
        for where, wards in WARDS.items():
            yield Person(f"{role[0]}-{where}", role, wards), where


def _walk(opened: Store, people: Iterable[tuple[Person | None, str]]) -> tuple[int, list[str]]:
    """Do every deed as each of them; what came out otherwise than the table by hand says."""
    cells, wrong = 0, []
    for person, where in people:
        for deed, (action, act) in DEEDS.items():
            letter = "-" if person is None else person.role[0].upper()
            # Accounts belong to no ward; everything else is done in one.
            allowed = letter in TABLE[action] and (where != "other" or action == "administer")
            before, trail = _counts(opened), len(opened.audit_trail())
            try:
                act(person)
                done = True
            except (NotAllowed, RefusedInWordsError):
                done = False
            after, added = _counts(opened), opened.audit_trail()[trail:]
            refusals = [one for one in added if one.action == "refused"]
            if allowed:
                good = done and (deed == "print" or after != before)
                good &= len(added) == 1 and not refusals
            else:
                good = not done and after == before and len(added) == len(refusals) == 1
                good &= [one.detail for one in refusals] == [{"action": action}]
            cells += 1
            wrong += [] if good else [f"{deed} as {person} in {where}"]
    return cells, wrong


def test_every_action_by_every_role_in_every_ward(
    opened: Store, report: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, wrong = _walk(opened, _people())
    # The control: the same walk over a program whose table allows everything must go wrong.
    with monkeypatch.context() as patch:
        for module in ("dashboard.accounts.authorise", "dashboard.parts.forms.saving"):
            patch.setattr(f"{module}.may", lambda role, action: True)
        _, broken = _walk(opened, [(Person(f"x-{role}", role), "own") for role in ROLES])
    report("P-27", n=cells, bad=len(wrong), control_bad=len(broken))
    assert wrong == []
    assert cells == (1 + 5 * 3) * len(DEEDS) == 160
    assert len(broken) == 34, "of 50 cells the table by hand refuses 34"
    assert opened.verify() == []


def test_the_control_a_store_without_the_check_takes_it_all(opened: Store) -> None:
    """The store itself does not know roles: without ``authorise`` an observer could write."""
    from dashboard.parts.forms.saving import submission

    observer = Person("olga", "observer")
    sending = Sending(
        token="t", ward_id=WARD, patient_id="p1", entries=[("vitals", vitals(NOW))]
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        save(opened, observer, sending, now=NOW)
    assert opened.submit(submission(observer, sending), now=NOW).stored


@pytest.mark.parametrize("role", ROLES)
def test_a_refusal_names_place_fault_and_cure(role: str) -> None:
    for action in ACTIONS:
        if may(role, action):
            authorise(Person("x", role), action, WARD)  # type: ignore[arg-type]
            continue
        with pytest.raises(NotAllowed, match=rf"role {role}: may not .+ Ask a "):
            authorise(Person("x", role), action, WARD)  # type: ignore[arg-type]


def test_an_attribution_needs_its_reason_also_from_a_physician(opened: Store) -> None:
    doctor = Person("dora", "physician")
    before = _counts(opened)
    with pytest.raises(NotAllowed, match="reason"):
        _save(doctor, vitals(NOW, **FEVER, other_cause=["fever"]))
    assert _counts(opened) == before
