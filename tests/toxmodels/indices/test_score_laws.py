"""Laws of every score: a filled gap only narrows, the interval is tight, and nothing raises."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toxmodels import INDICES, score
from toxmodels.indices import ScoreError

POINTS = [
    "news2",
    "car_hematotox",
    "hscore",
    "hlh_2004",
    "isth_dic",
    "sic",
    "cairo_bishop",
    "howard_tls",
    "easix",
    "m_easix",
    "s_easix",
]
# Keys that stand in for another one or choose the table: filling them is no filling of a gap.
INSTEAD = {
    "spo2_scale",
    "cytopenic_lineages",
    "d_dimer_mg_l_feu",
    "d_dimer_upper_limit_mg_l_feu",
    "fdp_mg_l",
    "pt_s",
    "pt_upper_limit_s",
    "creatinine_x_uln",
    "creatinine_due_to_drug",
    "ionised_calcium_mmol_l",
    "associated_disorder",
    "molecular_diagnosis",
}
RANGES = {
    "respiratory_rate_bpm": (5, 30),
    "spo2_percent": (80, 100),
    "systolic_mmhg": (80, 230),
    "heart_rate_bpm": (35, 140),
    "temperature_c": (34, 41),
    "age_years": (0, 90),
    "ferritin_ng_ml": (0, 9000),
    "anc_per_ul": (0, 3000),
    "scd25_u_ml": (0, 5000),
    "ldh_u_l": (0, 900),
    "platelets_10e9_l": (0, 250),
}


def values(key):
    if key.kind == "yes_no":
        return st.booleans()
    if key.kind == "choice":
        return st.sampled_from(sorted({*key.choices}))
    low, high = RANGES.get(key.name, (0, 700))
    small = st.decimals(low, min(high, low + 12), places=1)
    return st.one_of(small, st.decimals(low, high, places=1)).map(float)


@st.composite
def asked(draw):
    name = draw(st.sampled_from(POINTS))
    keys = [key for key in INDICES[name].keys if key.name not in INSTEAD]
    given_now = {key.name: draw(values(key)) for key in keys if draw(st.booleans())}
    return name, given_now


@given(asked(), st.data())
def test_filling_a_gap_only_narrows(case, data):
    name, known = case
    full = score(name, **known)
    assert (full.value is not None) == (not full.missing) or full.at_least is None
    gone = data.draw(st.sampled_from(["", *sorted(known)]))
    wide = score(name, **{key: value for key, value in known.items() if key != gone})
    if full.at_least is None or wide.at_least is None:
        assert "easix" in name  # without platelets nothing is defined
        return
    assert wide.at_least <= full.at_least
    assert wide.at_most is None or (full.at_most is not None and full.at_most <= wide.at_most)


@given(asked())
def test_both_ends_of_a_sum_are_those_of_its_items(case):
    name, known = case
    found = score(name, **known)
    if "easix" in name or name in {"cairo_bishop", "howard_tls"}:
        return
    assert found.at_least == sum(item.at_least for item in found.items)
    assert found.at_most == sum(item.at_most for item in found.items)


@given(asked(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_never_matters(case, random):
    name, known = case
    pairs = list(known.items())
    random.shuffle(pairs)
    assert score(name, **dict(pairs)) == score(name, **known)


@pytest.mark.parametrize("name", POINTS)
def test_nothing_known_is_everything_possible_and_names_it_all(name):
    found = score(name)
    assert found.value is None
    assert found.at_least == 0
    needed = {key.name for key in INDICES[name].keys if key.needed}
    assert set(found.missing) <= {key.name for key in INDICES[name].keys}
    if name not in {"cairo_bishop", "howard_tls"}:
        assert set(found.missing) >= needed - {"age_years"}


@pytest.mark.parametrize(
    ("name", "highest"),
    [
        ("news2", 20),
        ("car_hematotox", 7),
        ("hscore", 337),
        ("hlh_2004", 8),
        ("isth_dic", 8),
        ("sic", 6),
        ("cairo_bishop", 5),
        ("howard_tls", 2),
        ("easix", None),
    ],
)
def test_the_upper_end(name, highest):
    assert score(name).at_most == highest


@given(st.sampled_from(POINTS), st.text(max_size=8), st.text(max_size=8))
def test_any_text_is_read_or_refused_by_name(name, key, value):
    keys = [one.name for one in INDICES[name].keys]
    for one in (key, keys[0], keys[-1]):
        with contextlib.suppress(ScoreError):
            assert score(name, **{one: value}).name == name


# Where a higher, or a lower, value is the worse one; a two-sided chart such as NEWS2 has neither.
WORSE_UP = {
    "crp_mg_dl",
    "ferritin_ng_ml",
    "temperature_c",
    "triglycerides_mmol_l",
    "ast_u_l",
    "scd25_u_ml",
    "pt_prolongation_s",
    "inr",
    "sofa_points",
    "urate_umol_l",
    "potassium_mmol_l",
    "phosphate_mmol_l",
    "creatinine_umol_l",
}
WORSE_DOWN = {
    "platelets_10e9_l",
    "anc_per_ul",
    "haemoglobin_g_dl",
    "wbc_10e9_l",
    "fibrinogen_g_l",
    "calcium_mmol_l",
    "urine_ml_kg_h",
}


@given(asked(), st.data())
def test_a_worse_value_never_lowers_a_bound(case, data):
    name, known = case
    keys = sorted({*known} & (WORSE_UP | WORSE_DOWN))
    if name == "news2" or "easix" in name or not keys:
        return
    key = data.draw(st.sampled_from(keys))
    other = data.draw(values(next(one for one in INDICES[name].keys if one.name == key)))
    better, worse = sorted((known[key], other), reverse=key in WORSE_DOWN)
    first, second = (score(name, **known | {key: value}) for value in (better, worse))
    assert first.at_least <= second.at_least
    assert first.at_most <= second.at_most
