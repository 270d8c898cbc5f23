"""The Cohort page by role: invented patients for all, a file only for those who may export."""

from __future__ import annotations

import pytest

from dashboard.accounts.permissions import ROLES, may
from dashboard.parts.cohort.answers import table_html
from dashboard.store import Store
from tests.dashboard.conftest import NOW
from tests.dashboard.screen import markup_of, opened, plain, ran

ROWS = (
    b"patient_id,taken_at,temperature_c,product\n"
    b"<b>Eve</b>,2026-03-01T10:00:00+00:00,38.5,<script>\n"
    b"Bob,2026-03-01T10:00:00+00:00,36.5,<script>\n"
)


@pytest.fixture
def ward(fresh_store: Store) -> Store:
    fresh_store.add_ward("w1", "Ward One", is_sample=False, now=NOW)
    return fresh_store


@pytest.mark.parametrize("role", ["", *ROLES])
def test_everybody_sees_the_invented_cohort_and_that_it_is_invented(ward, role):
    at = opened("cohort", role, state={"cohort/rows": 5_000})
    said = plain(at)
    assert "SYNTHETIC" in said
    assert "Incidence by grade" in said
    assert "95 % interval" in said
    offered = [one for one in at.get("button_group") if "File" in str(one.proto)]
    assert bool(offered) == (role != "" and may(role, "export"))


def test_a_file_is_counted_named_nowhere_and_on_record(ward):
    at = opened("cohort", "physician", state={"cohort/source": "File"})
    uploader = at.get("file_uploader")[0]
    uploader.set_value(("mine.csv", ROWS, "text/csv"))
    at = ran(at.run())
    said = plain(at)
    assert "2 patients, 2 rows" in said
    assert "SYNTHETIC" not in said
    assert "Eve" not in markup_of(at)  # counts only
    noted = [one for one in ward.audit_trail() if one.action == "cohort"]
    assert len(noted) == 1
    at = ran(at.segmented_control(key="cohort/by").set_value("product").run())
    assert "<script>" not in markup_of(at)


def test_a_bad_file_is_refused_with_its_cure(ward):
    at = opened("cohort", "administrator", state={"cohort/source": "File"})
    at.get("file_uploader")[0].set_value(("mine.csv", b"a,b\n1,2\n", "text/csv"))
    at = ran(at.run())
    assert "Nothing was read" in at.error[0].value
    assert "patient_id" in at.text[0].value


def test_protocols_are_compared_on_request(ward):
    at = opened("cohort", "observer", state={"cohort/rows": 5_000})
    assert "against nccn-2026-2" not in plain(at)
    at.selectbox(key="cohort/most").set_value(20)
    at = ran(at.button(key="cohort/compare").click().run(timeout=110))
    said = plain(at)
    assert "asco-2021 against nccn-2026-2" in said
    assert "would have proposed it in" in said
    assert "Agreement of scales" in said


def test_cells_are_escaped_and_missing_is_a_dash():
    import polars as pl

    drawn = table_html(pl.DataFrame({"<i>": ["<b>x"], "n": [None]}))
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "<td>-</td>" in drawn
