"""Images as ESP-IDF's tools make them: of an application, and of other things."""

import hashlib
import struct

# With which the first segment of an application begins.
DESCRIPTION = struct.pack("<I", 0xABCD5432)


def image(*segments, hashed=True):
    """An image of these segments: a head, the segments, a checksum, and a SHA-256 if `hashed`."""
    head = struct.pack("<BBBBI", 0xE9, len(segments), 2, 0x20, 0x40081000)
    head += bytes(15) + bytes([hashed])
    made, checksum = head, 0xEF
    for segment in segments:
        made += struct.pack("<II", 0x3F400020, len(segment)) + segment
        for byte in segment:
            checksum ^= byte
    made += bytes(15 - len(made) % 16) + bytes([checksum])
    return made + hashlib.sha256(made).digest() * hashed


def application(size=400, hashed=True):
    """That of an application, with two segments, of `size` bytes in all."""
    rest = size - len(image(DESCRIPTION + bytes(252), b"", hashed=hashed))
    made = image(DESCRIPTION + bytes(252), b"\x5a" * max(rest, 0), hashed=hashed)
    assert len(made) == size, len(made)
    return made


def bootloader():
    """Which has no description of an application."""
    return image(b"\x50\0\0\0" + bytes(76), b"\1" * 64)


def full(table_at=0x7000):
    """All of a flash, from the bootloader on, with the table of partitions at `table_at`."""
    flash = bytearray(b"\xff" * 0x20000)
    flash[: len(bootloader())] = bootloader()
    flash[table_at : table_at + 2] = b"\xaa\x50"
    flash[0x10000 : 0x10000 + 400] = application()
    return bytes(flash)
