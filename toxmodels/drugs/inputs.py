"""
Inputs of a dose: text from the command line or values from Python, read into one closed record.

Nothing is guessed. An unknown key, a unit behind a number, a weight no patient has or a time
without offset is refused with the likely cure; null and absent both mean that nobody recorded it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from toxmodels.drugs.faults import DoseError, DoseFault, did_you_mean
from toxmodels.drugs.reading import read_number, read_time, read_words, read_yes_no

INDICATIONS: Final = ("b-all-rr", "b-all-mrd", "b-all-consolidation")
REGIONS: Final = ("us", "eu", "jp")
REASONS: Final = ("crs", "neurotoxicity", "liver", "other_ae", "pump", "line", "bag", "procedure")
# What a case may also say: a toxicity without its name, or a stop without any reason.
RESTARTS: Final = (*REASONS, "toxicity", "unknown")
UNDATED: Final = ("undated", "unknown")


class DoseInputs(BaseModel):
    """
    Everything that can be said about one dose; ``None`` means nobody recorded it.

    ``day_counted_otherwise``: the day of an infusion by the other way of counting (time infused,
    calendar), where the two differ. ``cycle_band``: whether the cycle began with the flat dose or
    by body surface. ``prophylactic_at``: doses given to prevent. ``course_limit``: fewer doses in a
    course than the drug's own limit, as a site chooses. ``last_step``: of a step-up schedule, the
    step that was given last, where it is not the one before. ``*_grade`` is the certain grade
    now, ``*_grade_at_most`` what it could be while a sign is missing, ``*_peak_grade`` the highest
    since the first dose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight_kg: Decimal | None = None
    weight_recorded_at: AwareDatetime | None = None
    previous_weight_kg: Decimal | None = None
    cycle_start_weight_kg: Decimal | None = None
    cycle_band: str | None = None
    height_cm: Decimal | None = None
    bsa_m2: Decimal | None = None
    age_years: Decimal | None = None
    conditions: tuple[str, ...] = ()
    allergies: tuple[str, ...] = ()
    at: AwareDatetime | None = None
    given_at: tuple[AwareDatetime, ...] | None = None
    undated_doses: int = 0
    counted_since: AwareDatetime | None = None
    therapy_since: AwareDatetime | None = None
    prophylactic_at: tuple[AwareDatetime, ...] | None = None
    shortage: bool | None = None
    course_limit: int | None = None
    product: str | None = None
    region: str | None = None
    indication: str | None = None
    cycle: int | None = None
    day: int | None = None
    day_counted_otherwise: int | None = None
    restart_after: str | None = None
    restart_day: int | None = None
    interruption_h: Decimal | None = None
    regimen: str | None = None
    step: int | None = None
    last_step: int | None = None
    mg_per_kg: Decimal | None = None
    mg_per_kg_to: Decimal | None = None
    dose_mg: Decimal | None = None
    round_to_mg: Decimal | None = None
    site_paediatric: bool | None = None
    marrow_blasts_percent: Decimal | None = None
    peripheral_blasts_per_ul: Decimal | None = None
    extramedullary_disease: bool | None = None
    ldh_rising: bool | None = None
    active_infection: bool | None = None
    dose_number: int | None = None
    given_million_cells: Decimal | None = None
    crs_grade: int | None = None
    crs_grade_at_most: int | None = None
    crs_peak_grade: int | None = None
    icans_grade: int | None = None
    icans_grade_at_most: int | None = None
    icans_peak_grade: int | None = None
    anc_per_ul: Decimal | None = None
    creatinine_clearance_ml_min: Decimal | None = None


WHOLE: Final = frozenset(
    {
        "course_limit",
        "cycle",
        "day",
        "day_counted_otherwise",
        "restart_day",
        "step",
        "last_step",
        "dose_number",
        "crs_grade",
        "crs_grade_at_most",
        "crs_peak_grade",
        "icans_grade",
        "icans_grade_at_most",
        "icans_peak_grade",
    }
)
YES_NO: Final = frozenset(
    {
        "shortage",
        "site_paediatric",
        "extramedullary_disease",
        "ldh_rising",
        "active_infection",
    }
)
TIMES: Final = frozenset({"weight_recorded_at", "at", "counted_since", "therapy_since"})
LISTS: Final = frozenset({"conditions", "allergies"})
WORDS: Final[dict[str, tuple[str, ...] | None]] = {
    "region": REGIONS,
    "indication": INDICATIONS,
    "restart_after": RESTARTS,
    "cycle_band": ("flat", "surface", "unknown"),
    "regimen": None,
    "product": None,
}
KEYS: Final = tuple(name for name in DoseInputs.model_fields if name != "undated_doses")


def read_inputs(given: Mapping[str, Any]) -> DoseInputs:
    """
    Read keyword inputs.

    Raises:
        DoseError: an input is unknown or cannot be what it says; every fault is named.

    """
    faults: list[DoseFault] = []
    read: dict[str, Any] = {}
    for key, value in given.items():
        if key not in KEYS:
            faults.append(DoseFault(path=key, says="unknown input", suggestion=_key_cure(key)))
        elif value is not None:
            try:
                read |= _one(key, value)
            except DoseError as error:
                faults += error.faults
    if faults:
        raise DoseError(faults)
    return DoseInputs(**read)


def _one(key: str, value: Any) -> dict[str, Any]:
    if key == "given_at":
        return _doses(value)
    if key == "prophylactic_at":
        return {key: _doses(value)["given_at"]}
    if key in TIMES:
        return {key: read_time(key, value)}
    if key in YES_NO:
        return {key: read_yes_no(key, value)}
    if key in LISTS:
        return {key: read_words(key, value)}
    if key in WORDS:
        return {key: _word(key, value, WORDS[key])}
    if key in WHOLE:
        return {key: int(read_number(key, value, whole=True))}
    return {key: read_number(key, value)}


def _doses(value: Any) -> dict[str, Any]:
    """Times of earlier doses; a dose that nobody dated is kept and counted as such."""
    entries = list(value) if isinstance(value, list | tuple) else [value]
    times: list[datetime] = []
    undated = 0
    for entry in entries:
        if entry is None or (isinstance(entry, str) and entry.strip().lower() in UNDATED):
            undated += 1
        else:
            times.append(read_time("given_at", entry))
    return {"given_at": tuple(sorted(times)), "undated_doses": undated}


def _word(key: str, value: Any, known: tuple[str, ...] | None) -> str:
    if not isinstance(value, str):
        says = f"{value!r} is not a word"
        raise DoseError([DoseFault(path=key, says=says, suggestion=_choices(known))])
    word = value.strip().lower()
    if known is not None and word not in known:
        cure = did_you_mean(word, known) or _choices(known)
        raise DoseError([DoseFault(path=key, says=f'"{value}" is not known', suggestion=cure)])
    return word.replace("_", "-") if known is None else word


def _choices(known: tuple[str, ...] | None) -> str | None:
    return None if known is None else f"one of {', '.join(known)}"


def _key_cure(key: str) -> str | None:
    units = {"weight": "weight_kg", "age": "age_years", "height": "height_cm", "bsa": "bsa_m2"}
    plain = key.strip().lower().replace("-", "_")
    found = plain if plain in KEYS else units.get(plain.partition("_")[0])
    return f'did you mean "{found}"?' if found is not None else did_you_mean(plain, KEYS)
