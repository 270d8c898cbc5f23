"""The sample ward as its files stand, read without the product."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_DATA = ROOT / "sample_data"
CASE_TEXTS: Mapping[str, str] = {
    path.parent.name: path.read_text(encoding="utf-8")
    for path in sorted(SAMPLE_DATA.glob("*/case.json"))
}
RAW: Mapping[str, Mapping[str, Any]] = {name: json.loads(text) for name, text in CASE_TEXTS.items()}
STORIES: Mapping[str, Mapping[str, Any]] = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(SAMPLE_DATA.glob("*/story.toml"))
}
