"""`JobsAgent`: the polling state loop. It asks for jobs, runs their handlers and reports how they
end, over connections and resets.

The service's copy is the truth: after every connection the agent asks before it believes. A status
is reported until it is accepted, or until the service says that the execution is over.
What must survive a reset is in one small file: which job has begun, what its handler kept, and how
it ended, from before that is sent until it is accepted.
"""

from micropython import const

from .. import topics
from ..links.link import LinkError
from .job import Job, ended
from .keeper import Keeper
from .session import Session, check, ticks_add, ticks_diff

_MAX_TIMEOUT = const(10_080)  # minutes
_MAX_LIMIT = const(8_640)  # minutes: 6 days, what ticks can tell apart on each board
_MAX_STARTS = const(1_000)


def reset_board():
    """What `job.reset` calls unless the agent has something else for it."""
    import machine

    machine.reset()


class JobsAgent(Session):
    """Takes jobs for `thing_name` from the service over `link`, an `MQTTLink` or `HTTPSLink`.

    - `state_path`: the file that keeps the job under way over a reset. It is written beside its
      place first, and its folder is made. By default it is iotjobs-THING.json, in the folder that
      is the current one now. None keeps nothing: each job begins anew, and `job.reset` fails.
    - `request_timeout_ms` (10,000): how long an answer may take, from the last byte that came;
      over an HTTPSLink its `timeout_ms` at the least.
    - `retry_ms` (1,000), `max_retry_ms` (60,000, or that if it is more): the wait before the next
      try doubles from the one to the other. A random part of it is waited. It begins anew once a
      connection has held for `max_retry_ms`.
    - `fleet_size` (1): how many boards may come back at the same time, at the service's usual
      quotas. After power-up a board waits a random part of 5 ms for each of them, but not if a job
      goes on; so too where nobody answers, or of 2 ms if the broker keeps its session. Up to 200
      wait for nothing. See boards/FLEET.md.
    - `progress_ms` (1,000): the least distance of two progress updates.
    - `step_timeout_minutes` (60), 1 to 10,080, or None: the service ends a job of which it has
      heard nothing for so long. After a third of it the agent says that the handler goes on.
    - `job_timeout_minutes` (1,440), 1 to 8,640: a job that gets nowhere for so long is FAILED. It
      gets on by a newer `job.keep`, and by progress that changes.
    - `max_starts` (10), 1 to 1,000: a job is FAILED whose handler was interrupted so often by
      resets that it did not ask for; ten times as often in a row by those that it did. A newer
      `job.keep` begins the count anew.
    - `resync_ms` (15 min): after so long without an answer the agent asks whether there is a job,
      or whether the one under way still is. A notification may have been lost; HTTPS has none.
      At least 10 ms for each board of the fleet.
    - `subscribe_responses`: subscribe to answers too, for brokers that deliver them to subscribers
      only.
    - `payload_size` (1024): the longest request, statusDetails included.
    - `network`: a function that says whether the network is there; while it is not, nothing is
      tried.
    - `reset`: what `job.reset` calls, `machine.reset` by default. One that comes back, as after
      it has set a timer, is called again after three times `request_timeout_ms`.
    - `ticks_ms`: the clock.

    `poll` allocates nothing while no job runs. `last_error` is the last failure of the link
    (LinkError), refusal by the service (RequestRejected), or failure of the file system or a hook;
    `job` the Job under way, or None. Its document stays in the link's buffer until it is over (see
    `MQTTLink`).

    `on_event`, if set, is called as on_event(event, value):
    - "state" with the new state
    - "job" with a Job that begins
    - "end" with the status in which it is over at the service, or why it is not there any more
    - "error" with what became `last_error`
    - "reset" with the Job that wants it

    `stats` counts, as a dict of str to int, since the program began.
    """

    job = None
    _ask = True  # whether to ask for a job, or what became of the one under way
    _asked = 0  # when there was none
    _more = False  # whether more is pending; None: it is to be found out, and nothing begun
    _refusal = None  # why the job is rejected that the service has just started
    _cleared = False  # a job's own details, which made it too long to be received again
    _polling = False

    def __init__(
        self,
        link,
        thing_name,
        state_path="",
        progress_ms=1_000,
        step_timeout_minutes=60,
        resync_ms=900_000,
        reset=reset_board,
        job_timeout_minutes=1_440,
        max_starts=10,
        **settings,
    ):
        if step_timeout_minutes is not None:
            check("step_timeout_minutes", step_timeout_minutes, 1, _MAX_TIMEOUT)
        check("job_timeout_minutes", job_timeout_minutes, 1, _MAX_LIMIT)
        check("max_starts", max_starts, 1, _MAX_STARTS)
        check("resync_ms", resync_ms)
        check("progress_ms", progress_ms, 0)
        super().__init__(link, thing_name, **settings)
        size = self.client.payload_size
        for name in ("request_size", "buffer_size"):  # of answers, which may repeat the details
            has = getattr(link, name, size)
            if has < size:
                raise ValueError(
                    "payload_size %d: more than the link's %s, %d" % (size, name, has)
                )
        self.progress_ms = progress_ms
        self.step_timeout_minutes = step_timeout_minutes
        self.resync_ms = max(resync_ms, self.resync_ms)
        self.reset = reset
        self.job_timeout_minutes = job_timeout_minutes
        self.max_starts = max_starts
        self._handlers = {}
        self.keeper = Keeper(state_path, thing_name)
        self.state_path = self.keeper.path
        self.job = ended(self, self.keeper.record)
        self._join()

    def handler(self, operation, repeatable=True, timeout_minutes=None):
        """Decorator: run the function for jobs whose document's "operation" (str) is this one.
        `timeout_minutes`: as the agent's `job_timeout_minutes`, for these jobs.

        It is called with the Job. A plain function runs to its end, and stops the loop as long. A
        generator is advanced by one step a poll; a dict that it yields becomes the statusDetails
        of a progress update. What is returned, None or a dict, goes with SUCCEEDED; JobFailed,
        JobRejected, or any other exception (FAILED) end the job otherwise. If the job is canceled,
        times out or is deleted meanwhile, the generator is closed and nothing is reported.

        After a reset it is called again, and `job.resumed` is true. A handler that is not
        `repeatable` is not: the job is FAILED.
        """

        if timeout_minutes is not None:
            check("timeout_minutes", timeout_minutes, 1, _MAX_LIMIT)

        def keep(handler):
            self._handlers[operation] = handler, repeatable, timeout_minutes
            return handler

        return keep

    @property
    def state(self):
        """What the agent is doing, a str: OFFLINE, CONNECTING, SYNCING, IDLE, RUNNING, REPORTING.

        A job goes on while the link is down: then this is OFFLINE or CONNECTING, and `job` is set.
        """
        link = self.link
        if self._online < 2 or not link.connected:
            return "OFFLINE" if link.closed else "CONNECTING"
        if self.job:
            return "RUNNING" if self.job.is_running() else "REPORTING"
        return "SYNCING" if self._ask or self._waiting or self._refusal else "IDLE"

    def poll(self):
        """Take one step: call it often, and do the application's own work between two calls.

        Waits for no answer. The longest that it takes, by `state`:
        - OFFLINE: DNS where that is `getaddrinfo` (see links/dns). With lwIP this tries for 14 s
          if no server answers. On an RP2 of before 2026 it tries for ever if the network has gone
          (micropython issue 18797): set `network`.
        - CONNECTING: the arithmetic of a TLS handshake, in one piece: 1.5 s with EC P-256 keys on
          an RP2040, 5.4 s with RSA.
        - SYNCING, IDLE, REPORTING: 64 small reads and one request. While the send buffer is full,
          because the peer takes nothing, the MQTTLink's `timeout_ms`, but at most 5 s.
        - RUNNING: that, and one step of the handler. When a job begins and when it ends, one small
          file is written.

        An HTTPSLink connects when there is something to ask: over it the first two are in the
        other states.

        Failures of the network are handled; what a handler raises becomes the job's status.
        RuntimeError where a handler calls it: `job.progress` is what lets the agent go on.
        """
        self._be_alone()
        self._polling = True
        try:
            self._talk()
            job = self.job
            if job:
                job.watch()
                job.step()
                if job.is_unsettled():
                    self._settle(job)
        finally:
            self._polling = False
        state = self.state
        if state != self._told:
            self._told = state
            self._tell("state", state)

    def run_once(self, patience_ms=30_000):
        """Ask for a job, run it to its end and report that; for a device that then sleeps. Returns
        whether more jobs are pending. If none are, the connection is closed.

        An outcome that could not be reported before is what it reports, instead of a new job. As
        long as a handler runs, or a reset is to come, it waits for that; otherwise at most
        `patience_ms`, and raises LinkError when it has not come to an end. What has happened by
        then is not lost: see `state_path`. Polls, and sleeps a millisecond between.
        """
        from .once import run_once

        self._be_alone()
        return run_once(self, patience_ms)

    def _be_alone(self):
        if self._polling:
            raise RuntimeError("agent.poll within agent.poll: a handler calls job.progress")

    def _settle(self, job):
        # The handler has ended: keep how, then report it; or keep that it is SUCCEEDED after the
        # reset, and reset when what it reports has arrived, or cannot.
        if not job.is_resetting():
            try:
                job.save(self.keeper)
            except OSError as error:
                self._fail(error)
                if not job.outcome:  # it wants the reset, which cannot be
                    job.fail(error)
                    return
            except ValueError as error:
                if not job.unfit:
                    job.refused(str(error))
                    return
            job.settled()
        if not job.resets(self._waiting or self._ask, 3 * self.request_timeout_ms):
            return
        self._count("resets")
        self._tell("reset", job)
        try:
            self.reset()
        except Exception as error:
            job.fail(error)

    # The conversation with the service

    def _request(self):
        # Make the request that is due; its operation, or 0 if there is none.
        client = self.client
        now = self.ticks_ms()
        job = self.job
        minutes = self.step_timeout_minutes
        due = job and job.due(now, self.progress_ms)
        if self._ask or not (due or 0 <= ticks_diff(now, self._asked) < self.resync_ms):
            self._ask = False
            if job:
                client.describe_job_execution(job.job_id, job.execution_number, False)
            elif self._refusal or self._more is None:
                client.describe_job_execution(topics.NEXT, None, False)
            else:
                self.link.reader.release()  # of the last job, also one that Ctrl-C has lost
                client.start_next_pending_job_execution(None, minutes)
                return topics.START_NEXT
            return topics.DESCRIBE
        if not due:
            return 0
        try:
            job.report(client, now, minutes)
        except (ValueError, TypeError) as error:
            job.refused(str(error))
            return 0
        return topics.UPDATE

    def _goes_on(self):
        return self.job or self.keeper.record

    def _again(self):
        # What was asked last is to be asked again.
        if self._waiting == topics.UPDATE:
            self.job.resend()
        else:
            self._ask = True
        self._waiting = 0

    def _unread(self, kind, reason):
        if kind == topics.START_NEXT | topics.ACCEPTED:
            self._refusal = reason
        elif self.job and kind == topics.DESCRIBE | topics.ACCEPTED:
            # That there is an answer says that the execution is there: its status can be reported,
            # whichever version it is by now.
            self._ask = False
            self.job.version_number = None
            self.job.resend()
        else:
            self._pause()

    def _is_news(self):
        # Whether a notification names a job to an agent that has none, or no longer the one that
        # it has.
        message = self.client.message
        execution = message.execution
        job = self.job
        try:
            summaries = message.in_progress_jobs
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

    def _accepted(self, operation):
        # What the service holds: all of it where it was asked for, else that it has changed.
        message = self.client.message
        execution = message.execution
        job = self.job
        self._asked = self.ticks_ms()
        if not job:
            if self._more is None:
                self._more = execution is not None
            # One that is queued is not the one that was too large, and started: that is gone.
            elif execution and not (self._refusal and execution.has_status("QUEUED")):
                self._start(execution)
            else:
                if self._refusal:
                    self._refusal = None
                    self._ask = True
                self._forget()
        elif operation == topics.UPDATE:
            if job.sent:
                self._over(job.sent)
            else:
                job.arrived()
        elif not _is_state(execution):
            self._wonder()
        elif execution.has_status("IN_PROGRESS") and execution.queued_at == job.queued_at:
            job.adopt(execution)
        else:
            self._over(execution.status)
        if job and job.is_cleared():  # of what made the answer with its document too long
            self.job = None
            self._ask = True

    def _over_by(self, operation, code):
        # Settle a rejection by what it says; whether it is that the execution is over.
        message = self.client.message
        state = message.execution_state
        if not _is_state(state):  # then only the code says something
            state = None
        job = self.job
        if not job:
            self._refusal = None
            self._ask = True
        elif state and state.has_status("IN_PROGRESS"):
            job.adopt(state)
        elif state or code == "ResourceNotFound":
            self._over(state.status if state else code)
            return True
        elif code == "TerminalStateReached" or (
            code == "InvalidStateTransition" and job.version_number is None
        ):
            # In which state the answer to an update says over MQTT; so that is made, if there is
            # one.
            if not job.outcome or operation == topics.UPDATE:
                self._over(code)
                return True
            job.version_number = None  # whatever it is by now
        elif operation != topics.UPDATE:
            self._ask = True
        elif code == "InvalidRequest":
            job.refused(message.message or code)
        elif code == "VersionMismatch" or code == "InvalidStateTransition":
            # Why that is wrong only the execution itself can say; also whether it is because the
            # same update had arrived before, of which then nothing was heard.
            self._ask = True
        else:
            job.resend(code)
        return False

    def _wonder(self):
        # What no service says of an execution: ask again, later.
        self._ask = True
        self._fail(LinkError("protocol", "an execution without its id, numbers, time or status"))
        self._pause()

    def _is_whole(self, execution):
        # Whether it has what an execution is told by, and what requests of it say again. A time
        # that is no int would be another after a reset.
        try:
            self.client.topics.topic(topics.UPDATE, execution.job_id)
        except ValueError:
            return False
        return (
            _is_long(execution.execution_number)
            and _is_long(execution.version_number)
            and isinstance(execution.queued_at, (int, type(None)))
        )

    def _start(self, execution):
        reason = self._refusal
        self._refusal = None
        self._ask = False
        if not self._is_whole(execution):
            self._wonder()
            return
        now = ticks_add(self.ticks_ms(), -self.progress_ms)
        try:
            job = Job(
                self,
                execution.job_id,
                execution.execution_number,
                execution.queued_at,
                now,
            )
            job.version_number = execution.version_number
            if not reason:
                job.had(execution.status_details)
            start, end = execution.span("job_document")
            if start:
                reader = self.link.reader
                job.read(reader.buf, reader.keep(start, end))
        except MemoryError:
            self._refusal = "no memory for the job"
            self._ask = True
            self._pause()
            return
        job.resumed = self.keeper.unreadable  # nobody knows
        job.resume(self.keeper.record)
        if self.keeper.record and not job.resumed:  # of another, of whose end nothing was heard
            self._forget()
        self.job = job
        if reason and job.resumed and not self._cleared and execution.status_details:
            self._cleared = True
            job.clear()
            return
        self._cleared = False
        job.run(self._handlers, reason)
        self._count("jobs")
        if job.resumed:
            self._count("resumed")
        self._tell("job", job)

    def _over(self, status):
        # The execution is over, whoever ended it: there is nothing more to say.
        job = self.job
        self.job = None  # whatever its clean-up does
        self._cleared = False
        self._ask = True
        job.close()
        self._forget()
        self._count(status if status == job.outcome else "ended")
        self._tell("end", status)

    # The file

    def _forget(self):
        try:
            self.keeper.forget()
        except OSError as error:
            self._fail(error)


def _is_state(execution):
    # Whether it says where an execution is.
    if execution and execution.has_status("IN_PROGRESS"):
        return _is_long(execution.version_number)
    return execution and isinstance(execution.status, str)


def _is_long(value):
    # Whether a request can say it: the service's numbers have 64 bits.
    return isinstance(value, int) and 0 <= value < 1 << 63
