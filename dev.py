"""
Set up, run, test and check toxwatch: the one command of this project.

    python3 dev.py run              start the dashboard on this machine
    python3 dev.py test             every test of every day (add --nightly for the long profiles)
    python3 dev.py check            format, lint, types, import rules, generated pages; no tests
    python3 dev.py bench            measurements
    python3 dev.py faults           kills, power cuts and full disks, in full length
    python3 dev.py lock             renew the lists under requirements/ (needs uv)

The first run makes .venv and fills it from a locked, hashed list; later runs start at once.
Anything after the command is passed on, for example: python3 dev.py test -k oxygen

Only the standard library is used here. It works with uv, with pip, and on a Debian that has
pip but neither uv nor the venv package; the system's own Python stays untouched.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "toxwatch-installed"
OLDEST = (3, 11)
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
APT_PROGRAMS = ("chromium", "strace")  # the browser of the screen tests; the power-cut tests
TABLES = ("tests/toxmodels/*", "tests/sample_data", "tests/test_vectors_*.py")
# Not among them: under a tracer a hundred thousand rows would take for ever.
UNTRACED = ("__pycache__", "cohort")
LONG = {"TOXWATCH_LONG": "1", "HYPOTHESIS_PROFILE": "nightly"}


def main(arguments: list[str]) -> int:
    """Run the command named first; everything after it is passed on."""
    commands = {
        "run": run,
        "test": test,
        "check": check,
        "bench": bench,
        "faults": faults,
        "lock": lock,
    }
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name not in commands:
        print(__doc__.strip())
        return 0 if name in {"-h", "--help", "help"} else 2
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"dev.py: this is Python {found}; toxwatch needs 3.11 or newer.")
        print("Start it with a newer one, for example: python3.11 dev.py", *arguments)
        return 2
    os.chdir(ROOT)
    return commands[name](rest)


def run(rest: list[str]) -> int:
    """Start the dashboard; this process becomes the server."""
    prepare("runtime")
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), str(VENV / "bin" / "toxwatch"), "serve", *rest])


def test(rest: list[str]) -> int:
    """Run the tests; without further arguments all of them, with the coverage gate."""
    nightly = "--nightly" in rest
    rest = [word for word in rest if word != "--nightly"]
    prepare("dev")
    system_programs()
    extra = LONG if nightly else {}
    chosen = "not bench" if nightly else "not bench and not nightly and not faults"
    slow = ("--timeout=14400",) if nightly else ()
    if rest:
        return python("-m", "pytest", "-m", chosen, *slow, *rest, **extra)
    tables = [
        str(path.relative_to(ROOT))
        for name in TABLES
        for path in ROOT.glob(name)
        if path.name not in UNTRACED
    ]
    two = (
        *("-m", "pytest", "-n", "2", "--dist", "worksteal"),
        *("-m", f"{chosen} and not browser", *slow),
    )
    # Two thirds of their time is waiting for a page, so they run beside the others. The tests of
    # one file share a server and a browser.
    browser_tests = beside(
        *("-m", "pytest", "-n", "2", "--dist", "loadfile"),
        *("-m", f"browser and {chosen}", *slow),
        **extra,
    )
    return in_turn(
        {
            # The tables a clinician can read must reach every branch of the graders by themselves.
            "tables and stories": lambda: python(*two, *tables, "--cov", **extra),
            "other tests": lambda: python(*two, *(f"--ignore={name}" for name in tables), **extra),
            "browser tests": browser_tests,
        }
    )


def check(_rest: list[str]) -> int:
    """Check everything that needs no test run; every step runs, every fault is shown."""
    prepare("dev")
    pages = beside("scripts/check_docs.py")  # the longest step, on the other core meanwhile
    return in_turn(
        {
            "format": lambda: python("-m", "ruff", "format", "--check", "."),
            "lint": lambda: python("-m", "ruff", "check", "."),
            "types": lambda: python("-m", "mypy", "--strict", "toxmodels", "dashboard"),
            "import rules": lambda: python(str(VENV / "bin" / "lint-imports"), "--no-logo"),
            "generated pages": pages,
            # A line and no failure where the database of advisories cannot be reached.
            "known faults of packages": lambda: python("scripts/safety_audit.py"),
        }
    )


def bench(rest: list[str]) -> int:
    """Measure; the numbers are printed, docs/performance.md keeps the ones worth keeping."""
    prepare("dev")
    system_programs()
    return python("-m", "pytest", "-m", "bench", "-s", "tests/bench", *rest)


def faults(rest: list[str]) -> int:
    """Kill, cut the power and fill the disk, as often as the promises ask for."""
    prepare("dev")
    system_programs()
    chosen = ("-m", "pytest", "-m", "not bench", "-s", "tests/faults")
    return python(*chosen, *rest, TOXWATCH_LONG="1")


def lock(rest: list[str]) -> int:
    """Renew both lists; the shorter one takes its versions from the longer one."""
    common = [
        *("uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal"),
        *("--python-version", "3.11", "--generate-hashes"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
    ]
    dev, runtime = "requirements/dev.txt", "requirements/runtime.txt"
    return shell(*common, "--group", "dev", "-o", dev, *rest) or shell(
        *common, "--group", "build", "--constraint", dev, "-o", runtime
    )


def prepare(wanted: str) -> None:
    """Make .venv hold what the wanted list says, unless it already does."""
    sealed = hashlib.sha256()
    for path in ("pyproject.toml", "requirements/runtime.txt", "requirements/dev.txt"):
        sealed.update((ROOT / path).read_bytes())
    # The place counts too: the programs of a moved environment still point at the old one.
    where = f"{sealed.hexdigest()} {ROOT}"
    installed = STAMP.read_text().strip() if STAMP.exists() and PYTHON.exists() else ""
    if installed in {f"{wanted} {where}", f"dev {where}"}:  # dev holds all of runtime
        return
    if installed and not installed.endswith(f" {ROOT}"):
        shutil.rmtree(VENV)
    started = time.monotonic()
    print(f"Setting up .venv from requirements/{wanted}.txt; the first time takes a minute.")
    STAMP.unlink(missing_ok=True)
    listed = ROOT / "requirements" / f"{wanted}.txt"
    if not any(install(listed) == 0 for install in installers()):
        sys.exit("dev.py: the environment could not be set up; the lines above say why.")
    STAMP.write_text(f"{wanted} {where}\n")
    print(f"Ready after {time.monotonic() - started:.0f} s.")


def installers():
    """Name the ways to install that this machine has, the fastest first."""
    if shutil.which("uv") and succeeds("uv", "--version"):
        yield with_uv
        print("uv could not do it; trying pip.")
    yield with_pip


def with_uv(listed: Path) -> int:
    """Install with uv, which needs no pip anywhere."""
    venv = ["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
    if not PYTHON.exists() and shell(*venv) != 0:
        return 1
    # Compiled once here, as pip does: else the first start takes three times as long.
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    return fill(listed, *install)


def with_pip(listed: Path) -> int:
    """Install with pip: the environment's own where it can have one, else the system's."""
    if not PYTHON.exists():
        make_venv()
    pip = [str(PYTHON), "-m", "pip"]
    if not succeeds(*pip, "--version"):
        # No pip inside: drive the system's pip, which may not touch the system but may do this.
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    return fill(listed, *pip, "install", "--quiet", "--no-input", "--disable-pip-version-check")


def fill(listed: Path, *install: str) -> int:
    """Install the list, nothing without its hash; then this project, fetching nothing more."""
    code = shell(*install, "--require-hashes", "-r", str(listed))
    return code or shell(*install, "--no-deps", "--no-build-isolation", "-e", ".")


def make_venv() -> None:
    """Make .venv with the standard library; with pip inside where ensurepip is there."""
    venv = [sys.executable, "-m", "venv", "--clear"]
    inside = importlib.util.find_spec("ensurepip") is not None
    # Debian splits ensurepip off, in some releases behind a stub that imports and then fails.
    if inside and succeeds(*venv, str(VENV)):
        return
    subprocess.run([*venv, "--without-pip", str(VENV)], check=True)


def system_programs() -> None:
    """Install the programs some tests drive, where allowed; say what is skipped otherwise."""
    missing = [name for name in APT_PROGRAMS if not found(name)]
    if missing and (apt := apt_command()) is not None:
        print(f"Installing {' and '.join(missing)} for the tests, from the system's packages.")
        install = [*apt, "install", "-y", "-q", "--no-install-recommends", *missing]
        if shell(*apt, "update", "-q") == 0:
            shell(*install)
        missing = [name for name in missing if not found(name)]
    if missing:
        named = " and ".join(missing)
        print(f"dev.py: {named} not installed: the tests that need it are skipped.")
        if IN_CI:
            sys.exit(f"dev.py: in CI nothing may be skipped: install {named} first.")


def found(program: str) -> bool:
    """Whether a program is there, under its own name or the one some systems give a browser."""
    return any(shutil.which(name) for name in (program, f"{program}-browser"))


def apt_command() -> "list[str] | None":
    """Return apt-get as this user may call it without being asked anything, or None."""
    if shutil.which("apt-get") is None:
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    if os.geteuid() == 0:
        return quiet
    if shutil.which("sudo") and succeeds("sudo", "-n", "true"):
        return ["sudo", "-n", *quiet]
    return None


def in_turn(steps) -> int:
    """Run every step, time it, and fail if any failed."""
    failed = []
    for name, step in steps.items():
        started = time.monotonic()
        print(f"--- {name}", flush=True)
        code = step()
        word = "ok" if code == 0 else f"FAILED ({code})"
        print(f"--- {name}: {word}, {time.monotonic() - started:.1f} s", flush=True)
        failed += [name] if code else []
    if failed:
        print(f"dev.py: failed: {', '.join(failed)}.")
    return 1 if failed else 0


def python(*arguments: str, **environment: str) -> int:
    """Run the environment's Python."""
    return shell(str(PYTHON), *arguments, **environment)


def beside(*arguments: str, **environment: str):
    """Start the environment's Python beside what follows; the answer waits for it and tells."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 -- open until the other one has ended
    command = [str(PYTHON), *arguments]
    running = subprocess.Popen(command, env=settings(environment), stdout=said, stderr=said)

    def ended() -> int:
        code = running.wait()
        said.seek(0)
        print(said.read().decode(errors="replace"), end="", flush=True)
        return code

    return ended


def succeeds(*command: str) -> bool:
    """Try a program without showing what it says."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def shell(*command: str, **environment: str) -> int:
    """Run a program and return its exit status."""
    sys.stdout.flush()
    return subprocess.run(command, check=False, env=settings(environment)).returncode


def settings(environment: "dict[str, str]") -> "dict[str, str]":
    """Give this process's environment, our programs first on the path, and what is asked for."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, **environment}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
