"""What the set-up says while it lasts, on standard error."""

import shutil
import sys
import threading

_PREFIX = "[set-up] "

_one_at_a_time = threading.Lock()
_passing = False  # whether the terminal's last line is one that the next one is written over


def say(text):
    """Say a line."""
    global _passing
    with _one_at_a_time:
        print(_over() + _PREFIX + text, file=sys.stderr, flush=True)
        _passing = False


def say_in_passing(text):
    """Say a line that the next one replaces on a terminal; elsewhere each stays."""
    global _passing
    if not sys.stderr.isatty():
        say(text)
        return
    with _one_at_a_time:
        room = shutil.get_terminal_size().columns - 1
        print(_over() + (_PREFIX + text)[:room], end="", file=sys.stderr, flush=True)
        _passing = True


def end_passing():
    """Take away the line that would be replaced, before something else is printed."""
    global _passing
    with _one_at_a_time:
        print(_over(), end="", file=sys.stderr, flush=True)
        _passing = False


def _over():
    return "\r\033[K" if _passing else ""
