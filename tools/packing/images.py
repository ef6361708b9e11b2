"""Whether a file is what an ESP32 boots from a slot: the application's image, whole.

ESP-IDF's "App Image Format": a head of 24 bytes, segments, a checksum, and a SHA-256. The first
segment of an application begins with its description, of which a bootloader has none.
"""

import hashlib
import struct

from .errors import PackError

_MAGIC = 0xE9  # with which each image begins, a bootloader's too
_DESCRIPTION = struct.pack("<I", 0xABCD5432)
_AT = 32  # behind the head of the image, and of its first segment
_HEAD, _SEGMENT = 24, 8
_HAS_HASH = 23  # where the head says so
_HASH = 32
# A table of partitions begins so. It is at 0x8000 of the flash, if it was not moved. A full image
# of the flash begins at 0, or at the bootloader: at 0x1000, in some chips at 0x2000.
_TABLE = b"\xaa\x50"
_TABLES = range(0x5000, 0x11000, 0x1000)

_OTHERS = (
    (b"UF2\n", "a UF2 file, for the USB drive of a board"),
    (b"\x7fELF", "an ELF file, which a linker makes"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"PK\x03\x04", "a ZIP file"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (_TABLE, "a table of partitions"),
)


def check(image: bytes, name: str) -> None:
    """Raise PackError, which says what the file of this `name` is, if no ESP32 boots this `image`
    from a slot.
    """
    why = _is_other(image) or _is_broken(image)
    if why:
        raise PackError(
            f"{name} is {why}. A device boots the application's image: micropython.bin of a build"
        )


def _is_other(image: bytes) -> str | None:
    if not image:
        return "empty"
    for magic, what in _OTHERS:
        if image.startswith(magic):
            return what
    is_application = image[0] == _MAGIC and image[_AT : _AT + 4] == _DESCRIPTION
    if is_application:
        return None
    if image[0] in (_MAGIC, 0xFF) and any(image[at : at + 2] == _TABLE for at in _TABLES):
        return "a full image of the flash, with the bootloader first"
    if image[0] == _MAGIC:
        return "a bootloader, or another image that is no application"
    return f"no image: it begins with 0x{image[0]:02x}, and not with 0x{_MAGIC:02x}"


def _is_broken(image: bytes) -> str | None:
    end = _HEAD
    for _ in range(image[1]):
        end += _SEGMENT + int.from_bytes(image[end + 4 : end + 8], "little")
        if end > len(image):
            return "cut off"
    end = (end // 16 + 1) * 16  # with the checksum in the last byte
    hashed = image[_HAS_HASH] == 1
    if end + _HASH * hashed > len(image):
        return "cut off"
    if hashed and hashlib.sha256(image[:end]).digest() != image[end : end + _HASH]:
        return "damaged: its own SHA-256 is another"
    return None
