"""Point scores against their printed tables: each limit below, on and above, each with its row."""

import tomllib
from pathlib import Path

import pytest

from toxmodels import score

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.toml"))


def vectors():
    for path in FILES:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        for vector in read["vectors"]:
            yield pytest.param(read["score"], read["all_else"], vector, id=vector["why"])


@pytest.mark.parametrize(("name", "all_else", "vector"), list(vectors()))
def test_the_printed_table(name, all_else, vector):
    gone = {*vector.get("without", ()), *vector.get("instead", {})}
    given = {key: value for key, value in all_else.items() if key not in gone}
    found = score(name, **given | vector.get("given", {}))
    if "points" in vector:
        points = vector["points"]
        assert (found.value, found.at_least, found.at_most) == (points, points, points)
        assert found.missing == ()
    else:
        assert (found.value, [found.at_least, found.at_most]) == (None, vector["between"])
    if "missing" in vector:
        assert list(found.missing) == vector["missing"]
    if "band" in vector:
        assert found.band == vector["band"]


def test_every_file_was_read():
    assert len(FILES) == 7


def test_the_probability_of_hscore_is_that_of_its_table():
    chance = score("hscore", **_hscore(temperature_c=39.5, ferritin_ng_ml=6001)).says
    assert chance.endswith("probability below 1 %")  # 99 points
    assert _chance(immunosuppression=True, organomegaly="both", temperature_c=38.4) == "below 1 %"
    # 49 + 38 + 35 + 30 + 18 = 170, printed as 54 %
    more = {"temperature_c": 39.5, "organomegaly": "both", "ferritin_ng_ml": 2000}
    assert _chance(**more, fibrinogen_g_l=2, immunosuppression=True) == "about 54 %"
    # 49 + 50 + 30 + 19 = 148, between 16 % at 140 and 25 % at 150
    more = {"temperature_c": 39.5, "ferritin_ng_ml": 6001, "fibrinogen_g_l": 1, "ast_u_l": 30}
    assert _chance(**more) == "about 23 %"
    # near the upper end of the table
    more = {"organomegaly": "both", "ferritin_ng_ml": 6001, "triglycerides_mmol_l": 5}
    assert _chance(**more, temperature_c=39.5, haemophagocytosis=True) == "about 99 %"  # 236: 98.6
    assert _chance(**more, temperature_c=39.5, fibrinogen_g_l=1, ast_u_l=90) == "above 99 %"  # 250
    assert _chance(**more, temperature_c=39.5, fibrinogen_g_l=1, immunosuppression=True) == (
        "about 99 %"  # 249
    )


def _chance(**given):
    return score("hscore", **_hscore(**given)).says.rpartition("probability ")[2]


def _hscore(**given):
    read = tomllib.loads((HERE / "hscore.toml").read_text(encoding="utf-8"))
    return read["all_else"] | given


def test_where_no_related_disorder_is_present_the_dic_score_says_so():
    found = score("isth_dic", associated_disorder="no", platelets_10e9_l=40)
    assert found.notes[0].startswith("NOT APPLICABLE")


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("easix", {"ldh_u_l": 300, "creatinine_mg_dl": 1.2, "platelets_10e9_l": 60}, 6.0),
        ("easix", {"ldh_u_l": 300, "creatinine_umol_l": 106.08, "platelets_10e9_l": 60}, 6.0),
        ("m_easix", {"ldh_u_l": 300, "crp_mg_dl": 4, "platelets_10e9_l": 60}, 20.0),
        ("m_easix", {"ldh_u_l": 300, "crp_mg_l": 40, "platelets_10e9_l": 60}, 20.0),
        ("s_easix", {"ldh_u_l": 300, "platelets_10e9_l": 60}, 5.0),
        ("s_easix", {"ldh_u_l": 0, "platelets_10e9_l": 60}, 0.0),
    ],
)
def test_easix_worked_by_hand(name, given, value):
    found = score(name, **given)
    assert found.value == pytest.approx(value)
    assert (found.at_least, found.at_most) == (found.value, found.value)


def test_easix_above_4_67_and_not_on_it():
    given = {"creatinine_mg_dl": 1, "platelets_10e9_l": 100}
    assert score("easix", ldh_u_l=467, **given).band.startswith("not above 4.67")
    assert score("easix", ldh_u_l=467.1, **given).band.startswith("above 4.67")
    assert score("m_easix", ldh_u_l=900, crp_mg_dl=9, platelets_10e9_l=10).band is None


def test_easix_without_a_value_is_open_upwards():
    found = score("easix", ldh_u_l=300, platelets_10e9_l=60)
    assert (found.value, found.at_least, found.at_most) == (None, 0, None)
    assert (found.missing, found.span) == (("creatinine_mg_dl",), "0 or more")
    none = score("easix", ldh_u_l=0, platelets_10e9_l=60)
    assert (none.value, none.at_least, none.at_most) == (None, 0, 0)
    gone = score("s_easix", ldh_u_l=300, platelets_10e9_l=0)
    assert (gone.value, gone.at_least, gone.at_most) == (None, None, None)
    assert (gone.missing, gone.span) == ((), "not defined")
