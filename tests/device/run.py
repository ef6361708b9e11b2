"""Runs one test on MicroPython, and prints "passed" if it passed: run.py MODULE FUNCTION. With a
third word, exhaustive, it tries everything where it else takes a sample.
"""

import sys

import sample
from iotjobs import bodies  # noqa: F401, what lies lowest: on 32 bits imports nest only so deep

sample.exhaustive = "exhaustive" in sys.argv[3:]
module = __import__(sys.argv[1])
getattr(module, sys.argv[2])()
print("passed")
