"""The files of an application, as they are in its folder."""

import pathlib

from iotjobs_inputs import folder as folders
from iotjobs_inputs.text import unmarked
from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File

_TEXTS = (".py", ".json")  # what MicroPython reads itself, which refuses a byte order mark


def files(folder: pathlib.Path) -> tuple[list[File], list[str]]:
    """All files below `folder`, for the board's root, without hidden ones, __pycache__ and the
    root's tests. Then lines that say what was left out, and which files are written without their
    byte order mark.

    main.py and boot.py come last: what they import is there before them. Raises DeployError.
    """
    if not folder.is_dir():
        raise DeployError(f"--app: {folder} is no folder")
    found, marked = [], []
    try:
        named, left_out = folders.files(folder, [folders.TESTS])
        for name, path in named:
            content = path.read_bytes()
            if path.suffix in _TEXTS:
                stripped = _unmarked(content, path)
                if stripped != content:
                    marked.append(name)
                content = stripped
            found.append(File(f"/{name}", content))
    except OSError as error:
        raise DeployError(f"--app: {error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise DeployError(f"--app: {error}") from None
    if not found:
        raise DeployError(f"--app: {folder} has no files")
    told = [f"left out: {', '.join(left_out)}"] if left_out else []
    if marked:
        told.append(f"without the byte order mark: {', '.join(marked)}")
    return sorted(found, key=lambda file: file.path in ("/boot.py", "/main.py")), told


def _unmarked(content, path):
    try:
        return unmarked(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
