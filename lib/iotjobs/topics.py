"""The MQTT topics of the Jobs API: from an operation and a job id to a topic, and back.

Specification: "Reserved topics used for Jobs commands"; limits: thingName 1 to 128 characters of
[a-zA-Z0-9:_-], jobId 1 to 64 of [a-zA-Z0-9_-], or $next where a job is described.
"""

from micropython import const

from . import scan

# What a message is about: an operation, and the service's verdict on a request.
GET_PENDING = const(1)
START_NEXT = const(2)
DESCRIBE = const(3)
UPDATE = const(4)
NOTIFY = const(5)
NOTIFY_NEXT = const(6)
ACCEPTED = const(8)
REJECTED = const(16)
OPERATION = const(7)  # the bits of a message's number that say the operation

MAX_THING_NAME = const(128)
MAX_JOB_ID = const(64)
NEXT = "$next"

# The longest topic below a thing's prefix: a job id, /update and /accepted.
_MAX_TAIL = const(64 + 7 + 9)


class Topics:
    """The topics of one thing. Raises ValueError for a name that no thing can have.

    Allocates the thing's prefix once; `write` and `match` allocate nothing.
    """

    def __init__(self, thing_name):
        raw = thing_name.encode()
        if not 0 < len(raw) <= MAX_THING_NAME or not scan.is_name(raw, 0, len(raw), 1):
            raise ValueError("thing name %r: not 1 to 128 of [a-zA-Z0-9:_-]" % thing_name)
        self.thing_name = thing_name
        self._prefix = b"$aws/things/" + raw + b"/jobs/"
        self.max_size = len(self._prefix) + _MAX_TAIL
        # Where the job id of the last matched topic lies in its buffer; equal where it has none.
        self.job_id_start = 0
        self.job_id_end = 0

    def write(self, operation, job_id, buf, at):
        """Write the topic of a request, or of a notification, to buf[at:]; returns its end.

        `job_id` (str) is read for DESCRIBE and UPDATE only; NEXT is for DESCRIBE. The caller's
        buffer has room for `max_size` bytes. Raises ValueError for a job id that no job can have.
        """
        at = scan.copy(self._prefix, 0, len(self._prefix), buf, at)
        if operation == DESCRIBE or operation == UPDATE:
            # A job id with a character beyond ASCII is copied by its number of characters, not of
            # bytes, and then fails the check.
            start = at
            if len(job_id) <= MAX_JOB_ID:
                at = scan.copy(job_id, 0, len(job_id), buf, at)
            if start == at or not scan.is_name(buf, start, at, 0):
                if operation == UPDATE or job_id != NEXT:
                    raise ValueError("job id %r: not 1 to 64 of [a-zA-Z0-9_-]" % (job_id,))
            tail = b"/get" if operation == DESCRIBE else b"/update"
        elif operation == GET_PENDING:
            tail = b"get"
        elif operation == START_NEXT:
            tail = b"start-next"
        elif operation == NOTIFY:
            tail = b"notify"
        else:
            tail = b"notify-next"
        return scan.copy(tail, 0, len(tail), buf, at)

    def topic(self, operation, job_id=None):
        """The same topic as new bytes, for a subscription."""
        buf = bytearray(self.max_size)
        return bytes(memoryview(buf)[: self.write(operation, job_id, buf, 0)])

    def match(self, buf, start, end):
        """What a message on the topic buf[start:end] is: an operation, | ACCEPTED or | REJECTED
        for the answer to a request. 0 for everything else: another thing's topic, a request, or a
        topic that is none of the Jobs API.

        The number of levels and the last ones decide, so a job may be called "get" or "accepted".
        """
        self.job_id_start = self.job_id_end = 0
        tail = start + len(self._prefix)
        if tail >= end or not scan.same(buf, start, tail, self._prefix):
            return 0
        if scan.same(buf, tail, end, b"notify"):
            return NOTIFY
        if scan.same(buf, tail, end, b"notify-next"):
            return NOTIFY_NEXT
        verdict = ACCEPTED
        if not scan.same(buf, end - 9, end, b"/accepted"):
            verdict = REJECTED
            if not scan.same(buf, end - 9, end, b"/rejected"):
                return 0
        end -= 9
        if scan.same(buf, tail, end, b"get"):
            return GET_PENDING | verdict
        if scan.same(buf, tail, end, b"start-next"):
            return START_NEXT | verdict
        if end - 4 > tail and scan.same(buf, end - 4, end, b"/get"):
            operation = DESCRIBE
            end -= 4
        elif end - 7 > tail and scan.same(buf, end - 7, end, b"/update"):
            operation = UPDATE
            end -= 7
        else:
            return 0
        if not 0 < end - tail <= MAX_JOB_ID or not scan.is_name(buf, tail, end, 0):
            if operation == UPDATE or not scan.same(buf, tail, end, b"$next"):
                return 0
        self.job_id_start = tail
        self.job_id_end = end
        return operation | verdict
