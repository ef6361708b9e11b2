"""The board's time where it is virtual: it moves only while the program waits, as the host says.

What the program waits for is told to the host, and the answer waited for: then that was skipped,
or has gone by.
"""

import time

from . import chip

_LOOK_MS = 1  # after which a thread of the program's own looks at the time again
_ANSWER_MS = 50  # after which it is looked whether another thread has heard the answer
# Who reads the time so often waits for it to go by.
_MANY, _READING_US = 100, 1_000
# asyncio's queue puts what is to run at once at the machine's own time, which goes on: that must
# always be in the past.
_AHEAD_MS = 600_000

_base_ms = time.ticks_ms() + _AHEAD_MS
_asked = 0  # the number of the last sleep
_sleeps = False
_reads = 0  # since then
_threads = []  # until when other threads sleep
_is_left = False


def us():
    """Microseconds since the board has started."""
    global _reads
    _reads += 1
    if _reads >= _MANY and not _sleeps and chip.is_main():
        _wait(_READING_US, None)
    return chip.skipped - chip.facts["skipped"]


def ticks_ms():
    return _base_ms + us() // 1_000 & _LAST_TICK


def ticks_us():
    return _base_ms * 1_000 + us() & _LAST_TICK


_LAST_TICK = time.ticks_add(0, -1)


def time_ns():
    return (us() + chip.facts["wall"]) * 1_000


def seconds():
    """Since the epoch."""
    return time_ns() // 1_000_000_000


def sleep_ms(ms):
    sleep_us(ms * 1_000)


def sleep_us(us):
    if chip.is_main():
        _wait(us, None)
        return
    until = chip.skipped + us
    _threads.append(until)
    try:
        while chip.skipped < until:
            time.sleep_ms(_LOOK_MS)
            chip.hear()
    finally:
        _threads.remove(until)


def wait_for(poller, ms):
    """What `poller.poll(ms)` finds. The host's wire is registered there too, and is left out."""
    if not chip.is_main():
        return chip.without_wire(poller.poll(ms))
    return _wait(None if ms is None or ms < 0 else ms * 1_000, poller)


def leave(host):
    """The program connects to `host`, which is no part of virtual time: from now on it waits as
    long as others do.
    """
    global _is_left
    if not _is_left:
        _is_left = True
        chip.tell(abroad=host)


def _wait(us, poller):
    # None: without an end. The poller has what ends it before.
    global _sleeps
    was_asleep, _sleeps = _sleeps, True  # a callback in a sleep may sleep
    try:
        until = None if us is None else chip.skipped + us
        while True:
            found = chip.without_wire(poller.poll(0)) if poller else []
            left = None if until is None else until - chip.skipped
            if found or (left is not None and left <= 0):
                return found
            due = min(_dues(), default=None)
            if due is not None and due <= 0:  # a thread's, which is about to go on
                time.sleep_ms(_LOOK_MS)
            else:
                _ask(
                    left if due is None or (left is not None and left < due) else due, due, poller
                )
            chip.tick()
    finally:
        _sleeps = was_asleep


def _dues():
    # The us to what is due on other threads, and by timers.
    dues = [until - chip.skipped for until in _threads]
    timer = chip.next_due()
    return dues if timer is None else dues + [timer * 1_000]


def _ask(us, due, poller):
    # Sleep so long, or until data comes; or a part of it.
    global _asked, _reads
    _asked += 1
    number = _asked
    _reads = 0
    chip.tell(sleep=us, due=due, poll=poller is not None, n=number)
    step = chip.TICK_MS if chip.has_ticks() or _threads else _ANSWER_MS
    while chip.answered < number:
        if poller and chip.without_wire(poller.poll(step)):
            chip.tell(awake=1)
            poller = None
        elif not poller:
            chip.poller.poll(step)
        chip.hear()  # unless another thread has
