"""
A real course turned into a case for teaching: nobody in it, and nothing said in anybody's words.

Every field is decided by its type: numbers, yes and no, and words of a closed list stay; times move
together; whatever else is text is dropped, whether this module knows the field or not. A few names
a grade or a dose hangs on are kept where they stand in a list of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from random import Random, SystemRandom
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel

from dashboard.accounts.allowing import allow
from dashboard.accounts.person import Person
from dashboard.store import Store
from dashboard.store.casefile import case_of, validated
from dashboard.training.deidentifying_names import IN_PLACE, KEPT_NAMES
from dashboard.training.drafting import DraftError
from toxmodels.records import Case

__all__ = [
    "MOST_AGE_YEARS",
    "DeIdentified",
    "deidentified",
    "free_text_fields",
    "take_course",
]

_KEEPS_MONTHS_YEARS: Final = 2.0
MOST_AGE_YEARS: Final = (
    89.0  # who is older is one of few: shown as 90, which stands for "90 or over"
)
_OLDER: Final = 90.0
_FEWEST_DAYS, _MOST_DAYS = 200, 3_600
_MOST_DRAWS: Final = 1_000
_MOST_MINUTES: Final = 29  # night stays night, and no minute on the clock can be looked up
# Tables whose keys are checked against the laboratory fields when a case is read.
_CHECKED_KEYS: Final = frozenset({"Labs.upper_limits", "Labs.lower_limits"})
# Texts of the file's own making.
_OWN: Final = frozenset({"Case.format", "Patient.id"})


@dataclass(frozen=True, slots=True)
class DeIdentified:
    """The case that nobody is in, and what was changed, one sentence a matter."""

    case: Case
    report: tuple[str, ...]


# Which fields hold text


@cache
def free_text_fields() -> frozenset[str]:
    """Every field of the records, as ``Model.field``, into which any text can be written."""
    return frozenset(
        f"{model.__name__}.{name}"
        for model in _models(Case)
        for name, field in model.model_fields.items()
        if _takes_text(f"{model.__name__}.{name}", field.annotation)
    )


def _models(kind: type[BaseModel]) -> set[type[BaseModel]]:
    found, waiting = set[type[BaseModel]](), [kind]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            for field in model.model_fields.values():
                waiting += [
                    one
                    for one in _parts(field.annotation)
                    if isinstance(one, type) and issubclass(one, BaseModel)
                ]
    return found


def _parts(annotation: Any) -> Iterator[Any]:
    """The types that an annotation is made of; the words of a closed list are none."""
    if get_origin(annotation) is Literal:
        return
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for one in inner:
        yield from _parts(one)


def _takes_text(place: str, annotation: Any) -> bool:
    if place in _CHECKED_KEYS:
        return False
    return any(one is str or one is Any for one in _parts(annotation))


# The case


def deidentified(
    case: Case, name: str, *, chance: Random | None = None, zone: tzinfo = UTC
) -> DeIdentified:
    """
    The case without anything that says who it was.

    Args:
        case: a real course.
        name: what the case for teaching is called; its patient is ``TRAIN-NAME``.
        chance: where the shift comes from; the system's own source unless a test says.
        zone: the ward's, so that the hour on its clock stays in winter as in summer.

    """
    times = [*_times(case)]
    by = _shift(times, chance or SystemRandom(), zone) if times else timedelta()
    count: Counter[str] = Counter()
    told = _cleaned(case, by, count)
    told["patient"] |= {"id": f"TRAIN-{name}"[:64], **_age(case.patient.age_years, count)}
    return DeIdentified(Case.model_validate(told), tuple(_report(count)))


def _times(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, BaseModel):
        for one in type(value).model_fields:
            yield from _times(getattr(value, one))
    elif isinstance(value, tuple):
        for one in value:
            yield from _times(one)


def _shift(times: Sequence[datetime], chance: Random, zone: tzinfo) -> timedelta:
    """Whole days back and some minutes, drawn until summer time is what it was, at both ends."""
    minutes = chance.choice((-1, 1)) * chance.randint(1, _MOST_MINUTES)
    ends = (min(times), max(times))
    was = [one.astimezone(zone).utcoffset() for one in ends]
    by = timedelta()
    for _ in range(_MOST_DRAWS):  # a course of half a year may find no such days
        by = timedelta(days=-chance.randint(_FEWEST_DAYS, _MOST_DAYS), minutes=minutes)
        if [(one + by).astimezone(zone).utcoffset() for one in ends] == was:
            break
    return by


def _cleaned(record: BaseModel, by: timedelta, count: Counter[str]) -> dict[str, Any]:
    model = type(record).__name__
    found: dict[str, Any] = {}
    for name in type(record).model_fields:
        value, place = getattr(record, name), f"{model}.{name}"
        if value is not None and place not in _OWN and place in free_text_fields():
            value = _name_or_nothing(place, value, count)
        if value is not None:
            found[name] = _moved(value, by, count)
    return found


def _name_or_nothing(place: str, value: Any, count: Counter[str]) -> Any:
    """The name where it is one of ours; every other text is gone, and the report says so."""
    is_ours = KEPT_NAMES.get(place)
    if is_ours is not None and isinstance(value, str) and is_ours(value):
        return value
    if value == ():  # looked: none. That is an observation and says nothing of anybody
        return value
    count[f"text/{place}"] += 1
    return IN_PLACE.get(place)


def _moved(value: Any, by: timedelta, count: Counter[str]) -> Any:
    if isinstance(value, BaseModel):
        return _cleaned(value, by, count)
    if isinstance(value, tuple):
        return tuple(_moved(one, by, count) for one in value)
    if isinstance(value, datetime):
        count["times"] += 1
        return value + by
    return value


def _age(age_years: float | None, count: Counter[str]) -> dict[str, float]:
    """Years completed; a small child keeps its months, which decide doses."""
    if age_years is None:
        return {}
    if age_years > MOST_AGE_YEARS:
        count["age"] += 1
        return {"age_years": _OLDER}
    return {"age_years": age_years if age_years < _KEEPS_MONTHS_YEARS else float(int(age_years))}


def _report(count: Counter[str]) -> Iterator[str]:
    yield "The patient's id was replaced."
    yield (
        f"{count['times']} times were moved together by a random number of days and minutes that "
        "is kept nowhere; what lies between them, and the time of day to half an hour, stayed."
    )
    if count["age"]:
        yield "The age was above 89 and reads 90, for 90 or over."
    for place, many in sorted(count.items()):
        if place.startswith("text/"):
            field = place.removeprefix("text/")
            now = f', now "{IN_PLACE[field]}"' if field in IN_PLACE else ""
            yield f"{field}: text dropped {many} time{'s' if many > 1 else ''}{now}."
    yield "Measurements, weight and height stayed. Read the course once as somebody who was there."


# Out of the ward's store


def take_course(
    store: Store,
    person: Person | None,
    patient_id: str,
    name: str,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    chance: Random | None = None,
) -> DeIdentified:
    """
    One patient's course for teaching; on the audit trail as an export before anything is given out.

    Raises:
        NotAllowed: this role, or this person in the patient's ward, may not.
        DraftError: the name would give the patient away.
        StoreError: the patient is unknown or unreadable, or the trail cannot be written.

    """
    if patient_id.casefold() in name.casefold():
        cure = "Choose a name that says what is learned."
        raise DraftError("name", "the name of the story holds the patient's id.", cure)
    allow(store, person, "deidentify", now=now, patient_id=patient_id)
    history = store.history(patient_id)
    ward_id = history[-1].ward_id
    who = allow(store, person, "deidentify", now=now, ward_id=ward_id, patient_id=patient_id)
    case = validated(case_of(history), patient_id)
    store.audit(
        "export", at=now, who=who.name, role=who.role, ward_id=ward_id, patient_id=patient_id,
        detail={"what": "de-identified course for training", "story": name},
    )  # fmt: skip
    return deidentified(case, name, chance=chance, zone=zone)
