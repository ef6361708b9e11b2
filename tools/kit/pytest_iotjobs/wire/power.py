"""The power of a real board: a command that switches it, or a person who pulls the plug."""

import os
import shlex
import subprocess
from typing import Protocol

import pytest

from ..errors import DeviceError
from .options import PASSWORD, STATE
from .terminal import Terminal

_LIMIT_S = 60


class Power(Protocol):
    """`check` skips the test, with the reason, where nobody can switch it."""

    def check(self) -> None: ...

    def off(self) -> None: ...

    def on(self) -> None: ...


class Command:
    """`parts`: of the command line, with STATE in it. Raises DeviceError where it fails."""

    def __init__(self, parts: list[str]):
        self._parts = parts

    def check(self) -> None:
        """It is there."""

    def off(self) -> None:
        self._run("off")

    def on(self) -> None:
        self._run("on")

    def _run(self, state: str) -> None:
        command = [part.replace(STATE, state) for part in self._parts]
        own = {name: value for name, value in os.environ.items() if name != PASSWORD}
        try:
            done = subprocess.run(
                command, env=own, capture_output=True, text=True, timeout=_LIMIT_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceError(f"--power-command: {error}") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-1000:]
            raise DeviceError(f"--power-command: {shlex.join(command)} failed: {said}")


class Person:
    """Is asked at the terminal, if there is one."""

    def __init__(self, terminal: Terminal, port: str):
        self._terminal, self._port = terminal, port

    def check(self) -> None:
        if not self._terminal.is_there():
            pytest.skip(
                "nobody can cut this board's power: give --power-command, or run pytest on a "
                "terminal, where it asks you"
            )

    def off(self) -> None:
        self.check()
        self._terminal.ask(f"Unplug the board at {self._port}")

    def on(self) -> None:
        self._terminal.ask(f"Plug in the board at {self._port} again")
