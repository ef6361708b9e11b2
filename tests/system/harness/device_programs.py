"""The programs of MicroPython in tests/system/programs that run to their end."""

import os

import environment
import pytest
from commands import finished
from debian_packages.micropythons import I386, NONE
from processes import PROGRAMS
from waiting import LIMIT_S


def on_32_bits():
    """The path of the 32-bit interpreter where `tools/test` found it, or None."""
    path = os.environ.get(I386.variable, NONE)
    return None if path == NONE else path


def interpreters():
    """The interpreter of the tests, and the 32-bit one if there is one: what to parametrize by."""
    found = [pytest.param(environment.micropython(), id="the interpreter")]
    return [*found, pytest.param(on_32_bits(), id="32 bits")] if on_32_bits() else found


def run_device(program, *arguments, interpreter=None, heap=None, seconds=LIMIT_S, **options):
    """What it prints. It must end well. `options` are those of subprocess.run."""
    limit = ["-X", f"heapsize={heap}"] if heap else []
    command = [interpreter or environment.micropython(), *limit, PROGRAMS / program]
    variables = environment.micropython_path()
    done = finished([*command, *arguments], seconds, env=variables, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
