"""A device on MicroPython, in a process of its own, that lives through schedules."""

import json
import os
import pathlib
import selectors
import subprocess
from typing import NamedTuple

import environment

from . import exchange
from .schedule import Schedule
from .world import World

_FOLDER = pathlib.Path(__file__).parent / "device"
_PATIENCE_S = 60  # for one step of a device; it takes milliseconds


class DeviceGoneError(Exception):
    """The interpreter has crashed, or gives no answer."""


class Run(NamedTuple):
    """A schedule that was run: the service as it is then, and what the device says of itself."""

    world: World
    device: dict


class DeviceProcess:
    """`run` a schedule after the other on one interpreter; `close` at the end."""

    def __init__(self, interpreter: str):
        self._process = subprocess.Popen(
            [interpreter, "-X", "heapsize=4m", _FOLDER / "main.py"],
            env=environment.micropython_path(_FOLDER),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._process.stdout, selectors.EVENT_READ)
        self._receive()  # it has no result yet

    def run(self, schedule: Schedule) -> Run:
        """Run it to its end. Raises DeviceGoneError."""
        world = World(schedule)
        self._send(exchange.answer(0, None, schedule.for_device()))
        while True:
            kind, now, payload = self._receive()
            if kind == exchange.NEXT:
                return Run(world, json.loads(payload))
            answer = world.handle(kind, now, payload)
            if answer is not None:
                self._send(answer)

    def close(self) -> None:
        """End it."""
        self._waiting.close()
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()

    def _send(self, data: bytes) -> None:
        try:
            self._process.stdin.write(data)
        except BrokenPipeError:
            raise self._gone() from None

    def _receive(self) -> tuple[int, int, bytes]:
        kind, now, size = exchange.read_header(self._read(exchange.HEADER_BYTES))
        return kind, now, self._read(size) if size else b""

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            if not self._waiting.select(_PATIENCE_S):
                raise DeviceGoneError(f"no sign of life within {_PATIENCE_S} s")
            part = os.read(self._process.stdout.fileno(), size - len(data))
            if not part:
                raise self._gone()
            data += part
        return data

    def _gone(self) -> DeviceGoneError:
        said = self._process.stderr.read().decode(errors="replace")
        return DeviceGoneError(f"ended by itself: {said.strip()[-2000:]}")
