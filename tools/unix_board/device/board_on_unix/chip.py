"""The wires between this process, which is the board, and the host that has started it.

What happens on the board is told as lines of JSON by a FIFO; what happens to it is heard by
another. `facts` is what was so when the board started: the host writes it into a file.
"""

import json
import select
import time

from micropython import schedule

try:
    import _thread
except ImportError:  # without timers, edges, and threads of a program
    _thread = None

TICK_MS = 5  # how exact timers and edges are

facts = {}
is_wifi_there = True
cut = None  # the call after which the power goes; None: it stays
pins = {}  # the level of each, by name, whoever has set it
is_virtual = False  # whether time is
skipped = 0  # of it, in microseconds
answered = 0  # the number of the sleep that the host has answered
poller = None  # finds what the host has told

_out = _in = None
_on_edge = {}  # by a pin's name: called with its new level, in whatever thread has heard it
_timers = []
_ticks = False  # whether their thread runs


def connect(path):
    """Read the facts, and take up the wires."""
    global _out, _in, poller, is_wifi_there, cut, is_virtual, skipped
    with open(path) as file:
        facts.update(json.load(file))
    _out = open(facts["out"], "wb")
    _in = open(facts["in"], "rb")
    poller = select.poll()
    register_wire(poller)
    is_virtual = facts["skipped"] is not None
    skipped = facts["skipped"] or 0
    is_wifi_there = facts["wifi"]
    cut = facts["cut"]
    pins.update(facts["pins"])


def register_wire(poller):
    """Have it find too that the host has told something."""
    poller.register(_in, select.POLLIN)


def without_wire(found):
    """What such a poller has found beside that."""
    return [one for one in found if one[0] is not _in]


def tell(**event):
    """Tell the host."""
    line = json.dumps(event).encode() + b"\n"
    with _telling:  # a long one goes in pieces
        _out.write(line)


def ends(**event):
    """Tell the host of a reset, and wait for it: no `finally` runs, as on a board."""
    tell(**event)
    while True:
        time.sleep_ms(1_000)


class _Lock:
    """`with lock as is_first:`. What a timer or an edge calls may interrupt the main thread where
    that has the lock: it goes in too, and is not the first. No step of this waits for its own
    thread, wherever it is interrupted.
    """

    def __init__(self):
        self._lock = _thread and _thread.allocate_lock()
        self._depth = 0  # of the main thread

    def __enter__(self):
        if is_main():
            self._depth += 1
            if self._depth > 1:
                return False
        if self._lock:
            self._lock.acquire()
        return True

    def __exit__(self, *error):
        if self._lock and not (is_main() and self._depth > 1):
            self._lock.release()
        if is_main():
            self._depth -= 1


_main = _thread and _thread.get_ident()


def is_main():
    """Whether this is the thread in which the program began."""
    return not _thread or _thread.get_ident() == _main


_lock, _telling = _Lock(), _Lock()


def hear():
    """Take what the host has told since."""
    with _lock as is_first:
        if is_first:  # or what it has interrupted is about to read the line
            _hear()


def _hear():
    global is_wifi_there, cut, skipped, answered
    while poller.poll(0):
        event = json.loads(_in.readline())
        if "skipped" in event:
            skipped = event["skipped"]
            answered = event.get("n", answered)
        if "wifi" in event:
            is_wifi_there = event["wifi"]
        if "cut" in event:
            cut = event["cut"]
        if "pin" in event:
            name, level = event["pin"], event["value"]
            before = pins.get(name, 0)
            pins[name] = level
            if name in _on_edge and before != level:
                _on_edge[name](level)


def on_edge(name, function):
    """Call `function(level)` when the host changes this pin; None: no longer."""
    if function:
        _start_ticks()
        _on_edge[name] = function
    else:
        _on_edge.pop(name, None)


def has_ticks():
    """Whether there may be timers and edges."""
    return _ticks


def add_timer(timer):
    """Call `timer.tick()` all the time, until it is removed. `timer.left()`: the ms
    until it is due, None if it is no more.
    """
    _start_ticks()
    with _lock:
        if timer not in _timers:
            _timers.append(timer)


def remove_timer(timer):
    with _lock:
        if timer in _timers:
            _timers.remove(timer)


def soon(callback, argument):
    """Have it called between two instructions of the program; False if too many wait already."""
    try:
        schedule(callback, argument)
    except RuntimeError:
        return False
    return True


def _start_ticks():
    global _ticks
    if _ticks:
        return
    if not _thread:
        raise NotImplementedError("timers and Pin.irq need a MicroPython with _thread")
    _ticks = True
    _thread.start_new_thread(_tick, ())


def next_due():
    """The ms until the next timer is; None: there is none."""
    with _lock:
        lefts = [timer.left() for timer in _timers]
    return min((left for left in lefts if left is not None), default=None)


def tick():
    """Call what is due."""
    with _lock:
        for timer in _timers:
            timer.tick()


def _tick():
    while True:
        time.sleep_ms(TICK_MS)
        hear()
        tick()
