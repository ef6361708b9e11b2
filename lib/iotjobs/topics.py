"""The MQTT topics of the Jobs API: from an operation and a job id to a topic, and back.

Specification: "Reserved topics used for Jobs commands". Limits: thingName has 1 to 128 characters
of [a-zA-Z0-9:_-]. jobId has 1 to 64 of [a-zA-Z0-9_-], or is $next where a job is described.
"""

from micropython import const

from .codec import scan

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

_MAX_THING_NAME = const(128)
_MAX_JOB_ID = const(64)
NEXT = "$next"

# How the topics of requests end, by operation, behind the prefix or a job id ..
_TAILS = const((b"", b"get", b"start-next", b"/get", b"/update", b"notify", b"notify-next"))
# .. and those of messages, from the slash on, as scan.topic takes them.
_MESSAGES = const(
    b"\x0c\x10/update/accepted"
    b"\x14\x10/update/rejected"
    b"\x0a\x14/start-next/accepted"
    b"\x12\x14/start-next/rejected"
    b"\x09\x0d/get/accepted"
    b"\x11\x0d/get/rejected"
    b"\x05\x07/notify"
    b"\x06\x0c/notify-next\x00"
)
_MAX_TAIL = const(64 + 7 + 9)

_NAME = const(16)  # kinds of bytes, see tools/grammar
_COLON = const(128)


class Topics:
    """The topics of one thing. Raises ValueError for a name that no thing can have.

    Allocates the thing's prefix once; `write` and `match` allocate nothing.
    """

    def __init__(self, thing_name):
        raw = thing_name.encode()
        size = len(raw)
        if (
            not 0 < size <= _MAX_THING_NAME
            or scan.span(raw, 0, size, scan.KINDS, _NAME | _COLON) != size
        ):
            raise ValueError("thing name %r: not 1 to 128 of [a-zA-Z0-9:_-]" % thing_name)
        self.prefix = b"$aws/things/" + raw + b"/jobs/"
        size = len(self.prefix)
        self.max_size = size + _MAX_TAIL
        self._known = bytes((size,)) + self.prefix + _MESSAGES
        # Where the job id of the last matched topic ends in its buffer, 0 where it has none; it
        # begins behind the prefix.
        self.job_id_end = 0
        self._valid = raw  # the job id that was found valid last: the next one often is the same

    def write(self, operation, job_id, buf, at):
        """Write the topic of a request, or of a notification, behind the thing's `prefix`, which
        is in buf[:at]; returns its end.

        `job_id`: str for DESCRIBE and UPDATE, NEXT for DESCRIBE, None for the others. The caller's
        buffer has room for `max_size` bytes. Raises ValueError for a job id that no job can have.
        """
        if DESCRIBE <= operation <= UPDATE:
            if job_id is not self._valid:
                size = len(job_id) if isinstance(job_id, str) else 0
                if 0 < size <= _MAX_JOB_ID and (
                    scan.span(job_id, 0, size, scan.KINDS, _NAME) == size
                ):
                    self._valid = job_id
                elif operation == UPDATE or job_id != NEXT:
                    raise ValueError("job id %r: not 1 to 64 of [a-zA-Z0-9_-]" % (job_id,))
            size = len(job_id)
            at = scan.copy(job_id, 0, size, buf, at)
        tail = _TAILS[operation]
        return scan.copy(tail, 0, len(tail), buf, at)

    def topic(self, operation, job_id=None):
        """The same topic as new bytes, for a subscription."""
        buf = bytearray(self.max_size)
        at = len(self.prefix)
        buf[:at] = self.prefix
        return bytes(buf[: self.write(operation, job_id, buf, at)])

    def match(self, buf, start, end):
        """What a message on the topic buf[start:end] is: an operation, | ACCEPTED or | REJECTED
        for the answer to a request. 0 for everything else: another thing's topic, a request, or a
        topic that is none of the Jobs API.

        The number of levels and the last ones decide, so a job may be called "get" or "accepted".
        """
        known = self._known
        kind = scan.topic(buf, start, end, known)
        size = (kind >> 8) - 1
        kind &= 0xFF
        operation = kind & OPERATION
        if size < 0:  # no level between
            self.job_id_end = 0
            return kind if operation != UPDATE else 0
        if operation == GET_PENDING:
            kind += DESCRIBE - GET_PENDING
        elif operation != UPDATE:
            return 0
        start += known[0]
        end = start + size
        if not 0 < size <= _MAX_JOB_ID or scan.span(buf, start, end, scan.KINDS, _NAME) != end:
            # $next, of five bytes, where a job is described
            if operation == UPDATE or size != 5 or not scan.same(buf, start, end, NEXT, 0):
                return 0
        self.job_id_end = end
        return kind
