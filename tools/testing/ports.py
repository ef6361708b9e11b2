"""Ports that nobody else takes, for tests that need one twice, or one at which nobody listens.

A port that a test was given by the system and has closed may be given to another process at once.
These are below those that the system gives away, in blocks, of which a lock holds one for each
process.
"""

import fcntl
import functools
import itertools
import pathlib
import socket
import tempfile

_FIRST, _SIZE, _BLOCKS = 12_000, 40, 500  # up to 32,000; Linux gives away those from 32,768 on


def take(count):
    """So many, at which nobody listens now."""
    return [next(_numbers()) for _ in range(count)]


@functools.cache
def _numbers():
    folder = pathlib.Path(tempfile.gettempdir()) / "iotjobs-ports"
    folder.mkdir(exist_ok=True)
    for block in range(_BLOCKS):
        lock = open(folder / str(block), "w")  # noqa: SIM115, it is held as long as the process
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return _free(block, lock)
    raise RuntimeError(f"all {_BLOCKS} blocks of ports are taken")


def _free(block, _lock):
    first = _FIRST + block * _SIZE
    for port in itertools.cycle(range(first, first + _SIZE)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # a program of somebody else's
        yield port
