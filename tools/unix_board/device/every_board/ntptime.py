"""A stand-in for `ntptime`: the host's clock is right already."""

import time

from board_on_unix import sockets

host = "pool.ntp.org"
timeout = 1


def settime():
    """OSError without a network."""
    if not sockets.is_online():
        raise OSError(-2)


_time = time.time


def time():
    """Seconds since the epoch. OSError without a network."""
    settime()
    return int(_time())
