"""The source builds markup, Markdown and SQL in known ways only, so that typed text stays text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.health.tree import modules

DOOR = "dashboard/parts/html.py"
# Streamlit reads the first argument of these as Markdown.
MARKDOWN = {
    "markdown", "write", "caption", "error", "warning", "info", "success", "title", "header",
    "subheader", "toast", "badge",
}  # fmt: skip
# What a person typed, or an error that may repeat it, by the names it has in this source.
TYPED_NAMES = {"error", "typed", "reason"}
TYPED_FIELDS = {"name", "fault", "reason", "patient_id", "id"}
SAFE = {"as_text", "esc", "len", "type", "place_of"}
# Statements that are put together, each from constants of the module or names of our own tables.
BUILT_SQL = (
    "dashboard/cli_database.py", "dashboard/store/migrating.py", "dashboard/store/migrations/",
    "dashboard/training/keeping/migrations/",
    "dashboard/store/roles.py", "dashboard/store/guards.py", "dashboard/store/settings.py",
    "dashboard/store/engines.py", "dashboard/store/health.py", "dashboard/store/restoring.py",
    "dashboard/store/backing_up.py", "dashboard/store/examining.py",
    "dashboard/store/postgres_copies.py", "dashboard/store/heads.py",
    "dashboard/store/opening.py",
)  # fmt: skip
RUNS_SQL = {"text", "execute", "exec_driver_sql", "executescript", "scalar"}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def html_outside(name: str, tree: ast.Module) -> list[str]:
    return [
        f"{name}:{call.lineno}: st.html; use dashboard.parts.html.show"
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "html" and name != DOOR
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "st"
    ]


def typed_markdown(name: str, tree: ast.Module) -> list[str]:
    """Every message whose words may have been typed and did not go through ``as_text``."""
    faults = []
    for call in calls(tree):
        match call.func:
            case ast.Attribute(value=ast.Name(id="st"), attr=attr) if attr in MARKDOWN:
                if call.args and holds_typed(call.args[0]):
                    said = ast.unparse(call.args[0])[:60]
                    faults.append(f"{name}:{call.lineno}: st.{attr}({said}): wrap it in as_text")
    return faults


def holds_typed(node: ast.AST) -> bool:
    """Whether an expression holds what somebody typed, outside of ``as_text``."""
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in SAFE:
            return False
        case ast.Name(id=name) if name in TYPED_NAMES:
            return True
        case ast.Attribute(attr=field) if field in TYPED_FIELDS:
            return True
    return any(map(holds_typed, ast.iter_child_nodes(node)))


def built_sql(name: str, tree: ast.Module) -> list[str]:
    """Every statement that is put together out of text."""
    faults = []
    for call in calls(tree):
        called = getattr(call.func, "attr", getattr(call.func, "id", None))
        if called not in RUNS_SQL or not call.args:
            continue
        match call.func:  # st.text and the like draw; they run nothing
            case ast.Attribute(value=ast.Name(id="st" | "sheet" | "column" | "paper" | "self")):
                continue
        match call.args[0]:
            case ast.JoinedStr() | ast.BinOp(op=ast.Mod() | ast.Add()):
                faults.append(f"{name}:{call.lineno}: {ast.unparse(call)[:70]}")
            case ast.Call(func=ast.Attribute(attr="format" | "join")):
                faults.append(f"{name}:{call.lineno}: {ast.unparse(call)[:70]}")
    return faults


def test_html_is_built_in_known_places_only() -> None:
    faults = [fault for name, tree in modules("dashboard") for fault in html_outside(name, tree)]
    assert not faults, "\n".join(faults)


def test_no_message_shows_typed_text_as_markdown() -> None:
    faults = [fault for name, tree in modules("dashboard") for fault in typed_markdown(name, tree)]
    assert not faults, "\n".join(faults)


def test_no_statement_is_built_from_typed_text() -> None:
    faults = [
        fault
        for name, tree in modules("dashboard")
        if not name.startswith(BUILT_SQL)
        for fault in built_sql(name, tree)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("search", "source"),
    [
        (html_outside, "import streamlit as st\nst.html(name)"),
        (typed_markdown, 'import streamlit as st\nst.error(f"not saved: {error}")'),
        (typed_markdown, "import streamlit as st\nst.write(person.name)"),
        (built_sql, 'connection.execute(f"SELECT * FROM entry ORDER BY {column}")'),
        (built_sql, 'connection.execute(text("SELECT %s" % column))'),
        (built_sql, 'connection.exec_driver_sql("SELECT " + column)'),
    ],
)
def test_the_search_finds_the_fault(search, source: str) -> None:
    assert search("dashboard/here.py", ast.parse(source))
