"""Reading messages: the library against json.loads. Its argument: messages and round_ms."""

import json
import sys

from iotjobs import topics
from iotjobs.messages import Message
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
message = Message()
for text in settings["messages"]:
    buf = text.encode()
    end = len(buf)

    def ours():
        message.read(topics.START_NEXT | topics.ACCEPTED, buf, 0, end)

    def stock():
        json.loads(buf)

    print(
        json.dumps(
            {
                "bytes": end,
                "us": microseconds(ours, settings["round_ms"]),
                "heap": heap_bytes(ours),
                "stock_us": microseconds(stock, settings["round_ms"]),
                "stock_heap": heap_bytes(stock),
            }
        )
    )
