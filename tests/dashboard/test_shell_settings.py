"""Each weakened server option stops the start, by name."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dashboard.server_settings import REQUIRED
from tests.health.tree import ROOT

# One weaker value for each required option, as an administrator might set it.
WEAKER = {
    "server.address": "0.0.0.0",
    "server.port": "0",
    "server.headless": "false",
    "server.enableCORS": "false",
    "server.enableXsrfProtection": "false",
    "server.xsrfCookieSameSite": "lax",
    "server.allowedHosts": "*",
    "server.trustedUserHeaders": '{"X-User": "sub"}',
    "server.maxUploadSize": "200",
    "server.maxMessageSize": "200",
    "server.fileWatcherType": "auto",
    "server.enableAgentApi": "true",
    "client.showErrorDetails": "full",
    "client.toolbarMode": "developer",
    "client.disableDataExport": "false",
    "browser.gatherUsageStats": "true",
    "runner.magicEnabled": "true",
    "runner.postScriptGC": "true",
}
# One process tries them all: each start of Python costs seconds.
_TRY = """
import sys
from streamlit import config
from dashboard.server_settings import SettingRefusedError, apply_and_check, point_at_settings
point_at_settings()
apply_and_check()
print("ok as shipped")
for line in sys.stdin.read().splitlines():
    option, weaker = line.split("=", 1)
    kept = config.get_option(option)
    kind = type(kept)
    value = weaker == "true" if kind is bool else int(weaker) if kind is int else weaker
    config.set_option(option, [value] if kind is list else value, "a weaker file")
    try:
        apply_and_check()
        print("STARTED WITH", option)
    except SettingRefusedError as refused:
        print("refused", option, option in str(refused))
    config.set_option(option, kept, "back")
"""


def _run(code: str, told: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        input=told,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_every_required_option_has_a_weaker_value_here():
    assert set(WEAKER) == {required.option for required in REQUIRED}


def test_each_weakened_option_is_refused_by_name():
    told = "\n".join(f"{option}={weaker}" for option, weaker in WEAKER.items())
    ran = _run(_TRY, told)
    assert ran.returncode == 0, ran.stderr
    first, *lines = ran.stdout.splitlines()
    assert first == "ok as shipped"
    assert lines == [f"refused {option} True" for option in WEAKER]


def test_an_option_weakened_in_the_environment_stops_the_server(tmp_path):
    code = (
        "import asyncio\n"
        "from dashboard.asgi import lifespan\n"
        "async def start():\n"
        "    async with lifespan(None): print('STARTED')\n"
        "asyncio.run(start())\n"
    )
    ran = _run(
        code,
        STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION="false",
        TOXWATCH_DATABASE=f"sqlite:///{tmp_path / 'w.sqlite3'}",
    )
    assert ran.returncode != 0
    assert "server.enableXsrfProtection is False" in ran.stderr
    assert "STARTED" not in ran.stdout


def test_a_ward_adds_its_host_name_in_the_environment():
    code = (
        "from dashboard.server_settings import apply_and_check, point_at_settings\n"
        "import streamlit as st\n"
        "point_at_settings(); apply_and_check(); print(st.get_option('server.allowedHosts'))\n"
    )
    ran = _run(code, STREAMLIT_SERVER_ALLOWED_HOSTS="127.0.0.1,ward7.example.org")
    assert ran.stdout.strip() == "['127.0.0.1', 'ward7.example.org']", ran.stderr


@pytest.mark.parametrize("folder", ["tree", "elsewhere"])
def test_the_settings_hold_from_any_working_directory(folder, tmp_path):
    code = (
        "from dashboard.server_settings import apply_and_check, point_at_settings\n"
        "import streamlit as st\n"
        "point_at_settings(); apply_and_check(); print(st.get_option('theme.light.textColor'))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT if folder == "tree" else tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.stdout.strip() == "#0A0F14", ran.stderr
