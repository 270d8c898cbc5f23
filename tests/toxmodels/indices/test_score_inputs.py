"""What may be typed for a score, and how everything else is refused."""

import math

import pytest

from toxmodels import INDICES, ScoreError, score
from toxmodels.indices.result import Score
from toxmodels.sources import sources


def faults(name, **given):
    with pytest.raises(ScoreError) as caught:
        score(name, **given)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("nesw2", {}, 'name: no score "nesw2" (did you mean "news2"?)'),
        ("blood", {}, 'name: no score "blood" (known: news2, easix'),
        ("easix", {"ldh": 3}, 'ldh: is no key of this score (did you mean "ldh_u_l"?)'),
        ("easix", {"zz": 3}, "zz: is no key of this score (known: ldh_u_l, creatinine_mg_dl"),
        ("easix", {"ldh_u_l": "300 U/L"}, 'ldh_u_l: "300 U/L" is not a number (write the number'),
        ("easix", {"ldh_u_l": "3,5"}, 'ldh_u_l: "3,5" is not a number (write a point: ldh_u_l=3.5'),
        ("easix", {"ldh_u_l": "nan"}, 'ldh_u_l: "nan" is not a number'),
        ("easix", {"ldh_u_l": math.inf}, "ldh_u_l: inf is impossible (0 or more)"),
        ("easix", {"ldh_u_l": -1}, "ldh_u_l: -1 is impossible (0 or more)"),
        ("easix", {"ldh_u_l": True}, "ldh_u_l: True is not a number"),
        ("easix", {"ldh_u_l": [3]}, "ldh_u_l: [3] is not a number"),
        ("news2", {"temperature_c": 101.3}, "that is 38.5 °C"),
        ("news2", {"spo2_percent": 101}, "spo2_percent: 101 is impossible"),
        ("news2", {"on_oxygen": "maybe"}, 'on_oxygen: "maybe" is neither (write true or false)'),
        ("news2", {"consciousness": "voise"}, '"voise" is not known here (did you mean "voice"?)'),
        ("news2", {"spo2_scale": 3}, 'spo2_scale: "3" is not known here (one of 1, 2)'),
        (
            "easix",
            {"creatinine_mg_dl": 1, "creatinine_umol_l": 88.4},
            "creatinine_umol_l: stands beside creatinine_mg_dl, which says the same (leave one)",
        ),
        (
            "car_hematotox",
            {"ferritin_ug_l": 1, "ferritin_ng_ml": 1},
            "ferritin_ng_ml: stands beside ferritin_ng_ml",
        ),
    ],
)
def test_a_fault_names_place_and_cure(name, given, says):
    assert says in faults(name, **given)[0]


def test_every_fault_is_named_at_once():
    assert len(faults("easix", ldh=1, creatinine_mg_dl="x", platelets_10e9_l=-3)) == 3


def test_null_and_empty_are_not_recorded():
    assert score("easix", ldh_u_l=None, creatinine_mg_dl=" ", platelets_10e9_l="60").missing == (
        "ldh_u_l",
        "creatinine_mg_dl",
    )


def test_names_and_words_are_read_as_they_are_typed():
    assert score("S-EASIX", ldh_u_l="300", platelets_10e9_l="60").value == 5.0
    assert score("news2", consciousness="New Confusion").at_least == 3
    assert score("news2", on_oxygen="yes").at_least == 2
    assert score("hscore", organomegaly="hepatosplenomegaly").at_least == 38


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_every_score_is_well_made(index):
    assert index.paper.cite.source in sources()
    names = [name for key in index.keys for name in key.names]
    assert len(names) == len(set(names))
    assert isinstance(score(index.name), Score)
    for key in index.keys:
        assert (key.kind == "choice") == bool(key.words)
        assert key.says


def test_json_holds_what_the_command_promises():
    content = score("car_hematotox").model_dump(mode="json")
    assert {"value", "items", "missing", "at_least", "at_most", "cite"} <= set(content)
    assert (content["value"], content["at_least"], content["at_most"]) == (None, 0, 7)
