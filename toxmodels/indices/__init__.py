"""
Indices: continuous or point scores that are not grades.

They mark risk. None of them is ever shown as a grade, and none decides one.
"""

from toxmodels.indices.easix import easix, m_easix, s_easix

__all__ = ["easix", "m_easix", "s_easix"]
