"""How a script beside this package starts: under any Python, then under that of `.venv`."""

import os
import pathlib
import sys
from importlib.util import find_spec

from .errors import UnusableError
from .places import VENV, python_of
from .purposes import need, runs_there
from .telling import say

OLDEST_PYTHON = (3, 10)

_INTERRUPTED = 130


def check_python(script):
    """Raises UnusableError if this Python is too old for `script`, or that of Windows itself."""
    if sys.version_info < OLDEST_PYTHON:
        raise UnusableError(
            "Python %d.%d or newer is needed, this is %d.%d: start %s with another one"
            % (*OLDEST_PYTHON, *sys.version_info[:2], script)
        )
    if find_spec("fcntl") is None:
        raise UnusableError("Windows lacks what the tools need: start %s in WSL" % script)


def enter(script, *purposes):
    """Go on with `script` under the Python of `.venv`, with the packages for these purposes; for
    `service` where none is named. What is not there yet is installed.
    """
    name = pathlib.Path(script).name
    try:
        check_python(script)
        if need(*(purposes or ("service",))):
            say("ready")
    except UnusableError as error:
        sys.exit("%s: %s" % (name, error))
    except KeyboardInterrupt:
        print("\n%s: interrupted: run it again to go on" % name, file=sys.stderr)
        sys.exit(_INTERRUPTED)
    if not runs_there():
        python = str(python_of(VENV))
        sys.stdout.flush()
        os.execv(python, [python, script, *sys.argv[1:]])
