"""`Job`: one execution: what its handler sees of it, and how far that has come; and the one table
that says what leads from which stage to which.
"""

from micropython import const

from ..codec.reader import items, lookup
from ..outcomes import JobCanceled, JobFailed, JobOver, JobRejected, JobReset, show, told
from . import border
from .keeper import key_of
from .report import Report
from .session import ticks_diff

# The stages of a job.
_RECEIVED = const(0)  # it came, and its handler was not called
_RUNNING = const(1)  # its handler was called, and has not ended
_LEAVING = const(2)  # the handler wants the board to be reset
_RESETTING = const(3)  # and that is kept; what it reported is on its way
_ENDED = const(4)  # how it ended is known
_KEPT = const(5)  # and kept, as far as that can be: now it is reported
_REPORTED = const(6)  # the service knows, or has ended it: there is nothing more to do

# What leads from one to another.
_BEGIN = const(0)  # the handler is called
_LEAVE = const(1)  # it calls for a reset
_END = const(2)  # it ends, or is ended; the reset cannot be; what was to be reported was refused
_KEEP = const(3)  # what outlives a reset was written, or cannot be
_REPORT = const(4)  # the execution is over at the service
_EVENTS = const(5)

# The stage to which a stage and an event lead. What cannot happen, or no longer, changes nothing.
_NEXT = const(
    # BEGIN LEAVE END KEEP REPORT
    b"\x01\x00\x05\x00\x06"  # RECEIVED: what has not begun needs not be kept
    b"\x01\x02\x04\x01\x06"  # RUNNING
    b"\x02\x02\x04\x03\x06"  # LEAVING
    b"\x03\x03\x04\x03\x06"  # RESETTING
    b"\x04\x04\x04\x05\x06"  # ENDED
    b"\x05\x05\x04\x05\x06"  # KEPT
    b"\x06\x06\x06\x06\x06"  # REPORTED
)

_MAX_LEAVES = const(2048)
_MAX_STATE = const(1024)
_MINUTE = const(60_000)  # ms
_HEARTBEAT = const(20_000)  # ms for each minute of the step timeout: a third of it
_ABSENCE = const(50_000)  # ms offline for each minute of the step timeout: five sixths of it
_WANTED = const(10)  # times `max_starts`: resets in a row that the handler wanted


