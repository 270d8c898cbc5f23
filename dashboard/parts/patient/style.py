"""How the pieces of the Patient page look; the colours are those of the theme."""

from __future__ import annotations

from typing import Final

__all__ = ["SHEET"]

SHEET: Final = """
.tw dl.tw-banner { display: flex; flex-wrap: wrap; gap: .1rem 1.4rem; margin: 0;
  padding: .35rem .7rem;
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
.st-key-tw-two [data-testid="stHorizontalBlock"] { flex-wrap: wrap; }
.st-key-tw-two [data-testid="stColumn"] { min-width: min(100%, 34rem); }
.tw-protocol { margin: .3rem 0; }
.tw-warning p { margin: .2rem 0; font-size: .85rem; color: var(--tw-faint); }
.tw-warning b { color: var(--tw-ink); font-weight: 600; }
.tw-sub { font-size: 1.05rem; margin: .6rem 0 .25rem; padding: 0; font-weight: 700; }
.tw .tw-advice { list-style: none; margin: .5rem 0; padding: 0; }
.tw .tw-advice li { margin: 0 0 .4rem; padding: 0; }
.tw-adv { border: 1px solid var(--tw-edge); border-left-width: .45rem; border-radius: .25rem;
  padding: .3rem .6rem; background: var(--tw-paper); overflow-wrap: anywhere; }
.tw-adv.tw-emergency { background: var(--tw-red-soft); border-color: var(--tw-red-edge); }
.tw-adv.tw-urgent, .tw-adv.tw-soon, .tw-adv.tw-info { background: var(--tw-paper); }
.tw-adv.tw-possible { border-style: dashed; }
.tw-adv p { margin: .1rem 0; }
.tw-adv-says { font-weight: 600; }
.tw-adv-says em { font-weight: 400; font-style: normal; color: var(--tw-faint); }
.tw-emergency .tw-adv-says > b { color: var(--tw-red); }
.tw-urgent .tw-adv-says > b { color: var(--tw-yellow); }
.tw-soon .tw-adv-says > b { color: var(--tw-blue); }
.tw-dose b { font-size: 1.08rem; font-variant-numeric: tabular-nums; }
.tw-sum { font-variant-numeric: tabular-nums; }
.tw-blocked { border: 2px solid var(--tw-ink); border-radius: .2rem; padding: .05rem .4rem;
  font-weight: 600; width: fit-content; background: var(--tw-paper); }
.tw-confirm { font-weight: 600; }
.tw-caution { font-size: .82rem; }
.tw-foot { font-size: .78rem; color: var(--tw-faint); }
.tw-emergency .tw-foot, .tw-emergency .tw-adv-says em,
  .tw-emergency .tw-mark { color: var(--tw-ink); }
.tw-last { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center;
  gap: 0 .8rem; }
.tw-foot { flex: 1 1 14rem; }
.tw-last .tw-tap { margin: 0; }
.tw-decision { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .6rem; }
.tw-rule { font-size: .74rem; overflow-wrap: anywhere; }
.tw-decided { font-weight: 600; }
.tw-decided.tw-old { font-weight: 400; color: var(--tw-faint); }
.tw-if { font-weight: 600; margin: .5rem 0 .1rem; }
.tw dl.tw-ledger { display: grid; margin: .2rem 0; padding: 0; gap: 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); column-gap: 1.4rem; }
.tw-led { display: flex; gap: .6rem; padding: .15rem .3rem;
  border-bottom: 1px solid var(--tw-edge); }
.tw-led dt { flex: 0 0 10.5rem; color: var(--tw-faint); font-size: .85rem; margin: 0; }
.tw-led dd { margin: 0; font-variant-numeric: tabular-nums; }
.tw-led .tw-mark, .tw-foot .tw-mark, .tw-rules .tw-mark { white-space: normal; }
.tw-rules td:last-child { min-width: 6rem; }
/* An overdue check with its reasons: words beside the buttons, above them where it is narrow. */
[class*="st-key-not-done-row"] [data-testid="stButtonGroup"] { display: flex; flex-wrap: wrap;
  align-items: center; gap: .2rem .7rem; }
[class*="st-key-not-done-row"] [data-testid="stWidgetLabel"] { margin: 0; min-height: 0; }
[class*="st-key-not-done-row"] [data-testid="stWidgetLabel"] p { font-weight: 700; }
.tw-where { margin: 0 0 .4rem; }
.tw-led.tw-loud dd { font-weight: 700; }
.tw-led.tw-loud dt { color: var(--tw-ink); font-weight: 700; }
.tw-compare td { width: 50%; }
.tw-compare td p { margin: .1rem 0 .35rem; }
.tw-findings tbody .tw-cmp-head th { background: var(--tw-soft); white-space: normal; }
.tw-differs { font-weight: 600; border: 1px solid var(--tw-ink); border-radius: .2rem;
  padding: 0 .3rem; font-size: .76rem; background: var(--tw-paper); }
.tw-silent { font-style: italic; color: var(--tw-faint); }
.tw-findings.tw-rules tbody th, .tw-findings.tw-rules td:nth-child(3),
  .tw-findings.tw-choices tbody th, .tw-findings.tw-choices td:nth-child(3),
  .tw-findings.tw-compare td { white-space: normal; }
.tw-rules tbody th { overflow-wrap: anywhere; min-width: 7rem; max-width: 15rem; }
.tw-findings.tw-lens td, .tw-findings.tw-lens tbody th,
  .tw-findings.tw-markers td, .tw-findings.tw-markers tbody th { white-space: normal; }
.tw-lens tbody th { min-width: 7rem; }
.tw-lens .tw-grade b { font-size: 1.1rem; }
@media (max-width: 900px) {
  /* A scale and its grade in one line; the rest below, each over the width. */
  .tw-lens, .tw-lens tbody { display: block; }
  .tw-lens thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .tw-lens tr { display: grid; grid-template-columns: 1fr auto;
    border-bottom: 1px solid var(--tw-edge); padding: .25rem 0; }
  .tw-lens tr.tw-cmp-head { display: block; }
  .tw-lens tr.tw-cmp-head th { display: block; }
  .tw-findings.tw-lens tr > * { border-bottom: none; padding: .05rem .3rem; }
  .tw-lens td:nth-child(n+3) { grid-column: 1 / -1; }
  .tw-lens td:nth-child(3)::before { content: "Decided by: "; font-weight: 600; }
  .tw-lens td:nth-child(4):not(:empty)::before { content: "Record first: "; font-weight: 600; }
  .tw-lens td:nth-child(6)::before { content: "Source: "; }
}
@media (max-width: 760px) {
  .tw-led { flex-direction: column; gap: 0; }
  .tw-led dt { flex: none; }
  .tw-rules, .tw-rules tbody, .tw-rules tr, .tw-rules th, .tw-rules td { display: block; }
  .tw-rules thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .tw-findings.tw-rules td { border-bottom: none; padding: .1rem .3rem; }
  .tw-rules tr { border-bottom: 2px solid var(--tw-edge); padding: .3rem 0; }
  .tw-rules td:nth-child(2)::before { content: "When: "; }
  .tw-rules td:nth-child(4)::before { content: "Source: "; }
  .tw-rules td:nth-child(6)::before { content: "Reached by: "; }
  .tw-findings.tw-rules tbody th { max-width: none; border-bottom: none; }
  .tw-findings { table-layout: fixed; overflow-wrap: anywhere; hyphens: auto; }
  /* A sign, its value and its grade in one line; limit and source below, each over the width. */
  .tw-card .tw-findings, .tw-card .tw-findings tbody { display: block; }
  .tw-card .tw-findings thead { position: absolute; clip-path: inset(50%); height: 1px;
    overflow: hidden; }
  .tw-card .tw-findings tr { display: grid; grid-template-columns: 6.5rem 1fr auto;
    border-bottom: 1px solid var(--tw-edge); padding: .15rem 0; }
  .tw-card .tw-findings tr > * { border-bottom: none; padding: .05rem .25rem; }
  .tw-card .tw-findings td:nth-child(n+4) { grid-column: 1 / -1; font-weight: 400; }
  .tw-card .tw-findings td:nth-child(3)::before { content: "grade "; font-weight: 400; }
  .tw-card .tw-findings td:nth-child(4):not(:empty)::before { content: "Limit: "; }
  .tw-card .tw-findings td:nth-child(5)::before { content: "Source: "; }
  .tw-findings.tw-entries, .tw-entries tbody, .tw-entries tr, .tw-entries td, .tw-choices,
    .tw-choices tbody, .tw-choices tr, .tw-choices th, .tw-choices td { display: block; }
  .tw-entries thead, .tw-choices thead { position: absolute; clip-path: inset(50%); height: 1px;
    overflow: hidden; }
  .tw-findings.tw-entries td, .tw-findings.tw-choices td { border-bottom: none; }
  .tw-entries tr, .tw-choices tr { border-bottom: 2px solid var(--tw-edge); padding: .2rem 0; }
  .tw-entries td:nth-child(1) { font-weight: 600; }
  .tw-entries td:nth-child(-n+2), .tw-entries td:nth-child(n+4) { display: inline-block; }
  .tw-entries td:nth-child(4)::before { content: "entered "; }
  .tw-card { padding: .5rem .4rem; }
  .tw-findings { font-size: .74rem; }
  .tw-findings th, .tw-findings td { padding: .2rem .25rem; }
  .tw-findings tbody th, .tw-findings td:nth-child(3) { white-space: normal; }
}
"""
