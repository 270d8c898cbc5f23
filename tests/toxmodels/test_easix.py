"""EASIX and its forms: units, a worked value, and no division by nought."""

import pytest

from toxmodels.indices import easix, m_easix, s_easix


def test_worked_values() -> None:
    # LDH 300 U/L, creatinine 1.2 mg/dL (106.08 µmol/L), CRP 4 mg/dL (40 mg/L), platelets 60.
    assert easix(300, 106.08, 60) == pytest.approx(6.0)
    assert s_easix(300, 60) == pytest.approx(5.0)
    assert m_easix(300, 40, 60) == pytest.approx(20.0)


@pytest.mark.parametrize("platelets", [0.0, None])
def test_no_platelets_no_value(platelets: float | None) -> None:
    assert easix(300, 88.4, platelets) is None
    assert s_easix(300, platelets) is None
    assert m_easix(300, 40, platelets) is None


def test_a_missing_value_is_never_nought() -> None:
    assert easix(None, 88.4, 60) is None
    assert easix(300, None, 60) is None
    assert m_easix(300, None, 60) is None
    assert easix(0.0, 88.4, 60) == 0.0
