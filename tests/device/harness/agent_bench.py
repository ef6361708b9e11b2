"""A JobsAgent on a link whose other end is the test, with a clock of its own."""

import vfs
from flash import formatted, mounted
from iotjobs.agent.agent import JobsAgent
from iotjobs.links.link import LinkError
from support import Clock, ScriptedLink, equal


def quiet(settings):
    """These settings of an agent; by default it has nothing on flash, and makes no updates but
    those that a handler wants, when it wants them.
    """
    return dict({"state_path": None, "progress_ms": 0, "step_timeout_minutes": None}, **settings)


# The request that asks what became of j1.
ASKS = ("j1/get", {"executionNumber": 1, "includeJobDocument": False})


class Bench:
    """An agent, its link and its clock; `cleaned` notes handlers that were closed."""

    def __init__(self, buffer_size=4096, thing_name="MyThing", link=None, **settings):
        self.link = link or ScriptedLink(thing_name, buffer_size)
        self.clock = Clock()
        self.cleaned = []
        self.calls = []
        self.agent = JobsAgent(self.link, thing_name, ticks_ms=self.clock, **quiet(settings))
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

    def hand_out(self, document, job_id="j1", version=2, number=1, queued=None):
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

    def start(self, *job, **execution):
        """Hand out this job, and poll."""
        self.hand_out(*job, **execution)
        self.poll()

    def later(self, ms, times=1):
        """Poll so many times when so many milliseconds have passed."""
        self.clock.now += ms
        self.poll(times)

    def accept(self, message=None, times=1, size=0):
        """Accept the last request, and poll; with a size, by an answer too large to be kept."""
        self.link.answer(message, size=size)
        self.poll(times)

    def reject(self, code, times=1, **members):
        """Reject the last request, and poll."""
        self.link.answer(dict(members, code=code), "rejected")
        self.poll(times)

    def hold(self, version, times=1, **more):
        """Answer that j1 is still in progress, with this version, and poll."""
        execution = {"jobId": "j1", "status": "IN_PROGRESS", "versionNumber": version}
        self.accept({"execution": dict(execution, **more)}, times)

    def lose(self, closed=False):
        """The connection is lost, or closed by the application, and the agent notices it."""
        if closed:
            self.link.close()
        else:
            self.link.fail = LinkError("lost", "gone")
        self.poll()

    def asked(self, since=0):
        """The topics of the requests, without the first ones."""
        return [tail for tail, _ in self.link.sent[since:]]

    def update(self):
        """The last request, an update of j1: its status and its details."""
        tail, update = self.link.last()
        equal(tail, "j1/update")
        return update["status"], update.get("statusDetails")

    def told(self):
        """A list of the events that are told from now on, with their values."""
        told = []
        self.agent.on_event = lambda event, value: told.append((event, value))
        return told


def online(**settings):
    """A bench that has connected, and asked for the next job."""
    bench = Bench(**settings)
    bench.online()
    return bench


def idle(**settings):
    """A bench for which nothing is pending."""
    bench = online(**settings)
    bench.accept()
    equal(bench.agent.state, "IDLE")
    return bench


def begun(document, function=None, **settings):
    """A bench that has taken a job, and polled once more; `function` is the operation's handler,
    if it is not one of the bench's own.
    """
    bench = online(**settings)
    if function:
        bench.agent.handler(document["operation"])(function)
    bench.start(document)
    bench.poll()
    return bench


def running(**settings):
    """A bench whose job has said one thing, and goes on."""
    bench = begun({"operation": "steps", "times": 1000}, **settings)
    bench.accept()
    return bench


def flash():
    """The path of a state file on an empty flash of its own."""
    where = "/flash%d" % len(vfs.mount())
    mounted(vfs.VfsLfs2, formatted(vfs.VfsLfs2), where)
    return where + "/iotjobs.json"
