"""A lock on a file, which ends with the process that has it, also when that is killed.

The file says who has it. On Windows the tools run under WSL, which has this kind of lock too.
"""

import contextlib
import os
import socket


class HeldError(Exception):
    """Somebody else has the lock; the message says who, as "process 71 on ann-pc"."""


@contextlib.contextmanager
def held(path, waiting=None):
    """Have the lock on the file at `path`, which is made. Where somebody else has it: call
    `waiting`, and wait; without it raise HeldError. OSError where the file cannot be locked.

    Whoever has the lock may remove the file.
    """
    with contextlib.ExitStack() as stack:
        while True:
            file = stack.enter_context(open(str(path), "ab+", buffering=0))
            _lock(file, waiting)
            if _is_at(file, path):
                break
            stack.close()  # whoever had it has removed the file: this is a lock on nothing
        # Who has the lock is for people: a full disk does not keep it from being one.
        with contextlib.suppress(OSError):
            file.truncate(0)
            file.write(("process %d on %s" % (os.getpid(), socket.gethostname())).encode())
        yield


def _lock(file, waiting):
    import fcntl  # Windows has none, and `entering` is to say so

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        pass
    if waiting is None:
        file.seek(0)
        raise HeldError(file.read().decode(errors="replace") or "another process")
    waiting()
    fcntl.flock(file, fcntl.LOCK_EX)


def _is_at(file, path):
    try:
        return os.path.samestat(os.stat(str(path)), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
