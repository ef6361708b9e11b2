"""Tables of partitions of an ESP32, as they lie on its flash."""

import struct

APP, DATA = 0, 1
OTADATA = ("otadata", DATA, 0, 0x2000)


def slot(number, size):
    """The row of a slot for firmware."""
    return f"ota_{number}", APP, 0x10 + number, size


def two_slots(size):
    """The rows of two slots of one size."""
    return slot(0, size), slot(1, size)


def table(*rows):
    """The bytes of a table with these rows of (label, type, subtype, size)."""
    at, entries = 0x9000, b""
    for label, kind, subtype, size in rows:
        entry = struct.pack("<BBII16sI", kind, subtype, at, size, label.encode(), 0)
        entries += b"\xaa\x50" + entry
        at += size
    # Behind it lie its MD5, and the flash that nothing was written to.
    return (entries + b"\xeb\xeb" + b"\xff" * 30).ljust(0xC00, b"\xff")
