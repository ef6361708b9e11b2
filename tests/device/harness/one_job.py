"""A board with one job, over any number of its lives.

It has the real agent, and the agent's file on a flash in RAM. A service holds the job.
"""

import gc

from agent_bench import Bench
from flash import cut_off, mounted

LIMIT = 20_000  # polls
RESETS = 10
STATE = "/flash/iotjobs.json"


class Reset(BaseException):
    """The board resets itself."""


def reset():
    raise Reset


class Board:
    """`device`, a Flash, is mounted as `kind` at each start. `register(agent)` registers handlers.
    `status` and `details`: what the service has of the job; `updates`: all that it was told;
    `number` and `queued`: which execution it is.
    `lives`: how often the board has started; `resets`: how often it has reset itself.
    """

    def __init__(self, kind, device, document, register, **settings):
        self.kind = kind
        self.device = device
        self.document = document
        self.register = register
        self.settings = settings
        self.status = "QUEUED"
        self.number = 1
        self.queued = 1489096425
        self.details = None
        self.version = 1
        self.updates = []
        self.polls = self.lives = self.resets = 0

    def up(self):
        """The board starts, and has not yet connected. Returns its Bench."""
        self.lives += 1
        self.bench = None
        gc.collect()  # a board's memory is empty, and the piece for the next link is a long one
        mounted(self.kind, self.device)
        self.boot()
        self.bench = Bench(
            state_path=STATE,
            progress_ms=1000,
            reset=reset,
            link=self.link(),
            **self.settings,
        )
        self.answered = 0
        self.register(self.bench.agent)
        return self.bench

    def boot(self):
        """What it does before it has an agent."""

    def link(self):
        """The link of this life, or None for a ScriptedLink."""

    def run(self, until=None):
        """Poll until the job is over, or `until` is true. Returns the job's status."""
        bench = self.bench
        for _ in range(LIMIT):
            bench.poll()
            self.polls += 1
            bench.clock.now += 50
            self.serve()
            over = self.status not in ("QUEUED", "IN_PROGRESS") and not bench.agent.job
            if until() if until else over:
                return self.status
        raise AssertionError("no end: " + self.status)

    def live(self, until=None):
        """From the start to the job's end, over the resets that it wants, and to power cuts."""
        for _ in range(RESETS):
            try:
                self.up()
                return self.run(until)
            except Reset:
                self.resets += 1
                self.restart()
        raise AssertionError("it resets again and again: %r" % self.updates)

    def restart(self):
        """What a reset does to the board."""

    def cut(self, at, how):
        """Live with a power cut at this operation of the flash, then on. Whether there was one."""
        self.device.cut(at, how)
        cut = cut_off(self.live)
        self.device = self.device.restart()
        self.live()
        return cut

    def serve(self):
        """Answer what was asked since the last time."""
        link = self.bench.link
        while self.answered < len(link.sent):
            tail, asked = link.sent[self.answered]
            self.answered += 1
            over = self.status not in ("QUEUED", "IN_PROGRESS")
            if tail == "start-next" or tail == "$next/get":
                if over:
                    link.answer({}, request=self.answered - 1)
                    continue
                if self.status == "QUEUED":
                    self.status = "IN_PROGRESS"
                    self.version += 1
                link.answer({"execution": self.execution(True)}, request=self.answered - 1)
            elif tail.endswith("/get"):
                link.answer({"execution": self.execution(False)}, request=self.answered - 1)
            elif over:
                state = {"status": self.status, "versionNumber": self.version}
                answer = {"code": "InvalidStateTransition", "executionState": state}
                link.answer(answer, "rejected", self.answered - 1)
            else:
                self.status = asked["status"]
                self.details = asked.get("statusDetails", self.details)
                self.updates.append((self.status, self.details))
                self.version += 1
                link.answer(request=self.answered - 1)

    def execution(self, document):
        """As the service has it."""
        execution = {
            "jobId": "j1",
            "status": self.status,
            "versionNumber": self.version,
            "executionNumber": self.number,
            "queuedAt": self.queued,
        }
        if self.details:
            execution["statusDetails"] = self.details
        if document:
            execution["jobDocument"] = self.document
        return execution


def canceled(board):
    """It comes up again, and its job is over meanwhile, unless it was before."""
    if board.status in ("QUEUED", "IN_PROGRESS"):
        board.status = "CANCELED"
    board.live(lambda: board.bench.agent.state == "IDLE")


def resuming(board, made):
    """A function that makes this board anew, by `made(device)`, as it is now."""
    left = board.device.copy()
    state = (board.status, board.version, board.details)

    def resumed():
        again = made(left.copy())
        again.status, again.version, again.details = state
        return again

    return resumed
