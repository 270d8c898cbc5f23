"""
P-31: a file built to be slow, deep or huge is refused in words, soon and in little memory.
Seconds are those of the processor, so that a busy machine does not decide.

Each file is read in a process of its own, by what the upload page and the command line call; that
process measures itself. The control reads one of them as anybody would, without our limits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.health.tree import ROOT

DOOR = 5 * 1024 * 1024  # what the server and the page let through
MOST_S, MOST_MIB = 10.0, 50
HEAD = '{"format": "toxwatch-case/1", "patient": {"id": "x"}, '
ROW = '{"taken_at":"2026-03-03T08:00:00+00:00"},'

READER = """
import json, os, re, signal, sys, time
from dashboard.cli_files import cases_in
from toxmodels import CaseError, load_case

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024

def read(name, how):
    if how == "control":
        return [len(json.loads(open(name, "rb").read())["vitals"])]
    try:
        cases_in(name)
    except CaseError as error:
        return [str(fault) for fault in error.faults]
    return ["read"]

try:
    load_case("{}")
except CaseError:
    pass
for name, how in json.loads(sys.stdin.read()):
    ours, theirs = os.pipe()
    if os.fork() == 0:
        signal.alarm(20)
        open("/proc/self/clear_refs", "w").write("5")  # the highest mark begins here
        before, start = peak(), time.process_time()
        try:
            said = read(name, how)
        except BaseException as error:
            said = ["", repr(error)[:90]]
        told = [len(said), str(said[0])[:90], time.process_time() - start, peak() - before]
        os.write(theirs, json.dumps(told).encode())
        os._exit(0)
    os.close(theirs)
    os.wait()
    print(os.read(ours, 4096).decode() or json.dumps([0, "ended after 20 s", 20.0, 0]), flush=True)
    os.close(ours)
"""


def filled(unit: str, last: str, size: int = DOOR) -> str:
    """One unit over and over inside the list of sets."""
    first = HEAD + '"vitals": ['
    return (first + unit * ((size - len(first) - len(last)) // len(unit)))[:-1] + last


def keys(size: int, more: str = "") -> str:
    return HEAD + ",".join(f'"k{i}":1' for i in range(size // 12)) + more + "}"


BOMBS = {
    "empty rows": lambda: filled("{},", "]}"),
    "a million rows": lambda: filled(ROW, "]}", 1_000_000 * len(ROW)),  # 40 MB
    "rows up to the limit": lambda: filled("{},", "]}", 119_000),
    "whole rows at the door": lambda: filled(ROW, "]}"),
    "nothing a million times": lambda: filled("null,", "]}"),
    "no numbers": lambda: filled("NaN,", "]}"),
    "half characters": lambda: filled('"\\ud800",', "]}"),
    "lists in lists": lambda: "[" * DOOR,
    "objects in objects": lambda: '{"a":' * (DOOR // 5),
    "unknown keys": lambda: keys(DOOR),
    "unknown keys up to the limit": lambda: keys(450_000),
    "a key that stands twice among many": lambda: keys(450_000, ',"k1":1'),
    "one word": lambda: HEAD.replace('"x"', f'"{"x" * DOOR}"').rstrip(", ") + "}",
    "one number": lambda: HEAD + f'"vitals": [{"9" * DOOR}]}}',
    "ten times the door": lambda: filled("{},", "]}", 10 * DOOR),
}


def read(files: list[tuple[Path, str]]) -> list[tuple[int, str, float, int]]:
    """How many words, the first, seconds and MiB, for each file."""
    asked = json.dumps([(str(path), how) for path, how in files])
    told = subprocess.run(
        [sys.executable, "-c", READER],
        cwd=ROOT, input=asked, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert len(found) == len(files), told.stderr
    return [(many, first, seconds, mib) for many, first, seconds, mib in found]


def archive(path: Path, size_mib: int) -> Path:
    """A small zip of a huge table."""
    row = b"p1,2026-03-03T08:00:00+00:00,38.6\r\n"
    block = row * (2**20 // len(row))
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out,
        out.open("vitals.csv", "w") as file,
    ):
        file.write(b"patient,taken_at,temperature_c\r\n")
        for _ in range(size_mib):
            file.write(block)
    return path


def lying(path: Path) -> Path:
    """The directory of the archive says that the table is a thousandth of what it is."""
    archive(path, 20)
    with zipfile.ZipFile(path) as whole:
        real = whole.getinfo("vitals.csv").file_size
    content = bytearray(path.read_bytes())
    found = content.rfind(real.to_bytes(4, "little"))  # the directory stands at the end
    content[found : found + 4] = (real // 1000).to_bytes(4, "little")
    path.write_bytes(content)
    return path


@pytest.mark.timeout(500)
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="measures as Linux does")
def test_a_file_built_to_hurt_is_refused_quickly(tmp_path: Path, report) -> None:
    files = {}
    for name, made in BOMBS.items():
        files[name] = tmp_path / f"{name}.json"
        files[name].write_text(made(), encoding="utf-8")
    files["a zip of a third of a gigabyte"] = archive(tmp_path / "huge.zip", 320)
    files["a zip that lies"] = lying(tmp_path / "lying.zip")
    asked = [(path, "ours") for path in files.values()]
    *told, control = read([*asked, (files["empty rows"], "control")])
    bad, slowest, most = [], 0.0, 0
    for (name, path), (many, first, seconds, mib) in zip(files.items(), told, strict=True):
        own = path.stat().st_size // 2**20  # the file has to be held, as bytes and as text
        slowest, most = max(slowest, seconds), max(most, mib - 2 * own)
        if many == 0 or first in {"", "read"} or seconds > MOST_S or mib > MOST_MIB + 2 * own:
            bad.append(f"{name}: {seconds:.1f} s, {mib} MiB: {first}")
    control_bad = int(control[3] > MOST_MIB + 2 * DOOR // 2**20 or control[2] > MOST_S)
    report(
        "P-31", n=len(files), bad=len(bad), control_bad=control_bad,
        slowest_cpu_s=f"{slowest:.1f}", most_mib=most,
    )  # fmt: skip
    assert control_bad == 1, control
    assert not bad, "\n".join(bad)
