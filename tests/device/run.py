"""Runs one test on MicroPython: run.py MODULE FUNCTION. Prints "passed" if it passed."""

import sys

module = __import__(sys.argv[1])
getattr(module, sys.argv[2])()
print("passed")
