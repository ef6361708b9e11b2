"""The person at the terminal, also while pytest captures what is printed."""

import contextlib
import sys
from collections.abc import Iterator

import pytest
from iotjobs_inputs import typed

from ..errors import DeviceError


class Terminal:
    """Of this run of pytest."""

    def __init__(self, config: pytest.Config):
        self._capture = config.pluginmanager.getplugin("capturemanager")

    def is_there(self) -> bool:
        """Whether anybody can be asked."""
        with self._open():
            return sys.stdin is not None and sys.stdin.isatty()

    def tell(self, text: str) -> None:
        """Show it."""
        with self._open():
            print(f"\n{text}", flush=True)

    def ask(self, text: str) -> None:
        """Show it, and wait for Enter. Raises DeviceError if the input ends before that."""
        with self._open():
            print(f"\n{text}, then press Enter ", end="", flush=True)
            typed = sys.stdin.readline()
        if not typed:
            raise DeviceError(f"{text}: the terminal's input has ended: run the tests once more")

    def secret(self, text: str) -> str:
        """What is typed, which is not shown. Raises typed.NotTypedError."""
        with self._open():
            print()
            return typed.secret(f"{text}: ")

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        if self._capture is None:
            yield
            return
        self._capture.suspend(in_=True)
        try:
            yield
        finally:
            self._capture.resume()
