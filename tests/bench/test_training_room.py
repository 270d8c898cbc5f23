"""
A case with thirty trainees on the real server: how many steps each of them saw, and how soon.

The clock runs as a trainer lets it run. Each trainee is a browser without a window that looks every
two seconds, as the page asks it to, fills in the fields and presses Answer; the clients run on the
same machine as the server and take part of it.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from statistics import median

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard.accounts.permissions import Role
from dashboard.accounts.person import Person
from dashboard.parts.forms.plain import as_text
from dashboard.parts.training.questions import one_flow
from dashboard.store import Store, open_store
from dashboard.training import doing
from dashboard.training.doing import Desk
from dashboard.training.group import right_answer
from dashboard.training.keeping.journal import TrainingStore
from dashboard.training.keeping.opening import open_training
from dashboard.training.marking import ChoiceAnswer, DoseAnswer, GradeAnswer
from dashboard.training.playing import branch_of
from dashboard.training.reading import Course
from dashboard.training.room import Standing, asked, clock
from dashboard.training.shelf import packaged
from dashboard.training.story import Answerable, ChoiceQuestion
from tests.bench.browserless import Client, PageFailedError
from tests.bench.report import Figures
from tests.bench.serving import Used
from tests.health.tree import ROOT
from tests.serving import Server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

MANY = 30
THINK_S = (1.0, 5.0)
ON_TIME_S = 5.0  # the page looks every two seconds
_FIELDS = ("button_group", "radio", "checkbox", "number_input")


@pytest.mark.parametrize(("story", "speed"), [("fever-alone", 60.0), ("waived-fever", 600.0)])
def test_thirty_trainees_see_every_step(
    story: str, speed: float, tmp_path: Path, figures: Figures, report
) -> None:
    with _places(tmp_path) as places:
        seen, missed, late_s, busy = asyncio.run(_played(places, story, speed))
    noise = f"{MANY} clients at {speed:g} x, server {busy:.0f} % of a core"
    figures.note(f"room, {story}", "steps seen", seen, "", noise=noise)
    figures.note(f"room, {story}", "steps missed", missed, "", noise=noise)
    name = "a step on the tablet, median"
    figures.note(f"room, {story}", name, median(late_s), "s", noise=noise, aim=ON_TIME_S)
    figures.note(f"room, {story}", "a step on the tablet, slowest", max(late_s), "s", noise=noise)
    report("no-missed-step", tried=seen + missed, broken=missed)
    assert missed == 0


# The places: a server, and both stores


@dataclass(frozen=True, slots=True)
class Places:
    server: Server
    ward: Store
    training: TrainingStore

    def desk(self, name: str, role: Role) -> Desk:
        return Desk(self.training, self.ward, Person(name, role), datetime.now(UTC))

    def sit(self, name: str, role: Role) -> str:
        seat = f"seat-{name}"
        query = urllib.parse.urlencode({"seat": seat, "name": name, "role": role})
        with urllib.request.urlopen(f"{self.server.address}/bench/sit?{query}", timeout=60):
            return seat

    def used(self) -> Used:
        import json

        with urllib.request.urlopen(f"{self.server.address}/bench/used", timeout=60) as answer:
            return Used(**json.load(answer))


class _Seats(Server):
    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "uvicorn", "tests.bench.training_seats:app"]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--timeout-graceful-shutdown", "2", "--ws-per-message-deflate", "false"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )


@contextmanager
def _places(folder: Path) -> Iterator[Places]:
    url = f"sqlite:///{folder / 'ward.sqlite3'}"
    with open_store(url) as ward:
        ward.add_ward("w1", "Ward One", is_sample=True, now=datetime.now(UTC))
        server = _Seats(folder, TOXWATCH_DATABASE=url, TOXWATCH_ACCOUNTS="demo")
        training = open_training(f"sqlite:///{folder / 'training.sqlite3'}")
        try:
            server.wait()
            yield Places(server, ward, training)
        finally:
            server.close()
            training.close()


# A tablet


@dataclass(frozen=True, slots=True)
class Widget:
    kind: str
    label: str
    id: str


class Tablet(Client):
    """A trainee: looks when the page asks for it, reads what is told, answers what is asked."""

    def __init__(self, places: Places, name: str, room: str, course: Course) -> None:
        seat = places.sit(name, "nurse")
        super().__init__(places.server.address, f"/training?view=play&room={room}", seat)
        self.name = name
        self.told_at: dict[str, datetime] = {}
        self.is_over = False
        self.every: dict[str, float] = {}  # fragment -> seconds
        self._drawn: list[Widget] = []
        self._states: dict[str, WidgetState] = {}
        self._whole = True
        self._course = course
        self._told = {escape(one_flow(p.says)[:60]): p.id for p in course.story.pauses}

    async def look(self) -> None:
        """What the page does by itself: every fragment with a tick is asked for."""
        for fragment in [*self.every]:
            await self.ask(fragment=fragment)

    async def rerun(self, *pressed: WidgetState):  # type: ignore[override]
        return await self.ask(*pressed)

    async def ask(self, *pressed: WidgetState, fragment: str = "") -> None:
        assert self._socket is not None
        told = BackMsg()
        state = told.rerun_script
        state.query_string = self._query
        state.page_script_hash = self._script
        state.page_name = "" if self._script else self._page
        state.fragment_id = fragment
        state.is_auto_rerun = bool(fragment)
        state.context_info.timezone = "UTC"
        state.widget_states.widgets.extend([*self._states.values(), *pressed])
        self._whole = not fragment
        await self._socket.send(told.SerializeToString())
        while not self._read(ForwardMsg.FromString(await self._socket.recv(decode=False))):
            pass

    def _read(self, message: ForwardMsg) -> bool:
        """Take in one message; whether the run is over."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._script = self._script or message.new_session.page_script_hash
            if self._whole:
                self._drawn.clear()
                self.every.clear()
        elif kind == "navigation":
            self._stay(message.navigation.page_script_hash)
        elif kind == "auto_rerun":
            self.every[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta":
            self._take(message.delta)
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._whole = True  # what a fragment asks for then is the page
                return False
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise PageFailedError("the page did not compile")
            return True
        return False

    def _take(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise PageFailedError(element.exception.message)
        if kind == "html":
            self._hear(element.html.body)
        elif kind in (*_FIELDS, "button"):
            widget = getattr(element, kind)
            self._drawn = [one for one in self._drawn if one.id != widget.id]
            self._drawn.append(Widget(kind, widget.label, widget.id))

    def _hear(self, body: str) -> None:
        if "the case is over" in body:
            self.is_over = True
        if "tw-told" in body:
            for words, pause in self._told.items():
                if words in body:
                    self.told_at.setdefault(pause, datetime.now(UTC))

    # Answering

    async def answer(self, question: Answerable, other_way: bool) -> None:
        """Fill in the fields above the first Answer, and press it."""
        end = next(n for n, one in enumerate(self._drawn) if one.label == "Answer")
        fields = []
        for one in reversed(self._drawn[:end]):
            if one.kind == "button":
                break
            fields.append(one)
        for one in fields:
            state = _filled(one, question, other_way)
            if state is not None:
                self._states[one.id] = state
        button = self._drawn[end]
        await self.ask(WidgetState(id=button.id, trigger_value=True))


def _filled(field: Widget, question: Answerable, other_way: bool) -> WidgetState | None:
    answer = right_answer(question)
    state = WidgetState(id=field.id)
    match answer:
        case GradeAnswer() if field.label.endswith("grade"):
            state.string_array_value.data.append(str(answer.at_least))
        case DoseAnswer() if field.kind == "number_input" and answer.amount is not None:
            state.double_value = answer.amount
        case ChoiceAnswer() if isinstance(question, ChoiceQuestion):
            wanted = [one for one in question.choices if one.id in answer.chosen]
            if other_way:
                wanted = [one for one in question.choices if one.leads_to] or wanted
            if field.kind == "radio":
                state.string_value = as_text(wanted[0].says)
            elif field.kind == "checkbox":
                state.bool_value = field.label in {as_text(one.says) for one in wanted}
            else:
                return None
        case _:
            return None
    return state


# The room


async def _played(places: Places, story: str, speed: float) -> tuple[int, int, list[float], float]:
    """Steps seen, steps missed, how late each was in seconds, and the share of a core."""
    offered = packaged().find(story)
    assert offered is not None
    trainer = places.desk("TR", "trainer")
    opened = doing.open_room(
        trainer, id=f"bench-{story}", way="together", stories={story: offered.files}
    )
    room, names = opened.room.id, [f"N{one:02}" for one in range(MANY)]
    for name in names:
        doing.join(places.desk(name, "nurse"), id=f"join-{name}", code=opened.room.code)
    stopped_at: dict[int, datetime] = {}
    async with _tablets(places, names, room, offered.course) as tablets:
        before, began = places.used().cpu_ms, asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number, one in enumerate(tablets):
                group.create_task(_plays(places, one, room, number))
            group.create_task(_holds(places, room, speed, stopped_at))
        lasted_ms = (asyncio.get_running_loop().time() - began) * 1000
        busy = 100 * (places.used().cpu_ms - before) / lasted_ms
    here = doing.current(places.training, room)
    return (*_counted(here, tablets, stopped_at), busy)


@asynccontextmanager
async def _tablets(
    places: Places, names: list[str], room: str, course: Course
) -> AsyncIterator[list[Tablet]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(Tablet(places, name, room, course)) for name in names
        ]


async def _plays(places: Places, tablet: Tablet, room: str, number: int) -> None:
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, 2))
    while not tablet.is_over:
        await asyncio.sleep(min(tablet.every.values(), default=2.0))
        await tablet.look()
        while any(one.label == "Answer" for one in tablet._drawn):
            here = doing.current(places.training, room)
            open_now = asked(here, tablet.name, datetime.now(UTC)).questions
            if not open_now:
                break
            await asyncio.sleep(chance.uniform(*THINK_S))
            await tablet.answer(open_now[0], other_way=number % 2 == 1)


