"""The wires to a board's process: lines of JSON either way, by FIFOs, and what wakes the thread
that waits for them.
"""

import contextlib
import json
import os
import socket
from pathlib import Path

_CHUNK = 1 << 16


class Wires:
    """`told` and `woken` are for a selector. `folder` is where the FIFOs are."""

    def __init__(self, folder: Path):
        self.out_path, self.in_path = folder / "out", folder / "in"
        for path in (self.out_path, self.in_path):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            os.mkfifo(path, 0o600)
        # Open for both, so that they stay open from one process of the board to the next.
        self.told = os.open(self.out_path, os.O_RDWR | os.O_NONBLOCK)
        self._sends = os.open(self.in_path, os.O_RDWR | os.O_NONBLOCK)
        self._wakes, self.woken = socket.socketpair()
        self.woken.setblocking(False)
        self._wakes.setblocking(False)
        self._line = b""

    def take(self) -> list[dict]:
        """What the board has told since."""
        self._line += _all_of(self.told)
        *lines, self._line = self._line.split(b"\n")
        return [json.loads(line) for line in lines]

    def send(self, event: dict) -> None:
        """Tell the board. What it never reads is lost in the end."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._sends, json.dumps(event).encode() + b"\n")

    def empty(self) -> None:
        """Forget what one process has told, and was told, before the next begins."""
        self._line = b""
        _all_of(self.told)
        _all_of(self._sends)

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wakes.send(b"\0")

    def doze(self) -> None:
        """It was woken."""
        with contextlib.suppress(BlockingIOError):
            while self.woken.recv(_CHUNK):
                pass

    def close(self) -> None:
        os.close(self.told)
        os.close(self._sends)
        self._wakes.close()
        self.woken.close()


def _all_of(descriptor: int) -> bytes:
    read = b""
    with contextlib.suppress(BlockingIOError):
        while data := os.read(descriptor, _CHUNK):
            read += data
    return read
