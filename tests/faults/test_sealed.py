"""
P-35: nobody reads a sealed backup without its key, and nobody changes one unseen.

A patient with a name that stands nowhere else is backed up, sealed and not; then every file of
the folder the copy went to is searched for it. Controls: the same copy unsealed has the name in it,
and so has the database itself, which only its disk can encrypt.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.store import BackupRefused, NewEntry, Submission, open_store, sealing
from dashboard.store.backing_up import Backup, back_up
from dashboard.store.examining import examine
from dashboard.store.restoring import restore
from tests.faults.conftest import LONG
from tests.faults.writer import NOW, WARD, a_set, prepare
from tests.postgres import OwnServer

CANARY = "ZZCANARY-SMITH"
SEED = 20260308
FLIPS = 2000 if LONG else 200


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return a_key(tmp_path / "keys" / "ward.key")


def a_key(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{os.urandom(32).hex()}\n")
    file.chmod(0o600)
    return file


def fill(url: str) -> None:
    """A few patients, and one who must be found nowhere."""
    prepare(url, 2)
    details = NewEntry(kind="patient", payload={"id": CANARY, "age_years": 41.0})
    with open_store(url) as store:
        store.submit(
            Submission(
                submission_id="admit", ward_id=WARD, patient_id=CANARY, entries=(details,),
                recorded_by="AB", role="nurse",
            ),
            now=NOW,
        )  # fmt: skip
        for number in range(40):
            store.submit(a_set(f"form-{number}", CANARY), now=NOW)


def hits(folder: Path) -> int:
    """How often the name stands in any file of a folder, whatever it is called."""
    needle = CANARY.encode()
    return sum(one.read_bytes().count(needle) for one in folder.rglob("*") if one.is_file())


@contextmanager
def watched(folder: Path) -> Iterator[list[int]]:
    """Search a folder over and over while something is written to it."""
    folder.mkdir(exist_ok=True)
    seen: list[int] = []
    over = threading.Event()

    def search() -> None:
        while not over.wait(0.002):
            try:
                seen.append(hits(folder))
            except OSError:
                continue  # a file that went away while it was looked at

    looker = threading.Thread(target=search)
    looker.start()
    try:
        yield seen
    finally:
        over.set()
        looker.join()


def both_ways(tmp_path: Path, url: str, key_file: Path) -> tuple[Backup, Backup, list[int]]:
    """A sealed and an unsealed copy; what was seen of the name while the sealed one was made."""
    with watched(tmp_path / "sealed") as seen:
        sealed = back_up(url, tmp_path / "sealed" / "copy", now=NOW, who="drill", key_file=key_file)
    plain = back_up(url, tmp_path / "plain" / "copy", now=NOW, who="drill")
    return sealed, plain, seen


def test_a_sealed_backup_names_nobody_and_restores(tmp_path: Path, key_file: Path, report) -> None:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'ward.sqlite3'}"
    fill(url)
    sealed, plain, seen = both_ways(tmp_path, url, key_file)
    left = sorted(one.name for one in data.iterdir() if one.name.startswith("."))
    target = f"sqlite:///{tmp_path / 'new' / 'ward.sqlite3'}"
    done = restore(sealed.file, target, replace=False, now=NOW, who="drill", key_file=key_file)
    files = sum(1 for one in (tmp_path / "sealed").rglob("*") if one.is_file())
    report(
        "P-35", n=files, bad=hits(tmp_path / "sealed") + sum(seen), on="sqlite",
        control_bad=hits(tmp_path / "plain"), control="unsealed-copy", searched=len(seen),
        live_database=hits(data),
    )  # fmt: skip
    assert files == 2
    assert hits(tmp_path / "sealed") == sum(seen) == 0
    assert hits(tmp_path / "plain") > 0, "the name stands nowhere: this test proves nothing"
    assert hits(data) > 0, "the open database is not encrypted by us, and the page says so"
    assert left == [], "the plain copy was left behind"
    assert done.head == sealed.head == done.kept
    assert examine(target, sealed.head).faults == ()
    assert plain.head.last[0] == sealed.head.last[0]
    with open_store(target) as store:
        assert len(store.history(CANARY)) == 41


def test_a_sealed_dump_of_postgresql_names_nobody_and_restores(
    postgres: OwnServer, tmp_path: Path, key_file: Path, report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgres.server.bin_path}{os.pathsep}{os.environ['PATH']}")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    url = postgres.new_database()
    fill(url)
    # A dump is compressed: a name in it is found by what pg_restore makes of it.
    sealed, plain, seen = both_ways(tmp_path, url, key_file)
    assert plain.file.read_bytes().startswith(b"PGDMP")
    assert sealed.file.read_bytes().startswith(sealing.MAGIC)
    assert b"PGDMP" not in sealed.file.read_bytes()
    assert b"entry" in plain.file.read_bytes()
    assert b"entry_stored_once" not in sealed.file.read_bytes()
    assert list(temporary.iterdir()) == [], "the plain copy was left behind"
    done = restore(sealed.file, url, replace=True, now=NOW, who="drill", key_file=key_file)
    report(
        "P-35", n=2, bad=hits(tmp_path / "sealed") + sum(seen), on="postgresql",
        control_bad=plain.file.read_bytes().count(b"entry_stored_once"), control="unsealed-dump",
    )  # fmt: skip
    assert done.head == sealed.head
    with open_store(url) as store:
        assert len(store.history(CANARY)) == 41


def test_a_changed_sealed_backup_is_refused(tmp_path: Path, key_file: Path, report) -> None:
    """Every flipped bit, every cut, pieces exchanged, two files put together."""
    monkey = 4096  # small pieces, so that there are many
    key, plain = sealing.read_key(key_file), tmp_path / "plain"
    plain.write_bytes(os.urandom(10 * monkey + 17))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "_PIECE", monkey)
        first, second = (sealed_copy(plain, tmp_path / name, key) for name in ("a", "b"))
        good = first.read_bytes()
        assert unsealed(first, key) == plain.read_bytes()
        chance = random.Random(SEED)
        bad = [flipped(good, chance) for _ in range(FLIPS)]
        step = monkey + 16
        begin = len(good) - (10 * step + 17 + 16)
        pieces = [good[begin + n * step : begin + (n + 1) * step] for n in range(11)]
        other = second.read_bytes()
        bad += [good[:end] for end in range(0, len(good), 997)]
        bad += [good[:begin] + b"".join(pieces[:number]) for number in range(11)]
        bad += [good[:begin] + b"".join([pieces[1], pieces[0], *pieces[2:]])]
        bad += [good + b"\0", good + pieces[-1], good[: begin + step] + other[begin + step :]]
        bad += [other[:begin] + good[begin:]]
        taken = 0
        for content in bad:
            first.write_bytes(content)
            taken += unsealed(first, key) is not None
    control = sum(unchecked(content) != unchecked(good) for content in bad[:FLIPS])
    report(
        "P-35", n=len(bad), bad=taken, control_bad=control, what="changed-copies", seed=SEED,
        control="a-cipher-without-a-tag",
    )  # fmt: skip
    assert len(bad) > 200
    assert taken == 0
    assert control > FLIPS // 2


def unchecked(content: bytes) -> bytes:
    """The control: the same cipher without its tag gives out whatever the change made of it."""
    cipher = Cipher(algorithms.AES(b"k" * 32), modes.CTR(b"n" * 16)).decryptor()
    return cipher.update(content)


def sealed_copy(plain: Path, target: Path, key: sealing.Key) -> Path:
    target.touch()
    sealing.seal(plain, target, key)
    assert sealing.holds(target, plain, key)
    return target


def unsealed(file: Path, key: sealing.Key) -> bytes | None:
    """What comes out; None where it is refused."""
    out = file.with_name("out")
    out.write_bytes(b"")
    try:
        sealing.unseal(file, out, key)
    except BackupRefused:
        return None
    return out.read_bytes()


def flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 8192, 12_289])
def test_any_length_comes_back(tmp_path: Path, key_file: Path, size: int, monkeypatch) -> None:
    monkeypatch.setattr(sealing, "_PIECE", 4096)
    plain = tmp_path / "plain"
    plain.write_bytes(os.urandom(size))
    key = sealing.read_key(key_file)
    assert unsealed(sealed_copy(plain, tmp_path / "a", key), key) == plain.read_bytes()


# The key


def test_a_key_that_protects_nothing_is_refused(tmp_path: Path, key_file: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'ward.sqlite3'}"
    fill(url)
    target = tmp_path / "copies" / "copy"

    def refused(key: Path, says: str) -> None:
        with pytest.raises(BackupRefused, match=says):
            back_up(url, target, now=NOW, who="x", key_file=key)
        assert not target.exists()

    refused(tmp_path / "none", "cannot be read.*openssl rand")
    for mode in (0o644, 0o640, 0o604, 0o660):
        key_file.chmod(mode)
        refused(key_file, "others may read this key")
    key_file.chmod(0o600)
    for words in ("", "secret", "0" * 64, "ab" * 31, "ab" * 33, "\u00e4" * 64):
        file = tmp_path / "keys" / "weak"
        file.write_text(words)
        file.chmod(0o600)
        refused(file, "is no key")
    refused(a_key(data / "ward.key"), "lies beside what it protects")
    target.parent.mkdir()
    refused(a_key(target.parent / "ward.key"), "lies beside what it protects")
    refused(a_key(target.parent / "below" / "ward.key"), "lies beside what it protects")
    link = tmp_path / "keys" / "link"
    link.symlink_to(target.parent / "ward.key")
    refused(link, "lies beside what it protects")
    made = back_up(url, target, now=NOW, who="x", key_file=key_file)
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert key_file.read_text().strip() not in repr(sealing.read_key(key_file))


def test_another_key_and_no_key_are_told_apart_by_name(tmp_path: Path, key_file: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    url, target = f"sqlite:///{data / 'ward.sqlite3'}", tmp_path / "copies" / "copy"
    fill(url)
    words = ["backup", "--database", url, "--to", str(target), "--key-file", str(key_file)]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0, made.output
    assert "sealed: keep its key elsewhere" in made.stdout
    new = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    other = a_key(tmp_path / "keys" / "other.key")
    for more, says in (([], "Give its key"), (["--key-file", str(other)], "another key")):
        done = CliRunner().invoke(app, ["restore", str(target), "--database", new, *more])
        assert done.exit_code == 1
        assert says in done.stderr
        assert not (tmp_path / "new.sqlite3").exists()
    given = {"TOXWATCH_BACKUP_KEY_FILE": str(key_file)}
    done = CliRunner().invoke(app, ["restore", str(target), "--database", new], env=given)
    assert done.exit_code == 0, done.output
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []
