"""`JobsClient`: the four requests of the Jobs API out, its ten messages in. No I/O, no clock.

A request's topic and JSON are written into one buffer, and handed to a publisher. An `MQTTLink`
sends them as one packet from where they lie; anything with `publish(topic, payload)` will do.
Whoever receives messages hands them to `receive`.
"""

import os

from micropython import const

from . import topics
from .codec import scan
from .messages import JSONError, Message

# Room before the topic, in which a link writes the packet's header. That is the type, up to four
# bytes of length, and two of the topic's length (MQTT 3.1.1, 3.3.1 and 3.3.2).
_HEADROOM = const(7)

IGNORED = const(32)  # a message of this thing's jobs on which nothing must be done

_CANCEL_TIMER = const(-1)
_MAX_TIMEOUT = const(10_080)
_MAX_SMALL = const(0x3FFFFFFF)  # a small int on every board
_MIN_PAYLOAD = const(256)  # every request without statusDetails fits
_SLACK = const(32)  # behind the longest request: what scan.put needs, and a member's name
# A request begins with {"clientToken":", then the token and a quote. The token has six characters
# for this run of the program, one for the operation, eight that count, and two dashes.
_TOKEN = const(16)
_COUNTER = const(25)
_LAST_DIGIT = const(32)
_HEAD = const(34)


class BufferFull(ValueError):
    """What should be written does not fit. `args`: the reason, which names the buffer's size."""


