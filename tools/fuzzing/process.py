"""The device's side in a process of its own."""

import pathlib
import selectors
import subprocess

import environment

from . import wire

DEVICE = pathlib.Path(__file__).with_name("device.py")
TIMEOUT_S = 60  # for one batch, of which the slowest board's emulation needs a hundredth


class DeviceGoneError(Exception):
    """The interpreter crashed, or gave no answer in time."""


class Device:
    """`device.py` on MicroPython, which answers batches."""

    def __init__(self, interpreter):
        self._process = subprocess.Popen(
            [interpreter, "-X", "heapsize=8m", DEVICE],
            env=environment.micropython_path(DEVICE.parent),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._process.stdout, selectors.EVENT_READ)
        self.twins = self.ask("twins")

    def ask(self, batch):
        """The answer to a batch. Raises DeviceGoneError."""
        try:
            wire.send(self._process.stdin, batch)
            if not self._waiting.select(TIMEOUT_S):
                raise DeviceGoneError(f"no answer within {TIMEOUT_S} s")
            return wire.receive(self._process.stdout)
        except (EOFError, BrokenPipeError):
            said = self._process.stderr.read().decode(errors="replace")
            raise DeviceGoneError(f"ended by itself: {said.strip()}") from None

    def close(self):
        """End it."""
        self._waiting.close()
        self._process.kill()
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()
