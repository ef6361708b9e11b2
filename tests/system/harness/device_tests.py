"""The device's tests: their names, and how they run on another MicroPython than the one that
`tools/test` runs them on.
"""

import ast
import os
import re
import sys

import environment
from commands import finished, write_script


def names_of_tests(path):
    """The names of the tests in a file of the device's."""
    functions = [node for node in ast.parse(path.read_bytes()).body if hasattr(node, "name")]
    return [function.name for function in functions if function.name.startswith("test_")]


def passed(interpreter, *files):
    """How many tests pass on it: all of these files, device's or others that start MicroPython."""
    done = finished(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        timeout=None,
        cwd=environment.ROOT,
        env={**os.environ, "MICROPYTHON": str(interpreter)},
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


def first_on_the_path(place, interpreter, folder):
    """A program in `folder` that starts MicroPython so that it looks in `place` first."""
    body = f"export MICROPYPATH='{place}':$MICROPYPATH\nexec '{interpreter}' \"$@\""
    return write_script(folder / "micropython", body)
