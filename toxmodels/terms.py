"""
The closed vocabularies of the case file: devices, agents, levels, kinds and reasons.

Every word is stored and exchanged as it stands here; screens translate, files never do.
"""

from __future__ import annotations

from typing import Final, Literal

Sex = Literal["female", "male", "other"]
Region = Literal["us", "eu", "jp", "cn"]
Device = Literal[
    "room_air",
    "nasal_cannula",
    "blow_by",
    "simple_mask",
    "venturi",
    "non_rebreather",
    "high_flow_nasal_cannula",
    "cpap",
    "bipap",
    "ventilator",
    "tracheostomy_mask",
    "ecmo",
]
OxygenReason = Literal["hypoxia", "airway_protection", "procedure", "baseline", "comfort"]
PressorDrug = Literal[
    "norepinephrine",
    "epinephrine",
    "phenylephrine",
    "dopamine",
    "metaraminol",
    "ephedrine",
    "angiotensin_ii",
    "vasopressin",
    "terlipressin",
    "dobutamine",
    "milrinone",
    "levosimendan",
    "midodrine",
]
Consciousness = Literal["alert", "drowsy", "voice", "tactile", "unarousable"]
SeizureKind = Literal["none", "focal", "generalised", "nonconvulsive_eeg"]
MotorWeakness = Literal["none", "mild", "deep_focal"]
RaisedIcp = Literal[
    "papilloedema",
    "sixth_nerve_palsy",
    "cushing_triad",
    "decorticate_posturing",
    "decerebrate_posturing",
]
Oedema = Literal["none", "focal", "diffuse", "haemorrhage_related"]
Unable = Literal[
    "sedated", "asleep", "intubated", "language", "refused", "hearing_or_vision", "other"
]
VitalSign = Literal["fever", "hypotension", "hypoxia"]
NeuroSign = Literal["ice", "capd", "consciousness", "seizure", "motor", "raised_icp", "oedema"]
OtherSign = Literal[
    "tremor",
    "myoclonus",
    "headache",
    "hallucination",
    "agitation",
    "word_finding",
    "facial_palsy",
    "parkinsonism",
    "gait_change",
]
IceItem = Literal["year", "month", "city", "hospital", "naming", "command", "writing", "attention"]
StopReason = Literal["toxicity", "pump", "line", "bag", "procedure", "planned"]
Purpose = Literal[
    "premedication", "prophylaxis", "crs", "icans", "iec-hs", "prephase", "antipyretic", "other"
]
EventKind = Literal[
    "infusion_paused",
    "infusion_restarted",
    "cultures",
    "antibiotics",
    "imaging",
    "not_done",
    "concern",
    "death",
    "transfer",
    "response",
]

# How the agents count is a house reading where the published table is silent (site-defaults).
COUNTED_VASOPRESSORS: Final = frozenset(
    {
        "norepinephrine",
        "epinephrine",
        "phenylephrine",
        "dopamine",
        "metaraminol",
        "ephedrine",
        "angiotensin_ii",
    }
)
VASOPRESSIN_LIKE: Final = frozenset({"vasopressin", "terlipressin"})
INOTROPES: Final = frozenset({"dobutamine", "milrinone", "levosimendan"})
