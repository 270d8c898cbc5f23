"""
A chart as a picture, made on this machine and only when somebody asks for it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from dashboard.charts.frames import ONLY_EXPORTED
from dashboard.charts.paper import PAPERS

__all__ = ["png"]

_WIDTH_PX: Final = 980
_SCALE: Final = 1.5
_VEGA_LITE: Final = "6.4"


def png(
    described: Mapping[str, Any], drawn: Mapping[str, pd.DataFrame], lines: Sequence[str]
) -> bytes:
    """
    Draw a fed description in the light theme, under the lines that every export carries.

    Args:
        described: what ``fed`` returned.
        drawn: the frames it shows.
        lines: whose chart this is, that it is an export and not live, who made it and when.

    """
    import vl_convert  # 80 MB that no other page needs

    spec = copy.deepcopy({key: value for key, value in described.items() if key != "datasets"})
    for strip in spec["vconcat"]:
        strip["width"] = _WIDTH_PX
    paper = PAPERS["light"]
    spec["title"] = {
        "text": list(lines[:1]),
        "subtitle": list(lines[1:]),
        "anchor": "start",
        "color": paper.ink,
        "subtitleColor": paper.faint,
        "offset": 12,
    }
    spec["padding"] = 14
    spec["datasets"] = {name: _records(frame) for name, frame in drawn.items()}
    found: bytes = vl_convert.vegalite_to_png(spec, vl_version=_VEGA_LITE, scale=_SCALE)
    return found


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    kept = frame.drop(columns=[name for name in ONLY_EXPORTED if name in frame.columns])
    text = kept.to_json(orient="records")
    found: list[dict[str, Any]] = json.loads(text)
    return found
