"""Reading a start-next/accepted and taking five fields of it, one from the job document: the
library as the agent uses it, against json.loads. Its settings: `messages`, texts; `round_ms`.
"""

import json
import sys

from iotjobs import topics
from iotjobs.codec.reader import lookup
from iotjobs.messages import Message
from timing import compare

settings = json.load(sys.stdin)
message = Message()


def case(text):
    buf = text.encode()
    end = len(buf)

    def ours():
        message.read(topics.START_NEXT | topics.ACCEPTED, buf, 0, end)
        execution = message.execution
        first, last = execution.span("job_document")
        return (
            execution.status,
            execution.job_id,
            execution.version_number,
            execution.execution_number,
            lookup(buf, first, last, ("operation",)),
        )

    def stock():
        execution = json.loads(buf)["execution"]
        return (
            execution["status"],
            execution["jobId"],
            execution["versionNumber"],
            execution["executionNumber"],
            execution["jobDocument"].get("operation"),
        )

    if ours() != stock():
        raise ValueError("%r is not %r" % (ours(), stock()))
    return {"bytes": end}, {"iotjobs": ours, "stock": stock}


compare(settings["round_ms"], [case(text) for text in settings["messages"]])
