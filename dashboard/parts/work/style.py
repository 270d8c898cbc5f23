"""How the work list looks; the colours are those of the theme."""

from __future__ import annotations

from typing import Final

__all__ = ["SHEET"]

SHEET: Final = """
.tw-work { width: 100%; border-collapse: collapse; font-size: .88rem; line-height: 1.28; }
.tw-work th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--tw-faint);
  border-bottom: 2px solid var(--tw-edge); padding: .1rem .45rem; }
.tw-work td { vertical-align: top; border-bottom: 1px solid var(--tw-edge); padding: .3rem .45rem;
  overflow-wrap: anywhere; }
.tw-work td:first-child, .tw-work th:first-child { padding-left: .8rem; width: 10rem; }
.tw-work td:last-child { width: 8rem; }
.tw-asking td:nth-child(3) { width: 19rem; }
.tw-checks td:nth-child(2) { width: 15rem; }
.tw-checks td:nth-child(3) { width: 13rem; }
.tw-work tr.tw-now > td:first-child { box-shadow: inset .4rem 0 0 var(--tw-red-edge); }
.tw-work tr.tw-press > td:first-child { box-shadow: inset .4rem 0 0 var(--tw-yellow-edge); }
.tw-work a.tw-tap { color: var(--tw-ink); }
.tw-also { font-size: .82rem; margin-top: .15rem; }
.tw-sub { font-size: 1.02rem; font-weight: 700; margin: .5rem 0 .1rem; padding: 0; }
.tw-team { margin: .6rem 0 0; }
@media (max-width: 1100px) {
  .tw-work td:first-child, .tw-work th:first-child { width: 6.5rem; }
  .tw-asking td:nth-child(3), .tw-checks td:nth-child(2), .tw-checks td:nth-child(3) {
    width: 11rem; }
}
@media (max-width: 760px) {
  .tw-work thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .tw-work, .tw-work tbody, .tw-work tr, .tw-work td { display: block; }
  .tw-work tr { border: 1px solid var(--tw-edge); border-radius: .4rem; margin-bottom: .5rem;
    padding: .15rem 0; }
  .tw-work tr.tw-now { border-left: .5rem solid var(--tw-red-edge); }
  .tw-work tr.tw-press { border-left: .5rem solid var(--tw-yellow-edge); }
  .tw-work tr > td:first-child { box-shadow: none !important; }
  .tw-work td { border-bottom: none; padding: .15rem .6rem; }
  .tw-work tr > td:nth-child(n) { width: auto; }
  .tw-work td:empty { display: none; }
  .tw-checks td:nth-child(4)::before, .tw-checks td:nth-child(5)::before {
    content: attr(data-tw-label) ": "; color: var(--tw-faint); }
}
"""
