"""Records that outlive a reset: JSON, and before it its CRC-32 as 8 hexadecimal digits, in a small
file that is replaced in one step.
"""

import json
import os
from binascii import crc32

from micropython import const

from .replace import exists, move, replace, try_to_remove

_ENOENT = const(2)
_CRC = const(8)  # bytes
_NO_RECORD = (None, False)  # an empty one is one


def _read(path, limit, is_record):
    # The record; None where there is no file, False for one that is none.
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            data = file.read(size) if size <= limit else b""
        text = memoryview(data)[_CRC:]
        if data[:_CRC] == b"%08x" % crc32(text):
            record = json.loads(text)
            if is_record(record):
                return record
    except OSError as error:
        if error.errno == _ENOENT:
            return None
    except (ValueError, TypeError, KeyError):  # no JSON, no object, not all members
        pass
    return False


def placed(path):
    """The absolute path (str) of the record `path`, whichever folder is the current one later. The
    folders above it are made; where they cannot be, writing the record will say so.
    """
    if path[0] != "/":
        path = os.getcwd().rstrip("/") + "/" + path
    folder = path[: path.rfind("/")]
    if folder and not exists(folder):
        from .folders import make_folders

        try:
            make_folders(path)
        except OSError:
            pass
    return path


def load(path, limit, is_record):
    """The record in the file `path` (str), of at most `limit` bytes; None if there is none, False
    if it cannot be read. `is_record(value)` says whether a JSON value is one, and may raise
    KeyError or TypeError. Finishes what a reset has interrupted. Allocates; raises nothing.
    """
    new = path + ".new"
    record = _read(path, limit, is_record)
    if record in _NO_RECORD:
        found = _read(new, limit, is_record)
        if found not in _NO_RECORD:
            try:
                try_to_remove(path)
                move(new, path)
            except OSError:  # it is still there
                pass
            return found
    try_to_remove(new)
    return record


def save(path, record, limit):
    """Replace the record in the file `path` (str; None: there is none) by a dict.

    The dict holds what JSON gives back equal: str, int, None, and what `border.kept` has proved.
    Returns how many bytes the file has. Raises ValueError if these were more than `limit`. The
    flash raises OSError, with the path: then it has not happened.
    """
    data = json.dumps(record).encode()
    size = len(data) + _CRC
    if size > limit:
        raise ValueError("a record of %d bytes: at most %d" % (size, limit))
    if path is not None:
        replace(path, b"%08x" % crc32(data), data)
    return size
