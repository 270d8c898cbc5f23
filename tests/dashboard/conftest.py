"""A fresh store for a test of the screens, with a clock that stands where the test put it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard import session, ward

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def fresh_store(tmp_path, monkeypatch):
    """The store of this process, new and empty; the clock says ``NOW``."""
    monkeypatch.setenv(session.DATABASE, f"sqlite:///{tmp_path / 'ward.sqlite3'}")
    monkeypatch.setenv(session.FIXED_CLOCK, NOW.isoformat())
    monkeypatch.setenv(session.ZONE, "UTC")
    session.close_stores()
    ward.forget()
    yield session.store()
    session.close_stores()
    ward.forget()
