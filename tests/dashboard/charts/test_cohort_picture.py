"""The pictures of a cohort: described once, drawn of rows, with their numbers beside the marks."""

from __future__ import annotations

import json

import pytest

from dashboard.charts import cohort_authoring
from dashboard.charts.cohort import Panel, cohort_figure, cohort_png
from dashboard.charts.paper import PAPERS

BAR = {
    "name": "CRS grade 1 or more", "certain_share": 0.5, "possible_share": 0.8, "certain_low": 0.4,
    "certain_high": 0.6, "label": "5 to 8", "label_at": 0.8, "says": "5 of 10",
}  # fmt: skip
STEPS = [
    {"name": "CRS", "day": day, "incidence": share, "low": share, "high": share,
     "is_last": day == 12.5, "label": "CRS 60 %" if day == 12.5 else "", "label_at": share,
     "says": "x"}
    for day, share in ((0.0, 0.0), (3.0, 0.4), (12.5, 0.6))
]  # fmt: skip


def test_the_description_on_file_is_the_one_that_is_written():
    written = cohort_authoring.PLACE.read_text(encoding="utf-8")
    assert written == cohort_authoring.written(), "python -m dashboard.charts.cohort_authoring"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_placeholder_is_left_and_every_panel_has_its_rows(theme):
    two = [Panel("All patients (n=10)", (BAR,)), Panel("Old", (BAR, BAR))]
    drawn = cohort_figure(theme, "incidence", two)
    text = json.dumps(drawn)
    assert "<trace>" not in text
    assert PAPERS[theme].trace in text
    assert [len(one) for one in drawn["datasets"].values()] == [1, 2]
    assert [one["data"]["name"] for one in drawn["vconcat"]] == list(drawn["datasets"])
    assert [one["title"]["text"] for one in drawn["vconcat"]] == ["All patients (n=10)", "Old"]


def test_every_panel_ends_at_the_same_day():
    short = Panel("a", tuple(one for one in STEPS if one["day"] < 4))
    drawn = cohort_figure("light", "onset", [short, Panel("b", tuple(STEPS))])
    ends = {
        tuple(layer["encoding"]["x"]["scale"]["domain"])
        for one in drawn["vconcat"]
        for layer in one["layer"]
    }
    assert ends == {(0, 12.5)}


@pytest.mark.parametrize(("answer", "rows"), [("incidence", [BAR]), ("onset", STEPS)])
def test_it_draws(answer, rows):
    image = cohort_png(answer, [Panel("All", tuple(rows))], ["Title", "Export, not live"])
    assert image.startswith(b"\x89PNG")
    assert len(image) > 8_000
