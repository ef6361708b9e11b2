"""Reading a start-next/accepted and taking five fields of it, one from the job document: the
library as the agent uses it, against json.loads. Its settings: `messages`, texts; `round_ms`.
"""

import json
import sys

from iotjobs import topics
from iotjobs.job import Job
from iotjobs.messages import Message
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
message = Message()
for text in settings["messages"]:
    buf = text.encode()
    end = len(buf)

    def ours():
        message.read(topics.START_NEXT | topics.ACCEPTED, buf, 0, end)
        execution = message.execution
        job = Job(
            execution.job_id,
            execution.execution_number,
            execution.version_number,
            None,
            execution.job_document,
        )
        return (
            execution.status,
            job.job_id,
            job.version_number,
            job.execution_number,
            job.get("operation"),
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
