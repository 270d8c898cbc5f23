"""
Cut points: into which classes each input falls, as far as a grade can tell them apart.

Every class has one representative record, which the scalar grader grades. Class 0 is always "nobody
recorded it"; the class ``UNREADABLE`` of an input is a value that was recorded and cannot be
read, which may be any of the others.
"""

from __future__ import annotations

from itertools import product
from typing import Final, get_args

from toxmodels.moment import DEVICE_ORDER
from toxmodels.records import Oxygen, Patient, Seizure, Vasopressor
from toxmodels.scales.astct_crs import FEVER_C, LOW_FLOW_L_MIN
from toxmodels.scales.capd import POSITIVE_FROM
from toxmodels.scales.ice import FULL_SCORE, ROWS
from toxmodels.scales.seizure import PROLONGED_OVER_MIN
from toxmodels.scored_exams import ICE_POINTS, Capd, Ice
from toxmodels.terms import (
    COUNTED_VASOPRESSORS,
    VASOPRESSIN_LIKE,
    Consciousness,
    Device,
    PressorDrug,
)

# Temperature: not recorded, below the limit, from the limit.
TEMPERATURE: Final = (None, FEVER_C - 1.0, FEVER_C)
TEMPERATURE_UNREADABLE: Final = 3
TRUTH: Final = (None, False, True)
TRUTH_UNREADABLE: Final = 3

VASOPRESSORS: Final[tuple[tuple[PressorDrug, ...] | None, ...]] = (
    None,
    (),
    ("dobutamine",),
    ("vasopressin",),
    ("norepinephrine",),
    ("norepinephrine", "epinephrine"),
)
VASOPRESSORS_UNREADABLE: Final = 6


def vasopressor_class(drugs: frozenset[str]) -> int:
    """How the agents that run together count: by number, vasopressin never as a second one."""
    counted = len(drugs & COUNTED_VASOPRESSORS)
    if counted:
        return 4 if counted == 1 else 5
    return 3 if drugs & VASOPRESSIN_LIKE else 2 if drugs else 1


def agents(drugs: tuple[PressorDrug, ...]) -> tuple[Vasopressor, ...]:
    """The representative list of agents."""
    return tuple(Vasopressor(drug=drug) for drug in drugs)


# Oxygen: device (0 none recorded), flow (unknown, low, high), reason, and how the device stands to
# the one used before therapy. Only with the reason "baseline" is the last one asked.
DEVICES: Final[tuple[Device | None, ...]] = (None, *get_args(Device))
FLOWS: Final = (None, LOW_FLOW_L_MIN, LOW_FLOW_L_MIN + 1.0)
REASONS: Final = (None, "procedure", "baseline")
REASON_CLASS: Final = {
    "hypoxia": 0, "comfort": 0, "airway_protection": 1, "procedure": 1, "baseline": 2,
}  # fmt: skip
AGAINST_USUAL: Final = ("unknown", "beyond", "same, flow unknown", "same, more", "same", "below")
OXYGEN_SHAPE: Final = (len(AGAINST_USUAL), len(REASONS), len(FLOWS), len(DEVICES))
DEVICE_PLACE: Final = tuple(
    -1 if device is None else DEVICE_ORDER.index(device) for device in DEVICES
)


def oxygen_code(device: int, flow: int, reason: int, against: int) -> int:
    """The place of an oxygen support among all of them; the first place has nothing recorded."""
    return ((against * len(REASONS) + reason) * len(FLOWS) + flow) * len(DEVICES) + device


def usual_oxygen(device: Device, flow: float | None, against: str) -> Oxygen | None:
    """A usual support to which this device and flow stand as named; ``None`` where none can."""
    place = DEVICE_ORDER.index(device)
    if against == "beyond":
        return None if place == 0 else Oxygen(device="room_air")
    if against == "below":
        return None if device == DEVICE_ORDER[-1] else Oxygen(device="ecmo")
    if against == "same, flow unknown":
        return Oxygen(device=device)
    if flow is None or against == "unknown":
        return None
    return Oxygen(device=device, flow_l_min=flow - 1.0 if against == "same, more" else flow)


