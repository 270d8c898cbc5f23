"""The primitive of the time pass, however rare the rows are, against a loop over the rows."""

from __future__ import annotations

import numpy as np
import pytest

from toxmodels.cohort.lasts import Carried

ROWS = 4_000
DICE = np.random.default_rng(11)


def carried(*, all_kept: bool) -> Carried:
    begins = DICE.random(ROWS) < 0.01
    begins[0] = True
    times = np.cumsum(DICE.integers(1, 10**9, ROWS))
    found = Carried.of(times, begins)
    found.kept = None if all_kept else DICE.random(ROWS) < 0.8
    return found


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.01, 0.04, 0.06, 0.5, 1.0])
@pytest.mark.parametrize("all_kept", [True, False])
def test_the_latest_row_before_is_found_however_rare(share: float, all_kept: bool) -> None:
    rows = carried(all_kept=all_kept)
    where = DICE.random(ROWS) < share
    before, seen = [], 0
    for place in range(ROWS):
        before.append(seen)
        if where[place] and (rows.kept is None or rows.kept[place]):
            seen = place + 1
    assert rows.before(where).tolist() == before
    now = [place + 1 if where[place] else one for place, one in enumerate(before)]
    assert rows.with_this(where, rows.before(where)).tolist() == now


@pytest.mark.parametrize("share", [0.0, 0.001, 0.04, 0.06, 0.7, 1.0])
@pytest.mark.parametrize("valid", [None, 10**9])
def test_a_field_is_carried_within_its_patient_while_it_is_valid(
    share: float, valid: int | None
) -> None:
    rows = carried(all_kept=True)
    classes = DICE.integers(1, 4, ROWS).astype(np.uint8)
    classes[DICE.random(ROWS) < share] = 0
    expected, held, at = [], 0, -1
    for place in range(ROWS):
        if rows.first[place] == place + 1:
            held = 0
        if classes[place]:
            held, at = int(classes[place]), place
        fresh = held and (valid is None or rows.times[place] - rows.times[at] <= valid)
        expected.append(held if fresh else 0)
    track = rows.track(classes, valid)
    assert track.classes.tolist() == expected
    dated = [row for row, one in zip(track.row.tolist(), expected, strict=True) if one]
    held_at = np.maximum.accumulate(np.where(classes > 0, np.arange(1, ROWS + 1), 0))
    assert dated == held_at[np.array(expected) > 0].tolist()


def test_few_rows_and_none_at_all() -> None:
    none = Carried.of(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_))
    assert none.before(np.zeros(0, dtype=np.bool_)).tolist() == []
    one = Carried.of(np.array([5]), np.array([True]))
    assert one.before(np.array([False])).tolist() == [0]
    assert one.before(np.array([True])).tolist() == [0]
