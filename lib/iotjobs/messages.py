"""The ten messages of the Jobs API as views: a member is parsed when it is read.

The names are the service's, in the specification's "Response payload" and "Message payload", as
Python spells them: `job_id` for jobId. One table serves all ten messages: members are looked up by
name, and no two messages use a name differently. Members that a message does not have are None. A
value is made when it is read: every string allocates, and a number beyond nine digits, which a
timestamp is.
"""

from micropython import const

from .codec import scan
from .codec.reader import JSONError, Reader  # noqa: F401, who reads a message catches it


def _records(names):
    # The records of scan.read for members with these names, as the service spells them; a pair is
    # a name and those of its own members.
    records = b""
    for name in names:
        below = ()
        if not isinstance(name, str):
            name, below = name
        words = name.split("_")
        spelled = words[0]
        for word in words[1:]:
            spelled += word[:1].upper() + word[1:]
        inner = _records(below) if below else b""
        records += bytes((1 + len(spelled), 2 * len(below), len(inner))) + spelled.encode() + inner
    return records + b"\0"


# Numbers of members, in the order in which Message names them to its reader.
_JOBS_IN_PROGRESS = const(1)
_JOBS_QUEUED = const(2)
_EXECUTION_AT = const(3)
_STATE_AT = const(15)
_IN_PROGRESS_JOBS = const(19)
_QUEUED_JOBS = const(20)
_MESSAGE_AT = const(21)
_CLIENT_TOKEN = const(23)


class View:
    """Members of a message as attributes; None where the message has none.

    Of a summary:
    - `job_id`: str of 1 to 64 characters
    - `execution_number`: int, which tells the executions of one job on this thing apart
    - `version_number`: int, which grows by one with every accepted change
    - `queued_at`, `started_at`, `last_updated_at`: int, seconds (or milliseconds) since 1970

    Of an execution (JobExecution), besides these:
    - `status`: str, QUEUED, IN_PROGRESS or a terminal status
    - `status_details`: dict of str to str
    - `job_document`: bytes, a copy of the document's own JSON, at most 32,768 bytes
    - `thing_name`: str, over HTTPS only
    - `approximate_seconds_before_timed_out`: int, while a timer of the execution runs

    Of a state (JobExecutionState), what the service holds: `status`, `status_details`,
    `version_number`.
    """

    def __init__(self, reader, start, names):
        self._reader = reader
        self._first = start  # the number of the first of these members
        self._names = names

    def _member(self, name):
        try:
            return self._first + self._names.index(name)
        except ValueError:
            raise AttributeError(name)

    def __getattr__(self, name):
        if name != "job_document":
            return self._reader.value(self._member(name))
        start, end = self.span(name)
        if not start:
            return None
        return bytes(memoryview(self._reader.buf)[start:end])

    def span(self, name):
        """Where the member's value lies in the message's buffer.

        It is the position of its first byte, 0 if it is absent or null, and of the byte after its
        last.
        """
        member = self._member(name)
        return self._reader.start(member), self._reader.end(member)

    def has_status(self, status):
        """Whether the status is this one (str). Allocates nothing."""
        return self._reader.says(self._member("status"), status)

    def is_job(self, job_id):
        """Whether this is an execution of the job (str). Allocates nothing."""
        return self._reader.says(self._first, job_id)


class Summaries(View):
    """A list of summaries: `next()` goes to the first and then to the next one, and is False at
    the end. No iterator, because one would allocate.

    `next` raises JSONError if an element is no object.
    """

    def __init__(self, names):
        super().__init__(Reader(bytes((len(names),)) + _records(names)), 0, names)
        self._position = -1

    def open(self, reader, index, other):
        self._position = -1
        if not reader.start(index):
            index = other
        start = reader.start(index)
        self._buf = reader.buf
        self._end = reader.end(index)
        if start and self._buf[start] == 0x5B:
            self._position = scan.item(self._buf, start + 1)
        return self

    def next(self):
        position = self._position
        if position < 0:
            return False
        buf = self._buf
        end = scan.skip(buf, position, self._end)
        self._position = scan.item(buf, end)
        self._reader.read(buf, position, end)
        return True


class Message(View):
    """A received message; `kind` is what it is about, a number of `topics`. Its members are views
    of the buffer that it came in, true until the next message is received.

    `timestamp`: int, seconds (or milliseconds) since 1970. `client_token`: str. `code`: str, why a
    request was rejected, such as "VersionMismatch". `message`: str, the same for people.
    `job_document`: bytes, a copy, in the answer to an update that asked for it.
    """

    def __init__(self):
        summary = (
            "job_id",
            "execution_number",
            "version_number",
            "queued_at",
            "started_at",
            "last_updated_at",
        )
        execution = summary + (
            "status",
            "status_details",
            "job_document",
            "thing_name",
            "approximate_seconds_before_timed_out",
        )
        state = ("status", "status_details", "version_number")
        message = ("job_document", "timestamp", "client_token", "code", "message")
        # 26 members; those of `jobs` have other names than Python's.
        reader = Reader(
            b"\x1a\x05\x04\x18jobs\x0c\x00\x00IN_PROGRESS\x07\x00\x00QUEUED\x00"
            + _records(
                (("execution", execution), ("execution_state", state))
                + ("in_progress_jobs", "queued_jobs")
                + message
            )
        )
        super().__init__(reader, _MESSAGE_AT, message)
        self.kind = 0
        self._execution = View(reader, _EXECUTION_AT + 1, execution)
        self._execution_state = View(reader, _STATE_AT + 1, state)
        self._summaries = Summaries(summary)

    def read(self, kind, buf, start, end):
        """Take buf[start:end] in. Raises JSONError unless it is one JSON object."""
        self.kind = kind
        self._reader.read(buf, start, end)

    @property
    def execution(self):
        """View of an execution, or None: nothing is pending."""
        return self._execution if self._reader.start(_EXECUTION_AT) else None

    @property
    def execution_state(self):
        """View of a state, or None."""
        return self._execution_state if self._reader.start(_STATE_AT) else None

    @property
    def in_progress_jobs(self):
        """Summaries, of GetPendingJobExecutions and of JobExecutionsChanged."""
        return self._summaries.open(self._reader, _IN_PROGRESS_JOBS, _JOBS_IN_PROGRESS)

    @property
    def queued_jobs(self):
        """Summaries, of GetPendingJobExecutions and of JobExecutionsChanged."""
        return self._summaries.open(self._reader, _QUEUED_JOBS, _JOBS_QUEUED)

    def answers(self, request, at):
        """Whether the client token is the text that `request` (bytes) ends with from position `at`
        on, before a quote; None if there is no token. Allocates nothing.
        """
        reader = self._reader
        start = reader.start(_CLIENT_TOKEN)
        if not start:
            return None
        end = reader.end(_CLIENT_TOKEN)
        return end - start == 1 + len(request) - at and scan.same(
            reader.buf, start + 1, end, request, at
        )
