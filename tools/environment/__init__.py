"""The environment that the tools run in: `.venv`, made of packages from PyPI alone, which are
installed when they are first needed.

For the scripts beside this package, which start under any Python and go on under that of `.venv`.
Only the standard library is used here, and any Python 3 can read it: an old one is told so.
"""

from .commands import run
from .entering import OLDEST_PYTHON, check_python, enter
from .errors import UnusableError
from .interpreter import OLDEST_MICROPYTHON, checked, dotted, micropython, micropython_path
from .once import is_made, made_once, side_by_side
from .places import AWS_VENV, DEVICE_SDK_VENV, LIB, ROOT, TOOLS, UMQTT, VENV, python_of
from .purposes import PURPOSES, need
from .telling import say
from .venvs import prepare_aws, prepare_device_sdk

__all__ = [
    "AWS_VENV",
    "DEVICE_SDK_VENV",
    "LIB",
    "OLDEST_MICROPYTHON",
    "OLDEST_PYTHON",
    "PURPOSES",
    "ROOT",
    "TOOLS",
    "UMQTT",
    "VENV",
    "UnusableError",
    "check_python",
    "checked",
    "dotted",
    "enter",
    "is_made",
    "made_once",
    "micropython",
    "micropython_path",
    "need",
    "prepare_aws",
    "prepare_device_sdk",
    "python_of",
    "run",
    "say",
    "side_by_side",
]
