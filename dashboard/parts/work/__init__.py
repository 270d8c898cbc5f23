"""The pieces of the work list: since when alerts ask, its tables, pins, and the team's figure."""
