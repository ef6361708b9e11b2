"""Starts PyPI's MicroPython: micropython_starter.py FOLDER [ARGUMENT]…"""

import sys

sys.path.append(sys.argv.pop(1))
from micropython_run import run_main

sys.exit(run_main(sys.argv))
