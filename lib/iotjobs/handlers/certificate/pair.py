"""The files of a certificate and its key: the certificate, the key, and in key + ".next" the key
that is next.

At each moment one pair is chosen: the certificate's file, and the key that belongs to it. That is
the next one if the certificate has its public point, else the key's file. So the certificate's
replacement, one step, changes both.
"""

from micropython import const

from ...files.replace import exists, move, recover

KEY_SIZE = const(121)  # of a key on P-256 in DER (RFC 5915), which ends with its public point
_POINT = const(65)


def load(cert="/device.der", key="/key.der"):
    """The paths (str) of the certificate and of its key, for the link: those given, but for a key
    that cannot be moved to its place. Finishes what a reset has interrupted: call this at the
    start, before the link is made. OSError, where the flash fails, passes.
    """
    recover(cert, _is_whole)
    recover(key + ".next", _is_whole)
    return cert, settled(cert, key)


def settled(cert, key):
    """The path of the key that belongs to the certificate, at its own place if that can be."""
    new = key + ".next"
    if exists(cert) and has_point(read(cert), new):
        try:
            move(new, key)
        except OSError:
            return new
    return key


def has_point(certificate, path):
    """Whether the key in the file `path` is on P-256, and `certificate` (DER) is for it."""
    if not exists(path):
        return False
    key = read(path)
    return len(key) == KEY_SIZE and key[-_POINT:] in certificate


def read(path):
    """What is in the file."""
    with open(path, "rb") as file:
        return file.read()


def _is_whole(path):
    return is_whole(read(path))


def is_whole(data):
    """Whether it is one SEQUENCE of DER, of less than 64 KiB, and nothing else."""
    size, head = (data[1], 2) if len(data) > 3 else (0, 0)
    if size & 0x80:
        head += size & 3
        size = int.from_bytes(data[2:head], "big")
    return head > 0 and data[0] == 0x30 and len(data) == head + size
