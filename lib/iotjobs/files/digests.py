"""SHA-256 of files, and as job documents have it: 64 hexadecimal digits."""

import hashlib
from binascii import hexlify

from ..outcomes import JobRejected


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