class Job(Report):
    """An execution that is under way.

    For its handler: `job_id` (str), `execution_number` (int), `status_details` (dict or None, as
    they were when the job was received), `get`, `count` and `document`, `progress`, `keep`,
    `reset`, `offline`, `network`; `resumed`, whether the handler had begun before a reset, and
    `state`, what it then kept. The rest is the agent's. As a str it is its id, so that `print`
    says which it is.

    The document stays in the buffer in which it was received until the job is over: the service
    has accepted how it ended, or has ended it. From then on `get` and `document` are None.
    """

    resumed = False
    state = None
    concurrent = None  # see `beside`
    stage = _RECEIVED
    unfit = False  # details were refused once
    again = 0  # after a reset the handler is to be called again, for the how manieth time in a row
    starts = 1  # since it kept something new, this one included
    minutes = None  # for how long it may get nowhere; None: as the agent has it for all
    end = 0
    _kept = "null"  # the JSON of what it keeps
    _leaves = ()  # see `leaves`
    _steps = None  # the generator `_run`, while it is not running
    _resumes = 0  # what `again` was, unless something new was kept since
    _said = 0  # the checksum of the last details, of which a request may have a part only
    _reset_called = False  # once, and it came back
    _mute = False  # its handler knows that it is over: what it calls now does nothing

    def __init__(self, agent, job_id, execution_number, queued_at, since=0):
        self._agent = agent
        self.job_id = job_id
        self.execution_number = execution_number
        self.queued_at = queued_at  # of a later job with the same id it is another
        self.since = since
        self.advanced = self.renewed = agent.ticks_ms()  # `advanced`: when it got on

    def __str__(self):
        return self.job_id

    @property
    def key(self):
        """What tells this execution from all others: [`job_id`, `execution_number`, `queued_at`].
        Allocates it.
        """
        return [self.job_id, self.execution_number, self.queued_at]

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

        Raises JobCanceled when the execution is over, or has reached one of its limits in time;
        TypeError for what is no dict.
        """
        if self._is_over():
            return
        self._take(details)
        if not self._task_end():
            self._agent._talk()
            self.watch()
            self._is_over()

    def keep(self, state):
        """Keep `state` for the time after a reset, when it is `job.state`: anything that JSON
        gives back as it was (no tuple), of at most 1024 bytes. A float may come back with another
        last digit; `job.state` has that at once. It replaces what was kept before. What becomes of
        the object afterwards does not matter.

        Writes to flash. Raises ValueError for what is no JSON or too long, OSError from the file
        system, JobCanceled when the execution is over; then what was kept before stays.
        """
        if self._is_over():
            return
        before = self._kept, self.starts
        earlier = self.kept()
        self._kept = border.kept(state, _MAX_STATE)
        # Their texts may differ for the same: a dict has another order after a reset.
        news = self.kept() != earlier
        if news:
            self.starts = 1
        try:
            self.save(self._agent.keeper)
        except BaseException:
            self._kept, self.starts = before
            raise
        if news:
            self._resumes = 0
            self.advanced = self._agent.ticks_ms()
        self.state = self.kept()

    def leaves(self, paths):
        """Let the files at `paths`, a list of str, be removed when the execution is over: in this
        order, those that are there then. It does not matter who ends it, and whether the board is
        on: a job that was canceled meanwhile leaves nothing. It replaces what was said before.

        Writes to flash if that is something else. Raises ValueError for what is no such list, or
        longer than 2048 bytes of JSON, and what else `keep` does.
        """
        if self._is_over():
            return
        before = self._leaves
        found = border.paths(paths, _MAX_LEAVES)
        if before == found:
            return
        self._leaves = found
        try:
            self.save(self._agent.keeper)
        except BaseException:
            self._leaves = before
            raise

    def kept(self):
        """What was kept last: an object of its own at every call."""
        return border.loads(self._kept)

    def reset(self, details=None, resume=False):
        """End the handler, report `details`, and reset the board. The program that comes up after
        it reports the job as SUCCEEDED; with `resume` it calls the handler again, and `resumed` is
        true. Does not return.

        What cannot be reported within three times the agent's `request_timeout_ms` does not stop
        the reset. A job that is over by then does. Raises ValueError without a file that outlives
        the reset: the board would do the same again, for ever.
        """
        if self._is_over():
            return
        if not self._agent.state_path:
            raise ValueError("job.reset needs a file: the agent's state_path is None")
        self._take(details)
        self.again = self._resumes + 1 if resume else 0
        self.heartbeat = True
        self._move(_LEAVE)
        self._agent.hold(False)
        self.advanced = self._agent.ticks_ms()
        task_end = self._task_end()
        self._mute = not task_end
        raise (task_end or JobReset)() or JobReset()

    def offline(self, wanted=True):
        """Close the agent's link, and keep it closed until this is called with False, or the
        handler ends: for work that needs the memory of a TLS session. Progress is reported after
        it, and that the job is over is not heard before. The service's step timer goes on: when
        five sixths of it have passed the job is FAILED, while the service can still be told.

        Raises JobCanceled when the execution is over.
        """
        if not self._is_over():
            self._agent.hold(bool(wanted))

    def network(self):
        """Whether the network is there, by what the program has told the agent (`network`)."""
        network = self._agent.network
        return not network or network()

    def _task_end(self):
        # `concurrent`, where a task beside the agent's may be calling. What is called within a
        # poll is none: it may be a plain step after an async one.
        return not self._agent._polling and self.concurrent

    def _is_over(self):
        # Whether a call of the handler is to do nothing; the first one is told why.
        if self.stage <= _RUNNING:
            return False
        task_end = self._task_end()
        if task_end:
            error = task_end()
            if error:
                raise error
            return True
        if not self._mute:
            self._mute = True
            raise JobCanceled()
        return True

    def _take(self, details):
        # Details that are to be reported; whether it gets on is seen by them.
        if details is not None:
            details = border.details(details)
            said = border.checksum(details)
            if said != self._said:
                self._said = said
                self.advanced = self._agent.ticks_ms()
            self.details = details

    def read(self, buf, start):
        """Take the document buf[start:]."""
        self.buf = buf
        self.start = start
        self.end = len(buf)

    # Running

    def had(self, details):
        """It came with these status details, a dict or None: what says them again is no news."""
        self.status_details = self.reported = details
        self._said = border.checksum(details)

    def clear(self):
        """Have its details taken away at the service, and do nothing else."""
        self.details = {}

    def is_cleared(self):
        """Whether that has been done."""
        return self.stage == _RECEIVED and not (self._steps or self.is_talking())

    def run(self, handlers, reason):
        """Let `step` run the handler of the document's "operation", or those of its steps,
        whatever they are. `handlers`: dict of operation to handler, whether that may be run again,
        and its limit in minutes or None. With `reason` (str) the job is rejected.
        """
        self._steps = self._run(handlers, reason)

    def _run(self, handlers, reason):
        # A generator that returns what the handler does.
        agent = self._agent
        begun = self.resumed  # before a reset
        if reason:
            raise (JobFailed if begun else JobRejected)(reason)
        if begun:
            count = self.again or self.starts
            if count >= agent.max_starts * (_WANTED if self.again else 1):
                raise JobFailed("interrupted by %d resets" % count)
            if not self.again:
                self.starts += 1
        operation = self.get("operation")
        if operation is None:
            from .document import handler_of  # loaded with the first that has steps

            handler, repeatable, minutes = handler_of(self, handlers)
        elif isinstance(operation, str) and operation in handlers:
            handler, repeatable, minutes = handlers[operation]
        else:
            raise JobRejected("no handler for operation %r" % (operation,))
        if begun and not (repeatable or self.again):
            raise JobFailed("interrupted by a reset, and not repeatable")
        self._resumes = self.again
        self.again = 0
        self.minutes = minutes
        try:
            self.save(agent.keeper)
        except OSError as error:
            if not getattr(handler, "repeatable", repeatable):
                raise
            agent._fail(error)
        self._move(_BEGIN)
        result = handler(self)
        if hasattr(result, "send"):
            result = yield from result
        return result

    def step(self):
        """Advance the handler by one step, unless it has ended; what it yields is to be reported,
        and so is how it ends. Raises what ends the program, such as KeyboardInterrupt; that it did
        is then known, and kept.
        """
        steps = self._steps
        if not steps:
            return
        if self.stage > _RUNNING and not self._unwinds():
            self._stop()
            return
        self._steps = None  # who closes the job while it runs must not touch it
        try:
            details = next(steps)
            self._steps = steps
            if self.stage <= _RUNNING:
                self._take(details)
        except StopIteration as stop:
            self._end("SUCCEEDED", stop.value)
        except JobFailed as error:
            status, reason = border.ending(error)
            self._end(status, error.details, reason)
        except (Exception, JobOver, GeneratorExit) as error:
            if self.stage <= _RUNNING:  # else it leaves, or has ended: how is settled
                self.fail(error)
        except BaseException as error:
            self._end("FAILED", None, told(error))
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                self._agent._settle(self)  # now: the program may end with it
            raise
        finally:
            if self.stage > _RUNNING and not self._unwinds():
                self._steps = steps
                self._stop()

    def _unwinds(self):
        # Whether a handler in a task of its own is to end before the board is reset; a minute.
        return (
            self.concurrent
            and self.stage == _LEAVING
            and 0 <= ticks_diff(self._agent.ticks_ms(), self.advanced) < _MINUTE
        )

    def beside(self, concurrent):
        """Its handler runs in a task beside the agent's: `concurrent` makes the exception that
        ends such a task, or None for one that is in its clean-up.
        """
        self.concurrent = concurrent

    def is_running(self):
        """Whether its handler has not ended, nor is to end by what a task of it has called."""
        return self.stage <= _RUNNING

    def is_resetting(self):
        """Whether the board is to be reset, and that is kept."""
        return self.stage == _RESETTING

    def is_unsettled(self):
        """Whether its handler has ended, and that is not kept yet, or is a reset not done."""
        return _LEAVING <= self.stage <= _ENDED and not self._steps

    def watch(self):
        """Close the handler, and have the job FAILED, where it has got nowhere for as long as it
        may. So too where it was offline so long that the service's timer is about to end it.
        """
        if self.stage != _RUNNING:
            return
        agent = self._agent
        now = agent.ticks_ms()
        limit = self.minutes or agent.job_timeout_minutes
        minutes = agent.step_timeout_minutes
        reason = ""
        if ticks_diff(now, self.advanced) >= limit * _MINUTE:
            reason = "no progress for %d minutes" % limit
        elif agent._held and minutes and ticks_diff(now, self.renewed) >= minutes * _ABSENCE:
            reason = "offline for too long: step_timeout_minutes is %d" % minutes
        if reason:
            self._finish("FAILED", None, reason)
            self._stop()

    def close(self):
        """The execution is over: end the handler where it is, or at its next call into the job."""
        self._move(_REPORT)
        self.end = 0
        self._stop()

    def _stop(self):
        # End the handler, if it is not running; what its clean-up calls does nothing.
        agent = self._agent
        agent.hold(False)
        steps = self._steps
        self._steps = None
        if steps:
            self._mute = True
            try:
                steps.close()
            except (Exception, JobOver, GeneratorExit) as error:  # how it ends is settled
                agent._fail(error)

    def _move(self, event):
        self.stage = _NEXT[self.stage * _EVENTS + event]

    # Reporting

    def due(self, now, progress_ms):
        """Whether there is something to send at `now` (ticks): the outcome, progress of which the
        last is `progress_ms` old, or a sign of life, after a third of the step timeout.
        """
        if self.stage >= _ENDED:
            return self.stage == _KEPT
        if self.details is not None and not 0 <= ticks_diff(now, self.since) < progress_ms:
            return True
        limit = (self._agent.step_timeout_minutes or 0) * _HEARTBEAT
        since = self.since if self.dropped() is None else self.renewed
        return self.heartbeat or limit and not 0 <= ticks_diff(now, since) < limit

    def goes_on(self):
        """Whether its handler does: how it ends is not known."""
        return self.stage == _RUNNING and not self.outcome

    def record(self):
        """What must outlive a reset, for a Keeper."""
        outcome = self.outcome
        if _LEAVING <= self.stage < _ENDED and not self.again:
            outcome = "SUCCEEDED"  # by then
        return {
            "job": self.job_id,
            "number": self.execution_number,
            "queued": self.queued_at,
            "starts": self.starts,
            "state": self.kept(),
            "again": self.again,
            "outcome": outcome,
            "details": self.unheard(),
            "leaves": self._leaves,
        }

    def save(self, keeper):
        """Have it kept: OSError, or ValueError where it is too long without all that the service
        need not know.
        """
        while True:
            try:
                keeper.save(self.record())
                return
            except ValueError:  # longer than the file may be
                if not self.shorten():
                    raise

    def settled(self):
        """What outlives a reset is kept, or cannot be."""
        self._move(_KEEP)
        self._reset_since = self._agent.ticks_ms()

    def resets(self, waits, patience_ms):
        """Whether the reset is to be called now: when what it reports has arrived, and nothing
        else `waits`, or cannot arrive within `patience_ms`. Where it comes back, because it only
        sets a flag or a timer, it is called again after as long.
        """
        if self.stage != _RESETTING:
            return False
        now = self._agent.ticks_ms()
        if self._reset_called or waits or self.is_talking():
            if 0 <= ticks_diff(now, self._reset_since) < patience_ms:
                return False
        self._reset_called = True
        self._reset_since = now
        return True

    def resume(self, record):
        """Take up what a Keeper's record (or None) says, if it is of this execution."""
        if key_of(record) == self.key:
            self.resumed = True
            self._kept = border.dumps(record["state"])
            self.state = record["state"]
            self.again = record["again"]
            self.starts = record.get("starts", 1)
            self._leaves = record.get("leaves", ())

    def refused(self, reason):
        """Settle that the details of an update cannot be sent, or were refused: the handler is
        closed, and the job FAILED. An outcome that there is already stands: its details are
        replaced by the reason, and are left out if that was refused as well.
        """
        if self.stage == _REPORTED:
            return
        quoted = ""  # it may have in it what was refused; ASCII never is
        for c in str(reason)[:256]:
            quoted += c if c <= "~" else "?"
        self.reported = None
        self.unsure = 0
        self.outcome = self.outcome or "FAILED"
        self._move(_END)
        self.details = None if self.unfit else border.details(None, quoted)
        self.unfit = True
        self._stop()

    def fail(self, error):
        """End it as FAILED by an exception, of its handler or of the reset that this wants. It is
        shown on the console.
        """
        show(error)
        self._finish("FAILED", None, told(error))

    def _end(self, status, details, reason=None):
        if self.stage <= _RUNNING:
            self._finish(status, details, reason)

    def _finish(self, status, details, reason):
        # It is over first, whatever comes of putting that in words.
        self.outcome = status
        self._move(_END)
        if details is None or type(details) is dict and not details:
            # Progress that was not sent; with a reason, also what was.
            details = self.details or self.dropped() or reason and self.reported or None
        try:
            self.details = border.details(details, reason) or None
        except TypeError as error:
            if reason is None:
                self.outcome = "FAILED"
                reason = told(error)
            self.details = border.details(None, reason)


def ended(agent, record):
    """The Job that a Keeper's record tells the outcome of; None if it tells none."""
    if not (record and record["outcome"]):
        return None
    job = Job(agent, record["job"], record["number"], record["queued"])
    job.outcome = record["outcome"]
    job.details = record["details"]
    job.stage = _KEPT
    return job
