"""
Write the rule book from the rule files, and which sample patient reaches which rule.

    .venv/bin/python scripts/make_rulebook.py            write what is out of date
    .venv/bin/python scripts/make_rulebook.py --check    only say what is; exit 1 if anything is

``docs/rulebook.md`` is for people; ``sample_data/reached.json`` is what the screens read.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

import toxmodels  # noqa: E402
from toxmodels.course import Walk  # noqa: E402
from toxmodels.products import products  # noqa: E402
from toxmodels.protocols import Protocol, Rule, protocols  # noqa: E402
from toxmodels.protocols.matching import applies  # noqa: E402
from toxmodels.protocols.words import said, when_in_words  # noqa: E402
from toxmodels.scales import STEPPED  # noqa: E402
from toxmodels.situation import Situation  # noqa: E402

PAGE, REACHED = "docs/rulebook.md", "sample_data/reached.json"
GRADES = (1, 2, 3, 4)
KINDS = {"car-t": "CAR-T", "engager": "bispecific"}
TERMS = {"crs": "astct-crs-2019", "neuro": "astct-icans-2019"}
HEAD = """\
# Rule book

Every rule of every packaged protocol, in words. This page is written by
`scripts/make_rulebook.py` from the files in `toxmodels/protocols/`; what a rule does is what
stands here. No clinician has reviewed it yet. It proposes and orders nothing.

* All conditions of a rule must hold; what nobody recorded satisfies none. Grades are certain ones.
* *Checked* says how far a rule was held against its source: `verified` (read there),
  `unverified` (from professional knowledge, with a confidence) or `house` (decided here).
  `transcribed`, `inferred` and `house` say how it came about.
* *Reached by* names the sample patients for whom the rule speaks at some time of their course.
* Doses are not here: `toxwatch dose` works each one out with its own sources.

`toxwatch protocols ID` prints one protocol, `toxwatch protocols compare A B CASE.json` two of them
for one patient. A hospital's own rules: [site protocols](site-protocols.md).
"""
COVERAGE = """\
## Coverage

How many rules answer each grade, by class of product. A label that is written on another scale
(CTCAE, Lee, Penn) counts under the grade of that scale, as a clinician assigned it. Where a
protocol has no rule it says that it is silent; it never shows an empty space.
"""


def main(arguments: list[str]) -> int:
    """Write both files, or with --check name those that would change."""
    stale = {name: text for name, text in pages().items() if current(name) != text}
    if "--check" in arguments:
        for name in stale:
            print(f"{name}: not up to date; run: .venv/bin/python scripts/make_rulebook.py")
        return 1 if stale else 0
    for name, text in stale.items():
        (ROOT / name).write_text(text, encoding="utf-8")
        print(f"{name}: written")
    return 0


def current(name: str) -> str | None:
    """Return a file as it lies there, if it does."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def pages() -> dict[str, str]:
    """Return both files as they should be."""
    found = reached()
    return {PAGE: render(found), REACHED: json.dumps(found, indent=1) + "\n"}


def reached() -> dict[str, list[str]]:
    """Name for each rule the sample patients for whom it speaks, at any time of their course."""
    found: dict[str, list[str]] = {
        rule.id: [] for one in protocols().values() for rule in one.rules
    }
    for path in sorted(ROOT.glob("sample_data/*/case.json")):
        for name in spoken(path):
            found[name].append(path.parent.name)
    return dict(sorted(found.items()))


def spoken(path: Path) -> set[str]:
    """Return every rule that speaks for one case, under any protocol, at any time before death."""
    walk = Walk(toxmodels.load_case(path.read_bytes()))
    times = [time for time in walk.chart.times() if walk.chart.death_by(time) is None]
    whole = walk.steps(times[-1])
    therapy = walk.case.therapy
    product = None if therapy is None else therapy.product
    waiting = [
        (rule, one)
        for one in protocols().values()
        if covers(one, product)
        for rule in one.rules
        if rule.when.products is None or product in rule.when.products
    ]
    found: set[str] = set()
    for number, at in enumerate(times, start=1):
        steps = whole[:number]
        grades = {id_: steps[-1].grade(id_) for id_ in STEPPED}
        situation = Situation(walk.case, walk.chart, at, steps, grades)
        speak = {rule.id for rule, one in waiting if applies(rule, one, situation)}
        found |= speak
        waiting = [(rule, one) for rule, one in waiting if rule.id not in speak]
    return found


def covers(one: Protocol, product: str | None) -> bool:
    """Whether a protocol speaks for a product."""
    if one.products:
        return product in one.products
    return product is None or products()[product].kind in one.kinds


