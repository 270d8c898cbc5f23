"""A rule file is read whole or refused: each fault with file, rule and cure, on its own line."""

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toxmodels.protocols import RuleBookError, When, protocols, read_protocol
from toxmodels.protocols.site_file import overstated, read_site_protocol
from toxmodels.protocols.words import questions_with_words, when_in_words
from toxmodels.sources import sources

BROKEN = Path(__file__).parents[2] / "broken" / "rules"
ENDING = ".toml.txt"  # not .toml: some of them cannot be read as TOML at all
BOOKS = {
    one.name: one.read_text(encoding="utf-8")
    for one in files("toxmodels.protocols").iterdir()
    if one.name.endswith(".toml")
}
ASCO = BOOKS["asco_2021.toml"]
RULES = [rule for one in protocols().values() for rule in one.rules]


def written_down() -> dict[str, list[str]]:
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


EXPECTED = written_down()


def ours(text=ASCO):
    """A site's copy of the ASCO file under its own id."""
    text = text.replace('id = "asco-2021', 'id = "our-asco').replace("guideline", "site", 1)
    return text.replace('kind = "guideline"', 'kind = "site"')


def faults_of(text, name="ours.toml", read=read_protocol):
    with pytest.raises(RuleBookError) as caught:
        read(text, name)
    return [str(fault) for fault in caught.value.faults]


def faults_if_any(text, name):
    """``None`` where the file can be read."""
    try:
        read_protocol(text, name)
    except RuleBookError as refused:
        return [str(fault) for fault in refused.faults]
    return None


# Broken files


def test_every_broken_file_has_its_faults_written_down():
    assert {path.name.removesuffix(ENDING) for path in BROKEN.glob(f"*{ENDING}")} == set(EXPECTED)
    assert all(EXPECTED.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_refused_with_these_words(name):
    text = (BROKEN / f"{name}{ENDING}").read_text(encoding="utf-8")
    assert faults_of(text, f"{name}.toml") == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in EXPECTED.items() for line in lines]
)
def test_a_message_names_the_file_first(name, line):
    assert line.startswith(f"{name}.toml")
    assert line.isprintable()


@pytest.mark.parametrize("name", BOOKS)
@settings(max_examples=15)
@given(number=st.integers(min_value=0), junk=st.sampled_from(["", "x = 1", "[", "[[rules]]", "=="]))
def test_a_file_with_a_line_taken_out_or_spoilt_is_read_or_refused(name, number, junk):
    lines = BOOKS[name].splitlines()
    lines[number % len(lines)] = junk
    faults = faults_if_any("\n".join(lines), name)
    assert faults is None or (faults and all(line.startswith(name) for line in faults))
    assert not any("\n" in line for line in faults or ())


# Parameters


def test_a_parameter_is_written_once_and_read_in_condition_and_text():
    found = read_protocol(ASCO.replace("toci = 72 ", "toci = 48 "), "x.toml")
    rule = next(one for one in found.rules if one.id.endswith("/crs-1-lasting-fever"))
    assert rule.when.fever_hours_min == 48.0
    assert rule.advise.startswith("Fever has lasted 48 h")


def test_a_parameter_may_stand_in_a_caution():
    text = ASCO.replace('"tocilizumab does not', '"from grade {lp_min_grade}: tocilizumab does not')
    found = read_protocol(text, "x.toml").rules
    rule = next(one for one in found if one.id.endswith("/icans-with-crs-tocilizumab"))
    assert rule.cautions[0].startswith("from grade 3: ")


# What gives the product on or again


BLINATUMOMAB = BOOKS["blinatumomab_us.toml"]


@pytest.mark.parametrize(
    ("text", "changed", "says"),
    [
        ('goes_on = "later"\n', "", "the text speaks of giving the product on or again"),
        ('step = "stop"\n', 'step = "stop"\ngoes_on = "later"\n', "needs none: the step says it"),
        (
            'step = "hold"\ngoes_on = "later"\n',
            'step = "hold"\ngoes_on = "now"\n',
            'a hold cannot go on "now"',
        ),
    ],
)
def test_a_rule_that_gives_the_product_on_says_so(text, changed, says):
    assert text in BLINATUMOMAB
    with pytest.raises(RuleBookError) as refused:
        read_protocol(BLINATUMOMAB.replace(text, changed), "blinatumomab_us.toml")
    assert any(says in str(fault) for fault in refused.value.faults)


def test_the_words_of_a_rule_say_what_silences_it():
    found = {rule.id: when_in_words(rule) for rule in RULES}
    assert "nothing holds or stops the product" in found["blinatumomab-us/neuro-1-2"]
    assert "nothing stops the product for good" in found["blinatumomab-us/gap-clock"]
    assert "stops the product" not in found["blinatumomab-us/crs-4-stop"]


# A site's own file


def test_a_copy_under_its_own_id_is_read():
    assert read_site_protocol(ours(), "ours.toml").id == "our-asco"


