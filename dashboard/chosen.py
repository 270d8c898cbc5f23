"""
Which protocols there are here, and which one a ward follows for a patient.

There are the packaged ones and a site's own rule files, from the folder in ``TOXWATCH_PROTOCOLS``.
A file that cannot be used is named with its faults and the others still load. What a ward chose
is read once a version of the ward. A chosen protocol that is not there is a fault that is said:
it is never replaced by another one and never looks like "nothing was chosen".
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

import structlog

from dashboard import glance
from dashboard.kept import Kept
from dashboard.session import DATABASE, live_store
from dashboard.store import ProtocolChoice
from toxmodels import Case
from toxmodels.products import product
from toxmodels.protocols import Protocol, RuleBookError, protocols
from toxmodels.protocols.site_file import overstated, read_site_protocol

FOLDER: Final = "TOXWATCH_PROTOCOLS"
_Stamp = tuple[str, tuple[tuple[str, int, int, int], ...] | None]

_log = structlog.get_logger(__name__)
_read = Kept(4)
_made = Kept(100)


@dataclass(frozen=True, slots=True)
class RuleBooks:
    """
    Every protocol that can be chosen here.

    ``of_site`` are the ids of the site's own files; ``faults`` tell which files cannot be used and
    why, ``notes`` which rules of a usable file carry a mark that their change has taken from them;
    ``digests`` are of the content of each protocol and ``digest`` of all of it. ``texts`` are the
    site's usable files as they were read, by file name.
    """

    protocols: Mapping[str, Protocol]
    of_site: frozenset[str]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    digests: Mapping[str, str]
    digest: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """
    What a ward follows for one patient.

    ``choice`` is the choice that holds; ``protocol`` is ``None`` where nothing was chosen, or where
    ``fault`` says why what was chosen cannot be followed. ``key`` changes with what decides.
    """

    protocol: Protocol | None
    choice: ProtocolChoice | None
    fault: str | None
    key: str


def forget() -> None:
    """Drop everything kept: after a test, or when another store is opened."""
    _read.clear()
    _made.clear()


def rule_books() -> RuleBooks:
    """The protocols that there are; a folder that did not change is not read again."""
    stamp = _stamp(os.environ.get(FOLDER))
    found: RuleBooks | None = _read.get(stamp)
    if found is None:
        found = _rule_books(stamp)
        _read.put(stamp, found)
    return found


def protocols_here() -> Mapping[str, Protocol]:
    """Packaged protocols and the site's own, by id."""
    return rule_books().protocols


def faults() -> tuple[str, ...]:
    """Which rule files cannot be used and why, one text a fault, each with the file's name."""
    return rule_books().faults


def choices_here(ward_id: str) -> Mapping[str, ProtocolChoice]:
    """The newest choice of a ward for each scope; ``protocol_id`` None is no protocol any more."""
    key = (os.environ.get(DATABASE, ""), ward_id, glance.version(live_store(), ward_id))
    found: Mapping[str, ProtocolChoice] | None = _made.get(key)
    if found is None:
        made = live_store().protocol_choices(ward_id)
        found = MappingProxyType({one.scope: one for one in made})
        _made.put(key, found)
    return found


def protocol_for(ward_id: str, case: Case) -> Protocol | None:
    """The protocol this ward follows for this patient, if it chose one that can be followed."""
    return chosen_for(ward_id, case).protocol


def chosen_for(ward_id: str, case: Case) -> Chosen:
    """
    The newest choice for the product, else for its kind.

    "No protocol" for a product holds against the choice for its kind: somebody decided it.
    """
    return followed_by(choices_here(ward_id), case)


def followed_by(made: Mapping[str, ProtocolChoice], case: Case) -> Chosen:
    """What these choices mean for a patient; the newest choice of each scope is given."""
    if all(one.protocol_id is None for one in made.values()):
        return Chosen(None, None, None, "")
    named = None if case.therapy is None else case.therapy.product
    known = None if named is None else product(named)
    if known is None:
        says = "No product is recorded, so this ward's protocol cannot be followed: record it"
        return Chosen(None, None, says, "no-product")
    choice = made.get(known.id) or made.get(known.kind)
    if choice is None or choice.protocol_id is None:
        return Chosen(None, choice, None, "")
    return _followed(choice, choice.protocol_id)


