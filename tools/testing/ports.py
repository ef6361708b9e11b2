"""Ports that nobody else takes, for tests that need one twice, or one at which nobody listens.

A port that a test was given by the system and has closed may be given to another process at once.
These are below those that the system gives away, in blocks. A process holds a block by its first
port. So no other process on this machine takes it, whatever its folder for temporary files is.
"""

import functools
import itertools
import socket

_FIRST, _SIZE, _BLOCKS = 12_000, 41, 487  # up to 31,967; Linux gives away those from 32,768 on


def take(count):
    """So many, at which nobody listens now."""
    return [next(_numbers()) for _ in range(count)]


@functools.cache
def _numbers():
    for block in range(_BLOCKS):
        first = _FIRST + block * _SIZE
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", first))
        except OSError:
            held.close()
            continue
        return _free(range(first + 1, first + _SIZE), held)
    raise RuntimeError(f"all {_BLOCKS} blocks of ports are taken")


def _free(numbers, _held):
    # The block is held as long as this goes on.
    for port in itertools.cycle(numbers):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # a program of somebody else's
        yield port
