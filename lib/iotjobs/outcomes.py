"""How a handler says how its job ended, and is told that it is over; what is said of failures."""

import sys

# The service takes no text with a character of Unicode's category C: first and last code points
# of the controls, formats, surrogates and private ones. (Those that stand for nothing at all are
# refused too, and are not looked for.)
_REFUSED = (
    b"\0\0\0\x1f\0\x7f\0\x9f\0\xad\0\xad\x06\0\x06\x05\x06\x1c\x06\x1c\x06\xdd\x06\xdd\x07\x0f\x07\x0f"
    b"\x08\x90\x08\x91\x08\xe2\x08\xe2\x18\x0e\x18\x0e\x20\x0b\x20\x0f\x20\x2a\x20\x2e\x20\x60\x20\x6f"
    b"\xd8\0\xf8\xff\xfd\xd0\xfd\xef\xfe\xff\xfe\xff\xff\xf0\xff\xfb\xff\xfe\xff\xff"
)


def _is_shown(code):
    # What is beyond U+FFFF: letters, signs and pictures, and from U+E0000 on what is refused.
    if code > 0xFFFF:
        return code < 0xE0000 and code & 0xFFFE != 0xFFFE
    for at in range(0, len(_REFUSED), 4):
        if code < _REFUSED[at] << 8 | _REFUSED[at + 1]:
            break
        if code <= _REFUSED[at + 2] << 8 | _REFUSED[at + 3]:
            return False
    return True


def shown(text):
    """`text` (str) as statusDetails may have it: what the service takes in none is a space."""
    result = ""
    for c in text:
        result += c if " " <= c <= "~" or _is_shown(ord(c)) else " "
    return result


def _is_own(path):
    # Whether a traceback's file is the library's: in a folder lib, or named from where it is
    # frozen. What lies in somebody's folder "iotjobs" is a program's.
    return "lib/iotjobs/" in "lib/" + path.lstrip("/")


def told(error):
    """An exception in words, a str of some 200 characters at most: its type, and what it says.

    The file and line of the program follow that raised it, or that called what did. Lines of this
    library are not told, and what was compiled without them has none. Raises nothing.
    """
    name = type(error).__name__
    try:
        import io  # MicroPython looks for it on the flash too, each time: not at every start

        text = str(error)[:128]
        trace = io.StringIO()
        sys.print_exception(error, trace)
        lines = trace.getvalue().split("\n")
    except (Exception, JobOver):  # what it is made of fails as well
        return name
    if text:
        name += ": " + text
    for line in reversed(lines):  # the last that names a place is where it was raised
        path, _, place = line[8:].partition('", ')
        if line.startswith("  File ") and path.endswith(".py") and not _is_own(path):
            return "%s (%s, %s)" % (name, path.split("/")[-1][-48:], place.split(",")[0])
    return name


def show(error):
    """An exception of user code on the console, with its traceback; what is raised on purpose is
    no news there. Raises nothing of the exception's own.
    """
    if not isinstance(error, (JobOver, JobFailed)):
        try:
            sys.print_exception(error)
        except (Exception, JobOver):  # it cannot even be shown
            pass


class JobFailed(Exception):
    """Raised by a handler: the execution ends as FAILED.

    `reason`: str for the operator; `details`: dict of str to str for statusDetails.
    """

    def __init__(self, reason="", details=None):
        self.reason = reason
        self.details = details


class JobRejected(JobFailed):
    """Raised by a handler that will not do the job: the execution ends as REJECTED."""


class JobOver(BaseException):
    """What ends a handler whose job is over. Not an Exception, so that no handler takes it for one
    of its own failures.
    """


class JobCanceled(JobOver):
    """Raised once in a handler by `job.progress`, `keep`, `offline` and `reset`: the execution is
    over.

    It was canceled, timed out or was deleted, or has reached a limit in time. The handler's
    clean-up (`finally`) runs, in which such calls do nothing. It reports nothing more.
    """


class JobReset(JobOver):
    """Raised by `job.reset`, to end the handler before the board is reset."""
