"""The files of an application, as they are in its folder."""

import pathlib

from .errors import DeployError
from .plan import File


def files(folder: pathlib.Path) -> list[File]:
    """All files below `folder`, for the board's root; without hidden ones and __pycache__.
    main.py and boot.py come last: what they import is there before them. Raises DeployError.
    """
    if not folder.is_dir():
        raise DeployError(f"--app: {folder} is no folder")
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part == "__pycache__" for part in parts):
            continue
        if path.is_file():
            found.append(File("/" + "/".join(parts), _read(path)))
    if not found:
        raise DeployError(f"--app: {folder} has no files")
    return sorted(found, key=lambda file: file.path in ("/boot.py", "/main.py"))


def _read(path: pathlib.Path) -> bytes:
    try:
        str(path).encode()
        return path.read_bytes()
    except UnicodeEncodeError:
        raise DeployError(f"--app: {str(path)!r}: the name is not UTF-8") from None
    except OSError as error:
        raise DeployError(f"--app: {path}: {error.strerror}") from None
