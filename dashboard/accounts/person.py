"""A person who acts: the name that every record carries, the role, and the wards."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.accounts.permissions import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Initials or staff number, and the role; ``wards`` is None where every ward is allowed."""

    name: str
    role: Role
    wards: frozenset[str] | None = None
    account_id: str | None = None
