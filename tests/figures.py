"""The line in which a test says what a promise was worth: for people, and for the safety case."""

from __future__ import annotations

import os


def told(promise: str, **figures: int | str) -> str:
    """One line, also kept in the file that TOXWATCH_FIGURES names: workers' output is lost."""
    words = [f"promise={promise}", *(f"{name}={value}" for name, value in figures.items())]
    line = " ".join(words)
    if kept := os.environ.get("TOXWATCH_FIGURES"):
        with open(kept, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    return line
