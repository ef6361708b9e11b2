"""The wires between this process, which is the board, and the host that has started it.

What happens on the board is told as lines of JSON by a FIFO; what happens to it is heard by
another. `facts` is what was so when the board started: the host writes it into a file.
"""

import json
import os
import select
import time

from micropython import schedule

TICK_MS = 5  # how exact timers and edges are

facts = {}
is_wifi_there = True
cut = None  # the call after which the power goes; None: it stays
pins = {}  # the level of each, by name, whoever has set it

_out = _in = _poller = _lock = None
_on_edge = {}  # by a pin's name: called with its new level, in whatever thread has heard it
_timers = []
_ticks = None  # the thread, once it is needed


def connect(path):
    """Read the facts, and take up the wires."""
    global _out, _in, _poller, is_wifi_there, cut
    with open(path) as file:
        facts.update(json.load(file))
    _out = open(facts["out"], "wb")
    _in = open(facts["in"], "rb")
    _poller = select.poll()
    _poller.register(_in, select.POLLIN)
    is_wifi_there = facts["wifi"]
    cut = facts["cut"]
    pins.update(facts["pins"])
    try:
        import _thread
    except ImportError:  # then a host that is killed leaves it behind
        return
    _thread.start_new_thread(_end_with_host, ())


def _end_with_host():
    poller = select.poll()
    poller.register(_in, 0)  # only that nobody holds the other end
    while not poller.poll(-1):
        pass
    os.system("kill -KILL $PPID")


def tell(**event):
    """Tell the host."""
    _out.write(json.dumps(event).encode() + b"\n")


def ends(**event):
    """Tell the host of a reset, and wait for it: no `finally` runs, as on a board."""
    tell(**event)
    while True:
        time.sleep_ms(1_000)


def hear():
    """Take what the host has told since."""
    if _lock:
        with _lock:
            _hear()
    else:
        _hear()


def _hear():
    global is_wifi_there, cut
    while _poller.poll(0):
        event = json.loads(_in.readline())
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


def add_timer(timer):
    """Call `timer.tick(ticks_ms)` all the time, until it is removed."""
    _start_ticks()
    with _lock:
        if timer not in _timers:
            _timers.append(timer)


def remove_timer(timer):
    if _lock:
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
    global _lock, _ticks
    if _ticks:
        return
    try:
        import _thread
    except ImportError:
        raise NotImplementedError("timers and Pin.irq need a MicroPython with _thread")
    _lock = _thread.allocate_lock()
    _ticks = True
    _thread.start_new_thread(_tick, ())


def _tick():
    while True:
        time.sleep_ms(TICK_MS)
        hear()
        now = time.ticks_ms()
        with _lock:
            for timer in _timers:
                timer.tick(now)
