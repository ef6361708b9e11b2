"""What a handler may hand over, and where it can: VALUES and PLACES.

The tests of the border try every pair of these. The storms of lockstep try pairs in everything
else that goes wrong.

To add a value is one line, a place one function.
"""

import sys

from iotjobs.outcomes import JobCanceled, JobFailed, JobRejected, JobReset


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
    list,
    lambda: [1, "two", None],
    lambda: (1, 2),
    lambda: {1, 2},
    lambda: range(3),
    lambda: holding_itself(list),
    lambda: nested(2_000),
    dict,
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


def leaves(job, value):
    job.leaves(value)
    yield {"k": "1"}


def leaves_a_path(job, value):
    job.leaves(["/nowhere", value])


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
    leaves,
    leaves_a_path,
    alters_what_it_reported,
    cleans_up,
    goes_offline,
    asks,
)


def resets(job, value):
    yield {"k": "1"}
    if not job.resumed:
        job.reset(value)


def resets_and_resumes(job, value):
    yield {"k": "1"}
    if not job.resumed:
        job.reset(value, True)


def resets_and_resumes_by(job, value):
    yield {"k": "1"}
    if not job.resumed:
        job.reset({"k": "2"}, value)


# What a reset is given: these need a file, and a board that is reset.
RESETS = (resets, resets_and_resumes, resets_and_resumes_by)
