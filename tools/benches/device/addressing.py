"""Topics: the library against formatting and splitting."""

import json
import sys

from iotjobs import topics
from timing import compare

settings = json.load(sys.stdin)
THING, JOB = "MyThing", "job-1"
PREFIX = b"$aws/things/MyThing/jobs/"
ours = topics.Topics(THING)
out = bytearray(ours.max_size)
at = len(ours.prefix)
out[:at] = ours.prefix  # which stays there, as it does in a client's buffer
answer = PREFIX + b"job-1/update/accepted"
notice = PREFIX + b"notify-next"


def stock_match(topic):
    """Operation, verdict and job id, without a check of any."""
    if not topic.startswith(PREFIX):
        return None
    levels = topic[len(PREFIX) :].split(b"/")
    if len(levels) == 3:
        return levels[1], levels[2], levels[0]
    if len(levels) == 2:
        return levels[0], levels[1], None
    return levels[0], None, None


def equal(found, expected):
    if found != expected:
        raise ValueError("%r is not %r" % (found, expected))


def stock_start_next():
    return "$aws/things/%s/jobs/start-next" % THING


def stock_update():
    return "$aws/things/%s/jobs/%s/update" % (THING, JOB)


equal(ours.topic(topics.START_NEXT).decode(), stock_start_next())
equal(ours.topic(topics.UPDATE, JOB).decode(), stock_update())
equal(stock_match(answer), (b"update", b"accepted", b"job-1"))
equal(ours.match(answer, 0, len(answer)), topics.UPDATE | topics.ACCEPTED)
equal(answer[at : ours.job_id_end], b"job-1")
equal(stock_match(notice), (b"notify-next", None, None))
equal(ours.match(notice, 0, len(notice)), topics.NOTIFY_NEXT)

compare(
    settings["round_ms"],
    [
        ({"name": name}, {"iotjobs": function, "stock": stock})
        for name, function, stock in (
            (
                "build start-next",
                lambda: ours.write(topics.START_NEXT, None, out, at),
                stock_start_next,
            ),
            (
                "build {job}/update",
                lambda: ours.write(topics.UPDATE, JOB, out, at),
                stock_update,
            ),
            (
                "match {job}/update/accepted",
                lambda: ours.match(answer, 0, len(answer)),
                lambda: stock_match(answer),
            ),
            (
                "match notify-next",
                lambda: ours.match(notice, 0, len(notice)),
                lambda: stock_match(notice),
            ),
        )
    ],
)
