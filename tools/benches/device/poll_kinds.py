"""Polls of an agent, each timed and weighed, by their kind."""

import gc
import json
import time
from array import array

_PAUSE_US = 100  # between two polls: the peer wants the processor too
# Of free heap before a poll: no collection falls into one, but where there is no piece in it for a
# long message.
_ROOM = 128 * 1024
_PATIENCE_MS = 60_000

_kinds = {}  # the times in µs, and the bytes of heap


def add(kind, us, held):
    """A poll of this kind took so many µs and bytes."""
    times, heap = _kinds.setdefault(kind, (array("i"), array("i")))
    times.append(us)
    heap.append(held)


def count(kind):
    """How many polls of this kind there were."""
    return len(_kinds[kind][0]) if kind in _kinds else 0


def tell():
    """Print a line of JSON about each kind."""
    for kind, (times, heap) in _kinds.items():
        gc.collect()
        times = sorted(times)
        heap = sorted(heap)
        middle = len(times) // 2
        line = {"kind": kind, "polls": len(times), "median": times[middle]}
        line["longest"] = times[-1]
        line["heap"] = heap[middle]
        print(json.dumps(line))


def poll(agent):
    """One poll: its kind, its time, its heap.

    The kind is the state before it, or what it did to a job: "begins", "ends", "over". It is
    "sent" if it sent something for one that runs.
    """
    if gc.mem_free() < _ROOM:
        gc.collect()
    kind = agent.state
    job = agent.job
    outcome = job and job.outcome
    requests = agent.stats["requests"]
    held = gc.mem_alloc()  # it walks the whole heap: not between two readings of the clock
    started = time.ticks_us()
    agent.poll()
    us = time.ticks_diff(time.ticks_us(), started)
    held = gc.mem_alloc() - held
    if not job and agent.job:
        kind = "begins"
    elif job and not agent.job:
        kind = "over"
    elif job and job.outcome != outcome:
        kind = "ends"
    elif kind == "RUNNING" and agent.stats["requests"] > requests:
        kind = "sent"
    time.sleep_us(_PAUSE_US)
    return kind, us, held


def polls(agent):
    """Polls until the caller has seen enough, 60 seconds at most."""
    started = time.ticks_ms()
    while True:
        yield poll(agent)
        if time.ticks_diff(time.ticks_ms(), started) > _PATIENCE_MS:
            raise RuntimeError("%s for too long: %s" % (agent.state, agent.last_error))
