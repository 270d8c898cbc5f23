"""
The entry forms: what is asked, in which order, and the records the answers make.

A form is two pure functions and a way to draw it: ``entries`` turns answers into records,
``values_of`` turns a stored record back into answers for a correction.
"""
