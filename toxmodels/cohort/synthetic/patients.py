"""
Invented patients: who they are, how ill each becomes and when, and what each is given.

Everything is an array with one place a patient. ``grade`` here is the severity a patient was drawn
with; what is graded is only what the invented rows show of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from toxmodels.cohort.synthetic.published import Published, Toxicity, published

__all__ = ["BURDENS", "Given", "Illness", "Patients", "draw"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int8]
Bits = npt.NDArray[np.bool_]
Draw = np.random.Generator

BURDENS: Final = ("low", "high")  # and one more place for "nobody recorded it"
TOGETHER: Final = 0.5  # house: how strongly severe CRS and severe ICANS go together
DAY_H: Final = 24.0
NEVER_H: Final = np.inf
_FIRST: Final = np.datetime64("2019-01-07T00:00", "us").astype(np.int64)
_HOUR_US: Final = 3_600_000_000
_YEARS_H: Final = 6 * 365 * 24


@dataclass(frozen=True, slots=True)
class Illness:
    """One toxicity: the worst grade (0 for none), onset and end in hours from the first dose."""

    grade: Whole
    onset_h: Floats
    ends_h: Floats

    def reaches_h(self, grade: int, rises_for: float) -> Floats:
        """When the grade is first reached; never, where it is not."""
        length = self.ends_h - self.onset_h
        with np.errstate(invalid="ignore", divide="ignore"):
            at = self.onset_h + rises_for * length * (grade - 1) / self.grade
        return np.where(self.grade >= grade, at, NEVER_H)


@dataclass(frozen=True, slots=True)
class Given:
    """One drug at one time: hours from the first dose, never where it was not given."""

    drug: str
    at_h: Floats
    stops_h: Floats | None = None
    interval_h: float | None = None


@dataclass(frozen=True, slots=True)
class Patients:
    """Everything about some patients that is the same in all their rows."""

    number: npt.NDArray[np.int64]
    product: Whole
    burden: Whole
    age_years: Floats
    weight_kg: Floats
    delayed: Whole
    usual_ice: Whole
    started_us: npt.NDArray[np.int64]
    stay_h: Floats
    dies_h: Floats
    dies_of: Whole
    listed: Bits
    crs: Illness
    icans: Illness
    organ: Whole
    gap_h: Floats
    gap_ends_h: Floats
    given: tuple[Given, ...]

    def __len__(self) -> int:
        return len(self.number)


def draw(random: Draw, first: int, count: int) -> Patients:
    """Invent ``count`` patients, numbered from ``first``."""
    known = published()
    share = np.array([*known.shares.values()])
    product = random.choice(len(share), count, p=share / share.sum()).astype(np.int8)
    high = random.random(count) < known.assumed["high_burden"]
    lean = random.standard_normal(count)
    other = TOGETHER * lean + np.sqrt(1 - TOGETHER**2) * random.standard_normal(count)
    crs, fatal_crs = _illness(random, known, (*known.crs.values(),), (product, high, lean))
    icans, fatal_icans = _illness(random, known, (*known.icans.values(),), (product, None, other))
    stay_h = _stay(random, known, count)
    dies_h, dies_of = _deaths(random, known, (crs, icans), (fatal_crs, fatal_icans), stay_h)
    unknown = random.random(count) < known.assumed["burden_unknown"]
    gap = random.random(count) < known.watched["gap_patients"]
    gap_h = np.where(gap, random.random(count) * stay_h * 0.8, NEVER_H)
    least, most = known.watched["gap_h"]
    age_years = _ages(random, known, product)
    return Patients(
        number=np.arange(first, first + count),
        product=product,
        burden=np.where(unknown, len(BURDENS), high).astype(np.int8),
        age_years=age_years,
        weight_kg=_weights(random, known, age_years),
        delayed=random.choice(3, count, p=(0.93, 0.02, 0.05)).astype(np.int8),
        usual_ice=random.choice((10, 9), count, p=(0.97, 0.03)).astype(np.int8),
        started_us=_FIRST + random.integers(0, _YEARS_H, count) * _HOUR_US,
        stay_h=stay_h,
        dies_h=dies_h,
        dies_of=dies_of,
        listed=random.random(count) >= known.missing["treatments"],
        crs=crs,
        icans=icans,
        organ=_organs(random, known, count),
        gap_h=gap_h,
        gap_ends_h=gap_h + least + random.random(count) * (most - least),
        given=_given(random, known, crs, icans),
    )


def _illness(
    random: Draw,
    known: Published,
    toxicities: tuple[Toxicity, ...],
    who: tuple[Whole, Bits | None, Floats],
) -> tuple[Illness, Bits]:
    """Cut the leaning of each patient where the published shares lie; high burden is worse."""
    product, high, lean = who
    severe = np.array([one.severe.of_all for one in toxicities])[product]
    if high is not None:
        times, part = known.assumed["severe_if_high"], known.assumed["high_burden"]
        severe = severe / (1 - part + part * times) * np.where(high, times, 1.0)
    overall = np.array([one.severe.of_all for one in toxicities])[product]
    any_ = np.array([one.any.of_all for one in toxicities])[product]
    scaled = severe / overall
    worst = np.array([one.worst for one in toxicities])[product] * scaled
    fatal = np.array([one.fatal for one in toxicities])[product] * scaled
    two = severe + (any_ - severe) * (1 - known.assumed["mild_of_rest"])
    place = np.array([NormalDist().cdf(-one) for one in lean.tolist()])  # small: ill
    grade = sum((place < cut).astype(np.int8) for cut in (any_, two, severe, worst))
    onset = _times(random, known, [one.onset_days for one in toxicities], product)
    lasts = _times(random, known, [one.lasts_days for one in toxicities], product)
    return Illness(np.asarray(grade, np.int8), onset, onset + lasts), place < fatal


def _times(
    random: Draw, known: Published, days: list[tuple[float, float, float]], product: Whole
) -> Floats:
    median, least, most = (np.array(one)[product] for one in zip(*days, strict=True))
    drawn = median * np.exp(known.assumed["spread"] * random.standard_normal(len(product)))
    found: Floats = np.clip(drawn, least * 0.5, most) * DAY_H
    return found


def _stay(random: Draw, known: Published, count: int) -> Floats:
    least, most, median, width = known.watched["stay_days"]
    days = np.clip(median * np.exp(width * random.standard_normal(count)), least, most)
    found: Floats = days * DAY_H
    return found


def _deaths(
    random: Draw,
    known: Published,
    illnesses: tuple[Illness, Illness],
    fatal: tuple[Bits, Bits],
    stay_h: Floats,
) -> tuple[Floats, Whole]:
    """Hour and cause: 0 alive, 1 CRS, 2 ICANS, 3 something else."""
    count = len(stay_h)
    crs, icans = illnesses
    otherwise = random.random(count) < known.assumed["dies_otherwise"]
    at = np.where(otherwise, (0.2 + 0.8 * random.random(count)) * stay_h, NEVER_H)
    of = np.where(otherwise, 3, 0)
    for cause, illness, dead in ((2, icans, fatal[1]), (1, crs, fatal[0])):
        middle = (illness.onset_h + illness.ends_h) / 2
        of, at = np.where(dead, cause, of), np.where(dead, middle, at)
    watched = at < stay_h
    return np.where(watched, at, NEVER_H), np.where(watched, of, 0).astype(np.int8)


def _ages(random: Draw, known: Published, product: Whole) -> Floats:
    """Years, NaN where nobody recorded them."""
    count = len(product)
    normal = random.standard_normal(count)
    kinds = np.array([*known.ages.values()], dtype=object)[product]
    child = (kinds == "any") & (random.random(count) < known.assumed["children_of_any"])
    found = np.full(count, np.nan)
    for name, (least, most, mean, spread) in known.years.items():
        theirs = (kinds == name) | (kinds == "any")
        if name != "child":
            theirs &= ~child
        if name == "child":
            theirs = child
        found = np.where(theirs, np.clip(mean + spread * normal, least, most), found)
    return np.where(random.random(count) < known.missing["age_years"], np.nan, np.round(found, 1))


def _weights(random: Draw, known: Published, age_years: Floats) -> Floats:
    """Kilograms: grown up from the age of growth on, in a straight line from birth before it."""
    birth, grown, until, spread = known.weight
    part = np.clip(np.nan_to_num(age_years, nan=until) / until, 0, 1)
    mean = birth + (grown - birth) * part
    return np.round(mean * np.exp(spread * random.standard_normal(len(age_years))), 1)


def _organs(random: Draw, known: Published, count: int) -> Whole:
    """What a CRS above grade 1 shows in: 1 pressure, 2 oxygen, 3 both."""
    low, air = known.assumed["by_pressure"], known.assumed["by_oxygen"]
    return random.choice((1, 2, 3), count, p=(low, air, 1 - low - air)).astype(np.int8)


def _given(random: Draw, known: Published, crs: Illness, icans: Illness) -> tuple[Given, ...]:
    """Antipyretics at once, tocilizumab and corticosteroids by how ill a patient becomes."""
    count, rises = len(crs.grade), known.assumed["rises_for"]
    onset = crs.reaches_h(1, rises)
    fever_drug = np.where(random.random(count) < known.assumed["antipyretic"], onset + 1.0, NEVER_H)
    second = crs.reaches_h(2, rises)
    start = np.where(np.isinf(second), onset + 24.0, second + 2.0)
    chance = _chances(known, "tocilizumab", crs.grade, known.tocilizumab.of_all)
    first_dose = np.where(random.random(count) < chance, start, NEVER_H)
    again = (random.random(count) < known.assumed["second_tocilizumab"]) & (crs.grade >= 2)
    second_dose = np.where(again, first_dose + 8.0 + 8.0 * random.random(count), NEVER_H)
    steroid = _steroid(random, known, crs, icans)
    return (
        Given("paracetamol", fever_drug),
        Given("tocilizumab", first_dose),
        Given("tocilizumab", second_dose),
        Given("dexamethasone", steroid, steroid + 48.0 + 72.0 * random.random(count), 6.0),
    )


def _steroid(random: Draw, known: Published, crs: Illness, icans: Illness) -> Floats:
    rises, count = known.assumed["rises_for"], len(crs.grade)
    for_crs = _chances(known, "corticosteroid", crs.grade, known.corticosteroid.of_all)
    by_icans = np.array([0.0, *known.assumed["corticosteroid_by_icans"]])[icans.grade]
    late = np.where(crs.grade >= 2, crs.reaches_h(2, rises), crs.reaches_h(1, rises)) + 6.0
    soon = np.where(icans.grade >= 2, icans.reaches_h(2, rises), icans.reaches_h(1, rises)) + 2.0
    one = np.where(random.random(count) < for_crs, late, NEVER_H)
    other = np.where(random.random(count) < by_icans, soon, NEVER_H)
    found: Floats = np.minimum(one, other)
    return found


def _chances(known: Published, drug: str, grade: Whole, mean: float) -> Floats:
    """By the worst grade, scaled so that the mean over those with CRS is the published one."""
    times = np.array([0.0, *known.assumed[f"{drug}_by_grade"]])
    shares, weight = np.zeros(5), np.array([*known.shares.values()])
    for part, one in zip(weight / weight.sum(), known.crs.values(), strict=True):
        two = one.severe.of_all + (one.any.of_all - one.severe.of_all) * (
            1 - known.assumed["mild_of_rest"]
        )
        cuts = (one.any.of_all, two, one.severe.of_all, one.worst, 0.0)
        shares[1:] += part * -np.diff(cuts)
    usual = float((shares * times).sum() / shares.sum())
    found: Floats = np.minimum(1.0, mean * times / usual)[grade]
    return found
