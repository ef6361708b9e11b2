"""How long tests wait for what must come, and how they do."""

import time

LIMIT_S = 300  # of a machine that does other work too: only what hangs takes so long
POLL_S = 0.02


def until(condition, told=lambda: "it has not come"):
    """What `condition` returns, as soon as that is true; `told` says what is wrong otherwise."""
    deadline = time.monotonic() + LIMIT_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {LIMIT_S} s: {told()}")
        time.sleep(POLL_S)
    return found
