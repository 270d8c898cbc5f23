"""
The published tables as literals, in the paper's order.

ASTCT consensus, Lee et al. 2019 (doi:10.1016/j.bbmt.2018.12.758). Hours, masking windows and
everything about missing values are rules of this project, not of the paper.
"""

from __future__ import annotations

from datetime import timedelta

Interval = tuple[int, int]

# --- CRS ---------------------------------------------------------------------------------------
FEVER_FROM_C = 38.0  # on it counts
LOW_FLOW_TO_L_MIN = 6.0  # on it is still low flow

COUNTED_VASOPRESSORS = (
    "norepinephrine",
    "epinephrine",
    "phenylephrine",
    "dopamine",
    "metaraminol",
    "ephedrine",
    "angiotensin_ii",
)
VASOPRESSIN_LIKE = ("vasopressin", "terlipressin")
NOT_VASOPRESSORS = ("dobutamine", "milrinone", "levosimendan", "midodrine")

# device: tier at low flow or without any flow rule, tier above low flow
DEVICE_TIER = {
    "room_air": (0, 0),
    "nasal_cannula": (2, 3),
    "blow_by": (2, 2),
    "high_flow_nasal_cannula": (2, 3),
    "simple_mask": (3, 3),
    "venturi": (3, 3),
    "non_rebreather": (3, 3),
    "tracheostomy_mask": (3, 3),
    "cpap": (4, 4),
    "bipap": (4, 4),
    "ventilator": (4, 4),
    "ecmo": (4, 4),
}
REASONS_THAT_ARE_NOT_HYPOXIA = ("airway_protection", "procedure")

# --- ICANS -------------------------------------------------------------------------------------
ICE_POINTS = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 1,
    "naming": 3,
    "command": 1,
    "writing": 1,
    "attention": 1,
}
ICE_BAND = {10: 0, 9: 1, 8: 1, 7: 1, 6: 2, 5: 2, 4: 2, 3: 2, 2: 3, 1: 3, 0: 3}
CAPD_ITEMS, CAPD_ITEM_POINTS = 8, 4
CAPD_POSITIVE_FROM = 9
AWAKENING = {"alert": 0, "drowsy": 1, "voice": 2, "tactile": 3, "unarousable": 4}
MOTOR = {"none": 0, "mild": 0, "deep_focal": 4}
OEDEMA = {"none": 0, "focal": 3, "diffuse": 4, "haemorrhage_related": 0}
BRIEF_SEIZURE, GRAVE_SEIZURE = 3, 4
PROLONGED_OVER_MIN = 5.0  # five minutes exactly is still brief
CAPD_UNDER_YEARS = 12.0
CAPD_WITH_DELAY_TO_YEARS = 21.0

# --- time (project rules) ------------------------------------------------------------------------
VITALS_VALID = timedelta(hours=4)
EXAM_VALID = timedelta(hours=12)
QUIET_BEFORE_END = timedelta(hours=24)
SEIZURE_STANDS = timedelta(hours=1)
LATE_FEVER_AFTER = timedelta(days=14)

MASKS_FOR = {
    "paracetamol": timedelta(hours=8),
    "acetaminophen": timedelta(hours=8),
    "ibuprofen": timedelta(hours=8),
    "dexamethasone": timedelta(hours=48),
    "methylprednisolone": timedelta(hours=48),
    "hydrocortisone": timedelta(hours=48),
    "prednisone": timedelta(hours=48),
    "prednisolone": timedelta(hours=48),
    "anakinra": timedelta(hours=24),
    "ruxolitinib": timedelta(hours=24),
    "tocilizumab": timedelta(days=14),
    "emapalumab": timedelta(days=14),
    "siltuximab": timedelta(days=21),
}
WAIVES_FEVER = tuple(MASKS_FOR)
