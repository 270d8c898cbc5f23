"""``toxwatch dose`` as it is typed: pairs in, dose or reason out, faults on standard error."""

import json

import pytest
import typer
from typer.testing import CliRunner

from dashboard.cli_dose import dose

app = typer.Typer()
app.command()(dose)


def ran(*words):
    return CliRunner().invoke(app, list(words))


def test_the_dose_as_json():
    found = ran("tocilizumab", "weight_kg=70", "--json")
    assert found.exit_code == 0
    read = json.loads(found.stdout)
    assert (read["dose"], read["unit"], read["allowed"]) == (560.0, "mg", True)
    assert read["arithmetic"] == "8 mg/kg x 70 kg = 560 mg"
    assert set(read["cite"]) == {"source", "at"}


def test_earlier_doses_may_be_repeated_and_a_blocked_dose_is_an_answer():
    times = [f"given_at=2026-03-03T{hour:02}:00:00+00:00" for hour in (0, 8, 16)]
    found = ran("tocilizumab", "weight_kg=70", *times, "at=2026-03-03T23:54:00+00:00", "--json")
    assert found.exit_code == 0
    read = json.loads(found.stdout)
    assert (read["dose"], read["allowed"], read["doses_given"]) == (None, False, 3)
    assert read["earliest_at"] == "2026-03-04T00:00:00Z"


def test_for_people_the_reason_comes_first():
    lines = ran("tocilizumab").stdout.splitlines()
    assert lines[0] == "tocilizumab: NO DOSE"
    assert "weight_kg is needed" in lines[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tocilizumab", "weigth_kg=70"], 'did you mean "weight_kg"?'),
        (["tocilizumab", "weight_kg"], "is no KEY=VALUE"),
        (["tocilizumab", "weight_kg=70", "weight_kg=80"], "weight_kg: stands twice"),
        (["tocilizumb", "weight_kg=70"], 'did you mean "tocilizumab"?'),
        (["tocilizumab", "weight_kg=70kg"], "carries a unit"),
    ],
)
def test_what_cannot_be_used_goes_to_standard_error_only(words, says):
    found = ran(*words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert says in found.stderr
