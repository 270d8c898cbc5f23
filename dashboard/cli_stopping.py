"""Being stopped from outside: Ctrl-C, a terminal that closes, a scheduler that ends a job."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import typer

__all__ = ["stoppable"]

_STOPPING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_BY_SIGNAL: Final = 128  # a shell adds this to the number of the signal


class _StoppedError(BaseException):
    """Asked to stop; what is half done is taken away on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable(says: str) -> Iterator[None]:
    """
    Leave in order when asked to stop, with one line and the exit status that a shell expects.

    Without this the end of a job takes the process away at once, and leaves files half written.
    Asked a second time it does not hurry: taking away what is half done is what it is busy with.
    """
    before = {}
    if threading.current_thread() is threading.main_thread():
        # What is ignored already (nohup, a job in the background) stays ignored.
        heard = [one for one in _STOPPING if signal.getsignal(one) is not signal.SIG_IGN]
        before = {number: signal.signal(number, _stop) for number in heard}
    try:
        yield
    except (_StoppedError, KeyboardInterrupt) as error:
        number = error.number if isinstance(error, _StoppedError) else int(signal.SIGINT)
        typer.echo(says, err=True)
        raise typer.Exit(_BY_SIGNAL + number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    for one in _STOPPING:
        signal.signal(one, signal.SIG_IGN)
    raise _StoppedError(number)
