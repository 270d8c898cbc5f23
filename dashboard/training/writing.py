"""
A story as the text of ``story.toml``, read back equal by ``reading``.

Empty answers are left out, as in the files that people write: nothing there means nothing said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomli_w

from dashboard.training.story import Story

__all__ = ["story_toml", "toml_text"]


def story_toml(story: Story) -> str:
    """The text of a story; the same story always gives the same text."""
    return toml_text(story.model_dump(mode="json", exclude_defaults=True))


def toml_text(told: Mapping[str, Any]) -> str:
    """The text of what an author has so far, even where it is no story yet."""
    stated = _stated(told)
    # A block of lines cannot keep a lone carriage return; such text is written with escapes.
    return tomli_w.dumps(stated, multiline_strings=not _has_return(stated))


def _stated(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _stated(one) for key, one in value.items() if one is not None}
    if isinstance(value, list | tuple):
        return [_stated(one) for one in value if one is not None]
    return value


def _has_return(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_return(one) for one in value.values())
    if isinstance(value, list):
        return any(_has_return(one) for one in value)
    return isinstance(value, str) and "\r" in value
