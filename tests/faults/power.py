"""
Power cuts without cutting the power: what would be on the disk at any moment.

The writer runs under strace; its calls are replayed on a model of a disk that promises only what
it must. Data last once the file was synced. A name (created, removed) lasts once the directory was
synced, or once a new file itself was. At a random moment two disks are built: one with nothing
that was not synced, one with a random half of the unsynced writes and a random first part of the
unsynced name changes. Pages are not torn, and the device is taken to honour a sync.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "openat,open,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename"
_CALL = re.compile(r"^\d+\s+(\w+)\((.*)\)\s+=\s+(-?\d+)")
_HEX = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that matters, on a path inside the store's directory."""

    name: str
    path: str
    data: bytes = b""
    offset: int = 0
    result: int = 0
    created: bool = False


@dataclass(slots=True)
class Inode:
    """A file's content: what is safe, and what waits for a sync."""

    safe: bytearray = field(default_factory=bytearray)
    seen: bytearray = field(default_factory=bytearray)
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, offset: int, data: bytes | None) -> None:
        """Write, or with None cut the file to ``offset``; not safe yet."""
        self.waiting.append((offset, data))
        change(self.seen, offset, data)

    def sync(self) -> None:
        """Everything written so far is safe."""
        self.safe = bytearray(self.seen)
        self.waiting.clear()


def change(content: bytearray, offset: int, data: bytes | None) -> None:
    """Apply one write or cut to a file's content."""
    if data is None:
        del content[offset:]
        content.extend(b"\0" * (offset - len(content)))
        return
    content.extend(b"\0" * (offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk:
    """The directory of the store, as it is seen and as it would be found after a cut."""

    def __init__(self, directory: Path) -> None:
        self.directory = str(directory)
        self.seen: dict[str, Inode] = {}
        for file in directory.iterdir():
            inode = Inode()
            inode.write(0, file.read_bytes())
            inode.sync()
            self.seen[file.name] = inode
        self.safe = dict(self.seen)
        self.waiting: list[tuple[str, Inode | None]] = []

    def apply(self, call: Call) -> None:
        """Follow one call."""
        name = os.path.basename(call.path)
        if call.path == self.directory:
            if call.name in ("fsync", "fdatasync"):
                self._names_are_safe(len(self.waiting))
            return
        if call.name in ("openat", "open"):
            if call.created and name not in self.seen:
                self._rename(name, Inode())
        elif call.name in ("unlink", "unlinkat"):
            self._rename(name, None)
        elif call.name in ("write", "pwrite64"):
            self.seen[name].write(call.offset, call.data[: call.result])
        elif call.name == "ftruncate":
            self.seen[name].write(call.offset, None)
        elif call.name in ("fsync", "fdatasync"):
            self._sync(name)

    def _rename(self, name: str, inode: Inode | None) -> None:
        self.waiting.append((name, inode))
        if inode is None:
            del self.seen[name]
        else:
            self.seen[name] = inode

    def _sync(self, name: str) -> None:
        inode = self.seen[name]
        inode.sync()
        for index, (_, waiting) in enumerate(self.waiting):
            if waiting is inode:  # a new file: its sync takes the name along
                self._names_are_safe(index + 1)
                break

    def _names_are_safe(self, count: int) -> None:
        follow(self.safe, self.waiting[:count])
        del self.waiting[:count]

    def image(self, target: Path, chance: random.Random | None) -> None:
        """Build what a power cut now would leave; with ``chance`` some unsynced parts stay."""
        names = dict(self.safe)
        if chance is not None:
            follow(names, self.waiting[: chance.randint(0, len(self.waiting))])
        target.mkdir()
        for name, inode in names.items():
            if name.endswith("-shm"):
                continue
            content = bytearray(inode.safe)
            for offset, data in inode.waiting:
                if chance is not None and chance.random() < 0.5:
                    change(content, offset, data)
            (target / name).write_bytes(content)


def follow(names: dict[str, Inode], changes: list[tuple[str, Inode | None]]) -> None:
    """Apply name changes in their order."""
    for name, inode in changes:
        if inode is None:
            names.pop(name, None)
        else:
            names[name] = inode


def why_no_strace() -> str | None:
    """Why a program cannot be traced here, or None."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "true"], capture_output=True, text=True, check=False
    )
    return None if probe.returncode == 0 else "this machine does not allow tracing"


def record(directory: Path, trace: Path, acknowledged: Path, *writer: str) -> list[Call]:
    """Run the writer under strace; give its calls on the store and its acknowledgements."""
    tracer = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-y",
        "-xx",
        "-s",
        "70000",
        "-o",
        str(trace),
        "-e",
        f"trace={CALLS}",
    ]
    program = [sys.executable, "-m", "tests.faults.writer", *writer]
    subprocess.run([*tracer, *program], check=True, timeout=300, stdin=subprocess.DEVNULL)
    inside = (str(directory), str(acknowledged))
    return [call for call in calls(trace) if call.path.startswith(inside)]


def calls(trace: Path) -> Iterator[Call]:
    """Every successful call of a trace that names a file."""
    with trace.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            found = _CALL.match(line)
            if found is None or int(found[3]) < 0:
                if "unfinished" in line:
                    raise ValueError(f"calls overlap, the order is unknown: {line[:80]}")
                continue
            call = _call(found[1], found[2], int(found[3]), line)
            if call is not None:
                yield call


def _call(name: str, arguments: str, result: int, line: str) -> Call | None:
    if name in ("openat", "open", "unlink", "unlinkat"):
        quoted = re.search(r'"((?:\\x[0-9a-f]{2})*)"', arguments)
        if quoted is None:
            return None
        path = _bytes(quoted[1]).decode()
        return Call(name, path, created="O_CREAT" in line, result=result)
    opened = re.match(r"\d+<((?:\\x[0-9a-f]{2}|[^>])*)>", arguments)
    if opened is None:
        return None
    path = _bytes(opened[1]).decode() if "\\x" in opened[1] else opened[1]
    rest = arguments[opened.end() :]
    if name in ("write", "pwrite64"):
        quoted = re.search(r'"((?:\\x[0-9a-f]{2})*)"', rest)
        data = b"" if quoted is None else _bytes(quoted[1])
        offset = int(rest.rsplit(",", 1)[1]) if name == "pwrite64" else 0
        return Call(name, path, data, offset, result)
    offset = int(rest.rsplit(",", 1)[1]) if name == "ftruncate" else 0
    return Call(name, path, offset=offset, result=result)


def _bytes(text: str) -> bytes:
    return bytes(int(pair, 16) for pair in _HEX.findall(text))
