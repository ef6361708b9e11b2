"""Compare the device's JSON reader and writer with CPython's json, on cases by hypothesis.

The cases are valid JSON spelled in every way, what is left of it after an accident, and rubbish.
MicroPython reads each with both twins of the library's scanner. Every verdict and every value must
be CPython's. For every ten of them a request is written, and read by CPython. It ends at the first
difference, with the smallest case that shows it and the command that repeats it.

Examples:
  tools/fuzz --cases 100000 --seed 7
  tools/fuzz --cases 1000000000 --seconds 3600
  MICROPYTHON=/path/to/micropython tools/fuzz
"""

import argparse
import sys
import time

import environment


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--seed", type=int, help="other cases for each number; default: a new one")
    parser.add_argument("--seconds", type=float, help="end after this time")
    parser.add_argument("--replay", metavar="CASE", help="compare this case only")
    arguments = parser.parse_args()
    if arguments.cases < 1:
        parser.error("--cases: at least 1, else nothing is compared")
    if arguments.seconds is not None and not arguments.seconds > 0:
        parser.error("--seconds: more than 0")
    environment.enter(sys.argv[0], "tests")
    from . import comparing

    try:
        interpreter = environment.micropython()
        if arguments.replay:
            print(comparing.replay(interpreter, arguments.replay))
            return 0
        seed = arguments.seed if arguments.seed is not None else time.time_ns() // 10**9
        return run(comparing.Fuzzer(interpreter), arguments.cases, seed, arguments.seconds)
    except comparing.DisagreementError as error:
        print(f"fuzz: they differ\n{error}", file=sys.stderr)
        if error.replay:
            print(f"again: tools/fuzz --replay {error.replay}", file=sys.stderr)
        return 1


def run(fuzzer, cases, seed, seconds):
    print(f"seed {seed}, scanner: {' and '.join(fuzzer.twins)}", flush=True)
    shown = 0.0

    def progress(counts):
        nonlocal shown
        if counts.seconds - shown >= 5:
            shown = counts.seconds
            print(counts, flush=True)

    try:
        counts = fuzzer.run(cases, seed, seconds, progress)
    finally:
        fuzzer.close()
    print(f"all agree: {counts}")
    return 0
