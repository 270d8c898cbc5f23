"""
Everything recorded about a patient, newest first; corrected entries stay, struck through.

Each row says who, when it was observed and when it was entered. Patient text passes ``esc``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from dashboard.parts.grade import esc, span_text
from dashboard.parts.patient.entry_words import entry_text
from dashboard.store import Entry
from toxmodels.site import site

__all__ = ["entries_html"]

_KINDS: Final = {
    "vitals": "vital signs",
    "neuro": "neuro exam",
    "none_found": "looked, none",
    "withdrawal": "taken back",
}


def entries_html(
    entries: Sequence[Entry], zone: tzinfo, *, correct_at: str | None, most: int | None
) -> str:
    """
    The table of entries, newest observation first.

    Args:
        entries: the whole history, corrected ones too.
        zone: in which clock times are said.
        correct_at: address of the Enter page for this patient, to which the entry to replace is
            added; ``None`` where nobody may correct.
        most: how many rows to show; all of them when ``None``.

    """
    by_id = {one.entry_id: one for one in entries}
    shown = sorted(entries, key=lambda one: (one.observed_at, one.position), reverse=True)[:most]
    rows = "".join(_row(one, by_id, zone, correct_at) for one in shown)
    heads = ("Observed", "What", "Recorded values", "Entered", "By", "")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<table class="tw-findings tw-entries"><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(
    one: Entry, by_id: Mapping[str, Entry], zone: tzinfo, correct_at: str | None
) -> str:  # fmt: skip
    gone = one.replaced_by is not None
    text = esc(entry_text(one.kind, one.payload, zone))
    value = f"<s>{text}</s>" if gone else text
    late = ""
    if one.is_late(site().combine_within):
        late = f' <b class="tw-late">entered late, by {esc(span_text(one.delay))}</b>'
    if one.origin == "imported":
        late = ' <span class="tw-mark">from a file</span>'
    shade = ' class="tw-gone"' if gone else ""
    return (
        f"<tr{shade}>"
        f"<td>{one.observed_at.astimezone(zone):%d-%b %H:%M}</td>"
        f"<td>{esc(_KINDS.get(one.kind, one.kind))}</td>"
        f"<td>{value}{_fate(one, by_id, zone)}</td>"
        f"<td>{one.recorded_at.astimezone(zone):%d-%b %H:%M}{late}</td>"
        f"<td>{esc(one.recorded_by)} ({esc(one.role)})</td>"
        f"<td>{_correction(one, correct_at)}</td></tr>"
    )


def _correction(one: Entry, correct_at: str | None) -> str:
    if correct_at is None or not one.is_live or one.kind == "none_found":
        return ""
    joint = "&amp;" if "?" in correct_at else "?"
    return (
        f'<a href="{esc(correct_at)}{joint}replaces={esc(one.entry_id)}" target="_self">Correct</a>'
    )


def _fate(one: Entry, by_id: Mapping[str, Entry], zone: tzinfo) -> str:
    """What replaced an entry, and what an entry replaced, with who, when and why."""
    said = ""
    later = by_id.get(one.replaced_by) if one.replaced_by is not None else None
    if later is not None:
        deed = "Taken back" if one.withdrawn else "Corrected"
        when = f"{later.recorded_at.astimezone(zone):%d-%b %H:%M}"
        why = f": {later.reason}" if later.reason is not None else ""
        text = f"{deed} by {later.recorded_by}, {when}{why}"
        said += f'<br><small class="tw-fate">{esc(text)}</small>'
    earlier = by_id.get(one.replaces) if one.replaces is not None else None
    if earlier is not None:
        when = f"{earlier.recorded_at.astimezone(zone):%d-%b %H:%M}"
        why = f": {one.reason}" if one.reason is not None else ""
        text = f"Replaces the entry of {when}{why}"
        said += f'<br><small class="tw-fate">{esc(text)}</small>'
    return said
