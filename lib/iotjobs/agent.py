"""`JobsAgent`: the polling state loop. It keeps the link up, asks for jobs, runs their handlers
and reports how they end.

The service's copy is the truth: after every connection the agent asks before it believes, a
request without an answer is asked again, and a status is reported until it is accepted, or until
the service says that the execution is over. One file, because every part of the conversation
changes the same few flags.
"""

import random
import time

from micropython import const

from . import topics
from .client import IGNORED, JobsClient
from .job import Job, JobFailed, JobRejected
from .messages import FAILED, IN_PROGRESS, QUEUED, REJECTED, SUCCEEDED
from .stream import LOST, LinkError

_MAX_SILENT = const(3)  # requests without an answer before the connection is given up
_MAX_REASON = const(256)  # characters


class RequestRejected(Exception):
    """The service refused a request. `args`: the operation's number, the code, the message."""


class JobsAgent:
    """Takes jobs for `thing_name` from the service over `link`, an `MQTTLink`.

    `request_timeout_ms`: how long an answer may take. `retry_ms`, `max_retry_ms`: the wait before
    the next try, which doubles from one to the other, and of which a random part is waited.
    `subscribe_responses`: subscribe to answers too, for brokers that deliver them to subscribers
    only. `payload_size`: the longest request, statusDetails included. `ticks_ms`: the clock.

    `poll` allocates nothing while no job runs. `last_error` is the last failure of the link
    (LinkError) or refusal by the service (RequestRejected); `job` the Job under way, or None.
    """

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
        self.job = None
        self.last_error = None
        self._handlers = {}
        self._request_timeout_ms = request_timeout_ms
        self._retry_ms = retry_ms
        self._max_retry_ms = max_retry_ms
        self._ticks_ms = ticks_ms
        topic = self.client.topics.topic
        self._filters = [topic(topics.NOTIFY), topic(topics.NOTIFY_NEXT)]
        if subscribe_responses:
            prefix = topic(topics.GET_PENDING)[:-3]
            self._filters += [prefix + tail for tail in (b"get/+", b"start-next/+")]
            self._filters += [prefix + tail for tail in (b"+/get/+", b"+/update/+")]
        self._subscribing = False
        self._ready = False  # connected and subscribed
        self._ask = True  # whether to ask for the next job
        self._check = False  # whether to ask what became of the one under way
        self._too_large = 0  # the size of a job's message that did not fit
        self._waiting = 0  # the operation whose answer is awaited
        self._reporting = False  # that operation is the update with the outcome
        self._asked = 0
        self._silent = 0
        self._failures = 0  # in a row; what the waits grow by
        self._held = 0  # nothing is begun before so many ms after ..
        self._held_since = 0  # .. this
        link.receiver = self._receive
        link.on_oversized = self._receive_oversized

    def handler(self, operation):
        """Decorator: run the function for jobs whose document's "operation" (str) is this one.

        It is called with the Job. A plain function runs to its end, and stops the loop as long. A
        generator is advanced by one step a poll; a dict that it yields becomes the statusDetails
        of a progress update. What is returned, None or a dict, goes with SUCCEEDED; JobFailed,
        JobRejected, or any other exception (FAILED) end the job otherwise. If the job is canceled,
        times out or is deleted meanwhile, the generator is closed and nothing is reported.
        """

        def register(function):
            self._handlers[operation] = function
            return function

        return register

    @property
    def state(self):
        """What the agent is doing, a str: OFFLINE, CONNECTING, SYNCING, IDLE, RUNNING, REPORTING.

        A job goes on while the link is down: then this is OFFLINE or CONNECTING, and `job` is set.
        """
        if self.link.closed:
            return "OFFLINE"
        if not self._ready:
            return "CONNECTING"
        if self.job is not None:
            return "REPORTING" if self.job.outcome else "RUNNING"
        return "SYNCING" if self._ask or self._waiting else "IDLE"

    def poll(self):
        """Take one step: call it often, and do the application's own work between two calls.

        Waits for no answer. It takes as long as: a step of the handler; when connecting, DNS and a
        TLS handshake's arithmetic; when the send buffer is full, at most the link's `timeout_ms`.
        Failures of the network are handled; what a handler raises becomes the job's status.
        """
        try:
            self.link.poll()
            if self.link.connected:
                self._converse()
            else:
                self._ready = False
                if self.link.closed and not self._on_hold():
                    self._lost_touch()
                    self.link.open()
        except LinkError as error:
            self.link.close()
            self.last_error = error
            self._hold()
        self._run()

    # The conversation with the service

    def _lost_touch(self):
        self.client.forget()
        self._waiting = 0
        self._silent = 0
        self._ready = False
        self._subscribing = False
        if self.job is None:
            self._ask = True
        else:
            self._check = True

    def _hold(self):
        wait = self._retry_ms << min(self._failures, 16)
        self._failures += 1
        wait = min(wait, self._max_retry_ms)
        self._held = 1 + wait * random.getrandbits(8) // 256
        self._held_since = self._ticks_ms()

    def _on_hold(self):
        if self._held:
            if time.ticks_diff(self._ticks_ms(), self._held_since) < self._held:
                return True
            self._held = 0
        return False

    def _converse(self):
        if not self._ready:
            if self.link.acknowledged:  # also by what the application has under way
                if self._subscribing:
                    self._ready = True
                else:
                    self.link.begin_subscribe(self._filters, 1)
                    self._subscribing = True
            return
        if self._waiting:
            if time.ticks_diff(self._ticks_ms(), self._asked) < self._request_timeout_ms:
                return
            self._unanswered()
        if not self._on_hold():
            self._request()

    def _request(self):
        job = self.job
        client = self.client
        if job is None:
            if self._too_large:
                client.describe_job_execution(include_job_document=False)
                self._waiting = topics.DESCRIBE
            elif self._ask:
                self._ask = False
                client.start_next_pending_job_execution()
                self._waiting = topics.START_NEXT
        elif job.outcome:
            self._update(job, job.outcome, job.outcome_details)
        elif self._check:
            self._check = False
            client.describe_job_execution(job.job_id, job.execution_number, False)
            self._waiting = topics.DESCRIBE
        elif job.progress is not None:
            self._update(job, IN_PROGRESS, job.progress)
        self._asked = self._ticks_ms()

    def _update(self, job, status, details):
        try:
            self.client.update_job_execution(
                job.job_id, status, details, job.version_number, job.execution_number
            )
        except (ValueError, TypeError) as error:  # statusDetails that cannot be sent
            self._unfit(job, str(error))
            return
        self._waiting = topics.UPDATE
        self._reporting = job.outcome is not None
        if not self._reporting:
            job.reported = details
            job.progress = None

    def _unfit(self, job, why):
        # The outcome stands: its details are replaced by what was wrong with them, then left out.
        if job.outcome is None:
            self._end(job, FAILED, None, why)
            job.outcome_details = {"reason": _fit(why)}
        elif job.unfit:
            job.outcome_details = None
        else:
            job.outcome_details = {"reason": _fit(why)}
        job.unfit = True

    def _unanswered(self):
        self._silent += 1
        if self._silent == _MAX_SILENT:
            raise LinkError(LOST, "%d requests without an answer" % _MAX_SILENT)
        self._again()

    def _again(self):
        operation = self._waiting
        self._waiting = 0
        job = self.job
        if job is None:
            self._ask = True
        elif operation == topics.DESCRIBE:
            self._check = True
        elif operation == topics.UPDATE and job.progress is None:
            job.progress = job.reported

    def _receive(self, topic_buf, topic_start, topic_end, buf, start, end):
        kind = self.client.receive_from(topic_buf, topic_start, topic_end, buf, start, end)
        if kind == topics.NOTIFY or kind == topics.NOTIFY_NEXT:
            self._notified(kind)
        elif kind and kind != IGNORED:
            self._silent = 0
            if kind & topics.ACCEPTED:
                self._failures = 0
                self._waiting = 0
                self._accepted(kind & topics.OPERATION)
            else:
                self._rejected(kind & topics.OPERATION)
        return kind

    def _receive_oversized(self, buf, topic_start, topic_end, size):
        kind = self.client.receive_oversized(buf, topic_start, topic_end)
        if kind == topics.NOTIFY or kind == topics.NOTIFY_NEXT:
            self._look()
        elif kind and kind != IGNORED:
            self._silent = 0
            self._again()
            if kind == topics.START_NEXT | topics.ACCEPTED:
                self._too_large = size
            else:
                self._hold()

    def _look(self):
        if self.job is None:
            self._ask = True
        else:
            self._check = True

    def _notified(self, kind):
        message = self.client.message
        job = self.job
        if kind == topics.NOTIFY_NEXT:
            execution = message.execution
            if job is None:
                self._ask = self._ask or execution is not None
            elif execution is None or not execution.is_job(job.job_id):
                self._check = True
            return
        try:
            summaries = message.in_progress_jobs
            while summaries.next():
                if job is None:
                    self._ask = True
                elif summaries.is_job(job.job_id):
                    if summaries.execution_number == job.execution_number:
                        return
            if job is not None:
                self._check = True
            elif message.queued_jobs.next():
                self._ask = True
        except ValueError:  # a list of something else than executions: ask instead
            self._look()

    def _accepted(self, operation):
        execution = self.client.message.execution
        job = self.job
        if operation == topics.UPDATE:
            if self._reporting:
                self._drop()
            else:
                job.version_number += 1
        elif job is None:
            if execution is None:
                self._too_large = 0
            elif operation == topics.START_NEXT:
                self._start(execution)
            else:
                self._reject_too_large(execution)
        elif execution is not None and execution.has_status(IN_PROGRESS):
            job.version_number = execution.version_number
        else:
            self._drop()

    def _rejected(self, operation):
        message = self.client.message
        code = message.code
        self.last_error = RequestRejected(operation, code, message.message)
        job = self.job
        over = code == "ResourceNotFound" or code == "TerminalStateReached"
        if operation == topics.UPDATE:
            state = message.execution_state
            if state is not None and (state.has_status(IN_PROGRESS) or state.has_status(QUEUED)):
                job.version_number = state.version_number
            elif code == "InvalidRequest":
                self._unfit(job, message.message or code)
            else:
                over = over or code == "VersionMismatch" or code == "InvalidStateTransition"
        if over and job is not None:
            self._waiting = 0
            self._drop()
        else:
            self._too_large = 0
            self._again()
            self._hold()

    # The job

    def _start(self, execution):
        try:
            job = Job(
                execution.job_id,
                execution.execution_number,
                execution.version_number,
                execution.status_details,
                execution.job_document,
            )
            operation = job.get("operation")
        except MemoryError:
            self._too_large = 1
            return
        self.job = job
        if isinstance(operation, str) and operation in self._handlers:
            job.handler = self._handlers[operation]
        elif operation is None:
            self._end(job, REJECTED, None, "the job document names no operation")
        else:
            self._end(job, REJECTED, None, "no handler for operation %r" % (operation,))

    def _reject_too_large(self, execution):
        size = self._too_large
        self._too_large = 0
        job = Job(
            execution.job_id, execution.execution_number, execution.version_number, None, None
        )
        reason = "no memory for the job document"
        if size > 1:
            reason = "the job's message has %d bytes, more than the receive buffer" % size
        self.job = job
        self._end(job, REJECTED, None, reason)

    def _run(self):
        job = self.job
        if job is None or job.outcome:
            return
        try:
            if job.steps is None:
                result = job.handler(job)
                if not hasattr(result, "send"):
                    self._end(job, SUCCEEDED, result)
                    return
                job.steps = result
            details = next(job.steps)
            if details is not None:
                if not isinstance(details, dict):
                    raise TypeError("a handler yields None or a dict, not %r" % (details,))
                job.progress = details
        except StopIteration as stop:
            self._end(job, SUCCEEDED, stop.value)
        except JobRejected as error:
            self._end(job, REJECTED, error.details, error.reason)
        except JobFailed as error:
            self._end(job, FAILED, error.details, error.reason)
        except Exception as error:
            self._end(job, FAILED, None, "%s: %s" % (type(error).__name__, error))

    def _end(self, job, status, details, reason=None):
        self._close(job)
        if details is None and (reason or job.progress is not None):
            details = job.progress if job.progress is not None else job.reported
        if reason:
            details = dict(details or {})
            details["reason"] = _fit(reason)
        job.outcome_details = details
        job.outcome = status

    def _drop(self):
        # The service holds a terminal state, whoever set it: there is nothing more to say.
        job = self.job
        self.job = None
        self._ask = True
        self._check = False
        self._close(job)

    def _close(self, job):
        steps = job.steps
        job.steps = None
        if steps is not None:
            try:
                steps.close()
            except Exception as error:  # a handler's clean-up; the job's end is settled already
                self.last_error = error


def _fit(reason):
    """`reason` as a value of statusDetails: no control characters, not too long, not empty."""
    text = "".join(c if ord(c) >= 32 and not 127 <= ord(c) < 160 else " " for c in reason)
    return text[:_MAX_REASON] or "unknown"
