"""Whatever a handler hands over, wherever it can: no poll raises, the job ends at the service, in
text that this takes, and the next one is done.
"""

import sys

from afterwards import replaced
from agent_bench import Bench, flash
from iotjobs.agent import document as steps
from iotjobs.agent import job as jobs
from iotjobs.outcomes import JobCanceled, JobFailed, JobRejected, JobReset, show
from one_job import Reset, reset
from steps_bench import action, document
from support import equal

MOST = 80  # polls until a job is over
TERMINAL = ("SUCCEEDED", "FAILED", "REJECTED")


class Unspeakable:
    """What cannot be looked at."""

    def __init__(self, error):
        self.error = error

    def __str__(self):
        raise self.error

    __repr__ = __iter__ = __len__ = __hash__ = __str__


class Endless:
    def __str__(self):
        return str(self)

    __repr__ = __str__


class Text(str):
    pass


class Details(dict):
    pass


class OddError(Exception):
    def __str__(self):
        raise ValueError("no words")

    __repr__ = __str__


class Odd(JobFailed):
    status = "DONE"

    def __init__(self):
        self.reason = self.details = Unspeakable(OSError(5))


def holding_itself(kind):
    made = kind()
    if kind is dict:
        made["me"] = made
    else:
        made.append(made)
    return made


def nested(depth):
    made = []
    for _ in range(depth):
        made = [made]
    return made


def counting():
    yield 1


# Each makes a value anew.
VALUES = (
    lambda: None,
    lambda: True,
    lambda: 0,
    lambda: -5,
    lambda: 10**400,
    lambda: 1.5,
    lambda: float("nan"),
    lambda: float("inf"),
    lambda: "",
    lambda: " ",
    lambda: "text",
    lambda: "a\0b\n\t\x7f\x80",
    lambda: "\u200b\xad\ufeff\u2028\u202e",
    lambda: "a" + chr(0xD800),
    lambda: chr(0xE000) + chr(0x10FFFF),
    lambda: "\xe9\u6f22\U0001f600",
    lambda: "x" * 100_000,
    lambda: "\u6f22" * 2_000,
    lambda: '"\\' * 700,
    lambda: Text("text"),
    lambda: b"bytes",
    lambda: bytearray(b"\xff"),
    lambda: memoryview(b"abc"),
    lambda: [],
    lambda: [1, "two", None],
    lambda: (1, 2),
    lambda: {1, 2},
    lambda: range(3),
    lambda: holding_itself(list),
    lambda: nested(2_000),
    lambda: {},
    lambda: {"ok": "1"},
    lambda: Details(ok="1"),
    lambda: {"bad key/\xe9\n": "x", "": "y", "n" * 200: "z"},
    lambda: {1: 2, None: None, (1, 2): 3, b"b": b"c", "s": {1}},
    lambda: {"k": "", "reason": "mine", "step": "mine", "stdout": "mine", "ignored": "mine"},
    lambda: {"k": "x" * 1024, "l": "y" * 1024},
    lambda: {"k%d" % number: "x" * 300 for number in range(60)},
    lambda: {"k": {"l": {"m": [1]}}},
    lambda: holding_itself(dict),
    lambda: {"k": holding_itself(list)},
    lambda: {"k": Unspeakable(ValueError("no"))},
    lambda: {"k": Endless()},
    lambda: Unspeakable(ValueError("no")),
    lambda: Unspeakable(MemoryError()),
    lambda: Unspeakable(JobCanceled()),
    lambda: Unspeakable(JobReset()),
    lambda: Endless(),
    lambda: object(),
    lambda: object,
    lambda: sys,
    lambda: len,
    lambda: counting,
    lambda: (n for n in (1, 2)),
    lambda: ValueError("why"),
    lambda: OSError(28),
    lambda: MemoryError(),
    lambda: RuntimeError("maximum recursion depth exceeded"),
    lambda: OddError(),
    lambda: ValueError(OddError()),
    lambda: Odd(),
    lambda: StopIteration(5),
    lambda: GeneratorExit(),
    lambda: JobFailed(OddError(), 5),
    lambda: JobRejected({1: 2}, "text"),
    lambda: JobCanceled(),
    lambda: JobReset(),
)


def returns(job, value):
    return value


def returns_in_details(job, value):
    return {"k": value, "l": "1"}


def returns_as_name(job, value):
    return {value: "1"}


def yields(job, value):
    yield value


def yields_and_returns(job, value):
    yield {"k": "1"}
    yield value
    return {"done": value}


def yields_for_ever(job, value):
    for _ in range(5):
        yield value
        yield {"k": value}


def raises(job, value):
    raise value  # TypeError for what is no exception


def raises_later(job, value):
    yield {"k": "1"}
    raise value


def fails(job, value):
    raise JobFailed(value)


def fails_with_details(job, value):
    yield {"k": "1"}
    raise JobFailed("why", value)


def fails_with_a_detail(job, value):
    raise JobFailed("why", {"k": value})


def rejects(job, value):
    raise JobRejected(value, value)


def goes_on(job, value):
    job.progress(value)


def goes_on_with_a_detail(job, value):
    job.progress({"k": value})
    return {"done": "1"}


