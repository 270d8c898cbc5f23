"""
A patient who satisfies a rule, built from the rule's own conditions.

Every question of ``When`` has a place here; a question without one makes ``test_reachable`` fail.
All times are counted back from NOW.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product as every
from typing import Any, Final

import toxmodels
from toxmodels.label_grades import PAUSES_FROM
from toxmodels.products import products
from toxmodels.protocols import Protocol, Rule
from toxmodels.records import Case

Json = dict[str, Any]

NOW: Final = datetime(2026, 6, 20, 12, tzinfo=UTC)
TERMS: Final = {"crs": "cytokine release syndrome", "neuro": "encephalopathy", "other": "rash"}
EDITIONS: Final = {"ctcae": "ctcae-5.0"}
ICE: Final = {0: 10, 1: 8, 2: 5, 3: 2, 4: 0}
PAUSED_FOR: Final = {"crs", "neurotoxicity", "liver", "other_ae"}
ASKED: Final = {
    *("crs", "icans", "kinds", "products", "not_products", "indications", "adult", "age_unknown"),
    *("episode_grade", "episodes_min", "episodes_max", "lasted_hours_min"),
    *("anc_below_per_ul", "anc_below_hours_min", "platelets_below_10e9_l"),
    *("fever_hours_min", "onset_hours_max", "onset_hours_min", "tocilizumab_min"),
    *("tocilizumab_max", "since_tocilizumab_hours_min", "corticosteroid_given"),
    *("since_corticosteroid_hours_min", "response", "boluses_min", "hypotensive"),
    *("seizures_min", "seizures_max", "infusion", "interrupted_hours_min"),
    *(
        "interrupted_hours_max",
        "interrupted_hours_above",
        "interrupted_hours_below",
        "interrupted_for",
        "event_peak",
    ),
    *("settled_hours_min", "to_settle_hours_min", "to_settle_hours_max", "to_settle_hours_from"),
    *("event_rate_ug_day_min", "event_rate_ug_day_max", "event_dose", "ungraded", "high_burden"),
    *("burden_unknown", "liver_beyond", "liver_unread", "cycle_min", "cycle_max", "cycle_unknown"),
    *("infusion_day_min", "infusion_day_max", "running_dose", "restarted", "restarted_for"),
    *(
        "restarted_hours_min",
        "restarted_hours_below",
        "grades_known",
        "crs_known",
        "doses_given",
        "peak_crs",
        "peak_icans",
    ),
    *("seizure_undergraded", "raised_pressure"),
    *("since_dose_peak", "low_grade", "low_hours_below", "recurred"),
    *("above_hours_min", "flat_barred", "unresolved", "shown_peak"),
    *("stay_after_peak", "since_dose_hours_below", "level_stands", "attributed"),
    *(
        "settled_hours_below",
        "anc_old_below_per_ul",
        "platelets_old_below_10e9_l",
        "doses_given_max",
    ),
    "parameter",
}


def candidates(protocol: Protocol, rule: Rule) -> Iterator[tuple[Case, Protocol]]:
    """Cases that should satisfy the rule; several where its grades leave a choice."""
    chosen = protocol.model_copy(
        update={"parameters": protocol.parameters | (rule.when.parameter or {})}
    )
    for crs, icans in every(_grades(rule, "crs"), _grades(rule, "icans")):
        yield toxmodels.load_case(json.dumps(_Patient(protocol, rule, crs, icans).case())), chosen


def _grades(rule: Rule, short: str) -> tuple[int, ...]:
    asked = getattr(rule.when, short)
    own = rule.grades if rule.scale.startswith(f"astct-{short}") else ()
    if own and asked is not None:
        return tuple(grade for grade in own if grade in asked)
    if own or asked is not None:
        return own or asked
    # The other scale: nothing, or what makes an unanswered label rule speak.
    return (0, 1, 3, 4) if rule.when.ungraded or rule.drug == "tocilizumab" else (0, 1, 2)


def before(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


def signs(hours: float, grade: int, *, low: bool = False) -> Json:
    """Vital signs of one CRS grade, by pressure where it is low, else by oxygen."""
    found: Json = {
        "taken_at": before(hours),
        "temperature_c": 38.8 if grade else 36.8,
        "hypotensive": low,
        "vasopressors": [],
        "oxygen": {"device": "room_air"},
    }
    if grade == 2 and not low:
        found["oxygen"] = {"device": "nasal_cannula", "flow_l_min": 2.0}
    if grade == 3:
        found["vasopressors"] = [{"drug": "norepinephrine"}]
    if grade == 4:
        found["oxygen"] = {"device": "ventilator", "reason": "hypoxia"}
    return found


def exam(hours: float, grade: int) -> Json:
    """A whole neurological exam of one ICANS grade."""
    return {
        "taken_at": before(hours),
        "ice": {"total": ICE[grade]},
        "consciousness": "unarousable" if grade == 4 else "alert",
        "seizure": {"kind": "none"},
        "motor_weakness": "none",
        "raised_icp": [],
        "cerebral_oedema": "none",
    }


def _leave_open(found: Json, crs: int) -> None:
    """What ASTCT grades and the scales of labels do not: oxygen without its fraction."""
    if crs == 1:
        del found["oxygen"]
    elif crs == 3:
        found["vasopressors"] = []
        found["oxygen"] = {"device": "high_flow_nasal_cannula", "flow_l_min": 30.0}


class _Patient:
    """Hours of everything before NOW, worked out from one rule."""

    def __init__(self, protocol: Protocol, rule: Rule, crs: int, icans: int) -> None:
        self.protocol, self.rule, self.when, self.crs, self.icans = (
            protocol,
            rule,
            rule.when,
            crs,
            icans,
        )
        self.product = self._product()
        when = rule.when
        self.toci = [*range(self._tocilizumab())]
        since = max(when.since_tocilizumab_hours_min or 2.0, 8.0 * len(self.toci))
        self.toci_hours = [since - 8.0 * one for one in self.toci]
        self.steroid_hours = self._steroid()
        self.given_hours = [*self.toci_hours, *self.steroid_hours]
        self.interrupted = max(
            when.interrupted_hours_min or 0.0, (when.interrupted_hours_above or -1.0) + 1.0
        )
        shortest = when.interrupted_hours_max or when.interrupted_hours_below
        if shortest is not None and self.interrupted == 0.0:
            self.interrupted = shortest / 2
        self.settled = (when.settled_hours_min or 1.0) + 1.0
        self.began = self._began()
        lasting = max(
            [
                *(
                    *self.given_hours,
                    (when.fever_hours_min or 0.0),
                    (when.lasted_hours_min or 0.0) + 2.0,
                ),
                *(6.0 * (when.boluses_min or 0), 12.0),
            ]
        )
        self.crs_hours = lasting + 2.0 if crs or self._fever_before() else 0.0
        self.onset = self._onset()
        self.exposed = self.crs_hours + self.onset
        if self.product == "blinatumomab":
            self.exposed = max(self._infused_hours(), self._low_for()) + self.interrupted
        self.exposed = max(self.exposed, self.began + 2.0, 30.0 if self._needs_past() else 0.0)
        self.exposed = max(self.exposed, (when.above_hours_min or 0.0) + 4.0)
        self.exposed = max(
            self.exposed, self._low_for(), *[hours + 4.0 for hours in self._earlier()]
        )

    # Who

    def _product(self) -> str | None:
        when, known = self.when, products()
        wanted = when.products or self.protocol.products or tuple(known)
        kinds = set(when.kinds or self.protocol.kinds)
        fits = [
            id_
            for id_ in wanted
            if known[id_].kind in (kinds if not self.protocol.products else {known[id_].kind})
            and id_ not in (when.not_products or ())
        ]
        if self.when.infusion and "blinatumomab" in fits:
            return "blinatumomab"
        return next((id_ for id_ in fits if id_ != "blinatumomab"), fits[0])

    def _patient(self) -> Json:
        when = self.when
        age = (
            None if when.age_unknown else 15.0 if when.adult is False or when.flat_barred else 40.0
        )
        found: Json = {"id": "built", "age_years": age, "weight_kg": 70.0, "height_cm": 175.0}
        found["weight_recorded_at"] = before(12)
        if when.high_burden is not None:
            found["marrow_blasts_percent"] = 90.0 if when.high_burden else 2.0
            found["peripheral_blasts_per_ul"] = 50000.0 if when.high_burden else 0.0
            found["extramedullary_disease"] = False
        elif when.burden_unknown is False:
            found |= {"marrow_blasts_percent": 2.0, "peripheral_blasts_per_ul": 0.0}
        return found

    # When

    def _needs_past(self) -> bool:
        when = self.when
        past = when.peak_crs or when.peak_icans or when.seizures_min or when.since_dose_peak
        past = past or when.stay_after_peak
        return bool(past or when.shown_peak)

    def _unseen(self) -> bool:
        """Whether nothing since the peak may show that it is over."""
        return self.when.low_hours_below == 0

    def _peaked(self, scale: str) -> list[tuple[float, int]]:
        """Hours since the peak after the last dose, and its grade, on the rule's own scale."""
        peak = self.when.since_dose_peak
        hours = 14.0 if self._unseen() else 6.0  # an exam counts for 12 h
        return [(hours, max(peak))] if peak and self.rule.scale == scale else []

    def _low_for(self) -> float:
        """Hours since the first of the low counts."""
        lasting = self.when.anc_below_hours_min
        return 0.0 if lasting is None else lasting + self._count_age() + 12.0

    def _count_age(self) -> float:
        """Hours since the newest count: one too old to use is asked for by name."""
        when = self.when
        old = when.anc_old_below_per_ul is not None or when.platelets_old_below_10e9_l is not None
        return 80.0 if old else 1.0

    def _earlier(self) -> list[float]:
        """Hours since each earlier episode: far enough apart to have settled in between."""
        before = (self.when.episodes_min or 0) - 1
        own = self.icans if self.rule.scale == "astct-icans-2019" else self.crs
        if own < (self.when.episode_grade or 0):
            before += 1
        last = max(self.crs_hours, 24.0)
        return [last + 96.0 * (number + 1) for number in range(before)]

    def _fever_before(self) -> bool:
        return bool(self.when.peak_crs and set(self.when.peak_crs) - {0}) or bool(
            self.when.fever_hours_min or self.when.lasted_hours_min
        )

    def _onset(self) -> float:
        if self.when.onset_hours_min is not None:
            return self.when.onset_hours_min + 1.0
        return 24.0 if self.when.onset_hours_max is None else self.when.onset_hours_max / 2

    def _tocilizumab(self) -> int:
        when = self.when
        if when.tocilizumab_min is not None:
            return when.tocilizumab_min
        if when.since_tocilizumab_hours_min is not None:
            return 1
        asks = when.response is not None and when.corticosteroid_given is None
        allowed = when.tocilizumab_max is None or when.tocilizumab_max > 0
        return 1 if asks and allowed and when.since_corticosteroid_hours_min is None else 0

    def _steroid(self) -> list[float]:
        when = self.when
        if when.since_corticosteroid_hours_min is not None:
            return [when.since_corticosteroid_hours_min + 0.5]
        given = when.corticosteroid_given
        if given or (given is None and when.response is not None and not self.toci):
            return [3.0]
        return []

    def _asks_of_steroid(self) -> bool:
        """Whether ICANS has to have been there when the corticosteroid was begun."""
        when = self.when
        return when.since_corticosteroid_hours_min is not None or bool(when.corticosteroid_given)

    def _began(self) -> float:
        """Hours since the clinician's event began."""
        when = self.when
        lasted = max(when.to_settle_hours_min or 0.0, when.to_settle_hours_from or 0.0) + 1.0
        if when.to_settle_hours_max is not None:
            lasted = min(lasted, when.to_settle_hours_max)
        return self.settled + lasted

    def _infused_hours(self) -> float:
        when = self.when
        low = when.infusion_day_min or 1
        high = when.infusion_day_max or 40
        if when.restarted_hours_min is not None or when.restarted:
            return 24.0 * low + (when.restarted_hours_min or 0.0) + 60.0
        hours = 24.0 * (low - 1) + 12.0
        longest = max(self.crs_hours + 2.0, self.began, 30.0 if self._needs_past() else 0.0)
        return min(max(hours, longest), 24.0 * high - 1.0)

    # Records

    def case(self) -> Json:
        return {
            "format": "toxwatch-case/1",
            "patient": self._patient(),
            "therapy": self._therapy(),
            "vitals": self._all_vitals(),
            "neuro": [*self._exams_of_earlier(), *self._exams_before(), *self._exam_now()],
            "labs": self._labs(),
            "gradings": self._gradings(),
            "treatments": self._treatments(),
            "events": self._events(),
        }

    def _exam_now(self) -> list[Json]:
        if self._unseen() and self.rule.scale == "astct-icans-2019":
            return []
        found = exam(0.0, self.icans)
        if self.when.shown_peak and self.rule.term == "neuro" and self._lasts():
            del found["consciousness"]  # that of the exam just before still counts
        return [found | {"raised_icp": ["papilloedema"]} if self.when.raised_pressure else found]

    def _therapy(self) -> Json:
        indication = (self.when.indications or ("b-all-rr",))[0]
        found: Json = {"product": self.product, "region": self.protocol.region}
        if self.product == "blinatumomab" or self.when.indications:
            found["indication"] = indication
        stage = self.when.infusion or ()
        if "before" in stage or self.when.doses_given == 0:
            return found
        if self.product == "blinatumomab":
            return found | {"infusions": self._infusions(stage)}
        if self.when.stay_after_peak:
            doses = [{"given_at": before(self.exposed)}, {"given_at": before(2.0)}]
            return found | {"started_at": before(self.exposed), "doses": doses}
        number = self.when.doses_given or 1
        if self.when.since_dose_hours_below is not None:
            last = self.when.since_dose_hours_below / 2
            doses = [{"given_at": before(last + 24.0 * one)} for one in range(number)]
            return found | {"started_at": doses[-1]["given_at"], "doses": doses}
        step = min(24.0, self.exposed / number)
        doses = [{"given_at": before(self.exposed - step * one)} for one in range(number)]
        return found | {"started_at": before(self.exposed), "doses": doses}

    def _infusions(self, stage: tuple[str, ...]) -> list[Json]:
        when = self.when
        # A cycle is a number of its own, and the step down is known from the rate.
        cycle = when.cycle_min or when.cycle_max or 1
        levels = when.event_dose or when.running_dose or ()
        rate: float | None = 9.0 if levels[:1] == ("low",) else 28.0
        if when.event_rate_ug_day_max is not None:
            rate = when.event_rate_ug_day_max
        if levels == ("unknown",):
            rate = None
        first: Json = {"started_at": before(self.exposed), "rate_ug_day": rate, "cycle": cycle}
        if when.cycle_unknown:
            del first["cycle"]
        if when.restarted or when.restarted_for or when.restarted_hours_min is not None:
            again = (when.restarted_hours_min or 2.0) + 1.0
            running = when.running_dose or ("low",)
            level = 9.0 if running[0] == "low" else 28.0
            first |= {"stopped_at": before(again + 6.0), "stop_reason": "toxicity"}
            return [first, first | {"started_at": before(again), "rate_ug_day": level} | _OPEN]
        if "interrupted" in stage or self.interrupted or when.interrupted_for:
            reasons = when.interrupted_for or ("toxicity",)
            reason = "toxicity" if reasons[0] in PAUSED_FOR else reasons[0]
            first |= {"stopped_at": before(self.interrupted or 1.0), "stop_reason": reason}
        elif "between" in stage and "running" not in stage:
            first |= {"stopped_at": before(1.0), "stop_reason": "planned"}
        return [first]

    def _vitals_before(self) -> list[Json]:
        found: list[Json] = []
        if self._needs_past() and self.when.peak_crs:
            # Grade 4 would stop blinatumomab for good, and nothing else speaks then.
            peak = min(self.when.peak_crs, key=lambda grade: (grade < PAUSES_FROM, grade))
            if self.when.level_stands is False:
                peak = min(self.when.peak_crs)
            found.append(self._vitals(min(self.crs_hours or 20.0, self.exposed - 1.0), peak))
        if self.crs_hours:
            times = [self.crs_hours]
            while times[-1] > 12.0:
                times.append(times[-1] - 12.0)
            found += [self._vitals(hours, 1) for hours in times]
        lasted = self.when.lasted_hours_min
        if lasted is not None:
            found = [
                self._vitals(hours, self.when.episode_grade or 0)
                for hours in (lasted + 3.0 - 3.0 * one for one in range(int(lasted / 3.0) + 1))
            ]
        for number in range(self.when.boluses_min or 0):
            hours = min(self.crs_hours, 6.0) - number - 0.5
            found.append(self._vitals(hours, min(self.crs, 1)) | {"fluid_for_hypotension": True})
        return found

    def _vitals_of_earlier(self) -> list[Json]:
        """Each episode, and the complete set without a sign that ended it."""
        if self.rule.scale != "astct-crs-2019":
            return []
        grade = self.when.episode_grade or 0
        return [
            signs(hours + later, now)
            for hours in self._earlier()
            for later, now in ((0.0, grade), (-36.0, 0))
        ]

    def _exams_of_earlier(self) -> list[Json]:
        if self.rule.scale != "astct-icans-2019":
            return []
        grade = self.when.episode_grade or 0
        return [
            exam(hours + later, now)
            for hours in self._earlier()
            for later, now in ((0.0, grade), (-36.0, 0))
        ]

    def _all_vitals(self) -> list[Json]:
        found = [*self._vitals_of_earlier(), *self._vitals_before(), self._vitals(0.0, self.crs)]
        found += [signs(hours, grade) for hours, grade in self._peaked("astct-crs-2019")]
        found += (
            [signs(14.0, max(self.when.stay_after_peak or ()))] if self.when.stay_after_peak else []
        )
        if self.when.attributed:
            found[-1]["other_cause"] = ["fever"]
        found += self._shown_vitals()
        found.sort(key=lambda one: one["taken_at"])
        if self._unseen() and self.rule.scale == "astct-crs-2019":
            return [signs(hours, grade) for hours, grade in self._peaked(self.rule.scale)]
        if self.when.grades_known is False:
            for one in found:
                del one["oxygen"]  # in no set: an earlier one would still count
        if self.when.ungraded and self.crs and not self.when.peak_crs:
            for one in found if self.crs == 1 else found[-1:]:
                _leave_open(one, self.crs)
        return found

    def _shown_vitals(self) -> list[Json]:
        """Oxygen that CTCAE reads higher than ASTCT, or as high; over by now, or not."""
        peak = self.when.shown_peak
        if not peak or self.rule.term != "crs":
            return []
        fio2 = 0.28 if min(peak) < PAUSES_FROM else 0.44
        worse = {"device": "nasal_cannula", "flow_l_min": 4.0, "fio2": fio2}
        if self._lasts():
            return [signs(0.0, 1) | {"oxygen": worse}]
        return [signs(6.0, 1) | {"oxygen": worse}, signs(3.0, 0)]

    def _lasts(self) -> bool:
        """Whether what the record shows on a label's scale is still there."""
        return max(self.rule.grades, default=0) >= min(self.when.shown_peak or (5,))

    def _vitals(self, hours: float, grade: int) -> Json:
        return signs(hours, grade, low=bool(self.when.hypotensive) and hours == 0.0)

    def _exams_before(self) -> list[Json]:
        found: list[Json] = []
        fits = self.when.seizures_min or 0
        for number in range(fits):
            hours = 28.0 + 2.0 * number if self.icans < 3 else 3.0 + 2.0 * number
            hours = min(hours, max(self.exposed - 1.0 - number * 0.6, 0.4 + number * 0.6))
            fit = {"kind": "generalised", "duration_min": 1.0, "resolved": True}
            fit["started_at"] = before(hours)
            found.append(exam(hours, 0) | {"seizure": fit})
        if self.when.peak_icans:
            found.append(exam(min(26.0, self.exposed - 1.0), max(self.when.peak_icans)))
        found += [exam(hours, grade) for hours, grade in self._peaked("astct-icans-2019")]
        if self.when.shown_peak and self.rule.term == "neuro":
            waking = "voice" if min(self.when.shown_peak) < PAUSES_FROM else "tactile"
            since = 0.1 if self._lasts() else 6.0
            found += [exam(since, 0) | {"consciousness": waking}, exam(3.0, 0)]
        if self.when.above_hours_min is not None:
            days = range(int(self.when.above_hours_min / 24.0) + 1)
            worst = self.when.episode_grade or 0
            found += [exam(2.0 + 24.0 * day, worst if day == days[-1] else 2) for day in days]
            found.append(exam(1.0, 2))
        if self.rule.scale == "astct-icans-2019" and self._asks_of_steroid():
            since = [hours + 0.1 for hours in self.steroid_hours]
            found += [exam(hours, self.icans) for hours in since if self.icans]
        return sorted(found, key=lambda one: one["taken_at"])

    def _labs(self) -> list[Json]:
        if self.when.liver_beyond or self.when.liver_unread:
            limits = {} if self.when.liver_unread else {"upper_limits": {"alt_u_l": 40.0}}
            return [{"taken_at": before(1.0), "alt_u_l": 900.0, **limits}]
        return [*self._counts()]

    def _counts(self) -> Iterator[Json]:
        """Blood counts below what is asked, every two days for as long as is asked."""
        when, age = self.when, self._count_age()
        low = when.anc_below_per_ul or when.anc_old_below_per_ul
        few = when.platelets_below_10e9_l or when.platelets_old_below_10e9_l
        if low is None and few is None:
            return
        hours = (when.anc_below_hours_min or 0.0) + age
        while hours > age:
            yield {"taken_at": before(hours), "anc_per_ul": (low or 0.0) / 2}
            hours -= 48.0
        found: Json = {"taken_at": before(age)}
        if low is not None:
            found["anc_per_ul"] = low / 2
        if few is not None:
            found["platelets_10e9_l"] = few / 2
        yield found

    def _gradings(self) -> list[Json]:
        rule, when = self.rule, self.when
        if when.recurred:
            back = {"scale": "ctcae-5.0", "term": TERMS["crs"], "grade": 1}
            return [back | {"graded_at": before(20.0)}]
        if rule.is_computed or rule.scale == "none" or rule.term is None or when.ungraded:
            return []
        if when.shown_peak:
            return []
        one = {"scale": EDITIONS.get(rule.scale, rule.scale), "term": TERMS[rule.term]}
        asks_event = bool(when.event_peak) or when.settled_hours_min is not None
        asks_event |= when.event_dose is not None or when.to_settle_hours_from is not None
        asks_event |= when.to_settle_hours_min is not None or when.to_settle_hours_max is not None
        asks_event |= when.event_rate_ug_day_min is not None
        asks_event |= when.event_rate_ug_day_max is not None
        found: list[Json] = []
        if asks_event:
            peak = max(when.event_peak or rule.grades or (3,))
            found.append(one | {"graded_at": before(self.began), "grade": peak})
            if not rule.grades or max(rule.grades) <= 1:
                found.append(one | {"graded_at": before(self.settled), "grade": 0})
        if rule.grades:
            found.append(one | {"graded_at": before(0.0), "grade": max(rule.grades)})
        return found

    def _treatments(self) -> list[Json]:
        found = [
            {"given_at": before(hours), "drug": "tocilizumab", "dose_mg": 560.0}
            for hours in self.toci_hours
        ]
        purpose = "crs" if self.crs else "icans"
        found += [
            {
                "given_at": before(hours),
                "drug": "dexamethasone",
                "dose_mg": 10.0,
                "purpose": purpose,
            }
            for hours in self.steroid_hours
        ]
        return found

    def _events(self) -> list[Json]:
        found: list[Json] = []
        if self.when.response:
            drug = "tocilizumab" if self.toci else "dexamethasone"
            change = self.when.response[0]
            found.append({"at": before(0.0), "kind": "response", "to": drug, "change": change})
        paused = [*(self.when.interrupted_for or ()), *(self.when.restarted_for or ())]
        if paused and paused[0] in PAUSED_FOR:
            again = (self.when.restarted_hours_min or 2.0) + 7.0
            hours = again if self.when.restarted_for else self.interrupted or 1.0
            found.append({"at": before(hours), "kind": "infusion_paused", "reason": paused[0]})
        return found


_OPEN: Final[Json] = {"stopped_at": None, "stop_reason": None}
