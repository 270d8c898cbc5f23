"""The training journal: who opened, joined, answered and passed, in a database of its own."""
