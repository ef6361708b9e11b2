"""`JobsClient`: the four requests of the Jobs API out, its ten messages in. No I/O, no clock.

A request's topic and JSON are written into one buffer and handed to a publisher: an `MQTTLink`,
which sends them as one packet from where they lie, or anything with `publish(topic, payload)`.
Whoever receives messages hands them to `receive`.
"""

import os
from binascii import hexlify

from micropython import const

from . import scan, topics
from .codec import JSONError, Writer
from .messages import Message

# Room before the topic, in which a link writes the packet's header: type, up to four bytes of
# length, two of topic length (MQTT 3.1.1, 3.3.1 and 3.3.2).
HEADROOM = const(7)

IGNORED = const(32)  # a message of this thing's jobs on which nothing must be done

_MAX_TOKEN = const(999_999_999)  # nine digits: a small int on every board
_MIN_TIMEOUT = const(1)
_MAX_TIMEOUT = const(10_080)
_CANCEL_TIMER = const(-1)
_MIN_PAYLOAD = const(256)  # every request without statusDetails fits
_MAX_KEY = const(128)
_MAX_VALUE = const(1024)


class JobsClient:
    """The Jobs API for one thing.

    `payload_size`: the longest request in bytes, statusDetails included. Every request returns
    after it was handed to the publisher; its answer comes through `receive`, told apart by its
    clientToken. Of each operation one request is in flight: a new one makes the answer to the
    earlier one stale.

    Raises ValueError for a name or value beyond the service's limits, BufferFull (a ValueError)
    for a request longer than the buffer, TypeError for statusDetails that are not text; then
    nothing was sent. What the publisher raises passes through.

    Allocates its buffers, once. Requests and `receive` allocate nothing with an `MQTTLink`.
    Specification: "Jobs device MQTT and HTTPS APIs"; limits: the service's quotas.
    """

    def __init__(self, publisher, thing_name, payload_size=1024):
        if payload_size < _MIN_PAYLOAD:
            raise ValueError("payload_size %d: at least %d" % (payload_size, _MIN_PAYLOAD))
        self.topics = topics.Topics(thing_name)
        self.message = Message()
        self._publisher = publisher
        self._direct = hasattr(publisher, "publish_from")
        self._payload_size = payload_size
        self._buf = bytearray(HEADROOM + self.topics.max_size + payload_size)
        self._writer = Writer(self._buf)
        self._topic_end = 0
        # Tokens tell this run of the program from an earlier one, whose answers may still arrive.
        self._prefix = hexlify(os.urandom(3)) + b"-"
        self._number = 0
        self._expected = [0] * (topics.UPDATE + 1)

    def get_pending_job_executions(self):
        """Ask for all executions that are not in a terminal state (GetPendingJobExecutions)."""
        self._begin(topics.GET_PENDING, None)
        self._send(topics.GET_PENDING)

    def start_next_pending_job_execution(self, status_details=None, step_timeout_in_minutes=None):
        """Get the next pending execution and start it (StartNextPendingJobExecution).

        `status_details`: dict of str to str or int; `step_timeout_in_minutes`: 1 to 10,080.
        """
        _check_timeout(step_timeout_in_minutes)
        writer = self._begin(topics.START_NEXT, None)
        _check_details(status_details)
        writer.mapping(b'"statusDetails":', status_details)
        writer.integer(b'"stepTimeoutInMinutes":', step_timeout_in_minutes)
        self._send(topics.START_NEXT)

    def describe_job_execution(
        self, job_id=topics.NEXT, execution_number=None, include_job_document=None
    ):
        """Get the details of an execution, of the next pending one by default
        (DescribeJobExecution). The service includes the document unless told not to.
        """
        writer = self._begin(topics.DESCRIBE, job_id)
        writer.integer(b'"executionNumber":', execution_number)
        writer.boolean(b'"includeJobDocument":', include_job_document)
        self._send(topics.DESCRIBE)

    def update_job_execution(
        self,
        job_id,
        status,
        status_details=None,
        expected_version=None,
        execution_number=None,
        include_job_execution_state=None,
        include_job_document=None,
        step_timeout_in_minutes=None,
    ):
        """Set the status of an execution (UpdateJobExecution).

        `status`: IN_PROGRESS, SUCCEEDED, FAILED or REJECTED. `status_details` replaces all
        details; None leaves them. `step_timeout_in_minutes`: 1 to 10,080, -1 stops the timer.
        """
        _check_timeout(step_timeout_in_minutes)
        _check_details(status_details)
        writer = self._begin(topics.UPDATE, job_id)
        writer.string(b'"status":', status)
        writer.mapping(b'"statusDetails":', status_details)
        writer.integer(b'"expectedVersion":', expected_version)
        writer.integer(b'"executionNumber":', execution_number)
        writer.boolean(b'"includeJobExecutionState":', include_job_execution_state)
        writer.boolean(b'"includeJobDocument":', include_job_document)
        writer.integer(b'"stepTimeoutInMinutes":', step_timeout_in_minutes)
        self._send(topics.UPDATE)

    def receive(self, topic, payload):
        """Take a message in, as any MQTT client's callback has it (two buffers of bytes).

        Returns 0 if it is none of this thing's jobs, and the caller's to handle. Otherwise what it
        is: NOTIFY, NOTIFY_NEXT, or an operation | ACCEPTED or REJECTED, with its content in
        `message` until the next call; or IGNORED for an answer that nobody waits for (a second
        copy, an answer to an earlier request) and for one that cannot be read, which is as good as
        lost.
        """
        return self.receive_from(topic, 0, len(topic), payload, 0, len(payload))

    def receive_from(self, topic_buf, topic_start, topic_end, buf, start, end):
        """The same for a message that lies in parts of buffers: allocates nothing."""
        kind = self.topics.match(topic_buf, topic_start, topic_end)
        if not kind:
            return 0
        try:
            self.message.read(kind, buf, start, end)
        except JSONError:
            return IGNORED
        operation = kind & topics.OPERATION
        if operation != kind:
            number = self.message.token_number(self._prefix)
            expected = self._expected[operation]
            # The service leaves the token out only where it could not read the request.
            if not expected or (number != expected and (number or kind & topics.ACCEPTED)):
                return IGNORED
            self._expected[operation] = 0
        return kind

    def receive_oversized(self, topic_buf, topic_start, topic_end):
        """What a message is whose payload was too large to be kept. Its token is unknown, so an
        answer is taken for that to the request in flight.
        """
        kind = self.topics.match(topic_buf, topic_start, topic_end)
        operation = kind & topics.OPERATION
        if operation != kind:
            if not self._expected[operation]:
                return IGNORED
            self._expected[operation] = 0
        return kind

    def forget(self):
        """Await no more answers: the connection on which the requests went out is gone."""
        for operation in range(len(self._expected)):
            self._expected[operation] = 0

    def _begin(self, operation, job_id):
        self._expected[operation] = 0
        self._topic_end = self.topics.write(operation, job_id, self._buf, HEADROOM)
        self._writer.begin(self._topic_end, self._payload_size)
        return self._writer

    def _send(self, operation):
        number = self._number + 1 if self._number < _MAX_TOKEN else 1
        self._number = number
        self._writer.tagged(b'"clientToken":', self._prefix, number)
        end = self._writer.finish()
        self._expected[operation] = number
        if self._direct:
            self._publisher.publish_from(self._buf, HEADROOM, self._topic_end, end)
        else:
            view = memoryview(self._buf)
            self._publisher.publish(view[HEADROOM : self._topic_end], view[self._topic_end : end])


def _check_timeout(minutes):
    if minutes is None or minutes == _CANCEL_TIMER or _MIN_TIMEOUT <= minutes <= _MAX_TIMEOUT:
        return
    raise ValueError("stepTimeoutInMinutes %r: not 1 to 10080, nor -1" % (minutes,))


def _check_details(details):
    """Raise ValueError for what the service's limits on statusDetails rule out.

    Of the characters that it does not take in a value, all those of Unicode's category C, only
    control characters are looked for.
    """
    if details is None:
        return
    for key in details:
        value = details[key]
        if not 0 < len(key) <= _MAX_KEY or not scan.is_name(key, 0, len(key), 1):
            raise ValueError("statusDetails key %r: not 1 to 128 of [a-zA-Z0-9:_-]" % (key,))
        if isinstance(value, str):
            if not 0 < len(value) <= _MAX_VALUE:
                raise ValueError(
                    "statusDetails %r: %d characters, not 1 to 1024" % (key, len(value))
                )
            if not scan.is_printable(value, scan.utf8_size(value, len(value))):
                raise ValueError("statusDetails %r: a control character" % key)
