"""The interpreters at hand, and programs run on them."""

import json
import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import environment
from debian_packages import micropythons

DEVICE = pathlib.Path(__file__).parent / "device"
STOCK = DEVICE / "stock"
_TIMEOUT_S = 300


class BenchError(Exception):
    """A program did not end well; the message is what it printed."""


@dataclass(frozen=True)
class Interpreter:
    """A MicroPython: what the tables call its machine, the size of its words in bits, its path and
    version. The times of one that is `emulated` compare with each other only.
    """

    machine: str
    bits: int
    path: str
    version: str
    emulated: bool = False

    def run(self, program: str, settings: Any, *, heap: str = "16m") -> list[dict[str, Any]]:
        """Run a program of `device` with its settings; returns the objects that it prints."""
        command = [self.path, "-X", f"heapsize={heap}", str(DEVICE / program)]
        paths = environment.micropython_path(DEVICE, STOCK)
        try:
            done = subprocess.run(
                command,
                input=json.dumps(settings),  # a long argument would break the interpreter
                env=paths,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            raise BenchError(f"{program}: no end within {_TIMEOUT_S} s") from None
        if done.returncode:
            raise BenchError(f"{program} on {self.machine}: {done.stdout}{done.stderr}")
        try:
            return [json.loads(line) for line in done.stdout.splitlines()]
        except ValueError:  # it has told of something that went wrong
            raise BenchError(f"{program} on {self.machine}: {done.stdout}") from None


def at_hand(*, emulated: bool) -> list[Interpreter]:
    """The interpreter of `.venv`, the 32-bit one, and if `emulated` that for ARM too; what is
    missing is said aloud.
    """
    found = [_described(environment.micropython())]
    for kind in micropythons.KINDS if emulated else [micropythons.I386]:
        try:
            path = micropythons.path(kind)
        except environment.UnusableError as error:
            say(f"{kind.name} is left out: {error}")
        else:
            found.append(_described(path, kind is micropythons.ARM))
    return found


def say(text: str) -> None:
    """Tell how it goes, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _described(path: str, emulated: bool = False) -> Interpreter:
    code = (
        "import sys; print(32 if sys.maxsize < 1 << 32 else 64, "
        "'.'.join(str(n) for n in sys.implementation[1][:3]))"
    )
    done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=True)
    bits, version = done.stdout.split()
    machine = "ARM (qemu)" if emulated else f"{bits} bits"
    return Interpreter(machine, int(bits), path, version, emulated)
