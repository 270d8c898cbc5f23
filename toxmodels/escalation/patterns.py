"""
Patterns beside the grades: lasting neutropenia, a high warning score, tumour lysis.

Each speaks only where the grades do not: NEWS2 while CRS is low, tumour lysis by the laboratory
alone, neutropenia once it is long. The rest stands on the lens of all scales and calls nobody.

Cites: icaht-2023, news2-2017, cairo-2004; from where each speaks is a house rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from toxmodels.escalation.flag import Flag, View
from toxmodels.escalation.trigger import raised
from toxmodels.evidence import Evidence
from toxmodels.findings import Grade
from toxmodels.indices.counts_by_day import EARLY_UNTIL, CountedDays, day_of
from toxmodels.indices.icaht import LOW_PER_UL, EarlyDays, early_days
from toxmodels.indices.news2 import ADULT_YEARS
from toxmodels.indices.tls import cairo_bishop
from toxmodels.occurrences import is_engager
from toxmodels.scales import cairo_bishop as cairo_bishop_scale
from toxmodels.scales import news2
from toxmodels.scales.tls_window import gather, window
from toxmodels.site import site


def icaht_rules(view: View) -> Iterator[Flag]:
    """Early neutropenia that is long or deep already; lower grades stand on the lens alone."""
    if is_engager(view.case):
        return
    found = view.at_last_sample("early icaht", _early)
    start = view.chart.first_dose_at
    if found is None or start is None or day_of(view.at, start) > EARLY_UNTIL:
        return
    grade = found.span.at_least
    if grade >= site().triggers["icaht_from_grade"]:
        says = f"Early ICAHT {grade} so far, day {day_of(view.at, start)} of {EARLY_UNTIL}: "
        says += f"neutrophils at or below {LOW_PER_UL}/µL for {found.low.at_least} days in a row"
        yield raised("icaht-provisional", says)


def _early(evidence: Evidence) -> EarlyDays | None:
    counted = CountedDays.of(evidence, "anc_per_ul")
    return None if counted is None or counted.today < 0 else early_days(counted)


def news2_rules(view: View) -> Iterator[Flag]:
    """A high NEWS2 while CRS is low: asked at each set of vital signs, of adults."""
    age, triggers = view.case.patient.age_years, site().triggers
    if view.moment.vitals_at is None or view.crs > triggers["news2_crs_at_most"]:
        return
    if age is not None and age < ADULT_YEARS:
        return
    score = news2.least(view.evidence)
    if score >= triggers["news2_high"]:
        unknown = "" if age is not None else ", age not recorded"
        says = f"NEWS2 {score} or more while CRS is {view.crs}{unknown}: neither mutes the other"
        yield raised("news2-high", says)


def lysis_rules(view: View) -> Iterator[Flag]:
    """Laboratory tumour lysis around debulking and the first days, on what was recorded."""
    shown = view.at_last_sample("laboratory tumour lysis", _lysis)
    if shown is not None:
        yield raised("tls-laboratory", f"Laboratory tumour lysis: {shown}")


def _lysis(evidence: Evidence) -> str | None:
    """The analytes out of bounds where two of the four are, for certain."""
    days = window(evidence)
    if isinstance(days, Grade):
        return None
    score = cairo_bishop(gather(evidence, days, cairo_bishop_scale.ANALYTES, None).recorded)
    laboratory, *analytes = score.items[:5]
    if laboratory.at_least < 1:
        return None
    return ", ".join(f"{one.name} {one.value} ({one.limit})" for one in analytes if one.points == 1)
