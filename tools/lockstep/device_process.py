"""A device on MicroPython, in a process of its own, that lives through schedules."""

import json
import os
import pathlib
import selectors
import subprocess
import tempfile

import environment

from . import exchange
from .world import World

_FOLDER = pathlib.Path(__file__).parent / "device"
_MOST = 1 << 16  # bytes that a pipe holds
_MOST_EVENTS = 200_000
_PATIENCE_S = 60  # for one step of a device; it takes milliseconds


class DeviceGoneError(Exception):
    """The interpreter has crashed, or gives no answer."""


class DeviceProcess:
    """`run` a schedule after the other on one interpreter; `close` at the end."""

    def __init__(self, interpreter: str):
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        from_host, self._sink = os.pipe()
        self._source, to_host = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    interpreter,
                    "-X",
                    "heapsize=4m",
                    _FOLDER / "main.py",
                    str(from_host),
                    str(to_host),
                ],
                env=environment.micropython_path(_FOLDER),
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=subprocess.STDOUT,
                pass_fds=(from_host, to_host),
            )
        finally:
            os.close(from_host)
            os.close(to_host)
        self._received = bytearray()  # what came after the last message that was taken
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._source, selectors.EVENT_READ)
        self._receive()  # it has no result yet

    def run(self, world: World) -> dict:
        """Live through the world's schedule; what the device then says of itself. Raises
        DeviceGoneError.
        """
        self._send(exchange.answer(0, None, world.schedule.for_device()))
        while True:
            kind, now, payload = self._receive()
            if kind == exchange.NEXT:
                return json.loads(payload)
            answer = world.handle(kind, now, payload)
            if len(world.events) > _MOST_EVENTS:
                raise DeviceGoneError(f"does the same over and over, {now} ms after the begin")
            if answer is not None:
                self._send(answer)

    def close(self) -> None:
        """End it."""
        self._waiting.close()
        self._process.kill()
        self._process.wait()
        os.close(self._source)
        os.close(self._sink)
        self._said.close()

    def _send(self, data: bytes) -> None:
        try:
            os.write(self._sink, data)
        except BrokenPipeError:
            raise self._gone() from None

    def _receive(self) -> tuple[int, int, bytes]:
        kind, now, size = exchange.read_header(self._read(exchange.HEADER_BYTES))
        return kind, now, self._read(size) if size else b""

    def _read(self, size: int) -> bytes:
        received = self._received
        while len(received) < size:
            if not self._waiting.select(_PATIENCE_S):
                raise DeviceGoneError(f"gave no sign of life within {_PATIENCE_S} s")
            part = os.read(self._source, _MOST)  # many messages at once
            if not part:
                raise self._gone()
            received += part
        data = bytes(received[:size])
        del received[:size]
        return data

    def _gone(self) -> DeviceGoneError:
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip()[-2000:]
        return DeviceGoneError(f"has ended by itself, with {self._process.wait()}: {said}")
