"""
What a recorded value may be: closed records, times with an offset, quantities within the possible.

A value that no patient can have is refused where it is read, naming the range and the unit it
probably was in. Limits are data (``limits.toml``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from toxmodels.limits import limits


class Record(BaseModel):
    """Anything written down about a patient: closed, frozen, never coerced."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def _possible(name: str) -> AfterValidator:
    """Refuse what no patient can have, naming the likely unit."""
    bounds = limits()[name]

    def check(value: float) -> float:
        if bounds.is_impossible(value):
            raise PydanticCustomError(
                "impossible",
                "{value} is impossible ({range})",
                {
                    "value": f"{value:g}",
                    "range": bounds.range_text(),
                    "suggestion": bounds.likely_units(value),
                },
            )
        return value

    return AfterValidator(check)


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise refuse("time", "this time lies outside the calendar") from None


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]

Celsius = Annotated[float, _possible("temperature_c")]
Systolic = Annotated[float, _possible("systolic_mmhg")]
Diastolic = Annotated[float, _possible("diastolic_mmhg")]
MeanPressure = Annotated[float, _possible("map_mmhg")]
HeartRate = Annotated[float, _possible("heart_rate_bpm")]
RespiratoryRate = Annotated[float, _possible("respiratory_rate_bpm")]
Saturation = Annotated[float, _possible("spo2_percent")]
Flow = Annotated[float, _possible("flow_l_min")]
OxygenFraction = Annotated[float, _possible("fio2")]
Weight = Annotated[float, _possible("weight_kg")]
Height = Annotated[float, _possible("height_cm")]
Crp = Annotated[float, _possible("crp_mg_l")]
Ferritin = Annotated[float, _possible("ferritin_ug_l")]
Neutrophils = Annotated[float, _possible("anc_per_ul")]

Indication = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


def refuse(kind: str, says: str, suggestion: str | None = None) -> PydanticCustomError:
    """Build a refusal in our own words, with the likely cure beside it."""
    # The wording goes in as a value, so that braces in typed text can never be read as a template.
    return PydanticCustomError(kind, "{says}", {"says": says, "suggestion": suggestion})
