"""
The neurological exam: ICE item by item (CAPD for a child), then the signs.

Nothing starts at "normal": ten of ten is the sum of eight answers, not a default. An exam that
could not be done says why, and a sign that was looked for and absent is an answer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

import streamlit as st

from dashboard.parts.forms.check import Entry
from dashboard.parts.forms.plain import as_text
from dashboard.parts.forms.sheet import Sheet
from dashboard.parts.forms.vitals import attribution
from dashboard.parts.forms.when import ask_clock, fix_time
from dashboard.parts.forms.words import (
    CAPD_ANSWERS,
    CONSCIOUSNESS,
    HANDWRITING,
    ICE_ITEMS,
    LOOKED,
    MOTOR,
    OEDEMA,
    OTHER_SIGNS,
    RAISED_ICP,
    SEIZURES,
    UNABLE,
    YES_NO,
)
from dashboard.session import zone
from toxmodels.scales.branch import Branch
from toxmodels.scales.capd import ITEMS, REVERSED
from toxmodels.scored_exams import ICE_POINTS, Capd, Ice

_HOW: Final = {
    "items": "Item by item",
    "total": "Only a total",
    "unable": "Could not be done",
}
_ITEM: Final = {"1": "Correct", "0": "Not correct"}
_POINTS: Final = {str(points): str(points) for points in range(4)}
_ANSWERS: Final = {str(index): word for index, word in enumerate(CAPD_ANSWERS)}
_MOST: Final = len(CAPD_ANSWERS) - 1
_SEIZURE_TIME: Final = "seizure_started"
# Measured seldom, and read by no ASTCT grade: label, and whether it is a whole number.
_SELDOM: Final[Mapping[str, tuple[str, bool]]] = {
    "cartox10_total": ("CARTOX-10 total (0 to 10); not the ICE", True),
    "papilloedema_stage": ("Stage of papilloedema (0 to 5)", True),
    "csf_opening_pressure_mmhg": ("CSF opening pressure (mmHg)", False),
}
_PLAIN: Final = ("consciousness", "motor_weakness", "cerebral_oedema", "handwriting")


def draw(
    sheet: Sheet, branch: Branch, now: datetime, *, where: tzinfo | None = None
) -> str | None:  # fmt: skip
    """
    Draw the exam; returns why a time in it cannot be used, if so.

    ``where``: whose clock a typed time is read on, the ward's unless told otherwise.
    """
    exam = _which_exam(sheet, branch)
    if exam is not None:
        how = sheet.choice("how", f"{exam.upper()} score", _HOW, default="items")
        if how == "unable":
            sheet.several("unable", "Why it could not be done", UNABLE)
        elif how == "total":
            most = "10" if exam == "ice" else "32"
            sheet.number("total", f"{exam.upper()} total (0 to {most})")
        elif how == "items" and exam == "ice":
            draw_ice(sheet)
        elif how == "items":
            _capd(sheet)
    sheet.choice("consciousness", "Consciousness", CONSCIOUSNESS)
    # Beside the level: an alert patient may be newly confused, and no ICE answers for that.
    sheet.choice("new_confusion", "New confusion", YES_NO)
    fault = _seizure(sheet, now, where or zone())
    sheet.choice("motor_weakness", "Weakness", MOTOR)
    _looked(sheet, "raised_icp", "Signs of raised pressure", RAISED_ICP)
    sheet.choice("cerebral_oedema", "Brain oedema (leave empty without imaging)", OEDEMA)
    _looked(sheet, "other_signs", "Other signs (never part of the grade)", OTHER_SIGNS)
    sheet.choice("handwriting", "Handwriting", HANDWRITING)
    sheet.number("rass", "RASS (-5 to 4), if sedated or agitated")
    for column, (name, (label, _)) in zip(st.columns(3), _SELDOM.items(), strict=True):
        with column:
            sheet.number(name, label)
    return fault


def _which_exam(sheet: Sheet, branch: Branch) -> str | None:
    if branch != "either":
        sheet.values["exam"] = branch
        return branch
    st.warning("Age not recorded: choose the exam, and record the age.", icon=":material/help:")
    return sheet.choice("exam", "Which exam", {"ice": "ICE (12 years and over)", "capd": "CAPD"})


def draw_ice(sheet: Sheet) -> None:
    """The items of the ICE, with what they come to so far."""
    names = [*ICE_ITEMS]
    for pair in (names[i : i + 2] for i in range(0, len(names), 2)):
        for column, name in zip(st.columns(2), pair, strict=True):
            with column:
                many = ICE_POINTS[name] > 1
                label = ICE_ITEMS[name] + (f" (0 to {ICE_POINTS[name]})" if many else "")
                sheet.choice(f"ice/{name}", label, _POINTS if many else _ITEM)
    items = ice_items(sheet.values)
    low, high = Ice(**items).item_bounds()
    _subtotal("ICE", low, high, len(items), len(names))


def _capd(sheet: Sheet) -> None:
    st.caption("Over the whole shift: how often does the child ...")
    for first in range(0, len(ITEMS), 2):
        for column, index in zip(st.columns(2), (first, first + 1), strict=True):
            with column:
                label = f"{index + 1}. {ITEMS[index].capitalize()}"
                sheet.choice(f"capd/{index}", label, _ANSWERS)
    items = capd_points(sheet.values)
    low, high = Capd(items=tuple(items)).bounds()
    _subtotal("CAPD", low, high, sum(one is not None for one in items), len(items))


def _subtotal(name: str, low: int, high: int, answered: int, all_items: int) -> None:
    if answered == 0:
        st.caption(f"{name} not recorded: no item answered")
        return
    total = f"{low}" if low == high else f"{low} to {high}"
    open_items = "" if answered == all_items else f"; {all_items - answered} not answered"
    st.caption(f"{name} {total} ({answered} of {all_items} items{open_items})")


def _looked(sheet: Sheet, name: str, label: str, words: Mapping[str, str]) -> None:
    if sheet.choice(f"{name}/looked", label, LOOKED) == "found":
        sheet.several(name, f"{label}: which", words)


def _seizure(sheet: Sheet, now: datetime, where: tzinfo) -> str | None:
    kind = sheet.choice("seizure", "Seizure since the last exam", SEIZURES)
    if kind is None or kind == "none":
        return None
    st.caption("Began at (leave the time empty if nobody saw it begin)")
    began = ask_clock(sheet, _SEIZURE_TIME, now, where)
    if began.at is None:
        sheet.values.pop("seizure_started_at", None)
    else:
        sheet.values["seizure_started_at"] = began.at.isoformat()
    left, right = st.columns(2)
    with left:
        sheet.number("seizure_duration_min", "Lasted (min)")
    with right:
        sheet.number("seizure_count", "How many")
    left, right = st.columns(2)
    with left:
        sheet.choice("seizure_resolved", "Over now?", YES_NO)
    with right:
        sheet.choice("seizure_repetitive", "Repeated without recovery?", YES_NO)
    if began.fault is not None:
        st.error(as_text(began.fault), icon=":material/schedule:")
    elif began.at is not None and began.at > now:
        return "the seizure begins in the future"
    return began.fault


def ice_items(values: Mapping[str, Any]) -> dict[str, int]:
    """The points of the items that were scored; the others are absent."""
    return {n: int(values[f"ice/{n}"]) for n in ICE_POINTS if values.get(f"ice/{n}") is not None}


def capd_points(values: Mapping[str, Any]) -> list[int | None]:
    """Answers from never to always as points; the first four items count backwards."""
    points: list[int | None] = []
    for index in range(len(ITEMS)):
        answer = values.get(f"capd/{index}")
        often = None if answer is None else int(answer)
        points.append(often if often is None or index not in REVERSED else _MOST - often)
    return points


def entries(values: Mapping[str, Any], taken_at: str) -> tuple[Entry, ...]:
    """The record this form makes; none while nothing was filled in."""
    payload: dict[str, Any] = _score(values)
    payload |= {name: values[name] for name in _PLAIN if values.get(name) is not None}
    if values.get("seizure") is not None:
        payload["seizure"] = _seizure_payload(values)
    for name in ("raised_icp", "other_signs"):
        if values.get(f"{name}/looked") == "none":
            payload[name] = []
        elif values.get(f"{name}/looked") == "found" and values.get(name):
            payload[name] = [*values[name]]
    if values.get("new_confusion") is not None:
        payload["new_confusion"] = values["new_confusion"] == "yes"
    if values.get("rass") is not None:
        payload["rass"] = _whole(values["rass"])
    for name, (_, is_whole) in _SELDOM.items():
        if values.get(name) is not None:
            payload[name] = _whole(values[name]) if is_whole else values[name]
    payload |= attribution(values)
    return (("neuro", {"taken_at": taken_at, **payload}),) if payload else ()


def _score(values: Mapping[str, Any]) -> dict[str, Any]:
    how, exam = values.get("how"), values.get("exam")
    if how == "unable" and values.get("unable"):
        reasons = [*values["unable"]]
        return {"unable": reasons[0] if len(reasons) == 1 else reasons}
    if how == "total" and values.get("total") is not None and exam is not None:
        return {exam: {"total": _whole(values["total"])}}
    if how == "items" and exam == "ice" and ice_items(values):
        return {"ice": ice_items(values)}
    if how == "items" and exam == "capd" and any(p is not None for p in capd_points(values)):
        return {"capd": {"items": capd_points(values)}}
    return {}


def _seizure_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": values["seizure"]}
    if found["kind"] == "none":
        return found
    if values.get("seizure_started_at") is not None:
        found["started_at"] = values["seizure_started_at"]
    if values.get("seizure_duration_min") is not None:
        found["duration_min"] = values["seizure_duration_min"]
    if values.get("seizure_count") is not None:
        found["count"] = _whole(values["seizure_count"])
    for name, key in (("seizure_resolved", "resolved"),
                      ("seizure_repetitive", "repetitive_without_recovery")):  # fmt: skip
        if values.get(name) is not None:
            found[key] = values[name] == "yes"
    return found


def _whole(value: float) -> float | int:
    """Points and counts are whole; anything else is left for the record to refuse."""
    return int(value) if float(value).is_integer() else value


def gaps(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Answers that contradict or need one another."""
    found = []
    if values.get("how") == "unable" and not values.get("unable"):
        found.append("the exam could not be done: say why")
    for name, label in (("raised_icp", "raised pressure"), ("other_signs", "other signs")):
        if values.get(f"{name}/looked") == "found" and not values.get(name):
            found.append(f"{label}: found is ticked, but no sign is named")
    asleep = values.get("how") == "unable" and "asleep" in (values.get("unable") or ())
    if asleep and values.get("consciousness") is None:
        found.append("asleep: try to wake the patient, and record consciousness")
    return tuple(found)