async def _holds(places: Places, room: str, speed: float, stopped_at: dict[int, datetime]) -> None:
    """The trainer: lets the clock run, and goes on when everybody has answered."""
    doing.turn_clock(places.desk("TR", "trainer"), id="run", room=room, does="run", speed=speed)
    while True:
        await asyncio.sleep(0.25)
        here, now = doing.current(places.training, room), datetime.now(UTC)
        turned = clock(here, now)
        if turned.is_over:
            return
        if turned.stop is None:
            continue
        if turned.stop not in stopped_at:
            stopped_at[turned.stop] = turned.stopped_since or now
        if not any(asked(here, one.name, now).questions for one in here.trainees):
            await asyncio.sleep(3)  # the trainer says a word, and who waits may look
            doing.turn_clock(
                places.desk("TR", "trainer"), id=f"step-{turned.stop}", room=room, does="step",
                stop=turned.stop,
            )  # fmt: skip


def _counted(
    here: Standing, tablets: list[Tablet], stopped_at: dict[int, datetime]
) -> tuple[int, int, list[float]]:
    late_s: list[float] = []
    missed = 0
    for tablet in tablets:
        branch = branch_of(here.room.course, here.answers(tablet.name))
        for pause in here.room.course.story.on(branch):
            stop = next(n for n, one in enumerate(here.stops) if pause in one.pauses)
            seen_at = tablet.told_at.get(pause.id)
            if seen_at is None:
                missed += 1
            else:
                late_s.append((seen_at - stopped_at[stop]).total_seconds())
    return len(late_s), missed, late_s