def _followed(choice: ProtocolChoice, protocol_id: str) -> Chosen:
    books = rule_books()
    found = books.protocols.get(protocol_id)
    if found is None:
        says = (
            f'The protocol "{protocol_id}", chosen for {choice.scope}, cannot be read here: '
            "no advice until its file is mended or another one is chosen"
        )
        return Chosen(None, choice, says, f"{protocol_id}:missing")
    return Chosen(found, choice, None, f"{protocol_id}:{books.digests[protocol_id]}")


# The rule files


def _stamp(folder: str | None) -> _Stamp | None:
    """What changes when a file of the folder does; costs a look at the folder, opens nothing."""
    if not folder:
        return None
    try:
        files = [(file.name, file.stat()) for file in _files(folder)]
    except OSError:
        return folder, None
    return folder, tuple((name, of.st_mtime_ns, of.st_size, of.st_ino) for name, of in files)


def _files(folder: str) -> list[Path]:
    """The rule files, by name; a hidden file is an editor's or a system's, not a rule file."""
    found = Path(folder).iterdir()
    return sorted(one for one in found if one.suffix == ".toml" and not one.name.startswith("."))


def _rule_books(stamp: _Stamp | None) -> RuleBooks:
    packaged, said = _packaged()
    own: dict[str, Protocol] = {}
    texts: dict[str, str] = {}
    if stamp is not None:
        own, more = _own(stamp, texts)
        said += more
    notes = [str(one) for each in own.values() for one in overstated(each, each.id)]
    for fault in said:
        _log.error("rule-file", fault=fault)
    found = {**packaged, **own}
    digests = {
        id_: sha256(one.model_dump_json().encode()).hexdigest() for id_, one in found.items()
    }
    everything = "\n".join([*(f"{id_}:{one}" for id_, one in digests.items()), *said])
    return RuleBooks(
        protocols=MappingProxyType(found),
        of_site=frozenset(own),
        faults=tuple(said),
        notes=tuple(notes),
        digests=MappingProxyType(digests),
        digest=sha256(everything.encode()).hexdigest(),
        texts=MappingProxyType(texts),
    )


def _packaged() -> tuple[dict[str, Protocol], list[str]]:
    """Grades stay on the screen even where this installation's own rule files are damaged."""
    try:
        return dict(protocols()), []
    except RuleBookError as error:
        return {}, [f"{error} (a packaged file: install toxwatch again)"]


def _own(stamp: _Stamp, texts: dict[str, str]) -> tuple[dict[str, Protocol], list[str]]:
    folder, seen = stamp
    if seen is None:
        return {}, [f"{FOLDER}: the folder {folder} cannot be read; name a folder of rule files"]
    found: dict[str, list[tuple[str, Protocol]]] = {}
    said: list[str] = []
    for name, *_ in seen:
        file = Path(folder, name)
        read = _one(file, texts)
        if isinstance(read, str):
            said.append(read)
        else:
            found.setdefault(read.id, []).append((file.name, read))
    for id_, same in found.items():
        if len(same) > 1:
            names = ", ".join(name for name, _ in same)
            said.append(f'{names}: the id "{id_}" stands in each; none of them is used')
    return {id_: same[0][1] for id_, same in found.items() if len(same) == 1}, said


def _one(file: Path, texts: dict[str, str]) -> Protocol | str:
    """One rule file, or why it cannot be used; nothing in a file may stop the others."""
    try:
        text = file.read_text(encoding="utf-8")
        found = read_site_protocol(text, file.name)
    except RuleBookError as error:
        return str(error)
    except UnicodeDecodeError:
        return f"{file.name}: is not UTF-8 text; save it as UTF-8"
    except OSError as error:
        return f"{file.name}: cannot be opened ({error.strerror}); check its rights"
    except Exception as error:  # noqa: BLE001 - a fault of the reader is the file's fault here
        return f"{file.name}: cannot be read as a rule file ({type(error).__name__})"
    texts[file.name] = text
    return found
