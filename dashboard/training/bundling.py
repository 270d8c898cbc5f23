"""
One story as one file to share, ``NAME.toxwatch-story``.

It is a zip whose members stand in a fixed order with a fixed date and nothing packed, so that the
same story always makes the same bytes. Reading trusts nothing in it: number, size, names and kinds
are checked before anything is unpacked, and no name in it ever becomes a path.
"""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from dashboard.training.drafting import NAME
from dashboard.training.reading import STORY, Course, read_story

__all__ = [
    "ENDING",
    "MOST_BYTES",
    "Bundle",
    "BundleError",
    "bundle",
    "content_digest",
    "file_name",
    "read_bundle",
]

FORMAT: Final = "toxwatch-story/1"
ENDING: Final = ".toxwatch-story"
ABOUT: Final = "about.json"
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_MEMBERS: Final = 16
_MOST_MEMBER_BYTES: Final = 2 * 1024 * 1024
_FILE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}\.json", re.ASCII)
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
_ENCRYPTED: Final = 0x1
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BundleError(ValueError):
    """The file is no story to read in: place, fault, cure. Nothing was read in."""

    def __init__(self, place: str, fault: str, cure: str = "") -> None:
        super().__init__(f"{place}: {fault} {cure}".strip())
        self.place, self.fault, self.cure = place, fault, cure


@dataclass(frozen=True, slots=True)
class Bundle:
    """A story that was read in: its name, the texts of its files, and their digest."""

    name: str
    files: Mapping[str, str]
    digest: str
    course: Course


def file_name(name: str) -> str:
    """What the file of a story is called."""
    return f"{name}{ENDING}"


def content_digest(files: Mapping[str, str]) -> str:
    """One digest for the texts of all files, whatever their order."""
    told = sha256()
    for name in sorted(files):
        told.update(f"{name}\0{sha256(files[name].encode()).hexdigest()}\n".encode())
    return told.hexdigest()


def bundle(name: str, files: Mapping[str, str]) -> bytes:
    """
    The story as one file.

    Raises:
        StoryError: the files are no story; what nobody can play is not shared.
        BundleError: it would be larger than what is read in.

    """
    read_story(name, files)
    about = {"format": FORMAT, "name": name, "digest": content_digest(files)}
    members = {ABOUT: json.dumps(about, indent=1) + "\n", STORY: files[STORY]}
    members |= {one: files[one] for one in sorted(files) if one != STORY}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member, text in members.items():
            entry = zipfile.ZipInfo(member, _DATE)
            entry.create_system = 3  # the same on every machine
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, text.encode())
    content = out.getvalue()
    read_bundle(content)
    return content


def read_bundle(content: bytes) -> Bundle:
    """
    Read a story that was made elsewhere.

    Raises:
        BundleError: the file is not one of ours, or is built to hurt.
        StoryError: its files are no story, with every fault.

    """
    if len(content) > MOST_BYTES:
        fault = f"is larger than {MOST_BYTES // 2**20} MB."
        raise BundleError("file", fault, "A story is some hundred kilobytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = _texts(archive)
    except zipfile.BadZipFile:
        raise BundleError("file", "is no toxwatch story.", f"Choose a {ENDING} file.") from None
    about = _about(texts.pop(ABOUT, None))
    digest = content_digest(texts)
    if about.get("digest") != digest:
        fault = "was changed or damaged after it was made."
        raise BundleError("file", fault, "Ask for it again.")
    name = about.get("name")
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise BundleError(ABOUT, "gives no name that a story can have.", "Make it again.")
    return Bundle(name, texts, digest, read_story(name, texts))


def _texts(archive: zipfile.ZipFile) -> dict[str, str]:
    entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise BundleError(
            "file", f"holds {len(entries)} files.", f"At most {MOST_MEMBERS} are read."
        )
    for entry in entries:
        _refuse_entry(entry)
    names = [one.filename for one in entries]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise BundleError(twice[0], "stands twice.", "Make the file again.")
    if sum(one.file_size for one in entries) > MOST_BYTES:
        raise BundleError("file", f"unpacks to more than {MOST_BYTES // 2**20} MB.")
    return {one.filename: _text(archive, one) for one in entries}


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    """What a member may be called, and what it may be."""
    # The name as the archive has it: Python cuts it at a zero and turns backslashes on Windows.
    name, place = entry.orig_filename, f'"{entry.orig_filename[:60]}"'
    if name not in (ABOUT, STORY) and _FILE.fullmatch(name) is None:
        cure = f"Only {STORY} and NAME.json are read, without folders."
        raise BundleError(place, "is no file of a story.", cure)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BundleError(place, "is a link or a device, not a file.")
    if entry.flag_bits & _ENCRYPTED:
        raise BundleError(place, "is locked with a password.", "Share it without one.")
    if entry.compress_type not in _READABLE:
        raise BundleError(place, "is packed in a way that is not read here.", "Make it again.")
    if entry.file_size > _MOST_MEMBER_BYTES:
        raise BundleError(place, f"is larger than {_MOST_MEMBER_BYTES // 2**20} MB.")


def _text(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """The text of a member, never more of it than its own entry says."""
    place = f'"{entry.filename}"'
    try:
        with archive.open(entry) as file:
            found = file.read(entry.file_size + 1)
            if len(found) != entry.file_size:
                raise BundleError(place, "is not as large as the file says.", "Ask for it again.")
        return found.decode("utf-8")
    except UnicodeDecodeError:
        raise BundleError(place, "is not UTF-8 text.", "Make the file again.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        fault = f"cannot be unpacked ({type(error).__name__})."
        raise BundleError(place, fault, "Ask for it again.") from None


def _about(text: str | None) -> Mapping[str, Any]:
    cure = f"Choose a {ENDING} file that toxwatch made."
    if text is None:
        raise BundleError(ABOUT, "is not there.", cure)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BundleError(ABOUT, "is not JSON.", cure) from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BundleError(ABOUT, f"does not say that this is {FORMAT}.", cure)
    return told
