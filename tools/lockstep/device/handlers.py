"""What the jobs of the schedules do. Each says in the trace when it begins, goes on and ends, so
that the host can tell how often it ran.
"""

from json import dumps

import conducts
import misbehaviour
import task_conducts
from iotjobs import JobFailed, JobRejected
from iotjobs.aio import async_handler

_PLACES = {}
for place in misbehaviour.PLACES + misbehaviour.RESETS:
    _PLACES[place.__name__] = place
_LONGEST_BLOCK_MS = 1_000


def checksum(state):
    """Of what can be kept; the order of a dict's members makes no difference."""
    return sum(dumps(state).encode())


def register(agent, device):
    """Give `agent` the handlers of `device`, a Device."""

    def begin(job):
        device.log(
            "begin %s %d %s %r" % (job.job_id, job.execution_number, job.resumed, job.state)
        )

    pause = device.pause

    def finish(job, details):
        # As the document says: "SUCCEEDED", "FAILED", "REJECTED", or "raise".
        end = job.get("end")
        device.log("finish %s %d" % (job.job_id, job.execution_number))
        if end == "FAILED":
            raise JobFailed("as wanted", details)
        if end == "REJECTED":
            raise JobRejected("as wanted", details)
        if end == "raise":
            raise OSError("as wanted")
        return details

    def told(step):
        # What is reported differs from life to life: the same twice is one report too many.
        return {"step": str(step), "life": str(device.life)}

    def steps(job):
        begin(job)
        try:
            for step in range(job.get("steps") or 0):
                yield from pause(job)
                yield told(step + 1)
            yield from pause(job)
        except GeneratorExit:
            device.log("closed %s %d" % (job.job_id, job.execution_number))
            raise
        return finish(job, told("end"))

    def plain(job):
        begin(job)
        return finish(job, told("end"))

    def blocks(job):
        begin(job)
        for step in range(job.get("steps") or 0):
            device.net.sleep_ms(job.get("ms") or 0)
            job.progress(told(step + 1))
        return finish(job, told("end"))

    def keeps(job):
        begin(job)
        for step in range(job.state or 0, job.get("steps")):
            device.log("keeping %s %d %d" % (job.job_id, job.execution_number, step + 1))
            job.keep(step + 1)
            device.log("kept %s %d %d" % (job.job_id, job.execution_number, step + 1))
            yield told(step + 1)
            yield from pause(job)
        return finish(job, told("end"))

    def resets(job):
        begin(job)
        yield from pause(job)
        device.log("resets %s %d" % (job.job_id, job.execution_number))
        job.reset(told("reset"))

    def resumes(job):
        begin(job)
        yield from pause(job)
        if not job.state:
            device.log("keeping %s %d True" % (job.job_id, job.execution_number))
            job.keep(True)
            device.log("kept %s %d True" % (job.job_id, job.execution_number))
            device.log("resets %s %d" % (job.job_id, job.execution_number))
            job.reset(told("reset"), resume=True)
        return finish(job, told("end"))

    def gets(job):
        # A file of a stream, by the library's own handler.
        begin(job)
        keep = job.keep

        def keeping(state):
            what = "%s %d %r" % (job.job_id, job.execution_number, state)
            device.log("keeping " + what)
            keep(state)
            device.log("kept " + what)

        job.keep = keeping
        steps = device.application.handler(job)
        count = 0
        try:
            while True:
                details = next(steps)
                if details:
                    count += 1
                    details.update(told(count))
                yield details
        except StopIteration:
            pass
        finally:
            steps.close()
        return finish(job, told("end"))

    def odd(job):
        # It hands over a value at a place, or does what it must not do.
        ms = min(job.get("ms"), _LONGEST_BLOCK_MS)
        counted(job)
        device.net.sleep_ms(ms)
        conduct = job.get("conduct")
        if hasattr(task_conducts, conduct or ""):
            return in_a_task(getattr(task_conducts, conduct))(job)
        if conduct:
            made = getattr(conducts, conduct)(job, device)
        else:
            value = misbehaviour.VALUES[job.get("value")]()
            made = _PLACES[job.get("place")](job, value)
        return slowly(job, made) if hasattr(made, "send") else made

    def in_a_task(conduct):
        async def works(job):
            try:
                return await conduct(job, device)
            finally:
                device.closes(job)

        return async_handler(works)

    def counted(job):
        # What it does with the job is told to the host; of what it keeps, which may be anything,
        # a checksum.
        key = "%s %d" % (job.job_id, job.execution_number)
        where = job.get("at"), checksum(job.state)
        device.log(("begin %s %s %r" % (key, job.resumed, where)).replace(", ", ","))
        goes_on, keep, reset = job.progress, job.keep, job.reset

        def progress(details=None):
            device.log("tells " + key)
            goes_on(details)

        def keeping(state):
            device.log("keeps " + key)
            try:
                keep(state)
            except BaseException:
                device.log("refused " + key)
                raise
            device.log("kept %s %d" % (key, checksum(job.state)))

        def resetting(*how, **named):
            device.log("resets " + key)
            reset(*how, **named)

        job.progress, job.keep, job.reset = progress, keeping, resetting

    def slowly(job, steps):
        # So that much can happen in between.
        key = "%s %d" % (job.job_id, job.execution_number)
        try:
            while True:
                details = next(steps)
                if details is not None:
                    device.log("tells " + key)
                yield details
                yield from pause(job)
        except StopIteration as stop:
            return stop.value
        finally:
            device.log("closed " + key)
            steps.close()

    agent.handler("odd")(odd)
    agent.handler("odd_once", repeatable=False)(odd)
    agent.handler("odd_soon", timeout_minutes=1)(odd)
    for handler in (steps, plain, blocks, keeps, gets, resets, resumes):
        agent.handler(handler.__name__)(handler)
    agent.handler("once", repeatable=False)(steps)
    agent.handler("resets_once", repeatable=False)(resets)
    agent.handler("resumes_once", repeatable=False)(resumes)