def keeps(job, value):
    job.keep(value)
    yield {"k": "1"}


def keeps_and_goes_on(job, value):
    state = {"at": [1]}
    job.keep(state)
    state["at"].append(value)
    state["me"] = state
    yield {"k": "1"}
    return {"done": "1"}


def alters_what_it_reported(job, value):
    details = {"k": "1"}
    yield details
    details["l"] = value
    details["me"] = details


def cleans_up(job, value):
    try:
        yield {"k": "1"}
        raise ValueError("why")
    finally:
        job.progress(value)
        job.keep(1)
        job.offline(value)
        job.progress({"k": value})


def goes_offline(job, value):
    job.offline(value)
    yield
    raise JobFailed(value)


def asks(job, value):
    return {"get": job.get(value), "count": job.count(value, value)}


PLACES = (
    returns,
    returns_in_details,
    returns_as_name,
    yields,
    yields_and_returns,
    yields_for_ever,
    raises,
    raises_later,
    fails,
    fails_with_details,
    fails_with_a_detail,
    rejects,
    goes_on,
    goes_on_with_a_detail,
    keeps,
    keeps_and_goes_on,
    alters_what_it_reported,
    cleans_up,
    goes_offline,
    asks,
)
STEPS = document(action("odd"), action("odd", ignoreStepFailure="true"), includeStdOut="true")


class World(Bench):
    """A bench whose service accepts what is sent, and has one job, and then another one."""

    def __init__(self, document, handler, **settings):
        super().__init__(max_retry_ms=1_000, **settings)
        self.agent.handler("odd")(handler)
        self.documents = [
            ("j1", document),
            ("j2", {"operation": "plain", "result": {"made": "3"}}),
        ]
        self.ends = {}
        self.answered = 0
        self.case = None

    def live(self):
        """Poll until both are over, and answer meanwhile."""
        for _ in range(MOST):
            self.agent.poll()
            self.clock.now += 1_001
            if self.answered < len(self.link.sent):
                self.answered = len(self.link.sent)
                self.serve(*self.link.sent[-1])
            if len(self.ends) == 2 and not self.agent.job:
                return
        raise AssertionError((self.case, self.ends, self.link.sent[-1], self.agent.last_error))

    def serve(self, tail, asked):
        if tail == "start-next":
            self.link.answer()
            if self.documents:
                self.link._inbox.pop()
                self.hand_out(self.documents[0][1], self.documents[0][0])
        elif tail.endswith("/get"):
            self.hold(2) if self.documents else self.link.answer()
        else:
            self.taken(tail.split("/")[0], asked)
            self.link.answer()

    def taken(self, job_id, asked):
        for name, text in asked.get("statusDetails", {}).items():
            equal(isinstance(text, str) and 1 <= len(text) <= 1024, True, (self.case, name, text))
            for c in text:
                odd = ord(c) < 32 or 127 <= ord(c) < 160 or 0xD800 <= ord(c) < 0xF900
                equal(odd, False, (self.case, name, text))
        if asked["status"] in TERMINAL:
            equal(job_id in self.ends, False, self.case)
            self.ends[job_id] = asked["status"]
            self.documents.pop(0)


def lives(document, place, made, case, **settings):
    """One world with this job."""
    try:
        value = made()
        world = World(document, lambda job: place(job, value), **settings)
        world.case = case
        world.live()
    except Exception as error:
        if isinstance(error, AssertionError):
            raise
        raise AssertionError("%r: %s" % (case, type(error).__name__))
    equal(world.ends["j2"], "SUCCEEDED", case)
    return world.ends["j1"]


def every(document, **settings):
    ends = {}
    for module in (jobs, steps):
        replaced(module, "show", lambda error: None)  # of which there is a test below
    for place in PLACES:
        for number in range(len(VALUES)):
            case = (place.__name__, number)
            end = lives(document, place, VALUES[number], case, **settings)
            ends[end] = ends.get(end, 0) + 1
    print("%d combinations: %r" % (sum(ends.values()), ends))
    return ends


def test_whatever_is_handed_over_anywhere_ends_the_job_and_no_poll():
    ends = every({"operation": "odd"})
    equal(sum(ends.values()) >= 600, True)


def test_it_is_so_in_the_steps_of_a_document():
    every(STEPS)


def test_it_is_so_with_a_file():
    every({"operation": "odd"}, state_path=flash())


def test_what_a_reset_is_given_ends_the_job_too():
    for number in range(len(VALUES)):
        for resume in (False, True, "yes"):
            value = VALUES[number]()

            def resets(job, value=value, resume=resume):
                yield {"k": "1"}
                if not job.resumed:
                    job.reset(value, resume)

            path = flash() if not number else path  # noqa: F821
            world = World({"operation": "odd"}, resets, state_path=path, reset=reset)
            world.case = number
            try:
                world.live()
            except Reset:
                again = World({"operation": "odd"}, resets, state_path=path)
                again.case = number
                again.live()
                world = again
            equal(world.ends["j2"], "SUCCEEDED", number)


def test_whatever_is_raised_is_shown_or_left_out():
    for number in range(len(VALUES)):
        value = VALUES[number]()
        show(value if isinstance(value, Exception) else OddError(value))
