"""
dashboard remembers and shows: the store, the pages of the ward, and the command line.

It decides nothing: every grade and every limit on a screen comes from ``toxmodels``.
"""