def render(found: dict[str, list[str]]) -> str:
    """Return the whole page."""
    books = protocols().values()
    parts = [HEAD, "\n".join([*contents()]), COVERAGE, "\n".join([*coverage()])]
    parts += ["\n".join([*section(one, found)]) for one in books]
    return "\n".join(parts)


def contents() -> Iterator[str]:
    """Yield one line for each protocol, with how far it was checked."""
    yield "| protocol | edition | for | rules | verified | unverified | house |"
    yield "|---|---|---|---|---|---|---|"
    for one in protocols().values():
        marks = Counter(rule.verification for rule in one.rules)
        counts = " | ".join(str(marks[mark]) for mark in ("verified", "unverified", "house"))
        link = f"[{one.id}](#{one.id})"
        cells = [link, one.edition, covered(one), str(len(one.rules)), counts]
        yield f"| {' | '.join(cells)} |"
    yield ""


def covered(one: Protocol) -> str:
    """Say what a protocol is for."""
    return said(one.products, "and") if one.products else said((KINDS[k] for k in one.kinds), "and")


def coverage() -> Iterator[str]:
    """Yield the table of grades, one line for each protocol and class of product."""
    heads = [f"{STEPPED[scale].short} {grade}" for scale in TERMS.values() for grade in GRADES]
    yield f"| protocol | product | {' | '.join(heads)} |"
    yield "|---|---|" + "---|" * len(heads)
    for one in protocols().values():
        for kind, name in KINDS.items():
            cells = [cell(one, kind, scale, grade) for scale in TERMS.values() for grade in GRADES]
            yield f"| {one.id} | {name} | {' | '.join(cells)} |"
    yield ""


def cell(one: Protocol, kind: str, scale: str, grade: int) -> str:
    """Count the rules that answer a grade."""
    if kind not in kinds_of(one):
        return "not covered"
    number = sum(
        kind in kinds_for(one, rule) and answers(rule) == scale and grade in grades_of(rule, scale)
        for rule in one.rules
    )
    return str(number) if number else "silent"


def kinds_of(one: Protocol) -> set[str]:
    """Return the classes of product that a protocol covers."""
    return {products()[id_].kind for id_ in one.products} or {*one.kinds}


def kinds_for(one: Protocol, rule: Rule) -> set[str]:
    """Return the classes of product that a rule speaks of."""
    named = {products()[id_].kind for id_ in rule.when.products or ()}
    return named or {*(rule.when.kinds or kinds_of(one))}


def grades_of(rule: Rule, scale: str) -> tuple[int, ...]:
    """Return the grades a rule answers: its own, those of an event, or those it waits for."""
    here = rule.when.crs if scale == TERMS["crs"] else rule.when.icans
    return rule.grades or rule.when.event_peak or here or ()


def answers(rule: Rule) -> str | None:
    """Return the scale of the toxicity a rule speaks of."""
    return rule.scale if rule.is_computed else TERMS.get(rule.term or "")


def section(one: Protocol, found: dict[str, list[str]]) -> Iterator[str]:
    """Yield one protocol: its head, its parameters and a line for each rule."""
    yield f"## {one.id}\n"
    yield f"{one.title}, edition {one.edition} ({one.kind}), for {covered(one)}."
    yield f"Scale: {one.scale}. Read in: {one.read_in}."
    yield f"As a whole {one.verification}; not yet reviewed by a clinician.\n"
    if one.parameters:
        yield "| parameter | value |"
        yield "|---|---|"
        yield from (f"| `{name}` | {value} |" for name, value in one.parameters.items())
        yield ""
    yield "| rule | when | says | drug | source and place | checked | reached by |"
    yield "|---|---|---|---|---|---|---|"
    yield from (f"| {' | '.join(line(rule, found))} |" for rule in one.rules)
    yield ""


def line(rule: Rule, found: dict[str, list[str]]) -> list[str]:
    """Return the cells of one rule."""
    sure = "" if rule.confidence is None else f" ({rule.confidence})"
    keys = ", ".join(f"{key} {value}" for key, value in rule.dose.items())
    care = f" *Care: {'; '.join(rule.cautions)}.*" if rule.cautions else ""
    cells = [
        f"`{rule.id.partition('/')[2]}`",
        when_in_words(rule),
        f"**{rule.urgency}**, {rule.owner}, {rule.step}: {rule.advise}.{care}",
        f"{rule.drug or ''}{f' ({keys})' if keys else ''}",
        f"{rule.cite.source}: {rule.cite.at}",
        f"{rule.verification}{sure}, {rule.basis}",
        ", ".join(found.get(rule.id, [])) or "no sample patient",
    ]
    return [text.replace("|", "/") for text in cells]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
