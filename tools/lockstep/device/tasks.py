"""A program whose loop is asyncio's: the library's own task polls the agent, and asyncio waits in
the artificial time.
"""

import asyncio
import time
from asyncio import core

from iotjobs import aio

_INTERVAL_MS = 20
# What asyncio does in C has the keys of the board's own clock. They are to be past.
_AHEAD_MS = 1 << 28


class _Waits:
    # In place of asyncio's IOQueue: no task waits for a socket.
    map = ()

    def __init__(self, rest):
        self._rest = rest

    def wait_io_event(self, ms):
        self._rest(ms)


class _Polled:
    # What aio.run polls: a turn of the program is more than the agent's poll.
    def __init__(self, device):
        self.poll = device.turn
        self._device = device

    @property
    def job(self):
        return self._device.agent.job


class Over(BaseException):
    """There is nothing more to do."""


def run(device):
    """Let `device`, a Device, live: it has `turn`, `rest` and `left`. Returns when `rest` says
    that all is over. All tasks of an earlier life are forgotten.
    """
    net = device.net
    ahead = time.ticks_add(time.ticks_ms(), _AHEAD_MS)
    core.ticks = lambda: time.ticks_add(ahead, net.now)
    core.cur_task = None
    aio._leaving.clear()

    def rest(ms):
        if ms <= 0:  # a task is to run at once
            net.pass_time(1)
        elif device.rest(ms):
            raise Over()

    asyncio.new_event_loop()
    core._io_queue = _Waits(rest)
    main = asyncio.create_task(aio.run(_Polled(device), _INTERVAL_MS))
    while True:
        try:
            core.run_until_complete(main)
        except Over:
            return
        except (KeyboardInterrupt, SystemExit) as error:  # of a handler's task
            device.left(error)
