"""How long to wait for a process that should long have answered, on a machine that is busy."""

import os

_MOST = 20


def seconds(idle):
    """What takes `idle` seconds where nothing else runs may take so many now: as many times more
    as there are processes for each core.
    """
    return idle * min(max(os.getloadavg()[0] / os.cpu_count(), 1), _MOST)
