"""The numbers behind the doses: every one cites a listed source, and unverified ones say so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest
from pydantic import BaseModel

from toxmodels.drugs import dose, taper, tapers
from toxmodels.drugs.facts_read import DrugFacts, Mark, facts
from toxmodels.sources import sources

FILES = sorted(
    entry.name.removesuffix(".toml")
    for entry in files("toxmodels.drugs").joinpath("facts").iterdir()
    if entry.name.endswith(".toml") and entry.name != "limits.toml"
)

BURDEN = {"bsa_m2": 1.9, "marrow_blasts_percent": 62}
CHILD = {"age_years": 8, "weight_kg": 20}
START = {"weight_kg": 70, "cycle": 1, "day": 1}


def marks(held):
    """Every marked statement in a file, at any depth."""
    if isinstance(held, Mark):
        yield held
    if isinstance(held, BaseModel):
        for name in type(held).model_fields:
            yield from marks(getattr(held, name))
    elif isinstance(held, dict):
        for one in held.values():
            yield from marks(one)
    elif isinstance(held, tuple):
        for one in held:
            yield from marks(one)


@pytest.mark.parametrize("name", FILES)
def test_every_number_cites_a_listed_source_and_place(name):
    found = list(marks(facts(name)))
    assert found
    for mark in found:
        source = sources().get(mark.source)
        assert source is not None, f"{name}: {mark.source} is not in sources.toml"
        assert mark.at
        if mark.verification == "verified":
            assert source.verification == "verified", f"{name}: {mark.source} was not read"


def test_a_misspelt_key_in_a_file_is_refused():
    with pytest.raises(ValueError, match="valu"):
        DrugFacts.model_validate(
            {
                "drug": "x",
                "unit": "mg",
                "reviewed_by": "",
                "reviewed_on": "",
                "fact": {"one": {"valu": 1, "unit": "mg"}},
            }
        )


def test_unverified_without_confidence_is_refused():
    with pytest.raises(ValueError, match="confidence"):
        Mark(verification="unverified", source="professional-knowledge", at="x")


@pytest.mark.parametrize(
    ("drug", "given", "verification", "confidence"),
    [
        ("tocilizumab", {"weight_kg": 70}, "verified", None),
        ("siltuximab", {"weight_kg": 70}, "verified", None),
        ("blinatumomab-prephase", BURDEN | {"region": "eu"}, "unverified", "high"),
        ("blinatumomab-prephase", BURDEN | {"region": "us"}, "unverified", "medium"),
        ("dexamethasone", CHILD | {"site_paediatric": True}, "house", None),
        ("blinatumomab", START | {"indication": "b-all-consolidation"}, "unverified", "high"),
        ("blinatumomab", START | {"indication": "b-all-mrd"}, "verified", None),
    ],
)
def test_a_dose_is_as_certain_as_its_least_certain_number(drug, given, verification, confidence):
    found = dose(drug, **given)
    assert (found.verification, found.confidence) == (verification, confidence)


def test_numbers_are_exact():
    assert facts("step_up").schedule[0].steps[0].dose == Decimal("0.06")


def test_tapers_run_without_a_gap_and_total_what_they_say():
    assert tapers() == ("mp-pulse-a", "mp-pulse-b", "mp-pulse-c")
    for code in tapers():
        found = taper(code)
        assert [day.day for day in found.days] == list(range(1, len(found.days) + 1))
        amounts = [day.dexamethasone_mg for day in found.days]
        assert amounts == sorted(amounts, reverse=True)
        assert found.days[-1].cumulative_dexamethasone_mg == pytest.approx(sum(amounts))
    # 3000 + 1000 + 500 + 240 mg of methylprednisolone, 4 mg of which are 0.75 mg.
    assert taper("MP_PULSE_B").days[-1].cumulative_dexamethasone_mg == 888.75
    assert taper("mp-pulse-a").open_ended is True
    with pytest.raises(KeyError, match="mp-pulse-a"):
        taper("mp-pulse-z")


def test_both_doses_of_obecabtagene_make_the_whole():
    for blasts in (10, 60):
        given = {"age_years": 40, "marrow_blasts_percent": blasts, "day": 10}
        first = dose("obecabtagene-autoleucel", dose_number=1, **given)
        second = dose("obecabtagene-autoleucel", dose_number=2, crs_grade=0, icans_grade=0, **given)
        assert first.dose + second.dose == 410_000_000


@pytest.mark.parametrize(
    ("days", "last_step", "allowed"),
    [(14, None, True), (15, None, False), (42, 3, True), (43, 3, False), (85, 3, False)],
)
def test_the_full_dose_of_elranatamab_again_goes_by_its_own_row(days, last_step, allowed):
    """After 32 mg the table counts to 14 days, after the full dose to 42."""
    given = {"given_at": "2026-03-01T10:00:00+00:00", "age_years": 60, "weight_kg": 70}
    at = (datetime(2026, 3, 1, 10, tzinfo=UTC) + timedelta(days=days)).isoformat()
    found = dose("elranatamab", step=3, at=at, last_step=last_step, **given)
    assert (found.dose == 76) is allowed
    if last_step is None and not allowed:
        assert "say last_step=3" in found.blocked_by
