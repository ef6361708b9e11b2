"""What fills the holes of a heap for the processes that run tests."""

import gc

import holes
from support import equal


def test_what_is_made_next_lies_behind_the_holes():
    kept = [(number,) for number in range(400)]  # one behind the other, with a hole after each
    for at in range(0, len(kept), 2):
        kept[at] = None
    gc.collect()
    last = max(id(one) for one in kept if one)
    before = id((last,))
    filled = holes.filled()
    equal((before < last, id((last,)) > last), (True, True))
    equal(filled is None, False)
