"""
The version of the package and the digests of every rule it decides by.

A result carries both, so that any past grade can be shown with the rules of that day.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

VERSION: Final = "0.1.0"
_DECIDES: Final = (".py", ".toml")


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name = f"{prefix}{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            found += _walk(entry, f"{name}/")
        elif entry.name.endswith(_DECIDES):
            found.append((name, entry.read_bytes()))
    return found


@cache
def digests() -> dict[str, str]:
    """SHA-256 of every file that takes part in a decision, by path inside the package."""
    return {name: sha256(body).hexdigest() for name, body in _walk(files("toxmodels"), "")}


@cache
def rules_digest() -> str:
    """One digest over all of them: two results with the same value were decided alike."""
    joined = "".join(f"{name}:{digest}\n" for name, digest in digests().items())
    return sha256(joined.encode()).hexdigest()
