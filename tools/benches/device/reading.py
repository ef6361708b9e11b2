"""Reading messages: the library against json.loads.

Its settings: `messages`, pairs of the end of a topic and a text; `round_ms`.
"""

import json
import sys

from iotjobs.messages import Message
from iotjobs.topics import Topics
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
topics = Topics("MyThing")
message = Message()
for name, text in settings["messages"]:
    topic = b"$aws/things/MyThing/jobs/" + name.replace("{job}", "job-1").encode()
    kind = topics.match(topic, 0, len(topic))
    buf = text.encode()
    end = len(buf)

    def ours():
        message.read(kind, buf, 0, end)

    def stock():
        json.loads(buf)

    us, stock_us = microseconds(settings["round_ms"], ours, stock)
    print(
        json.dumps(
            {
                "bytes": end,
                "us": us,
                "heap": heap_bytes(ours),
                "stock_us": stock_us,
                "stock_heap": heap_bytes(stock),
            }
        )
    )
