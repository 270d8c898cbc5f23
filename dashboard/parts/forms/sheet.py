"""
One form on the screen: widgets that start empty and keep what was typed.

Streamlit forgets the state of a widget it does not draw, so every value is copied into
``values`` as it is read; a widget that comes back (after the read-back, or from a draft) starts
from there. Setting the state only while the key is new is what keeps fast taps and half-typed
numbers alive: a value written back on each run would overwrite what the hand has typed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

import streamlit as st

from dashboard.parts.forms.check import Offer, field_text, impossible, offer
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.words import Words
from toxmodels.limits import limits


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    Draws widgets under one key prefix.

    ``values`` holds the raw answers by field name, in types that JSON keeps; ``old`` the values
    of the entry that is being corrected, shown beside each widget.
    """

    prefix: str
    values: dict[str, Any]
    old: Mapping[str, Any] | None = None

    def key(self, name: str) -> str:
        """The widget's key: it names form and patient, so that no state can cross over."""
        return f"{self.prefix}:{name}"

    def get(self, name: str) -> Any:
        """The answer as it stands, None where nothing was entered."""
        return self.values.get(name)

    def _start(self, name: str, value: Any, words: Words | None = None) -> str:
        key = self.key(name)
        if words is not None and isinstance(value, list):
            value = [one for one in value if one in words]
        elif words is not None and value not in words:
            value = None  # an imported word the list does not know: shown beside, not chosen
        if value is not None and key not in st.session_state:
            st.session_state[key] = value
        return key

    def _keep(self, name: str, value: Any) -> None:
        if value is None or value in ("", [], ()):
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def _beside(self, name: str, words: Words | None = None) -> None:
        """Show the old value under the widget while an entry is being corrected."""
        if self.old is not None and self.old.get(name) is not None:
            st.caption(f"was: {as_text(_said(self.old[name], words))}")

    def put(self, name: str, value: Any) -> None:
        """Write an answer from a button; runs before the widgets are drawn again."""
        st.session_state[self.key(name)] = value
        self._keep(name, value)

    def number(
        self, name: str, label: str, *, step: float = 1.0, decimals: int | None = None
    ) -> float | None:
        """
        A typed number. No lower or upper bound: the browser would swallow what lies outside,
        and it is the record that refuses it with a reason.

        With ``decimals`` the answer is rounded as it is shown, so that what is graded is what
        was seen.
        """
        key = self._start(name, self.values.get(name))
        fmt = "%g" if decimals is None else f"%.{decimals}f"
        typed = st.number_input(label, value=None, step=step, format=fmt, key=key, placeholder="–")
        value = None if typed is None else shown_value(typed, decimals)
        self._keep(name, value)
        self._beside(name)
        return value

    def measured(
        self, name: str, *, step: float = 1.0, decimals: int | None = None
    ) -> float | None:
        """A quantity with limits: an impossible value is refused at once, with the cure."""
        value = self.number(name, field_text(name), step=step, decimals=decimals)
        says = None if value is None else impossible(name, value)
        if value is not None and says is not None:
            st.error(says, icon=":material/block:")
            found = offer(name, value)
            if found is not None:
                self._take(name, found)
        return value

    def _take(self, name: str, found: Offer) -> None:
        unit = limits()[name].unit
        st.button(
            f"Use {found.value:g} {unit}",
            key=self.key(f"{name}/take"),
            help=found.says,
            on_click=self.put,
            args=(name, found.value),
        )

    def choice(
        self, name: str, label: str, words: Words, *, default: str | None = None
    ) -> str | None:
        """One of a few, as buttons; a second tap takes the answer back."""
        key = self._start(name, self.values.get(name, default), words)
        chosen = st.segmented_control(
            label, [*words], format_func=words.__getitem__, key=key, wrap=True
        )
        self._keep(name, chosen)
        self._beside(name, words)
        return chosen

    def pick(
        self, name: str, label: str, words: Words, *, placeholder: str = "Not recorded"
    ) -> str | None:
        """One of many, from a list that can be typed into."""
        key = self._start(name, self.values.get(name), words)
        chosen = st.selectbox(
            label,
            [*words],
            index=None,
            format_func=words.__getitem__,
            key=key,
            placeholder=placeholder,
        )
        self._keep(name, chosen)
        self._beside(name, words)
        return chosen

    def name(self, name: str, label: str, known: Sequence[str], *, placeholder: str) -> str | None:
        """A name from a list, or any other that is typed."""
        answer = self.values.get(name)
        key = self._start(name, answer)
        options = [*known] if answer is None or answer in known else [*known, str(answer)]
        typed = st.selectbox(
            label,
            options,
            index=None,
            key=key,
            placeholder=placeholder,
            accept_new_options=True,
        )
        self._keep(name, None if typed is None else typed.strip())
        self._beside(name)
        return cast("str | None", self.values.get(name))

    def several(self, name: str, label: str, words: Words) -> list[str]:
        """Any number of many."""
        key = self._start(name, self.values.get(name), words)
        chosen = st.multiselect(
            label, [*words], format_func=words.__getitem__, key=key, placeholder="Choose"
        )
        self._keep(name, [*chosen])
        self._beside(name, words)
        return [*chosen]

    def text(self, name: str, label: str, *, placeholder: str = "") -> str | None:
        """Free text, stripped; empty is None."""
        key = self._start(name, self.values.get(name))
        typed = st.text_input(label, value=None, key=key, placeholder=placeholder, max_chars=400)
        self._keep(name, None if typed is None else typed.strip())
        self._beside(name)
        return cast("str | None", self.values.get(name))

    def day(self, name: str, label: str, default: date | None) -> date | None:
        """A calendar day; kept as text. ``default`` only for a day the clock can know."""
        kept = self.values.get(name)
        key = self._start(name, default if kept is None else date.fromisoformat(kept))
        value = st.date_input(label, value=None, key=key, format="YYYY-MM-DD")
        self._keep(name, None if value is None else value.isoformat())
        return value


def shown_value(typed: float, decimals: int | None) -> float:
    """The number the widget shows: rounded half up, as the browser does, or as typed."""
    if decimals is None:
        return float(typed)
    return float(Decimal(typed).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def _said(value: Any, words: Words | None) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one, words) for one in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if words is None else words.get(str(value), str(value))
