"""
Files of the command line: case files, folders and archives in and out.

Everything that keeps a file from being used becomes a ``CaseError`` with the name of the file;
nothing that lies there already is ever written over.
"""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Final

from toxmodels import dump_case, load_case
from toxmodels.casefile import CaseError, Fault
from toxmodels.records import Case

__all__ = ["cases_in", "read", "refusal", "write_case"]

LARGEST_INPUT_BYTES: Final = 200 * 1024 * 1024


def refusal(place: str, says: str, cure: str | None = None) -> CaseError:
    """Name what keeps something from being used."""
    return CaseError([Fault(path=place, says=says, suggestion=cure)])


def read(name: str) -> bytes:
    """Read a file, or standard input for ``-``."""
    if name == "-":
        body = sys.stdin.buffer.read(LARGEST_INPUT_BYTES + 1)
    else:
        path = Path(name)
        if path.is_dir():
            raise refusal(name, "is a folder", "name the case file inside it")
        try:
            with path.open("rb") as file:
                body = file.read(LARGEST_INPUT_BYTES + 1)
        except FileNotFoundError:
            raise refusal(name, "there is no such file", "check the name") from None
        except (OSError, ValueError) as error:
            says = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            raise refusal(name, says) from None
    if len(body) > LARGEST_INPUT_BYTES:
        raise refusal(name, "is too large to be a case file", "split it by patient")
    return body


def cases_in(name: str) -> list[Case]:
    """Read one JSON case, or every case in a folder or zip of CSV files."""
    path = Path(name)
    is_zip = path.suffix.lower() == ".zip"
    if name != "-" and (path.is_dir() or is_zip):
        return _csv_cases(name, path, is_zip=is_zip)
    body = read(name)
    try:
        return [load_case(body)]
    except CaseError as error:
        placed = [
            fault.model_copy(update={"path": f"{name}: {fault.path}"}) for fault in error.faults
        ]
        raise CaseError(placed) from None


def _csv_cases(name: str, path: Path, *, is_zip: bool) -> list[Case]:
    from toxmodels.exchange.csv_files import read_csv_files  # not needed for one JSON case

    try:
        return read_csv_files(_zip_folder(name, path) if is_zip else path)
    except OSError as error:
        raise refusal(name, f"cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise refusal(name, f"cannot be unpacked: {error}", "make the archive again") from None


def _zip_folder(name: str, path: Path) -> zipfile.Path:
    try:
        archive = zipfile.ZipFile(io.BytesIO(read(str(path))))
        size = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        raise refusal(name, "is not a zip archive", "make it again") from None
    if size > LARGEST_INPUT_BYTES:
        raise refusal(name, "is too large when unpacked", "split it by patient")
    root = zipfile.Path(archive)
    inside = [*root.iterdir()]
    # A zip made of a folder holds that folder; look inside it.
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else root


def write_case(case: Case, target: Path) -> None:
    """Write a case as JSON, as a folder of CSV files or as a zip of them; never over another."""
    from toxmodels.exchange.csv_files import cases_to_csv

    if target.exists():
        raise refusal(str(target), "exists already", "choose another name")
    try:
        if target.suffix.lower() == ".json":
            target.write_text(dump_case(case), encoding="utf-8")
        elif target.suffix.lower() == ".zip":
            with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as archive:
                for file, text in cases_to_csv([case]).items():
                    archive.writestr(file, text)
        else:
            target.mkdir(parents=True)
            for file, text in cases_to_csv([case]).items():
                (target / file).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise refusal(str(target), f"cannot be written: {error.strerror or error}") from None
