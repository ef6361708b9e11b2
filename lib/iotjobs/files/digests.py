"""Sizes and SHA-256: as job documents have them, and of files."""

import hashlib
import os
from binascii import hexlify

from micropython import const

from ..outcomes import JobRejected

_MAX_SIZE = const(0x3FFFFFFF)


def check_size(value, where="size"):
    """`value`, a number of bytes from 0 to 2^30 - 1; JobRejected, with its place, otherwise."""
    if not isinstance(value, int) or not 0 <= value <= _MAX_SIZE:  # no bool is an int here
        raise JobRejected("%s: %r is no number of bytes" % (where, value))
    return value


def read_size(job):
    """The "size" of `job`'s document, which may be text, as a step's arguments are; None if there
    is none.
    """
    value = job.get("size")
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return value if value is None else check_size(value)


def check_sha256(sha256):
    """`sha256` in lower case; JobRejected for what is none."""
    text = sha256.lower() if isinstance(sha256, str) else ""
    if len(text) != 64 or [c for c in text if c not in "0123456789abcdef"]:
        raise JobRejected("sha256: not 64 hexadecimal digits")
    return text


def sha256_of(path, buf):
    """A generator that returns the SHA-256 of the file `path` (str), in lower case, and yields
    between two fillings of `buf`, a bytearray. OSError passes.
    """
    found = hashlib.sha256()
    view = memoryview(buf)
    with open(path, "rb") as file:
        count = file.readinto(buf)
        while count:
            found.update(view if count == len(buf) else view[:count])
            yield
            count = file.readinto(buf)
    return hexlify(found.digest()).decode()


def is_whole(path, buf, sha256, size=None):
    """A generator that returns whether the file `path` is there, with this size (None: any) and a
    SHA-256 that begins with `sha256` (str). Yields as sha256_of does.
    """
    try:
        return size in (None, os.stat(path)[6]) and (yield from sha256_of(path, buf)).startswith(
            sha256
        )
    except OSError:
        return False
