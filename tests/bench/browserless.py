"""
A browser without a window: speaks Streamlit's own protocol over a websocket.

It does what the page does for a rerun: it tells which messages it has kept, so that the server
need not send them again, and it counts a run as over when the server says so. It can type a
number, tick a box and press a button.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from dashboard.session import COOKIE

ANSWER_S = 60
_VERSION = re.compile(rb'"version": ?(\d+)')
_EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # what Streamlit calls the triggers of a part
_WIDGETS = ("button", "checkbox", "number_input")


class PageFailedError(RuntimeError):
    """A run ended with an error on the page: what it cost is worth nothing."""


@dataclass(slots=True)
class Run:
    """One rerun as the browser sees it."""

    wall_ms: float
    sent_kib: float
    elements: int


class Client:
    """One session on one page."""

    def __init__(self, address: str, path: str, seat: str | None = None) -> None:
        self._url = address.replace("http://", "ws://", 1) + "/_stcore/stream"
        page, _, self._query = path.lstrip("/").partition("?")
        self._page = page
        self._headers = {} if seat is None else {"Cookie": f"{COOKIE}={seat}"}
        self._script = ""
        self._shown: str | None = None
        self._kept: set[str] = set()
        self._told: dict[str, WidgetState] = {}
        self._widgets: dict[tuple[str, str], str] = {}  # kind and label -> id, as last drawn
        self._live = ""  # the id of the live line
        self.version = -1  # of the ward, as last drawn
        self.drawn = b""  # everything of the last run
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._url,
            additional_headers=self._headers,
            max_size=None,
            ping_interval=None,
            open_timeout=ANSWER_S,
        )
        await self.rerun()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    def _stay(self, shown: str) -> None:
        """The first run says which page the address means; every later one must show it again."""
        if self._shown is None:
            self._shown = self._script = shown
        elif shown != self._shown:
            raise PageFailedError("the server has drawn another page")

    def shows(self, kind: str, label: str) -> bool:
        """Whether there is such a button, box or field on the page now."""
        return (kind, label) in self._widgets

    def fields(self) -> list[tuple[str, str]]:
        """Kind and label of everything that can be typed into, ticked or pressed now."""
        return [*self._widgets]

    def label(self, kind: str, begins: str) -> str:
        """The whole label of the one that begins so."""
        return next(name for one, name in self._widgets if one == kind and name.startswith(begins))

    async def type(self, label: str, number: float) -> Run:
        """Type a number into a field; the page is drawn anew, as when somebody leaves a field."""
        id_ = self._widgets["number_input", label]
        self._told[id_] = WidgetState(id=id_, double_value=number)
        return await self.rerun()

    async def tick_everything(self) -> Run:
        """Tick every box of the page."""
        for (kind, _), id_ in self._widgets.items():
            if kind == "checkbox":
                self._told[id_] = WidgetState(id=id_, bool_value=True)
        return await self.rerun()

    async def press(self, label: str) -> Run:
        """Press a button."""
        id_ = self._widgets["button", label]
        return await self.rerun(WidgetState(id=id_, trigger_value=True))

    async def redraw(self) -> Run:
        """Draw the page again by itself, as the live line does when something has changed."""
        told = json.dumps({"event": "changed", "value": self.version + 1})
        return await self.rerun(WidgetState(id=_EVENTS.format(self._live), json_trigger_value=told))

    def _note(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "bidi_component":
            self._live = element.bidi_component.id
            if found := _VERSION.search(element.SerializeToString()):
                self.version = int(found[1])  # the live line says what the page is drawn from
        if kind in _WIDGETS:
            widget = getattr(element, kind)
            if not widget.disabled:
                self._widgets[kind, widget.label] = widget.id

    async def rerun(self, *pressed: WidgetState) -> Run:
        """Ask for the page once more and wait until it is complete."""
        assert self._socket is not None
        told = BackMsg()
        state = told.rerun_script
        state.query_string = self._query
        state.page_script_hash = self._script
        state.page_name = "" if self._script else self._page
        state.cached_message_hashes.extend(self._kept)
        state.context_info.timezone = "UTC"
        state.widget_states.widgets.extend([*self._told.values(), *pressed])
        drawn: list[bytes] = []
        began = time.perf_counter()
        await self._socket.send(told.SerializeToString())
        size = elements = 0
        while True:
            raw = await self._socket.recv(decode=False)
            size += len(raw)
            drawn.append(raw)
            message = ForwardMsg.FromString(raw)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._widgets.clear()
                self._script = self._script or message.new_session.page_script_hash
            elif kind == "navigation":
                self._stay(message.navigation.page_script_hash)
            elif kind == "delta":
                elements += 1
                self._note(message.delta.new_element)
                if message.metadata.cacheable:
                    self._kept.add(message.hash)
                if message.delta.new_element.HasField("exception"):
                    raise PageFailedError(message.delta.new_element.exception.message)
            elif kind == "ref_hash":
                elements += 1
            elif kind == "script_finished":
                if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                        continue
                    raise PageFailedError(
                        ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
                    )
                self.drawn = b"".join(drawn)
                return Run((time.perf_counter() - began) * 1e3, size / 1024, elements)
