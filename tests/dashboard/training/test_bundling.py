"""A story travels as one file: the same bytes each time, and nothing else is read in."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from hashlib import sha256

import pytest

from dashboard.training.bundling import (
    MOST_BYTES,
    MOST_MEMBERS,
    BundleError,
    bundle,
    content_digest,
    file_name,
    read_bundle,
)
from dashboard.training.reading import STORY, StoryError, read_story
from tests.dashboard.training.written import STORIES, files

NAME = "waived-fever"
GOOD = bundle(NAME, files(NAME))


def members(content: bytes = GOOD) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def zipped(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def told(**changed: str) -> bytes:
    """The good bundle with other texts, and the digest that fits them."""
    parts = {name: text.decode() for name, text in members().items() if name != "about.json"}
    parts |= {name.replace("_", "."): text for name, text in changed.items()}
    about = {"format": "toxwatch-story/1", "name": NAME, "digest": content_digest(parts)}
    return zipped(
        {"about.json": json.dumps(about).encode(), **{n: t.encode() for n, t in parts.items()}}
    )


@pytest.mark.parametrize("name", STORIES)
def test_every_story_of_ours_travels(name: str) -> None:
    content = bundle(name, files(name))
    found = read_bundle(content)
    assert found.course == read_story(name, files(name))
    assert dict(found.files) == files(name)
    assert (found.name, file_name(name)) == (name, f"{name}.toxwatch-story")


def test_the_same_story_makes_the_same_bytes_in_any_order() -> None:
    turned = dict(reversed(files(NAME).items()))
    assert sha256(bundle(NAME, turned)).digest() == sha256(GOOD).digest()
    assert read_bundle(GOOD).digest == content_digest(turned)
    other = {**turned, STORY: turned[STORY] + "\n"}
    assert bundle(NAME, other) != GOOD
    dates = {one.date_time for one in zipfile.ZipFile(io.BytesIO(GOOD)).infolist()}
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_a_bundle_packed_again_elsewhere_is_read() -> None:
    assert read_bundle(zipped(members())).digest == read_bundle(GOOD).digest
    assert told() != GOOD
    assert read_bundle(told()).name == NAME


def test_what_nobody_can_play_is_not_shared() -> None:
    with pytest.raises(StoryError):
        bundle(NAME, {**files(NAME), "other.json": "{}"})


@pytest.mark.parametrize(
    "name",
    [
        "../story.toml", "/etc/passwd", "a/b.json", "a\\b.json", "..\\..\\x.json", "C:x.json",
        ".hidden.json", "x.json/", "x.py", "X.json", "x.json ", "ä.json", "con.json\n", "a b.json",
    ],
)  # fmt: skip
def test_a_name_that_is_no_file_of_a_story_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="is no file of a story"):
        read_bundle(zipped({**members(), name: b"{}"}))


def entry(name: str, mode: int) -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        made = zipfile.ZipInfo(name)
        made.external_attr = mode << 16
        archive.writestr(made, "case.json")
    return out.getvalue()


def test_a_link_and_a_device_are_refused() -> None:
    for kind in (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO):
        with pytest.raises(BundleError, match="is a link or a device"):
            read_bundle(entry("link.json", kind | 0o777))


def test_too_much_is_refused_before_it_is_unpacked() -> None:
    many = {f"b{number}.json": b"{}" for number in range(MOST_MEMBERS)}
    with pytest.raises(BundleError, match=f"holds {MOST_MEMBERS + 4} files"):
        read_bundle(zipped({**members(), **many}))
    with pytest.raises(BundleError, match="is larger than 2 MB"):
        read_bundle(zipped({**members(), "big.json": b" " * (2**21 + 1)}))
    wide = {f"b{number}.json": b" " * 2**20 for number in range(5)}
    with pytest.raises(BundleError, match="unpacks to more than 4 MB"):
        read_bundle(zipped({**members(), **wide}))
    with pytest.raises(BundleError, match="is larger than 4 MB"):
        read_bundle(b"PK" + b"\0" * MOST_BYTES)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(zipped({**members(), "bomb.json": b" " * 2_000_003}))
    real = (2_000_003).to_bytes(4, "little")
    while (place := content.find(real)) >= 0:
        content[place : place + 4] = (20).to_bytes(4, "little")
    with pytest.raises(BundleError, match=r"bomb\.json"):
        read_bundle(bytes(content))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_twice_is_refused() -> None:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("case.json", "{}")
    with pytest.raises(BundleError, match=r"case\.json: stands twice"):
        read_bundle(out.getvalue())


def test_a_locked_and_a_strangely_packed_member_are_refused() -> None:
    with pytest.raises(BundleError, match="packed in a way"):
        read_bundle(zipped(members(), zipfile.ZIP_LZMA))
    locked = bytearray(GOOD)
    for place in [at for at in range(len(locked)) if locked[at : at + 4] == b"PK\x01\x02"]:
        locked[place + 8] |= 1
    with pytest.raises(BundleError, match="password"):
        read_bundle(bytes(locked))


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04", b"\x1f\x8b" * 40, GOOD[:-30]])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(BundleError, match="is no toxwatch story"):
        read_bundle(content)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        (None, "about.json: is not there"),
        (b"{", "about.json: is not JSON"),
        (b"[" * 100_000, "about.json: is not JSON"),
        (b"[]", "does not say that this is"),
        (b'{"format": "toxwatch-story/2"}', "does not say that this is"),
        (b'{"format": "toxwatch-story/1", "digest": "00"}', "was changed or damaged"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_what_does_not_say_what_it_is_is_refused(about: bytes | None, says: str) -> None:
    parts = {name: text for name, text in members().items() if name != "about.json"}
    if about is not None:
        parts["about.json"] = about
    with pytest.raises(BundleError, match=says):
        read_bundle(zipped(parts))


def test_a_changed_text_and_a_flipped_bit_are_refused() -> None:
    with pytest.raises(BundleError, match="was changed or damaged"):
        read_bundle(zipped({**members(), "case.json": members()["case.json"] + b" "}))
    flipped = bytearray(GOOD)
    flipped[len(GOOD) // 2] ^= 1
    with pytest.raises(BundleError):
        read_bundle(bytes(flipped))


def test_a_bundle_of_a_story_with_faults_names_them_all() -> None:
    text = files(NAME)[STORY].replace('"lee-2019"', '"lee-2018"', 1)
    with pytest.raises(StoryError) as caught:
        read_bundle(told(story_toml=text, case_json="{}"))
    said = [str(one) for one in caught.value.faults]
    assert any("lee-2018" in one for one in said), said
    assert any(one.startswith("case.json: ") for one in said), said


def test_a_name_that_could_be_a_path_is_refused() -> None:
    parts = {name: text.decode() for name, text in members().items() if name != "about.json"}
    about = {"format": "toxwatch-story/1", "name": "../up", "digest": content_digest(parts)}
    with pytest.raises(BundleError, match="no name that a story can have"):
        read_bundle(zipped({**members(), "about.json": json.dumps(about).encode()}))
