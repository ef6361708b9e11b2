"""What devices ask over MQTT, of jobs and of streams, and what is to be published after it."""

from typing import NamedTuple

from . import device_api, device_rest, faulty_requests, faulty_streams, stream_api, throttling
from .console.whereabouts import MQTT, Whereabouts
from .errors import ThrottlingError
from .faults import Faults, HttpFault
from .faults.kinds import IN
from .faults.operations import operation_of
from .jobs import JobsEngine
from .quotas import Quotas
from .rest.api import Call
from .stream_api import Answer
from .streams import Streams


class Message(NamedTuple):
    """A message to whoever has subscribed to it."""

    topic: str
    payload: bytes
    qos: int


class DeviceRequests:
    """Serves requests within the `quotas`, with the `faults` that there are, and tells
    `whereabouts` of them.

    `stream_qos`: with which QoS blocks, descriptions and rejections of streams are published.
    """

    def __init__(
        self,
        engine: JobsEngine,
        streams: Streams,
        faults: Faults,
        quotas: Quotas,
        whereabouts: Whereabouts,
        stream_qos: int,
    ):
        self._engine = engine
        self._streams = streams
        self._faults = faults
        self._quotas = quotas
        self._whereabouts = whereabouts
        self._stream_qos = stream_qos
        self._stream_answers: list[Answer] = []

    def answer(
        self, thing_name: str, client_id: str, topic: str, payload: bytes
    ) -> tuple[str, bytes] | None:
        """Topic and payload of the answer to the client that asks about a thing's jobs.

        None: it asks about a stream, whose answers are among the `take_messages`.
        """
        if stream_api.is_request(topic):
            self._ask_stream(thing_name, client_id, topic, payload)
            return None
        answer = self._ask_jobs(thing_name, client_id, topic, payload)
        self._whereabouts.answered(thing_name, client_id, answer)
        return answer

    def http_fault(self, call: Call, client: str) -> HttpFault | None:
        """What goes wrong with a request over HTTP; nothing with one of the control plane."""
        if not device_rest.is_for_devices(call):
            return None
        return faulty_requests.for_http(self._faults, self._engine, call.name, call.params, client)

    def take_messages(self) -> list[Message]:
        """What must be published, in this order; emptied by the call."""
        taken = [Message(a.topic, a.payload, self._stream_qos) for a in self._stream_answers]
        self._stream_answers.clear()
        for notification in self._engine.take_notifications():
            taken.append(Message(*device_api.notification_message(notification), qos=1))
        return taken

    def _ask_jobs(
        self, thing_name: str, client_id: str, topic: str, payload: bytes
    ) -> tuple[str, bytes] | None:
        try:
            throttling.check_device(self._quotas, operation_of(IN, topic), client_id)
        except ThrottlingError as error:
            return device_api.rejection(self._engine, topic, payload, error)
        if self._faults.active:
            return faulty_requests.answer(
                self._faults, self._engine, thing_name, client_id, topic, payload
            )
        return device_api.answer(self._engine, thing_name, topic, payload)

    def _ask_stream(self, thing_name: str, client_id: str, topic: str, payload: bytes) -> None:
        if self._faults.active:
            found = faulty_streams.answers(
                self._faults, self._streams, thing_name, client_id, topic, payload
            )
        else:
            found = stream_api.answers(self._streams.data, topic, payload)
        self._stream_answers += found
        operation = operation_of(IN, topic) or "request"
        if found and found[0].kind == stream_api.REJECTED:
            error = found[0].members
            text = f"{error['code']}: {error['message']}"
            self._whereabouts.rejected(thing_name, client_id, operation, text)
        else:
            self._whereabouts.accepted(thing_name, operation, MQTT)
