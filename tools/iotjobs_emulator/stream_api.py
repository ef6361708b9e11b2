"""The MQTT face of streams: a request's topic and payload in, the messages that answer it out.

SERVICE.md, section Streams. Unlike those of jobs, the answers go to whoever has subscribed to
them.
"""

import logging
import sqlite3
from dataclasses import dataclass

from .errors import InternalFailureError, InvalidRequestError, InvalidTopicError, ServiceError
from .streams import asked, encodings
from .streams.data import StreamData
from .streams.encodings import Encoding

_log = logging.getLogger(__name__)
_STREAM_LEVELS = 5  # $aws, things, the thing, streams, the stream
DESCRIBE, GET = "describe", "get"
DESCRIPTION, DATA, REJECTED = "description", "data", "rejected"


@dataclass(frozen=True, slots=True)
class Answer:
    """A message to a thing: the `kind` is a level of its topic. `definite`: its maps say how long
    they are, if the encoding has that.
    """

    place: str  # the topic of its stream, without what comes behind
    kind: str
    encoding: Encoding
    members: dict
    definite: bool = False

    @property
    def topic(self) -> str:
        return f"{self.place}/{self.kind}/{self.encoding.name}"

    @property
    def payload(self) -> bytes:
        return self.encoding.write(self.members, self.definite)


def is_request(topic: str) -> bool:
    """Whether a topic, which is some thing's, is of a stream."""
    return topic.split("/")[3:4] == ["streams"]


def answers(data: StreamData, topic: str, payload: bytes) -> list[Answer]:
    """Serve a message that a device published below `$aws/things/<thing>/streams/`.

    Everything is answered: by a description, by a message for each block, or by a rejection, in
    the encoding that the topic's last level names. Where it names none, that is JSON. Never
    raises: a failure of the emulator itself is logged, and is an InternalError.
    """
    place, encoding = place_of(topic), encoding_of(topic)
    operation = operation_of(topic)
    if operation is None:
        return [
            rejection(topic, payload, InvalidTopicError(f"{topic!a} is no request of streams"))
        ]
    token: dict = {}
    try:
        request = encoding.read(payload)
        token = asked.token(request)
        kind, perform = _OPERATIONS[operation]
        messages = perform(data, stream_id_of(topic), request, encoding)
        return [Answer(place, kind, encoding, {**token, **members}) for members in messages]
    except ServiceError as error:
        problem = error
    except sqlite3.Error as error:
        _log.error("the request on %s: the state cannot be kept: %s", topic, error)
        problem = InternalFailureError(f"The state cannot be kept: {error}")
    except Exception:
        _log.exception("the request on %s failed", topic)
        problem = InternalFailureError("The emulator failed; its log says why")
    return [_rejected(place, encoding, problem, token)]


def rejection(topic: str, payload: bytes, error: ServiceError) -> Answer:
    """A rejection that owes nothing to the request but its token."""
    encoding = encoding_of(topic)
    try:
        token = asked.token(encoding.read(payload))
    except InvalidRequestError:
        token = {}
    return _rejected(place_of(topic), encoding, error, token)


def operation_of(topic: str) -> str | None:
    """DESCRIBE or GET, as a request's topic says; None: it is no request."""
    match topic.split("/")[_STREAM_LEVELS:]:
        case [("describe" | "get") as operation, encoding] if encoding in encodings.ENCODINGS:
            return operation
    return None


def place_of(topic: str) -> str:
    """The part of a topic that names thing and stream."""
    return "/".join(topic.split("/")[:_STREAM_LEVELS])


def stream_id_of(topic: str) -> str:
    """The stream that a topic names, empty if it names none."""
    return "".join(topic.split("/")[_STREAM_LEVELS - 1 : _STREAM_LEVELS])


def encoding_of(topic: str) -> Encoding:
    """The encoding that a topic's last level names; JSON if it names none."""
    found = encodings.ENCODINGS.get(topic.rsplit("/", 1)[1])
    return found or encodings.ENCODINGS["json"]


def _rejected(place: str, encoding: Encoding, error: ServiceError, token: dict) -> Answer:
    # Long and short names both, as the service has them.
    long = {"clientToken": token["c"]} if token else {}
    code, message = error.mqtt_code, error.message
    members = {"code": code, "o": code, "message": message, "m": message}
    return Answer(place, REJECTED, encoding, {**long, **token, **members})


def _describe(data: StreamData, stream_id: str, request: dict, encoding: Encoding) -> list[dict]:
    return [data.describe(stream_id)]


def _get(data: StreamData, stream_id: str, request: dict, encoding: Encoding) -> list[dict]:
    return data.get(stream_id, asked.read(request, encoding))


# By a topic's level: the kind of the answers, and what gives their members.
_OPERATIONS = {DESCRIBE: (DESCRIPTION, _describe), GET: (DATA, _get)}
