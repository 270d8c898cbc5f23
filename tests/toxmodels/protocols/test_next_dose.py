"""The next dose of an engager once the grade has fallen: what holds it stands until its hours."""

from __future__ import annotations

import pytest

from tests.toxmodels.protocols.test_recurrence_and_counts import asked, case, hour, steps
from toxmodels.protocols import protocols, read_protocol

BOTH = ("nccn-2026-2", "label-us")


def after(product, peak, low, at, *, icans=False, protocol="nccn-2026-2", now=0):
    """A peak at 10 h, then readings at ``now`` from 14 h on every 6 h for so many hours."""
    later = [(14.0 + 6.0 * one, now) for one in range(int(low // 6) + 1)]
    calm = [(hours, 0) for hours, _ in later]
    course = [(10.0, peak), *later]
    told = {"crs": calm, "icans": course} if icans else {"crs": course, "icans": calm}
    return asked(case(product, **told), 14.0 + at, protocol)


def holds(found):
    return {name for name, step in steps(found).items() if step == "hold"}


def hospital(found):
    return [one.advise for one in found.advice if "ospital for" in one.advise]


@pytest.mark.parametrize("protocol", BOTH)
@pytest.mark.parametrize(
    ("product", "peak", "icans", "needs"),
    [
        ("teclistamab", 1, False, 24),
        ("elranatamab", 3, False, 24),
        ("glofitamab", 2, False, 72),
        ("mosunetuzumab", 2, False, 72),
        ("mosunetuzumab", 3, False, 72),
        ("mosunetuzumab", 2, True, 72),
        ("glofitamab", 3, True, 168),
    ],
)
def test_the_next_dose_waits_for_the_hours_of_the_text(protocol, product, peak, icans, needs):
    told = {"icans": icans, "protocol": protocol}
    assert holds(after(product, peak, needs - 6, needs - 6, **told))
    assert not holds(after(product, peak, needs, needs, **told)), "seen gone for all of them"
    assert holds(after(product, peak, 6, needs + 200, **told)), "time without a reading is no proof"


def test_icans_of_grade_1_is_low_enough_to_wait_on():
    assert not holds(after("glofitamab", 3, 168, 168, icans=True, now=1))
    assert holds(after("glofitamab", 3, 162, 162, icans=True, now=1))
    assert holds(after("glofitamab", 3, 300, 300, icans=True, now=2))


@pytest.mark.parametrize("protocol", BOTH)
@pytest.mark.parametrize(("product", "hours"), [("teclistamab", 48), ("glofitamab", 24)])
def test_after_grade_3_the_hospital_is_said_until_the_next_dose(protocol, product, hours):
    for now in (0, 1, 2):
        found = after(product, 3, 120, 120, protocol=protocol, now=now)
        assert any(f"{hours} h" in one for one in hospital(found)), now
    assert not hospital(after(product, 2, 120, 120, protocol=protocol))
    doses = {"doses": [{"given_at": hour(0)}, {"given_at": hour(130)}]}
    told = case(product, crs=[(10, 3), (14, 0), (129, 0), (131, 0)])
    therapy = told.therapy.model_copy(update={"doses": _doses(doses, product)})
    found = asked(told.model_copy(update={"therapy": therapy}), 131, protocol)
    assert not hospital(found)
    assert not holds(found)
    stay = [one.advise for one in found.advice if "before this dose: hospital until" in one.advise]
    assert [f"{hours} h after it" in one for one in stay] == [True], "the stay begins with the dose"
    later = told.model_copy(update={"therapy": therapy})
    assert "stay-after" not in str(asked(later, 130 + hours, protocol).advice)


def _doses(doses, product):
    return case(product, therapy={"product": product, **doses}).therapy.doses


@pytest.mark.parametrize("product", ["epcoritamab", "tarlatamab", "glofitamab"])
def test_an_exam_too_old_to_count_is_no_lower_grade(product):
    told = case(product, icans=[(10, 2)], crs=[(10, 0), (24, 0)])
    (name,) = holds(asked(told, 24, "nccn-2026-2"))
    assert name == "after-icans-not-examined"
    seen = case(product, icans=[(10, 2), (23, 1)], crs=[(10, 0), (24, 0)])
    assert "after-icans-not-examined" not in steps(asked(seen, 24, "nccn-2026-2"))


def test_half_a_question_and_a_scale_of_a_clinician_are_refused():
    book = protocols()["nccn-2026-2"]
    rule = next(one for one in book.rules if one.id.endswith("after-crs-24-hours"))
    text = f"""
id = "site-a"
title = "Our ward"
edition = "1"
kind = "site"
scale = "astct"
read_in = "the manual of our ward"
verification = "house"
reviewed_by = ""
reviewed_on = ""

[[rules]]
id = "site-a/wait"
scale = "SCALE"
when = {{ since_dose_peak = [3], ASKS }}
step = "hold"
goes_on = "later"
urgency = "urgent"
advise = "{rule.advise}"
basis = "house"
verification = "house"
cite = {{ source = "advice-defaults", at = "manual" }}
"""
    good = text.replace("SCALE", "astct-crs-2019")
    read_protocol(good.replace("ASKS", "low_grade = 0, low_hours_below = 24"), "a.toml")
    with pytest.raises(Exception, match="half of the question"):
        read_protocol(good.replace("ASKS", "low_hours_below = 24"), "a.toml")
    other = text.replace('"SCALE"', '"none"').replace("ASKS", "low_grade = 0, low_hours_below = 24")
    with pytest.raises(Exception, match="works out itself"):
        read_protocol(other, "a.toml")


@pytest.mark.parametrize("protocol", BOTH)
@pytest.mark.parametrize(
    ("product", "icans", "held"),
    [
        ("teclistamab", 1, True),
        ("epcoritamab", 2, True),
        ("linvoseltamab", 3, True),
        ("glofitamab", 1, False),
        ("glofitamab", 2, True),
        ("glofitamab", 3, True),
        ("mosunetuzumab", 1, False),
        ("mosunetuzumab", 2, True),
        ("tarlatamab", 1, True),
        ("tarlatamab", 3, True),
    ],
)
def test_while_icans_lasts_the_next_dose_is_held_as_nccn_says(protocol, product, icans, held):
    """The labels' own rows were not read: their file says so, and is silent on the treatment."""
    found = asked(case(product, icans=[(10, icans)], crs=[(10, 0)]), 10, protocol)
    assert bool(holds(found)) is held
    silent = [one.advise for one in found.advice if one.rule == f"{protocol}/silent"]
    assert bool(silent) is (protocol == "label-us")
    assert all("open the product's own label" in one for one in silent)
    assert all(f"silent on treating ICANS grade {icans} here" in one for one in silent)


@pytest.mark.parametrize("protocol", BOTH)
def test_tarlatamab_stops_where_grade_3_was_not_grade_1_within_7_days(protocol):
    def stops(*course):
        found = asked(
            case("tarlatamab", icans=list(course), crs=[(10, 0)]), course[-1][0], protocol
        )
        return [name for name, step in steps(found).items() if step == "stop"]

    days = [(10.0 + 24 * day, 3) for day in range(7)]
    assert not stops(*days, (10 + 168, 2)), "7 days and no more"
    assert stops(*days, (10 + 168.5, 2))
    assert stops(*days, (10 + 168.5, 2), (200, 0)), "never forgotten"
    assert not stops(*days, (160, 1), (179, 2)), "it was low in between"
    assert not stops((10, 3), (190, 2)), "nobody looked: it may have gone and come back"
    assert not stops(*((10.0 + 24 * day, 2) for day in range(9))), "it never reached grade 3"


@pytest.mark.parametrize("protocol", BOTH)
def test_a_second_icans_of_grade_3_stops_it_in_the_label_file_too(protocol):
    again = case("teclistamab", icans=[(10, 3), (20, 0), (60, 0), (80, 3)], crs=[(10, 0)])
    assert "stop" in steps(asked(again, 80, protocol)).values()
