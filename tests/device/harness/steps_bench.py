"""A board whose handlers write down what they are called with, and jobs whose documents have
steps.
"""

import builtins

import vfs
from flash import formatted
from iotjobs.outcomes import JobFailed, JobRejected
from one_job import Board
from support import equal


def action(handler="note", *args, **more):
    """An action that runs this handler."""
    given = dict({"handler": handler, "args": list(args)}, **more.pop("input", {}))
    return {"action": dict({"name": handler, "type": "runHandler", "input": given}, **more)}


def command(text):
    """An action that runs this command."""
    return {"action": {"name": "Run", "type": "runCommand", "input": {"command": text}}}


def document(*steps, **more):
    """A job document with these steps."""
    return dict({"version": "1.0", "steps": list(steps)}, **more)


class Silence:
    """With it, what is printed is not seen."""

    def __enter__(self):
        self._print = builtins.print
        builtins.print = lambda *values, **how: None

    def __exit__(self, kind, error, traceback):
        builtins.print = self._print


class Named:
    """A handler whose arguments have names."""

    def __init__(self, log, *parameters):
        self.log = log
        self.parameters = parameters

    def __call__(self, job):
        self.log.append([job.get(name.lstrip("*")) for name in self.parameters])


class Bench:
    """`log` has a line for each call of a handler, in all lives of the board."""

    def __init__(self, document, **settings):
        self.log = []
        device = formatted(vfs.VfsLfs2, 512, 64)
        self.board = Board(vfs.VfsLfs2, device, document, self.register, **settings)

    def register(self, agent):
        log = self.log

        @agent.handler("note")
        def note(job):
            log.append("note " + " ".join(job.args))

        @agent.handler("yields")
        def yields(job):
            for text in job.args:
                log.append("yields " + text)
                yield {"part": text}

        @agent.handler("returns")
        def returns(job):
            log.append("returns")
            return {"result": job.args[0]}

        @agent.handler("prints")
        def prints(job):
            for text in job.args:
                print(text)
                yield

        @agent.handler("waits")
        def waits(job):
            try:
                while True:
                    yield
            finally:
                log.append("closed")

        @agent.handler("alters")
        def alters(job):
            details = {"part": "as it was"}
            yield details
            details["part"] = details["me"] = details

        @agent.handler("yields_number")
        def yields_number(job):
            yield 5

        @agent.handler("resumes_once", repeatable=False)
        def resumes_once(job):
            log.append("resumes_once %s" % job.resumed)
            if not job.resumed:
                job.reset(resume=True)
            while True:
                yield

        @agent.handler("fails")
        def fails(job):
            log.append("fails")
            raise JobFailed(" ".join(["cold"] + job.args), {"sensor": "bme280"})

        @agent.handler("rejects")
        def rejects(job):
            log.append("rejects")
            raise JobRejected("too old")

        @agent.handler("divides")
        def divides(job):
            log.append("divides")
            return 1 // 0

        agent.handler("pair")(Named(log, "url", "path"))
        agent.handler("list")(Named(log, "first", "*rest"))
        for name in ("once", "again"):
            agent.handler(name, repeatable=name != "once")(self.counted(name))

        @agent.handler("resets")
        def resets(job):
            log.append("resets %s %s" % (job.resumed, job.state))
            if not job.resumed:
                job.keep(["inner"])
                job.reset({"boot": "soon"}, bool(job.get("resume")))

        @agent.handler("resets_next", repeatable=False)
        def resets_next(job):
            log.append("resets_next %s" % job.resumed)
            job.reset()

    def counted(self, name):
        def handler(job):
            self.log.append("%s %s" % (name, job.resumed))
            for _ in range(3):
                yield

        return handler

    def live(self):
        """The log, the status and the details when the job is over."""
        with Silence():
            self.board.live()
        return self.log, self.board.status, self.board.details


def ends(bench, log, status="SUCCEEDED", case=None):
    """Check what is done until the job is over, and its status; the details."""
    *got, details = bench.live()
    equal(got, [log, status], case)
    return details
