"""
CSV as text, some lines at a time: what is no row is left out and named by its line.

Polars reads a block at once. A reader of whole files would run ahead of who takes from it, and
says of a bad line only that there is one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from toxmodels.casefile import CaseError, Fault

__all__ = ["LINE", "as_parquet", "read_block"]

LINE: Final = "line in the file"  # beside the columns of a file, under a name that none of them has
_WHOLE: Final = "\x1f"  # stands in no text, so that a whole line is one cell
_BLOCK: Final = 1 << 22
_END: Final = b"\n"
Odd = list[tuple[int, str]]


def as_parquet(path: Path, names: Sequence[str], target: Path) -> Odd:
    """
    Write the rows of a CSV file as Parquet, each with its line, and name the lines that are none.

    Raises:
        CaseError: the file is not written in UTF-8.

    """
    odd: Odd = []
    empty, _ = read_block(path.name, 2, b"", names)
    schema = empty.to_arrow().schema
    with path.open("rb") as file, pq.ParquetWriter(target, schema, compression="lz4") as writer:
        file.readline()
        for number, block in _blocks(file):
            rows, found = read_block(path.name, number, block, names)
            writer.write_table(rows.to_arrow())
            odd += found
    return odd


def _blocks(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Whole lines below the header, with the number of the first."""
    number, rest = 2, b""
    while part := file.read(_BLOCK):
        whole = rest + part
        cut = whole.rfind(_END) + 1
        if cut:
            yield number, whole[:cut]
            number += whole.count(_END, 0, cut)
        rest = whole[cut:]
    if rest:
        yield number, rest


def read_block(
    name: str, number: int, block: bytes, names: Sequence[str]
) -> tuple[pl.DataFrame, Odd]:
    """
    Read lines as rows of text; ``number`` is that of the first of them.

    Raises:
        CaseError: they are not written in UTF-8.

    """
    _refuse_other_letters(name, number, block)
    texts = _texts(block)
    odd = _odd(texts, number, len(names))
    # A line without anything in it is no row, and no loss: programs leave them at the end.
    blank = texts.str.strip_chars(" ,\r\t") == ""
    numbers = np.arange(number, number + len(texts))
    kept = ~np.isin(numbers, [line for line, _ in odd]) & ~blank.to_numpy()
    if not kept.all():
        lines = block.split(_END)
        block = _END.join(lines[at] for at in np.flatnonzero(kept))
    rows = _rows(block, names) if kept.any() else _rows(b"", names)
    place = pl.Series(LINE, numbers[kept], dtype=pl.UInt32)
    return rows.select(name for name in dict.fromkeys(names) if name).with_columns(place), odd


def _texts(block: bytes) -> pl.Series:
    """Each line as one text."""
    found = pl.read_csv(
        io.BytesIO(block), separator=_WHOLE, has_header=False, quote_char=None,
        infer_schema=False, new_columns=["text"], raise_if_empty=False,
    ) if block else pl.DataFrame()  # fmt: skip
    return found["text"].fill_null("") if found.width else pl.Series("text", [], dtype=pl.String)


def _rows(block: bytes, names: Sequence[str]) -> pl.DataFrame:
    schema = {name or f"without a name {at}": pl.String for at, name in enumerate(names)}
    if not block:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(io.BytesIO(block), has_header=False, schema=schema, infer_schema=False)


def _odd(texts: pl.Series, number: int, wanted: int) -> Odd:
    """Lines whose number of cells is not that of the header."""
    commas = texts.str.count_matches(",", literal=True)
    suspect = (commas != wanted - 1) | texts.str.contains('"', literal=True)
    found: Odd = []
    for at in suspect.arg_true().to_list():
        text = texts[at]
        cells = len(next(csv.reader([text]), []))
        if text.count('"') % 2:
            found.append((number + at, "a cell goes over the end of the line"))
        elif text.strip() and cells != wanted:
            found.append((number + at, f"{cells} cells instead of {wanted}"))
    return found


def _refuse_other_letters(name: str, number: int, block: bytes) -> None:
    """What stands in letters of another code could only be guessed at."""
    if _is_text(block):
        return
    lines = block.split(_END)
    first = next(at for at, line in enumerate(lines, start=number) if not _is_text(line))
    says = f"line {first} is not written in UTF-8"
    raise CaseError([Fault(path=name, says=says, suggestion="save it as CSV (UTF-8)")])


def _is_text(written: bytes) -> bool:
    try:
        written.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
