"""``toxwatch score`` as it is typed: pairs in, score out, faults on standard error."""

import json

import pytest
import typer
from typer.testing import CliRunner

from dashboard.cli_score import score
from toxmodels import INDICES

app = typer.Typer()
app.command()(score)
NEWS2 = [
    "news2",
    "respiratory_rate_bpm=22",
    "spo2_percent=95",
    "spo2_scale=1",
    "on_oxygen=true",
    "systolic_mmhg=100",
    "heart_rate_bpm=112",
    "consciousness=new_confusion",
    "temperature_c=38.0",
]


def ran(*words):
    return CliRunner().invoke(app, list(words))


def test_the_score_as_json():
    found = ran(*NEWS2, "--json")
    assert found.exit_code == 0
    read = json.loads(found.stdout)
    assert (read["value"], read["at_least"], read["at_most"], read["missing"]) == (12, 12, 12, [])
    assert [item["points"] for item in read["items"]] == [2, 1, 2, 2, 2, 3, 0]
    assert set(read["cite"]) == {"source", "at"}


def test_an_open_score_is_an_answer():
    found = ran("news2", "respiratory_rate_bpm=22", "--json")
    read = json.loads(found.stdout)
    assert (found.exit_code, read["value"], read["at_least"], read["at_most"]) == (0, None, 2, 19)
    assert "temperature_c" in read["missing"]


def test_for_people_the_score_comes_first_and_the_source_last():
    lines = ran(*NEWS2).stdout.splitlines()
    assert lines[0] == "NEWS2: 12, high risk"
    assert "  temperature: 0 (38 °C; > 36 and <= 38 °C)" in lines
    assert "source: news2-2017, chart (verified)" in lines
    open_lines = ran("easix", "ldh_u_l=300").stdout.splitlines()
    assert "missing: creatinine_mg_dl, platelets_10e9_l" in open_lines
    assert "  creatinine_mg_dl: open (not recorded; not recorded)" in open_lines


def test_without_a_name_every_score_is_listed():
    assert [line.partition(":")[0] for line in ran().stdout.splitlines()] == list(INDICES)
    assert [one["name"] for one in json.loads(ran("--json").stdout)] == list(INDICES)


@pytest.mark.parametrize("name", INDICES)
def test_a_name_alone_shows_its_keys(name):
    shown = ran(name).stdout
    read = json.loads(ran(name, "--json").stdout)
    assert [one["key"] for one in read["keys"]] == [key.name for key in INDICES[name].keys]
    for key in INDICES[name].keys:
        assert all(f"{one}=" in shown for one in key.names)


def test_the_words_of_a_choice_are_shown():
    shown = ran("isth_dic").stdout
    assert "fibrin_marker=none|moderate|strong" in shown
    assert "associated_disorder=true|false" in shown
    assert "(optional)" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["easix", "ldh=3"], 'did you mean "ldh_u_l"?'),
        (["easix", "ldh_u_l"], "is no KEY=VALUE"),
        (["easix", "ldh_u_l=3", "ldh_u_l=4"], "ldh_u_l: stands twice"),
        (["easx", "ldh_u_l=3"], 'did you mean "easix"?'),
        (["easix", "ldh_u_l=3 U/L"], "is not a number"),
        (["nothing"], 'no score "nothing"'),
    ],
)
def test_what_cannot_be_used_goes_to_standard_error_only(words, says):
    for more in ([], ["--json"]):
        found = ran(*words, *more)
        assert (found.exit_code, found.stdout) == (2, "")
        assert says in found.stderr
