"""The source keeps the rules of the house that no linter knows."""

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator

import toxmodels
from tests.health.tree import ROOT, modules, place, project_files, text_files

PACKAGES = ("toxmodels", "dashboard")
THIS = "tests/health/test_source.py"  # has to spell out what it looks for
LONGEST_MODULE = 400
WATCHDOG = "dashboard/parts/watchdog.py"  # the one frame that may reach the page around it
VAGUE = {"util", "utils", "helper", "helpers", "manager", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|coming soon")


def _all_keys(table: object) -> Iterator[tuple[str, object]]:
    if isinstance(table, dict):
        for key, value in table.items():
            yield key, value
            yield from _all_keys(value)
    elif isinstance(table, list):
        for value in table:
            yield from _all_keys(value)


def _defined(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name a module gives to something."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.arg():
                yield node.lineno, node.arg


def test_the_door_names_exactly_what_it_holds():
    public = {
        name
        for name, value in vars(toxmodels).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public - {"annotations"} == set(toxmodels.__all__) - {"__version__"}
    assert len(toxmodels.__all__) == len(set(toxmodels.__all__))


def test_no_module_is_too_long_to_read():
    long = {
        place(path): lines
        for path in project_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_every_module_says_what_it_is():
    silent = [
        name
        for name, tree in modules(*PACKAGES, "scripts", "tests")
        if tree.body and ast.get_docstring(tree) is None
    ]
    assert silent == []


def test_no_name_is_vague():
    faults = []
    for name, tree in modules(*PACKAGES):
        rooms = [(1, name.rpartition("/")[2].removesuffix(".py"))]
        rooms += [(node.lineno, node.name) for node in tree.body if isinstance(node, ast.ClassDef)]
        faults += [
            f"{name}:{line}: {given} says nothing; name what it is in words of the ward"
            for line, given in rooms
            if VAGUE & set(re.split(r"_|(?<=[a-z])(?=[A-Z])", given))
            or VAGUE & {word.lower() for word in re.findall(r"[A-Z][a-z]+", given)}
        ]
        faults += [
            f"{name}:{line}: {given} says nothing; name what is in it"
            for line, given in _defined(tree)
            if given in {"data", "info"}
        ]
    assert not faults, "\n".join(faults)


def test_no_error_is_swallowed():
    faults = [
        f"{name}:{node.lineno}: catches everything; name the error"
        for name, tree in modules(*PACKAGES, "tests", "scripts")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    faults += [
        f"{name}:{node.lineno}: drops the error in silence; say or do something about it"
        for name, tree in modules(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(step, ast.Pass) for step in node.body)
    ]
    assert not faults, "\n".join(faults)


def test_patient_text_is_never_markup_and_never_in_a_shared_cache():
    faults = []
    for name, tree in modules(*PACKAGES):
        for node in ast.walk(tree):
            match node:
                case ast.keyword(arg="unsafe_allow_html" | "unsafe_allow_javascript"):
                    faults.append(f"{name}:{node.value.lineno}: patient text would become markup")
                case ast.Attribute(attr="cache_data") | ast.alias(name="cache_data"):
                    faults.append(f"{name}:{node.lineno}: this cache is shared by all users")
                case ast.Attribute(attr="html", value=ast.Attribute(attr="components" | "v1")):
                    faults.append(f"{name}:{node.lineno}: only {WATCHDOG} may use this frame")
                case ast.alias(name=str(module)) if module.startswith("streamlit.components.v1"):
                    faults.append(f"{name}:{node.lineno}: only {WATCHDOG} may use this frame")
                case ast.ImportFrom(module=str(module)) if "components.v1" in module:
                    faults.append(f"{name}:{node.lineno}: only {WATCHDOG} may use this frame")
    assert [fault for fault in faults if not fault.startswith(WATCHDOG)] == []


def test_deciding_reads_no_clock_no_chance_and_no_setting_of_the_machine():
    """Law 4: the same case gives the same answer anywhere, at any time."""
    forbidden_modules = {
        "time",
        "random",
        "uuid",
        "secrets",
        "os",
        "socket",
        "subprocess",
        "urllib",
    }
    faults = []
    for name, tree in modules("toxmodels"):
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "today")):
                    faults.append(f"{name}:{node.lineno}: reads the clock; take `now` or `at`")
                case ast.Import(names=names):
                    faults += [
                        f"{name}:{node.lineno}: imports {alias.name}"
                        for alias in names
                        if alias.name.partition(".")[0] in forbidden_modules
                    ]
                case ast.ImportFrom(module=str(module)):
                    if module.partition(".")[0] in forbidden_modules:
                        faults.append(f"{name}:{node.lineno}: imports from {module}")
    assert not faults, "\n".join(faults)


def test_nothing_is_left_unfinished():
    faults = [
        f"{name}: {found.group()}"
        for name, text in text_files()
        if name != THIS and (found := UNFINISHED.search(text)) is not None
    ]
    assert not faults, "\n".join(faults)


def test_nobody_signed_a_rule_who_did_not():
    """Until a real clinician signs, the sign-off fields stay empty (and the screens say so)."""
    signed = [
        f"{place(path)}: {key} = {value!r}"
        for path in project_files()
        if path.suffix == ".toml"
        for key, value in _all_keys(tomllib.loads(path.read_text(encoding="utf-8")))
        if key in {"reviewed_by", "reviewed_on"} and value != ""
    ]
    assert not signed, "\n".join(signed)


def test_no_file_names_a_package_index_or_the_machine_it_was_written_on():
    # Written in halves, so that this list is not itself what it looks for.
    hosts = (("py", "pi.org"), ("python", "hosted"), ("npm", "js."), ("deb.", "debian.org"))
    places = (("/wo", "rk/"), ("/tmp/", "brief"), ("/opt/", "pypi"), (".pyenv/", "versions"))
    index_hosts = tuple("".join(halves) for halves in hosts)
    machine_places = tuple("".join(halves) for halves in places)
    settings = ("--index-url", "--extra-index-url", "--find-links")
    faults = [
        f"{name}: contains {found}"
        for name, text in text_files()
        for found in (*index_hosts, *machine_places, *settings)
        if name != THIS and found in text
    ]
    assert not faults, "\n".join(faults)


def test_every_file_with_tests_is_collected():
    """Only test_*.py is collected; a test in any other file would never run, and look green."""
    never_entered = {"build", "dist", "node_modules", "venv", "CVS", "_darcs", "{arch}"}
    faults = []
    for name, tree in modules("tests"):
        *folders, file = name.split("/")
        holds_tests = any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            for node in tree.body
        )
        if holds_tests and not file.startswith("test_"):
            faults.append(f"{name}: holds tests but is not called test_*.py")
        if file.startswith("test_") and not holds_tests and "class Test" not in ast.unparse(tree):
            faults.append(f"{name}: is called a test file and holds no test")
        if never_entered & set(folders) or any(folder.startswith(".") for folder in folders):
            faults.append(f"{name}: pytest does not look into this folder")
    assert not faults, "\n".join(faults)
