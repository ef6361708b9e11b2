"""Which operation of jobs or of streams a topic belongs to (SERVICE.md, Topics, and Streams)."""

from ..job_topics import (
    DESCRIBE,
    GET_PENDING,
    NOTIFY,
    NOTIFY_NEXT,
    START_NEXT,
    UPDATE,
    asked,
    told,
)
from .kinds import IN

GET_STREAM, DESCRIBE_STREAM = "GetStream", "DescribeStream"

STREAM_REQUESTS = (GET_STREAM, DESCRIBE_STREAM)  # over MQTT alone
REQUESTS = (GET_PENDING, START_NEXT, DESCRIBE, UPDATE, *STREAM_REQUESTS)
NOTIFICATIONS = (NOTIFY, NOTIFY_NEXT)
OPERATIONS = (*REQUESTS, *NOTIFICATIONS)

# By the level of a topic that is a request, or that answers one. What rejects one does not say
# which.
_STREAM_REQUESTS = {"get": GET_STREAM, "describe": DESCRIBE_STREAM}
_STREAM_ANSWERS = {"data": GET_STREAM, "description": DESCRIBE_STREAM}


def operation_of(direction: str, topic: str) -> str | None:
    """The operation that a PUBLISH to `topic` asks for (in), answers or is (out); None: none."""
    match topic.split("/"):
        case ["$aws", "things", _, "jobs", *levels]:
            return _request(levels) if direction == IN else _answer(levels)
        case ["$aws", "things", _, "streams", _, level, "json" | "cbor"]:
            return (_STREAM_REQUESTS if direction == IN else _STREAM_ANSWERS).get(level)
    return None


def job_id_of(topic: str) -> str:
    """The jobId in the topic of an UpdateJobExecution."""
    return topic.split("/")[4]


def _request(levels: list[str]) -> str | None:
    request = asked(levels)
    return request and request.operation


def _answer(levels: list[str]) -> str | None:
    match levels:
        case [*request, "accepted" | "rejected"]:
            return _request(request)
    return told(levels)
