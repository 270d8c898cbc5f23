"""A case file is read whole or refused with a line for each fault; nothing in between."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.toxmodels.any_case import CASES
from toxmodels.casefile import (
    CaseError,
    Fault,
    drug_name_faults,
    dump_case,
    load_case,
    load_record,
    read_time,
)
from toxmodels.records import Labs, NeuroExam, Therapy, Treatment, Vitals

BROKEN = Path(__file__).parent.parent / "broken"
SAMPLES = sorted((BROKEN.parent.parent / "sample_data").glob("*/case.json"))
WHOLE = '{"format": "toxwatch-case/1", "patient": {"id": "a"}}'
AT = "2026-03-03T08:00:00+00:00"
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def expected_faults() -> dict[str, list[str]]:
    """Read faults.txt: a name, then its faults, indented."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (BROKEN / "faults.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            found[name].append(line[2:])
        else:
            name = line
            found[name] = []
    return found


EXPECTED = expected_faults()


def faults_of(text: str | bytes) -> list[str]:
    with pytest.raises(CaseError) as caught:
        load_case(text)
    return [str(fault) for fault in caught.value.faults]


def read_or_refused(content: str | bytes) -> bool:
    """Either a case, or at least one fault, each on one line and each place once."""
    try:
        load_case(content)
    except CaseError as refused:
        lines = [str(fault) for fault in refused.faults]
        places = {fault.path for fault in refused.faults}
        return 0 < len(lines) == len(places) and not any("\n" in line for line in lines)
    return True


def test_every_broken_file_has_its_faults_written_down():
    assert {path.stem for path in BROKEN.glob("*.json")} == set(EXPECTED)
    assert all(EXPECTED.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_refused_with_these_words(name):
    assert faults_of((BROKEN / f"{name}.json").read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize(
    "text", [WHOLE, f"\ufeff{WHOLE}", WHOLE.encode(), b"\xef\xbb\xbf" + WHOLE.encode()]
)
def test_text_and_bytes_are_read_with_or_without_a_mark(text):
    assert load_case(text).patient.id == "a"


def test_a_fault_takes_one_line_whatever_was_typed():
    key = 'a"\n\u001b[2J\u202e'
    (line,) = faults_of(json.dumps({"format": "toxwatch-case/1", "patient": {"id": "a", key: 1}}))
    assert line.isprintable()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_a_case_is_written_and_read_back_equal(path):
    case = load_case(path.read_bytes())
    assert load_case(dump_case(case)) == case


@SLOW
@given(case=CASES)
def test_any_case_is_written_and_read_back_equal(case):
    assert load_case(dump_case(case)) == case


@given(content=st.binary(max_size=200) | st.text(max_size=200))
def test_any_file_is_read_or_refused(content):
    assert read_or_refused(content)


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@SLOW
@given(case=CASES, junk=JUNK, choose=st.randoms(use_true_random=False))
def test_any_value_in_any_place_is_read_or_refused(case, junk, choose):
    """Put something at a random place of a good file: a case or faults, nothing else."""
    raw = json.loads(dump_case(case))
    here = raw
    while True:
        key = choose.choice([*here] if isinstance(here, dict) else [*range(len(here))])
        if not isinstance(here[key], dict | list) or not here[key] or choose.random() < 0.2:
            break
        here = here[key]
    here[key] = junk
    assert read_or_refused(json.dumps(raw))


@pytest.mark.parametrize(
    ("kind", "raw", "line"),
    [
        (Vitals, {"taken_at": AT, "temperature_c": 101.3}, "$.temperature_c: 101.3 is impossible"),
        (Vitals, {"taken_at": AT, "temperature_c": float("nan")}, "$.temperature_c: NaN is not"),
        (Vitals, {"taken_at": "2026-03-03T08:00"}, "$.taken_at: "),
        (NeuroExam, {"taken_at": AT, "ice": {"naming": 4}}, "$.ice.naming: 4 is out of range"),
        (Treatment, {"given_at": AT, "drug": "toci"}, '$.drug: unknown drug "toci"'),
        (Therapy, {"product": "Kymriah"}, '$.product: unknown product "Kymriah"'),
        (Labs, {"taken_at": AT, "upper_limits": {"crp": 5.0}}, "$.upper_limits.crp: "),
        (Vitals, {"taken_at": AT, "temperature_c": {38.6}}, "$: not JSON"),
    ],
)
def test_one_record_is_checked_like_a_whole_case(kind, raw, line):
    with pytest.raises(CaseError) as caught:
        load_record(kind, raw)
    (fault,) = caught.value.faults
    assert str(fault).startswith(line)


@pytest.mark.parametrize(
    "name",
    [
        *("meropenem", "cefepime", "levetiracetam", "rituximab", "cetuximab", "basiliximab"),
        *("fludarabine", "cyclophosphamide", "insulin", "furosemide", "ondansetron", "filgrastim"),
        *("tofacitinib", "baricitinib", "allopurinol", "fludrocortisone", "norepinephrine"),
    ],
)
def test_other_generic_names_are_accepted(name):
    assert [*drug_name_faults(name, "$")] == []


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("tocilizumb", "tocilizumab"),
        ("tocilizumab 560 mg", "tocilizumab"),
        ("dexa", "dexamethasone"),
        ("methylprednisolon", "methylprednisolone"),
        ("Paracetamol", "paracetamol"),
        ("paracetamol\u00a0", "paracetamol"),
    ],
)
def test_a_near_miss_never_waives_nothing_in_silence(name, right):
    (fault,) = drug_name_faults(name, "$")
    assert f'"{right}"' in (fault.suggestion or "")


def test_one_time_is_read_as_a_case_file_would_hold_it():
    assert read_time(AT, "--at").isoformat() == AT
    with pytest.raises(CaseError, match='--at: "1761355800" is not a time'):
        read_time("1761355800", "--at")


def test_a_fault_reads_as_place_fault_cure():
    assert (
        str(Fault(path="$.a", says="is wrong", suggestion="right it")) == "$.a: is wrong (right it)"
    )
    assert str(Fault(path="$.a", says="is wrong")) == "$.a: is wrong"
