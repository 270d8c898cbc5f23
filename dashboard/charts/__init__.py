"""
Charts of one patient: stacked strips on one time axis, in words, and as a picture.

Charts take frames and return a description; they know neither the screen nor the store.
"""
