"""`JobsAgent`: the polling state loop. It keeps the link up, asks for jobs, runs their handlers
and reports how they end.

The service's copy is the truth: after every connection the agent asks before it believes, a
request without an answer is asked again, and a status is reported until it is accepted, or until
the service says that the execution is over. One file, because every part of the conversation
changes the same few flags.
"""

import random
import time

from . import topics
from .client import JobsClient
from .job import Job
from .stream import LinkError


class RequestRejected(Exception):
    """The service refused a request. `args`: the operation's number, the code, the message."""


class JobsAgent:
    """Takes jobs for `thing_name` from the service over `link`, an `MQTTLink`.

    `request_timeout_ms`: how long an answer may take. `retry_ms`, `max_retry_ms`: the wait before
    the next try, which doubles from one to the other, and of which a random part is waited.
    `subscribe_responses`: subscribe to answers too, for brokers that deliver them to subscribers
    only. `payload_size`: the longest request, statusDetails included. `ticks_ms`: the clock.

    `poll` allocates nothing while no job runs. `last_error` is the last failure of the link
    (LinkError) or refusal by the service (RequestRejected); `job` the Job under way, or None. Its
    document stays in the link's buffer until it is over (see `MQTTLink`).
    """

    job = None
    last_error = None
    _online = 0  # on this connection: 1 when it was asked to subscribe, 2 when it has
    _ask = True  # whether to ask for a job, or what became of the one under way
    _refusal = None  # why the job is rejected that the service has just started
    _waiting = None  # the operation whose answer is awaited
    _silent = 0  # requests without an answer, in a row
    _failures = 0  # in a row; what the waits grow by
    _wait = 0  # nothing is begun, and no answer is late, within so many ms after ..
    _since = 0  # .. this

    def __init__(
        self,
        link,
        thing_name,
        request_timeout_ms=10_000,
        retry_ms=1_000,
        max_retry_ms=60_000,
        subscribe_responses=False,
        payload_size=1024,
        ticks_ms=time.ticks_ms,
    ):
        self.link = link
        self.client = JobsClient(link, thing_name, payload_size)
        self.request_timeout_ms = request_timeout_ms
        self.retry_ms = retry_ms
        self.max_retry_ms = max_retry_ms
        self.ticks_ms = ticks_ms
        self._handlers = {}
        self._filters = 6 if subscribe_responses else 2
        link.receiver = self._receive

    def handler(self, operation):
        """Decorator: run the function for jobs whose document's "operation" (str) is this one.

        It is called with the Job. A plain function runs to its end, and stops the loop as long. A
        generator is advanced by one step a poll; a dict that it yields becomes the statusDetails
        of a progress update. What is returned, None or a dict, goes with SUCCEEDED; JobFailed,
        JobRejected, or any other exception (FAILED) end the job otherwise. If the job is canceled,
        times out or is deleted meanwhile, the generator is closed and nothing is reported.
        """

        def keep(handler):
            self._handlers[operation] = handler
            return handler

        return keep

    @property
    def state(self):
        """What the agent is doing, a str: OFFLINE, CONNECTING, SYNCING, IDLE, RUNNING, REPORTING.

        A job goes on while the link is down: then this is OFFLINE or CONNECTING, and `job` is set.
        """
        if self.link.closed:
            return "OFFLINE"
        if self._online < 2:
            return "CONNECTING"
        if self.job:
            return "REPORTING" if self.job.outcome else "RUNNING"
        return "SYNCING" if self._ask or self._waiting else "IDLE"

    def poll(self):
        """Take one step: call it often, and do the application's own work between two calls.

        Waits for no answer. It takes as long as: a step of the handler; when connecting, DNS and a
        TLS handshake's arithmetic; when the send buffer is full, at most the link's `timeout_ms`.
        Failures of the network are handled; what a handler raises becomes the job's status.
        """
        link = self.link
        try:
            link.poll()
            if not link.connected:
                self._online = self._silent = 0
                self._waiting = None
                self._ask = True
            # Negative: the ticks have gone round since.
            if not 0 <= time.ticks_diff(self.ticks_ms(), self._since) < self._wait:
                if link.connected:
                    self._converse()
                elif link.closed:
                    link.open()
        except LinkError as error:
            link.close()
            self.last_error = error
            self._hold()
        if self.job:
            self.job.step()

    # The conversation with the service

    def _converse(self):
        client = self.client
        if self._online < 2:
            if not self.link.awaited:  # also by the application
                if not self._online:
                    # No comprehension, which would allocate at every call of this method.
                    wanted = []
                    tails = b"notify notify-next get/+ start-next/+ +/get/+ +/update/+".split()
                    for tail in tails[: self._filters]:
                        wanted.append(client.topics.prefix + tail)
                    self.link.begin_subscribe(wanted, 1)
                self._online += 1
            return
        if self._waiting:
            self._silent += 1
            if self._silent == 3:
                raise LinkError("lost", "3 requests without an answer")
            self._again()
        job = self.job
        if not job:
            if self._refusal:
                client.describe_job_execution("$next", None, False)
                operation = topics.DESCRIBE
            elif self._ask:
                client.start_next_pending_job_execution()
                operation = topics.START_NEXT
                self._ask = False
            else:
                return
        elif self._ask and not job.outcome:
            client.describe_job_execution(job.job_id, job.execution_number, False)
            operation = topics.DESCRIBE
            self._ask = False
        elif job.report(client):
            operation = topics.UPDATE
        else:
            return
        self._waiting = operation
        self._wait = self.request_timeout_ms
        self._since = self.ticks_ms()

    def _again(self):
        # What was asked last is to be asked again.
        if self._waiting == topics.UPDATE:
            self.job.resend()
        else:
            self._ask = True
        self._waiting = None

    def _hold(self):
        # The same, after a while.
        self._again()
        wait = min(self.retry_ms << min(self._failures, 16), self.max_retry_ms)
        self._failures += 1
        self._wait = 1 + int(wait * random.random())
        self._since = self.ticks_ms()

    def _receive(self, topic, at, stop, buf, start, end):
        # As MQTTLink has it: about the topic topic[at:stop] the message buf[start:end], or None.
        kind = self.client.receive_from(topic, at, stop, buf, start, end)
        operation = kind & topics.OPERATION
        if kind and kind == operation:
            if buf is None or self._is_news():
                self._ask = True
        elif operation == self._waiting:
            self._silent = self._wait = 0
            if buf is None:
                if kind == topics.START_NEXT | topics.ACCEPTED:
                    self._refusal = "%d bytes, more than the receive buffer" % (end - start)
                    self._again()
                else:
                    self._hold()
            else:
                self._answered(kind)
        return kind

    def _is_news(self):
        # Whether a notification names a job to an agent that has none, or no longer the one that
        # it has.
        message = self.client.message
        execution = message.execution
        summaries = message.in_progress_jobs
        job = self.job
        try:
            if not job:
                return execution or summaries.next() or message.queued_jobs.next()
            if execution:
                return not execution.is_job(job.job_id)
            while summaries.next():
                if summaries.is_job(job.job_id):
                    if summaries.execution_number == job.execution_number:
                        return False
        except ValueError:  # a list of something else than executions
            pass
        return True

    def _answered(self, kind):
        operation = kind & topics.OPERATION
        accepted = kind & topics.ACCEPTED
        message = self.client.message
        code = message.code
        job = self.job
        if accepted:
            self._failures = 0
            self._waiting = None
        else:
            self.last_error = RequestRejected(operation, code, message.message)
        # What the service holds: all of it where it was asked for, else how far it has come.
        state = message.execution or message.execution_state
        if not job:
            # One that is queued is not the one that was too large, and started: that is gone.
            if accepted and state and not (self._refusal and state.has_status("QUEUED")):
                self._start(state)
            else:
                self._refusal = None
        elif accepted and operation == topics.UPDATE and not job.sent:
            job.version_number += 1
        elif state and state.has_status("IN_PROGRESS"):
            job.version_number = state.version_number
        elif accepted or state or code == "ResourceNotFound" or code == "TerminalStateReached":
            # The execution is over, whoever ended it: there is nothing more to say.
            self.last_error = job.close() or self.last_error
            job.end = 0
            self.link.reader.release()
            self.job = self._waiting = None
            self._ask = True
            return
        elif code == "InvalidRequest" and operation == topics.UPDATE:
            job.refused(message.message or code)
        if not accepted:
            self._hold()

    def _start(self, execution):
        reason = self._refusal
        self._refusal = None
        self._ask = False
        try:
            job = Job(
                execution.job_id,
                execution.execution_number,
                execution.version_number,
                None if reason else execution.status_details,
                b"",
            )
        except MemoryError:
            self._refusal = "no memory for the job"
            return
        start, end = execution.span("job_document")
        reader = self.link.reader
        if start and not job.read(reader.buf, reader.keep(start, end)):
            reason = "the job document is not JSON"
        job.steps = job.run(self._handlers, reason)
        self.job = job
