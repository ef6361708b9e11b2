"""Runs one test on MicroPython: run.py MODULE FUNCTION. Prints "passed" if it passed."""

import sys

from iotjobs import bodies  # noqa: F401, what lies lowest: on 32 bits imports nest only so deep

module = __import__(sys.argv[1])
getattr(module, sys.argv[2])()
print("passed")
