"""Whatever a handler hands over, wherever it can: no poll raises, the job ends at the service, in
text that this takes, and the next one is done.
"""

import json

import sample
from afterwards import replaced
from agent_bench import Bench, flash
from iotjobs.agent import border
from iotjobs.agent import document as steps
from iotjobs.agent import job as jobs
from iotjobs.outcomes import show
from misbehaviour import PLACES, RESETS, VALUES, OddError
from one_job import Reset, reset
from steps_bench import action, document
from support import equal, raises

MOST = 80  # polls until a job is over
WAYS = 3  # with a file, without one, and in the steps of a document
TERMINAL = ("SUCCEEDED", "FAILED", "REJECTED")

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


def every(turn, document, **settings):
    """Each value at each place. A sample: each in one of WAYS, by turns; this is that way."""
    ends = {}
    for module in (jobs, steps):
        replaced(module, "show", lambda error: None)  # of which there is a test below
    for at, place in enumerate(PLACES):
        for number in range(len(VALUES)):
            if sample.exhaustive or (at + number) % WAYS == turn:
                case = (place.__name__, number)
                end = lives(document, place, VALUES[number], case, **settings)
                ends[end] = ends.get(end, 0) + 1
    count = sum(ends.values())
    print("%d combinations: %r" % (count, ends))
    equal(count >= len(PLACES) * len(VALUES) // (1 if sample.exhaustive else WAYS), True)


def test_whatever_is_handed_over_anywhere_ends_the_job_and_no_poll():
    every(0, {"operation": "odd"})


def test_it_is_so_in_the_steps_of_a_document():
    every(1, STEPS)


def test_it_is_so_with_a_file():
    every(2, {"operation": "odd"}, state_path=flash())


def test_what_a_reset_is_given_ends_the_job_too():
    path = flash()
    for place in RESETS:
        for number in range(len(VALUES)):
            value = VALUES[number]()
            case = (place.__name__, number)

            def resets(job, place=place, value=value):
                return place(job, value)

            world = World({"operation": "odd"}, resets, state_path=path, reset=reset)
            world.case = case
            try:
                world.live()
            except Reset:
                world = World({"operation": "odd"}, resets, state_path=path)
                world.case = case
                world.live()
            equal(world.ends["j2"], "SUCCEEDED", case)


def test_what_json_does_not_give_back_is_not_kept():
    no_values = (1,), {"a": (1,)}, {1}, {1, 2}, set(), float("nan"), [float("inf")]
    no_keys = {1: 2}, {"a": {None: 1}}, {True: 1}
    for value in no_values + no_keys + (bytearray(b"x"), object(), World):
        raises(ValueError, border.kept, value, 1024)


def as_a_board_prints(digits):
    """A `dumps` that prints so many digits of a float: six or seven on a board."""

    def dumps(value):
        if isinstance(value, list):
            return "[" + ", ".join([dumps(part) for part in value]) + "]"
        if isinstance(value, dict):
            pairs = ["%s: %s" % (json.dumps(name), dumps(value[name])) for name in value]
            return "{" + ", ".join(pairs) + "}"
        text = "%.*g" % (digits, value) if isinstance(value, float) else json.dumps(value)
        return text if not isinstance(value, float) or "." in text else text + ".0"

    return dumps


def test_readings_are_kept_but_for_the_last_digit():
    border.kept([number * 3.3 / 4095 for number in range(40)], 1024)
    for digits in (6, 7):
        replaced(border, "dumps", as_a_board_prints(digits))
        changed = 0
        for number in range(0, 65536, 13):
            state = {"volts": [1, number * 3.3 / 65535, -number / 7.1], "at": number}
            found = json.loads(border.kept(state, 1024))
            changed += found != state
        equal(changed > 1000, True, changed)
    replaced(border, "dumps", as_a_board_prints(5))
    for state in (1.234567, [1, -1.234567], {"a": {"b": [1.234567]}}):
        raises(ValueError, border.kept, state, 1024)


def test_whatever_is_raised_is_shown_or_left_out():
    for number in range(len(VALUES)):
        value = VALUES[number]()
        show(value if isinstance(value, Exception) else OddError(value))
