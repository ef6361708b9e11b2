"""How long a test waits for what must come, in one place."""

import time
from collections.abc import Callable

import pytest

OPTION = "iotjobs_timeout"  # an option of the ini file, and a marker
DEFAULT_S = 60.0  # only what hangs takes so long, on a machine that does other work too
_LOOK_S = 0.005


def seconds_of(request: pytest.FixtureRequest) -> float:
    """For this test: by its marker, or the ini file, or DEFAULT_S. Raises UsageError."""
    marker = request.node.get_closest_marker(OPTION)
    if not marker:
        return of_run(request.config)
    return _seconds(marker.args[0] if len(marker.args) == 1 and not marker.kwargs else None)


def of_run(config: pytest.Config) -> float:
    """By the ini file, or DEFAULT_S. Raises UsageError."""
    return _seconds(config.getini(OPTION))


def _seconds(given: object) -> float:
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise pytest.UsageError(f"{OPTION} takes one number of seconds above 0")
    return seconds


def waits(
    seconds: float, is_so: Callable[[], object], pause: Callable[[float], object] = time.sleep
) -> bool:
    """Until `is_so()` is true; False if the time is over before. `pause(seconds)` waits between
    two looks.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() >= deadline:
            return bool(is_so())
        pause(_LOOK_S)
    return True
