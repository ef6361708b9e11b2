"""Records that outlive a reset: JSON, and before it its CRC-32 as 8 hexadecimal digits, in a small
file that is replaced in one step.
"""

import json
import os
from binascii import crc32

from micropython import const

from .replace import replace

_ENOENT = const(2)


def _read(path, limit, is_record):
    # The record; None where there is no file, False for one that is none.
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            data = file.read(size) if size <= limit else b""
        text = memoryview(data)[8:]
        if data[:8] == b"%08x" % crc32(text):
            record = json.loads(text)
            if is_record(record):
                return record
    except OSError as error:
        if error.errno == _ENOENT:
            return None
    except (ValueError, TypeError, KeyError):  # no JSON, no object, not all members
        pass
    return False


def load(path, limit, is_record):
    """The record in the file `path` (str), of at most `limit` bytes; None if there is none, False
    if it cannot be read. `is_record(value)` says whether a JSON value is one, and may raise
    KeyError or TypeError. Finishes what a reset has interrupted. Allocates; raises nothing.
    """
    new = path + ".new"
    record = _read(path, limit, is_record)  # before `new` is removed: on FAT both may be one file
    try:
        if record is None:
            record = _read(new, limit, is_record) or None
            if record:
                os.rename(new, path)
        os.remove(new)
    except OSError:
        pass
    return record


def save(path, data):
    """Replace the record in the file `path` (str) by this JSON (bytes). OSError, with the path:
    it has not happened.
    """
    replace(path, b"%08x" % crc32(data), data)
