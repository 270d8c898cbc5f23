"""
Bringing a new scene into sight: what is told stands at the top, and the page begins there.

A page that is drawn again keeps where it was scrolled to; after a long question the next one would
begin above the screen. Nothing is scrolled while a scene stays the same.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

__all__ = ["from_the_top"]

_JS: Final = """
export default function ({data}) {
  if (window.__toxwatchScene === data.scene) return;
  const first = window.__toxwatchScene === undefined;
  window.__toxwatchScene = data.scene;
  if (!first) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
}
"""


def from_the_top(scene: str) -> None:
    """Scroll up if this is another scene than the one drawn before in this tab."""
    mount = st.components.v2.component("toxwatch_scene", html="<span></span>", js=_JS)
    mount(key="toxwatch-scene", data={"scene": scene})
