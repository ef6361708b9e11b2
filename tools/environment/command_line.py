"""How every command ends: well, with an error, by Ctrl-C, or unread."""

import gc
import io
import os
import sys

from .entering import check_python
from .errors import UnusableError

FAILED = 1
INTERRUPTED = 130  # 128 + SIGINT, as a shell has it
# 128 + SIGPIPE, what a shell says of `yes` in `yes | head`: with `set -o pipefail` a script can
# tell it from success, and from a failure.
OUTPUT_CLOSED = 141

# How many new objects Python's collector waits for. With the 700 of its own it takes a tenth of
# the time in which a tool imports what it needs.
NEW_OBJECTS = 50_000


class OutputClosedError(BaseException):
    """Nobody reads the output any more. As KeyboardInterrupt it is no Exception, and above all no
    OSError: what handles those of files and connections does not meet it.
    """


def run(name, main, interrupted="interrupted"):
    """Call `main`, and end the process with the exit code that it returns. What an old Python
    cannot read is to be imported there, and not before.

    UnusableError and Ctrl-C are told on standard error behind `name`, Ctrl-C as `interrupted`.
    When whoever reads the output has closed it, the next `print`, in any thread, raises
    OutputClosedError; the process ends quietly when that comes here.
    """
    sys.stdout, sys.stderr = _telling(sys.stdout), _telling(sys.stderr)
    if sys.stdin is None:  # `<&-`: there is nothing to read
        sys.stdin = open(os.devnull)  # noqa: SIM115
    gc.set_threshold(NEW_OBJECTS)
    try:
        try:
            check_python(sys.argv[0])
            status = main()
        except UnusableError as error:
            _tell("%s: %s" % (name, error))
            status = FAILED
        except KeyboardInterrupt:
            _tell("\n%s: %s" % (name, interrupted))
            status = INTERRUPTED
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except OutputClosedError:
        _discard_the_rest()
        status = OUTPUT_CLOSED
    sys.exit(status)


def _tell(text):
    """On standard error, below all that was printed before."""
    sys.stdout.flush()
    print(text, file=sys.stderr)


class _Output(io.FileIO):
    """A file descriptor for output, which says by OutputClosedError that it is not read."""

    def write(self, data):
        try:
            return super().write(data)
        except BrokenPipeError:
            raise OutputClosedError from None


def _telling(stream):
    """A text stream like `stream` over an _Output. What its encoding does not have is escaped."""
    if stream is None:  # `>&-`: what nobody wants goes nowhere
        return open(os.devnull, "w")
    stream.flush()
    output = _Output(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        output if stream.write_through else io.BufferedWriter(output),  # python -u has no buffer
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _discard_the_rest():
    """What is still in the buffers goes nowhere: Python writes it once more when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
