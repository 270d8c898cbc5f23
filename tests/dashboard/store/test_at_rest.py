"""What the kernel shows below the database's file, and when a start is refused for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.store import SettingsRefused, open_store
from dashboard.store.at_rest import SETTING, found_below, in_words, refuse_plain_disk

MOUNTS = r"""
21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
22 21 254:0 / /srv/ward rw - ext4 /dev/mapper/ward rw
23 21 254:1 / /srv/lvm rw shared:3 - xfs /dev/mapper/vg-data rw
24 21 254:2 / /srv/half rw - ext4 /dev/mapper/vg-half rw
25 21 0:40 / /run rw - tmpfs tmpfs rw
26 21 254:0 / /srv/with\040blank rw - ext4 /dev/mapper/ward rw
27 21 0:41 / /srv/over rw - overlay overlay rw
28 21 254:9 / /srv/gone rw - ext4 /dev/mapper/gone rw
29 21 8:1 / /srv/ward/again rw - ext4 /dev/sda1 rw
30 21 254:3 / /srv/raid rw - ext4 /dev/md0 rw
cut off
"""


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """A tree as the kernel shows it: a disk, an encrypted device, volumes made of both."""
    folder = tmp_path / "block"
    made = {"8:1": None, "8:2": None, "254:0": "CRYPT-LUKS2-0a-ward", "254:1": "LVM-1",
            "254:2": "LVM-2", "254:3": None}  # fmt: skip
    for number, uuid in made.items():
        (folder / number / "slaves").mkdir(parents=True)
        if uuid is not None:
            (folder / number / "dm").mkdir()
            (folder / number / "dm" / "uuid").write_text(f"{uuid}\n")
    consists = {"254:0": ["8:2"], "254:1": ["254:0"], "254:2": ["254:0", "8:1"], "254:3": ["254:0"]}
    for number, parts in consists.items():
        for part in parts:
            (folder / number / "slaves" / part).symlink_to(folder / part)
    return folder


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("/var/ward.sqlite3", "plain"),
        ("/srv/ward/ward.sqlite3", "encrypted"),
        ("/srv/wardrobe/ward.sqlite3", "plain"),
        ("/srv/lvm/ward.sqlite3", "encrypted"),
        ("/srv/raid/ward.sqlite3", "encrypted"),
        ("/srv/half/ward.sqlite3", "plain"),
        ("/run/ward.sqlite3", "memory"),
        ("/srv/with blank/ward.sqlite3", "encrypted"),
        ("/srv/over/ward.sqlite3", "unknown"),
        ("/srv/gone/ward.sqlite3", "unknown"),
        ("/srv/ward/again/ward.sqlite3", "plain"),
    ],
)
def test_what_lies_below_a_file(devices: Path, file: str, expected: str) -> None:
    assert found_below(Path(file), mounts=MOUNTS, devices=devices) == expected


def test_nothing_known_is_never_encrypted(tmp_path: Path) -> None:
    assert found_below(Path("/var/x"), mounts="", devices=tmp_path) == "unknown"
    assert found_below(Path("/var/x"), mounts=MOUNTS, devices=tmp_path / "none") == "unknown"


def test_a_disk_in_the_clear_stops_the_start_only_where_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'ward.sqlite3'}"
    if found_below(tmp_path / "ward.sqlite3") == "encrypted":
        pytest.skip("the disk of this machine is encrypted")
    open_store(url).close()
    monkeypatch.setenv(SETTING, "checked")
    with pytest.raises(SettingsRefused, match=r"TOXWATCH_AT_REST=checked.*LUKS"):
        open_store(url)
    monkeypatch.setenv(SETTING, "stated")
    open_store(url).close()
    told = CliRunner().invoke(app, ["database", "check", "--database", url])
    assert "at rest: " in told.stdout
    assert "stated to be encrypted" in told.stdout
    monkeypatch.setenv(SETTING, "yes")
    with pytest.raises(SettingsRefused, match='"yes" is neither checked nor stated'):
        open_store(url)


def test_the_disk_of_a_server_cannot_be_checked_from_here() -> None:
    with pytest.raises(SettingsRefused, match="cannot see the disk of a database server"):
        refuse_plain_disk(None, "db", {SETTING: "checked"})
    refuse_plain_disk(None, "db", {SETTING: "stated"})
    refuse_plain_disk(None, "db", {})
    assert "not stated" in in_words(None, {})
    assert "stated to be encrypted" in in_words(None, {SETTING: "stated"})
