"""
A certificate: who did which case in what role, what came of it, under which rules, and when.

The code is random, is made when the journal keeps the facts, and finds them there again. The
fingerprint is made from the facts and printed beside it: a certificate that was changed on paper no
longer matches what its code finds.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dashboard.training.reading import Course
from dashboard.training.scoring import TraineeScore

__all__ = [
    "Certified",
    "PassMark",
    "attempt_text",
    "certified",
    "fingerprint",
    "not_earned",
    "of_body",
    "pass_mark",
]

_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class PassMark:
    """From when on a certificate is earned, in percent; house figures."""

    whole_percent: float
    each_aim_percent: float
    asked_percent: float


@dataclass(frozen=True, slots=True)
class Certified:
    """
    The facts of a certificate, as they are kept in the journal and printed.

    ``aims`` has what each aim says and its result in percent; ``story_digest`` and ``rules`` name
    exactly which case and which rules were in force. Times are ISO 8601 in UTC. ``attempt`` is how
    often this person had begun this case by then, this time included; ``None`` where nobody
    counted. ``code`` is empty until the journal has kept the facts.
    """

    name: str
    role: str
    story: str
    title: str
    level: str
    aims: tuple[tuple[str, float], ...]
    whole_percent: float
    questions: int
    not_asked: int
    finished_at: str
    held_by: str
    story_digest: str
    rules: str
    mark: PassMark
    code: str = ""
    attempt: int | None = None

    def body(self) -> dict[str, Any]:
        """The facts for the journal: plain, and the same after a round trip through JSON."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        if self.attempt is None:  # a sheet from before it was counted keeps its fingerprint
            found.pop("attempt")
        return found


@cache
def pass_mark() -> PassMark:
    """The marks in force."""
    read = tomllib.loads(
        files("dashboard.training").joinpath("pass_mark.toml").read_text(encoding="utf-8")
    )
    read.pop("basis")
    return PassMark(**read)


def not_earned(course: Course, scored: TraineeScore, mark: PassMark) -> tuple[str, ...]:
    """Every reason why there is no certificate yet; empty: it is earned."""
    if scored.worth is None:
        return ("Nothing was asked yet.",)
    found = []
    asked = len(scored.scored)
    way = sum(len(pause.questions) for pause in course.story.on(scored.branch))
    if 100 * asked < mark.asked_percent * way:
        found.append(
            f"{asked} of {way} questions of this way were asked; "
            f"{mark.asked_percent:g} % are needed."
        )
    if _percent(scored.worth) < mark.whole_percent:
        found.append(
            f"{_percent(scored.worth):g} % in all; {mark.whole_percent:g} % are needed."
        )  # fmt: skip
    names = {aim.id: aim.says for aim in course.story.aims}
    found += [
        f'{_percent(worth):g} % for "{names[aim]}"; {mark.each_aim_percent:g} % are needed.'
        for aim, worth in scored.aims.items()
        if _percent(worth) < mark.each_aim_percent
    ]
    return tuple(found)


def certified(
    course: Course,
    scored: TraineeScore,
    *,
    role: str,
    held_by: str,
    finished_at: datetime,
    story_digest: str,
    rules: str,
    mark: PassMark,
    attempt: int | None = None,
) -> Certified:
    """
    The facts of a certificate that was earned.

    Raises:
        ValueError: it was not earned; the message says why.

    """
    missing = not_earned(course, scored, mark)
    if missing or scored.worth is None:
        raise ValueError(f"{scored.name} has not earned it: {' '.join(missing)}")
    return Certified(
        name=scored.name,
        role=role,
        story=course.id,
        title=course.story.title,
        level=course.story.level,
        aims=tuple(
            (aim.says, _percent(scored.aims[aim.id]))
            for aim in course.story.aims
            if aim.id in scored.aims
        ),
        whole_percent=_percent(scored.worth),
        questions=len(scored.scored),
        not_asked=len(scored.not_asked),
        finished_at=finished_at.astimezone(UTC).isoformat(timespec="seconds"),
        held_by=held_by,
        story_digest=story_digest,
        rules=rules,
        mark=mark,
        attempt=attempt,
    )


def of_body(body: Mapping[str, Any]) -> Certified:
    """The facts as they came back from the journal, now with their code."""
    aims: Sequence[Sequence[Any]] = body["aims"]
    known: dict[str, Any] = {
        one.name: body.get(one.name) for one in fields(Certified) if one.name == "attempt"
    }
    known |= {one.name: body[one.name] for one in fields(Certified) if one.name != "attempt"}
    return Certified(
        **{
            **known,
            "aims": tuple((str(says), float(percent)) for says, percent in aims),
            "whole_percent": float(body["whole_percent"]),
            "mark": PassMark(**{name: float(one) for name, one in body["mark"].items()}),
        }
    )


def attempt_text(number: int) -> str:
    """Who plays a case again knows its answers: the sheet says so."""
    return (
        "first time this person began this case"
        if number == 1
        else (f"number {number}: this person had begun this case before")
    )


def fingerprint(facts: Certified) -> str:
    """The first 12 characters of the SHA-256 over all facts, the code included."""
    text = json.dumps(facts.body(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_SHOWN]


def _percent(worth: float) -> float:
    """One decimal, cut and not rounded: 79.96 % is not yet 80 %."""
    return int(worth * 1000 + 1e-9) / 10
