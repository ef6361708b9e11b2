"""The agent under asyncio: the task that polls it, and handlers that are async functions.

Neither the agent nor a job knows of asyncio. To them such a handler is a generator that has
nothing to say until the coroutine, in a task beside the agent's, has ended.
"""

import asyncio
import time
from asyncio import core

from micropython import const

from .outcomes import JobFailed

_PATIENCE_MS = const(60_000)  # for the clean-up of an earlier job

_GRACE_MS = const(1_000)  # for the clean-up of a task that has called job.reset
_CALLS = const(16)  # of a clean-up into a job that is over, which do nothing

_HERE = const(0)  # in `data` of a task that runs: asyncio puts there what the task waits for

_leaving = []  # what was canceled, until it has ended


async def run(agent, interval_ms=20):
    """Poll the agent every `interval_ms`, for ever: asyncio.create_task(run(agent)).

    Other tasks are held up as long as one `agent.poll` says that it takes. What an async handler
    awaits is not in that, but a plain function is, and each step of a generator. A message waits
    up to `interval_ms` until it is read, and a handler as long until its end is seen. A generator
    makes one step in it. 0 polls as often as the other tasks let it. Waiting allocates nothing.
    At 20 ms an idle agent takes 0.5 % of a PC's core: 10 us a poll, 100 us with the waking up.

    Arriving data does not wake it. asyncio waits for a socket or for a time, for both only by one
    more task at each wait. The agent's socket is another after each reconnection.

    Canceled, it leaves all as it is, and a handler's task goes on; `run` may be called again.
    """
    task = asyncio.current_task()
    while True:
        task.data = _HERE
        try:
            agent.poll()
        finally:
            awaited = _withdraw(task)
        if awaited and agent.job:
            task.data = _HERE
            job = agent.job
            job.beside(None)  # its clean-up is called by this task
            job.refused("an async function is a handler only by async_handler")
            job.beside(asyncio.CancelledError)  # for tasks that it has started
            _withdraw(task)  # its clean-up may have awaited
        await asyncio.sleep_ms(interval_ms)


def _withdraw(task):
    """Take the task that runs from what it waits for; whether there was something.

    An async function that the agent takes for a generator makes it wait. It would then do so
    twice, which the queues of asyncio do not survive.
    """
    waits = task.data
    task.data = None
    if waits is _HERE:
        return False
    if isinstance(waits, asyncio.Task):
        waits = waits.state
    (waits or core._task_queue).remove(task)
    return True


def async_handler(function):
    """Decorator: make a handler for `agent.handler` of an `async def`, which gets the Job.

    It must be said, because MicroPython cannot tell a coroutine from a generator: `run` has jobs
    FAILED whose handler awaits without it, and a generator with it would never get on.

    The coroutine runs as a task of its own. `job.progress` hands progress to the agent and does
    not wait. Its end is the job's, as that of any handler; if others cancel its task, that is
    FAILED. If the job is canceled, times out or is deleted, it gets asyncio.CancelledError where
    it awaits. In a task `job.progress` and `job.keep` raise that too when the job is over, in the
    place of JobCanceled, and `job.reset` ends it so.

    Its clean-up may await; the job's document is gone by then. An exception that this raises goes
    to the loop's exception handler. The next async handler begins when it is over; if it is not
    within a minute, that job is FAILED.
    """

    def handler(job):
        try:
            asyncio.current_task()
        except RuntimeError:
            raise JobFailed("an async handler needs iotjobs.aio.run: no loop runs")
        while _leaving:
            earlier = _leaving[0]
            if earlier.task.done():
                _leaving.pop(0)
            elif not 0 <= time.ticks_diff(time.ticks_ms(), earlier.since) < _PATIENCE_MS:
                raise JobFailed("the handler of an earlier job does not end")
            else:
                yield
        work = _Work(function, job)
        try:
            while not work.ended:
                if not job.is_running() and work.is_deaf():
                    work.leave()
                yield
        finally:
            if not work.ended:
                work.leave()
        if work.error:
            raise work.error
        return work.result

    return handler


class _Work:
    """A handler's coroutine, in its task."""

    ended = False
    result = None
    error = None
    since = None  # when the job was over before the coroutine
    told = None  # the task that the job has told of its end
    reset_since = None  # when the board was to be reset
    calls = 0  # of the handler's own task since then

    def __init__(self, function, job):
        job.beside(self._end)
        self.task = asyncio.create_task(self._run(function, job))

    def _end(self):
        # What ends the task that calls into the job, by the only exception that the loop takes for
        # the end of a task, not of the program. None for the handler's own, once it was told: it
        # is in its clean-up, unless it goes on and on.
        try:
            current = asyncio.current_task()
        except RuntimeError:  # called from no task
            return None
        if current is self.task and (self.told is current or self.since is not None):
            self.calls += 1
            if self.calls <= _CALLS:
                return None
        self.told = current
        return asyncio.CancelledError()

    async def _run(self, function, job):
        try:
            self.result = await function(job)
        except asyncio.CancelledError:
            # Raised from the agent's step it would be the end of the agent's task.
            self.error = JobFailed("the handler's task was cancelled")
        except Exception as error:
            self.error = error
            if self.since is not None:
                raise
        except BaseException as error:  # the program's end, which may be caught further up
            self.error = JobFailed(type(error).__name__)
            raise
        finally:
            self.ended = True

    def is_deaf(self):
        """Whether a task that it has started has called job.reset, and it does not end with that
        task.
        """
        now = time.ticks_ms()
        if self.reset_since is None:
            self.reset_since = now
        late = time.ticks_diff(now, self.reset_since) >= _GRACE_MS
        return late and self.told is not self.task

    def leave(self):
        """The job is over: cancel the task, once, unless it was told of it by its own call."""
        if self.since is not None:
            return
        self.since = time.ticks_ms()
        _leaving.append(self)
        if self.told is self.task:
            return
        target = self.task
        while isinstance(target.data, asyncio.Task):  # cancel() goes to what is waited for
            target = target.data
        try:
            current = asyncio.current_task()
        except RuntimeError:  # polled without a loop
            current = None
        if target is current:
            # What the handler called has polled the link. A task cannot be cancelled while it
            # runs: asyncio would lose that, or fail.
            asyncio.create_task(self._cancel(current))
        else:
            self.task.cancel()

    async def _cancel(self, blocked):
        if self.told is not blocked:  # else it may be in its clean-up
            self.task.cancel()
