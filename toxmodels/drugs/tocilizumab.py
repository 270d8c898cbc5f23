"""
Tocilizumab for CRS: mg per kg by weight band, capped, spaced and counted.

The band edge at 30 kg makes the dose step down there (more per kg below it); within a kilogram
of the edge both doses are shown, because a small error of weight changes the dose most.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from toxmodels.drugs.counting import Count, count_tocilizumab, undated_reason
from toxmodels.drugs.facts_read import CountScope, facts
from toxmodels.drugs.inputs import DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, fine, shown
from toxmodels.drugs.weight import weighed


def scope_of(product: str | None) -> CountScope | None:
    """How an engager's doses are counted; ``None`` for CAR-T products and unknown ones."""
    scopes = {one.product: one for one in facts("tocilizumab").count}
    return scopes.get(product) if product is not None else None


def dose_tocilizumab(inputs: DoseInputs) -> DoseResult:
    """Work out one dose of tocilizumab and every reason against it."""
    sheet = Sheet("tocilizumab", "mg", facts("tocilizumab"), inputs)
    weight_kg = weighed(sheet)
    dose_mg = None if weight_kg is None else _by_weight(sheet, weight_kg)
    if weight_kg is None:
        sheet.cite(sheet.table.fact["mg_per_kg"])
    _count(sheet)
    sheet.warn("tocilizumab")
    return sheet.read(dose_mg)


def _per_kg(weight_kg: Decimal) -> str:
    light = weight_kg < facts("tocilizumab").fact["light_below_kg"].value
    return "mg_per_kg_light" if light else "mg_per_kg"


def _by_weight(sheet: Sheet, weight_kg: Decimal) -> Decimal:
    edge = sheet.table.fact["light_below_kg"].value
    per_kg, cap = sheet.use(_per_kg(weight_kg)), sheet.use("cap_mg")
    line = f"{shown(per_kg)} mg/kg x {shown(weight_kg)} kg"
    dose_mg = sheet.capped(per_kg * weight_kg, cap, "mg", line)
    if abs(weight_kg - edge) <= sheet.table.fact["near_kg"].value:
        _show_both(sheet, weight_kg, edge)
    _show_rounded(sheet, dose_mg, cap)
    return dose_mg


def _show_both(sheet: Sheet, weight_kg: Decimal, edge: Decimal) -> None:
    full, light = (sheet.table.fact[one].value for one in ("mg_per_kg", "mg_per_kg_light"))
    both = (
        f"within 1 kg of {shown(edge)} kg, weight used {shown(weight_kg)} kg: "
        f"{shown(fine(light * weight_kg))} mg at {shown(light)} mg/kg (below {shown(edge)} kg), "
        f"{shown(fine(full * weight_kg))} mg at {shown(full)} mg/kg (from {shown(edge)} kg)"
    )
    sheet.steps.append(both)
    sheet.cautions.insert(0, both)
    sheet.confirm.append(f"weight is within 1 kg of {shown(edge)} kg: confirm it")


def _show_rounded(sheet: Sheet, dose_mg: Decimal, cap: Decimal) -> None:
    """Offer the site's rounding as a line; the dose itself stays exact."""
    step = sheet.inputs.round_to_mg
    if step is None:
        return
    rounded = min(cap, (dose_mg / step).quantize(Decimal(1)) * step)
    limit = sheet.table.fact["rounding_percent"].value
    percent = abs(rounded - dose_mg) / dose_mg * 100
    verdict = "within" if percent <= limit else "NOT within"
    sheet.steps.append(
        f"rounded to {shown(step)} mg: {shown(rounded)} mg, {verdict} {shown(limit)} %"
    )


def _count(sheet: Sheet) -> None:
    inputs = sheet.inputs
    if inputs.given_at is None:
        sheet.steps.append("earlier doses not given: interval and counts not checked")
        sheet.confirm.append("earlier doses of tocilizumab: none was given here to count")
        return
    if inputs.at is None:
        sheet.block("at is needed: the interval is counted to a stated time, no clock is read")
        if inputs.undated_doses:
            sheet.block(undated_reason(inputs.undated_doses))
        return
    found = count_tocilizumab(
        inputs.given_at,
        inputs.at,
        counted_since=inputs.counted_since,
        shortage=inputs.shortage is True,
        undated=inputs.undated_doses,
        prophylactic=inputs.prophylactic_at or (),
        site_limit=inputs.course_limit,
    )
    for fact in (
        "interval_h",
        "day_limit",
        _limit(sheet),
    ):
        sheet.use(fact)
    for reason in found.reasons:
        sheet.block(reason)
    sheet.earliest_at = found.earliest_at
    sheet.doses_given, sheet.doses_left = found.counted, found.left
    sheet.steps.append(
        f"{found.counted} of {found.limit} doses counted, {found.last_24h} in the last 24 h"
    )
    _earlier(sheet, found)
    _product_window(sheet, found)


def _earlier(sheet: Sheet, found: Count) -> None:
    """Show what was given and is not counted, and ask about what was given to prevent."""
    inputs, counted = sheet.inputs, found.counted
    since = inputs.counted_since
    if since is None:
        return
    told: list[str] = []
    start, prevents = inputs.therapy_since or since, inputs.prophylactic_at or ()
    before = [one for one in inputs.given_at or () if one < since]
    prevented = [one for one in before if one in prevents]
    rest = [one for one in before if one not in prevents]
    episodes = sum(one >= start for one in rest)
    if episodes:
        told.append(f"earlier episodes: {episodes}, since the therapy began {counted + episodes}")
    if len(rest) > episodes:
        told.append(f"earlier course: {len(rest) - episodes}")
    if prevented:
        told.append(f"prophylactic among them: {len(prevented)} (house)")
        sheet.confirm.append(
            f"prophylactic tocilizumab {len(prevented)} x is counted for the course (house): "
            "sources differ, should it be?"
        )
    if told:
        line = f"{counted} of {found.limit} doses counted; {'; '.join(told)}"
        sheet.steps.append(line)
        sheet.cautions.insert(0, line)


def _limit(sheet: Sheet) -> str:
    return "shortage_limit" if sheet.inputs.shortage is True else "course_limit"


def _product_window(sheet: Sheet, found: Count) -> None:
    """A product's own limit, where one is listed: unverified, so it asks and does not block."""
    scope = scope_of(sheet.inputs.product)
    at, given = sheet.inputs.at, sheet.inputs.given_at
    if scope is None or at is None or given is None:
        return
    if scope.window_limit is None or scope.window_days is None or scope.episode_limit is None:
        return
    window = timedelta(days=scope.window_days)
    recent = sum(at - moment < window for moment in given)
    if recent >= scope.window_limit or found.counted >= scope.episode_limit:
        sheet.confirm.append(
            f"{scope.product}: at most {scope.window_limit} doses in {scope.window_days} days and "
            f"{scope.episode_limit} in an episode (unverified): {recent} and {found.counted} given"
        )
