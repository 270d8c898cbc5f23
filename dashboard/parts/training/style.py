"""
How training looks: a striped violet frame that no page of the ward has, and its own pieces.

The frame is stripes, words and an id before it is a colour: a grey print still shows it.
"""

from __future__ import annotations

from typing import Final

__all__ = ["SHEET"]

SHEET: Final = """
[data-testid="stMainBlockContainer"]:has(.tw-training) {
  border: .6rem solid; border-image: repeating-linear-gradient(45deg, var(--tw-violet-edge) 0 .7rem,
    var(--tw-paper) .7rem 1rem) 12; }
[data-testid="stElementContainer"]:has(> * .tw-training), [data-testid="stHtml"]:has(.tw-training) {
  position: sticky; top: 2.75rem; z-index: 90; }
.tw-training { display: flex; flex-wrap: wrap; gap: .1rem 1rem; align-items: baseline; margin: 0;
  padding: .3rem .7rem; background: var(--tw-violet-edge); color: var(--tw-paper);
  border-radius: .2rem; }
.tw-training b { font-size: 1.1rem; letter-spacing: .03em; }
.tw-training span { font-size: .9rem; }
.tw-told { margin: 0; padding: .5rem .8rem; border-left: .45rem solid var(--tw-violet-edge);
  background: var(--tw-violet-soft); color: var(--tw-ink); font-size: 1.05rem;
  white-space: pre-line; overflow-wrap: anywhere; }
.tw-told b { display: block; font-size: .85rem; }
.tw h3.tw-asked { font-size: 1.15rem; font-weight: 700; margin: .2rem 0; padding: 0; }
.tw .tw-replies { margin: .2rem 0; padding: .4rem .8rem; border-left: .3rem double var(--tw-edge);
  background: var(--tw-soft); color: var(--tw-ink); white-space: pre-line; }
.tw .tw-step { margin: 0; padding: 0; font-size: 1rem; font-weight: 600; }
.tw-revealed { border: 1px solid var(--tw-edge); border-radius: .4rem; padding: .5rem .8rem;
  margin: 0; background: var(--tw-paper); }
.tw-revealed p { margin: .25rem 0; }
.tw-verdict { font-size: 1.1rem; padding: .15rem .5rem; border: 2px solid var(--tw-ink);
  border-radius: .25rem; width: fit-content; }
.tw-v-right { background: var(--tw-ink); color: var(--tw-paper); }
.tw-v-partly { border-style: double; border-width: 4px; }
.tw-v-late { border-style: dashed; }
.tw .tw-answers { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem;
  margin: .2rem 0; padding: 0; }
.tw .tw-answers dt { margin: 0; padding: 0; color: var(--tw-faint); font-weight: 400; }
.tw .tw-answers dd { margin: 0; }
.tw .tw-options { list-style: none; margin: .3rem 0; padding: 0; }
.tw .tw-options li { margin: 0 0 .35rem; padding: .25rem .6rem; border: 1px solid var(--tw-edge);
  border-left-width: .35rem; border-radius: .25rem; }
.tw .tw-options li.tw-o-right { border-color: var(--tw-ink); border-width: 2px;
  border-left-width: .35rem; }
.tw .tw-options p { margin: .1rem 0; }
.tw-mine { border: 1px solid currentColor; border-radius: .2rem; padding: 0 .3rem;
  font-size: .82rem; font-weight: 600; }
.tw-records td:nth-child(1), .tw-records td:nth-child(2) { white-space: nowrap; }
.tw-records td:nth-child(3) { white-space: normal; overflow-wrap: anywhere; }
.tw-records td > div { margin: .1rem 0 .35rem; }
.tw-clock { margin: 0; padding: .25rem .7rem; border: 1px solid var(--tw-edge);
  border-radius: .25rem; background: var(--tw-soft); font-variant-numeric: tabular-nums; }
.tw-clock b { font-size: 1.15rem; }
.tw-clock.tw-stands { border: 2px solid var(--tw-ink); }
.tw-story { margin: 0; line-height: 1.3; }
.tw-story b { font-size: 1.05rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-tw-onward), .st-key-tw-onward { position: sticky;
  bottom: 0; z-index: 80; background: var(--tw-paper); padding: .4rem 0; }
.st-key-tw-play-two [data-testid="stRadio"] label,
.st-key-tw-play-two [data-testid="stCheckbox"] label,
.st-key-tw-play-one [data-testid="stRadio"] label,
.st-key-tw-play-one [data-testid="stCheckbox"] label { align-items: flex-start; padding: .3rem 0; }
@media (max-width: 1000px) {
  .st-key-tw-play-two > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {
    flex-direction: column; }
  .st-key-tw-play-two > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]
    > [data-testid="stColumn"] { width: 100%; flex: 1 1 auto; }
}
"""
