"""Runs tests of one file on MicroPython, one after the other: run.py MODULE WORD…

A line of stdin asks for one: TOKEN FUNCTION SEED. What it prints follows, and after that TOKEN
again, "passed" or "failed", and how often it has drawn a random number. A test that leaves
something changed for the next one fails. The words: `exhaustive`, to try everything and not a
sample; `alone`, for a single function that is to find nothing imported and to be free to change
what it wants; `unwatched`, for tests that run again and again: what they leave changed was looked
for before, and takes longer than most of them.
"""

import sys

import chance
import holes
import sample
import untouched
from afterwards import finish
from iotjobs.files import records  # noqa: F401, low: on 32 bits imports nest only so deep
from iotjobs.links import responses  # noqa: F401

sample.exhaustive = "exhaustive" in sys.argv
ALONE = "alone" in sys.argv
WATCHED = not (ALONE or "unwatched" in sys.argv)


def passes(test):
    """Whether it does; else it has printed why."""
    try:
        untouched.clear()
        before = untouched.Picture() if WATCHED else None
        test()
        finish()
        untouched.clear()
        changed = untouched.changes(before) if WATCHED else []
    except BaseException as error:
        sys.print_exception(error)
        return False
    for name in changed:
        print("left changed:", name)
    return not changed


# Not in a function: on 32 bits imports nest only so deep, and each call takes of that.
if not ALONE:
    for name in chance.MODULES:
        __import__(name)
chance.begin(0)
module = __import__(sys.argv[1])
_filled = None if ALONE else holes.filled()
for line in sys.stdin:
    token, function, seed = line.split()
    chance.begin(int(seed))
    verdict = "passed" if passes(getattr(module, function)) else "failed"
    print(token, verdict, chance.drawn)
