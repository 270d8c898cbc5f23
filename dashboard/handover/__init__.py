"""
Handover: what the next shift must know about a patient, on the screen, on paper and as text.

``building`` makes one ``Handover`` out of the records; every rendering shows those lines and no
others, so that the three can never tell different things.
"""
