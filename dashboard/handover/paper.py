"""
The paper every print of ours is on: who it is about, which page of how many, who made it and when.

Identity and numbering are written on each page after the last one is made, so that a sheet that
is separated from its neighbours still says whose it is and what is missing. A character the font
does not have is written as its code point, never dropped: a name must not change on paper.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Final

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from dashboard.exports import NOT_LIVE
from dashboard.handover.record import Printed
from dashboard.parts.intended_use import SHORT

__all__ = ["FAMILY", "MARGIN_MM", "WIDTH_MM", "Paper"]

FAMILY: Final = "DejaVu"
MARGIN_MM: Final = 12.0
WIDTH_MM: Final = 210.0 - 2 * MARGIN_MM
_TOP_MM: Final = 21.0
_BOTTOM_MM: Final = 20.0
_GUTTER_MM: Final = 3.5
_LABEL_MM: Final = 40.0
_BODY_PT: Final = 8.2
_LINE_MM: Final = 3.9
_BASE_MM: Final = 3.0
_KEPT_LINES: Final = 12  # a longer text may go on on the next page
_FONTS: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_GREY: Final = 90


class Paper(FPDF):
    """
    A4 pages with identity above and below.

    ``about`` is whose part begins; pages made until the next call belong to it.
    """

    def __init__(self, printed: Printed, *, rules: str, title: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self._printed = printed
        self._rules = rules
        self._whose: dict[int, tuple[str, str]] = {}  # page -> identity and ward
        self._identity = ("", "")
        self._glyphs: frozenset[int] = frozenset()
        self._widths: dict[tuple[str, str], float] = {}  # at a size of one point
        self.set_title(title)
        self.set_creator("toxwatch")
        self.set_creation_date(printed.at)
        self.c_margin = 0
        self.set_margins(MARGIN_MM, _TOP_MM, MARGIN_MM)
        self.set_auto_page_break(True, _BOTTOM_MM)
        self._load_fonts()

    def _load_fonts(self) -> None:
        for style, name in _FONTS.items():
            with as_file(files("dashboard.handover").joinpath("fonts", name)) as file:
                self.add_font(FAMILY, style, file)
        known = [frozenset(one.cmap) for one in self.fonts.values() if isinstance(one, TTFFont)]
        self._glyphs = frozenset.intersection(*known)

    # Pages

    def about(self, identity: str, ward: str) -> None:
        """Begin the part of one patient on a page of its own."""
        self._identity = (identity, ward)
        self.add_page()

    def header(self) -> None:
        """Remember whose page this is; what it says is written once all pages are made."""
        self._whose[self.page] = self._identity

    def finished(self) -> bytes:
        """The document, with identity and numbers on every page."""
        total = len(self.pages)
        self.set_auto_page_break(False)
        for number in range(1, total + 1):
            whose = self._whose[number]
            mine = [one for one in range(1, total + 1) if self._whose[one] == whose]
            self.page = number
            self._head(whose, (number, total), (mine.index(number) + 1, len(mine)))
            self._foot()
        self.page = total
        made = bytes(self.output())
        self.close_fonts()
        return made

    def close_fonts(self) -> None:
        """Close the font files, which the library leaves open."""
        for one in self.fonts.values():
            if isinstance(one, TTFFont):
                one.ttfont.close()

    def _head(self, whose: tuple[str, str], page: tuple[int, int], own: tuple[int, int]) -> None:
        identity, ward = whose
        # An identity is written smaller before any of it would be left out.
        for size_pt in (13.0, 11.0, 9.0, 7.5, 6.0, 4.8):
            self.type(size_pt, bold=True)
            if self.get_string_width(self.clean(identity)) <= WIDTH_MM * 0.66:
                break
        self.set_xy(MARGIN_MM, 7)
        self.cell(WIDTH_MM * 0.66, 6, self._fitted(identity, WIDTH_MM * 0.66))
        self.type(8)
        self.set_xy(MARGIN_MM, 13)
        self.cell(WIDTH_MM * 0.66, 4, self._fitted(ward, WIDTH_MM * 0.66))
        self.type(8)
        self.set_xy(MARGIN_MM + WIDTH_MM * 0.66, 7)
        self.cell(WIDTH_MM * 0.34, 6, f"page {page[0]} of {page[1]}", align="R")
        if own[1] != page[1]:
            self.set_xy(MARGIN_MM + WIDTH_MM * 0.5, 13)
            said = f"{identity}: sheet {own[0]} of {own[1]}"
            self.cell(WIDTH_MM * 0.5, 4, self._fitted(said, WIDTH_MM * 0.5), align="R")
        self.set_line_width(0.4)
        self.line(MARGIN_MM, 18, MARGIN_MM + WIDTH_MM, 18)

    def _foot(self) -> None:
        self.type(6.4, grey=True)
        self.set_line_width(0.15)
        self.line(MARGIN_MM, 280, MARGIN_MM + WIDTH_MM, 280)
        lines = (
            f"{NOT_LIVE}. Printed by {self._printed.by}, {self._printed.when}. {self._rules}",
            SHORT,
        )
        for place, said in enumerate(lines):
            self.set_xy(MARGIN_MM, 281 + 3.4 * place)
            self.cell(WIDTH_MM, 3.4, self._fitted(said, WIDTH_MM))

    def _fitted(self, text: str, width_mm: float) -> str:
        """As much as fits on one line, with an ellipsis where something was left out."""
        said = self.clean(text)
        if self.get_string_width(said) <= width_mm:
            return said
        while said and self.get_string_width(f"{said}…") > width_mm:
            said = said[:-1]
        return f"{said}…"

    # Writing

    def type(self, size_pt: float, *, bold: bool = False, grey: bool = False) -> None:
        """Choose size and weight; grey for what is read last."""
        self.set_font(FAMILY, "B" if bold else "", size_pt)
        self.set_text_color(_GREY if grey else 0)

    def clean(self, text: str) -> str:
        """Text with every character the font cannot show written as its code point."""
        return "".join(
            letter
            if ord(letter) in self._glyphs or letter == "\n"
            else (" " if letter.isspace() else f"[U+{ord(letter):04X}]")
            for letter in text
        )

    def heading(self, text: str, letter: str = "") -> None:
        """A heading that stays with the two lines after it."""
        self._room(16)
        self.ln(1.6)
        y = self.get_y()
        if letter:
            self.set_fill_color(0)
            self.set_xy(MARGIN_MM, y)
            self.type(9, bold=True)
            self.set_text_color(255)
            self.cell(6, 5, letter, align="C", fill=True)
            self.set_text_color(0)
        self.type(9.5, bold=True)
        self.set_xy(MARGIN_MM + (7.5 if letter else 0), y)
        self.cell(WIDTH_MM - 8, 5, self.clean(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_line_width(0.15)
        self.line(MARGIN_MM, y + 5.2, MARGIN_MM + WIDTH_MM, y + 5.2)
        self.set_y(y + 5.9)

    def pair(self, label: str, says: str, *, loud: bool = False) -> None:
        """One line: what it is about, and what is recorded; a mark where it asks for somebody."""
        names = self.lines(label, _LABEL_MM - 1, bold=True)
        said = self.lines(says, WIDTH_MM - _GUTTER_MM - _LABEL_MM, bold=loud)
        rows = max(len(names), len(said))
        self._room(_LINE_MM * min(rows, _KEPT_LINES))
        for place in range(rows):
            self._room(_LINE_MM)
            y = self.get_y()
            self.type(_BODY_PT, bold=True)
            if loud and place == 0:
                self.text(MARGIN_MM, y + _BASE_MM, "►")
            if place < len(names):
                self.text(MARGIN_MM + _GUTTER_MM, y + _BASE_MM, names[place])
            if place < len(said):
                self.type(_BODY_PT, bold=loud)
                self.text(MARGIN_MM + _GUTTER_MM + _LABEL_MM, y + _BASE_MM, said[place])
            self.set_y(y + _LINE_MM)
        self.set_y(self.get_y() + 0.35)

    def lines(
        self, text: str, width_mm: float, *, size_pt: float = _BODY_PT, bold: bool = False
    ) -> list[str]:
        """
        The text as lines of this width; words are kept whole where they fit.

        The library's own breaking measures each text many times over: on a ward that took longer
        than everything else.
        """
        self.type(size_pt, bold=bold)
        found: list[str] = []
        for part in self.clean(text).split("\n"):
            found += self._broken(part, width_mm)
        return found

    def _broken(self, text: str, width_mm: float) -> list[str]:
        found, line, used = [], "", 0.0
        words = text.split(" ")
        while words:
            word = words.pop(0)
            gap = self._wide(" ") if line else 0.0
            size = sum(map(self._wide, word))
            if line and used + gap + size > width_mm:
                found.append(line)
                line, used, gap = "", 0.0, 0.0
            if size > width_mm:  # a digest, or a name without a space
                head, rest = self._torn(word, width_mm)
                found.append(head)
                words.insert(0, rest)
                continue
            line, used = f"{line} {word}" if line else word, used + gap + size
        return [*found, line]

    def _torn(self, word: str, width_mm: float) -> tuple[str, str]:
        used = 0.0
        for place, letter in enumerate(word):
            used += self._wide(letter)
            if used > width_mm:
                return word[: max(place, 1)], word[max(place, 1) :]
        return word, ""

    def _wide(self, letter: str) -> float:
        """How wide a letter is in the present type, in millimetres."""
        key = (letter, self.font_style)
        if key not in self._widths:
            self._widths[key] = float(self.get_string_width(letter)) / self.font_size_pt
        return self._widths[key] * float(self.font_size_pt)

    def plain(self, text: str, size_pt: float = _BODY_PT, *, bold: bool = False) -> None:
        """A paragraph over the whole width."""
        height_mm = size_pt * 0.46
        for said in self.lines(text, WIDTH_MM, size_pt=size_pt, bold=bold):
            self._room(height_mm)
            self.type(size_pt, bold=bold)
            self.text(MARGIN_MM, self.get_y() + height_mm * 0.8, said)
            self.set_y(self.get_y() + height_mm)

    def box(self, x: float, y: float, size_mm: float = 3.0) -> None:
        """An empty box to tick."""
        self.set_line_width(0.2)
        self.rect(x, y, size_mm, size_mm)

    def _room(self, height_mm: float) -> None:
        """Turn the page rather than tear apart what belongs together."""
        if self.get_y() + height_mm > self.h - _BOTTOM_MM:
            self.add_page()

    def room(self, height_mm: float) -> None:
        """The same, for what is drawn and cannot turn the page by itself."""
        self._room(height_mm)
