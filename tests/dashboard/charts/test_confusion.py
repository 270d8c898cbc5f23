"""The confusion matrix as figure, words and picture."""

from __future__ import annotations

import json

from dashboard.charts.confusion import Matrix, confusion_figure, confusion_png, confusion_words
from dashboard.charts.confusion_authoring import PLACE, written
from dashboard.charts.paper import PAPERS

CRS = Matrix("CRS grade", ("1", "1-4", "3"), ((4, 0, 1), (2, 3, 0), (0, 0, 5)))
NONE = Matrix("ICANS grade", ("0",), ((0,),))


def test_the_file_is_what_the_authoring_writes():
    again = "run python -m dashboard.charts.confusion_authoring"
    assert PLACE.read_text(encoding="utf-8") == written(), again


def test_every_cell_is_there_once_with_its_number_and_open_grades_as_such():
    spec = confusion_figure("light", [CRS, NONE])
    cells = spec["datasets"]["matrix-0"]
    assert len(cells) == 9
    counts = {(one["reference"], one["given"]): one["count"] for one in cells}
    assert counts["1-4", "1"] == 2
    assert sum(counts.values()) == CRS.total == 15
    assert {one["reference"] for one in cells if one["is_right"]} == {"1", "1-4", "3"}
    assert [one["shown"] for one in cells[:3]] == ["4", "·", "1"]
    for place, matrix in enumerate((CRS, NONE)):
        for layer in spec["vconcat"][place]["layer"]:
            assert layer["data"] == {"name": f"matrix-{place}"}
            assert layer["encoding"]["x"]["scale"]["domain"] == list(matrix.labels)
            assert layer["encoding"]["y"]["scale"]["domain"] == list(matrix.labels)


def test_both_themes_have_their_colours_and_no_placeholder_is_left():
    light, dark = (json.dumps(confusion_figure(one, [CRS])) for one in ("light", "dark"))
    assert PAPERS["light"].shade in light
    assert PAPERS["dark"].shade in dark
    assert PAPERS["light"].ink not in dark
    for text in (light, dark):
        assert "<labels>" not in text
        assert all(f"<{role}>" not in text for role in ("ink", "shade", "grid", "faint"))


def test_the_words_say_how_many_were_right_and_each_mistake():
    said = confusion_words(CRS)
    assert said.startswith("CRS grade: 12 of 15 grades are those of the reference (80 %).")
    assert "1 instead of 1-4, 2 times; 3 instead of 1, once." in said
    assert confusion_words(NONE) == "ICANS grade: no grade was given."
    right = Matrix("CRS grade", ("1", "2"), ((1, 0), (0, 1)))
    assert confusion_words(right).endswith("(100 %).")


def test_a_picture_is_a_png_of_some_size():
    found = confusion_png([CRS, NONE], ["Case: grades of the group", "Export, not live"])
    assert found.startswith(b"\x89PNG")
    assert len(found) > 10_000
