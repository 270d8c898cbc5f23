"""``toxwatch protocols`` and the advice of ``toxwatch assess``, as they are typed and read."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

import toxmodels
from dashboard.cli import app
from toxmodels.protocols import protocols
from toxmodels.protocols.words import when_in_words

SAMPLES = Path(__file__).parents[2] / "sample_data"
CASE = SAMPLES / "demo-01" / "case.json"
ASCO = files("toxmodels.protocols").joinpath("asco_2021.toml").read_text(encoding="utf-8")
GRADE_2 = {
    "format": "toxwatch-case/1",
    "patient": {
        "id": "grade-2",
        "age_years": 40.0,
        "weight_kg": 70.0,
        "weight_recorded_at": "2026-03-03T07:00:00+00:00",
    },
    "therapy": {"product": "tisagenlecleucel", "started_at": "2026-03-01T10:00:00+00:00"},
    "vitals": [
        {
            "taken_at": "2026-03-03T08:00:00+00:00",
            "temperature_c": 38.6,
            "hypotensive": False,
            "vasopressors": [],
            "oxygen": {"device": "nasal_cannula", "flow_l_min": 2.0},
        }
    ],
    "treatments": [],
}
# Every key that a machine may rely on, by the written contract of the command line.
ADVICE_KEYS = {
    *("rule", "protocol", "urgency", "advise", "drug", "dose_mg", "arithmetic", "earliest_at"),
    *("blocked_by", "basis", "verification", "cite"),
}
KEYS = {"at", "patient", "grades", "flags", "advice", "rules"}
GRADE_KEYS = {"at_least", "at_most", "findings", "missing"}
FINDING_KEYS = {"sign", "at_least", "at_most", "says", "decides", "cite"}
GAP_KEYS = {"sign", "record", "says", "at_least", "at_most"}
FLAG_KEYS = {"id", "urgency", "says", "action", "owner", "cite"}


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def plain(text):
    """What is printed, without the breaks of lines."""
    return " ".join(text.split())


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps(GRADE_2), encoding="utf-8")
    return path


@pytest.fixture
def own(tmp_path):
    """A site's copy of the ASCO file, with one line to be changed in a test."""

    def written(*changes, name="ours.toml"):
        text = ASCO.replace('id = "asco-2021', 'id = "our-asco')
        text = text.replace('kind = "guideline"', 'kind = "site"')
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


# List and show


def test_every_protocol_is_listed_with_how_far_it_was_checked():
    told = call("protocols", "--json")
    rows = {row["id"]: row for row in json.loads(told.stdout)}
    assert set(rows) == set(protocols())
    for id_, row in rows.items():
        assert row["rules"] == len(protocols()[id_].rules) == sum(row["by_verification"].values())
        assert row["reviewed_by"] == ""
    spoken = call("protocols").stdout
    assert all(id_ in spoken for id_ in protocols())
    assert "not yet reviewed by a clinician" in spoken


@pytest.mark.parametrize("id_", protocols())
def test_a_protocol_is_shown_with_every_rule_in_words(id_):
    spoken = plain(call("protocols", id_).stdout)
    for rule in protocols()[id_].rules:
        assert rule.id in spoken
        assert plain(when_in_words(rule)) in spoken
        assert plain(rule.advise) in spoken


