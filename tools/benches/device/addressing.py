"""Topics: the library against formatting and splitting."""

import json
import sys

from iotjobs import topics
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
THING, JOB = "MyThing", "job-1"
ours = topics.Topics(THING)
out = bytearray(ours.max_size)
update = b"$aws/things/MyThing/jobs/job-1/update/accepted"
notify = b"$aws/things/MyThing/jobs/notify-next"


def split(topic):
    # What a user would do: the levels decide.
    levels = topic.split(b"/")
    if levels[:2] != [b"$aws", b"things"] or levels[2] != b"MyThing" or levels[3] != b"jobs":
        return None
    return levels[4:]


for name, function, stock in (
    (
        "build start-next",
        lambda: ours.write(topics.START_NEXT, None, out, 0),
        lambda: "$aws/things/%s/jobs/start-next" % THING,
    ),
    (
        "build {job}/update",
        lambda: ours.write(topics.UPDATE, JOB, out, 0),
        lambda: "$aws/things/%s/jobs/%s/update" % (THING, JOB),
    ),
    (
        "match {job}/update/accepted",
        lambda: ours.match(update, 0, 46),
        lambda: split(update),
    ),
    (
        "match notify-next",
        lambda: ours.match(notify, 0, 36),
        lambda: split(notify),
    ),
):
    print(
        json.dumps(
            {
                "name": name,
                "us": microseconds(function, settings["round_ms"]),
                "heap": heap_bytes(function),
                "stock_us": microseconds(stock, settings["round_ms"]),
                "stock_heap": heap_bytes(stock),
            }
        )
    )
