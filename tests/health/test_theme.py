"""
The colours of both themes are readable at WCAG 2.2 AA, computed from the settings.

Streamlit draws captions, hints and placeholders at 60 % of the text colour, and writes white on
buttons and chosen tags in the primary colour.
"""

import tomllib

import pytest

from tests.health.tree import ROOT

THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
TEXT, PART = 4.5, 3.0
FAINT = 0.6
BOTH = pytest.mark.parametrize("theme", [THEMES["light"], THEMES["dark"]], ids=["light", "dark"])


def _channels(colour: str) -> list[float]:
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def _luminance(channels: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(ink: str, paper: str, strength: float = 1.0) -> float:
    paper_channels = _channels(paper)
    mixed = [
        strength * c + (1 - strength) * p
        for c, p in zip(_channels(ink), paper_channels, strict=True)
    ]
    light, dark = sorted((_luminance(mixed), _luminance(paper_channels)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _papers(theme: dict[str, str]) -> list[str]:
    return [theme["backgroundColor"], theme["secondaryBackgroundColor"]]


def test_the_arithmetic_agrees_with_the_standard():
    assert _contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert _contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@BOTH
def test_text_and_fainter_text_are_readable(theme):
    for paper in _papers(theme):
        assert _contrast(theme["textColor"], paper) >= 7
        assert _contrast(theme["textColor"], paper, FAINT) >= TEXT
        assert _contrast(theme["linkColor"], paper) >= TEXT


@BOTH
@pytest.mark.parametrize("hue", HUES)
def test_coloured_text_is_readable_on_its_badge_and_on_the_page(theme, hue):
    badge = theme[f"{hue}BackgroundColor"]
    for paper in [badge, *_papers(theme)]:
        assert _contrast(theme[f"{hue}TextColor"], paper) >= TEXT
    assert _contrast(theme["textColor"], badge) >= TEXT


@BOTH
def test_buttons_and_edges_can_be_seen(theme):
    assert _contrast("#FFFFFF", theme["primaryColor"]) >= TEXT
    assert _contrast(theme["primaryColor"], theme["backgroundColor"]) >= TEXT
    for paper in _papers(theme):
        assert _contrast(theme["primaryColor"], paper) >= PART
        assert _contrast(theme["borderColor"], paper) >= PART
