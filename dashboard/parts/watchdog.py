"""
The watchdog: covers a page that is not live, without any help from the server.

It runs in the browser and counts what it hears. Ten seconds without a word from the server, or
without the page's own connection, and the page is covered; a hung server, a dead one and a cut
network look the same to it. It uncovers the page only after the page has been drawn again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

SILENCE_MS: Final = 9_000  # looked at twice a second: covered before ten seconds are over
OVERLAY_ID: Final = "toxwatch-not-live"

_WORDS: Final = {
    "head": "NOT LIVE",
    "since": "No word from the server for",
    "body": "What was on this screen may be old. Do not act on it. Use the bedside chart and look "
    "at the patient. This cover goes away by itself when the screen is live again.",
    "typed": "What you have typed is still here and is not lost.",
}

WATCHDOG_JS: Final = (
    Path(__file__)
    .with_name("watchdog.js")
    .read_text(encoding="utf-8")
    .replace("__WORDS__", json.dumps(_WORDS))
    .replace("__SILENCE__", str(SILENCE_MS))
    .replace("__ID__", OVERLAY_ID)
)
