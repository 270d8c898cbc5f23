"""Vital signs as classes: temperature, pressure, and oxygen support as one number."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort import cuts
from toxmodels.cohort.coded import Coded
from toxmodels.cohort.columns import COLUMNS
from toxmodels.cohort.crs_tables import crs_tables
from toxmodels.cohort.door import There
from toxmodels.cohort.reading import Classes, measured, set_of, through
from toxmodels.cohort.reading import words as read_words
from toxmodels.terms import COUNTED_VASOPRESSORS, VASOPRESSIN_LIKE

__all__ = ["vitals"]

_DEVICES: Final[dict[str, int]] = {str(name): n for n, name in enumerate(cuts.DEVICES) if name}


def _device(name: str) -> int | None:
    return _DEVICES.get(name)


def vitals(coded: Coded, there: There) -> None:
    """Read the columns of vital signs."""
    if "temperature_c" in there:
        value, bad = measured(there["temperature_c"], COLUMNS["temperature_c"])
        limit = cuts.TEMPERATURE[2]
        found = (value == value).view(np.uint8) + (value >= limit).view(np.uint8)  # noqa: PLR0124 - NaN
        coded.mark("temperature_c", found, bad, cuts.TEMPERATURE_UNREADABLE)
    coded.truth(there, "hypotensive", "fluid_for_hypotension", "hypoxic", "vitals_taken")
    if "vasopressors" in there:
        known = frozenset(COLUMNS["vasopressors"].words)

        def running(text: str) -> int | None:
            drugs = set_of(text)
            return None if drugs is None or drugs - known else cuts.vasopressor_class(drugs)

        counted, like = sorted(COUNTED_VASOPRESSORS), sorted(VASOPRESSIN_LIKE)
        common = ["none", *sorted(known), *(f"{one}+{two}" for one in counted for two in like)]
        bad_class = cuts.VASOPRESSORS_UNREADABLE
        found = read_words(there["vasopressors"], running, common, bad_class)
        coded.note("vasopressors", found == bad_class)
        coded.classes["vasopressors"] = found
    _oxygen(coded, there)


def _oxygen(coded: Coded, there: There) -> None:
    """Device, flow, reason and usual support as one number; 0 where nothing was recorded."""
    bad_device = len(cuts.DEVICES)
    coded.word(there, "oxygen_device", _DEVICES, bad_device)
    device = coded.classes.pop("oxygen_device", None)
    state = np.zeros(coded.rows, dtype=np.uint8)
    if device is not None:
        state += device * (device != bad_device) if "oxygen_device" in coded.unreadable else device
    recorded = np.zeros(coded.rows, dtype=np.bool_) if device is None else device != 0
    if "oxygen_flow_l_min" in there:
        litres, bad = measured(there["oxygen_flow_l_min"], COLUMNS["oxygen_flow_l_min"])
        flow = (litres == litres).view(np.uint8) + (litres > cuts.FLOWS[1]).view(np.uint8)  # noqa: PLR0124 - NaN
        recorded |= flow != 0
        coded.mark("oxygen_flow_l_min", flow, bad, 0)
        state += np.uint8(len(cuts.DEVICES)) * coded.classes.pop("oxygen_flow_l_min")
        recorded |= bad
    coded.word(there, "oxygen_reason", cuts.REASON_CLASS, 3)
    classes = crs_tables().oxygen_class
    found = through(classes[: cuts.oxygen_code(0, 0, 1, 0)].tobytes().ljust(256, b"\0"), state)
    if "oxygen_reason" in there:
        recorded |= there["oxygen_reason"].series.is_not_null().to_numpy()
        reason = coded.classes.pop("oxygen_reason")
        reason[reason == 3] = 1  # it may be for another purpose: open
        rows = np.flatnonzero(reason)
        against = _against_usual(coded, there, device, reason)[rows]
        whole = state[rows] + cuts.oxygen_code(0, 0, 1, 0) * reason[rows].astype(np.int32)
        whole += cuts.oxygen_code(0, 0, 0, 1) * against.astype(np.int32)
        found[rows] = classes[whole]
    if "oxygen_fio2" in there:
        share, bad = measured(there["oxygen_fio2"], COLUMNS["oxygen_fio2"])
        recorded |= (share == share) | bad  # noqa: PLR0124 - NaN
    coded.classes["oxygen"] = found * recorded


def _against_usual(coded: Coded, there: There, device: Classes | None, reason: Classes) -> Classes:
    """How the support stands to the usual one, where it is said to be the usual one."""
    found = np.zeros(coded.rows, dtype=np.uint8)
    rows = np.flatnonzero(reason == 2)
    if len(rows) == 0 or device is None or "baseline_oxygen_device" not in there:
        return found
    usual = read_words(there["baseline_oxygen_device"].gather(rows), _device, [*_DEVICES], 0)
    flow = _litres(there, "oxygen_flow_l_min", rows)
    before = _litres(there, "baseline_oxygen_flow_l_min", rows)
    order = np.array([*cuts.DEVICE_PLACE, -1])
    now, then = order[device[rows]], order[usual]
    unknown = (now < 0) | (then < 0)
    same = np.where(np.isnan(flow) | np.isnan(before), 2, np.where(flow > before, 3, 4))
    found[rows] = np.where(unknown, 0, np.where(now > then, 1, np.where(now < then, 5, same)))
    return found


def _litres(there: There, name: str, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    if name not in there:
        return np.full(len(rows), np.nan)
    values, bad = measured(there[name].gather(rows), COLUMNS[name])
    return np.where(bad, np.nan, values)
