"""
How the service watches itself: logs without patients, figures, readiness, and its own exam.

Nothing in here decides anything about a patient, and nothing of a patient leaves through it.
"""
