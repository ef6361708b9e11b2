"""A JobsAgent on a link whose other end is the test, with a clock of its own."""

import vfs
from flash import formatted, mounted
from iotjobs.agent.agent import JobsAgent
from support import Clock, ScriptedLink, equal

# Nothing on flash, and no updates but those that a handler wants, when it wants them.
QUIET = {"state_path": None, "progress_ms": 0, "step_timeout_minutes": None}


class Bench:
    """An agent, its link and its clock; `cleaned` notes handlers that were closed."""

    def __init__(self, buffer_size=4096, thing_name="MyThing", **settings):
        for name, value in QUIET.items():
            settings.setdefault(name, value)
        self.link = ScriptedLink(thing_name, buffer_size)
        self.clock = Clock()
        self.cleaned = []
        self.calls = []
        self.agent = JobsAgent(self.link, thing_name, ticks_ms=self.clock, **settings)
        self.agent.handler("steps")(self.steps)
        self.agent.handler("plain")(self.plain)
        self.agent.handler("raise")(self.raises)
        self.error = None

    def steps(self, job):
        self.calls.append(job.job_id)
        try:
            for i in range(job.get("times")):
                yield {"step": str(i + 1)}
        finally:
            self.cleaned.append(job.job_id)

    def plain(self, job):
        self.calls.append(job.job_id)
        return job.get("result")

    def raises(self, job):
        raise self.error

    def poll(self, times=1):
        for _ in range(times):
            self.agent.poll()

    def online(self):
        """Poll until the agent has connected, subscribed, and asked for the next job."""
        self.poll(4)
        equal(self.link.last()[0], "start-next")

    def start(self, document, job_id="j1", version=2, number=1, queued=None):
        """Answer the agent's question for the next job with this one."""
        execution = {
            "jobId": job_id,
            "status": "IN_PROGRESS",
            "versionNumber": version,
            "executionNumber": number,
        }
        if queued:
            execution["queuedAt"] = queued
        if document is not None:
            execution["jobDocument"] = document
        self.link.answer({"execution": execution})
        self.poll()

    def accept(self):
        self.link.answer()
        self.poll()


def running(**settings):
    bench = Bench(**settings)
    bench.online()
    bench.start({"operation": "steps", "times": 1000})
    bench.poll()
    bench.accept()
    return bench


def flash():
    """The path of a state file on an empty flash of its own."""
    where = "/flash%d" % len(vfs.mount())
    mounted(vfs.VfsLfs2, formatted(vfs.VfsLfs2), where)
    return where + "/iotjobs.json"
