"""How the trainer's pieces look; the colours are those of the theme."""

from __future__ import annotations

from typing import Final

__all__ = ["SHEET"]

SHEET: Final = """<style>
.tw-join { display: flex; flex-wrap: wrap; gap: .6rem 1.6rem; align-items: center; }
.tw-qr { width: 11rem; height: 11rem; background: #fff; border: 1px solid var(--tw-edge); }
.tw-join p { margin: .15rem 0; }
.tw-code { font-size: 3rem; line-height: 1.1; font-weight: 700; letter-spacing: .12em;
  font-variant-numeric: tabular-nums; }
.tw-join-address { overflow-wrap: anywhere; font-weight: 600; }
.tw-trainclock { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; align-items: baseline;
  margin: .3rem 0; font-variant-numeric: tabular-nums; }
.tw-trainclock b { font-size: 1.25rem; }
.tw-group tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
.tw-group td:nth-child(3) { white-space: normal; }
.tw-p-quiet, .tw-p-lost { font-weight: 700; }
.tw-said { border-top: 1px solid var(--tw-edge); padding: .3rem 0; }
.tw-said h3, h3.tw-asked { font-size: 1rem; margin: .2rem 0; padding: 0; font-weight: 700; }
.tw-said p { margin: .2rem 0; }
.tw-voices { list-style: none; margin: .1rem 0 .4rem; padding: 0; }
.tw-voices li { display: flex; gap: .5rem; align-items: baseline; margin: .2rem 0; padding: 0; }
.tw-voices li > span:last-child { min-width: 0; overflow-wrap: anywhere; }
.tw-count { min-width: 1.6rem; text-align: right; font-variant-numeric: tabular-nums; }
.tw-track { flex: none; width: 7rem; align-self: flex-start; padding-top: .25rem; }
.tw-bar { display: block; height: .8rem; border: 1px solid var(--tw-ink); }
.tw-o-right .tw-bar { background: var(--tw-ink); }
.tw-beside-receipt { display: grid; gap: .4rem 1.4rem; align-items: start;
  grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); }
@media (max-width: 1100px) { .tw-beside-receipt { grid-template-columns: minmax(0, 1fr); }
  .tw-track { width: 4rem; } }
.tw-debrief { white-space: pre-line; max-width: 60rem; }
.tw-voices .tw-o-right { font-weight: 600; }
.tw-figures { display: grid; gap: .6rem; align-items: stretch;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
.tw-figure { border: 1px solid var(--tw-edge); border-radius: .4rem; padding: .5rem .7rem; }
.tw-figure p { margin: .15rem 0; }
.tw-figure b.tw-number { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.tw-scores td, .tw-scores tbody th, .tw-scores td:nth-child(3) { white-space: normal; }
.tw-scores tbody th { overflow-wrap: anywhere; }
.tw-scores .tw-when { white-space: nowrap; }
.tw-certificate { border: 2px solid var(--tw-ink); border-radius: .4rem; padding: .6rem .9rem;
  max-width: 46rem; }
</style>"""
