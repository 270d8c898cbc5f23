"""
Blinatumomab: micrograms per day of continuous infusion, by weight band, cycle and day.

From 45 kg the dose is flat, at any age; below it goes by body surface with the flat dose as cap.
Only the first cycle of relapsed or refractory disease, and a restart after toxicity, begin low.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final, Literal

from toxmodels.drugs.facts_read import facts
from toxmodels.drugs.inputs import INDICATIONS, DoseInputs
from toxmodels.drugs.result import DoseResult
from toxmodels.drugs.sheet import Sheet, hours_shown, shown
from toxmodels.drugs.weight import surface, weighed

Level = Literal["low", "full"]
TOXICITY: Final = frozenset({"crs", "neurotoxicity", "liver", "other_ae", "toxicity"})
_CYCLES: Final = {
    "b-all-rr": "cycles_rr",
    "b-all-mrd": "cycles_mrd",
    "b-all-consolidation": "cycles_consolidation",
}


def dose_blinatumomab(inputs: DoseInputs) -> DoseResult:
    """Work out the infusion rate per day, or why there is none today."""
    sheet = Sheet("blinatumomab", "ug/day", facts("blinatumomab"), inputs)
    sheet.cite(sheet.table.fact["flat_from_kg"])
    weight_kg = weighed(sheet)
    level = _level(sheet)
    _gap(sheet)
    dose = None
    if weight_kg is not None and level is not None:
        dose = _amount(sheet, _band_weight(sheet, weight_kg), level)
    sheet.warn("blinatumomab")
    return sheet.read(dose)


def _band_weight(sheet: Sheet, weight_kg: Decimal) -> Decimal:
    """The band is fixed by the weight the cycle started with; crossing it is a question."""
    start_kg = sheet.inputs.cycle_start_weight_kg
    edge = sheet.table.fact["flat_from_kg"].value
    if start_kg is None:
        _check_band(sheet, weight_kg)
        return weight_kg
    if (start_kg >= edge) != (weight_kg >= edge):
        question = (
            f"weight crossed {shown(edge)} kg within the cycle ({shown(start_kg)} to "
            f"{shown(weight_kg)} kg): the band of the cycle's start is kept; change it?"
        )
        sheet.confirm.append(question)
        sheet.cautions.append(question)
    return start_kg


def _check_band(sheet: Sheet, weight_kg: Decimal) -> None:
    """Block where the cycle began in the other band, ask where nobody can tell."""
    band, edge = sheet.inputs.cycle_band, sheet.table.fact["flat_from_kg"].value
    own = "flat" if weight_kg >= edge else "surface"
    if band is None or band == own:
        return
    if band == "unknown":
        question = (
            f"which weight did the cycle start with? {shown(weight_kg)} kg is not known to be it, "
            f"and the band at {shown(edge)} kg is fixed by it"
        )
        sheet.confirm.append(question)
        sheet.cautions.append(question)
        return
    began = f"from {shown(edge)} kg" if band == "flat" else f"below {shown(edge)} kg"
    sheet.block(
        f"weight crossed {shown(edge)} kg within the cycle? It began at a dose for weights "
        f"{began}, and the weight is {shown(weight_kg)} kg: the band of the cycle's start is kept; "
        "record that weight, a physician decides about a change"
    )


def _amount(sheet: Sheet, weight_kg: Decimal, level: Level) -> Decimal | None:
    edge = sheet.use("flat_from_kg")
    cap = sheet.use(f"{level}_flat_ug_day")
    if sheet.inputs.indication == "b-all-consolidation":
        sheet.use("consolidation_ug_day")
    if weight_kg >= edge:
        sheet.step(
            f"{shown(weight_kg)} kg is {shown(edge)} kg or more: flat dose, {shown(cap)} ug/day"
        )
        return cap
    per_m2 = sheet.use(f"{level}_ug_m2_day")
    bsa_m2 = surface(sheet)
    if bsa_m2 is None:
        return None
    sheet.steps.append(f"{shown(weight_kg)} kg is below {shown(edge)} kg: by body surface")
    line = f"{shown(per_m2)} ug/m2/day x {shown(bsa_m2)} m2"
    return sheet.capped(per_m2 * bsa_m2, cap, "ug/day", line)


def _level(sheet: Sheet) -> Level | None:
    """Low or full dose, or a block where cycle and day do not say."""
    inputs = sheet.inputs
    if inputs.indication is None:
        sheet.block(f"indication is needed: one of {', '.join(INDICATIONS)}")
        return None
    _within_course(sheet, inputs.indication)
    if inputs.restart_after in TOXICITY:
        return _after_toxicity(sheet)
    if inputs.restart_after == "unknown":
        sheet.block(
            "why the infusion stopped is not recorded: after a toxicity it restarts at the low dose"
        )
        return None
    if inputs.indication != "b-all-rr":
        sheet.steps.append("full dose from day 1")
        return "full"
    if inputs.cycle is None:
        sheet.block("cycle is needed: the first cycle begins at the low dose")
        return None
    if inputs.cycle > 1:
        sheet.steps.append(f"cycle {inputs.cycle}: full dose from day 1")
        return "full"
    if inputs.day is None:
        sheet.block("day is needed: cycle 1 begins at the low dose and steps up on day 8")
        return None
    step_day = sheet.use("step_day")
    other_day = inputs.day_counted_otherwise
    if other_day is not None and (other_day < step_day) != (inputs.day < step_day):
        sheet.block(
            f"day {inputs.day} or day {other_day}, by infusion or by the calendar: the label does "
            f"not say which count steps up on day {shown(step_day)}; a physician decides"
        )
        return None
    level: Level = "low" if inputs.day < step_day else "full"
    sheet.steps.append(f"cycle 1, day {inputs.day}: {level} dose, step on day {shown(step_day)}")
    return level


def _within_course(sheet: Sheet, indication: str) -> None:
    inputs = sheet.inputs
    last_day, most = sheet.use("infusion_days"), sheet.use(_CYCLES[indication])
    if inputs.cycle is not None and inputs.cycle > most:
        sheet.block(f"cycle {inputs.cycle}: at most {shown(most)} cycles for {indication}")
    if inputs.day is not None and not 1 <= inputs.day <= last_day:
        sheet.block(f"day {inputs.day} is no infusion day: days 1 to {shown(last_day)}")
    elif _past_by_other_count(inputs, last_day):
        sheet.block(
            f"day {inputs.day} or day {inputs.day_counted_otherwise}: whether the "
            f"{shown(last_day)} days are of infusion or of the calendar was not read for this "
            "region; a physician decides"
        )
    if inputs.cycle is None or inputs.day is None:
        sheet.cautions.append("cycle or day not given: that it is an infusion day is not checked")
    hospital = {1: "hospital_days_rr_c1" if indication == "b-all-rr" else "hospital_days_mrd_c1"}
    fact = (hospital | {2: "hospital_days_c2"}).get(inputs.cycle or 0)
    if fact is not None:
        sheet.cautions.append(
            f"hospital for the first {shown(sheet.table.fact[fact].value)} days of cycle "
            f"{inputs.cycle} (US label)"
        )


def _past_by_other_count(inputs: DoseInputs, last_day: Decimal) -> bool:
    """Whether the cycle is over by the other count; the US text names infusion days."""
    other_day = inputs.day_counted_otherwise
    return other_day is not None and other_day > last_day and inputs.region != "us"


def _after_toxicity(sheet: Sheet) -> Level | None:
    """Restart low; up again after 7 days without recurrence, in Japan not after neurotoxicity."""
    inputs = sheet.inputs
    low_days = sheet.use("restart_low_days")
    sheet.confirm.append(
        "restart only when the label's own scale allows it: grade by CTCAE recorded and resolved"
    )
    if inputs.restart_day is None:
        sheet.block("restart_day is needed: a restart after toxicity begins at the low dose")
        return None
    may_be_neuro = inputs.restart_after in ("neurotoxicity", "toxicity")
    if inputs.region is None and may_be_neuro:
        sheet.block(
            "region is needed: after neurotoxicity Japan stays at the low dose, US does not"
        )
        return None
    unnamed = inputs.region == "jp" and inputs.restart_after == "toxicity"
    if unnamed and inputs.restart_day > low_days:
        sheet.block(
            "which toxicity stopped the infusion is not recorded: after neurotoxicity there is no "
            "increase (Japan)"
        )
        return None
    stays_low = inputs.region == "jp" and inputs.restart_after == "neurotoxicity"
    level: Level = "low" if stays_low or inputs.restart_day <= low_days else "full"
    if level == "full":
        sheet.confirm.append("up to the full dose only if the toxicity did not recur")
    sheet.steps.append(
        f"restart after {inputs.restart_after}, day {inputs.restart_day}: {level} dose"
        + (", no increase (Japan)" if stays_low else f", low for {shown(low_days)} days")
    )
    return level


def _gap(sheet: Sheet) -> None:
    """What an interruption asks for; the lost time itself is never made up."""
    inputs, table = sheet.inputs, sheet.table.fact
    hours = inputs.interruption_h
    if hours is None:
        return
    premedicate_h = table["gap_premedication_h"].value
    if hours >= premedicate_h:
        sheet.cautions.append(
            f"interrupted {hours_shown(hours)} h, {shown(premedicate_h)} h or more: premedicate "
            "again, restart in hospital or under supervision"
        )
    span = timedelta(hours=float(hours))
    if inputs.region == "jp" and span > timedelta(days=int(table["gap_stop_days_jp"].value)):
        sheet.cite(table["gap_stop_days_jp"])
        sheet.block("interrupted for more than 14 days: stop for good (Japan)")
    if inputs.restart_after in TOXICITY and span > timedelta(
        days=int(table["gap_same_cycle_days"].value)
    ):
        sheet.cautions.append("interrupted for more than 7 days: begin a new cycle")
    steps_up = inputs.indication == "b-all-rr" and inputs.cycle == 1
    if steps_up and inputs.region != "jp" and inputs.restart_after not in TOXICITY:
        sheet.confirm.append(
            "is the step counted by infusion days or by calendar days? The label is silent "
            "(Japan: calendar)"
        )
