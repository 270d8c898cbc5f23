"""
Text as text, for the places where Streamlit reads Markdown: messages, captions and labels.

An error that repeats what somebody typed would otherwise follow an address in it, or draw a
picture from outside.
"""

from __future__ import annotations

import re
from typing import Final

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def as_text(text: object) -> str:
    """The text with every mark escaped, on one line; it shows exactly as it was typed."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(str(text).split()))
