"""The time, and the chance, of the library in lockstep."""

import random
import time

from iotjobs import aio, client
from iotjobs.agent import agent, job, session
from iotjobs.fetch import stream_client
from iotjobs.links import https, mqtt


class _Time:
    # In place of the module time in the library's modules.
    ticks_diff = time.ticks_diff
    ticks_add = time.ticks_add

    def __init__(self, net):
        self.ticks_ms = net.ticks_ms
        self.sleep_ms = net.sleep_ms


class _Os:
    # In place of the module os in what draws tokens: the random bytes of a schedule are always
    # the same.
    @staticmethod
    def urandom(size):
        return bytes([random.getrandbits(8) for _ in range(size)])


def take_time(net):
    """Let the library live in the time of `net`."""
    for module in (agent, aio, https, job, mqtt, session):
        module.time = _Time(net)
    client.os = stream_client.os = _Os
