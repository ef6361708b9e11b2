"""What the jobs of the schedules do. Each says in the trace when it begins, goes on and ends, so
that the host can tell how often it ran.
"""

from iotjobs import JobFailed, JobRejected


def register(agent, device):
    """Give `agent` the handlers of `device`, a Device."""

    def begin(job):
        device.log(
            "begin %s %d %s %r" % (job.job_id, job.execution_number, job.resumed, job.state)
        )

    def pause(job):
        # A generator that waits as long as the document says.
        until = device.net.now + (job.get("ms") or 0)
        while device.net.now < until:
            yield

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

    for handler in (steps, plain, blocks, keeps, resets, resumes):
        agent.handler(handler.__name__)(handler)
    agent.handler("once", repeatable=False)(steps)
    agent.handler("resets_once", repeatable=False)(resets)
    agent.handler("resumes_once", repeatable=False)(resumes)
