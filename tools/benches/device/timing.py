"""How long calls take, and how much heap: both on MicroPython."""

import gc
import json
import time

import micropython

_ROUNDS = 15
_TRIES = 5
_ROUND_BYTES = 64 * 1024  # what a round may allocate: more would leave the processor's caches


def compare(round_ms, cases):
    """Measure each case: a dict that says what it is, and a dict of functions by name.

    Prints the first dict with `us` and `heap` of each function, as JSON.
    """
    functions = [function for _, named in cases for function in named.values()]
    times = iter(microseconds(round_ms, functions))
    for what, named in cases:
        us = {name: next(times) for name in named}
        heap = {name: heap_bytes(function) for name, function in named.items()}
        print(json.dumps(dict(what, us=us, heap=heap)))


def microseconds(round_ms, functions):
    """The time of one call of each function: the best of some rounds of about `round_ms`.

    Every function has its first round before any has its second, so that whatever else the machine
    does meanwhile comes upon all of them. Garbage is collected between the rounds and never in
    one, so what an allocation costs later is not in the figures.
    """
    gc.collect()
    gc.disable()
    counts = [_calls(function, round_ms) for function in functions]
    best = [None] * len(functions)
    for _ in range(_ROUNDS):
        for at, function in enumerate(functions):
            elapsed = _elapsed(function, counts[at])
            if best[at] is None or elapsed < best[at]:
                best[at] = elapsed
    gc.enable()
    return best


def _calls(function, round_ms):
    """How many calls make a round. Of some calls one, at least, has the processor for itself."""
    function()
    once = max(min([_elapsed(function, 1) for _ in range(_TRIES)]), 1)
    before = gc.mem_alloc()
    function()
    taken = max(gc.mem_alloc() - before, 1)
    return max(min(int(round_ms * 1000 / once), _ROUND_BYTES // taken), 1)


def _elapsed(function, count):
    gc.collect()
    started = time.ticks_us()
    for _ in range(count):
        function()
    return time.ticks_diff(time.ticks_us(), started) / count


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