def test_a_copy_may_not_be_taken_for_the_packaged_file():
    lines = faults_of(ASCO, read=read_site_protocol)
    assert [line.partition(": ")[0] for line in lines] == ["ours.toml, id", "ours.toml, kind"]
    assert 'as "our-asco-2021"' in lines[0]


def test_an_unchanged_copy_keeps_the_marks_of_its_source():
    assert [*overstated(read_site_protocol(ours(), "ours.toml"), "ours.toml")] == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "key"),
    [
        ("toci = 72 ", "toci = 48 ", "crs-1-lasting-fever", "when, advise"),
        (
            'regimen = "mp1000-q12"',
            'regimen = "mp1000-q24"',
            "crs-4-refractory-methylprednisolone",
            "dose",
        ),
    ],
)
def test_a_changed_rule_does_not_keep_the_mark_of_its_source(old, new, rule, key):
    assert old in ASCO
    (line,) = map(str, overstated(read_site_protocol(ours(ASCO.replace(old, new)), "a"), "a"))
    assert f'"our-asco/{rule}": differs from asco-2021/{rule} in {key}' in line
    assert 'verification = "house"' in line


# An amount in a text: nothing can block it for a child


def with_text(says, asks=""):
    old = 'advise = "Antipyretic, intravenous fluids, symptom control'
    assert old in ASCO
    return ASCO.replace(old, f'{asks}\nadvise = "{says}')


@pytest.mark.parametrize(
    ("says", "amount"),
    [
        ("Dexamethasone 10 mg now", "10 mg"),
        ("Dexamethasone 4 to 10mg now", "10mg"),
        ("Methylprednisolone 1,000 mg", "1,000 mg"),
        ("Methylprednisolone 1 g a day", "1 g"),
        ("A bolus of 500 mL", "500 mL"),
        ("The full rate, 28 ug/day", "28 ug"),
        ("The full rate, 28 \u00b5g/day", "28 \u00b5g"),
        ("The full rate, 28 \u03bcg/day", "28 \u03bcg"),
        ("Methylprednisolone 1 mg/kg, not 1000 mg", "1000 mg"),
        ("Methylprednisolone 1 mg/kg every 12 h", None),
        ("Dexamethasone 5 mg/m2 before", None),
        ("Tocilizumab 8 mg per kg", None),
        ("Clearance below 30 mL/min, haemoglobin below 7 g/dL", None),
        ("From day 5 G-CSF", None),
    ],
)
def test_a_flat_amount_in_a_text_is_refused_and_a_dose_per_kg_is_not(says, amount):
    faults = faults_if_any(with_text(says), "ours.toml")
    if amount is None:
        assert faults is None
        return
    (line,) = faults
    assert line.startswith('ours.toml, rule "asco-2021/crs-1-care", advise: ')
    assert f'("{amount}")' in line


@pytest.mark.parametrize(
    ("asks", "refused"),
    [
        ("when = { adult = true }", False),
        ("when = { adult = false }", True),
        ("when = { age_unknown = true }", True),
    ],
)
def test_only_a_rule_for_adults_may_write_an_amount(asks, refused):
    text = with_text("Dexamethasone 10 mg now", asks)
    assert (faults_if_any(text, "ours.toml") is not None) is refused


# What holds for every packaged file


@pytest.mark.parametrize("protocol", protocols().values(), ids=[*protocols()])
def test_every_rule_cites_a_listed_source_and_claims_no_more_than_it(protocol):
    for rule in protocol.rules:
        source = sources()[rule.cite.source]
        assert rule.cite.at.strip(), rule.id
        assert rule.verification != "verified" or source.verification != "unverified", rule.id
        assert (rule.confidence is not None) == (rule.verification == "unverified"), rule.id


def test_every_question_has_words():
    assert questions_with_words() == set(When.model_fields)


@pytest.mark.parametrize("protocol", protocols().values(), ids=[*protocols()])
def test_the_words_of_a_rule_are_one_sentence_and_leave_no_condition_out(protocol):
    for rule in protocol.rules:
        said = when_in_words(rule)
        assert said.endswith("."), rule.id
        assert "\n" not in said, rule.id
        asked = [name for name, wanted in rule.when if wanted is not None]
        assert said.count("; ") + 1 >= len(asked) + bool(rule.grades), rule.id
        assert not any(f"{name} = " in said for name in asked), rule.id


@pytest.mark.parametrize(
    ("id_", "says"),
    [
        (
            "asco-2021/crs-2-dexamethasone",
            "CRS grade 2; tocilizumab given at least once; at least 2 fluid boluses for low "
            "pressure; judged hypotensive.",
        ),
        (
            "asco-2021/crs-taper",
            "CRS grade 0 or 1; ICANS grade 0 or 1; a corticosteroid given; response to treatment "
            "entered as improved, no grade risen since; every grade known exactly, no low pressure "
            "or oxygen outside one; the last corticosteroid not more than 48 h ago.",
        ),
        ("asco-2021/icans-3-dexamethasone", "ICANS grade 3; no certain CRS."),
    ],
)
def test_a_rule_in_words(id_, says):
    rule = next(one for one in RULES if one.id == id_)
    assert when_in_words(rule) == says