def values_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that would make this record: the start of a correction."""
    values: dict[str, Any] = {n: payload[n] for n in _PLAIN if payload.get(n) is not None}
    for exam in ("ice", "capd"):
        if payload.get(exam) is not None:
            values |= {"exam": exam, **_answers(exam, payload[exam])}
    unable = payload.get("unable")
    if unable is not None:
        values |= {"how": "unable", "unable": [unable] if isinstance(unable, str) else [*unable]}
    for name in ("raised_icp", "other_signs"):
        if payload.get(name) is not None:
            values[f"{name}/looked"] = "found" if payload[name] else "none"
            values[name] = [*payload[name]]
    if payload.get("new_confusion") is not None:
        values["new_confusion"] = "yes" if payload["new_confusion"] else "no"
    if payload.get("rass") is not None:
        values["rass"] = float(payload["rass"])
    values |= {name: float(payload[name]) for name in _SELDOM if payload.get(name) is not None}
    values |= _seizure_values(payload.get("seizure") or {})
    values["other_cause"] = payload.get("other_cause")
    values["other_cause_reason"] = payload.get("other_cause_reason")
    return {name: value for name, value in values.items() if value not in (None, [], ())}


def _answers(exam: str, score: Mapping[str, Any]) -> dict[str, Any]:
    said = {f"ice/{n}": str(score[n]) for n in ICE_POINTS if score.get(n) is not None}
    if exam == "ice" and said:
        return {"how": "items", **said}
    if score.get("items") is None:
        return {"how": "total", "total": float(score["total"])}
    items = enumerate(score.get("items") or ())
    said = {f"capd/{i}": str(_MOST - p if i in REVERSED else p) for i, p in items if p is not None}
    return {"how": "items", **said}


def _seizure_values(seizure: Mapping[str, Any]) -> dict[str, Any]:
    if not seizure:
        return {}
    values: dict[str, Any] = {"seizure": seizure["kind"]}
    for name in ("duration_min", "count"):
        if seizure.get(name) is not None:
            values[f"seizure_{name}"] = float(seizure[name])
    for key, name in (("resolved", "resolved"), ("repetitive_without_recovery", "repetitive")):
        if seizure.get(key) is not None:
            values[f"seizure_{name}"] = "yes" if seizure[key] else "no"
    if seizure.get("started_at") is not None:
        began = datetime.fromisoformat(seizure["started_at"])
        kept = Sheet("", {})
        fix_time(kept, _SEIZURE_TIME, began)
        values |= {n: v for n, v in kept.values.items() if n != _SEIZURE_TIME}
        values["seizure_started_at"] = seizure["started_at"]
    return values
