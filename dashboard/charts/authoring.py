"""
Writing the description of the charts: ``python -m dashboard.charts.authoring``.

Building it with Altair takes seconds, so it is done here, once, when a strip has changed; the
result is kept beside this module and a test compares the two. A session only reads the file.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final

import altair as alt

from dashboard.charts import strips
from dashboard.charts.paper import TOKENS

__all__ = ["PLACE", "described", "said_once", "written"]

PLACE: Final = Path(__file__).with_name("described.json")


def described() -> dict[str, Any]:
    """Every strip by its id, in placeholders for the colours."""
    drawn = {
        "lane": strips.lane_strip(TOKENS),
        "temperature": strips.temperature_strip(TOKENS),
        "pressure": strips.blood_pressure_strip(TOKENS),
        "heart_rate": strips.heart_rate_strip(TOKENS),
        "saturation": strips.oxygen_strip(TOKENS),
        "ice": strips.exam_strip(TOKENS, "ice"),
        "capd": strips.exam_strip(TOKENS, "capd"),
        "crs": strips.grade_strip(TOKENS, "CRS", "crs"),
        "icans": strips.grade_strip(TOKENS, "ICANS", "icans"),
    }
    return {"$schema": alt.SCHEMA_URL, "strips": {id_: _plain(one) for id_, one in drawn.items()}}


def _plain(drawing: strips.Drawing) -> dict[str, Any]:
    """The strip without what the whole figure says once."""
    found: dict[str, Any] = drawing.to_dict(validate=False)
    kept = {key: value for key, value in found.items() if key not in ("config", "$schema")}
    return said_once(kept)


def said_once(strip: dict[str, Any]) -> dict[str, Any]:
    """
    The same strip with the type and scale of its axes said once, above the layers.

    Altair repeats them in each layer. A session writes and reads the description as text in every
    run, so its length is paid for again and again.
    """
    layers = copy.deepcopy(strip["layer"])
    shared: dict[str, Any] = {}
    for channel in ("x", "y"):
        drawn = [one["encoding"][channel] for one in layers if channel in one["encoding"]]
        placed = [one for one in drawn if "field" in one]
        for key in ("type", "scale"):
            said = [one[key] for one in placed if key in one]
            if placed and len(said) == len(placed) and all(one == said[0] for one in said):
                shared.setdefault(channel, {})[key] = said[0]
                for one in placed:
                    del one[key]
    return {**strip, "encoding": shared, "layer": layers}


def written() -> str:
    """The file as it should be."""
    return json.dumps(described(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(written(), encoding="utf-8")
