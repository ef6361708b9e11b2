"""Fills the holes that importing leaves in a heap.

MicroPython looks for each piece from the first hole on, whatever its size: past all that was
imported, again and again. That is a tenth of the time of the matrices of tests.
"""

import gc

_LARGE = 2_000  # words: no hole has so many


def filled():
    """Something that lies in each hole before the first large one: keep it. Allocates that."""
    gc.collect()
    end = id((None,) * _LARGE)
    last = (end,)
    while id(last) < end:
        last = (last,)
    return last
