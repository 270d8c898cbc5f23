"""
Words of the entry forms: what a ward calls each value of the records.

Only words live here. The values themselves are those of ``toxmodels.records``; a test holds the
two against each other, so that a new device or sign cannot be left without a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Words = Mapping[str, str]

YES_NO: Final[Words] = {"yes": "Yes", "no": "No"}

DEVICES: Final[Words] = {
    "room_air": "Room air",
    "nasal_cannula": "Nasal cannula",
    "high_flow_nasal_cannula": "High-flow nasal cannula",
    "simple_mask": "Simple face mask",
    "venturi": "Venturi mask",
    "non_rebreather": "Non-rebreather mask",
    "blow_by": "Blow-by",
    "tracheostomy_mask": "Tracheostomy mask",
    "cpap": "CPAP",
    "bipap": "BiPAP",
    "ventilator": "Ventilator",
    "ecmo": "ECMO",
}
OXYGEN_REASONS: Final[Words] = {
    "hypoxia": "Hypoxia",
    "airway_protection": "Airway protection",
    "procedure": "Procedure",
    "baseline": "Usual support, as before therapy",
    "comfort": "Comfort",
}
TEMPERATURE_SITES: Final[Words] = {
    "oral": "Mouth",
    "axillary": "Armpit",
    "tympanic": "Ear",
    "rectal": "Rectum",
    "temporal": "Forehead",
    "bladder": "Bladder",
    "core": "Core",
    "other": "Other",
}
PRESSORS: Final[Words] = {
    "norepinephrine": "Norepinephrine",
    "epinephrine": "Epinephrine",
    "vasopressin": "Vasopressin",
    "phenylephrine": "Phenylephrine",
    "dopamine": "Dopamine",
    "metaraminol": "Metaraminol",
    "ephedrine": "Ephedrine",
    "angiotensin_ii": "Angiotensin II",
    "terlipressin": "Terlipressin",
    "dobutamine": "Dobutamine (inotrope)",
    "milrinone": "Milrinone (inotrope)",
    "levosimendan": "Levosimendan (inotrope)",
    "midodrine": "Midodrine (by mouth)",
}
RATE_UNITS: Final[Words] = {
    "rate_ug_min": "µg/min",
    "rate_ug_kg_min": "µg/kg/min",
    "rate_units_min": "units/min",
}
CONSCIOUSNESS: Final[Words] = {
    "alert": "Alert",
    "drowsy": "Drowsy, wakes by itself",
    "voice": "Wakes to voice",
    "tactile": "Wakes only to touch",
    "unarousable": "Cannot be roused",
}
SEIZURES: Final[Words] = {
    "none": "None",
    "focal": "Focal",
    "generalised": "Generalised",
    "nonconvulsive_eeg": "On EEG only, no convulsion",
}
MOTOR: Final[Words] = {
    "none": "None",
    "mild": "Mild",
    "deep_focal": "Deep, of one side or both legs",
}
RAISED_ICP: Final[Words] = {
    "papilloedema": "Swollen optic discs",
    "sixth_nerve_palsy": "Sixth nerve palsy",
    "cushing_triad": "Cushing's triad",
    "decorticate_posturing": "Decorticate posturing",
    "decerebrate_posturing": "Decerebrate posturing",
}
OEDEMA: Final[Words] = {
    "none": "Imaged: none",
    "focal": "Imaged: focal",
    "diffuse": "Imaged: diffuse",
    "haemorrhage_related": "Imaged: around a bleed",
}
UNABLE: Final[Words] = {
    "sedated": "Sedated",
    "asleep": "Asleep",
    "intubated": "Intubated",
    "language": "No common language",
    "refused": "Refused",
    "hearing_or_vision": "Hearing or vision",
    "other": "Other",
}
OTHER_SIGNS: Final[Words] = {
    "tremor": "Tremor",
    "myoclonus": "Myoclonus",
    "headache": "Headache",
    "hallucination": "Hallucinations",
    "agitation": "Agitation",
    "word_finding": "Searching for words",
    "facial_palsy": "Facial palsy",
    "parkinsonism": "Parkinsonism",
    "gait_change": "Change of gait",
}
HANDWRITING: Final[Words] = {
    "same": "As at baseline",
    "worse": "Worse",
    "not_done": "Not done",
}
LOOKED: Final[Words] = {"none": "Looked: none", "found": "Found"}
RUNNING: Final[Words] = {"none": "None running", "running": "Running"}

ICE_ITEMS: Final[Words] = {
    "year": "Says the year",
    "month": "Says the month",
    "city": "Says the city",
    "hospital": "Says the hospital",
    "naming": "Names three objects",
    "command": "Follows a command",
    "writing": "Writes a standard sentence",
    "attention": "Counts down from 100 by tens",
}
CAPD_ANSWERS: Final[tuple[str, ...]] = ("Never", "Rarely", "Sometimes", "Often", "Always")

PURPOSES: Final[Words] = {
    "crs": "For CRS",
    "icans": "For ICANS",
    "antipyretic": "Against fever",
    "premedication": "Premedication",
    "prophylaxis": "Prophylaxis",
    "iec-hs": "For IEC-HS",
    "prephase": "Prephase",
    "other": "Other",
}
ROUTES: Final[Words] = {"iv": "IV", "po": "By mouth", "sc": "SC", "im": "IM", "it": "Intrathecal"}

EVENTS: Final[Words] = {
    "cultures": "Cultures taken",
    "antibiotics": "Antibiotics started or changed",
    "imaging": "Imaging done",
    "infusion_paused": "Infusion paused",
    "infusion_restarted": "Infusion restarted",
    "not_done": "Observation not done",
    "concern": "Somebody is worried",
    "response": "Response to a treatment",
    "transfer": "Transfer",
    "death": "Death",
}
PAUSE_REASONS: Final[Words] = {
    "crs": "CRS",
    "neurotoxicity": "Neurotoxicity",
    "liver": "Liver",
    "other_ae": "Other adverse event",
    "pump": "Pump",
    "planned": "Planned",
}
DUE_TO: Final[Words] = {"crs": "CRS", "icans": "ICANS", "other": "Another cause"}
# Scales a clinician grades on. ASTCT CRS is worked out as well: a grade on it confirms, no more.
GRADED_ON: Final[Words] = {
    "astct-crs-2019": "CRS by ASTCT",
    "ctcae-5.0": "CTCAE 5.0",
    "ctcae-4.03": "CTCAE 4.03",
    "ctcae-6.0": "CTCAE 6.0",
    "lee-2014": "CRS by Lee 2014",
    "penn-2018": "CRS by Penn 2018",
    "mskcc-2018": "CRS by MSKCC 2018",
    "cartox-crs-2018": "CRS by CARTOX 2018",
    "cartox-cres-2018": "Neurotoxicity by CARTOX 2018 (CRES)",
    "cn-bnhl-crs-2022": "Local CRS by the Chinese B-NHL consensus",
    "iec-hs-2023": "IEC-HS",
    "cairo-bishop-2004": "Tumour lysis by Cairo-Bishop",
}
GRADES: Final[Words] = {str(grade): str(grade) for grade in range(6)}
CHANGES: Final[Words] = {"improved": "Improved", "same": "Unchanged", "worse": "Worse"}
STOP_REASONS: Final[Words] = {
    "planned": "Planned end",
    "toxicity": "Toxicity",
    "bag": "Bag change",
    "pump": "Pump",
    "line": "Line",
    "procedure": "Procedure",
}

VITAL_SIGNS: Final[Words] = {
    "fever": "Fever",
    "hypotension": "Low pressure",
    "hypoxia": "Low oxygen",
}
NEURO_SIGNS: Final[Words] = {
    "ice": "ICE score",
    "capd": "CAPD score",
    "consciousness": "Consciousness",
    "seizure": "Seizure",
    "motor": "Weakness",
    "raised_icp": "Raised pressure",
    "oedema": "Brain oedema",
}
SEXES: Final[Words] = {"female": "Female", "male": "Male", "other": "Other"}
REGIONS: Final[Words] = {
    "us": "United States",
    "eu": "European Union",
    "jp": "Japan",
    "cn": "China",
}
INDICATIONS: Final[Mapping[str, Words]] = {
    "blinatumomab": {
        "b-all-rr": "B-ALL, relapsed or refractory",
        "b-all-mrd": "B-ALL, residual disease",
        "b-all-consolidation": "B-ALL, consolidation",
    }
}

# Fields without a limit of their own; the others are named by the limits of the quantity.
_FIELDS: Final[Words] = {
    "temperature_site": "measured at",
    "hypotensive": "hypotensive",
    "hypoxic": "hypoxic",
    "rigors": "rigors",
    "fluid_bolus_ml": "fluid bolus",
    "fluid_for_hypotension": "bolus given for low pressure",
    "vasopressors": "vasopressors",
    "oxygen": "oxygen",
    "other_cause": "attributed to another cause",
    "other_cause_reason": "reason for the attribution",
    "ice": "ICE",
    "capd": "CAPD",
    "consciousness": "consciousness",
    "seizure": "seizure",
    "motor_weakness": "weakness",
    "raised_icp": "signs of raised pressure",
    "cerebral_oedema": "brain oedema",
    "unable": "exam not possible",
    "rass": "RASS",
    "new_confusion": "new confusion",
    "handwriting": "handwriting",
    "other_signs": "other signs",
    "cartox10_total": "CARTOX-10 total",
    "papilloedema_stage": "stage of papilloedema",
    "csf_opening_pressure_mmhg": "CSF opening pressure (mmHg)",
    "haemophagocytosis": "haemophagocytosis in marrow or tissue",
    "upper_limits": "upper limits of normal",
    "lower_limits": "lower limits of normal",
    "drug": "drug",
    "dose_mg": "dose",
    "dose_ug": "dose",
    "route": "route",
    "purpose": "purpose",
    "interval_h": "interval",
    "stopped_at": "stopped",
    "kind": "event",
    "reason": "reason",
    "due_to": "due to",
    "what": "what",
    "why": "why",
    "to": "to",
    "change": "change",
    "scale": "scale",
    "term": "what is graded",
    "grade": "grade",
}
FIELD_WORDS: Final = _FIELDS
LABS: Final[Mapping[str, tuple[str, str]]] = {
    "crp_mg_l": ("CRP", "mg/L"),
    "ferritin_ug_l": ("Ferritin", "µg/L"),
    "il6_pg_ml": ("IL-6", "pg/mL"),
    "anc_per_ul": ("Neutrophils", "/µL"),
    "wbc_10e9_l": ("White cells", "10⁹/L"),
    "platelets_10e9_l": ("Platelets", "10⁹/L"),
    "haemoglobin_g_dl": ("Haemoglobin", "g/dL"),
    "ldh_u_l": ("LDH", "U/L"),
    "creatinine_umol_l": ("Creatinine", "µmol/L"),
    "alt_u_l": ("ALT", "U/L"),
    "ast_u_l": ("AST", "U/L"),
    "bilirubin_umol_l": ("Bilirubin", "µmol/L"),
    "fibrinogen_g_l": ("Fibrinogen", "g/L"),
    "sodium_mmol_l": ("Sodium", "mmol/L"),
    "potassium_mmol_l": ("Potassium", "mmol/L"),
    "phosphate_mmol_l": ("Phosphate", "mmol/L"),
    "calcium_mmol_l": ("Calcium", "mmol/L"),
    "urate_umol_l": ("Urate", "µmol/L"),
    "triglycerides_mmol_l": ("Triglycerides", "mmol/L"),
    "d_dimer_mg_l_feu": ("D-dimer", "mg/L FEU"),
    "inr": ("INR", ""),
    "glucose_mmol_l": ("Glucose", "mmol/L"),
    "albumin_g_l": ("Albumin", "g/L"),
    "ionised_calcium_mmol_l": ("Ionised calcium", "mmol/L"),
    "direct_bilirubin_umol_l": ("Direct bilirubin", "µmol/L"),
    "pt_s": ("Prothrombin time", "s"),
    "aptt_s": ("APTT", "s"),
    "fdp_mg_l": ("Fibrin degradation products", "mg/L"),
    "scd25_u_ml": ("Soluble CD25", "U/mL"),
}
