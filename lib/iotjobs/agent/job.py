"""`Job`: one execution: what its handler sees of it, how far that has come, and what is to be
reported.
"""

import json
import time

from micropython import const

from ..codec import scan
from ..codec.reader import lookup
from ..outcomes import JobCanceled, JobFailed, JobRejected, JobReset, shown

_MAX_STATE = const(1024)

# What is known of the last update.
_HEARTBEAT = const(1)  # one without details was sent
_DETAILS = const(2)  # one with `reported` was sent


def reset_board():
    """What `job.reset` calls unless the agent has something else for it."""
    import machine

    machine.reset()


class Job:
    """An execution that is under way.

    For its handler: `job_id` (str), `execution_number` (int), `status_details` (dict or None, as
    they were when the job was received), `get`, `count` and `document`, `progress`, `keep`,
    `reset`, `offline`, `network`; `resumed`, whether the handler had begun before a reset, and
    `state`, what it then kept. The rest is the agent's.

    The document stays in the buffer in which it was received until the job is over: the service
    has accepted how it ended, or has ended it. From then on `get` and `document` are None.
    """

    resumed = False
    state = None
    # For a handler in a task beside the agent's: makes the exception that ends such a task.
    concurrent = None
    steps = None  # the generator `run`, until it has ended
    details = None  # statusDetails that are to be sent
    reported = None  # the last that were sent with IN_PROGRESS, or that the service had
    unsure = 0  # what was sent with IN_PROGRESS, while it is not known whether it arrived
    heartbeat = False  # an update is to be sent even without details
    outcome = None  # the terminal status to report
    sent = None  # the outcome, if the last update had it
    unfit = False  # details were refused once
    begun = False  # the handler was called
    kept = False  # what is to outlive a reset was kept
    again = False  # after a reset the handler is to be called again
    resetting = False  # the handler wants the board to be reset
    over = False
    end = 0

    def __init__(self, agent, job_id, execution_number, queued_at, since=0):
        self._agent = agent
        self.job_id = job_id
        self.execution_number = execution_number
        self.queued_at = queued_at  # of a later job with the same id it is another
        self.version_number = self.status_details = None
        self.since = since  # when something was sent last

    @property
    def document(self):
        """The job document as Python's own objects: built, and allocated, at every call."""
        return self.get()

    def get(self, *path):
        """The value at a path of names and indexes, as in job.get("steps", 0, "name"); None where
        there is none. Allocates that value only.
        """
        return lookup(self.buf, self.start, self.end, path) if self.end else None

    def count(self, *path):
        """How many elements the list at a path has; None where there is none. Allocates little."""
        return lookup(self.buf, self.start, self.end, path, items) if self.end else None

    def progress(self, details=None):
        """For a handler that blocks: say that it goes on, and report `details` (dict of str to
        str), as a generator does by `yield`. Lets the agent do what can be done without waiting:
        it makes a new connection only if this is called several times within the link's
        `timeout_ms`.

        Raises JobCanceled when the execution is over.
        """
        self._check()
        if details is not None:
            self.details = details
        if not self.concurrent:
            self._agent._talk()
            self._check()

    def keep(self, state):
        """Keep `state` for the time after a reset, when it is `job.state`: anything that JSON
        gives back as it was (no tuple, no float that the board's own cannot hold), of at most 1024
        bytes. It replaces what was kept before.

        Writes to flash. Raises ValueError for what is no JSON or too long, OSError from the file
        system, JobCanceled when the execution is over; then what was kept before stays.
        """
        self._check()
        size = len(json.dumps(state).encode())
        if size > _MAX_STATE:
            raise ValueError("a state of %d bytes: at most 1024" % size)
        before = self.state
        self.state = state
        try:
            self._agent._save(self)
        except (OSError, ValueError):
            self.state = before
            raise

    def reset(self, details=None, resume=False):
        """End the handler, report `details`, and reset the board. The program that comes up after
        it reports the job as SUCCEEDED; with `resume` it calls the handler again, and `resumed` is
        true. Does not return.

        What cannot be reported within three times the agent's `request_timeout_ms` does not stop
        the reset. A job that is over by then does.
        """
        self._check()
        if details is not None:
            self.details = details
        self.again = resume
        self.resetting = self.heartbeat = True
        self._agent.hold(False)
        raise (self.concurrent or JobReset)()

    def offline(self, wanted=True):
        """Close the agent's link, and keep it closed until this is called with False, or the
        handler ends: for work that needs the memory of a TLS session. Progress is reported after
        it, and that the job is over is not heard before. The service's step timer goes on.

        Raises JobCanceled when the execution is over.
        """
        self._check()
        self._agent.hold(wanted)

    def network(self):
        """Whether the network is there, by what the program has told the agent (`network`)."""
        network = self._agent.network
        return not network or network()

    def _check(self):
        if self.over or self.outcome:  # its details may have been refused
            raise (self.concurrent or JobCanceled)()

    def read(self, buf, start):
        """Take the document buf[start:]."""
        self.buf = buf
        self.start = start
        self.end = len(buf)

    # Running

    def run(self, handlers, reason):
        """A generator that runs the handler of the document's "operation", or those of its steps,
        whatever they are, and returns what that does. `handlers`: dict of operation to handler,
        and whether that may be run again. With `reason` (str) the job is rejected.
        """
        if reason:
            raise JobRejected(reason)
        operation = self.get("operation")
        if operation is None:
            from .document import handler_of  # loaded with the first that has steps

            handler, repeatable = handler_of(self, handlers)
        elif isinstance(operation, str) and operation in handlers:
            handler, repeatable = handlers[operation]
        else:
            raise JobRejected("no handler for operation %r" % (operation,))
        if self.resumed and not (repeatable or self.again):
            raise JobFailed("interrupted by a reset, and not repeatable")
        self.again = False
        try:
            self._agent._save(self)
        except OSError as error:
            if not repeatable:
                raise
            self._agent._fail(error)
        self.begun = True
        result = handler(self)
        if hasattr(result, "send"):
            result = yield from result
        return result

    def step(self):
        """Advance the handler by one step, unless it has ended; what it yields is to be reported,
        and so is how it ends.
        """
        steps = self.steps
        if not steps:
            return
        self.steps = None  # who closes the job while it runs must not touch it
        try:
            details = next(steps)
            self.steps = steps
            if details is not None:
                self.details = details
        except StopIteration as stop:
            self._end("SUCCEEDED", stop.value)
        except JobFailed as error:
            self._end(error.status, error.details, error.reason)
        except (JobCanceled, JobReset, Exception) as error:
            self.fail(error)
        except BaseException as error:  # the program's end, which it may catch
            self.fail(error)
            raise
        if self.over or self.outcome:
            self._stop()

    def close(self):
        """The execution is over: end the handler where it is, or at its next call into the job.
        Returns what its clean-up raised, or None.
        """
        self.over = True
        self.end = 0
        return self._stop()

    def _stop(self):
        self._agent.hold(False)
        steps = self.steps
        self.steps = None
        try:
            if steps:
                steps.close()
        except Exception as error:  # the job's end is settled already
            return error
        return None

    # Reporting

    def due(self, now, progress_ms, heartbeat_ms):
        """Whether there is something to send at `now` (ticks): the outcome, progress of which the
        last is `progress_ms` old, or a sign of life after `heartbeat_ms`, 0 for none.
        """
        if self.outcome:
            return self.kept or not self.begun
        quiet = time.ticks_diff(now, self.since)
        if self.details is not None:
            return not 0 <= quiet < progress_ms
        return self.heartbeat or heartbeat_ms and not 0 <= quiet < heartbeat_ms

    def report(self, client, now, step_timeout_minutes):
        """Send an update by `client`, a JobsClient. Returns whether that could be sent. Allocates
        nothing but what is said of unfit details.
        """
        details = self.details
        outcome = self.outcome
        if not outcome:
            self.unsure = _HEARTBEAT
            if details is not None:
                self.unsure = _DETAILS
                self.reported = details
                self.details = None
        self.sent = outcome
        self.since = now
        self.heartbeat = False
        try:
            if not isinstance(details or {}, dict):
                raise TypeError("not a dict: %r" % (details,))
            client.update_job_execution(
                self.job_id,
                outcome or "IN_PROGRESS",
                details,
                self.version_number,
                self.execution_number,
                None,
                None,
                None if outcome else step_timeout_minutes,
            )
        except (ValueError, TypeError) as error:  # statusDetails that cannot be sent
            self.refused(str(error))
            return False
        return True

    def arrived(self):
        """The last update, of progress, was accepted."""
        self.unsure = 0
        self.version_number += 1

    def adopt(self, state):
        """The execution goes on at the service as `state`, a View, has it: an update of which
        nothing was heard has arrived if that is what it said.
        """
        self.version_number = state.version_number
        if self.unsure == _DETAILS and not _same(self.reported, state.status_details):
            self.resend()
        self.unsure = 0

    def resend(self):
        """The last update was lost: send it again, unless there is a newer one."""
        if self.details is None:
            if self.unsure == _DETAILS:
                self.details = self.reported
            elif self.unsure:
                self.heartbeat = True

    def is_in(self, message):
        """Whether a notification, a Message, has this execution as one that is under way. Raises
        JSONError if its list holds something else than executions.
        """
        execution = message.execution
        if execution:
            return execution.is_job(self.job_id)
        summaries = message.in_progress_jobs
        while summaries.next():
            if summaries.is_job(self.job_id):
                if summaries.execution_number == self.execution_number:
                    return True
        return False

    def is_talking(self):
        """Whether progress, or a sign of life, is still to be sent or was not answered."""
        return self.heartbeat or self.unsure or self.details is not None

    def record(self):
        """What must outlive a reset, for a Keeper."""
        outcome = self.outcome
        if self.resetting and not self.again:
            outcome = "SUCCEEDED"  # by then
        details = self.details
        if details is None and self.unsure == _DETAILS:
            details = self.reported
        return {
            "job": self.job_id,
            "number": self.execution_number,
            "queued": self.queued_at,
            "state": self.state,
            "again": self.again,
            "outcome": outcome,
            "details": details,
        }

    def resume(self, record):
        """Take up what a Keeper's record (or None) says, if it is of this execution."""
        if (
            record
            and record["job"] == self.job_id
            and record["number"] == self.execution_number
            and record["queued"] == self.queued_at
        ):
            self.resumed = True
            self.state = record["state"]
            self.again = record["again"]

    def refused(self, reason):
        """Settle that the details of an update cannot be sent, or were refused: the handler is
        closed, and the job FAILED. An outcome that there is already stands: its details are
        replaced by the reason, and are left out if that was refused as well.
        """
        self._stop()
        quoted = ""  # it may have in it what was refused; ASCII never is
        for c in reason[:256]:
            quoted += c if c <= "~" else "?"
        status = self.outcome or "FAILED"
        self.resetting = False
        self.outcome = self.details = self.reported = None
        self.unsure = 0
        self._end(status, None, None if self.unfit else quoted)
        self.unfit = True

    def fail(self, error):
        """End it as FAILED by an exception."""
        self._end("FAILED", None, "%s: %s" % (type(error).__name__, error))

    def _end(self, status, details, reason=None):
        if self.resetting or self.outcome:
            return
        self.kept = False
        if details is None:
            details = self.details  # progress that was not sent
        if reason:
            details = dict(details or self.reported or {})
            details["reason"] = shown(reason[:256])
        self.details = details
        self.outcome = status


def items(buf, start, end):
    """How many elements the JSON list buf[start:end] has; None for what is no list."""
    if buf[start] != 0x5B:
        return None
    count = 0
    start = scan.item(buf, start + 1)
    while start >= 0:
        count += 1
        start = scan.item(buf, scan.skip(buf, start, end))
    return count


def ended(agent, record):
    """The Job that a Keeper's record tells the outcome of; None if it tells none."""
    if not (record and record["outcome"]):
        return None
    job = Job(agent, record["job"], record["number"], record["queued"])
    job.outcome = record["outcome"]
    job.details = record["details"]
    return job


def _same(details, held):
    # Whether the service holds these details; its values are text.
    held = held or {}
    if len(details) != len(held):
        return False
    for name in details:
        if str(details[name]) != held.get(name):
            return False
    return True
