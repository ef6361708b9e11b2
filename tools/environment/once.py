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
    """
    # The mark is written last and goes first, so that what was cut off half-way is made again. The
    # lock lets two tools, or two threads of one, be started at once.
    digest = _digest(mark)
    made = folder / _MADE
    if _reads(made, digest):
        yield False
        return
    folder.parent.mkdir(parents=True, exist_ok=True)

    def waiting():
        say("%s is being made already: waiting for it" % folder.name)

    with held(str(folder) + ".lock", waiting):
        needed = not _reads(made, digest)
        if needed:
            with contextlib.suppress(OSError):
                made.unlink()
            shutil.rmtree(str(folder), ignore_errors=True)
        yield needed
        if needed:
            made.write_text(digest)


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
