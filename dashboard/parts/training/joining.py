"""How a trainee finds the room: a short code, the address it belongs to, and both as a QR code."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from dashboard.parts.grade import esc

__all__ = ["join_address", "joining_html", "spelled"]

PATH: Final = "/training"
_ELSEWHERE: Final = ("127.0.0.1", "localhost", "::1")


def join_address(seen: str | None, code: str) -> str | None:
    """
    The address a tablet opens to join, made from the one this browser stands at.

    ``None`` where the browser does not say where it stands: then only the code is shown.
    """
    if not seen:
        return None
    here = urlsplit(seen)
    if not here.scheme or not here.netloc:
        return None
    query = urlencode({"view": "play", "room": code})
    return urlunsplit((here.scheme, here.netloc, PATH, query, ""))


def is_only_here(address: str) -> bool:
    """Whether the address leads nowhere from another machine: no tablet could follow it."""
    return urlsplit(address).hostname in _ELSEWHERE


def spelled(code: str) -> str:
    """The code in two halves, as it is read out: ``K7M 4QP``."""
    return f"{code[:3]} {code[3:]}" if len(code) == 6 else code


def joining_html(code: str, address: str | None) -> str:
    """Code, address and QR code, large enough for a wall."""
    picture = "" if address is None else _picture(address)
    where = (
        '<p class="tw-faint">This browser does not tell its address: open Training and type the '
        "code.</p>"
        if address is None
        else f'<p class="tw-join-address">{esc(address)}</p>{_warned(address)}'
    )
    return (
        f'<section class="tw-join" aria-label="How to join">{picture}<div>'
        f'<p class="tw-faint">Code of the room</p><p class="tw-code">{esc(spelled(code))}</p>'
        f'<p class="tw-faint">On the tablet: page Training, type the code; or open</p>{where}'
        "</div></section>"
    )


def _warned(address: str) -> str:
    if not is_only_here(address):
        return ""
    return (
        '<p class="tw-mark">This address works on this machine only. Open this page by the name '
        "that the tablets use, and the code shows that one.</p>"
    )


def _picture(address: str) -> str:
    """A picture, because the sanitiser of the page lets no drawing through; ink on white always."""
    import segno  # only here, and slow to import

    drawn = segno.make(address, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    whole = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return (
        f'<img class="tw-qr" alt="QR code of {esc(address)}" '
        f'src="data:image/svg+xml,{esc(quote(whole))}">'
    )
