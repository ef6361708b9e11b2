"""Asks a hostile server, on MicroPython: hostile_client_device.py PORT CA ROUNDS NAME=LIMITS…

LIMITS: the link's timeout in ms, or two, with a comma between: the second one holds from when the
answer has begun. Prints a line of JSON for each request:
- the name
- what failed: stage and reason, null if nothing did
- the ms that it took since the last limit began to hold, and the most ms between two polls
- what failed with a good request after it, on the same link
- the bytes of heap in use then

The good request is made if `good` is one of the names. CA is a path, or - for no TLS.
"""

import gc
import json
import sys
import time

from iotjobs import HTTPSLink, JobsClient, LinkError

GOOD_MS = 30_000

port, ca, rounds = sys.argv[1:4]
names = [argument.split("=") for argument in sys.argv[4:]]
there_is_good = "good" in [name for name, _ in names]
tls = ca != "-"
link = HTTPSLink(
    "localhost" if tls else "127.0.0.1",
    int(port),
    ca=ca if tls else None,
    tls=tls,
    buffer_size=2048,
)


def ask(name, limit_ms, then_ms=0):
    """What failed, the ms that it took, and the most ms between two polls."""
    link.timeout_ms = limit_ms
    client = JobsClient(link, name)
    link.receivers = [client.receive_from]
    gap = 0
    started = before = time.ticks_ms()
    failure = None
    try:
        if not link.connected:
            link.open()
        client.get_pending_job_executions()
        answered = False
        while not answered:
            answered = link.poll()
            time.sleep_ms(1)
            now = time.ticks_ms()
            gap = max(gap, time.ticks_diff(now, before))
            before = now
            if then_ms and link.reader.started:
                link.timeout_ms = then_ms
                then_ms = 0
                started = now
        if not client.message.queued_jobs:
            failure = ["none", "no answer"]
    except LinkError as error:
        failure = [error.stage, error.reason]
        now = time.ticks_ms()
        gap = max(gap, time.ticks_diff(now, before))
        before = now
    return failure, time.ticks_diff(before, started), gap


for _ in range(int(rounds)):
    for name, limits in names:
        failure, took, gap = ask(name, *[int(limit) for limit in limits.split(",")])
        then = None
        if there_is_good:
            then, _, _ = ask("good", GOOD_MS)
        gc.collect()
        print(json.dumps([name, failure, took, gap, then, gc.mem_alloc()]))
link.close()
