"""
The one check before anything is done: this person, this action, this ward.

It is asked where the store is called, not only where a button is drawn: a button that was drawn
for somebody else, or a call that had no button, is refused here.
"""

from __future__ import annotations

from dashboard.accounts.permissions import IN_WORDS, Action, may, roles_that_may
from dashboard.accounts.person import Person
from dashboard.observing import figures


class NotAllowed(Exception):  # noqa: N818 - a refusal, named by what it says
    """A person may not do what was asked: place, fault, cure."""

    def __init__(self, place: str, fault: str, cure: str) -> None:
        super().__init__(f"{place}: {fault} {cure}".strip())
        self.place = place
        self.fault = fault
        self.cure = cure
        figures.refused.labels("NotAllowed").inc()  # it is made only to be raised


def authorise(person: Person | None, action: Action, ward_id: str | None = None) -> None:
    """
    Return if this person may do this in this ward.

    Raises:
        NotAllowed: nobody is signed on, the role may not, or the ward is another one.

    """
    if person is None:
        raise NotAllowed("sign-on", "nobody is signed on.", "Sign on first.")
    if not may(person.role, action):
        roles = " or ".join(roles_that_may(action))
        raise NotAllowed(
            f"role {person.role}",
            f"may not {IN_WORDS.get(action, 'do this')}; nothing was stored.",
            f"Ask a {roles}." if roles else "Nobody may.",
        )
    if ward_id is not None and person.wards is not None and ward_id not in person.wards:
        raise NotAllowed(
            f'ward "{ward_id}"',
            "is not one of the wards of this account; nothing was stored.",
            "Ask an administrator to add the ward to the account.",
        )
