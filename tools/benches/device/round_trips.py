"""What the two clients of the table `request` share: settings in, times out."""

import json
import sys
import time

settings = json.load(sys.stdin)
DETAILS = {"step": "install", "progress": "57"}


def measure(name, request, counter):
    """Make the requests, and print their times in µs, sorted, and the writes of each. `kinds`, if
    given, are the requests that are wanted.
    """
    if name not in settings.get("kinds", (name,)):
        return
    times = []
    before = counter.writes if counter else 0
    for _ in range(settings["count"]):
        started = time.ticks_us()
        request()
        times.append(time.ticks_diff(time.ticks_us(), started))
    times.sort()
    writes = (counter.writes - before) / len(times) if counter else 0
    print(json.dumps({"request": name, "us": times, "writes": writes}))
