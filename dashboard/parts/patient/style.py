"""How the pieces of the Patient page look; the colours are those of the theme."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """<style>
.tw-banner { display: flex; flex-wrap: wrap; gap: .1rem 1.4rem; margin: 0; padding: .35rem .7rem;
  border: 1px solid var(--tw-edge); border-radius: .3rem; background: var(--tw-soft); }
.tw-pair { display: flex; flex-direction: column; }
.tw-pair dt { font-size: .75rem; color: var(--tw-faint); font-weight: 400; margin: 0; }
.tw-pair dd { margin: 0; font-weight: 700; font-size: 1rem; }
.tw-pair dd.tw-notknown { font-weight: 500; font-style: italic; }
.tw-headline { margin: .1rem 0; padding: .35rem .7rem; border-left: .45rem solid var(--tw-ink);
  font-size: 1.05rem; }
.tw-headline b { font-size: 1.1rem; }
.tw-infection { margin: 0 0 .5rem; padding: .3rem .7rem; border: 2px solid var(--tw-ink);
  border-radius: .25rem; font-weight: 600; }
.tw-card { border: 1px solid var(--tw-edge); border-radius: .4rem; padding: .6rem .8rem; }
.tw-card p { margin: .25rem 0; }
.tw-big .tw-grade b { font-size: 2.3rem; line-height: 1.15; }
.tw-big .tw-grade.tw-unknown b { font-size: 1.5rem; }
.tw-big .tw-short { font-size: 1.1rem; }
.tw-beside { border-left: .3rem double var(--tw-edge); padding-left: .5rem; }
.tw-ask { font-weight: 600; }
.tw-missing { margin: 0 0 .4rem 1.3rem; padding: 0; }
.tw-edition, .tw-none-line { color: var(--tw-faint); font-size: .82rem; }
.tw-findings { width: 100%; border-collapse: collapse; font-size: .84rem; margin: .2rem 0; }
.tw-findings th, .tw-findings td { text-align: left; vertical-align: top; padding: .22rem .45rem;
  border-bottom: 1px solid var(--tw-edge); }
.tw-findings tbody th, .tw-findings td:nth-child(3) { white-space: nowrap; }
.tw-entries td:nth-child(3) { white-space: normal; overflow-wrap: anywhere; }
.tw-entries td:nth-child(2) { white-space: nowrap; }
.tw-findings thead th { font-size: .75rem; color: var(--tw-faint); }
.tw-findings tbody th { font-weight: 600; }
.tw-row-decides { font-weight: 700; background: var(--tw-soft); }
.tw-row-gap td { font-style: italic; }
.tw-entries td:nth-child(1), .tw-entries td:nth-child(4) { white-space: nowrap; }
.tw-gone { color: var(--tw-faint); }
.tw-fate { font-style: italic; }
.tw-cards { display: grid; gap: .8rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); }
.tw-primary { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: center; }
.tw-primary .tw-flag { font-size: 1.05rem; padding: .3rem .6rem; }
.tw-others { margin: 0; padding-left: 0; list-style: none; }
.tw-others li { margin: .3rem 0; }
/* Streamlit's own picture carries neither the time nor "not live": exports go through our own. */
[data-testid="stFullScreenFrame"]:has([data-testid="stVegaLiteChart"])
  [data-testid="stElementToolbar"] { display: none; }
.tw-words li { margin: .25rem 0; }
.tw-card, .tw:has(> .tw-entries), .tw:has(> .tw-findings) { min-width: 0; overflow-x: auto; }
@media (max-width: 760px) {
  .tw-card { padding: .5rem .4rem; }
  .tw-findings { font-size: .78rem; }
  .tw-findings th, .tw-findings td { padding: .2rem .25rem; }
  .tw-findings tbody th { white-space: normal; }
}
</style>"""
