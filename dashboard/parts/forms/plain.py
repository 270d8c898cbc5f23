"""
Text as text, for the places where Streamlit reads Markdown: messages, captions and labels.

An error that repeats what somebody typed would otherwise follow an address in it, or draw a
picture from outside.
"""

from __future__ import annotations

import re
from typing import Final

_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
# Addresses are made into links after the escapes were read: an unseen joiner takes them apart.
_ADDRESS: Final = re.compile(r"(https?|ftp|mailto|www|(?=@))(?=[:.@])", re.IGNORECASE)
_JOINER: Final = "\u2060"


def as_text(text: object) -> str:
    """The text with every mark escaped, on one line; it shows exactly as it was typed."""
    apart = _ADDRESS.sub(rf"\1{_JOINER}", " ".join(str(text).split()))
    return _PUNCTUATION.sub(r"\\\1", apart)
