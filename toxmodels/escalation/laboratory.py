"""
Triggers on laboratory values: IEC-HS (t12), markers that mislead (t13), low sodium (t21).

No single ferritin decides: multiple of the limit, slope and height are named apart. A value stands
until the next one, however old it is; its age is named.

Cites: iec-hs-2023 (unverified), nccn-2026-2, asco-2021; slopes and multiples (house).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from toxmodels.drugs import class_of
from toxmodels.escalation.flag import Flag, Urgency, View
from toxmodels.escalation.trigger import raised
from toxmodels.occurrences import response_after
from toxmodels.scales import astct_crs, iec_hs
from toxmodels.site import site

_LIVER: Final = (("alt_u_l", "ALT"), ("ast_u_l", "AST"))
_FRESH: Final = timedelta(hours=24)
Values = Sequence[tuple[datetime, float]]


def iec_hs_rules(view: View) -> Iterator[Flag]:
    """A pattern that asks for an IEC-HS screen (t12); tocilizumab is not proposed for it."""
    ferritin = view.labs("ferritin_ug_l")
    if not ferritin:
        return
    why = _ferritin(view, ferritin)
    beside = _beside_ferritin(view)
    settling = not _is_rising(view) or _fails_therapy(view)
    high = _is_high(view, ferritin)
    if settling and high:
        screened = _positive_screen(view)
        if screened is not None:
            yield raised("t12/screen", screened)
            return
    if not why and high is False:
        return
    if not why and high is True and not (beside and settling):
        return
    urgent = bool(beside) and settling
    says = f"Ferritin {ferritin[-1][1]:,.0f} µg/L{_age(view, ferritin)}"
    says += ", upper limit and baseline not recorded" if high is None else ""
    says += f", {', '.join(why)}" if why else ""
    says += f", with {', '.join(beside)}" if beside else ""
    for name in _unread_liver(view):
        says += f"; {name}, upper limit not recorded"
    urgency: Urgency = "urgent" if urgent else "info"
    yield raised("t12" if why or urgent else "t12/limit", says, urgency=urgency)


def _positive_screen(view: View) -> str | None:
    """What the screen found, unless a clinician has graded IEC-HS on these values."""
    found = view.at_last_sample("iec-hs screen", iec_hs.screen)
    if found is None or not found.is_positive or iec_hs.is_graded(view.evidence, found):
        return None
    seen = "; ".join(one.says for one in (found.ferritin, *found.items) if one.is_met)
    peak = view.peak(astct_crs.ID)
    crs = f"CRS {view.crs} now, {peak} at its peak" if peak else "no CRS seen"
    return f"IEC-HS screen positive: {seen} ({crs})"


def _is_high(view: View, ferritin: Values) -> bool | None:
    """
    Above the multiple of the limit of normal, or of the last value before the first dose.

    ``None`` where nobody recorded either: that is unknown, never "not high".
    """
    value, factor = ferritin[-1][1], site().triggers["ferritin_x_limit"]
    limit, start = view.upper_limit("ferritin_ug_l"), view.chart.first_dose_at
    before = [one for at, one in ferritin if start is not None and at < start]
    if limit is None and not before:
        return None
    over_limit = limit is not None and value > factor * limit
    return over_limit or (bool(before) and value > factor * before[-1])


def _unread_liver(view: View) -> list[str]:
    """Liver values without the limit they would be held against."""
    return [
        f"{short} {values[-1][1]:g} U/L"
        for name, short in _LIVER
        if (values := view.labs(name)) and view.upper_limit(name) is None
    ]


def _ferritin(view: View, ferritin: Values) -> list[str]:
    """What the ferritin itself says: high and rising, doubled, very high."""
    triggers = site().triggers
    at, value = ferritin[-1]
    limit = view.upper_limit("ferritin_ug_l")
    found = []
    if len(ferritin) > 1 and value > ferritin[-2][1] and _is_high(view, ferritin):
        found.append("rising")
    hours = site().hours("ferritin_doubling_h")
    recent = [one for time, one in ferritin[:-1] if at - time <= hours]
    above = limit is None or value > limit
    if recent and above and min(recent) > 0 and value >= 2 * min(recent):
        found.append(f"doubled within {hours / timedelta(hours=1):g} h")
    if value > triggers["ferritin_very_high_ug_l"]:
        found.append(f"above {triggers['ferritin_very_high_ug_l']:,.0f}")
    return found


def _is_rising(view: View) -> bool:
    """CRS higher than at some time within the last day: a high ferritin then is part of it."""
    now, within = view.grade(astct_crs.ID), site().hours("steep_rise_within_h")
    return now > 0 and any(
        step.grade(astct_crs.ID).at_least < now
        for step in view.steps
        if view.since(step.moment.at) <= within
    )


def _fails_therapy(view: View) -> bool:
    """CRS that a clinician called the same or worse after tocilizumab or a corticosteroid."""
    doses = view.given("tocilizumab")
    if not doses or view.grade(astct_crs.ID) == 0:
        return False
    drugs = {"tocilizumab", *(one.drug for one in view.corticosteroids)}
    said = response_after(view.case, doses[-1].given_at, view.at, drugs)
    return said is not None and said.change in ("same", "worse")


def _beside_ferritin(view: View) -> list[str]:
    triggers, found = site().triggers, []
    fibrinogen = view.labs("fibrinogen_g_l")
    if fibrinogen and fibrinogen[-1][1] < triggers["fibrinogen_low_g_l"]:
        found.append(f"fibrinogen {fibrinogen[-1][1]:g} g/L")
    for name, short in _LIVER:
        values, limit = view.labs(name), view.upper_limit(name)
        if values and limit is not None and values[-1][1] > triggers["liver_x_limit"] * limit:
            found.append(f"{short} {values[-1][1]:g} U/L")
    share = triggers["platelets_fall_to_percent"] / 100
    for name, short, unit in (
        ("platelets_10e9_l", "platelets", " ×10⁹/L"),
        ("anc_per_ul", "ANC", "/µL"),
        ("haemoglobin_g_dl", "haemoglobin", " g/dL"),
    ):
        values = view.labs(name)
        if len(values) > 1 and values[-1][1] <= values[-2][1] * share:
            found.append(f"{short} down to {values[-1][1]:g}{unit}")
    return found


def marker_rules(view: View) -> Iterator[Flag]:
    """Markers that rise again, and a normal CRP that does not reassure (t13)."""
    found = []
    for name, short in (("crp_mg_l", "CRP"), ("ferritin_ug_l", "Ferritin")):
        values = view.labs(name)
        if values and view.since(values[-1][0]) <= _FRESH and _rises_again(values):
            found.append(f"{short} {values[-1][1]:g} is rising again after it had fallen")
    if found:
        yield raised("t13/again", "; ".join(found))
        return
    crp, start = view.labs("crp_mg_l"), view.chart.first_dose_at
    if not crp or start is None or view.since(crp[-1][0]) > _FRESH:
        return
    first_day, last_day = site().neuro_window_day
    day = view.since(start) / timedelta(days=1)
    limit = view.upper_limit("crp_mg_l")
    usual = site().triggers["crp_normal_mg_l"] if limit is None else limit
    ill = any(step.grade(astct_crs.ID).at_least for step in view.steps)
    if ill and first_day <= day <= last_day and crp[-1][1] <= usual:
        after = ", after an anticytokine" if _had_anticytokine(view) else ""
        yield raised("t13", f"CRP {crp[-1][1]:g} mg/L is normal{after}: it does not reassure")


def _rises_again(values: Values) -> bool:
    """The newest is well above the lowest since the peak, and that lay below the peak."""
    peak = max(range(len(values)), key=lambda place: values[place][1])
    since = [value for _, value in values[peak + 1 :]]
    if len(since) < 2:
        return False
    newest, low = since[-1], min(since[:-1])
    return newest > since[-2] and newest >= low * site().triggers["rising_again_x"]


def _had_anticytokine(view: View) -> bool:
    return any(
        class_of(one.drug) == "anticytokine" and one.given_at <= view.at
        for one in view.case.treatments or ()
    )


def sodium_rules(view: View) -> Iterator[Flag]:
    """Low sodium (t21)."""
    sodium = view.labs("sodium_mmol_l")
    if sodium and sodium[-1][1] < site().triggers["sodium_low_mmol_l"]:
        yield raised("t21", f"Sodium {sodium[-1][1]:g} mmol/L{_age(view, sodium)}")


def _age(view: View, values: Values) -> str:
    """Named once the newest value is older than a day."""
    age = view.since(values[-1][0])
    return f" ({age / timedelta(hours=1):.0f} h ago)" if age > _FRESH else ""
