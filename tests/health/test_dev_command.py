"""dev.py sets up an environment once, notices when it no longer fits, and hides no failure."""

import importlib.util

import pytest

from tests.health.tree import ROOT


@pytest.fixture
def dev(tmp_path, monkeypatch):
    """dev.py with an empty environment folder of its own and installers that only take notes."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / "environment"
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", venv / "stamp")
    module.installed = []
    module.outcome = 0

    def install(listed):
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        module.PYTHON.touch()
        module.installed.append(listed.stem)
        return module.outcome

    monkeypatch.setattr(module, "installers", lambda: [install])
    return module


def test_the_second_start_installs_nothing(dev):
    dev.prepare("runtime")
    dev.prepare("runtime")
    assert dev.installed == ["runtime"]


def test_a_tester_can_also_run(dev):
    dev.prepare("dev")
    dev.prepare("runtime")
    assert dev.installed == ["dev"]


def test_running_is_not_enough_for_testing(dev):
    dev.prepare("runtime")
    dev.prepare("dev")
    assert dev.installed == ["runtime", "dev"]


def test_a_changed_list_is_installed(dev):
    dev.prepare("dev")
    dev.STAMP.write_text(dev.STAMP.read_text().replace("dev ", "dev 0", 1))
    dev.prepare("dev")
    assert dev.installed == ["dev", "dev"]


def test_a_moved_environment_is_made_anew(dev):
    dev.prepare("dev")
    dev.STAMP.write_text(f"dev abc {dev.ROOT}-before\n")
    left_over = dev.VENV / "points-to-the-old-place"
    left_over.touch()
    dev.prepare("dev")
    assert not left_over.exists()
    assert dev.installed == ["dev", "dev"]


def test_a_failed_set_up_is_not_remembered_as_done(dev):
    dev.outcome = 1
    with pytest.raises(SystemExit, match="could not be set up"):
        dev.prepare("dev")
    assert not dev.STAMP.exists()


def test_every_step_runs_and_one_failure_fails_all(dev, capsys):
    ran = []
    steps = {
        "first": lambda: ran.append("first") or 3,
        "second": lambda: ran.append("second") or 0,
    }
    assert dev.in_turn(steps) == 1
    assert ran == ["first", "second"]
    assert "failed: first" in capsys.readouterr().out
    assert dev.in_turn({"only": lambda: 0}) == 0


def test_missing_programs_fail_in_continuous_integration_only(dev, monkeypatch, capsys):
    monkeypatch.setattr(dev, "APT_PROGRAMS", ("no-such-program",))
    monkeypatch.setattr(dev, "apt_command", lambda: None)
    monkeypatch.setattr(dev, "IN_CI", False)
    dev.system_programs()
    assert "no-such-program not installed" in capsys.readouterr().out
    monkeypatch.setattr(dev, "IN_CI", True)
    with pytest.raises(SystemExit, match="nothing may be skipped"):
        dev.system_programs()
