"""The schema of the training journal, step by step."""
