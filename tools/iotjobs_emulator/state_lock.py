"""A state file belongs to one emulator at a time.

Two would both fire its timers, and neither would tell its devices what the other has changed. Who
looks into the file with the sqlite3 shell is not kept out.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager


class StateInUseError(Exception):
    """Another emulator has the file; the message says which."""


@contextmanager
def held(path: str) -> Iterator[None]:
    """Have the state file at `path` for oneself: by a lock, which ends with the process, on a file
    beside it. Raises StateInUseError, and OSError where that file cannot be made.
    """
    # SQLite locks its own file in a way that ends when anybody in the process closes that.
    descriptor = os.open(os.path.realpath(path) + "-lock", os.O_RDWR | os.O_CREAT, 0o600)
    with open(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = file.read().strip() or "unknown"
            raise StateInUseError(f"another emulator has it, process {owner}") from None
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