class JobsClient:
    """The Jobs API for one thing.

    `payload_size`: the longest request in bytes, statusDetails included. Every request returns
    after it was handed to the publisher. Its answer comes through `receive`, told apart by its
    clientToken. Of each operation one request is in flight: a new one makes the answer to the
    earlier one stale.

    Raises ValueError for a name or value beyond the service's limits, and TypeError for
    statusDetails that are not text. A request longer than the buffer is BufferFull (a ValueError).
    After each of these nothing was sent. What the publisher raises passes through.

    Allocates its buffers, once. Requests and `receive` allocate nothing with an `MQTTLink`.
    Specification: "Jobs device MQTT and HTTPS APIs"; limits: the service's quotas.
    """

    def __init__(self, publisher, thing_name, payload_size=1024):
        if payload_size < _MIN_PAYLOAD:
            raise ValueError("payload_size %d: at least 256" % payload_size)
        self.topics = topics.Topics(thing_name)
        self.message = Message()
        self._publisher = publisher
        self._direct = hasattr(publisher, "publish_from")
        self.payload_size = payload_size
        prefix = self.topics.prefix
        self._tail = _HEADROOM + len(prefix)
        self._buf = bytearray(_HEADROOM + self.topics.max_size + payload_size + _SLACK)
        self._buf[_HEADROOM : self._tail] = prefix
        # Tokens tell this run of the program from an earlier one, whose answers may still arrive.
        run = int.from_bytes(os.urandom(3), "big")
        self._requests = [None]
        for operation in range(topics.GET_PENDING, topics.UPDATE + 1):
            token = b'{"clientToken":"%06x-%d-00000000"' % (run, operation)
            self._requests.append(bytearray(token))
        self._awaited = bytearray(topics.UPDATE + 1)
        self.unreadable = None  # why the last message was, a str
        self.repeated = 0  # the operation that is asked next once more, with the same token
        self._status = {"status": ""}

    def get_pending_job_executions(self):
        """Ask for all executions that are not in a terminal state (GetPendingJobExecutions)."""
        self._send(self._begin(topics.GET_PENDING))

    def start_next_pending_job_execution(self, status_details=None, step_timeout_in_minutes=None):
        """Get the next pending execution and start it (StartNextPendingJobExecution).

        `status_details`: dict of str to str or int; `step_timeout_in_minutes`: 1 to 10,080.
        """
        at = self._begin(topics.START_NEXT, None, step_timeout_in_minutes)
        self._send(at, status_details)

    def describe_job_execution(
        self, job_id=topics.NEXT, execution_number=None, include_job_document=None
    ):
        """Get the details of an execution, of the next pending one by default
        (DescribeJobExecution). The service includes the document unless told not to.
        """
        at = self._begin(topics.DESCRIBE, job_id)
        at = self._put(at, b',"executionNumber":\0', execution_number)
        at = self._put(at, b',"includeJobDocument":\0', include_job_document)
        self._send(at)

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
        at = self._begin(topics.UPDATE, job_id, step_timeout_in_minutes)
        at = self._put(at, b',"expectedVersion":\0', expected_version)
        at = self._put(at, b',"executionNumber":\0', execution_number)
        at = self._put(at, b',"includeJobExecutionState":\0', include_job_execution_state)
        at = self._put(at, b',"includeJobDocument":\0', include_job_document)
        self._status["status"] = status
        at = scan.put(self._buf, at, self._limit, self._status, 0x2C)
        self._send(at, status_details)

    def receive(self, topic, payload):
        """Take a message in, as any MQTT client's callback has it (two buffers of bytes).

        Returns 0 if it is none of this thing's jobs, and the caller's to handle. Otherwise what it
        is: NOTIFY, NOTIFY_NEXT, or an operation | ACCEPTED or REJECTED. `message` has its content
        until the next call. IGNORED is an answer that nobody waits for: a second copy, or one to
        an earlier request. For an answer that cannot be read, `unreadable` says why, until the
        next call. Its token is unknown, so it is taken for the answer to the request in flight.
        `message` has nothing of it.
        """
        return self.receive_from(topic, 0, len(topic), payload, 0, len(payload))

    def receive_from(self, topic, at, stop, buf, start, end):
        """The same for a message that lies in parts of buffers, topic[at:stop] and buf[start:end].

        `buf` is None for a message that was too large to be kept. Then `message` stays as it was.
        The token of such an answer is unknown: it is taken for that to the request in flight.
        Allocates nothing.
        """
        kind = self.topics.match(topic, at, stop)
        if not kind:
            return 0
        operation = kind & topics.OPERATION
        answers = True
        self.unreadable = None
        if buf is not None:
            message = self.message
            try:
                message.read(kind, buf, start, end)
            except JSONError as error:
                if operation == kind:
                    return IGNORED
                self.unreadable = "an answer that cannot be read: %s, byte %d" % error.args
            if operation != kind and not self.unreadable:
                answers = message.answers(self._requests[operation], _TOKEN)
                # The service leaves the token out only where it could not read the request.
                if answers is None and not kind & topics.ACCEPTED:
                    answers = True
        if operation != kind:
            if not (self._awaited[operation] and answers):
                return IGNORED
            self._awaited[operation] = 0
        return kind

    def forget(self):
        """Await no more answers: the connection on which the requests went out is gone."""
        for operation in range(len(self._awaited)):
            self._awaited[operation] = 0

    def _begin(self, operation, job_id=None, step_timeout_in_minutes=None):
        # Topic, token, and the timeout if there is one.
        minutes = step_timeout_in_minutes
        if minutes is not None and minutes != _CANCEL_TIMER and not 0 < minutes <= _MAX_TIMEOUT:
            raise ValueError("stepTimeoutInMinutes %r: not 1 to 10080, nor -1" % (minutes,))
        self._operation = operation
        self._awaited[operation] = 0
        buf = self._buf
        at = self._start = self.topics.write(operation, job_id, buf, self._tail)
        self._limit = at + self.payload_size
        request = self._requests[operation]
        digit = _LAST_DIGIT
        if operation == self.repeated:  # an answer to the earlier one is one to this as well
            digit = 0
        self.repeated = 0
        while request[digit] == 57:
            request[digit] = 48
            digit -= 1
        if digit >= _COUNTER:
            request[digit] += 1
        at = scan.copy(request, 0, _HEAD, buf, at)  # a slice is an object before MicroPython 1.26
        return self._put(at, b',"stepTimeoutInMinutes":\0', minutes)

    def _put(self, at, name, value):
        # A member whose value is an int, True or False, unless it is None; there is room for it,
        # and more.
        if value is None:
            return at
        buf = self._buf
        if value is True or value is False:
            raw = b"true" if value else b"false"
        else:
            try:
                if 0 <= value <= _MAX_SMALL:
                    return scan.number(buf, at, name, value)
                raw = scan.long(value, name)
            except TypeError:
                raise TypeError("%s %r: not an int" % (name, value))
        at = scan.copy(name, 0, len(name), buf, at) - 1  # the zero byte
        return scan.copy(raw, 0, len(raw), buf, at)

    def _send(self, at, status_details=None):
        buf = self._buf
        limit = self._limit
        if status_details is not None and at > 0:
            name = b',"statusDetails":{'
            at = scan.copy(name, 0, len(name), buf, at)
            if status_details:
                at = scan.put(buf, at - 1, limit, status_details, 0x7B)
            if at > 0:
                buf[at] = 0x7D
                at += 1
        if not 0 < at < limit:
            raise BufferFull("the message does not fit into %d bytes" % self.payload_size)
        buf[at] = 0x7D
        at += 1
        self._awaited[self._operation] = 1
        start = self._start
        if self._direct:
            self._publisher.publish_from(buf, _HEADROOM, start, at)
        else:
            view = memoryview(buf)
            self._publisher.publish(view[_HEADROOM:start], view[start:at])
