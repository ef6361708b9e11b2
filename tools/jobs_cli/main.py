"""`tools/jobs` on MicroPython, from its arguments to its exit code: main.py FILE, which holds the
arguments as a JSON list.
"""

import sys

_EPIPE = 32  # which MicroPython's errno does not have
_OUTPUT_CLOSED = 141  # as environment/command_line.py has it


def run(path):
    """Do what the arguments in the file say; returns the exit code."""
    try:
        return _run(path)
    except OSError as error:
        if error.errno != _EPIPE:
            raise
        # Whoever read the output has enough of it.
        return _OUTPUT_CLOSED


def _run(path):
    try:
        # Imported here, so that Ctrl-C ends it quietly even now.
        import json

        import program
        import usage
        from errors import FAILURE, INTERRUPTED, USAGE, Failure, UsageError

        with open(path) as file:
            arguments = json.load(file)
        try:
            program.run(arguments)
        except UsageError as error:
            print("%s\n\ntools/jobs: error: %s" % (usage.HINT, error), file=sys.stderr)
            return USAGE
        except Failure as error:
            print("\n%s" % error, file=sys.stderr)
            return FAILURE
    except KeyboardInterrupt:
        print()
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
