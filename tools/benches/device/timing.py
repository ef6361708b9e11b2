"""How long a call takes, and how much heap: both on MicroPython."""

import gc
import time

import micropython

_ROUNDS = 15
_ROUND_BYTES = 64 * 1024  # what a round may allocate: more would leave the processor's caches


def microseconds(function, round_ms):
    """The time of one call, the best of some rounds of about `round_ms` each.

    Garbage is collected between the rounds and never in one, so what an allocation costs later is
    not in the figure.
    """
    gc.collect()
    gc.disable()
    function()
    before = gc.mem_alloc()  # it walks the whole heap: not between two readings of the clock
    started = time.ticks_us()
    function()
    once = max(time.ticks_diff(time.ticks_us(), started), 1)
    taken = max(gc.mem_alloc() - before, 1)
    count = max(min(round_ms * 1000 // once, _ROUND_BYTES // taken), 1)
    best = 0
    for _ in range(_ROUNDS):
        gc.collect()
        started = time.ticks_us()
        for _ in range(count):
            function()
        elapsed = time.ticks_diff(time.ticks_us(), started) / count
        if not best or elapsed < best:
            best = elapsed
    gc.enable()
    return best


def heap_bytes(function):
    """The heap that one call takes; 0 only if it also runs under a locked heap."""
    function()
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    function()
    taken = gc.mem_alloc() - before
    gc.enable()
    if taken == 0:
        micropython.heap_lock()
        try:
            function()
        finally:
            micropython.heap_unlock()
    return taken
