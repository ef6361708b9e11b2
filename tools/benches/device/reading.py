"""Reading messages: the library against json.loads.

Its settings: `messages`, pairs of the end of a topic and a text; `round_ms`.
"""

import json
import sys

from iotjobs.messages import Message
from iotjobs.topics import Topics
from timing import compare

settings = json.load(sys.stdin)
topics = Topics("MyThing")
message = Message()


def case(name, text):
    topic = b"$aws/things/MyThing/jobs/" + name.replace("{job}", "job-1").encode()
    kind = topics.match(topic, 0, len(topic))
    buf = text.encode()
    end = len(buf)

    def ours():
        message.read(kind, buf, 0, end)

    def stock():
        json.loads(buf)

    return {"bytes": end}, {"iotjobs": ours, "stock": stock}


compare(settings["round_ms"], [case(name, text) for name, text in settings["messages"]])
