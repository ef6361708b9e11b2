"""The ten messages of the Jobs API as views: a member is parsed when it is read.

The names are the service's, in the specification's "Response payload" and "Message payload". One
table serves all ten messages: members are looked up by name, and no two messages use a name
differently. Members that a message does not have are None. A number or a string is made when it is
read: every string allocates, and a number beyond nine digits, which a timestamp is.
"""

from micropython import const

from . import scan
from .codec import Reader, check, text

# Statuses of a job execution, as the service spells them.
QUEUED = "QUEUED"
IN_PROGRESS = "IN_PROGRESS"
SUCCEEDED = "SUCCEEDED"
FAILED = "FAILED"
REJECTED = "REJECTED"
TIMED_OUT = "TIMED_OUT"
CANCELED = "CANCELED"
REMOVED = "REMOVED"

# Parent, length, name (see scan.read). The number of a record is its line, counted from 0.
_NAMES = (
    b"\x00\x09execution"
    b"\x00\x0eexecutionState"
    b"\x00\x04jobs"
    b"\x00\x0einProgressJobs"
    b"\x00\x0aqueuedJobs"
    b"\x00\x0bjobDocument"
    b"\x00\x09timestamp"
    b"\x00\x0bclientToken"
    b"\x00\x04code"
    b"\x00\x07message"
    b"\x01\x05jobId"
    b"\x01\x0fexecutionNumber"
    b"\x01\x0dversionNumber"
    b"\x01\x08queuedAt"
    b"\x01\x09startedAt"
    b"\x01\x0dlastUpdatedAt"
    b"\x01\x06status"
    b"\x01\x0dstatusDetails"
    b"\x01\x0bjobDocument"
    b"\x01\x09thingName"
    b"\x01\x20approximateSecondsBeforeTimedOut"
    b"\x02\x06status"
    b"\x02\x0dstatusDetails"
    b"\x02\x0dversionNumber"
    b"\x03\x0bIN_PROGRESS"
    b"\x03\x06QUEUED"
    b"\x00\x00"
)

_EXECUTION = const(0)
_EXECUTION_STATE = const(1)
_IN_PROGRESS_JOBS = const(3)
_QUEUED_JOBS = const(4)
_JOB_DOCUMENT = const(5)
_TIMESTAMP = const(6)
_CLIENT_TOKEN = const(7)
_CODE = const(8)
_MESSAGE = const(9)
_EXECUTION_MEMBERS = const(10)
_EXECUTION_DOCUMENT = const(18)
_STATE_MEMBERS = const(21)
_JOBS_IN_PROGRESS = const(24)
_JOBS_QUEUED = const(25)

_SUMMARY_NAMES = (
    b"\x00\x05jobId"
    b"\x00\x0fexecutionNumber"
    b"\x00\x0dversionNumber"
    b"\x00\x08queuedAt"
    b"\x00\x09startedAt"
    b"\x00\x0dlastUpdatedAt"
    b"\x00\x00"
)


class _View:
    def __init__(self, reader, first):
        self._reader = reader
        self._first = first


class JobExecutionSummary(_View):
    """What every list of executions says of one."""

    @property
    def job_id(self):
        """str, 1 to 64 characters."""
        return self._reader.text(self._first)

    @property
    def execution_number(self):
        """int: tells the executions of one job on this thing apart."""
        return self._reader.integer(self._first + 1)

    @property
    def version_number(self):
        """int: grows by one with every accepted change."""
        return self._reader.integer(self._first + 2)

    @property
    def queued_at(self):
        """int, like `started_at` and `last_updated_at`: seconds (or milliseconds) since 1970."""
        return self._reader.integer(self._first + 3)

    @property
    def started_at(self):
        return self._reader.integer(self._first + 4)

    @property
    def last_updated_at(self):
        return self._reader.integer(self._first + 5)

    def is_job(self, job_id):
        """Whether this is an execution of the job (str). Allocates nothing."""
        return self._reader.says(self._first, job_id)


class JobExecution(JobExecutionSummary):
    """The `execution` of a message."""

    @property
    def status(self):
        """str: QUEUED, IN_PROGRESS, or a terminal status."""
        return self._reader.text(self._first + 6)

    @property
    def status_details(self):
        """dict of str to str."""
        return self._reader.value(self._first + 7)

    @property
    def job_document(self):
        """bytes, a copy: the document's own JSON, at most 32,768 bytes. Raises JSONError where it
        came as a string (over HTTPS) that is no JSON.
        """
        return _document(self._reader, _EXECUTION_DOCUMENT)

    @property
    def thing_name(self):
        """str: over HTTPS only."""
        return self._reader.text(self._first + 9)

    @property
    def approximate_seconds_before_timed_out(self):
        """int, while a timer of the execution runs."""
        return self._reader.integer(self._first + 10)

    def has_status(self, status):
        """Whether the status is this one (str). Allocates nothing."""
        return self._reader.says(self._first + 6, status)


