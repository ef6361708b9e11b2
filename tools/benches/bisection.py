"""The smallest of something that does: of a heap, say."""

from collections.abc import Callable


def smallest(does: Callable[[int], bool], most: int, step: int = 1) -> int | None:
    """The smallest number with which `does` is true, or up to `step` - 1 more; None if it is not
    even with `most`.
    """
    if not does(most):
        return None
    too_small, enough = 0, most
    while enough - too_small > step:
        middle = (too_small + enough) // 2
        if does(middle):
            enough = middle
        else:
            too_small = middle
    return enough
