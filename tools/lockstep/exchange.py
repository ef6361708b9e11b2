"""How the host and a device talk: what device/network.py has the other side of.

A device's message is a byte that says what, its time (ms, four bytes), a length (two), and so many
bytes. The answer has flags, and the time until the host has something to do (ms, four bytes). Then
come a length (four), and so many bytes that the device receives.
"""

import struct

NEXT, OPEN, WRITE, CLOSE, PASS, LOG = b"NOWCTL"

ENDED = {None: 0, "closed": 1, "reset": 2}
DONE = 4
_NEVER = 0xFFFFFFFF

_ASKED = struct.Struct(">BIH")
_ANSWER = struct.Struct(">BII")
HEADER_BYTES = _ASKED.size


def read_header(header: bytes) -> tuple[int, int, int]:
    """What a device says, its time, and how many bytes follow."""
    return _ASKED.unpack(header)


def answer(flags: int, due_ms: int | None, data: bytes) -> bytes:
    """The answer's bytes."""
    return _ANSWER.pack(flags, _NEVER if due_ms is None else min(due_ms, _NEVER), len(data)) + data
