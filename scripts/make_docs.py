"""
Fill the numbers and fixed wordings into the documents, and write the generated pages.

    .venv/bin/python scripts/make_docs.py            write what is out of date
    .venv/bin/python scripts/make_docs.py --check    only say what is; exit 1 if anything is

A place to be filled looks like ``<!--=fever-->38.0 °C<!--/-->``; the text between the marks comes
from the program, so a page can never quote a limit that the program no longer uses.
"""

import re
import sys
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import data_dictionary  # noqa: E402
import scales_page  # noqa: E402

from dashboard.parts import intended_use  # noqa: E402
from toxmodels.exchange.columns import Sheet, sheets  # noqa: E402
from toxmodels.scales import astct_crs, branch, capd, ice, seizure  # noqa: E402
from toxmodels.site import site  # noqa: E402

FILLED = ("docs/how-it-decides.md", "docs/safety/intended-use.md")
PLACE = re.compile(r"(<!--=(?P<name>\w+)-->)(?P<text>.*?)(<!--/-->)", re.DOTALL)
DAYS_FROM_H = 72
CSV = """\
## As CSV files

The same records, one file a kind: a folder or a zip archive that `toxwatch import` reads and
`toxwatch export PATIENT -o NAME.zip` writes. Text is UTF-8, columns are separated by commas, the
first line names them, and an absent column or an empty cell was not recorded.

* The column `patient` comes in every file and holds the id; each person has one row in
  `patient.csv`. Rows of several people may share the files; each person becomes one case.
* Columns carry the field names; a field of a nested record is `oxygen.device` or
  `ice.year`, a limit of normal `upper_limits.ferritin_ug_l`. `{}` in the column of
  a nested record says that it was there with nothing in it.
* A list is JSON text in its cell: `["headache"]`, `[{"drug": "norepinephrine"}]`. `[]` says that
  somebody looked and found none.
* `none_found` says the same of a whole file: `["treatments"]` in `patient.csv`, `["doses"]` in
  `therapy.csv`. Without it, no rows mean that nobody kept that list.
* A number is written with all its digits and a decimal point. `007`, `1E5`, `38,5`, `NA` and a
  number with blanks are refused with a way to write them; nothing is converted.
* Text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-` or `@`) has an
  apostrophe in front; an apostrophe alone is text without a letter. Both are taken off again.
* A fault names file, line and column, and then nothing is read.

"""


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check name those that would change."""
    stale = [name for name, text in pages().items() if current(name) != text]
    if "--check" in arguments:
        for name in stale:
            print(f"{name}: not up to date; run: .venv/bin/python scripts/make_docs.py")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(pages()[name], encoding="utf-8")
        print(f"{name}: written")
    return 0


def current(name: str) -> str | None:
    """Return a page as it lies there, if it does."""
    path = ROOT / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def pages() -> dict[str, str]:
    """Return every page as it should be."""
    found = {"docs/data-dictionary.md": f"{data_dictionary.render()}\n{csv_section()}"}
    found["docs/scales.md"] = scales_page.render()
    for name in FILLED:
        found[name] = filled(current(name) or "", name)
    return found


def csv_section() -> str:
    """Say how the same records look as CSV files, from the columns the program reads."""
    rows = [
        f"| `{sheet.file}` | {len(sheet.columns)} | {', '.join(examples(sheet))} |"
        for sheet in sheets().values()
    ]
    return CSV + "\n".join(["| file | columns | examples |", "|---|---|---|", *rows, ""])


def examples(sheet: Sheet) -> list[str]:
    """Name the first columns, and the first of each other kind."""
    seen: dict[str, str] = {}
    for column in sheet.columns.values():
        kind = f"{column.holds}{'.' in column.name}"
        holds = "only `{}`" if column.holds == "nothing" else column.holds
        seen.setdefault(kind, f"`{column.name}` ({holds})")
    return list(seen.values())


def filled(text: str, name: str) -> str:
    """Put the program's value into every marked place."""
    known = values()

    def put(match: re.Match[str]) -> str:
        if match["name"] not in known:
            sys.exit(f'{name}: "{match["name"]}" is no known value; see values() in make_docs.py')
        return f"{match[1]}{known[match['name']]}{match[4]}"

    return PLACE.sub(put, text)


def values() -> dict[str, str]:
    """Return what may be quoted, in the words of a page."""
    rules = site()
    return {
        "fever": f"{astct_crs.FEVER_C} °C",
        "low_flow": f"{astct_crs.LOW_FLOW_L_MIN:g} L/min",
        **score_rows("ice", ice.ROWS, top=ice.FULL_SCORE),
        **score_rows("capd", capd.ROWS, top=None),
        "prolonged": f"{seizure.PROLONGED_OVER_MIN:g} min",
        "child": f"{branch.CHILD_BELOW_YEARS:g} years",
        "capd_age": f"{branch.CAPD_UP_TO_YEARS:g} years",
        "vitals_valid": span(rules.vitals_valid),
        "neuro_valid": span(rules.neuro_valid),
        "sign_free": span(rules.sign_free),
        "seizure_clear": span(rules.seizure_clear),
        "late_fever": span(rules.late_fever),
        **{f"mask_{kind}": span(window) for kind, window in rules.masking_by_class.items()},
        "intended_use": intended_use.FULL,
        "review": f"**{intended_use.REVIEW}**",
    }


def score_rows(exam: str, rows: tuple[tuple[int, int], ...], *, top: int | None) -> dict[str, str]:
    """Say each row of a score in words; rows come best score first or last, and meet."""
    floors = sorted(floor for floor, _ in rows)
    found = {}
    for floor, tier in rows:
        above = [other for other in floors if other > floor]
        last = above[0] - 1 if above else top
        if last is None:
            text = f"{floor} or more"
        else:
            text = str(floor) if last == floor else f"{floor} to {last}"
        found[f"{exam}_{tier}"] = text
    return found


def span(time: timedelta) -> str:
    """Say a time span in hours, or in days where hours are hard to read."""
    hours = time / timedelta(hours=1)
    return f"{hours / 24:g} days" if hours >= DAYS_FROM_H else f"{hours:g} h"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
