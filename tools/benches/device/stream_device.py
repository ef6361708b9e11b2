"""The tables of `stream`: a device with an application, whose job gets a file over mutual TLS.

Arguments: the folder of its certificates; the port of the broker; the path of the file and its
size; how many KiB the application holds; then "stream", the size of a block and of the window, or
"https", whether it is to be offline (1 or 0).
"""

import gc
import sys
import time

gc.threshold(1024)  # while importing too, as in job_device

import job_device  # noqa: E402
from iotjobs.handlers import download  # noqa: E402

_ROOM = 640  # in the receive buffer beside a block: its topic, what is around it, the document
_LEAST = 1024  # what the agent wants of it
_BUFFER = 4096  # of a Fetcher
_LIMIT_MS = 120_000
_PIECE = 1024
_SOME = 64 * 1024  # bytes at the begin and at the end of a file, between which blocks are counted


class Watch:
    """What happens between a job's begin and its end."""

    us = 0
    heap = None  # what blocks took of it, and how many they were
    _since = _begin = _first = 0

    def __init__(self, window):
        self._window = window  # None: nothing is counted

    def event(self, event, value):
        if event == "job":
            self._since = time.ticks_us()
        elif event == "end":
            self.us = time.ticks_diff(time.ticks_us(), self._since)

    def look(self, size):
        """Count what is allocated while blocks come."""
        window = self._window
        if not window:
            return
        block = getattr(window, "_first", 0)  # of those that are asked for; none has been at first
        if not self._first and block * window.size >= _SOME:
            gc.collect()
            gc.disable()
            self._first = block
            self._begin = gc.mem_alloc()
        elif self._first and not self.heap and block * window.size >= size - _SOME:
            self.heap = gc.mem_alloc() - self._begin, block - self._first
            gc.enable()


def run(folder, port, path, size, application_kib, way, *settings):
    held = [bytearray(_PIECE) for _ in range(int(application_kib))]
    numbers = [int(one) for one in settings]
    files = path.rsplit("/", 1)[0]
    if way == "stream":
        from iotjobs.fetch import StreamFetcher

        link = job_device.connect(folder, "MQTT", port, numbers[0] + _ROOM)
        fetcher = StreamFetcher(link, "MyThing", *numbers, progress_ms=_LIMIT_MS)
        watch = Watch(None if held else fetcher.window)  # to count is nothing for a small heap
    else:
        from iotjobs.fetch import Fetcher

        link = job_device.connect(folder, "MQTT", port, _LEAST)
        ca = folder + "/ca.der"
        fetcher = Fetcher(ca, _BUFFER, attempts=1, offline=bool(numbers[0]), progress_ms=_LIMIT_MS)
        watch = Watch(None)
    agent = job_device.agent_on(link, folder)
    agent.on_event = watch.event
    download.register(agent, files, fetcher=fetcher)
    started = time.ticks_ms()
    while not watch.us or agent.state != "IDLE":
        agent.poll()
        watch.look(int(size))
        if agent.last_error:
            raise agent.last_error
        if time.ticks_diff(time.ticks_ms(), started) > _LIMIT_MS:
            sys.exit(2)
        time.sleep_ms(1)
    link.disconnect()
    heap, blocks = watch.heap or (0, 0)
    print('{"us":%d,"heap":%d,"blocks":%d,"held":%d}' % (watch.us, heap, blocks, len(held)))


run(*sys.argv[1:])
