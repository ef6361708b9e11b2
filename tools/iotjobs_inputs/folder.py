"""The files of a folder, also those behind links. Nothing is left out but what is said to be."""

import os
import pathlib
import stat
from collections.abc import Collection

TESTS = "tests"  # in a board's root: for this machine, and not for the board


def files(
    folder: pathlib.Path, without: Collection[str] = ()
) -> tuple[list[tuple[str, pathlib.Path]], list[str]]:
    """All files below `folder`, each with its name there, as "lib/a.py". Links are followed, to
    files and to folders. Then the names of what is left out: hidden ones, __pycache__, and what is
    called as one of `without` in the folder itself.

    Raises ValueError, which names it: for a link that leads nowhere, or to a folder in which it
    lies; for what is neither file nor folder; for a name that is not UTF-8; for a folder that
    cannot be read.
    """
    found, left_out = [], []
    _gather(folder, (), (_identity(folder.stat()),), without, found, left_out)
    return [("/".join(parts), path) for parts, path in sorted(found)], sorted(left_out)


def _gather(folder, parts, above, without, found, left_out):
    for name in _names(folder):
        path, known = folder / name, (*parts, name)
        if not _is_utf8(name):
            raise ValueError(f"{folder}: {name!a}: the name is not UTF-8")
        if name.startswith(".") or name == "__pycache__" or name in without:
            left_out.append("/".join(known))
            continue
        try:
            status = path.stat()
        except OSError as error:
            what = "a link that leads nowhere" if path.is_symlink() else error.strerror
            raise ValueError(f"{path}: {what}") from None
        if stat.S_ISREG(status.st_mode):
            found.append((known, path))
        elif not stat.S_ISDIR(status.st_mode):
            raise ValueError(f"{path} is neither a file nor a folder")
        elif _identity(status) in above:
            raise ValueError(f"{path} is a link to a folder in which it lies")
        else:
            _gather(path, known, (*above, _identity(status)), (), found, left_out)


def _names(folder):
    try:
        return os.listdir(folder)
    except OSError as error:
        raise ValueError(f"{folder}: {error.strerror}") from None


def _is_utf8(name):
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _identity(status):
    return status.st_dev, status.st_ino