# Scores: a pair of rows, that of the lowest and that of the highest possible total.
_ICE_FLOORS: Final = tuple(sorted({*(floor for floor, _ in ROWS), 1}))  # 0 is a row of its own
_CAPD_FLOORS: Final = (0, 1, POSITIVE_FROM)


def _pairs(floors: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((low, high) for low, high in product(range(len(floors)), repeat=2) if low <= high)


ICE_PAIRS: Final = _pairs(_ICE_FLOORS)
CAPD_PAIRS: Final = _pairs(_CAPD_FLOORS)
ICE_UNREADABLE: Final = len(ICE_PAIRS) + 1
# CAPD classes come twice: above what is usual for this child, and not above it.
CAPD_UNREADABLE: Final = 2 * len(CAPD_PAIRS) + 1


def ice_row(total: int) -> int:
    """Which row of the table a total falls into."""
    return max(place for place, floor in enumerate(_ICE_FLOORS) if total >= floor)


def capd_row(total: int) -> int:
    """Which row of the table a total falls into."""
    return max(place for place, floor in enumerate(_CAPD_FLOORS) if total >= floor)


def ice_of(low: int, high: int) -> Ice:
    """An exam whose items allow exactly these totals."""
    left, total, scored = high - low, low, {}
    for item, points in sorted(ICE_POINTS.items(), key=lambda one: -one[1]):
        if points <= left:
            left -= points
        else:
            scored[item] = min(points, total)
            total -= scored[item]
    return Ice(**scored)


def capd_of(low: int, high: int) -> Capd:
    """An exam whose items allow these totals, or a bare total where they are equal."""
    if low == high:
        return Capd(total=low)
    asked: list[int | None] = [*[4] * (low // 4), *([low % 4] if low % 4 else [])]
    open_items = -(-(high - low) // 4)
    asked += [0] * (8 - open_items - len(asked))
    return Capd(items=tuple((asked + [None] * open_items)[:8]))


ICE_EXAMS: Final = tuple(
    ice_of(_ICE_FLOORS[low], FULL_SCORE if high == len(_ICE_FLOORS) - 1 else _ICE_FLOORS[high])
    for low, high in ICE_PAIRS
)
CAPD_EXAMS: Final = tuple(
    capd_of(_CAPD_FLOORS[low], _CAPD_FLOORS[high]) for low, high in CAPD_PAIRS
)

AWAKE: Final[tuple[Consciousness | None, ...]] = (None, *get_args(Consciousness))
AWAKE_UNREADABLE: Final = len(AWAKE)
MOTOR: Final = (None, "none", "deep_focal")  # mild weakness grades as none does
MOTOR_CLASS: Final = {"none": 1, "mild": 1, "deep_focal": 2}
MOTOR_UNREADABLE: Final = 3
ICP: Final = (None, (), ("papilloedema",))
ICP_UNREADABLE: Final = 3
OEDEMA: Final = (None, "none", "focal", "diffuse")  # around a haemorrhage grades as none does
OEDEMA_CLASS: Final = {"none": 1, "haemorrhage_related": 1, "focal": 2, "diffuse": 3}
OEDEMA_UNREADABLE: Final = 4

# Seizures: nobody asked, none, and what a seizure record says of length, recovery and repetition.
FIT_SHAPE: Final = (3, 3, 3, 2)
_DURATIONS: Final = (None, PROLONGED_OVER_MIN, PROLONGED_OVER_MIN + 1.0)


def fit_of(duration: int, resolved: int, repetitive: int, several: int) -> Seizure:
    """The representative seizure record."""
    return Seizure(
        kind="generalised",
        duration_min=_DURATIONS[duration],
        resolved=TRUTH[resolved],
        repetitive_without_recovery=TRUTH[repetitive],
        count=2 if several else None,
    )


# Patients for whom ICE, CAPD, or either of them may grade.
BRANCHES: Final = (
    Patient(id="cohort", age_years=41.0),
    Patient(id="cohort", age_years=6.0),
    Patient(id="cohort"),
)