class JobExecutionState(_View):
    """The `executionState` of an answer to an update: what the service holds."""

    @property
    def status(self):
        """str."""
        return self._reader.text(self._first)

    @property
    def status_details(self):
        """dict of str to str."""
        return self._reader.value(self._first + 1)

    @property
    def version_number(self):
        """int."""
        return self._reader.integer(self._first + 2)

    def has_status(self, status):
        """Whether the status is this one (str). Allocates nothing."""
        return self._reader.says(self._first, status)


class JobExecutionSummaries(JobExecutionSummary):
    """A list of summaries: `next()` goes to the first and then to the next one, and is False at
    the end. No iterator, because one would allocate.

    `next` raises JSONError if an element is no object.
    """

    def __init__(self, message):
        super().__init__(Reader(_SUMMARY_NAMES), 0)
        self._list = message
        self._position = -1

    def open(self, member):
        self._position = -1
        message = self._list
        start = message.start(member)
        if start and message.buf[start] == 0x5B:
            self._position = scan.item(message.buf, start + 1, message.end(member))
        return self

    def next(self):
        position = self._position
        if position < 0:
            return False
        buf = self._list.buf
        end = scan.skip(buf, position, len(buf))
        self._position = scan.item(buf, end, len(buf))
        self._reader.read(buf, position, end)
        return True


class Message:
    """A received message; `kind` is what it is about, a number of `topics`. Its members are views
    of the buffer that it came in, true until the next message is received.
    """

    def __init__(self):
        self.kind = 0
        self._reader = Reader(_NAMES)
        self._execution = JobExecution(self._reader, _EXECUTION_MEMBERS)
        self._execution_state = JobExecutionState(self._reader, _STATE_MEMBERS)
        self._summaries = JobExecutionSummaries(self._reader)

    def read(self, kind, buf, start, end):
        """Take buf[start:end] in. Raises JSONError unless it is one JSON object."""
        self.kind = kind
        self._reader.read(buf, start, end)

    @property
    def execution(self):
        """JobExecution, or None: nothing is pending."""
        return self._execution if self._reader.has(_EXECUTION) else None

    @property
    def execution_state(self):
        """JobExecutionState, or None."""
        return self._execution_state if self._reader.has(_EXECUTION_STATE) else None

    @property
    def in_progress_jobs(self):
        """JobExecutionSummaries, of GetPendingJobExecutions and of JobExecutionsChanged."""
        return self._open(_IN_PROGRESS_JOBS, _JOBS_IN_PROGRESS)

    @property
    def queued_jobs(self):
        """JobExecutionSummaries, of GetPendingJobExecutions and of JobExecutionsChanged."""
        return self._open(_QUEUED_JOBS, _JOBS_QUEUED)

    @property
    def job_document(self):
        """bytes, a copy: the document's JSON in the answer to an update that asked for it."""
        return _document(self._reader, _JOB_DOCUMENT)

    @property
    def timestamp(self):
        """int: seconds (or milliseconds) since 1970."""
        return self._reader.integer(_TIMESTAMP)

    @property
    def client_token(self):
        """str."""
        return self._reader.text(_CLIENT_TOKEN)

    @property
    def code(self):
        """str: why a request was rejected, such as "VersionMismatch"."""
        return self._reader.text(_CODE)

    @property
    def message(self):
        """str: the same for people."""
        return self._reader.text(_MESSAGE)

    def has_code(self, code):
        """Whether the rejection's code is this one (str). Allocates nothing."""
        return self._reader.says(_CODE, code)

    def token_number(self, prefix):
        """The number behind `prefix` (bytes) in the client token; -1 if it has another form, 0 if
        there is none. Allocates nothing.
        """
        reader = self._reader
        if not reader.has(_CLIENT_TOKEN):
            return 0
        start = reader.start(_CLIENT_TOKEN) + 1
        tail = start + len(prefix)
        end = reader.end(_CLIENT_TOKEN) - 1
        if tail > end or not scan.same(reader.buf, start, tail, prefix):
            return -1
        return scan.digits(reader.buf, tail, end)

    def _open(self, member, other):
        return self._summaries.open(member if self._reader.has(member) else other)


def _document(reader, member):
    if not reader.has(member):
        return None
    start, end = reader.start(member), reader.end(member)
    if reader.buf[start] == 0x22:  # HTTPS has the document's text as a string
        document = text(reader.buf, start, end).encode()
        check(document)
        return document
    return bytes(memoryview(reader.buf)[start:end])
