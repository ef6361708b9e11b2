"""What is made once, by whoever needs it first, and what is made side by side."""

import concurrent.futures
import contextlib
import hashlib
import shutil

from .errors import UnusableError
from .locks import held
from .telling import say

_MADE = "made-from"
_AT_ONCE = 3  # on two cores: half of the time is the network's


@contextlib.contextmanager
def made_once(folder, mark):
    """`with made_once(folder, mark) as needed:` says whether the folder is to be made: it is not
    there, or was made for another mark. Then it is gone, and counts as made when the block ends.
    `mark` may be a function that gives it, which is asked again when another has made the folder.

    Raises UnusableError where a file cannot be written.
    """
    try:
        with _made_once(folder, mark if callable(mark) else lambda: mark) as needed:
            yield needed
    except OSError as error:
        raise UnusableError(
            "%s: %s: what the tools need is installed there. Have the checkout in a folder that "
            "is yours to write, on a disk with room"
            % (error.filename or folder, error.strerror or error)
        ) from error


@contextlib.contextmanager
def _made_once(folder, mark):
    # The mark is written last and goes first, so that what was cut off half-way is made again. The
    # lock lets two tools, or two threads of one, be started at once.
    made = folder / _MADE
    if _reads(made, _digest(mark())):
        yield False
        return
    folder.parent.mkdir(parents=True, exist_ok=True)

    def waiting():
        say("%s is being made already: waiting for it" % folder.name)

    with held(str(folder) + ".lock", waiting):
        needed = not _reads(made, _digest(mark()))
        if needed:
            with contextlib.suppress(OSError):
                made.unlink()
            shutil.rmtree(str(folder), ignore_errors=True)
        yield needed
        if needed:
            made.write_text(_digest(mark()))


def is_made(folder, mark):
    """Whether `made_once` has nothing to do."""
    return _reads(folder / _MADE, _digest(mark))


def _digest(mark):
    return hashlib.sha256(mark.encode()).hexdigest()


def _reads(made, digest):
    try:
        return made.read_text() == digest
    except OSError:
        return False


def side_by_side(*parts):
    """Call all of these at once, or three at a time; a list of what each returned.

    One that fails does not keep the others from ending. Raises UnusableError, which has all that
    was wrong.
    """
    problems = []

    def outcome(part):
        try:
            return part()
        except UnusableError as error:
            problems.append(str(error))

    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = list(pool.map(outcome, parts))
    if problems:
        raise UnusableError("\n".join(problems))
    return outcomes