@pytest.mark.parametrize(
    "words", [("asco-2021", "--json"), ("--json", "asco-2021"), ("show", "asco-2021", "--json")]
)
def test_a_protocol_as_json_is_the_file_with_the_words_beside_it(words):
    shown = json.loads(call("protocols", *words).stdout)
    assert [rule.pop("when_in_words") for rule in shown["rules"]] == [
        when_in_words(rule) for rule in protocols()["asco-2021"].rules
    ]
    assert shown == protocols()["asco-2021"].model_dump(mode="json")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("protocols", "asco-201"), 'unknown protocol "asco-201" (did you mean "asco-2021"?)'),
        (("protocols", "zzz"), "a site's own file ends in .toml"),
        (("protocols", "check", "nowhere.toml"), "there is no such file"),
        (("protocols", "nowhere.toml"), "there is no such file"),
        (("protocols", "compare", "asco-2021", "zzz", CASE), 'unknown protocol "zzz"'),
        (("assess", CASE, "--protocol", "asco-20"), 'did you mean "asco-2021"?'),
    ],
)
def test_what_is_not_there_is_said_on_standard_error(words, says):
    told = call(*words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert says in told.stderr


# Check


def test_a_good_file_is_ok(own):
    path = own()
    told = call("protocols", "check", path)
    assert told.exit_code == 0
    rules = len(protocols()["asco-2021"].rules)
    assert told.stdout == f"{path}: ok, our-asco with {rules} rules\n"


def test_each_fault_is_a_line_on_standard_error(own):
    path = own(("grades = [4]", "grades = [7]"), ('edition = "2021"\n', ""))
    told = call("protocols", "check", path)
    assert (told.exit_code, told.stdout) == (2, "")
    lines = told.stderr.splitlines()
    assert len(lines) == 1 + ASCO.count("grades = [4]")
    assert all(line.startswith(f"{path}, ") for line in lines)


def test_a_packaged_file_is_not_taken_for_a_sites_own(tmp_path):
    path = tmp_path / "asco.toml"
    path.write_text(ASCO, encoding="utf-8")
    told = call("protocols", "check", path)
    assert told.exit_code == 2
    assert '"asco-2021" is a packaged protocol' in told.stderr


def test_a_changed_rule_that_still_claims_its_source_is_noted(own):
    told = call("protocols", "check", own(("to_toci = 72 ", "to_toci = 48 ")))
    assert told.exit_code == 0
    assert all(line.startswith("note: ") for line in told.stderr.splitlines())
    assert "differs from asco-2021/crs-1-lasting-fever" in told.stderr


@pytest.mark.parametrize(
    ("says", "asks", "refused"),
    [
        ("Dexamethasone 10 mg now", "", True),
        ("Dexamethasone 10 mg now", "when = { adult = true }", False),
        ("Methylprednisolone 1 mg/kg now", "", False),
    ],
)
def test_an_amount_in_a_text_that_a_child_may_be_shown_is_refused(own, says, asks, refused):
    old = "Antipyretic, intravenous fluids, symptom control"
    changes = [(old, says)]
    if asks:
        id_ = 'id = "our-asco/crs-1-care"'
        changes.append((id_, f"{id_}\n{asks}"))
    told = call("protocols", "check", own(*changes))
    lines = [line for line in told.stderr.splitlines() if "an amount stands in the text" in line]
    assert any('"our-asco/crs-1-care"' in line for line in lines) is refused
    assert told.exit_code == (2 if refused else 0)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x00", b""])
def test_a_file_that_is_no_text_is_refused(tmp_path, body):
    path = tmp_path / "ours.toml"
    path.write_bytes(body)
    told = call("protocols", "check", path)
    assert (told.exit_code, told.stdout) == (2, "")
    assert str(path) in told.stderr


@pytest.mark.parametrize("id_", protocols())
def test_a_copy_is_a_good_file_that_claims_no_more_than_its_source(tmp_path, id_):
    told = call("protocols", "copy", id_, "our-ward")
    path = tmp_path / "ours.toml"
    path.write_text(told.stdout, encoding="utf-8")
    checked = call("protocols", "check", path)
    assert checked.exit_code == 0
    assert "still marked" not in checked.stderr
    assert "ok, our-ward with" in checked.stdout


@pytest.mark.parametrize("own_id", ["asco-2021", "Our ward", ""])
def test_a_copy_needs_an_id_of_its_own(own_id):
    told = call("protocols", "copy", "asco-2021", own_id)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr


def test_the_file_in_the_documents_is_ok(tmp_path):
    page = (SAMPLES.parent / "docs" / "site-protocols.md").read_text(encoding="utf-8")
    path = tmp_path / "ours.toml"
    path.write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    told = call("protocols", "check", path)
    assert (told.exit_code, told.stderr) == (0, "")


# Advice


def test_advice_shows_dose_arithmetic_source_and_mark(case):
    told = call("assess", case, "--protocol", "asco-2021")
    spoken = plain(told.stdout)
    assert "Advice by asco-2021: a proposal, it orders nothing" in spoken
    assert "tocilizumab 560 mg" in spoken
    assert "8 mg/kg x 70 kg = 560 mg" in spoken
    assert "asco-2021, CRS table, grade 2 row (verified, transcribed)" in spoken
    assert spoken.index("asco-2021/crs-2-tocilizumab") < spoken.index("If ICANS is 1, also")
    assert "record first: " in spoken


def test_a_blocked_dose_shows_no_amount_and_why(tmp_path):
    given = [{"given_at": "2026-03-03T01:00:00+00:00", "drug": "tocilizumab", "dose_mg": 560.0}]
    path = tmp_path / "case.json"
    path.write_text(json.dumps(GRADE_2 | {"treatments": given}), encoding="utf-8")
    lines = call("assess", path, "--protocol", "asco-2021").stdout.splitlines()
    dose = next(line for line in lines if re.match(r" +dose +tocilizumab", line))
    assert dose.split()[1:] == ["tocilizumab:", "NO", "DOSE"]
    assert any(re.match(r" +blocked +\S", line) for line in lines)
    assert any(re.match(r" +earliest +2026-03-03 09:00 UTC", line) for line in lines)


def test_unverified_advice_is_loud(case):
    icans = {"taken_at": "2026-03-03T08:00:00+00:00", "consciousness": "unarousable"}
    path = case.with_name("icans.json")
    path.write_text(json.dumps(GRADE_2 | {"neuro": [icans]}), encoding="utf-8")
    spoken = plain(call("assess", path, "--protocol", "asco-2021").stdout)
    assert "UNVERIFIED, high confidence: check the source" in spoken


def test_without_a_protocol_no_drug_is_proposed(case):
    spoken = plain(call("assess", case).stdout)
    assert "Choose a protocol" in spoken
    assert "tocilizumab" not in spoken.partition("Advice")[2]


def test_a_sites_own_file_may_be_chosen(case, own):
    path = own(("scale = ", "scale  = "))
    read = json.loads(call("assess", case, "--protocol", path, "--json").stdout)
    assert read["protocol"] == "our-asco"
    assert "our-asco/crs-2-tocilizumab" in {one["rule"] for one in read["advice"]}


@pytest.mark.parametrize("protocol", protocols())
@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*/case.json"))[::4])
def test_json_is_the_assessment_and_keeps_every_key(protocol, sample):
    told = call("assess", sample, "--protocol", protocol, "--json")
    read = json.loads(told.stdout)
    found = toxmodels.assess(toxmodels.load_case(sample.read_bytes()), protocol=protocol)
    assert read == json.loads(json.dumps(found.model_dump(mode="json")))
    assert set(read) >= KEYS
    assert set(read["rules"]) == {"package", "digests"}
    for grade in read["grades"].values():
        assert set(grade) >= GRADE_KEYS
        assert all(set(one) >= FINDING_KEYS for one in grade["findings"])
        assert all(set(one) >= GAP_KEYS for one in grade["missing"])
    assert all(set(one) >= FLAG_KEYS for one in read["flags"])
    for one in (*read["advice"], *read["if_confirmed"]):
        assert set(one) >= ADVICE_KEYS
        assert set(one["cite"]) >= {"source", "at"}


# Compare


def test_two_protocols_stand_side_by_side(case):
    told = call("protocols", "compare", "asco-2021", "nccn-2026-2", case)
    assert told.exit_code == 0
    spoken = plain(told.stdout)
    assert "grade-2, at 2026-03-03 08:00 UTC: asco-2021 and nccn-2026-2" in spoken
    assert "CRS 2" in spoken
    assert "says nothing" in spoken
    assert "≠" in spoken


def test_a_protocol_equals_itself(case, own):
    told = call("protocols", "compare", "asco-2021", own(), case)
    assert "≠" not in told.stdout
    assert "tocilizumab 560 mg" in plain(told.stdout)


def test_a_comparison_as_json_is_both_assessments(case):
    words = ("compare", "asco-2021", "site-example", case, "--at", "2026-03-03T09:00:00Z", "--json")
    read = json.loads(call("protocols", *words).stdout)
    found = toxmodels.load_case(case.read_bytes())
    expected = [
        toxmodels.assess(found, "2026-03-03T09:00:00Z", one).model_dump(mode="json")
        for one in ("asco-2021", "site-example")
    ]
    assert read == json.loads(json.dumps(expected))
