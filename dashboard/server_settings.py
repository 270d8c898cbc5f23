"""
How the server must be set up, read back when it starts; anything weaker is refused.

The values lie in ``.streamlit/config.toml``. An option that nobody set takes the value from here;
an option that somebody weakened, in a file or in the environment, stops the start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit import config

HERE: Final = Path(__file__).resolve().parent


class SettingRefusedError(RuntimeError):
    """A server option would expose patients or keep the board from being live."""


@dataclass(frozen=True, slots=True)
class Required:
    """One option: its value here, what else is allowed, and what goes wrong otherwise."""

    option: str
    value: Any
    because: str
    allows: Callable[[Any], bool] | None = None

    def is_met_by(self, found: Any) -> bool:
        """Whether this value is strong enough."""
        return self.allows(found) if self.allows is not None else bool(found == self.value)


def _only_named_hosts(found: Any) -> bool:
    return bool(found) and all("*" not in host for host in found)


def _at_most(limit: int) -> Callable[[Any], bool]:
    return lambda found: isinstance(found, int) and 0 < found <= limit


def _is_loopback(found: Any) -> bool:
    return found in ("127.0.0.1", "localhost", "::1")


REQUIRED: Final = (
    Required("server.address", "127.0.0.1", "only a proxy may face the network", _is_loopback),
    Required("server.port", 8501, "a silent move to another port loses the ward", _at_most(65535)),
    Required("server.headless", True, "a server opens no browser"),
    Required("server.enableCORS", True, "other sites could open a session"),
    Required("server.enableXsrfProtection", True, "other sites could send files"),
    Required("server.xsrfCookieSameSite", "strict", "the cookie would travel to other sites"),
    Required(
        "server.allowedHosts",
        ["127.0.0.1", "localhost"],
        "a foreign name could be pointed at this server",
        _only_named_hosts,
    ),
    Required("server.trustedUserHeaders", {}, "a header could say who somebody is"),
    Required("server.maxUploadSize", 5, "one upload could fill the memory (MB)", _at_most(5)),
    Required("server.maxMessageSize", 20, "one message could fill the memory (MB)", _at_most(20)),
    Required("server.fileWatcherType", "none", "a changed file would restart a page in use"),
    Required("server.enableAgentApi", False, "a second way in without a page"),
    Required("client.showErrorDetails", "none", "an error text can carry a patient's name"),
    Required("client.toolbarMode", "minimal", "a key would clear what the board remembers"),
    Required("client.disableDataExport", True, "exports go through the exporter that marks them"),
    Required("browser.gatherUsageStats", False, "the browser would call an outside address"),
    Required("runner.magicEnabled", False, "a bare value in the code would appear on a screen"),
    Required("runner.postScriptGC", False, "each tap would walk all that the board remembers"),
)


def settings_folder() -> Path:
    """The folder that holds ``.streamlit``: the package when installed, else the tree's root."""
    return HERE if (HERE / ".streamlit" / "config.toml").is_file() else HERE.parent


def point_at_settings() -> None:
    """Let Streamlit find our file from any working directory, as its own start command would."""
    if config._main_script_path is None:
        config._main_script_path = str(settings_folder() / "app.py")


def _variable(option: str) -> str:
    """The name of an option in the environment: ``STREAMLIT_SERVER_ALLOWED_HOSTS``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "_", option)
    return f"STREAMLIT_{words.upper()}"


def _read(text: str, like: Any) -> Any:
    """The text of the environment as a value of the same kind; nonsense stays text."""
    if isinstance(like, bool):
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if isinstance(like, int):
        return int(text) if text.isdecimal() else text
    if isinstance(like, list):
        return text.replace(",", " ").split()
    return text


def apply_and_check() -> None:
    """
    Set what nobody set, then read everything back.

    Started by uvicorn, Streamlit does not look into the environment; so it is done here, and a
    ward can add its own host name with ``STREAMLIT_SERVER_ALLOWED_HOSTS``.

    Raises:
        SettingRefusedError: naming each weakened option, its value, and what it must be.

    """
    for required in REQUIRED:
        told = os.environ.get(_variable(required.option))
        if told is not None:
            config.set_option(required.option, _read(told, required.value), "the environment")
        elif not config.is_manually_set(required.option):
            config.set_option(required.option, required.value, "toxwatch")
    faults = [
        f"{required.option} is {found!r}: {required.because}. Set it to {required.value!r}."
        for required in REQUIRED
        if not required.is_met_by(found := st.get_option(required.option))
    ]
    if faults:
        raise SettingRefusedError("toxwatch does not start like this.\n" + "\n".join(faults))


def let_lines_through() -> None:
    """
    Let Streamlit print what a log record says and nothing of its own around it.

    With rich installed it would print the whole text of an error past every logger.
    """
    config.set_option("logger.enableRich", False, "toxwatch")
    config.set_option("logger.messageFormat", "%(message)s", "toxwatch")
