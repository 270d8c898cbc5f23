"""How the security tests report, and the browser seats they share with the browser tests."""

from __future__ import annotations

from tests.browser.conftest import (  # noqa: F401 - fixtures
    artefacts,
    browser,
    contexts,
    take_seat,
    ward_server,
)
