"""
One harness for the tests of the pages: open a page as somebody, run it, read its words.

The page runs as Streamlit runs it, on the store and the clock that the test has set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import session

WAIT_S = 60


def _script(page: str, role: str) -> None:
    """The page as a script; runs in Streamlit's own scope."""
    from importlib import import_module

    from dashboard.session import Person, sign_off, sign_on

    if role:
        sign_on(Person("AB", role))  # type: ignore[arg-type]
    else:
        sign_off()
    import_module(f"dashboard.views.{page}").page()


def opened(
    page: str,
    role: str = "",
    *,
    patient: str | None = None,
    state: Mapping[str, Any] | None = None,
    **params: str,
) -> AppTest:
    """
    Open a page and run it once.

    Args:
        page: the module in ``dashboard.views``.
        role: AB signs on in this role; nobody where it is empty.
        patient: whose page, put into the address as its reference.
        state: what the session holds already, such as a fold that stands open.
        params: the rest of the address.

    """
    at = AppTest.from_function(_script, args=(page, role), default_timeout=WAIT_S)
    if patient is not None:
        at.query_params[session.PATIENT_KEY] = session.ref_of(patient)
    for name, value in params.items():
        at.query_params[name] = value
    for key, held in (state or {}).items():
        at.session_state[key] = held
    return ran(at.run())


def ran(at: AppTest) -> AppTest:
    """The same page, if it ended without an exception."""
    assert not at.exception, at.exception
    return at


def markup_of(at: AppTest) -> str:
    """Our own markup on the page, without its style sheets."""
    bodies = (one.proto.body for one in at.get("html"))
    return "\n".join(body for body in bodies if not body.startswith("<style>"))


def words(text: str) -> str:
    """Markup as somebody reads it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def plain(at: AppTest) -> str:
    """The words of our own markup on the page."""
    return words(markup_of(at))
