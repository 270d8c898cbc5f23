"""
What was given and what may come next: doses counted, the earliest next one, corticosteroid load.

The counting is that of ``toxmodels.drugs.ledger``. What nobody recorded is "not known", never 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final

from dashboard.parts.grade import age_text, esc, flag_html, span_text
from dashboard.parts.leading import capital
from dashboard.parts.patient.not_done import CHECK_NAMES, told
from dashboard.states import CRS, PatientState
from toxmodels.drugs import Ledger, ledger
from toxmodels.drugs.facts_read import number
from toxmodels.escalation import DueCheck

__all__ = ["checks_html", "ledger_html", "ledger_of", "ledger_rows", "tocilizumab_text"]

_SEPSIS: Final = "t17"
_ACTIVE: Final = ("open", "resolved_on_therapy")
_UNKNOWN: Final = "not known: nobody kept a list of treatments"


def ledger_of(state: PatientState) -> Ledger:
    """Count for this patient at this time."""
    return ledger(state.case, state.at, episode_since=_episode_since(state))


def _episode_since(state: PatientState) -> datetime | None:
    """The onset of the CRS episode still going on, by which an engager's doses count."""
    episodes = () if state.course is None else state.course.episodes
    going = [one for one in episodes if one.scale == CRS and one.status in _ACTIVE]
    return going[-1].onset_at if going else None


def tocilizumab_text(found: Ledger, zone: tzinfo) -> str:
    """For the headline: ``tocilizumab 2 of 4, next from 05:10``; empty before the first dose."""
    toci = found.tocilizumab
    if toci.counted is None or toci.last_at is None:
        return ""
    return f"tocilizumab {toci.counted} of {toci.limit}{_next_text(found, zone, brief=True)}"


def ledger_html(state: PatientState, zone: tzinfo) -> str:
    """The whole ledger as pairs of a label and what is known."""
    found = ledger_of(state)
    rows = "".join(
        f'<div class="tw-led{" tw-loud" if loud else ""}"><dt>{esc(label)}</dt>'
        f"<dd>{esc(value)}</dd></div>"
        for label, value, loud in ledger_rows(found, zone)
    )
    clock = "".join(
        f"<p>{flag_html(one)}</p>" for one in state.assessment.flags if one.id == _SEPSIS
    )
    return f'{clock}<dl class="tw-ledger" aria-label="Doses given and next">{rows}</dl>'


def checks_html(state: PatientState, zone: tzinfo) -> str:
    """Which check is due when and why that often; beside it, who said why it was not done."""
    rows = "".join(
        f'<div class="tw-led{" tw-loud" if one.overdue_minutes is not None else ""}">'
        f"<dt>{esc(CHECK_NAMES[one.what])}</dt><dd>{esc(_check(one, state, zone))}</dd></div>"
        for one in state.assessment.due
    )
    return f'<dl class="tw-ledger" aria-label="Checks due">{rows}</dl>' if rows else ""


def _check(one: DueCheck, state: PatientState, zone: tzinfo) -> str:
    at = state.at
    clock = f"{one.due_at.astimezone(zone):%H:%M}"
    if one.overdue_minutes is not None:
        late = span_text(timedelta(minutes=one.overdue_minutes))
        text = f"due {clock}, overdue by {late}"
    elif one.due_at <= at:
        text = f"due now, since {clock}"
    else:
        text = f"next {clock}, {age_text(at - one.due_at)}"
    text += f"; {one.why}"
    said = told(state, one, zone)
    if said is not None:
        text += f"; {said}"
    return text if one.lags is None else f"{text}; left out of newer sets: {one.lags}"


def ledger_rows(found: Ledger, zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    """Label, value, and whether it must be loud."""
    yield from _tocilizumab(found, zone)
    yield from _corticosteroids(found)
    for one in found.anticytokines:
        total = "" if one.total_mg is None else f", {one.total_mg:g} mg in all"
        doses = "1 dose" if one.doses == 1 else f"{one.doses} doses"
        yield capital(one.drug), f"{doses}{total}; last {age_text(found.at - one.last_at)}", False


def _tocilizumab(found: Ledger, zone: tzinfo) -> Iterator[tuple[str, str, bool]]:
    toci = found.tocilizumab
    if toci.counted is None:
        yield "Tocilizumab", _UNKNOWN, True
        return
    given = f"{toci.counted} of {toci.limit} given {toci.scope}, {toci.left} left"
    if toci.last_at is not None:
        given += f"; {toci.last_24h} in the last 24 h; last {age_text(found.at - toci.last_at)}"
    if toci.before_therapy:
        given += f"; {toci.before_therapy} before this therapy, not counted for the course"
    yield "Tocilizumab", given, False
    if toci.blocked_by is not None:
        said = toci.blocked_by + _next_text(found, zone, brief=False)
        yield "Next tocilizumab BLOCKED", said, True
    if toci.product_limit is not None:
        yield "Limit of the product", toci.product_limit, False


def _next_text(found: Ledger, zone: tzinfo, *, brief: bool) -> str:
    """When the interval ends: ``; next from 05:10, in 3 h 20 min``."""
    earliest = found.tocilizumab.earliest_at
    if earliest is None or earliest <= found.at:
        return ", none left" if brief and found.tocilizumab.left == 0 else ""
    wait = "" if brief else f", in {span_text(earliest - found.at)}"
    joint = "," if brief else ";"
    day = "" if earliest - found.at < timedelta(hours=20) else f"{earliest.astimezone(zone):%d-%b} "
    return f"{joint} next from {day}{earliest.astimezone(zone):%H:%M}{wait}"


def _corticosteroids(found: Ledger) -> Iterator[tuple[str, str, bool]]:
    tally = found.corticosteroids
    if tally.doses is None or tally.dexamethasone_mg is None:
        yield "Corticosteroids", _UNKNOWN, True
        return
    if tally.doses == 0 and tally.assumed_doses == 0:
        yield "Corticosteroids", "none recorded since the first infusion", False
        return
    least = "at least " if tally.is_at_least else ""
    assumed = f" and {tally.assumed_doses} taken as given by order" if tally.assumed_doses else ""
    text = (
        f"{least}{tally.dexamethasone_mg:g} mg as dexamethasone; "
        f"{tally.doses} recorded{assumed}, over {tally.exposure_h:g} h"
    )
    if tally.present_run_h is not None:
        text += f"; going on for {span_text(timedelta(hours=tally.present_run_h))}"
    if tally.last_at is not None:
        text += f"; last {age_text(found.at - tally.last_at)}"
    if tally.not_converted:
        text += f"; not converted: {', '.join(tally.not_converted)}"
    if tally.is_long:
        text += f"; {number('corticosteroids', 'long_exposure_h')} h or more: reassess"
    yield "Corticosteroids", text, tally.is_long is True
