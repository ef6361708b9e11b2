"""Runs the device's tests on another MicroPython than the one that `tools/test` runs them on."""

import os
import re
import subprocess
import sys

import environment


def passed(interpreter, *files):
    """How many tests pass on it: all of these files, device's or others that start MicroPython."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=environment.ROOT,
        env={**os.environ, "MICROPYTHON": str(interpreter)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return int(re.search(r"(\d+) passed", done.stdout)[1])


def first_on_the_path(place, interpreter, folder):
    """A program in `folder` that starts MicroPython so that it looks in `place` first."""
    wrapper = folder / "micropython"
    wrapper.write_text(
        f"#!/bin/sh\nexport MICROPYPATH='{place}':$MICROPYPATH\nexec '{interpreter}' \"$@\"\n"
    )
    wrapper.chmod(0o755)
    return wrapper
